"""An employer has days too; when they say nothing a coordinator must ask, and the place is held."""

from datetime import UTC, date, datetime, timedelta
from functools import partial
from typing import cast

from domain.applications.application import UnknownApplication
from domain.catalogue import NOTICES
from domain.decision import Know
from domain.notice import Notice
from domain.offers.days import AnswerDayIsOver, DayTooLate
from domain.offers.employers import (
    AwaitEmployer,
    EmployerHasTime,
    NobodyAwaited,
    NoteEmployerSilent,
    RemindEmployer,
)
from domain.offers.losing_release import NoteReleaseLost, NotReleased, ReleaseLossReason
from domain.offers.offer import Membership, OfferWithdrawReason, WithdrawOffer
from domain.offers.places import (
    ConfirmEmployerRelease,
    GiveUpPlace,
    NoReleaseNeeded,
)
from domain.people.person import PersonIsErased
from events.offers import (
    EmployerAwaited,
    EmployerReleaseConfirmed,
    EmployerReleaseLost,
    EmployerReminderDue,
    EmployerSilent,
    OfferWithdrawn,
    PlaceConfirmed,
    PlaceGivenUp,
    PlaceUnconfirmed,
)
from events.people import PersonErased
from events.terms import Role
from tests.scenes.cast import ADA, AUTUMN, BEN, HEALTHCARE, PATIENT, application, opened
from tests.scenes.given import Given, folded, given
from tests.scenes.pairs import recorded
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


def test_no_place_is_kept_for_ever_because_who_said_yes_to_it_was_erased() -> None:
    erased = given(waits().facts, PersonErased(person_id=BEN))
    erased.when(REMIND, role=Role.SYSTEM, at=MORNING).then_already_so()
    said = erased.when(SILENT, role=Role.SYSTEM, at=OVER).then_kinds(EmployerSilent)
    said.when(until(10), at=OVER).then_refused(PersonIsErased)
    gone = WithdrawOffer(**BENS, reason=OfferWithdrawReason.NO_LONGER_IN_TOUCH)
    said.when(gone, at=OVER).then_kinds(OfferWithdrawn)


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


LOST = NoteReleaseLost(**BENS, reason=ReleaseLossReason.EMPLOYER)
RELEASE = ConfirmEmployerRelease(**BENS)
WITHOUT_THEM = (EmployerReleaseLost, PlaceUnconfirmed, EmployerAwaited)


def there() -> Given:
    scene = waits().when(RELEASE, at=RELEASE_DAY)
    return scene.then_kinds(EmployerReleaseConfirmed, PlaceConfirmed)


def is_there(scene: Given) -> bool:
    return folded(Membership(AUTUMN, BEN), scene.facts).confirmed


def test_whose_employer_takes_back_their_release_is_not_on_the_cohort_until_they_agree_again() -> (
    None
):
    assert is_there(there())
    gone = there().when(LOST, at=MORNING).then_kinds(*WITHOUT_THEM)
    assert not is_there(gone)
    gone.when(LOST, at=MORNING).then_already_so()
    again = gone.when(RELEASE, at=MORNING).then_kinds(EmployerReleaseConfirmed, PlaceConfirmed)
    assert is_there(again)
    again.when(LOST, at=MORNING).then_kinds(*WITHOUT_THEM)


def test_a_lost_release_is_asked_for_again_and_nobody_forgets_it() -> None:
    gone = there().when(LOST, at=MORNING).then_kinds(*WITHOUT_THEM)
    (awaited_again,) = [one for one in gone.facts if isinstance(one, EmployerAwaited)][1:]
    assert awaited_again.answer_by == MORNING.date() + 21 * DAY
    gone.when(REMIND, at=MORNING + 14 * DAY).then_kinds(EmployerReminderDue)
    silent = gone.when(SILENT, at=MORNING + 22 * DAY).then_kinds(EmployerSilent)
    back = WithdrawOffer(**BENS, reason=OfferWithdrawReason.EMPLOYER_DOES_NOT_RELEASE)
    silent.when(back, at=MORNING + 22 * DAY).then_kinds(OfferWithdrawn)
    leaves = GiveUpPlace(cohort_id=AUTUMN, person_id=BEN)
    gone.when(leaves, at=MORNING).then_kinds(PlaceGivenUp)


def test_a_release_that_is_lost_before_the_yes_is_waited_for_after_it() -> None:
    early = given(opened(), offered(BEN, HEALTHCARE)).when(RELEASE, at=RELEASE_DAY)
    lost = early.then_kinds(EmployerReleaseConfirmed).when(LOST, at=RELEASE_DAY)
    said = given(lost.then_kinds(EmployerReleaseLost).facts, accepted(BEN, HEALTHCARE))
    assert not is_there(said)
    said.when(until(1), at=RELEASE_DAY).then_kinds(EmployerAwaited)


def test_nobody_loses_a_release_that_they_never_had() -> None:
    waits().when(LOST).then_refused(NotReleased)
    given().when(LOST).then_refused(UnknownApplication)
    of_ada = LOST.model_copy(update={"application_id": application(ADA)})
    given(opened(), offered(ADA, PATIENT)).when(of_ada).then_refused(NoReleaseNeeded)


def test_a_lost_release_is_waited_for_no_longer_than_the_cohort_lasts() -> None:
    late = datetime(2025, 5, 20, 9, tzinfo=UTC)
    gone = there().when(LOST, at=late).then_kinds(*WITHOUT_THEM)
    assert gone.facts[-1] == awaited(BEN).model_copy(
        update={"answer_by": date(2025, 5, 30), "remind_on": date(2025, 5, 23)}
    )


def letters(before: Given, after: Given) -> list[Notice]:
    """What is said of each new fact, on what is known when it happens."""
    said: list[Notice] = []
    for number in range(len(before.facts), len(after.facts)):
        known = after.facts[: number + 1]
        rules = NOTICES.get(type(known[-1]), ())
        know = partial(folded, facts=known)
        said += [one for rule in rules for one in rule(recorded(known[-1]), cast("Know", know))]
    return said


def test_whoever_waits_for_their_employer_again_hears_once_until_when_and_what_follows() -> None:
    gone = there().when(LOST, at=MORNING).then_kinds(*WITHOUT_THEM)
    (told,) = letters(there(), gone)
    assert (told.template, told.to) == ("place.employer-release-lost", BEN)
    said = " ".join(told.paragraphs)
    assert "We keep your place for you until the end of Monday 9 December 2024." in said
    assert "you can't come to its workshops" in said
    again = gone.when(RELEASE, at=MORNING).then_kinds(EmployerReleaseConfirmed, PlaceConfirmed)
    (welcome,) = letters(gone, again)
    assert welcome.template == "place.confirmed"
    assert "Please book your workshops again." in welcome.paragraphs[1]
    assert "Next we look for a partner for you." not in " ".join(welcome.paragraphs)


def test_who_has_yet_to_say_yes_hears_that_it_needs_their_employer_after_all() -> None:
    early = given(opened(), offered(BEN, HEALTHCARE)).when(RELEASE, at=RELEASE_DAY)
    before = early.then_kinds(EmployerReleaseConfirmed)
    (told,) = letters(before, before.when(LOST, at=RELEASE_DAY).then_kinds(EmployerReleaseLost))
    assert (told.template, told.to) == ("place.employer-release-lost", BEN)
    assert "You can still say yes to our offer." in told.paragraphs[1]
