from dataclasses import replace
from datetime import UTC, date, datetime

import pytest

from domain.applications import notices as applications
from domain.applications.eligibility import EligibilityReason
from domain.applications.withdrawals import WithdrawalReason
from domain.assessments import notices as assessments
from domain.cohorts import notices as cohorts
from domain.cohorts.cohort import CohortIsCancelled
from domain.cohorts.course import CohortCancelReason
from domain.cohorts.windows import ExtensionReason
from domain.decision import K
from domain.interest import notices as interest
from domain.notice import Notice, NoticeRule
from domain.offers import plan_notices as plans
from domain.states import is_still_said
from events.applications import (
    ApplicationAmended,
    ApplicationReinstated,
    ApplicationStarted,
    ApplicationSubmitted,
    ApplicationWithdrawn,
    EligibilityFailed,
)
from events.assessments import (
    AssessorAssigned,
    AssessorAwaitedAgain,
    AssessorDayChanged,
    AssessorReminderDue,
    DecisionInDoubt,
)
from events.catalogue import Recorded
from events.cohorts import (
    CohortCancelled,
    CohortPlanAmended,
    DecisionsReleased,
    ExtensionGranted,
    ExtensionWithdrawn,
)
from events.event import Event
from events.interest import InterestExpressed, InterestWithdrawn, InvitedToApply
from events.offers import ApplicationDeclined
from events.roles import RoleWithdrawn
from events.terms import Area, Role
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
    applied,
    confirmed,
    eligible,
    opened,
)
from tests.scenes.given import NOON, folded
from tests.scenes.pairs import recorded
from tests.scenes.selection import assigned, decided, offer, scored, withdrawn

AFTER_THE_WINDOW = datetime(2024, 10, 14, 12, tzinfo=UTC)
INVITED = InvitedToApply(person_id=ADA, cohort_id=AUTUMN)
CANCELLED = CohortCancelled(cohort_id=AUTUMN, reason=CohortCancelReason.NO_VENUE.value)


def about(kind: type[Event], **others: object) -> Event:
    whose = {
        "application_id": application(ADA),
        "cohort_id": AUTUMN,
        "person_id": ADA,
        "side": PATIENT,
    }
    return kind.model_validate(whose | others)


def longer(reason: str = "extension.our-delay") -> ExtensionGranted:
    return ExtensionGranted.model_validate(
        {"cohort_id": AUTUMN, "person_id": ADA, "until": "2024-10-18", "reason": reason}
    )


SUBMITTED = about(
    ApplicationSubmitted,
    profile={"area": Area.DEVON},
    experiences=0,
    interest="I want to help.",
)


AMENDED = about(
    ApplicationAmended,
    profile={"area": Area.DEVON},
    experiences=1,
    interest="I want to help more.",
)


@pytest.mark.parametrize("reason", CohortCancelReason)
def test_for_each_reason_to_call_a_cohort_off_there_is_a_sentence(
    reason: CohortCancelReason,
) -> None:
    known = [*applied(ADA, PATIENT)]
    off = CANCELLED.model_copy(update={"reason": reason.value})
    assert found(applications.called_off, off, *known)


def not_eligible(*reasons: str) -> Event:
    return about(EligibilityFailed, reasons=reasons)


def found(
    telling: NoticeRule, fact: Event, *others: Event, at: datetime = NOON, role: Role = Role.SYSTEM
) -> list[Notice]:
    """What is said once all that it wants to know is folded, and nothing amiss before."""
    seen = recorded(fact)
    envelope = replace(seen.envelope, origin=seen.envelope.origin._replace(time=at, role=role))

    def unfolded(wanted: K) -> K:
        return wanted

    def know(wanted: K) -> K:
        return folded(wanted, [*opened(), *others, fact])

    list(telling(Recorded(envelope, fact), unfolded))
    return list(telling(Recorded(envelope, fact), know))


def only(notices: list[Notice]) -> Notice:
    (notice,) = notices
    assert notice.to == ADA
    return notice


def words(notice: Notice) -> str:
    return " ".join(notice.paragraphs)


def test_who_is_interested_is_thanked_and_knows_that_nothing_is_to_do() -> None:
    notice = only(found(interest.interest_noted, InterestExpressed(person_id=ADA)))
    assert notice.template == "interest.expressed"
    assert "You need not be a leader already." in words(notice)
    assert "We will tell you when you can apply." in words(notice)


def test_interest_that_is_imported_with_an_application_has_no_answer_of_its_own() -> None:
    assert not found(interest.interest_noted, InterestExpressed(person_id=ADA), role=Role.IMPORTER)


def test_an_invitation_says_until_when() -> None:
    notice = only(found(interest.invited, INVITED))
    assert notice.template == "interest.invited-to-apply"
    assert notice.subject == "You can apply for Autumn 2024"
    assert "from Monday 2 September 2024 to the end of Friday 11 October 2024." in words(notice)


def test_an_invitation_knows_of_somebodys_own_last_day() -> None:
    assert "the end of Friday 18 October 2024." in words(
        only(found(interest.invited, INVITED, longer()))
    )


def test_nobody_is_invited_to_what_was_cancelled_meanwhile() -> None:
    (notice,) = found(interest.invited, INVITED)
    assert is_still_said(notice.template, None)
    assert not is_still_said(notice.template, CohortIsCancelled)


def test_whoever_applied_hears_once_that_a_cohort_is_cancelled() -> None:
    known = [
        *applied(ADA, PATIENT),
        *applied(AMINA, PATIENT),
        withdrawn(AMINA, PATIENT),
        *confirmed(BEN, HEALTHCARE),
    ]
    told = found(applications.called_off, CANCELLED, *known)
    assert [one.to for one in told] == sorted([ADA, BEN])
    assert "We found no place where it can be held." in words(told[0])
    assert is_still_said(told[0].template, CohortIsCancelled)


def test_whom_we_invited_and_who_could_still_apply_hears_that_it_is_cancelled() -> None:
    others = [INVITED.model_copy(update={"person_id": who}) for who in (AMINA, BEN, CLEO)]
    expressed = [InterestExpressed(person_id=who) for who in (ADA, AMINA, BEN, CLEO)]
    gone = InterestWithdrawn(person_id=BEN)
    known = [*expressed, INVITED, *others, *applied(AMINA, PATIENT), gone]
    told = found(plans.called_off, CANCELLED, *known, longer())
    assert [one.to for one in told] == sorted([ADA, CLEO])
    assert "We found no place where it can be held." in words(told[0])
    assert is_still_said(told[0].template, CohortIsCancelled)
    late = only(found(plans.called_off, CANCELLED, *known, longer(), at=AFTER_THE_WINDOW))
    assert "We will tell you when you can apply for another group." in words(late)


def test_who_has_still_to_score_an_application_hears_once_that_it_is_cancelled() -> None:
    known = [
        *eligible(ADA, PATIENT),
        *eligible(AMINA, PATIENT),
        *eligible(BEN, HEALTHCARE),
        *(assigned(CLEO, who) for who in (ADA, AMINA, BEN)),
        *scored(CARYS, ADA, 3),
        assigned(CARYS, BEN),
        withdrawn(BEN, HEALTHCARE),
    ]
    (told,) = found(assessments.called_off, CANCELLED, *known)
    assert told.to == CLEO
    assert "So you don't have to read or score any more applications for it." in words(told)
    assert str(application(ADA)) not in words(told)
    assert is_still_said(told.template, CohortIsCancelled)
    done = [*scored(CLEO, ADA, 4), *scored(CLEO, AMINA, 4)]
    assert not found(assessments.called_off, CANCELLED, *known, *done)


def test_who_is_to_look_once_more_at_a_decision_in_doubt_hears_that_it_is_cancelled() -> None:
    doubt = DecisionInDoubt(application_id=application(ADA), cohort_id=AUTUMN, person_id=ADA)
    known = [*decided(ADA, PATIENT), offer(ADA, PATIENT), doubt, assigned(COLM, ADA)]
    (told,) = found(assessments.called_off, CANCELLED, *known)
    assert told.to == COLM


def test_who_handed_in_knows_that_we_have_it_and_when_we_decide() -> None:
    notice = only(found(applications.handed_in, SUBMITTED))
    assert notice.template == "application.submitted"
    assert "We have it safely." in words(notice)
    assert "decided on Monday 4 November 2024." in words(notice)


def test_who_is_not_eligible_hears_every_reason_and_how_to_put_it_right() -> None:
    fact = not_eligible("eligibility.no-leadership-experience", "eligibility.no-consent")
    notice = only(found(applications.not_eligible, fact))
    assert notice.template == "application.eligibility-failed"
    assert "Small things count too, like a club, a charity or a newsletter." in words(notice)
    assert "You did not say that we may use what you tell us." in words(notice)
    assert "apply again until the end of Friday 11 October 2024." in words(notice)


def test_nobody_is_told_to_apply_again_when_the_time_is_over() -> None:
    fact = not_eligible("eligibility.no-background")
    late = words(only(found(applications.not_eligible, fact, at=AFTER_THE_WINDOW)))
    assert "The time to apply for this group is over." in late
    extended = only(found(applications.not_eligible, fact, longer(), at=AFTER_THE_WINDOW))
    assert "apply again until the end of Friday 18 October 2024." in words(extended)


def test_what_is_taken_back_is_told_with_the_reason_that_we_noted() -> None:
    fact = about(ApplicationWithdrawn, reason="application.no-time")
    notice = only(found(applications.taken_back, fact))
    assert notice.template == "application.withdrawn"
    assert "You don't have the time just now." in words(notice)
    assert "If this is a mistake, please ring or write to us soon." in words(notice)


def test_more_time_is_told_with_the_last_day() -> None:
    notice = only(found(cohorts.more_time, longer()))
    assert notice.template == "cohort.extension-granted"
    assert "We kept you waiting. We are sorry." in words(notice)
    assert "You can apply until the end of Friday 18 October 2024." in words(notice)


@pytest.mark.parametrize("reason", EligibilityReason)
def test_every_reason_against_an_application_has_its_sentence(reason: EligibilityReason) -> None:
    notice = only(found(applications.not_eligible, not_eligible(reason.value)))
    assert applications.REASONS[reason] in notice.paragraphs


@pytest.mark.parametrize("reason", WithdrawalReason)
def test_every_reason_for_taking_back_has_its_sentence(reason: WithdrawalReason) -> None:
    fact = about(ApplicationWithdrawn, reason=reason.value)
    assert applications.REASONS[reason] in only(found(applications.taken_back, fact)).paragraphs


@pytest.mark.parametrize("reason", ExtensionReason)
def test_every_reason_for_more_time_has_its_sentence(reason: ExtensionReason) -> None:
    assert cohorts.REASONS[reason] in only(found(cohorts.more_time, longer(reason))).paragraphs


def test_who_changed_their_application_knows_that_we_have_it_as_it_is_now() -> None:
    notice = only(found(applications.amended, AMENDED))
    assert notice.template == "application.amended"
    assert "You can change it again until the end of Friday 11 October 2024." in words(notice)
    assert not found(applications.amended, AMENDED, CANCELLED)


def test_whoever_was_to_read_it_reads_it_again() -> None:
    days = {"score_by": date(2024, 10, 30), "remind_on": date(2024, 10, 27)}
    again = about(AssessorAwaitedAgain, assessor_id=CLEO, **days)
    (notice,) = found(assessments.read_again, again)
    assert (notice.template, notice.to) == ("assessment.application-amended", CLEO)
    assert str(application(ADA)) in words(notice)
    assert "score it by Wednesday 30 October 2024" in words(notice)


def test_an_assessor_hears_of_their_day_and_when_it_is_near() -> None:
    mine = {"cohort_id": AUTUMN, "assessor_id": CLEO}
    days = {"score_by": date(2024, 10, 30), "remind_on": date(2024, 10, 27)}
    given = about(AssessorAssigned, assessor_id=CLEO, lay=True, **days)
    other = AssessorDayChanged.model_validate({**mine, **days, "reason": "assessment.mistake"})
    near = AssessorReminderDue.model_validate({**mine, **days})
    for tells, fact in (
        (assessments.assigned, given),
        (assessments.another_day, other),
        (assessments.reminded, near),
    ):
        (notice,) = found(tells, fact)
        assert notice.to == CLEO
        assert "Wednesday 30 October 2024" in words(notice)


def test_whoever_applies_hears_why_they_assess_no_more() -> None:
    gone = RoleWithdrawn(
        person_id=ADA, cohort_id=AUTUMN, role=Role.ASSESSOR, reason="role.applies-themselves"
    )
    notice = only(found(assessments.applies_themselves, gone))
    assert "You apply for a place on Autumn 2024 yourself." in words(notice)
    stepped_down = gone.model_copy(update={"reason": "role.stepped-down"})
    assert not found(assessments.applies_themselves, stepped_down)


BACK = about(ApplicationReinstated, reason="application.our-mistake")
STARTED = about(ApplicationStarted)


@pytest.mark.parametrize(
    ("before", "said"),
    [
        ((STARTED,), "You have not handed it in yet."),
        ((STARTED, SUBMITTED), "decided on Monday 4 November 2024."),
        ((STARTED, SUBMITTED, DecisionsReleased(cohort_id=AUTUMN)), "in another message"),
    ],
    ids=["a draft", "handed in", "after the release"],
)
def test_whose_application_goes_on_hears_it(before: tuple[Event, ...], said: str) -> None:
    gone = about(ApplicationWithdrawn, reason="application.sent-twice")
    notice = only(found(applications.goes_on, BACK, *before, gone))
    assert notice.template == "application.reinstated"
    assert said in words(notice)


def test_who_has_no_longer_any_more_hears_until_when_they_can_apply() -> None:
    gone = ExtensionWithdrawn(
        cohort_id=AUTUMN, person_id=ADA, reason="extension.granted-by-mistake"
    )
    notice = only(found(cohorts.no_more_time, gone, longer()))
    assert "You can apply until the end of Friday 11 October 2024, like everybody." in words(notice)
    late = only(found(cohorts.no_more_time, gone, longer(), at=AFTER_THE_WINDOW))
    assert "The time to apply for this group is over." in words(late)


EARLY = CohortPlanAmended(
    cohort_id=AUTUMN, closes_on=date(2024, 9, 20), reason="cohort.plan-demand"
)
BY_THEN = "please hand in by the end of Friday 20 September 2024."


def test_of_an_early_close_hear_drafts_and_the_invited_by_when_to_hand_in() -> None:
    for before in ((STARTED,), (InterestExpressed(person_id=ADA), INVITED)):
        assert BY_THEN in words(only(found(plans.planned_otherwise, EARLY, *before)))
    done = only(found(plans.planned_otherwise, EARLY, STARTED, SUBMITTED))
    assert "People can apply until the end of Friday 20 September 2024." in words(done)
    assert BY_THEN not in words(done)


def test_of_another_day_nobody_hears_for_whom_it_is_over() -> None:
    gone = about(ApplicationWithdrawn, reason="application.sent-twice")
    no = about(ApplicationDeclined, reasons=("score.others-higher",))
    for end in (gone, no):
        assert not found(plans.planned_otherwise, EARLY, STARTED, SUBMITTED, end)
    uninterested = (InterestExpressed(person_id=ADA), INVITED, InterestWithdrawn(person_id=ADA))
    assert not found(plans.planned_otherwise, EARLY, *uninterested)
    assert not found(plans.planned_otherwise, EARLY, STARTED, CANCELLED)


def test_of_what_is_no_day_nobody_hears() -> None:
    more = CohortPlanAmended(cohort_id=AUTUMN, places_per_side=12, reason="cohort.plan-demand")
    assert not found(plans.planned_otherwise, more, STARTED)
