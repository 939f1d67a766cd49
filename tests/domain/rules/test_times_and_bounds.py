"""What lies before and after a day, and how many there may be, is as the rules say."""

from datetime import timedelta
from typing import Any

import pytest

from domain.cohorts.windows import ExtensionReason, ExtensionTooLong, GrantExtension
from domain.contacts.naming import NameContact, TooManyNamed
from domain.matching.asking import AskForRun, TooManyToMatch
from domain.offers.days import ChangeOfferDay, DayTooSoon, OfferDayReason
from domain.offers.employers import AwaitEmployer
from domain.offers.offer import AcceptOffer
from domain.offers.reopening import GiveBackPlace, GiveBackReason
from domain.pairings.proposals import ExtendProposal, NotLonger
from domain.workshops.closing import RegisterReopenReason, ReopenRegister
from domain.workshops.schedule import RescheduleWorkshop, WorkshopChangeReason
from domain.workshops.turns import OfferKeptPlaces, PlaceStillKept
from events.calendar import local_day
from events.cohorts import ExtensionGranted
from events.contacts import ContactKept
from events.ids import FIRST_RULES
from events.matching import MatchingRunAsked
from events.offers import EmployerAwaited, OfferDayChanged, PlaceGivenUp
from events.pairings import ProposalExtended
from events.terms import ContactPurpose
from events.workshops import RegisterReopened, WorkshopHeld, WorkshopRescheduled
from tests.domain.rules.test_what_follows import TODAY, named_by, only, under
from tests.scenes.cast import (
    ADA,
    AMINA,
    AUTUMN,
    BEN,
    HEALTHCARE,
    PATIENT,
    application,
    planned,
    registered,
)
from tests.scenes.contacts import ended, kept, line_manager
from tests.scenes.given import Given, given
from tests.scenes.pairs import cohort_of, pairing
from tests.scenes.pairs import proposed as asked
from tests.scenes.programme_rules import NEW, adopted
from tests.scenes.selection import ACCEPT_BY, RELEASE_DAY, accepted, awaited, offered
from tests.scenes.training import SKILLS_AT, SKILLS_DAY, four_people, skills_day, three_days

DAY = timedelta(days=1)
BENS = {"application_id": application(BEN)}
RELEASED = RELEASE_DAY.date()


def planned_under(*facts: Any, **numbers: Any) -> Given:
    """A cohort was planned by other rules than the first; then other things happened."""
    plan = planned().model_copy(update={"rules_id": NEW})
    return given(adopted(RELEASED, **numbers), plan, *facts)


def test_an_employer_has_the_days_of_the_cohorts_rules_and_is_reminded_by_them() -> None:
    bens_offer = offered(BEN, HEALTHCARE)
    scene = planned_under(bens_offer, employer_days=30, employer_reminder_days=5)
    wish = AcceptOffer(**BENS)
    fact = only(EmployerAwaited, scene.when(wish, at=RELEASE_DAY).new)
    assert (fact.answer_by, fact.remind_on) == (RELEASED + 30 * DAY, RELEASED + 25 * DAY)
    assert named_by(wish, scene.facts) == NEW
    assert named_by(wish, [planned(), *offered(BEN, HEALTHCARE)]) == FIRST_RULES
    late = given(scene.facts, accepted(BEN, HEALTHCARE), awaited(BEN))
    until = AwaitEmployer(**BENS, answer_by=RELEASED + 9 * DAY)
    assert (
        only(EmployerAwaited, late.when(until, at=RELEASE_DAY).new).remind_on
        == until.answer_by - 5 * DAY
    )
    left = {**BENS, "cohort_id": AUTUMN, "person_id": BEN, "side": HEALTHCARE}
    given_up = PlaceGivenUp.model_validate({**left, "reason": "place.work"})
    back = GiveBackPlace(cohort_id=AUTUMN, person_id=BEN, reason=GiveBackReason.OUR_MISTAKE)
    again = given(late.facts, given_up).when(back, at=RELEASE_DAY)
    assert only(EmployerAwaited, again.new).answer_by == RELEASED + 30 * DAY


def test_nobody_is_reminded_on_the_day_on_which_they_hear() -> None:
    scene = planned_under(offered(BEN, HEALTHCARE), accepted(BEN, HEALTHCARE), awaited(BEN))
    soon = AwaitEmployer(**BENS, answer_by=RELEASED + 2 * DAY)
    fact = only(EmployerAwaited, scene.when(soon, at=RELEASE_DAY).new)
    assert fact.remind_on == RELEASED + DAY


def test_a_contact_has_the_days_of_the_rules_and_so_many_are_named() -> None:
    people = cohort_of(ADA, beside=(BEN,))
    wish = NameContact(
        cohort_id=AUTUMN, person_id=BEN, purpose=ContactPurpose.REFEREE, full_name="Mae Trim",
        email="mae@trust.example",
    )  # fmt: skip
    scene = under(people, contact_days=5, contacts=1)
    new = scene.when(wish).new
    assert only(ContactKept, new).answer_by == TODAY + 5 * DAY
    given(scene.facts, line_manager(BEN), kept(), ended()).when(wish).then_refused(TooManyNamed)


def test_a_run_matches_as_many_as_the_rules_say() -> None:
    people = [*cohort_of(ADA, AMINA, beside=(BEN,))]
    wish = AskForRun(cohort_id=AUTUMN)
    under(people, people_in_a_run=2).when(wish).then_kinds(MatchingRunAsked)
    under(people, people_in_a_run=1).when(wish).then_refused(TooManyToMatch)
    assert "up to 1 people" in TooManyToMatch(1).sentence


def test_of_more_people_than_a_run_matches_none_is_weighed(monkeypatch: pytest.MonkeyPatch) -> None:
    """All others wait meanwhile, and it grows with the square of how many they are."""
    people = [*cohort_of(ADA, AMINA, beside=(BEN,))]
    monkeypatch.setattr("domain.matching.asking.inputs", None)
    wish = AskForRun(cohort_id=AUTUMN)
    under(people, people_in_a_run=1).when(wish).then_refused(TooManyToMatch)


def test_what_follows_from_a_workshops_time_is_as_the_rules_said_when_it_was_set() -> None:
    numbers = {"kept_place_days": 4, "doors_open_hours": 1, "register_days": 9}
    scene = under(three_days(), **numbers)
    starts_at = SKILLS_AT + DAY
    wish = RescheduleWorkshop(
        workshop_id=SKILLS_DAY, reason=WorkshopChangeReason.WEATHER,
        starts_at=starts_at, ends_at=starts_at + timedelta(hours=6),
    )  # fmt: skip
    fact = only(WorkshopRescheduled, scene.when(wish).new)
    assert fact.kept_until == starts_at - 4 * DAY
    assert fact.doors_open_at == starts_at - timedelta(hours=1)
    assert fact.close_by == local_day(starts_at) + 9 * DAY
    early = OfferKeptPlaces(workshop_id=SKILLS_DAY)
    moved = given(scene.facts, fact)
    moved.when(early, at=fact.kept_until - DAY).then_refused(PlaceStillKept)
    moved.when(early, at=fact.kept_until).then_already_so()


def test_a_register_that_is_opened_again_has_the_days_of_the_rules() -> None:
    held = WorkshopHeld(workshop_id=SKILLS_DAY, cohort_id=AUTUMN)
    wish = ReopenRegister(workshop_id=SKILLS_DAY, reason=RegisterReopenReason.MISTAKE)
    scene = under(planned(), skills_day(), four_people(), held, register_days=9)
    later = SKILLS_AT + 2 * DAY
    fact = only(RegisterReopened, scene.when(wish, at=later).new)
    assert fact.close_by == later.date() + 9 * DAY


def test_a_named_person_has_no_longer_to_apply_than_the_cohorts_rules_allow() -> None:
    scene = planned_under(registered(ADA), extension_days=3)
    latest = planned().decisions_on + 3 * DAY

    def until(day: Any) -> GrantExtension:
        reason = ExtensionReason.CIRCUMSTANCES
        return GrantExtension(cohort_id=AUTUMN, person_id=ADA, until=day, reason=reason)

    scene.when(until(latest)).then_kinds(ExtensionGranted)
    scene.when(until(latest + DAY)).then_refused(ExtensionTooLong)
    assert str(latest) in ExtensionTooLong(latest).sentence


def test_whose_day_comes_earlier_has_as_many_left_as_the_cohorts_rules_say() -> None:
    scene = planned_under(offered(ADA, PATIENT), days_left=5)

    def by(days: int) -> ChangeOfferDay:
        day, reason = RELEASED + days * DAY, OfferDayReason.MISTAKE
        return ChangeOfferDay(application_id=application(ADA), accept_by=day, reason=reason)

    assert RELEASED + 5 * DAY < ACCEPT_BY
    scene.when(by(4), at=RELEASE_DAY).then_refused(DayTooSoon)
    assert str(ACCEPT_BY) in DayTooSoon(ACCEPT_BY).sentence
    scene.when(by(5), at=RELEASE_DAY).then_kinds(OfferDayChanged)


def test_two_have_no_longer_to_answer_than_the_rules_allow() -> None:
    scene = under(cohort_of(ADA, beside=(BEN,)), asked(ADA, BEN), proposal_days_at_most=20)

    def until(days: int) -> ExtendProposal:
        return ExtendProposal(pairing_id=pairing(), accept_by=TODAY + days * DAY)

    scene.when(until(20)).then_kinds(ProposalExtended)
    scene.when(until(21)).then_refused(NotLonger)


@pytest.mark.parametrize("field", ["proposal_days_at_most", "proposal_days"])
def test_a_proposal_has_no_more_days_than_it_may_have_at_most(field: str) -> None:
    wrong = {"proposal_days": 21, "proposal_days_at_most": 20}
    with pytest.raises(ValueError, match="a proposal can't have more days"):
        under(**wrong)
    assert under(**{field: 20})
