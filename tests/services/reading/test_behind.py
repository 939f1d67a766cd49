"""A right that has ended by the log has ended, though no read model has heard of it yet."""

from collections.abc import Iterable, Iterator, Mapping
from contextlib import closing
from typing import Any

import psycopg
import pytest

from events.applications import (
    ApplicationStarted,
    ApplicationSubmitted,
    ApplicationWithdrawn,
    Profile,
)
from events.assessments import ConflictDeclared
from events.contacts import ContactEnded, ContactKept, ContactNamed
from events.continuation import ContinuationEnded
from events.event import Event
from events.ids import ApplicationId, ContactId, PersonId
from events.pairings import PairingDeclined, PairingEnded, PairingLapsed, PairingTakenBack
from events.people import Contact, PersonErased
from events.projects import ProjectHandedOn
from events.reflections import ReflectionSubmitted, ReflectionWithdrawn
from events.terms import Area, ContactPurpose, Relationship, Role
from services.cli.console import Installation
from services.cli.looking import AtHome
from services.read_models.looking import Kept
from services.reading.refusals import NotThereYet
from services.reading.relations import NO_PARTNERS
from services.vault.vault import Vault
from tests.scenes.cast import PATIENT, registered
from tests.scenes.given import NOON, person
from tests.scenes.readable import ELSEWHERE, SYSTEM, Programme, add_facts, fold_all
from tests.scenes.world import KEYS
from tests.services.reading.conftest import Playing


@pytest.fixture(scope="module")
def lived(at_moment: Playing) -> Iterator[Programme]:
    """The programme at its end, in which each test does something of its own."""
    with at_moment("now") as found:
        yield found


OF_BOTH = ("cohort_id", "patient_leader_id", "healthcare_leader_id")


def happens(
    programme: Programme,
    facts: Iterable[Event],
    actor: str = SYSTEM,
    *,
    folded: bool,
    role: Role = Role.SYSTEM,
) -> None:
    """The log takes facts; the projector does, too, or it stands still."""
    with closing(Vault(programme.engines.vault["commands"], KEYS)) as vault:
        at = add_facts(programme.engines, vault, facts, actor, role)
    if folded:
        fold_all(programme.engines, at)


def named(programme: Programme, kind: str) -> str:
    return next(who for who in programme.people if who.startswith(kind))


def test_a_contact_who_ended_is_shut_at_once(lived: Programme) -> None:
    coordinator, contact = named(lived, "coordinator"), ContactId.derived(NOON, "a referee")
    this = {"contact_id": contact, "cohort_id": ELSEWHERE}
    facts = [
        ContactNamed.model_validate(
            dict(
                **this,
                person_id=lived.people[named(lived, "applicant")],
                purpose=ContactPurpose.REFEREE,
                full_name="Rory Referee",
                contact=Contact(email="rory@example.org"),
            )
        ),
        ContactKept.model_validate(
            dict(**this, until=lived.now.date(), answer_by=lived.now.date())
        ),
    ]
    happens(lived, facts, folded=True)
    where = {"key": contact}
    (row,) = lived.asks(coordinator, "contacts", where=where).rows or []
    assert row["full_name"] == "Rory Referee"
    (shown,) = by_the_owner(lived, "contacts", where)
    assert shown["full_name"] == "Rory Referee"
    happens(
        lived,
        [ContactEnded.model_validate(dict(**this, reason="contact.not-needed"))],
        folded=False,
    )
    (row,) = lived.asks(coordinator, "contacts", where=where).rows or []
    assert (row["full_name"], row["email"], row["person_id"]) == ("(erased)",) * 3
    (shown,) = by_the_owner(lived, "contacts", where)
    assert (shown["full_name"], shown["email"]) == ("(erased)", "(erased)")


def by_the_owner(
    programme: Programme, name: str, where: Mapping[str, str]
) -> list[dict[str, object]]:
    url = programme.engines.programme["home"]
    with closing(Vault(programme.engines.vault["home"], KEYS)) as vault:
        return AtHome(Installation(None), url, vault).rows(name, where, 500)


def test_who_follows_at_home_is_noted_for_what_has_changed_and_nothing_else(
    lived: Programme,
) -> None:
    url, kept = lived.engines.programme["home"], Kept()
    ann = person("Ann, who is followed")
    with closing(Vault(lived.engines.vault["home"], KEYS)) as vault:
        home = AtHome(Installation(None), url, vault)
        every = home.rows("people", {}, 500, kept)
        before = lines(lived)
        for _ in range(3):
            assert home.rows("people", {}, 500, kept) == every
        assert lines(lived) == before
        happens(lived, [registered(ann, "Ann Annear")], folded=True)
        again = home.rows("people", {}, 500, kept)
    assert len(again) == len(every) + 1
    assert lines(lived) == [*before, ann]


def lines(programme: Programme) -> list[str]:
    with psycopg.connect(programme.engines.programme["owner"]) as owner:
        found = owner.execute("SELECT whose FROM trail.openings ORDER BY number")
        return [whose for (whose,) in found]


def test_who_was_erased_is_neither_opened_nor_found_though_a_key_is_left(lived: Programme) -> None:
    coordinator, eve = named(lived, "coordinator"), person("Eve, who goes")
    happens(lived, [registered(eve, "Eve Everard")], folded=True)
    (row,) = lived.asks(coordinator, "people", where={"key": eve}).rows or []
    assert row["full_name"] == "Eve Everard"
    happens(lived, [PersonErased(person_id=eve)], folded=False)
    (row,) = lived.asks(coordinator, "people", where={"key": eve}).rows or []
    assert row["full_name"] == "(erased)"


def test_a_run_is_opened_for_the_trail_and_no_more_once_somebody_in_it_was_erased(
    changing: Programme,
) -> None:
    coordinator = named(changing, "coordinator")
    (row,) = changing.asks(coordinator, "matching_runs", fields=["state"]).rows or []
    assert row["key"] not in lines(changing)
    (row,) = changing.asks(coordinator, "matching_runs").rows or []
    pairs: Any = row["pairs"]
    assert row["key"] in lines(changing)
    gone = PersonErased(person_id=pairs[0]["patient_leader_id"])
    happens(changing, [gone], folded=False)
    (row,) = changing.asks(coordinator, "matching_runs").rows or []
    assert {row[one] for one in ("pairs", "weighed", "seed")} == {"(erased)"}


def test_who_declared_a_hard_conflict_reads_the_application_no_more(at_moment: Playing) -> None:
    with at_moment("one assessment is in") as programme:
        who = next(
            one
            for one in programme.people
            if one.startswith("assessor") and programme.asks(one, "application_queue").rows
        )
        before = programme.asks(who, "application_queue").rows or []
        mine = str(before[0]["key"])
        conflict = ConflictDeclared.model_validate(
            {
                "application_id": ApplicationId(mine),
                "cohort_id": before[0]["cohort_id"],
                "person_id": before[0]["person_id"],
                "assessor_id": programme.people[who],
                "kind": Relationship.TREATS,
                "hard": True,
            }
        )
        happens(programme, [conflict], folded=False)
        after = programme.asks(who, "application_queue").rows or []
        assert [row["key"] for row in after] == [row["key"] for row in before[1:]]


@pytest.mark.parametrize("over", NO_PARTNERS)
def test_who_leads_with_nobody_any_more_reads_no_name_of_theirs(
    changing: Programme, over: type[Event]
) -> None:
    """Whatever it is that ended it."""
    pairing, me, partner, who = a_pair(changing)
    assert partner in {row["key"] for row in changing.asks(who, "people").rows or []}
    happens(changing, [of_the_pairing(changing, pairing, over)], folded=False)
    assert [row["key"] for row in changing.asks(who, "people").rows or []] == [me]


def test_what_was_shared_is_read_no_more_once_it_is_taken_back_or_two_do_not_lead_together(
    at_moment: Playing,
) -> None:
    with at_moment("now") as lived:
        shared, partner = a_shared_reflection(lived)
        (row,) = lived.asks(partner, "reflections", where={"key": shared.reflection_id}).rows or []
        assert str(row["words"]).strip("()") not in ("", "sealed", "erased")
        taken_back = ReflectionWithdrawn(**shared.model_dump(include={*OF_A_REFLECTION}))
        happens(lived, [taken_back], folded=False)
        assert read_by(lived, partner, shared) == []
    with at_moment("now") as lived:
        shared, partner = a_shared_reflection(lived)
        (pairing,) = {
            str(one["key"])
            for one in lived.asks(partner, "pairing_board").rows or []
            if shared.person_id in (one["patient_leader_id"], one["healthcare_leader_id"])
        }
        happens(lived, [of_the_pairing(lived, pairing, ContinuationEnded)], folded=False)
        assert read_by(lived, partner, shared) == []


OF_A_REFLECTION = ("reflection_id", "cohort_id", "person_id")


def read_by(programme: Programme, who: str, shared: ReflectionSubmitted) -> list[object]:
    asked = {"where": {"key": shared.reflection_id}}
    return [*(programme.asks(who, "reflections", **asked).rows or [])]


def a_shared_reflection(programme: Programme) -> tuple[ReflectionSubmitted, str]:
    """One that somebody's partner reads, and that partner."""
    written = [one for one in programme.facts if isinstance(one, ReflectionSubmitted)]
    return next(
        (one, who)
        for who in programme.people
        if who.startswith("applicant")
        for one in written
        if one.person_id != programme.people[who] and read_by(programme, who, one)
    )


def test_all_that_ends_a_pairing_is_known_as_its_end() -> None:
    over = {PairingEnded, ContinuationEnded, PairingDeclined, PairingTakenBack, PairingLapsed}
    assert over == {*NO_PARTNERS}


def a_pair(programme: Programme) -> tuple[str, str, str, str]:
    """A pairing that goes on, its two, and the name of the first of them."""
    for who, me in programme.people.items():
        if not who.startswith("applicant"):
            continue
        for row in programme.asks(who, "pairing_board").rows or []:
            if row["state"] in ("active", "completed", "continuing"):
                both = {str(row["patient_leader_id"]), str(row["healthcare_leader_id"])}
                return str(row["key"]), me, (both - {me}).pop(), who
    raise LookupError


def of_the_pairing(programme: Programme, pairing: str, kind: type[Event]) -> Event:
    """A fact with which it is over."""
    coordinator = named(programme, "coordinator")
    (row,) = programme.asks(coordinator, "pairing_board", where={"key": pairing}).rows or []
    first = row["patient_leader_id"]
    said = {"pairing_id": pairing, "reason": "other-reason", "reported_by": first}
    said |= {"declined_by": first} | {name: row[name] for name in OF_BOTH}
    return kind.model_validate({name: said[name] for name in said if name in kind.model_fields})


def test_whose_project_was_handed_on_reads_it_no_more(lived: Programme) -> None:
    shelf = {
        who: rows
        for who in lived.people
        if who.startswith("applicant") and (rows := lived.asks(who, "project_shelf").rows)
    }
    who, (row, *_) = next(iter(shelf.items()))
    other = next(
        str(one["pairing_id"])
        for rows in shelf.values()
        for one in rows
        if one["pairing_id"] != row["pairing_id"]
    )
    handed_on = ProjectHandedOn.model_validate(
        {
            "project_id": row["key"],
            "pairing_id": other,
            "former_pairing_id": row["pairing_id"],
            "cohort_id": row["cohort_id"],
        }
    )
    contact = ContactId.derived(NOON, "a host of the project")
    this = {"contact_id": contact, "cohort_id": row["cohort_id"]}
    of_the_project = [
        ContactNamed.model_validate(
            dict(
                **this,
                project_id=row["key"],
                purpose=ContactPurpose.HOST,
                full_name="Hetty Host",
                contact=Contact(email="hetty@example.org"),
            )
        ),
        ContactKept.model_validate(
            dict(**this, until=lived.now.date(), answer_by=lived.now.date())
        ),
    ]
    happens(lived, of_the_project, folded=True)
    assert lived.asks(who, "contacts", where={"key": contact}).rows
    happens(lived, [handed_on], folded=False)
    with pytest.raises(NotThereYet):
        lived.asks(who, "project_shelf")
    assert lived.asks(who, "contacts", where={"key": contact}).rows == []


def test_nobody_makes_themselves_a_reader_of_somebody_by_beginning_something_for_them(
    lived: Programme,
) -> None:
    coordinator = "of another cohort"
    me, tom = lived.people[coordinator], person("Tom, who did not ask for it")
    mine = ApplicationId.derived(NOON, "begun for Tom")
    this = {"application_id": mine, "cohort_id": ELSEWHERE, "person_id": tom, "side": PATIENT}
    handed_in = ApplicationSubmitted.model_validate(
        dict(
            **this,
            profile=Profile(area=Area.DEVON),
            experiences=1,
            interest="It was said for me.",
            leadership="None.",
        )
    )
    happens(lived, [registered(tom, "Tom Tangye")], folded=False)
    happens(lived, [ApplicationStarted.model_validate(dict(**this)), handed_in], me, folded=True)
    assert not reads(lived, coordinator, tom)
    back = ApplicationWithdrawn.model_validate(
        {**this, "reason": "application.withdrawn-by-applicant"}
    )
    happens(lived, [back], tom, folded=True)
    assert not reads(lived, coordinator, tom)
    happens(lived, [handed_in], tom, folded=True)
    assert reads(lived, coordinator, tom)


@pytest.mark.parametrize(("by", "is_read"), [("of another cohort", False), ("Ivy", True)])
def test_what_a_coordinator_imports_themselves_makes_them_no_reader_either(
    lived: Programme, by: str, is_read: bool
) -> None:
    """Whoever coordinates may import as well: then it is one hand, and not two."""
    actor, tom = lived.people.get(by, person(by)), person("Tom, of a file")
    started = ApplicationStarted.model_validate(
        {
            "application_id": ApplicationId.derived(NOON, "imported for Tom"),
            "cohort_id": ELSEWHERE,
            "person_id": tom,
            "side": PATIENT,
        }
    )
    happens(lived, [registered(tom, "Tom Tangye")], folded=False)
    happens(lived, [started], actor, role=Role.IMPORTER, folded=True)
    assert reads(lived, "of another cohort", tom) is is_read


def test_whom_a_coordinator_registered_at_the_telephone_they_go_on_helping(
    lived: Programme,
) -> None:
    me, rose = lived.people["of another cohort"], person("Rose, who rings")
    mine = ApplicationId.derived(NOON, "begun for Rose")
    started = ApplicationStarted.model_validate(
        {"application_id": mine, "cohort_id": ELSEWHERE, "person_id": rose, "side": PATIENT}
    )
    happens(lived, [registered(rose, "Rose Rowse"), started], me, folded=True)
    assert reads(lived, "of another cohort", rose)


def reads(programme: Programme, who: str, person_id: PersonId) -> bool:
    found = [
        bool(programme.asks(who, name, where={"key": person_id}).rows)
        for name in ("people", "journey")
    ]
    assert len(set(found)) == 1
    return found[0]


def test_an_answer_is_as_old_as_the_oldest_read_model_it_rests_on(lived: Programme) -> None:
    url = lived.engines.programme["owner"]
    with psycopg.connect(url, autocommit=True) as owner:
        back = "UPDATE read.builds SET position = position + %s WHERE projection = %s"
        for name, other in (
            ("people", "pairing_board"),
            ("people", "workshop_register"),
            ("people", "application_queue"),
            ("journey", "application_queue"),
            ("cohort_board", "application_queue"),
            ("project_shelf", "pairing_board"),
            ("people.find", "people"),
            ("people.find", "application_queue"),
            ("people.shared", "people"),
        ):
            owner.execute(back, (-7, other))
            (reached,) = owner.execute(
                "SELECT position FROM read.builds WHERE projection = %s", (other,)
            ).fetchone() or (0,)
            assert lived.reader.position(name) == reached, (name, other)
            owner.execute(back, (7, other))
