"""A lived programme at several moments, who may ask in it, and a judge of what each may read.

The judge knows the table and nothing of how it is carried out: it looks at whole rows, opened and
shut, and at the facts.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from datetime import datetime
from typing import Any, Final, NamedTuple

import psycopg

from domain.decision import Act
from events.assessments import AssessmentSubmitted, AssessorAppointed, ConflictDeclared
from events.assessments import AssessorAssigned as Assigned
from events.catalogue import Recorded
from events.cohorts import DecisionsReleased
from events.envelope import Origin, head_of, recorded_time
from events.event import Cover, Event
from events.ids import CohortId, CommandId, PersonId
from events.offers import PlaceConfirmed
from events.roles import RoleGranted
from events.terms import Role, Side
from projections.catalogue import PROJECTIONS
from services.clock import SetClock
from services.engines.addresses import Engines
from services.engines.connections import KeptConnections
from services.identity.comers import Comer
from services.log.log import Stored, document_at, turn, write
from services.log.rows import last_of_contexts
from services.log.sealing import shut
from services.reading.answering import Reader
from services.reading.questions import NamedQuery, Query, ReadingReply
from services.reading.table import TABLE, Cell, Readable
from services.vault.opening import Reading, opened
from services.vault.vault import Vault
from services.workers.projector import Projector
from tests.recorded.kept import Kept, load, put_into
from tests.scenes.cast import opened as another_cohort
from tests.scenes.cast import registered
from tests.scenes.given import NOON, person
from tests.scenes.team import granted
from tests.scenes.world import KEYS

KEPT: Final = load()
ELSEWHERE: Final = CohortId.derived(NOON, "another cohort")
EXTRAS: Final = {
    "of this cohort": (Role.COORDINATOR, False),
    "of another cohort": (Role.COORDINATOR, True),
    "a facilitator of this one": (Role.FACILITATOR, False),
    "a facilitator elsewhere": (Role.FACILITATOR, True),
    "a host": (Role.HOST, False),
    "a co-chair of this one": (Role.CO_CHAIR, False),
    "an importer": (Role.IMPORTER, False),
}
OPERATOR, UNKNOWN = "an operator", "somebody unknown"
OWN: Final = {"places": "person_id", "assessors": "assessor_id"}
OF_NAMES: Final = ("accepted_by", "new_partner_for", "check_ins.leading_together")
Shown = dict[str, Any]


def add_facts(engines: Engines, vault: Vault, facts: Iterable[Event]) -> int:
    """The log takes these facts at its end; the last position."""
    with (
        psycopg.connect(engines.programme["commands"], autocommit=True) as connection,
        turn(connection) as my,
    ):
        before = last_of_contexts(my.cursor)
        when = recorded_time(document_at(connection, my.head) or b"")
        at = my.head
        for at, fact in enumerate(facts, my.head + 1):
            origin = _origin(at, when)
            act = Act(CommandId(origin.command_id), when, origin.actor, Role.SYSTEM)
            (one,) = shut([fact], act, origin, vault)
            context = one.stored.context()
            head = head_of(at, before.get(context, 0), when)
            before[context] = at
            write(my, [Stored(at, one.stored.wire_name(), one.tags, head + one.body)])
    return at


def _origin(at: int, when: datetime) -> Origin:
    command_id = CommandId.derived(when, "readable", str(at))
    return Origin(
        command_id=command_id,
        digest="0" * 32,
        actor="system:command-line",
        role="system",
        source="uk.nhs.leading-together/tests",
        time=when,
        traceparent="00-" + "1" * 32 + "-" + "2" * 16 + "-01",
        correlation_id=command_id,
        causation_id=command_id,
    )


def fold_all(engines: Engines, upto: int) -> None:
    """All read models have taken in the log."""
    projector = Projector(engines.programme["projector"], SetClock(NOON))
    projector.prepare()
    projector.take(upto)
    projector.close()


def moments(vault: Vault) -> dict[str, int]:
    """Positions of the recorded log: one assessment is in; all is decided and nobody told; now."""
    reading = Reading(vault, KEPT.parts.__getitem__)
    known = [reading(fact.event) for fact in KEPT.facts]
    first = next(at for at, one in enumerate(known, 1) if isinstance(one, AssessmentSubmitted))
    told = next(at for at, one in enumerate(known, 1) if isinstance(one, DecisionsReleased))
    command = KEPT.facts[told - 1].envelope.origin.command_id
    acts = [at for at, one in enumerate(KEPT.facts, 1) if one.envelope.origin.command_id == command]
    return {"one assessment is in": first, "before the release": acts[0] - 1, "now": len(known)}


class WholeRow(NamedTuple):
    """A row of a read model as it stands, and as it is told: all opened, and all shut."""

    stored: Shown
    full: Shown
    closed: Shown


class Programme(NamedTuple):
    """A programme at one moment: who is in it, what has happened, and whoever answers."""

    engines: Engines
    vault: Vault
    reader: Reader
    people: dict[str, PersonId]
    facts: list[Event]
    now: datetime
    connections: KeptConnections
    rows: dict[str, dict[str, WholeRow]]
    judges: dict[str, "Judge"]

    def judge(self, who: str) -> "Judge":
        """What somebody should see; nothing changes here, so each is asked once."""
        if who not in self.judges:
            self.judges[who] = Judge(self, who)
        return self.judges[who]

    def asks(self, who: str, name: str, **question: Any) -> ReadingReply:
        """What somebody is answered."""
        comer = Comer(self.people[who], "own", "a token", self.people[who])
        asked = NamedQuery(name, Query(**{"open": True, "limit": 500, **question}))
        return self.reader.answer(asked, comer, self.now)

    def with_table(self, table: Mapping[str, Readable]) -> "Programme":
        """The same, answered by another table."""
        return self._replace(reader=Reader(self.connections, self.vault, table))


def fill(engines: Engines, position: int) -> None:
    """Put the recorded programme as far as a position into empty engines, and some more people who
    look at it; all read models have taken it in.
    """
    put_into(engines, Kept(**{**KEPT._asdict(), "rows": KEPT.rows[:position], "settled": []}))
    with closing(Vault(engines.vault["commands"], KEYS)) as vault:
        fold_all(engines, add_facts(engines, vault, _more(_cohort())))
        while vault.people.index(50):
            pass


@contextmanager
def programme_on(engines: Engines, position: int) -> Iterator[Programme]:
    """The programme on engines that were filled as far as a position."""
    facts = KEPT.facts[:position]
    connections = KeptConnections(engines.programme["reader"], 4, settings={"autocommit": True})
    with closing(Vault(engines.vault["reader"], KEYS)) as vault, closing(connections):
        known = [*(_opened(one, vault) for one in facts), *_more(_cohort())]
        people, now = dict(_people(known)), facts[-1].envelope.recorded
        reader = Reader(connections, vault)
        yield Programme(engines, vault, reader, people, known, now, connections, {}, {})


def _cohort() -> CohortId:
    found = (getattr(one.event, "cohort_id", None) for one in KEPT.facts)
    return CohortId(next(one for one in found if one))


def _all_rows(engines: Engines, vault: Vault) -> Iterator[tuple[str, dict[str, WholeRow]]]:
    with psycopg.connect(engines.programme["console"]) as connection:
        for name, projection in PROJECTIONS.items():
            query = f"SELECT key, row FROM read.{name}".encode()  # noqa: S608 - ours
            yield (
                name,
                {
                    key: WholeRow(
                        row,
                        projection.shown(opened(row, vault)),
                        projection.shown(opened(row, None)),
                    )
                    for key, row in connection.execute(query).fetchall()
                },
            )


def _opened(fact: Recorded[Event], vault: Vault) -> Event:
    reading = Reading(vault, KEPT.parts.__getitem__)
    return reading(fact.event) if isinstance(fact.event, Cover) else fact.event


def _more(cohort: CohortId) -> Iterator[Event]:
    """Another cohort, which takes applications, and people with roles here and there."""
    yield from another_cohort(ELSEWHERE)
    for name, (role, elsewhere) in EXTRAS.items():
        yield registered(person(name), name.capitalize())
        side = Side.PATIENT_LEADER if role is Role.CO_CHAIR else None
        yield granted(person(name), role, ELSEWHERE if elsewhere else cohort, side=side)
    yield registered(person(OPERATOR), "Somebody who runs it")


def _people(facts: Sequence[Event]) -> Iterator[tuple[str, PersonId]]:
    """Everybody who ever had a role, an application or a place, by what they are."""
    for name in (*EXTRAS, OPERATOR, UNKNOWN):
        yield name, person(name)
    counts: dict[str, int] = {}
    for fact in facts:
        for kind, who in (
            ("assessor", getattr(fact, "assessor_id", None)),
            (
                "applicant",
                getattr(fact, "person_id", None) if fact.name == "application.started" else None,
            ),
            (
                str(getattr(fact, "role", "")),
                getattr(fact, "person_id", None) if isinstance(fact, RoleGranted) else None,
            ),
        ):
            if who and who not in {person(one) for one in EXTRAS}:
                yield f"{kind} {counts.setdefault(f'{kind}{who}', len(counts))}", who


class Judge:
    """What one person should see of a programme, by the table."""

    def __init__(self, programme: Programme, who: str) -> None:
        self.programme, self.me = programme, programme.people[who]
        self.facts = programme.facts
        if not programme.rows:
            programme.rows.update(_all_rows(programme.engines, programme.vault))
        self.rows = programme.rows
        self.held = set(self._held())
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
        if field == "entries":
            return not item["for_staff"]
        if field == "roles":
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

    def holds(self, role: str, cohort: str | None) -> bool:
        return not self.held.isdisjoint({(role, cohort), (role, None)})

    def stands(self, name: str, relation: str, key: str, row: Shown) -> bool:
        """Whether they have a relation to a row."""
        cohort = row.get("cohort_id")
        judges: dict[str, Callable[[], bool]] = {
            "themselves": lambda: row["person_id"] == self.me,
            "coordinator of all": lambda: ("coordinator", None) in self.held,
            "assigned": lambda: self._assesses(key, own_is_in=False),
            "assessed": lambda: self._assesses(key, own_is_in=True),
            "member": lambda: self._member(key),
            "partner": lambda: self._partner(name, key, row),
        }
        if cohort is None:
            judges |= {
                "coordinator": lambda: self._coordinates(key),
                "facilitator": lambda: self._trains(key),
            }
        return self.known and judges.get(relation, lambda: self.holds(relation, cohort))()

    def _member(self, cohort: str) -> bool:
        held = {it for role, it in self.held if role != "importer"}
        return cohort in self._applied(self.me) or not held.isdisjoint({cohort, None})

    def _coordinates(self, who: str) -> bool:
        applied = (self.holds("coordinator", one) for one in self._applied(who))
        return ("coordinator", None) in self.held or any(applied)

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
        if name == "people":
            going = ("proposed", "active", "paused", "completed", "continuing")
            mine = [two(one) for one in boards.values() if one["state"] in going]
            return any(it == {self.me, key} for it in mine)
        pairing = row if name == "pairing_board" else boards.get(row["pairing_id"])
        return bool(pairing) and self.me in two(pairing or {})

    def _assesses(self, application: str, *, own_is_in: bool) -> bool:
        of = [one for one in self.mine if getattr(one, "application_id", "") == application]
        may = any(isinstance(one, Assigned) for one in of)
        may = may and not any(isinstance(one, ConflictDeclared) and one.hard for one in of)
        return may and (not own_is_in or any(isinstance(one, AssessmentSubmitted) for one in of))


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
