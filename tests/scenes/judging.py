"""A judge of what each may read of a lived programme.

It knows the table and nothing of how it is carried out: it looks at whole rows, opened and shut,
and at the facts.
"""

import json
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any, Final

import psycopg

from events.assessments import AssessmentSubmitted, AssessorAppointed, ConflictDeclared
from events.assessments import AssessorAssigned as Assigned
from events.contacts import ContactNamed
from events.offers import PlaceConfirmed
from events.personal import Beside
from events.roles import RoleGranted
from projections.catalogue import PROJECTIONS
from projections.stages import MOVES_AN_APPLICATION
from services.engines.addresses import Engines
from services.log.log import sealed_part
from services.reading.cells import Cell, Readable
from services.reading.table import TABLE
from services.vault.opening import opened
from services.vault.vault import Vault
from tests.scenes.readable import KEPT, Programme, Shown, WholeRow

OWN: Final = {"places": "person_id", "assessors": "assessor_id"}
OF_NAMES: Final = ("accepted_by", "new_partner_for", "check_ins.leading_together")


def all_rows(engines: Engines, vault: Vault) -> Iterator[tuple[str, dict[str, WholeRow]]]:
    """Each read model with its rows, as they stand and as they are told."""
    with psycopg.connect(engines.programme["home"]) as connection:

        def beside(part: Beside) -> Any:
            return vault.open_beside(part, sealed_part(connection, part.digest))

        for name, projection in PROJECTIONS.items():
            query = f"SELECT key, row FROM read.{name}".encode()  # noqa: S608 - ours
            yield (
                name,
                {
                    key: WholeRow(
                        row,
                        projection.shown(opened(row, vault, beside)),
                        projection.shown(opened(row, None)),
                    )
                    for key, row in connection.execute(query).fetchall()
                },
            )


class Judge:
    """What one person should see of a programme, by the table."""

    def __init__(self, programme: Programme, who: str) -> None:
        self.programme, self.me = programme, programme.people[who]
        self.facts = programme.facts
        if not programme.rows:
            programme.rows.update(all_rows(programme.engines, programme.vault))
        self.rows = programme.rows
        self.held, self.taken_up = set(self._held()), set(self._taken_up())
        self.began = [one for one in self.facts if one.name == "application.started"]
        self.mine = [one for one in self.facts if getattr(one, "assessor_id", "") == self.me]
        self.known = any(
            one.name == "person.registered" and getattr(one, "person_id", "") == self.me
            for one in self.facts
        )

    def expected(self, name: str) -> dict[str, dict[str, list[Any]]]:
        """Of each row the values of each field that they see."""
        readable = TABLE[name]
        found = {}
        for key, row in self.rows[name].items():
            if row.stored.get("state") == "nothing-waits":
                continue
            relations = [
                one.name for one in readable.columns if self.stands(name, one.name, key, row.stored)
            ]
            if readable.alone and readable.alone.name in relations:
                relations = [readable.alone.name]
            values = {
                path: seen
                for path in readable.fields
                if (seen := self._seen(readable, relations, path, row.full, row.closed))
            }
            if relations:
                found[key] = values
        return found

    def _seen(
        self, readable: Readable, relations: Sequence[str], path: str, full: Shown, closed: Shown
    ) -> list[Any]:
        cells = [cell for one in relations if (cell := readable.cells[one].get(path))]
        if not cells:
            return []
        parts = path.split(".")
        of_full, of_closed = list(walk(full, parts)), list(walk(closed, parts))
        seen = []
        for number, (item, value) in enumerate(of_full):
            if path in OF_NAMES:
                seen.append(self._names(cells, value, of_closed[number][1]))
                continue
            fitting = [cell for cell in cells if not cell.some or self._theirs(parts[0], item)]
            if any(cell.sight == "opened" for cell in fitting):
                seen.append(value)
            elif fitting:
                seen.append(of_closed[number][1])
        return seen

    def _names(self, cells: Sequence[Cell], value: Any, closed: Any) -> Any:
        given = value if any(cell.sight == "opened" for cell in cells) else closed
        if any(not cell.some for cell in cells):
            return given
        if isinstance(given, list):
            return [one for one in given if one == self.me]
        return {name: one for name, one in given.items() if name == self.me}

    def _theirs(self, field: str, item: Any) -> bool:
        if field in ("unmatched", "left_out"):
            return bool(item["person_id"] != self.me)
        if field == "weighed":
            return self.me not in json.dumps(item)
        if field == "entries":
            return not item["for_staff"]
        if field in ("roles", "cohorts"):
            return ("coordinator", item["cohort_id"]) in self.held
        return bool(item[OWN[field]] == self.me)

    def _held(self) -> Iterator[tuple[str, str | None]]:
        for fact in self.facts:
            match fact:
                case RoleGranted(person_id=self.me):
                    yield fact.role.value, fact.cohort_id
                case AssessorAppointed(assessor_id=self.me):
                    yield "assessor", fact.cohort_id
                case PlaceConfirmed(person_id=self.me):
                    yield "participant", fact.cohort_id

    def may_ask(self, name: str) -> bool:
        """Whether they may ask for anything under a name: is there nothing, they are told so."""
        held = {role for role, _ in self.held}
        for_all = {role for role, cohort in self.held if cohort is None}
        return self.known and any(
            not one.roles or not one.roles.isdisjoint(for_all if one.for_all else held)
            for one in TABLE[name].columns
        )

    def holds(self, role: str, cohort: str | None) -> bool:
        return not self.held.isdisjoint({(role, cohort), (role, None)})

    def stands(self, name: str, relation: str, key: str, row: Shown) -> bool:
        """Whether they have a relation to a row."""
        cohort = row.get("cohort_id")
        judges: dict[str, Callable[[], bool]] = {
            "themselves": lambda: row["person_id"] == self.me,
            "coordinator of all": lambda: ("coordinator", None) in self.held,
            "co-chair of all": lambda: ("co-chair", None) in self.held,
            "assigned": lambda: self._assesses(key, own_is_in=False),
            "assessed": lambda: self._assesses(key, own_is_in=True),
            "decides": lambda: self._decides(key, cohort),
            "member": lambda: self._member(key),
            "partner": lambda: self._partner(name, key, row),
            "named for them": lambda: self._named_for(key),
        }
        if cohort is None:
            judges |= {
                "coordinator": lambda: self._coordinates(key),
                "facilitator": lambda: self._trains(key),
            }
        if name == "tasks":
            return self.known and self._has_a_task(relation, row)
        return self.known and judges.get(relation, lambda: self.holds(relation, cohort))()

    def _has_a_task(self, relation: str, row: Shown) -> bool:
        """Whoever coordinates has all, a role has its own, and somebody of them what they took."""
        if relation == "who took it":
            team = {role for role, _ in self.held} & {"coordinator", "co-chair", "facilitator"}
            return row["taken_by"] == self.me and bool(team)
        theirs = relation in ("coordinator", row["owner"])
        return theirs and self.holds(relation, row["cohort_id"])

    def _member(self, cohort: str) -> bool:
        apart = ("importer", "safeguarding-lead")
        held = {it for role, it in self.held if role not in apart}
        return cohort in self._applied(self.me) or not held.isdisjoint({cohort, None})

    def _coordinates(self, who: str) -> bool:
        """Not by an application that somebody began for them, and nobody took up."""
        theirs = [one for one in self.began if getattr(one, "person_id", "") == who]
        return ("coordinator", None) in self.held or any(
            self.holds("coordinator", getattr(one, "cohort_id", None))
            for one in theirs
            if getattr(one, "application_id", "") in self.taken_up
        )

    def _taken_up(self) -> Iterator[str]:
        """The applications about which more was done than that somebody began them for somebody."""
        known, begun = dict[str, str](), dict[str, str]()
        facts = zip(self.facts, (one.envelope.origin for one in KEPT.facts), strict=False)
        for fact, by in facts:
            about = getattr(fact, "person_id", "")
            if fact.name == "person.registered":
                known[about] = by.actor
            if type(fact) in MOVES_AN_APPLICATION:
                application = getattr(fact, "application_id", "")
                first = begun.setdefault(application, by.actor) == known.get(about)
                told = fact.name in {"offer.made", "reserve.listed", "application.declined"}
                themselves = by.actor == about and fact.name != "application.withdrawn"
                if first or told or themselves or (by.role == "importer" and by.actor != self.me):
                    yield application

    def _named_for(self, contact: str) -> bool:
        shelf = self.rows["project_shelf"]
        projects = {it for it, row in shelf.items() if self._partner("", it, row.stored)}
        return any(
            isinstance(one, ContactNamed)
            and one.contact_id == contact
            and (one.person_id == self.me or one.project_id in projects)
            for one in self.facts
        )

    def _trains(self, who: str) -> bool:
        registers = (one.stored for one in self.rows["workshop_register"].values())
        return any(
            self.holds("facilitator", one["cohort_id"])
            and who in {place["person_id"] for place in one["places"]}
            for one in registers
        )

    def _applied(self, who: str) -> set[str]:
        return {
            str(getattr(one, "cohort_id", ""))
            for one in self.began
            if getattr(one, "person_id", "") == who
        }

    def _partner(self, name: str, key: str, row: Shown) -> bool:
        boards = {it: one.stored for it, one in self.rows["pairing_board"].items()}
        if name == "reflections":
            return self._is_shared_with_me(key, row)
        if name == "people":
            going = ("proposed", "active", "paused", "completed", "continuing")
            mine = [two(one) for one in boards.values() if one["state"] in going]
            return any(it == {self.me, key} for it in mine)
        pairing = row if name == "pairing_board" else boards.get(row["pairing_id"])
        return bool(pairing) and self.me in two(pairing or {})

    def _is_shared_with_me(self, reflection: str, row: Shown) -> bool:
        """By whom they lead with on its cohort, as long as it was not taken back."""
        of = [one.name for one in self.facts if getattr(one, "reflection_id", "") == reflection]
        leading = ("active", "paused", "completed", "continuing")
        pairs = [
            two(one.stored)
            for one in self.rows["pairing_board"].values()
            if one.stored["state"] in leading and one.stored["cohort_id"] == row["cohort_id"]
        ]
        shared = "reflection.shared" in of and "reflection.withdrawn" not in of
        return shared and self.me != row["person_id"] and {self.me, row["person_id"]} in pairs

    def _decides(self, application: str, cohort: str | None) -> bool:
        """Not who applied for it, nor who is to assess it first, or is too close."""
        may = self.holds("coordinator", cohort) or self.holds("co-chair", cohort)
        of = [one for one in self.mine if getattr(one, "application_id", "") == application]
        close = any(isinstance(one, ConflictDeclared) and one.hard for one in of)
        asked = any(isinstance(one, Assigned) for one in of)
        own_is_in = any(isinstance(one, AssessmentSubmitted) for one in of)
        return (
            may and cohort not in self._applied(self.me) and not close and (own_is_in or not asked)
        )

    def _assesses(self, application: str, *, own_is_in: bool) -> bool:
        of = [one for one in self.mine if getattr(one, "application_id", "") == application]
        may = any(isinstance(one, Assigned) for one in of)
        may = may and not any(isinstance(one, ConflictDeclared) and one.hard for one in of)
        return may and (not own_is_in or any(isinstance(one, AssessmentSubmitted) for one in of))


def judge_of(programme: Programme, who: str) -> Judge:
    """What somebody should see of it; nothing changes there, so each is asked once."""
    if who not in programme.judges:
        programme.judges[who] = Judge(programme, who)
    judge: Judge = programme.judges[who]
    return judge


def two(pairing: Shown) -> set[str]:
    return {pairing["patient_leader_id"], pairing["healthcare_leader_id"]}


def walk(value: Any, parts: Sequence[str], item: Any = None) -> Iterator[tuple[Any, Any]]:
    """Each value at a path, with the part of a list in which it stands."""
    if not parts:
        yield item, value
    elif isinstance(value, list):
        for one in value:
            yield from walk(one, parts, one if item is None else item)
    elif isinstance(value, dict):
        inner = (
            value.values() if parts[0] == "*" else [value[parts[0]]] if parts[0] in value else []
        )
        for one in inner:
            yield from walk(one, parts[1:], item)


def seen_in(row: Shown, fields: Iterable[str]) -> dict[str, list[Any]]:
    """The values of each field in a row that somebody was shown."""
    found = {path: [value for _, value in walk(row, path.split("."))] for path in fields}
    return {path: values for path, values in found.items() if values}
