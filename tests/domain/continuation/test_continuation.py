from datetime import UTC, datetime

import pytest

from domain.continuation.continuation import (
    AgreeContinuation,
    AlreadyAnswered,
    CheckIn,
    CheckInNotDue,
    ContinuationEndReason,
    ContinuationIsOver,
    EndContinuation,
    NotAskedYet,
    NotCompletedYet,
    ReportContinuation,
)
from domain.decision import Command, NotYours
from domain.pairings.pairing import NotYourPairing, SaidOtherwise, UnknownPairing
from events.continuation import (
    CheckInDue,
    ContinuationAgreed,
    ContinuationEnded,
    ContinuationReported,
)
from events.ids import PairingId, PersonId
from events.rules import FIRST
from events.terms import CheckInMonths, Role
from tests.scenes.cast import ADA, AMINA, AUTUMN, BEN
from tests.scenes.given import NOON, given
from tests.scenes.pairs import active, completed, pairing

UNKNOWN = PairingId.derived(NOON, "never proposed")
AUTUMN_AFTER = datetime(2025, 8, 29, 23, 0, tzinfo=UTC)  # 30 August 2025, 0:00 in London
AGREE = AgreeContinuation(pairing_id=pairing())
END = EndContinuation(pairing_id=pairing(), reason=ContinuationEndReason.GOAL_REACHED)
OVER = ContinuationEnded(
    pairing_id=pairing(),
    cohort_id=AUTUMN,
    patient_leader_id=ADA,
    healthcare_leader_id=BEN,
    reason="goal-reached",
)
AGREED = ContinuationAgreed(
    pairing_id=pairing(), cohort_id=AUTUMN, patient_leader_id=ADA, healthcare_leader_id=BEN
)


def check_in(months: CheckInMonths = 3) -> CheckIn:
    return CheckIn(pairing_id=pairing(), months=months)


def due(months: CheckInMonths = 3) -> CheckInDue:
    return CheckInDue(
        pairing_id=pairing(),
        cohort_id=AUTUMN,
        patient_leader_id=ADA,
        healthcare_leader_id=BEN,
        months=months,
    )


def answer(
    who: PersonId = ADA, months: CheckInMonths = 3, *, together: bool = True
) -> ReportContinuation:
    return ReportContinuation(
        pairing_id=pairing(),
        person_id=who,
        months=months,
        leading_together=together,
        words="We meet each month.",
    )


def test_two_who_completed_agree_to_go_on_once() -> None:
    given(completed()).when(AGREE, by=BEN, role=Role.PARTICIPANT).then(AGREED).when(
        AGREE
    ).then_already_so()


def test_only_the_two_agree_and_each_for_themselves() -> None:
    stage = given(completed())
    stage.when(AGREE, by=AMINA, role=Role.PARTICIPANT).then_refused(NotYourPairing)
    for_ada = AgreeContinuation(pairing_id=pairing(), person_id=ADA)
    stage.when(for_ada, by=BEN, role=Role.PARTICIPANT).then_refused(NotYours)
    stage.when(for_ada, by=ADA, role=Role.PARTICIPANT).then(AGREED)
    stage.when(AgreeContinuation(pairing_id=pairing(), person_id=AMINA)).then_refused(
        NotYourPairing
    )


@pytest.mark.parametrize("wish", [AGREE, check_in(), answer(), END])
def test_nothing_continues_before_the_pairing_completed(wish: Command) -> None:
    given(active()).when(wish).then_refused(NotCompletedYet)
    given().when(wish).then_refused(UnknownPairing)
    given(completed()).when(wish.model_copy(update={"pairing_id": UNKNOWN})).then_refused(
        UnknownPairing
    )


@pytest.mark.parametrize(
    ("months", "first_moment"),
    [
        (3, AUTUMN_AFTER),
        (6, datetime(2025, 11, 30, 0, 0, tzinfo=UTC)),
        (12, datetime(2026, 5, 29, 23, 0, tzinfo=UTC)),
    ],
)
def test_partners_are_asked_after_3_6_and_12_months(
    months: CheckInMonths, first_moment: datetime
) -> None:
    stage = given(completed())
    minute_before = datetime.fromtimestamp(first_moment.timestamp() - 60, UTC)
    stage.when(check_in(months), at=minute_before).then_refused(CheckInNotDue)
    stage.when(check_in(months), at=first_moment).then(due(months)).when(
        check_in(months), at=first_moment
    ).then_already_so()


def test_there_are_three_check_ins() -> None:
    assert FIRST.check_in_months == (3, 6, 12)


def test_a_partnership_that_is_over_is_not_asked_any_more() -> None:
    given(completed(), [OVER]).when(check_in(), at=AUTUMN_AFTER).then_already_so()


def test_each_partner_answers_each_question_once_and_separately() -> None:
    stage = given(completed(), [due()])
    first = stage.when(answer(ADA), by=ADA, role=Role.PARTICIPANT).then_kinds(ContinuationReported)
    first.when(answer(ADA).model_copy(update={"words": None})).then_already_so()
    first.when(answer(ADA, together=False)).then_refused(AlreadyAnswered)
    first.when(answer(BEN, together=False)).then_kinds(ContinuationReported)


def test_nobody_answers_what_was_not_asked() -> None:
    given(completed(), [due()]).when(answer(months=6)).then_refused(NotAskedYet)
    given(completed()).when(answer()).then_refused(NotAskedYet)


def test_nobody_answers_for_somebody_else() -> None:
    stage = given(completed(), [due()])
    stage.when(answer(ADA), by=BEN, role=Role.PARTICIPANT).then_refused(NotYours)
    stage.when(answer(AMINA)).then_refused(NotYourPairing)


def test_a_partnership_ends_once_and_neither_learns_why_the_other_one_ended_it() -> None:
    over = given(completed(), [AGREED]).when(END, by=ADA, role=Role.PARTICIPANT).then(OVER)
    over.when(END).then_already_so()
    for reason in ContinuationEndReason:
        asks = END.model_copy(update={"reason": reason})
        over.when(asks, by=BEN, role=Role.PARTICIPANT).then_refused(SaidOtherwise)
    over.when(AGREE).then_refused(ContinuationIsOver)
    other = EndContinuation(pairing_id=pairing(), reason=ContinuationEndReason.NO_TIME)
    over.when(other).then_refused(SaidOtherwise)
    given(completed()).when(END, by=AMINA, role=Role.PARTICIPANT).then_refused(NotYourPairing)
