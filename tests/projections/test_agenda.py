from datetime import UTC, date, datetime
from typing import Any

from events.applications import ApplicationWithdrawn
from events.catalogue import Recorded
from events.cohorts import (
    ApplicationsClosed,
    ApplicationsOpened,
    CohortCancelled,
    CohortPlanAmended,
    DecisionsReleased,
    ReleaseOverdue,
)
from events.continuation import CheckInDue, ContinuationEnded
from events.ids import MilestoneId
from events.offers import OfferAccepted, OfferMade
from events.pairings import (
    PairingActivated,
    PairingCompleted,
    PairingProposed,
    PairingStepTakenBack,
    PairingTakenBack,
    ProposalExtended,
)
from events.projects import (
    MilestoneConfirmed,
    MilestoneDropped,
    MilestoneFellDue,
    MilestoneMissed,
    MilestoneOverdue,
    MilestonePlanned,
    MilestoneReported,
    MilestoneRescheduled,
    MilestoneReturned,
    MilestoneUnconfirmed,
    ProjectStopped,
    ProjectTakenUpAgain,
)
from events.workshops import (
    RegisterOverdue,
    RegisterReminderDue,
    RegisterReopened,
    WaitingListLapsed,
    WaitingListOffered,
    WorkshopBooked,
    WorkshopCancelled,
    WorkshopHeld,
    WorkshopReinstated,
    WorkshopReminderDue,
    WorkshopRescheduled,
    WorkshopScheduled,
)
from projections.agenda import AGENDA, AgendaRow
from projections.replay import folded
from tests.scenes.cast import ADA, AMINA, AUTUMN, BEN, application, planned
from tests.scenes.history import history
from tests.scenes.history_choosing import about
from tests.scenes.history_learning import (
    ADA_AND_BEN,
    APPRAISAL,
    QUESTIONS,
    SKILLS,
    TRIAL,
    at_workshop,
    of_pair,
    of_project,
)
from tests.scenes.scribe import Facts, shown, written_down


def waiting(key: str, *facts: Facts) -> list[tuple[str, str]]:
    """What waits under a key: each moment and command."""
    row = folded(AGENDA, written_down(*facts)).get(key)
    assert row is None or row.next_at == (row.due[0].at if row.due else None)
    return [(f"{one.at:%Y-%m-%d %H:%M}", one.command) for one in row.due] if row else []


TO_BE_HEARD = ("2024-11-05 00:00", "cohort.mark-release-overdue")


def test_applications_close_at_the_local_midnight_after_the_day() -> None:
    opened = ApplicationsOpened(cohort_id=AUTUMN)
    row = shown(AGENDA, AUTUMN, planned(), opened)
    assert row.next_at == datetime(2024, 10, 11, 23, tzinfo=UTC)  # British Summer Time
    assert row.due[0].command == "cohort.close-applications"
    assert row.due[0].data == {"cohort_id": AUTUMN}
    closed = ApplicationsClosed(cohort_id=AUTUMN)
    assert waiting(AUTUMN, planned(), opened, closed) == [TO_BE_HEARD]


def test_applications_that_were_never_opened_need_not_be_closed() -> None:
    """Asked too soon it would be refused, and those that open later stay open."""
    assert waiting(AUTUMN, planned()) == []
    assert shown(AGENDA, AUTUMN, planned()).set_aside
    cancelled = CohortCancelled(cohort_id=AUTUMN, reason="too-few")
    assert folded(AGENDA, written_down(planned(), cancelled)) == {}


def test_an_offer_lapses_unless_it_is_answered() -> None:
    offered = about(OfferMade, ADA, accept_by=date(2024, 11, 14))
    assert waiting(application(ADA), offered) == [("2024-11-15 00:00", "offer.lapse")]
    assert waiting(application(ADA), offered, about(OfferAccepted, ADA)) == []
    withdrawn = about(ApplicationWithdrawn, ADA, reason="other")
    assert waiting(application(ADA), offered, withdrawn) == []


def test_a_second_offer_has_a_deadline_of_its_own() -> None:
    offers = [about(OfferMade, ADA, accept_by=date(2024, 11, day)) for day in (14, 20)]
    assert waiting(application(ADA), *offers) == [("2024-11-21 00:00", "offer.lapse")]


def test_a_proposal_lapses_unless_both_say_yes() -> None:
    proposed = of_pair(PairingProposed, ADA_AND_BEN, accept_by=date(2024, 12, 12))
    assert waiting(ADA_AND_BEN, proposed) == [("2024-12-13 00:00", "pairing.lapse")]
    assert waiting(ADA_AND_BEN, proposed, of_pair(PairingActivated, ADA_AND_BEN)) == []


COMPLETED = of_pair(PairingCompleted, ADA_AND_BEN, completed_on=date(2024, 11, 30))


def test_check_ins_come_on_the_mornings_of_calendar_months() -> None:
    row = shown(AGENDA, ADA_AND_BEN, COMPLETED)
    assert waiting(ADA_AND_BEN, COMPLETED) == [
        ("2025-02-28 09:00", "continuation.check-in"),
        ("2025-05-30 08:00", "continuation.check-in"),
        ("2025-11-30 09:00", "continuation.check-in"),
    ]
    assert [one.data["months"] for one in row.due] == [3, 6, 12]


def test_a_check_in_that_came_is_not_asked_for_again_and_an_end_ends_them() -> None:
    asked = of_pair(CheckInDue, ADA_AND_BEN, months=3)
    row = shown(AGENDA, ADA_AND_BEN, COMPLETED, asked)
    assert [one.data["months"] for one in row.due] == [6, 12]
    ended = of_pair(ContinuationEnded, ADA_AND_BEN, reason="moved-away")
    assert waiting(ADA_AND_BEN, COMPLETED, asked, ended) == []


def workshop(kind: Any, on: datetime, **more: Any) -> Any:
    return at_workshop(kind, starts_at=on, ends_at=on, **more)


SCHEDULED = workshop(
    WorkshopScheduled,
    datetime(2025, 4, 1, 9, tzinfo=UTC),
    number=2,
    title="Trying out skills",
    venue="The Guildhall, Exeter",
    capacity=3,
)


def test_a_reminder_goes_out_three_days_before_a_workshop_and_moves_with_it() -> None:
    kept = ("2025-03-25 09:00", "workshop.offer-kept-places")
    closed = ("2025-04-04 23:00", "workshop.mark-register-overdue")
    remind = ("2025-03-29 09:00", "workshop.remind")  # winter time
    near = ("2025-04-03 08:00", "workshop.remind-register")
    assert waiting(SKILLS, SCHEDULED) == [kept, remind, near, closed]
    moved = workshop(
        WorkshopRescheduled, datetime(2025, 4, 8, 9, tzinfo=UTC), reason="venue.closed"
    )
    later = [
        ("2025-04-01 09:00", kept[1]),
        ("2025-04-05 08:00", remind[1]),
        ("2025-04-10 08:00", near[1]),
        ("2025-04-11 23:00", closed[1]),
    ]
    assert waiting(SKILLS, SCHEDULED, moved) == later
    reminded = at_workshop(WorkshopReminderDue, person_id=ADA)
    assert waiting(SKILLS, SCHEDULED, reminded) == [kept, near, closed]
    asked = at_workshop(RegisterReminderDue, close_by=date(2025, 4, 4))
    assert waiting(SKILLS, SCHEDULED, reminded, asked) == [kept, closed]
    assert waiting(SKILLS, SCHEDULED, reminded, moved) == later
    assert waiting(SKILLS, SCHEDULED, at_workshop(WorkshopHeld)) == []
    late = at_workshop(RegisterOverdue, close_by=date(2025, 4, 4))
    assert waiting(SKILLS, SCHEDULED, reminded, late) == [kept]
    again = at_workshop(RegisterReopened, close_by=date(2025, 4, 10), reason="attendance.other")
    reopened = [("2025-04-10 23:00", "workshop.mark-register-overdue")]
    assert waiting(SKILLS, SCHEDULED, at_workshop(WorkshopHeld), again) == reopened


def test_what_was_called_off_by_mistake_waits_again() -> None:
    off = at_workshop(WorkshopCancelled, reason="snow")
    assert waiting(SKILLS, SCHEDULED, off) == []
    on = at_workshop(WorkshopReinstated, number=2, reason="workshop.cancelled-by-mistake")
    assert waiting(SKILLS, SCHEDULED, off, on) == waiting(SKILLS, SCHEDULED)


def test_a_held_place_lapses_for_each_person_alone() -> None:
    until = datetime(2025, 3, 20, 12, tzinfo=UTC)
    reminded = at_workshop(WorkshopReminderDue, person_id=AMINA)
    held = [at_workshop(WaitingListOffered, person_id=who, until=until) for who in (ADA, BEN)]
    row = shown(AGENDA, SKILLS, SCHEDULED, reminded, *held)
    assert {one.data["person_id"] for one in row.due if "person_id" in one.data} == {ADA, BEN}
    taken = at_workshop(WorkshopBooked, person_id=ADA)
    row = shown(AGENDA, SKILLS, SCHEDULED, reminded, *held, taken)
    lapses = [one.data for one in row.due if one.command == "workshop.lapse-held-place"]
    assert lapses == [{"workshop_id": SKILLS, "person_id": BEN}]
    lapsed = at_workshop(WaitingListLapsed, person_id=BEN)
    left = waiting(SKILLS, SCHEDULED, reminded, *held, taken, lapsed)
    assert [command for _, command in left] == [
        "workshop.offer-kept-places",
        "workshop.remind-register",
        "workshop.mark-register-overdue",
    ]
    off = at_workshop(WorkshopCancelled, reason="snow")
    assert waiting(SKILLS, SCHEDULED, *held, off) == []


def milestone(kind: Any, which: MilestoneId = QUESTIONS, **more: Any) -> Any:
    two = {"patient_leader_id": ADA, "healthcare_leader_id": BEN}
    both = two if "patient_leader_id" in kind.model_fields else {}
    return of_project(kind, milestone_id=which, **{**both, **more})


DUE_ON = date(2025, 4, 3)
ASK = milestone(MilestonePlanned, title="Ask", due_on=DUE_ON)
REMIND = ("2025-03-27 09:00", "milestone.remind")
OVERDUE = ("2025-04-03 23:00", "milestone.mark-overdue")


def test_a_milestone_is_reminded_of_a_week_ahead_and_then_overdue() -> None:
    assert waiting(APPRAISAL, ASK) == [REMIND, OVERDUE]
    near = milestone(MilestoneFellDue, due_on=DUE_ON)
    assert waiting(APPRAISAL, ASK, near) == [OVERDUE]
    assert waiting(APPRAISAL, ASK, near, milestone(MilestoneOverdue, due_on=DUE_ON)) == []


def test_a_milestone_that_is_put_off_is_due_later() -> None:
    over = milestone(MilestoneOverdue, due_on=DUE_ON)
    later: dict[str, Any] = {"old_due_on": DUE_ON, "due_on": date(2025, 5, 1), "reason": "illness"}
    put_off = [("2025-04-24 08:00", REMIND[1]), ("2025-05-01 23:00", OVERDUE[1])]
    assert waiting(APPRAISAL, ASK, milestone(MilestoneRescheduled, **later)) == put_off
    assert waiting(APPRAISAL, ASK, over, milestone(MilestoneRescheduled, **later)) == put_off


def test_a_reported_milestone_waits_for_nothing_until_it_is_returned() -> None:
    reported = milestone(MilestoneReported, person_id=ADA)
    returned = milestone(MilestoneReturned, person_id=BEN, reason="more-to-do")
    near = milestone(MilestoneFellDue, due_on=DUE_ON)
    row: AgendaRow = shown(AGENDA, APPRAISAL, ASK, near, reported)
    assert (row.due, row.next_at) == ((), None)
    assert waiting(APPRAISAL, ASK, near, reported, returned) == [OVERDUE]
    agreed = milestone(MilestoneConfirmed, person_id=BEN)
    assert folded(AGENDA, written_down(ASK, near, reported, agreed)) == {}


def test_milestones_of_a_project_wait_together_and_end_with_it() -> None:
    trial = milestone(MilestonePlanned, TRIAL, title="Trial", due_on=DUE_ON)
    reported = milestone(MilestoneReported, person_id=ADA)
    row = shown(AGENDA, APPRAISAL, ASK, trial, reported)
    assert {one.data["milestone_id"] for one in row.due} == {TRIAL}
    stopped = of_project(ProjectStopped, pairing_id=ADA_AND_BEN, reason="host.withdrew")
    assert waiting(APPRAISAL, ASK, trial, reported, stopped) == []
    again = {"approved": True, "reason": "project.ended-by-mistake"}
    taken_up = of_project(ProjectTakenUpAgain, pairing_id=ADA_AND_BEN, **again)
    assert waiting(APPRAISAL, trial, stopped, taken_up) == [REMIND, OVERDUE]


def test_a_milestone_that_is_put_right_is_due_as_it_should_be() -> None:
    why: dict[str, Any] = {"reason": "milestone.other-reason"}
    dropped, missed = milestone(MilestoneDropped, **why), milestone(MilestoneMissed, **why)
    assert waiting(APPRAISAL, ASK, dropped) == waiting(APPRAISAL, ASK, missed) == []
    later: dict[str, Any] = {"old_due_on": DUE_ON, "due_on": date(2025, 5, 1), "reason": "illness"}
    put_off = [("2025-04-24 08:00", REMIND[1]), ("2025-05-01 23:00", OVERDUE[1])]
    assert waiting(APPRAISAL, ASK, missed, milestone(MilestoneRescheduled, **later)) == put_off
    reported = milestone(MilestoneReported, person_id=ADA)
    returned = milestone(MilestoneReturned, person_id=BEN, reason="more-to-do")
    assert waiting(APPRAISAL, ASK, missed, reported, returned) == [REMIND, OVERDUE]
    agreed = milestone(MilestoneConfirmed, person_id=BEN)
    back = milestone(MilestoneUnconfirmed, due_on=DUE_ON, **why)
    assert waiting(APPRAISAL, ASK, reported, agreed, back) == []
    assert waiting(APPRAISAL, ASK, reported, agreed, back, returned) == [REMIND, OVERDUE]


def test_when_all_is_done_nothing_waits() -> None:
    """What was set aside could come back, if it was set aside by mistake."""
    left = folded(AGENDA, history()).values()
    assert [row for row in left if row.next_at or not row.set_aside] == []


def test_how_two_go_on_is_asked_again_if_their_end_was_noted_by_mistake() -> None:
    reason = {"reason": "pairing.mistake"}
    done = of_pair(PairingCompleted, ADA_AND_BEN, completed_on=date(2025, 5, 30))
    over = of_pair(ContinuationEnded, ADA_AND_BEN, reason="no-time")
    slips = (
        of_pair(PairingStepTakenBack, ADA_AND_BEN, step=step, stands=stands, **reason)
        for step, stands in (("continuation-end", "completed"), ("completion", "active"))
    )
    back, no_end = slips
    assert waiting(ADA_AND_BEN, done, over) == []
    assert waiting(ADA_AND_BEN, done, over, back) == waiting(ADA_AND_BEN, done)
    assert waiting(ADA_AND_BEN, done, no_end) == []


def test_a_proposal_that_is_extended_lapses_later_and_one_taken_back_never() -> None:
    asked = of_pair(PairingProposed, ADA_AND_BEN, accept_by=date(2024, 12, 10))
    longer = of_pair(ProposalExtended, ADA_AND_BEN, accept_by=date(2024, 12, 20))
    back = of_pair(PairingTakenBack, ADA_AND_BEN, reason="pairing.mistake")
    assert waiting(ADA_AND_BEN, asked, longer) == [("2024-12-21 00:00", "pairing.lapse")]
    assert waiting(ADA_AND_BEN, asked, back) == []


def test_nothing_waits_that_was_settled_before() -> None:
    def settled(fact: Recorded[Any]) -> bool:
        return fact.event.name in {"offer.lapsed", "offer.declined"}

    for number, fact in enumerate(history()):
        if settled(fact):
            key = next(iter(AGENDA.keys(fact.event)))
            assert key in folded(AGENDA, history()[:number])
            assert key not in folded(AGENDA, history()[: number + 1])


def test_another_closing_day_takes_the_place_of_the_one_before() -> None:
    opened = ApplicationsOpened(cohort_id=AUTUMN)
    later = CohortPlanAmended(
        cohort_id=AUTUMN, closes_on=date(2024, 10, 20), reason="cohort.plan-venue"
    )
    then = [("2024-10-20 23:00", "cohort.close-applications"), TO_BE_HEARD]
    assert waiting(AUTUMN, planned(), opened, later) == then
    assert waiting(AUTUMN, planned(), later) == []
    assert waiting(AUTUMN, planned(), later, opened) == then
    closed = ApplicationsClosed(cohort_id=AUTUMN)
    assert waiting(AUTUMN, planned(), opened, closed, later) == then
    named = CohortPlanAmended(cohort_id=AUTUMN, title="Autumn", reason="cohort.plan-mistake")
    assert waiting(AUTUMN, planned(), opened, closed, named) == [TO_BE_HEARD]


def test_another_day_to_hear_takes_the_place_of_the_one_before() -> None:
    opened = ApplicationsOpened(cohort_id=AUTUMN)
    close = ("2024-10-11 23:00", "cohort.close-applications")
    later = CohortPlanAmended(
        cohort_id=AUTUMN, decisions_on=date(2024, 11, 9), reason="cohort.plan-venue"
    )
    then = [close, ("2024-11-10 00:00", "cohort.mark-release-overdue")]
    assert waiting(AUTUMN, planned(), opened, later) == then
    assert waiting(AUTUMN, planned(), later) == []
    assert waiting(AUTUMN, planned(), later, opened) == then
    late = ReleaseOverdue(cohort_id=AUTUMN, decisions_on=date(2024, 11, 4))
    assert waiting(AUTUMN, planned(), opened, late) == [close]
    assert waiting(AUTUMN, planned(), opened, late, later) == then


def test_nothing_has_to_be_closed_when_everybody_has_heard() -> None:
    heard = DecisionsReleased(cohort_id=AUTUMN)
    assert waiting(AUTUMN, planned(), ApplicationsOpened(cohort_id=AUTUMN), heard) == []
