"""Nobody reads in a list what they could not read where it is made of."""

from collections.abc import Iterator
from contextlib import closing
from typing import Any

import pytest

from events.assessments import AssessmentSubmitted, AssessorAssigned, ConflictDeclared, DecisionMade
from events.event import Event
from events.ids import PersonId
from events.people import AccessNeedsStated, ContactPreferenceStated
from events.roles import RoleWithdrawn
from events.terms import Channel, Format, Relationship, Role
from events.workshops import WorkshopBooked
from projections.catalogue import LISTS
from projections.lists import Asked
from projections.projection import Shown
from services.reading.pages import holds
from services.reading.refusals import NoSuchChoice, NotYoursToRead, TookTooLong, TooLarge
from services.vault.vault import Vault
from tests.scenes.given import person
from tests.scenes.readable import EXTRAS, UNKNOWN, Programme, add_facts, fold_all
from tests.scenes.team import granted
from tests.scenes.training import skills_day
from tests.scenes.world import KEYS
from tests.services.reading.conftest import Playing


def happens(programme: Programme, *facts: Event) -> None:
    """The log takes facts, and all read models do."""
    with closing(Vault(programme.engines.vault["commands"], KEYS)) as vault:
        fold_all(programme.engines, add_facts(programme.engines, vault, facts))


def rows(programme: Programme, who: str, name: str, **question: Any) -> list[Any]:
    return programme.asks(who, name, **question).rows or []


def named(programme: Programme, who: PersonId) -> str:
    return next(name for name, one in programme.people.items() if one == who)


def of_kind(programme: Programme, kind: type[Event]) -> list[Any]:
    return [one for one in programme.facts if isinstance(one, kind)]


def made_of_answers(programme: Programme, who: str, name: str) -> list[Shown]:
    """A list, made of what somebody is answered who asks for each read model."""

    def ask(of: str, where: Asked) -> Iterator[Shown]:
        try:
            yield from (one for one in rows(programme, who, of) if holds(one, where))
        except NotYoursToRead:
            return

    return list(LISTS[name].rows(ask, {}))


def test_a_list_has_what_somebody_is_shown_of_each_read_model(programme: Programme) -> None:
    asked = set[str]()
    for who in programme.people:
        for name in LISTS:
            try:
                found = rows(programme, who, name)
            except NotYoursToRead:
                continue
            assert found == made_of_answers(programme, who, name), (who, name)
            asked |= {name} if found else set()
    is_over = any(one.name == "cohort.completed" for one in programme.facts)
    assert asked >= ({"panel", "assessors"} if is_over else {"assessors"})


def test_each_list_is_for_those_who_are_shown_what_it_tells(ended: Programme) -> None:
    may = dict[str, set[str]]()
    for who in (*EXTRAS, UNKNOWN, "applicant"):
        name = next((one for one in ended.people if one.startswith(who)), who)
        for one in LISTS:
            try:
                ended.asks(name, one)
                may.setdefault(one, set()).add(who)
            except NotYoursToRead:
                continue
    coordinators = {"of this cohort", "of another cohort"}
    assert may["panel"] == {*coordinators, "a co-chair of this one"}
    assert may["assessors"] == coordinators
    assert may["not_booked"] == coordinators
    facilitators = {"a facilitator of this one", "a facilitator elsewhere"}
    assert {*coordinators, *facilitators} <= may["workshop_needs"]
    assert UNKNOWN not in may["workshop_needs"]


def test_a_panel_sees_the_means_by_which_it_was_decided(ended: Programme) -> None:
    decided = {one.application_id: one.score for one in of_kind(ended, DecisionMade)}
    found = {one["key"]: one for one in rows(ended, "of this cohort", "panel")}
    assert decided
    assert {key: round(10 * found[key]["mean"]) for key in decided} == decided
    assert any(one["gap"] for one in found.values())


def test_a_co_chair_sees_what_was_found_and_not_by_whom(ended: Programme) -> None:
    (first, *_) = rows(ended, "a co-chair of this one", "panel")
    assert {name for one in first["found"] for name in one} == {
        *("lay", "scores", "recommendation", "comment")
    }
    assert first["gap"] is not None
    (same,) = rows(ended, "of this cohort", "panel", where={"key": first["key"]})
    without = [{it: one[it] for it in one if it != "assessor_id"} for one in same["found"]]
    assert without == first["found"]


@pytest.fixture
def one_is_in(at_moment: Playing) -> Iterator[Programme]:
    """One assessment is in; more may happen."""
    with at_moment("one assessment is in") as found:
        yield found


def seen_by(programme: Programme, who: str, application: str) -> set[str]:
    """Whose scores of an application somebody sees, in the queue or in the list."""
    (row,) = rows(programme, who, "application_queue", where={"key": application})
    parts = row.get("assessors", ())
    in_queue = {one.get("assessor_id", "?") for one in parts if one.get("scores")}
    listed = rows(programme, who, "panel", where={"key": application})
    in_list = {it.get("assessor_id", "?") for one in listed for it in one["found"]}
    assert in_list == in_queue
    return in_queue


def test_whoever_assesses_sees_what_others_found_once_their_own_is_in_whatever_else_they_are(
    one_is_in: Programme,
) -> None:
    (given,) = of_kind(one_is_in, AssessmentSubmitted)
    this, done = given.application_id, given.assessor_id
    waits = next(
        one.assessor_id
        for one in of_kind(one_is_in, AssessorAssigned)
        if one.application_id == this and one.assessor_id != done
    )
    first, second = named(one_is_in, done), named(one_is_in, waits)
    happens(one_is_in, *(granted(it, Role.COORDINATOR, given.cohort_id) for it in (done, waits)))
    assert seen_by(one_is_in, "of this cohort", this) == {done}
    assert seen_by(one_is_in, first, this) == {done}
    assert seen_by(one_is_in, second, this) == set()
    other = {"assessor_id": waits, "scores": dict.fromkeys(given.scores, 1), "comment": None}
    mine = given.model_copy(update=other)
    happens(one_is_in, mine)
    assert seen_by(one_is_in, second, this) == {done, waits}


def test_whoever_is_too_close_or_a_rival_sees_no_scores_though_they_coordinate(
    one_is_in: Programme,
) -> None:
    (given,) = of_kind(one_is_in, AssessmentSubmitted)
    this, cohort = given.application_id, given.cohort_id
    assigned = of_kind(one_is_in, AssessorAssigned)
    close = next(one for one in assigned if one.assessor_id != given.assessor_id)
    applicants = {one.person_id for one in assigned}
    rival = next(one for one in applicants if one != given.person_id)
    conflict = ConflictDeclared(
        **given.model_dump(include={"application_id", "cohort_id", "person_id"}),
        assessor_id=close.assessor_id,
        kind=Relationship.TEAM,
        hard=True,
    )
    both = close.assessor_id, rival
    happens(one_is_in, *(granted(one, Role.COORDINATOR, cohort) for one in both), conflict)
    assert seen_by(one_is_in, "of this cohort", this) == {given.assessor_id}
    for one in both:
        assert seen_by(one_is_in, named(one_is_in, one), this) == set()
    over = RoleWithdrawn(
        person_id=close.assessor_id, cohort_id=cohort, role=Role.ASSESSOR, reason="role.other"
    )
    happens(one_is_in, over)
    too_close = named(one_is_in, close.assessor_id)
    assert seen_by(one_is_in, too_close, this) == set(), "nor once they assess nothing any more"


def test_an_assessor_sees_their_own_load(one_is_in: Programme) -> None:
    (given,) = of_kind(one_is_in, AssessmentSubmitted)
    every = {one["assessor_id"]: one for one in rows(one_is_in, "of this cohort", "assessors")}
    mine = rows(one_is_in, named(one_is_in, given.assessor_id), "assessors")
    assert mine == [every[given.assessor_id]]
    assert (mine[0]["scored"], mine[0]["to_score"] > 0) == (1, True)
    assert list(mine[0]["days"]) == [mine[0]["next_day"]]


def test_needs_are_for_those_who_run_the_workshop_and_each_opening_is_on_the_trail(
    changing: Programme,
) -> None:
    """There is one to come, on which somebody has a place who stated what they need."""
    booked = next(iter(of_kind(changing, WorkshopBooked)))
    who, workshop = booked.person_id, skills_day(cohort=booked.cohort_id)
    happens(
        changing,
        workshop,
        booked.model_copy(update={"workshop_id": workshop.workshop_id, "pairing_id": None}),
        AccessNeedsStated(person_id=who, needs="A loop system.", supporter_comes=True),
        ContactPreferenceStated(
            person_id=who, channel=Channel.POST, format=Format.EASY_READ, language="cy"
        ),
    )
    asked = {"where": {"workshop_id": workshop.workshop_id}}
    for name in ("of this cohort", "a facilitator of this one", named(changing, who)):
        (row,) = rows(changing, name, "workshop_needs", **asked)
        told = [row[one] for one in ("person_id", "needs", "format", "language")]
        assert told == [who, "A loop system.", "easy-read", "cy"]
        assert row["supporter_comes"] is True
    assert (
        "channel" not in rows(changing, "a facilitator of this one", "workshop_needs", **asked)[0]
    )
    for name in ("of another cohort", "a facilitator elsewhere"):
        assert rows(changing, name, "workshop_needs", **asked) == []
    opened = rows(changing, named(changing, who), "openings")
    by = {(one["opener"], one["query"]) for one in opened}
    assert (person("a facilitator of this one"), "people") in by


def test_a_list_is_asked_for_by_its_fields_and_cut_where_it_is_long(ended: Programme) -> None:
    every = rows(ended, "of this cohort", "panel")
    side = {"side": "patient-leader"}
    some = rows(ended, "of this cohort", "panel", where=side)
    assert some == [one for one in every if one["side"] == "patient-leader"] != every
    reply = ended.asks("of this cohort", "panel", limit=2)
    assert (reply.rows, reply.cut, reply.after) == (every[:2], True, None)
    assert ended.asks("of this cohort", "panel").cut is None
    with pytest.raises(NoSuchChoice):
        ended.asks("of this cohort", "panel", where={"outcome": "offer"})


def test_without_opening_a_list_tells_only_what_is_in_the_clear(ended: Programme) -> None:
    assert rows(ended, "of this cohort", "panel", open=False) == []
    loads = rows(ended, "of this cohort", "assessors", open=False)
    assert {one["to_score"] for one in loads} == {one["scored"] for one in loads} == {None}
    assert rows(ended, "of this cohort", "not_booked", open=False) == rows(
        ended, "of this cohort", "not_booked"
    )


def test_a_list_that_takes_too_long_or_is_too_large_is_refused(
    ended: Programme, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("services.reading.answering.LONGEST", 0.0)
    with pytest.raises(TookTooLong):
        ended.asks("of this cohort", "panel")
    monkeypatch.undo()
    monkeypatch.setattr("services.reading.listing.MAX_ANSWER", 200)
    with pytest.raises(TooLarge):
        ended.asks("of this cohort", "panel")
