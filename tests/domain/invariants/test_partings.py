"""What must hold when a pairing ends: each invariant has a history that breaks it."""

from typing import Any

from events.applications import ApplicationWithdrawn
from events.ids import ApplicationId
from events.pairings import PairingHeld, PersonLetIn
from events.people import PersonErased
from events.personal import ERASED
from tests.scenes.cast import (
    ADA,
    AMINA,
    AUTUMN,
    BEN,
    BOLA,
    HEALTHCARE,
    PATIENT,
)
from tests.scenes.given import NOON
from tests.scenes.judged import DAY, breaks, judged, stands, told
from tests.scenes.pairs import (
    TWO,
    active,
    asked_again,
    cohort_of,
    ended,
    left,
    on_a_break,
    unreleased,
)

FOUR = [*cohort_of(ADA, AMINA, beside=(BEN, BOLA))]
TOGETHER = [*FOUR, *active()]
LET_IN = PersonLetIn(person_id=BEN, reason="pairing.no-ground")
BY_BEN: dict[str, Any] = {"by": BEN, "role": "participant"}


def test_whoever_stays_comes_first() -> None:
    name = "pairings.who-stays-comes-first"
    breaks(name, TOGETHER, told(ended(reason="no-time")))
    gone = [*TOGETHER, *left(BEN, HEALTHCARE)]
    breaks(name, gone, told(ended()))
    assert judged([*gone, told(ended(), asked_again(ADA, PATIENT))]).of(name) == []
    assert judged([*gone, PersonErased(person_id=ADA), told(ended())]).of(name) == []


def test_a_participant_names_only_themselves_as_leaving() -> None:
    """Ben ends it and names Ada: only he is in line again."""
    name = "pairings.names-only-themselves"
    over = ended(reason="relationship")
    breaks(name, TOGETHER, told(over, asked_again(BEN, HEALTHCARE), **BY_BEN))
    for right in (
        told(over, asked_again(ADA, PATIENT), **BY_BEN),
        told(over, asked_again(ADA, PATIENT), asked_again(BEN, HEALTHCARE), **BY_BEN),
        told(over, asked_again(BEN, HEALTHCARE), role="coordinator"),
    ):
        assert judged([*TOGETHER, right]).of(name) == []


def test_who_leaves_the_programme_gives_up_their_place() -> None:
    name = "pairings.who-leaves-gives-up-the-place"
    over = told(ended(reason="left-programme"), asked_again(ADA, PATIENT), **BY_BEN)
    breaks(name, TOGETHER, over)
    with_the_place = told(*over.facts, *left(BEN, HEALTHCARE), **BY_BEN)
    assert judged([*TOGETHER, with_the_place]).of(name) == []


def test_each_end_has_its_reason() -> None:
    name = "pairings.end-says-why"
    for over in (ended(), on_a_break("work")):
        breaks(name, TOGETHER, over.model_copy(update={"reason": ""}))
        assert judged([*TOGETHER, over.model_copy(update={"reason": ERASED})]).of(name) == []


def test_nobody_is_left_with_who_is_gone() -> None:
    name = "pairings.not-left-with-who-is-gone"
    gone = [*TOGETHER, *left(BEN, HEALTHCARE)]
    stands(name, gone, until=NOON, from_then=NOON + DAY)
    over = [*gone, told(ended(), asked_again(ADA, PATIENT))]
    later = told(*left(BOLA, HEALTHCARE), at=NOON + DAY)
    assert judged([*over, later], NOON + DAY).of(name) == []


def test_whoever_waits_for_their_employer_is_not_gone() -> None:
    """Ben had taken back an application, and came by another one."""
    name = "pairings.not-left-with-who-is-gone"
    first = ApplicationWithdrawn(
        application_id=ApplicationId.derived(NOON, "Ben's first application"),
        cohort_id=AUTUMN,
        person_id=BEN,
        side=HEALTHCARE,
        reason="application.sent-twice",
    )
    waits = [
        *FOUR,
        first,
        *active(),
        *unreleased(BEN),
        PairingHeld(**TWO, rule="rule.not-released"),
    ]
    later = told(*left(BOLA, HEALTHCARE), at=NOON + DAY)
    assert judged([*waits, later], NOON + DAY).of(name) == []
    gone = [*waits, *left(BEN, HEALTHCARE)]
    stands(name, gone, until=NOON, from_then=NOON + DAY)
