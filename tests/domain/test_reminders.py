"""Whoever has not answered is reminded before it is too late, once for each last day; and whoever
waits for an answer of ours hears if it is late.
"""

from datetime import date, datetime, timedelta
from typing import Any

from domain.decision import Act
from domain.offers.answering import RemindOfOffer
from domain.offers.days import ChangeOfferDay, OfferDayReason
from domain.offers.offer import AcceptOffer, OfferStillOpen
from domain.offers.plan_notices import still_waiting
from domain.offers.release import MarkReleaseOverdue, ReleaseHasTime
from domain.pairings.proposals import ExtendProposal, RemindOfProposal, StillTimeToAccept
from domain.projects.milestone_dates import PlanMilestone
from domain.rules_in_force import answered_by
from domain.workshops.change_notices import close_it_soon
from domain.workshops.closing import (
    RegisterNotDue,
    RegisterReopenReason,
    RemindOfRegister,
    ReopenRegister,
)
from events.applications import ApplicationStarted
from events.calendar import at, end_of, start_of
from events.cohorts import CohortPlanAmended, DecisionsReleased, ReleaseOverdue
from events.event import Event
from events.offers import OfferMade, OfferReminderDue
from events.pairings import PairingProposed, ProposalReminderDue
from events.projects import MilestonePlanned
from events.roles import RoleWithdrawn
from events.terms import Role
from events.workshops import RegisterReminderDue, WorkshopHeld
from tests.scenes.cast import (
    ADA,
    AUTUMN,
    BEN,
    CLEO,
    HEALTHCARE,
    PATIENT,
    SPRING,
    application,
    eligible,
    opened,
    planned,
)
from tests.scenes.given import NOON, Given, command_id, folded, given
from tests.scenes.pairs import ACCEPT_BY as ANSWER_BY
from tests.scenes.pairs import PROPOSAL_REMINDER, cohort_of, pairing, proposed, recorded, yes
from tests.scenes.projects import PROJECT, running
from tests.scenes.selection import ACCEPT_BY, OFFER_REMINDER, offer, offered, withdrawn
from tests.scenes.team import RUTH, granted, in_office
from tests.scenes.training import SKILLS_DAY, three_days

A_DAY = timedelta(days=1)
OFFER = RemindOfOffer(application_id=application(ADA))
PROPOSAL = RemindOfProposal(pairing_id=pairing())
NEAR = ACCEPT_BY - OFFER_REMINDER
NEAR_TOO = ANSWER_BY - PROPOSAL_REMINDER
ADAS = {"application_id": application(ADA), "cohort_id": AUTUMN, "person_id": ADA, "side": PATIENT}


def morning(day: date) -> datetime:
    return at(day, 9)


def an_offer(*more: Event) -> Given:
    return given(opened(), offered(ADA, PATIENT), *more)


def asked(*more: Event) -> Given:
    return given(cohort_of(ADA, beside=(BEN,)), proposed(), *more)


def test_whoever_has_an_open_offer_is_reminded_once_and_not_before_its_day() -> None:
    early = start_of(NEAR) - timedelta(microseconds=1)
    an_offer().when(OFFER, at=early).then_refused(OfferStillOpen)
    after = an_offer().when(OFFER, at=morning(NEAR)).then(OfferReminderDue.model_validate(ADAS))
    after.when(OFFER, at=morning(NEAR) + A_DAY).then_already_so()


def test_whoever_has_answered_is_not_reminded() -> None:
    wish = AcceptOffer(application_id=application(ADA))
    after = an_offer().when(wish, at=morning(NEAR) - A_DAY)
    given(after.facts, after.new).when(OFFER, at=morning(NEAR)).then_already_so()


def test_another_day_to_answer_has_a_reminder_of_its_own() -> None:
    later, first = ACCEPT_BY + 10 * A_DAY, an_offer(OfferReminderDue.model_validate(ADAS))
    change = ChangeOfferDay(
        application_id=application(ADA), accept_by=later, reason=OfferDayReason.MORE_TIME
    )
    changed = first.when(change, at=morning(NEAR))
    after = given(changed.facts, changed.new)
    after.when(OFFER, at=morning(ACCEPT_BY)).then_refused(OfferStillOpen)
    after.when(OFFER, at=morning(later - 3 * A_DAY)).then_kinds(OfferReminderDue)


def test_an_offer_that_is_older_than_reminders_has_none() -> None:
    old = offer(ADA, PATIENT).model_copy(update={"remind_on": None})
    facts = [one for one in an_offer().facts if not isinstance(one, OfferMade)]
    given(facts, old).when(OFFER, at=morning(NEAR)).then_already_so()


def test_two_who_are_asked_are_reminded_once_and_not_before_their_day() -> None:
    early = start_of(NEAR_TOO) - timedelta(microseconds=1)
    asked().when(PROPOSAL, at=early).then_refused(StillTimeToAccept)
    after = asked(yes(ADA)).when(PROPOSAL, at=morning(NEAR_TOO)).then_kinds(ProposalReminderDue)
    after.when(PROPOSAL, at=morning(NEAR_TOO)).then_already_so()


def test_longer_to_answer_has_a_reminder_of_its_own() -> None:
    reminder: Any = asked().when(PROPOSAL, at=morning(NEAR_TOO)).new
    later = ANSWER_BY + 10 * A_DAY
    longer = ExtendProposal(pairing_id=pairing(), accept_by=later)
    changed = asked(*reminder).when(longer, role=Role.COORDINATOR, at=morning(NEAR_TOO))
    after = given(changed.facts, changed.new)
    after.when(PROPOSAL, at=morning(ANSWER_BY)).then_refused(StillTimeToAccept)
    after.when(PROPOSAL, at=morning(later - 3 * A_DAY)).then_kinds(ProposalReminderDue)


def test_a_proposal_that_is_older_than_reminders_has_none() -> None:
    old = proposed().model_copy(update={"remind_on": None})
    facts = [one for one in asked().facts if not isinstance(one, PairingProposed)]
    given(facts, old).when(PROPOSAL, at=morning(NEAR_TOO)).then_already_so()


def test_by_rules_that_say_nothing_of_reminders_nobody_is_reminded() -> None:
    act = Act(command_id("reminders"), NOON, "system:rehearsal", Role.SYSTEM)
    assert answered_by(ACCEPT_BY, None, act) == (ACCEPT_BY, None)
    assert answered_by(ACCEPT_BY, 3, act) == (ACCEPT_BY, NEAR)


LATE = MarkReleaseOverdue(cohort_id=AUTUMN)
RELEASE_BY = date(2024, 11, 4)


def test_when_the_day_to_hear_is_over_that_is_said_once() -> None:
    over, said = end_of(RELEASE_BY), ReleaseOverdue(cohort_id=AUTUMN, decisions_on=RELEASE_BY)
    here = given(opened(), eligible(ADA, PATIENT))
    here.when(LATE, at=over - timedelta(microseconds=1)).then_refused(ReleaseHasTime)
    after = here.when(LATE, at=over).then(said)
    after.when(LATE, at=over + A_DAY).then_already_so()


def test_another_day_to_hear_may_be_late_too() -> None:
    later = RELEASE_BY + 5 * A_DAY
    said = ReleaseOverdue(cohort_id=AUTUMN, decisions_on=RELEASE_BY)
    amended = CohortPlanAmended(cohort_id=AUTUMN, decisions_on=later, reason="cohort.other")
    here = given(opened(), eligible(ADA, PATIENT), said, amended)
    here.when(LATE, at=end_of(RELEASE_BY)).then_refused(ReleaseHasTime)
    here.when(LATE, at=end_of(later)).then(ReleaseOverdue(cohort_id=AUTUMN, decisions_on=later))


def test_nobody_is_late_who_has_told_or_for_whom_nobody_could_apply() -> None:
    over = end_of(RELEASE_BY)
    given(opened(), DecisionsReleased(cohort_id=AUTUMN)).when(LATE, at=over).then_already_so()
    given(planned()).when(LATE, at=over).then_already_so()


def test_whoever_handed_in_hears_that_it_takes_longer_and_no_draft_does() -> None:
    begun = ApplicationStarted(
        application_id=application(BEN), cohort_id=AUTUMN, person_id=BEN, side=HEALTHCARE
    )
    gone = [*eligible(CLEO, PATIENT), withdrawn(CLEO, PATIENT)]
    late = ReleaseOverdue(cohort_id=AUTUMN, decisions_on=RELEASE_BY)
    facts = given(opened(), eligible(ADA, PATIENT), begun, gone, late).facts
    (one,) = still_waiting(recorded(late), lambda wanted: folded(wanted, facts))
    assert one.to == ADA
    assert one.paragraphs[0] == (
        "We wanted to tell you by Monday 4 November 2024 what was decided."
    )
    assert one.asks is None


REGISTER = RemindOfRegister(workshop_id=SKILLS_DAY)
CLOSE_BY, REGISTER_NEAR = date(2025, 1, 18), date(2025, 1, 17)
DUE = RegisterReminderDue(workshop_id=SKILLS_DAY, cohort_id=AUTUMN, close_by=CLOSE_BY)


def test_who_holds_a_register_is_reminded_once_before_it_is_to_be_closed() -> None:
    early = start_of(REGISTER_NEAR) - timedelta(microseconds=1)
    here = given(three_days())
    here.when(REGISTER, at=early).then_refused(RegisterNotDue)
    after = here.when(REGISTER, at=morning(REGISTER_NEAR)).then(DUE)
    after.when(REGISTER, at=morning(CLOSE_BY)).then_already_so()
    held = WorkshopHeld(workshop_id=SKILLS_DAY, cohort_id=AUTUMN)
    given(here.facts, held).when(REGISTER, at=morning(CLOSE_BY)).then_already_so()


def test_a_register_that_is_open_again_has_a_reminder_of_its_own() -> None:
    wish = ReopenRegister(workshop_id=SKILLS_DAY, reason=RegisterReopenReason.MISTAKE)
    held = WorkshopHeld(workshop_id=SKILLS_DAY, cohort_id=AUTUMN)
    reopened = given(three_days(), DUE, held).when(wish, at=morning(CLOSE_BY))
    after, last = given(reopened.facts, reopened.new), CLOSE_BY + 3 * A_DAY
    after.when(REGISTER, at=morning(CLOSE_BY)).then_refused(RegisterNotDue)
    again = after.when(REGISTER, at=morning(last - A_DAY)).then_kinds(RegisterReminderDue)
    again.when(REGISTER, at=morning(last)).then_already_so()


def test_where_nobody_facilitates_whoever_coordinates_is_reminded() -> None:
    def told(*more: Event) -> list[str]:
        facts = given(three_days(), in_office(), more, DUE).facts
        return [
            str(one.to)
            for one in close_it_soon(recorded(DUE), lambda wanted: folded(wanted, facts))
        ]

    here, everywhere = granted(BEN, Role.FACILITATOR, AUTUMN), granted(CLEO, Role.FACILITATOR)
    over = granted(ADA, Role.FACILITATOR, AUTUMN, ends_on=date(2020, 1, 1))
    elsewhere = granted(ADA, Role.FACILITATOR, SPRING)
    gone = RoleWithdrawn(
        person_id=BEN, cohort_id=AUTUMN, role=Role.FACILITATOR, reason="role.stepped-down"
    )
    assert told(over, elsewhere) == [RUTH]
    assert told(granted(ADA, Role.COORDINATOR, SPRING)) == [RUTH]
    assert set(told(granted(ADA, Role.COORDINATOR, AUTUMN))) == {RUTH, ADA}
    assert told(here) == [BEN]
    assert set(told(here, everywhere)) == {BEN, CLEO}
    assert told(here, gone) == [RUTH]


def test_of_a_milestone_that_is_near_already_the_two_are_not_reminded_as_they_plan_it() -> None:
    here = given(cohort_of(ADA, beside=(BEN,)), running())
    for due_in, reminded_in in ((30, 23), (7, 1), (1, 1)):
        wish = PlanMilestone(project_id=PROJECT, title="Ask", due_on=NOON.date() + due_in * A_DAY)
        (planned_,) = here.when(wish).new
        assert isinstance(planned_, MilestonePlanned)
        assert planned_.remind_on == NOON.date() + reminded_in * A_DAY
