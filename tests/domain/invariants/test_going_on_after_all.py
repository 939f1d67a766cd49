"""What rests while a thing stands still waits for nobody; once it goes on, from then on."""

from collections.abc import Callable, Iterator
from datetime import timedelta

import pytest

from domain.invariants.invariant import LATE, SOON
from events.cohorts import CohortCompleted, CohortCompletionTakenBack, DecisionsReleased
from events.event import Event
from events.people import ConsentWithdrawn, RelationshipDeclared
from events.terms import Relationship
from events.workshops import CapacityChanged
from tests.scenes.cast import (
    ADA,
    AMINA,
    AOIFE,
    AUTUMN,
    BEN,
    CLEO,
    HEALTHCARE,
    PATIENT,
    eligible,
    opened,
)
from tests.scenes.judged import each, stands, still_holds, told
from tests.scenes.pairs import active, ended, pairing
from tests.scenes.selection import (
    accepted,
    assessed,
    awaited,
    decision,
    offered,
    reinstated,
    withdrawn,
)
from tests.scenes.selection import waits as waits_in_turn
from tests.scenes.training import SKILLS_AT, SKILLS_DAY, four_people, three_days, waits

OVER = CohortCompleted(cohort_id=AUTUMN)
BACK = CohortCompletionTakenBack(cohort_id=AUTUMN, reason="cohort.step-mistake")
LONG_AFTER = SKILLS_AT - timedelta(days=20)


def employer_awaited() -> Iterator[Event]:
    yield from opened()
    yield from offered(BEN, HEALTHCARE)
    yield accepted(BEN, HEALTHCARE)
    yield awaited(BEN)


def next_in_turn() -> Iterator[Event]:
    yield from opened(places=1)
    yield from eligible(AOIFE, PATIENT)
    yield DecisionsReleased(cohort_id=AUTUMN)
    yield from waits_in_turn(AOIFE, PATIENT, 1)


def beside_a_seat() -> Iterator[Event]:
    yield from three_days()
    yield from four_people()
    yield CapacityChanged(workshop_id=SKILLS_DAY, cohort_id=AUTUMN, capacity=1, reason="x.y")
    yield from active()
    yield waits(ADA, pairing())
    yield waits(BEN, pairing())
    yield ended()


def without_consent() -> Iterator[Event]:
    yield from opened()
    yield from offered(AMINA, PATIENT)
    yield accepted(AMINA, PATIENT)
    yield ConsentWithdrawn(person_id=AMINA)


def too_close(*meanwhile: Event) -> Iterator[Event]:
    yield from (*opened(), *assessed(ADA, PATIENT), decision(ADA, PATIENT, score=733), *meanwhile)
    yield RelationshipDeclared(person_id=CLEO, other_id=ADA, kind=Relationship.FAMILY)


@pytest.mark.parametrize(
    ("name", "history", "patience"),
    [
        ("offers.employer-not-forgotten", employer_awaited, LATE),
        ("offers.nobody-waits-beside-a-free-place", next_in_turn, LATE),
        ("workshops.nobody-waits-beside-a-free-place", beside_a_seat, SOON),
        ("people.no-part-without-consent", without_consent, SOON),
        ("assessments.looked-at-again", too_close, SOON),
    ],
)
def test_what_waits_has_its_time_from_when_the_cohort_goes_on(
    name: str, history: Callable[[], Iterator[Event]], patience: timedelta
) -> None:
    over = [*each(history()), told(OVER)]
    still_holds(name, over, LONG_AFTER)
    back = [*over, told(BACK, at=LONG_AFTER)]
    soon, late = LONG_AFTER + patience / 2, LONG_AFTER + patience
    stands(name, back, until=soon, from_then=late)


def test_what_came_out_while_an_application_was_withdrawn_has_its_time_too() -> None:
    gone = each(too_close(withdrawn(ADA, PATIENT)))
    back = [*gone, told(reinstated(ADA, PATIENT), at=LONG_AFTER)]
    soon, late = LONG_AFTER + SOON / 2, LONG_AFTER + SOON
    stands("assessments.looked-at-again", back, until=soon, from_then=late)
