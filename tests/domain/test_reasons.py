"""Who says another reason for what is so already puts it right, and nothing else happens."""

from collections.abc import Sequence
from typing import Final

from domain.applications.withdrawals import WithdrawalReason, WithdrawApplication
from domain.catalogue import NOTICES
from domain.cohorts.course import CancelCohort, CohortCancelReason
from domain.interest.interest import ExpressInterest
from domain.matching.apart import AllowPair, AllowReason
from domain.notice import Notice
from domain.offers.offer import DeclineOffer, OfferDeclineReason, OfferWithdrawReason, WithdrawOffer
from domain.pairings.pairing import PausePairing, PauseReason, SaidOtherwise
from domain.projects.milestone_changes import DropMilestone, DropReason
from domain.projects.milestones import PartnersReport, ReportMilestone
from domain.reason_notices import NOT_RIGHT
from domain.reasons import NobodyChoseIt
from domain.roles.granting import RoleEndReason, WithdrawRole
from domain.workshops.changes import AmendWorkshop
from domain.workshops.schedule import WorkshopChangeReason
from events.applications import ApplicationReinstated
from events.cohorts import CohortCancelled
from events.event import Event
from events.interest import InterestExpressed, InvitedToApply
from events.matching import PairAllowed, PairForbidden
from events.offers import OfferWithdrawn
from events.pairings import PairingPaused
from events.people import PersonErased
from events.projects import MilestoneDropped, MilestoneReported
from events.reasons import CohortReasonPutRight, OfSomebody, OfTheTeam, PersonReasonPutRight
from events.roles import RoleWithdrawn
from events.terms import Role
from events.workshops import WorkshopAmended
from tests.scenes.cast import (
    ADA,
    AUTUMN,
    BEN,
    CARYS,
    CLEO,
    PATIENT,
    application,
    applied,
    eligible,
    opened,
    planned,
    registered,
)
from tests.scenes.given import folded, given
from tests.scenes.pairs import active, pairing, recorded
from tests.scenes.projects import LISTEN, PROJECT, TRY_OUT, three_steps
from tests.scenes.selection import assigned, offered, withdrawn
from tests.scenes.training import SKILLS_DAY, booking, skills_day

NO: Final = DeclineOffer(application_id=application(ADA), reason=OfferDeclineReason.CARING)
WORK: Final = DeclineOffer(application_id=application(ADA), reason=OfferDeclineReason.WORK)


def put_right(of: OfSomebody, reason: str) -> PersonReasonPutRight:
    mine = {"person_id": ADA, "cohort_id": AUTUMN, "application_id": application(ADA)}
    return PersonReasonPutRight.model_validate({**mine, "of": of, "reason": reason})


def heard(facts: Sequence[Event]) -> list[Notice]:
    """What people hear of the last of these."""
    return [
        notice
        for rule in NOTICES[type(facts[-1])]
        for notice in rule(recorded(facts[-1]), lambda wanted: folded(wanted, facts))
    ]


def test_who_says_no_for_another_reason_puts_the_reason_right() -> None:
    said_no = given(opened(), offered(ADA, PATIENT)).when(NO)
    right = given(said_no.facts, said_no.new).when(WORK)
    after = right.then(put_right(OfSomebody.OFFER_DECLINED, "offer.work"))
    after.when(WORK).then_already_so()
    after.when(NO).then_kinds(PersonReasonPutRight)


def test_who_leaves_the_reason_out_takes_none_back() -> None:
    said_no = given(opened(), offered(ADA, PATIENT)).when(NO)
    again = given(said_no.facts, said_no.new)
    again.when(DeclineOffer(application_id=application(ADA))).then_already_so()
    not_said = DeclineOffer(application_id=application(ADA), reason=OfferDeclineReason.NOT_SAID)
    again.when(not_said).then_kinds(PersonReasonPutRight)


def test_a_reason_that_nobody_chose_is_not_put_right() -> None:
    ended = withdrawn(ADA, PATIENT).model_copy(update={"reason": "application.consent-withdrawn"})
    wish = WithdrawApplication(application_id=application(ADA), reason=WithdrawalReason.NO_TIME)
    given(opened(), eligible(ADA, PATIENT), ended).when(wish).then_refused(NobodyChoseIt)


def test_of_who_was_erased_no_reason_is_put_right() -> None:
    gone = withdrawn(ADA, PATIENT), PersonErased(person_id=ADA)
    wish = WithdrawApplication(application_id=application(ADA), reason=WithdrawalReason.NO_TIME)
    given(opened(), eligible(ADA, PATIENT), *gone).when(wish).then_already_so()


def test_of_two_roles_the_one_that_is_named_is_put_right() -> None:
    ended = (
        RoleWithdrawn(person_id=BEN, cohort_id=AUTUMN, role=role, reason="role.stepped-down")
        for role in (Role.HOST, Role.FACILITATOR)
    )
    wish = WithdrawRole(
        person_id=BEN, role=Role.HOST, cohort_id=AUTUMN, reason=RoleEndReason.WORK_IS_DONE
    )
    right = PersonReasonPutRight(
        person_id=BEN,
        cohort_id=AUTUMN,
        role=Role.HOST,
        of=OfSomebody.ROLE_WITHDRAWN,
        reason="role.work-is-done",
    )
    after = given(planned(), registered(BEN), *ended).when(wish).then(right)
    after.when(wish).then_already_so()


def test_of_two_milestones_the_one_that_is_named_is_put_right() -> None:
    slip, other = (
        DropMilestone(milestone_id=step, reason=DropReason.MISTAKE) for step in (LISTEN, TRY_OUT)
    )
    wish = slip.model_copy(update={"reason": DropReason.NOT_NEEDED})
    right = CohortReasonPutRight(
        cohort_id=AUTUMN,
        project_id=PROJECT,
        milestone_id=LISTEN,
        of=OfTheTeam.MILESTONE_DROPPED,
        reason="milestone.not-needed",
    )
    scene = given(three_steps()).when(slip).then_kinds(MilestoneDropped)
    after = scene.when(other).then_kinds(MilestoneDropped).when(wish).then(right)
    after.when(wish).then_already_so()
    after.when(other).then_already_so()


def test_everybody_who_was_told_why_is_told_the_right_reason() -> None:
    over = withdrawn(ADA, PATIENT).model_copy(update={"reason": "application.cohort-cancelled"})
    off = CohortCancelled(cohort_id=AUTUMN, reason="cohort.not-safe")
    scene = given(planned(), applied(ADA, PATIENT), off, over)
    wish = CancelCohort(cohort_id=AUTUMN, reason=CohortCancelReason.NO_VENUE)
    right = scene.when(wish).then(
        CohortReasonPutRight(cohort_id=AUTUMN, of=OfTheTeam.CANCELLED, reason="cohort.no-venue")
    )
    (before,) = heard([*planned_and(applied(ADA, PATIENT)), off])
    (letter,) = heard(list(right.facts))
    assert (letter.to, letter.template) == (ADA, "cohort.cancelled")
    assert letter.paragraphs[0] == NOT_RIGHT
    changed = {*letter.paragraphs} - {*before.paragraphs} - {NOT_RIGHT}
    assert len(changed) == 1


def test_whoever_scores_or_was_invited_is_told_the_right_reason_by_the_letter_they_had() -> None:
    invited = [InterestExpressed(person_id=who) for who in (ADA, CARYS)]
    asked = [InvitedToApply(person_id=who, cohort_id=AUTUMN) for who in (ADA, CARYS)]
    before = [*opened(), *invited, *asked, *applied(ADA, PATIENT), assigned(CLEO, ADA)]
    off = CohortCancelled(cohort_id=AUTUMN, reason="cohort.not-safe")
    over = withdrawn(ADA, PATIENT).model_copy(update={"reason": "application.cohort-cancelled"})
    right = CohortReasonPutRight(cohort_id=AUTUMN, of=OfTheTeam.CANCELLED, reason="cohort.no-venue")
    first, again = heard([*before, off]), heard([*before, off, over, right])
    whom = {(one.to, one.template) for one in first}
    assert whom == {
        (ADA, "cohort.cancelled"),
        (CARYS, "interest.cohort-cancelled"),
        (CLEO, "assessment.cohort-cancelled"),
    }
    assert {(one.to, one.template) for one in again} == whom


def planned_and(facts: object) -> list[Event]:
    return list(given(planned(), facts).facts)  # type: ignore[arg-type]  # a scene's own facts


def test_who_was_told_no_reason_is_not_written_to_again() -> None:
    said_no = given(opened(), offered(ADA, PATIENT)).when(NO)
    right = given(said_no.facts, said_no.new).when(WORK)
    assert heard([*right.facts, *right.new]) == []
    mine = {"person_id": ADA, "cohort_id": AUTUMN, "application_id": application(ADA)}
    back = ApplicationReinstated.model_validate(
        {**mine, "side": PATIENT, "reason": "application.our-mistake"}
    )
    told = [*opened(), *eligible(ADA, PATIENT), withdrawn(ADA, PATIENT), back]
    assert [one.to for one in heard(told)] == [ADA]
    corrected = put_right(OfSomebody.APPLICATION_REINSTATED, "application.withdrawn-by-mistake")
    assert heard([*told, corrected]) == []


def test_who_has_no_place_is_told_the_right_reason_of_an_offer_taken_back() -> None:
    wish = WithdrawOffer(
        application_id=application(ADA), reason=OfferWithdrawReason.DETAILS_NOT_RIGHT
    )
    slip = WithdrawOffer(
        application_id=application(ADA), reason=OfferWithdrawReason.NO_LONGER_IN_TOUCH
    )
    gone = given(opened(), offered(ADA, PATIENT)).when(slip).then_kinds(OfferWithdrawn)
    (letter,) = heard(list(gone.when(wish).then_kinds(PersonReasonPutRight).facts))
    assert (letter.to, letter.template) == (ADA, "offer.withdrawn")
    assert letter.paragraphs[0] == NOT_RIGHT


def test_of_what_is_named_again_each_part_has_its_reason() -> None:
    first = AmendWorkshop(
        workshop_id=SKILLS_DAY, title="Skills and more", reason=WorkshopChangeReason.OTHER
    )
    then = AmendWorkshop(
        workshop_id=SKILLS_DAY, venue="The Guildhall", reason=WorkshopChangeReason.VENUE
    )
    scene = given(planned(), skills_day(), booking(ADA))
    scene = scene.when(first).then_kinds(WorkshopAmended).when(then).then_kinds(WorkshopAmended)
    both = {"title": "Skills and more", "venue": "The Guildhall"}
    wish = first.model_copy(update={**both, "reason": WorkshopChangeReason.VENUE})
    right = WorkshopAmended(
        workshop_id=SKILLS_DAY,
        cohort_id=AUTUMN,
        title="Skills and more",
        reason="workshop.venue-not-available",
    )
    scene.when(wish).then(right).when(wish).then_already_so()


def test_what_is_as_it_was_planned_needs_no_reason() -> None:
    wish = AmendWorkshop(
        workshop_id=SKILLS_DAY, number=skills_day().number, reason=WorkshopChangeReason.OTHER
    )
    given(planned(), skills_day()).when(wish).then_already_so()


def test_one_of_two_does_not_learn_why_the_other_one_paused() -> None:
    paused = PairingPaused(
        pairing_id=pairing(),
        cohort_id=AUTUMN,
        patient_leader_id=ADA,
        healthcare_leader_id=BEN,
        reason="ill-health",
    )
    for reason in PauseReason:
        wish = PausePairing(pairing_id=pairing(), reason=reason)
        answer = given(active(), paused).when(wish, by=BEN, role=Role.PARTICIPANT)
        answer.then_refused(SaidOtherwise)


def test_a_report_is_said_in_other_words_by_whose_it_is() -> None:
    report = ReportMilestone(milestone_id=TRY_OUT, person_id=ADA, words="We tried it.")
    done = given(three_steps()).when(report).then_kinds(MilestoneReported)
    more = report.model_copy(update={"words": "We tried it, and asked people."})
    done.when(more).then_kinds(MilestoneReported)
    done.when(report.model_copy(update={"words": None})).then_already_so()
    done.when(more.model_copy(update={"person_id": BEN})).then_refused(PartnersReport)


def test_what_somebody_says_of_their_interest_later_is_noted_beside_it() -> None:
    first = ExpressInterest(person_id=ADA, side=PATIENT, words="I want to help.")
    said = given(registered(ADA)).when(first).then_kinds(InterestExpressed)
    said.when(ExpressInterest(person_id=ADA, side=PATIENT)).then_already_so()
    said.when(ExpressInterest(person_id=ADA)).then_already_so()
    said.when(ExpressInterest(person_id=ADA, heard_through="a-friend")).then(
        InterestExpressed(
            person_id=ADA, side=PATIENT, heard_through="a-friend", words="I want to help."
        )
    )


def test_two_who_may_be_paired_again_are_so_for_the_reason_said_last() -> None:
    two = {"cohort_id": AUTUMN, "patient_leader_id": ADA, "healthcare_leader_id": BEN}
    known = planned(), registered(ADA), registered(BEN)
    settled = AllowPair.model_validate({**two, "reason": AllowReason.SETTLED})
    given(*known).when(settled).then_already_so()
    kept = PairForbidden.model_validate({**two, "reason": "other"})
    again = given(*known, kept).when(settled).then_kinds(PairAllowed)
    again.when(settled).then_already_so()
    another = settled.model_copy(update={"reason": AllowReason.MISTAKE})
    again.when(another).then_kinds(PairAllowed).when(another).then_already_so()
