from datetime import date

import pytest

from domain.decision import Command
from domain.pairings.pairing import (
    CompletePairing,
    NotYourPairing,
    PairingIsCompleted,
    PairingIsOver,
    PairingIsPaused,
    PairingNotActive,
    PausePairing,
    PauseReason,
    UnknownPairing,
)
from domain.pairings.watching import ResumePairing
from events.ids import PairingId
from events.pairings import PairingCompleted, PairingResumed
from events.terms import Role
from tests.scenes.cast import ADA, AMINA, AUTUMN, BEN
from tests.scenes.given import NOON, given
from tests.scenes.pairs import (
    active,
    cohort_of,
    completed,
    ended,
    on_a_break,
    pairing,
    proposed,
)

PAUSE = PausePairing(pairing_id=pairing(), reason=PauseReason.CARING)
RESUME = ResumePairing(pairing_id=pairing())
COMPLETE = CompletePairing(pairing_id=pairing())
UNKNOWN = PairingId.derived(NOON, "never proposed")
PAUSED = on_a_break("caring")


def test_two_partners_take_a_break_and_go_on() -> None:
    stage = given(cohort_of(ADA, beside=(BEN,)), active())
    paused = stage.when(PAUSE, by=ADA, role=Role.PARTICIPANT).then(PAUSED)
    paused.when(PAUSE).then_already_so()
    on_again = paused.when(RESUME, by=BEN, role=Role.PARTICIPANT).then(
        PairingResumed(pairing_id=pairing(), cohort_id=AUTUMN)
    )
    on_again.when(RESUME).then_already_so()


def test_nobody_else_pauses_or_resumes_a_pairing() -> None:
    stage = given(active())
    stage.when(PAUSE, by=AMINA, role=Role.PARTICIPANT).then_refused(NotYourPairing)
    stage.when(RESUME, by=AMINA, role=Role.PARTICIPANT).then_refused(NotYourPairing)


def test_a_pairing_completes_once_on_its_day_in_london() -> None:
    done = given(active()).when(COMPLETE).then_kinds(PairingCompleted)
    done.when(COMPLETE).then_already_so()
    fact = done.facts[-1]
    assert isinstance(fact, PairingCompleted)
    assert fact.completed_on == date(2024, 9, 16)


@pytest.mark.parametrize("wish", [PAUSE, RESUME, COMPLETE])
def test_only_an_active_pairing_is_paused_or_completed(wish: Command) -> None:
    given([proposed()]).when(wish).then_refused(PairingNotActive)
    given(active(), [ended()]).when(wish).then_refused(PairingIsOver)
    given().when(wish).then_refused(UnknownPairing)


def test_a_pairing_on_a_break_is_not_completed() -> None:
    given(active(), [PAUSED]).when(COMPLETE).then_refused(PairingIsPaused)


def test_a_completed_pairing_takes_no_break() -> None:
    given(completed()).when(PAUSE).then_refused(PairingIsCompleted)


def test_an_unknown_pairing_does_nothing() -> None:
    for wish in (
        PausePairing(pairing_id=UNKNOWN, reason=PauseReason.AWAY),
        ResumePairing(pairing_id=UNKNOWN),
        CompletePairing(pairing_id=UNKNOWN),
    ):
        given(active()).when(wish).then_refused(UnknownPairing)
