"""Lists are made of what whoever asks is shown: here of whole read models, as at home."""

import json
from collections.abc import Iterator
from datetime import date
from typing import Any

import pytest

from events.applications import ApplicationAmended, EligibilityConfirmed, Profile
from events.assessments import (
    AssessmentSubmitted,
    AssessorAppointed,
    AssessorAssigned,
    AssessorAwaitedAgain,
    AssessorDayChanged,
    ConflictDeclared,
    DecisionMade,
    ModerationHeld,
)
from events.catalogue import Recorded
from events.cohorts import CohortCancelled, CohortPlanAmended
from events.ids import PersonId, WorkshopId
from events.offers import PlaceGivenUp
from events.people import AccessNeedsStated, ContactPreferenceStated, PersonMerged
from events.roles import RoleWithdrawn
from events.terms import Area, Channel, Format, Outcome, Relationship, Role
from events.workshops import (
    BookingCancelled,
    WaitingListJoined,
    WaitingListOffered,
    WorkshopAttended,
    WorkshopBooked,
    WorkshopCancelled,
    WorkshopMissed,
    WorkshopScheduled,
)
from projections.catalogue import LISTS, PROJECTIONS
from projections.lists import Asked
from projections.projection import Shown
from projections.replay import folded
from tests.projections.edge import told
from tests.scenes.cast import (
    ADA,
    AMINA,
    AUTUMN,
    BEN,
    CARYS,
    CLEO,
    COLM,
    HEALTHCARE,
    PATIENT,
    application,
    confirmed,
    eligible,
    opened,
    registered,
)
from tests.scenes.given import NOON
from tests.scenes.history import history
from tests.scenes.history_choosing import about, day
from tests.scenes.scribe import Facts, written_down

SCORE_BY, LATER, LATEST = date(2024, 10, 30), date(2024, 11, 4), date(2024, 11, 8)
FIRST, SECOND, THIRD = (WorkshopId.derived(NOON, "training", str(one)) for one in (1, 2, 3))


def made(name: str, facts: list[Recorded[Any]], **asked: str) -> list[Shown]:
    """The rows of a list, of read models of which all is opened."""

    def ask(of: str, where: Asked) -> Iterator[Shown]:
        projection = PROJECTIONS[of]
        for key, row in sorted(folded(projection, facts).items()):
            shown = {"key": key, **told(projection, row)}
            if all(_text(shown.get(field)) == value for field, value in where.items()):
                yield shown

    return list(LISTS[name].rows(ask, asked))


def _text(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value)


def rows(name: str, *facts: Facts, **asked: str) -> list[Shown]:
    return made(name, written_down(opened(), *facts), **asked)


def appointed(*people: PersonId) -> list[AssessorAppointed]:
    return [AssessorAppointed(cohort_id=AUTUMN, assessor_id=one, lay=one == CLEO) for one in people]


def assigned(assessor: PersonId, who: PersonId = ADA) -> Any:
    return about(AssessorAssigned, who, assessor_id=assessor, lay=assessor == CLEO)


def assessed(assessor: PersonId, interest: int, leadership: int, who: PersonId = ADA) -> Any:
    found = {"scores": {"interest": interest, "leadership": leadership}, "comment": "So kind."}
    how = {"assessor_id": assessor, "lay": assessor == CLEO, "recommendation": Outcome.OFFER}
    return about(AssessmentSubmitted, who, **how, **found)


PANEL = (*eligible(ADA, PATIENT), *appointed(CLEO, CARYS), assigned(CLEO), assigned(CARYS))


def test_a_panel_sees_what_was_found_and_how_far_it_is_apart() -> None:
    """Interest counts twice: 15 can be had."""
    (row,) = rows("panel", PANEL, assessed(CLEO, 5, 5), assessed(CARYS, 3, 4))
    assert (row["key"], row["mean"], row["gap"]) == (application(ADA), 83.3, 33.3)
    assert (row["far_apart"], row["moderated"], row["waits_for"]) == (True, False, "a decision")
    assert [one["assessor_id"] for one in row["found"]] == [CLEO, CARYS]
    assert row["found"][0]["scores"] == {"interest": 5, "leadership": 5}
    assert (row["found"][0]["comment"], row["found"][0]["lay"]) == ("So kind.", True)


def test_how_far_is_too_far_is_the_plans() -> None:
    both = (assessed(CLEO, 5, 5), assessed(CARYS, 3, 4))
    wider = CohortPlanAmended(cohort_id=AUTUMN, moderation_gap=34, reason="cohort.plan-mistake")
    assert [one["far_apart"] for one in rows("panel", wider, PANEL, *both)] == [False]
    (talked,) = rows("panel", PANEL, *both, about(ModerationHeld, ADA))
    assert (talked["far_apart"], talked["moderated"]) == (True, True)


def test_what_does_not_count_is_in_no_mean() -> None:
    clash = {"assessor_id": CARYS, "kind": Relationship.TEAM, "hard": True}
    both = (assessed(CLEO, 5, 5), assessed(CARYS, 0, 0))
    (row,) = rows("panel", PANEL, *both, about(ConflictDeclared, ADA, **clash))
    assert (len(row["found"]), row["mean"], row["gap"]) == (1, 100.0, 0.0)
    said = {"profile": Profile(area=Area.DEVON), "experiences": 3, "interest": "I do."}
    assert rows("panel", PANEL, *both, about(ApplicationAmended, ADA, **said)) == []
    assert rows("panel", PANEL) == []


def load(*facts: Facts) -> dict[PersonId, tuple[Any, ...]]:
    names = ("to_score", "scored", "next_day", "days")
    return {one["assessor_id"]: tuple(one[it] for it in names) for one in rows("assessors", *facts)}


def test_an_assessor_has_so_much_to_score_until_a_day_and_so_much_is_in() -> None:
    also = (*eligible(BEN, HEALTHCARE), assigned(CLEO, BEN))
    found = load(PANEL, also, appointed(COLM), assessed(CLEO, 4, 4))
    until = str(SCORE_BY)
    assert found == {
        CLEO: (1, 1, until, {until: 1}),
        CARYS: (1, 0, until, {until: 1}),
        COLM: (0, 0, None, {}),
    }
    decided = about(DecisionMade, ADA, outcome=Outcome.OFFER, score=800, reasons=())
    assert load(PANEL, assessed(CLEO, 4, 4), decided)[CARYS] == (0, 0, None, {})
    gone = RoleWithdrawn(
        person_id=COLM, cohort_id=AUTUMN, role=Role.ASSESSOR, reason="role.left-the-team"
    )
    assert COLM not in load(appointed(COLM), gone)


def test_another_day_is_for_what_an_assessor_had_then() -> None:
    longer = AssessorDayChanged(
        cohort_id=AUTUMN,
        assessor_id=CARYS,
        score_by=LATER,
        remind_on=SCORE_BY,
        reason="assessor-day.away",
    )
    assert load(PANEL, longer)[CARYS] == (1, 0, str(LATER), {str(LATER): 1})
    assert load(PANEL, longer)[CLEO] == (1, 0, str(SCORE_BY), {str(SCORE_BY): 1})
    also = (*eligible(BEN, HEALTHCARE), assigned(CARYS, BEN))
    first, both = str(SCORE_BY), {str(LATER): 1, str(SCORE_BY): 1}
    assert load(PANEL, longer, also)[CARYS] == (2, 0, first, both)
    said = {"profile": Profile(area=Area.DEVON), "experiences": 3, "interest": "I do."}
    amended = (about(ApplicationAmended, ADA, **said), about(EligibilityConfirmed, ADA))
    assert load(PANEL, longer, *amended)[CARYS] == (1, 0, None, {})
    awaited = about(AssessorAwaitedAgain, ADA, assessor_id=CARYS, score_by=LATEST, remind_on=LATER)
    assert load(PANEL, longer, *amended, awaited)[CARYS][2] == str(LATEST)


def training(workshop: WorkshopId, number: int) -> WorkshopScheduled:
    at = day(2025, 1, 10 + number, 10)
    return WorkshopScheduled(
        workshop_id=workshop,
        cohort_id=AUTUMN,
        number=number,
        title="A day of training",
        starts_at=at,
        ends_at=at,
        venue="The Guildhall, Exeter",
        capacity=3,
        remind_on=at.date(),
        doors_open_at=at,
        kept_until=at,
        close_by=at.date(),
    )


def of(kind: Any, workshop: WorkshopId, who: PersonId, **more: Any) -> Any:
    return kind(workshop_id=workshop, cohort_id=AUTUMN, person_id=who, **more)


TRAINING = tuple(training(one, number) for number, one in enumerate((FIRST, SECOND, THIRD), 1))
BOTH_ON_IT = (*confirmed(ADA, PATIENT), *confirmed(BEN, HEALTHCARE), *TRAINING)
NEEDS = (
    ContactPreferenceStated(
        person_id=ADA, channel=Channel.POST, format=Format.EASY_READ, language="cy"
    ),
    AccessNeedsStated(person_id=ADA, needs="A seat near the door.", supporter_comes=True),
)


def test_what_those_need_who_have_a_place_is_known_before_a_workshop() -> None:
    places = (of(WorkshopBooked, FIRST, ADA), of(WaitingListJoined, FIRST, BEN))
    (row,) = rows("workshop_needs", BOTH_ON_IT, NEEDS, *places)
    told_of = [row[it] for it in ("person_id", "needs", "format", "language", "supporter_comes")]
    assert told_of == [ADA, "A seat near the door.", "easy-read", "cy", True]
    assert (row["workshop_id"], row["number"], row["place"]) == (FIRST, 1, "booked")
    until = {"until": day(2025, 1, 9)}
    two = rows("workshop_needs", BOTH_ON_IT, *places, of(WaitingListOffered, FIRST, BEN, **until))
    assert {one["person_id"]: one["place"] for one in two} == {ADA: "booked", BEN: "offered"}


def test_nobody_looks_for_needs_where_nobody_comes() -> None:
    booked = of(WorkshopBooked, FIRST, ADA)
    given_back = of(BookingCancelled, FIRST, ADA, reason="booking.unwell")
    off = WorkshopCancelled(workshop_id=FIRST, cohort_id=AUTUMN, reason="workshop.venue")
    for last in (given_back, off):
        assert rows("workshop_needs", BOTH_ON_IT, booked, last) == []
    asked = {"workshop_id": str(SECOND)}
    assert rows("workshop_needs", BOTH_ON_IT, booked, **asked) == []


def test_what_was_stated_under_the_id_that_is_kept_counts() -> None:
    merged = PersonMerged(person_id=AMINA, merged_id=ADA, reason="merge.twice")
    hers = AccessNeedsStated(person_id=AMINA, needs="A quiet room.")
    facts = (BOTH_ON_IT, NEEDS, of(WorkshopBooked, FIRST, ADA), registered(AMINA), hers, merged)
    (row,) = rows("workshop_needs", *facts)
    assert (row["person_id"], row["needs"]) == (ADA, "A quiet room.")


def lacking(*facts: Facts) -> dict[PersonId, list[Any]]:
    """Of each person the numbers that they lack; as a text, if they wait for it."""
    found: dict[PersonId, list[Any]] = {}
    for one in rows("not_booked", *facts):
        number = str(one["number"]) if one["waits"] else one["number"]
        found.setdefault(one["person_id"], []).append(number)
    return found


def test_whoever_is_on_a_cohort_and_has_no_place_is_named_with_what_they_lack() -> None:
    some = (of(WorkshopBooked, FIRST, ADA), of(WaitingListJoined, SECOND, ADA))
    assert lacking(BOTH_ON_IT, *some) == {ADA: ["2", 3], BEN: [1, 2, 3]}
    every = [of(WorkshopBooked, one, BEN) for one in (FIRST, SECOND, THIRD)]
    assert lacking(BOTH_ON_IT, *some, *every) == {ADA: ["2", 3]}


@pytest.mark.parametrize(
    ("then", "lacks"),
    [
        (of(BookingCancelled, FIRST, ADA, reason="booking.unwell"), True),
        (of(WorkshopMissed, FIRST, ADA), True),
        (WorkshopCancelled(workshop_id=FIRST, cohort_id=AUTUMN, reason="workshop.venue"), True),
        (of(WorkshopAttended, FIRST, ADA, scan_id="scan.1", scanned_at=NOON), False),
    ],
)
def test_who_came_has_it_and_who_missed_it_has_not(then: Any, lacks: bool) -> None:
    found = lacking(BOTH_ON_IT, of(WorkshopBooked, FIRST, ADA), then)[ADA]
    assert (1 in found) is lacks


def test_whoever_left_and_a_cohort_that_is_off_lack_nothing() -> None:
    left = about(PlaceGivenUp, ADA, reason="place.work")
    assert set(lacking(BOTH_ON_IT, left)) == {BEN}
    off = CohortCancelled(cohort_id=AUTUMN, reason="cohort.too-few")
    assert lacking(BOTH_ON_IT, off) == {}


def test_another_session_under_the_same_number_will_do() -> None:
    other = WorkshopId.derived(NOON, "another session")
    again = (training(other, 1), of(WorkshopBooked, other, ADA))
    assert lacking(BOTH_ON_IT, *again)[ADA] == [2, 3]


@pytest.mark.parametrize("name", LISTS)
def test_rows_of_a_list_have_only_its_fields_and_each_has_a_key(name: str) -> None:
    fields = {one.partition(".")[0] for one in LISTS[name].fields}
    before = written_down(opened(), BOTH_ON_IT, of(WorkshopBooked, FIRST, ADA), NEEDS)
    both = [made(name, facts) for facts in (list(history()), before)]
    assert any(both)
    for found in both:
        assert len({one["key"] for one in found}) == len(found)
        assert all(set(one) == {"key", *fields} for one in found)
