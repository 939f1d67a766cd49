"""An employer has days too; when they say nothing a coordinator must ask, and the place is held."""

from datetime import UTC, datetime, timedelta

from domain.offers.days import AnswerDayIsOver, DayTooLate
from domain.offers.employers import (
    AwaitEmployer,
    EmployerHasTime,
    NobodyAwaited,
    NoteEmployerSilent,
    RemindEmployer,
)
from domain.offers.offer import OfferWithdrawReason, WithdrawOffer
from events.offers import EmployerAwaited, EmployerReminderDue, EmployerSilent, OfferWithdrawn
from events.terms import Role
from tests.scenes.cast import BEN, HEALTHCARE, application, opened
from tests.scenes.given import Given, given
from tests.scenes.selection import ANSWER_BY, RELEASE_DAY, accepted, awaited, offered, place

DAY = timedelta(days=1)
BENS = {"application_id": application(BEN)}
REMIND, SILENT = RemindEmployer(**BENS), NoteEmployerSilent(**BENS)
MORNING = datetime(2024, 11, 18, 9, tzinfo=UTC)
OVER = datetime(2024, 11, 26, tzinfo=UTC)


def waits() -> Given:
    return given(opened(), offered(BEN, HEALTHCARE), accepted(BEN, HEALTHCARE), awaited(BEN))


def until(days: int) -> AwaitEmployer:
    return AwaitEmployer(**BENS, answer_by=ANSWER_BY + days * DAY)


def test_an_employer_is_reminded_once_when_their_day_is_near() -> None:
    waits().when(REMIND, at=MORNING - DAY).then_refused(EmployerHasTime)
    said = waits().when(REMIND, role=Role.SYSTEM, at=MORNING).then_kinds(EmployerReminderDue)
    said.when(REMIND, at=MORNING).then_already_so()


def test_when_the_day_is_over_a_coordinator_must_ask_and_the_place_goes_by_their_act_alone() -> (
    None
):
    waits().when(SILENT, at=OVER - timedelta(seconds=1)).then_refused(EmployerHasTime)
    said = waits().when(SILENT, role=Role.SYSTEM, at=OVER).then_kinds(EmployerSilent)
    said.when(SILENT, at=OVER).then_already_so()
    gone = WithdrawOffer(**BENS, reason=OfferWithdrawReason.EMPLOYER_DOES_NOT_RELEASE)
    said.when(gone, at=OVER).then_kinds(OfferWithdrawn).when(SILENT, at=OVER).then_already_so()


def test_who_has_asked_waits_until_another_day() -> None:
    said = waits().when(SILENT, at=OVER).then_kinds(EmployerSilent)
    again = said.when(until(10), at=OVER).then_kinds(EmployerAwaited)
    again.when(until(10), at=OVER).then_already_so()
    again.when(SILENT, at=OVER).then_refused(EmployerHasTime)
    again.when(SILENT, at=OVER + 10 * DAY).then_kinds(EmployerSilent)
    said.when(until(0), at=OVER).then_refused(AnswerDayIsOver)
    said.when(until(999), at=OVER).then_refused(DayTooLate)


def test_nobody_is_awaited_before_a_yes_or_after_the_release() -> None:
    early = given(opened(), offered(BEN, HEALTHCARE))
    for wish in (REMIND, SILENT, until(1)):
        early.when(wish, at=RELEASE_DAY).then_refused(NobodyAwaited)
    released = given(waits().facts, place(BEN, HEALTHCARE))
    released.when(until(1), at=RELEASE_DAY).then_refused(NobodyAwaited)
    for wish in (REMIND, SILENT):
        released.when(wish, at=OVER).then_already_so()
