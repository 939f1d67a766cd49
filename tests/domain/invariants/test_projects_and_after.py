"""What must hold of projects, and of two after the programme: each invariant has a breach."""

from datetime import timedelta
from typing import Any, TypeVar

from events.calendar import end_of, months_after, start_of
from events.continuation import (
    CheckInDue,
    ContinuationAgreed,
    ContinuationEnded,
    ContinuationReported,
)
from events.event import Event
from events.pairings import PairingStepTakenBack
from events.people import ConsentGiven, ConsentWithdrawn, PersonErased
from events.projects import (
    MilestoneDropped,
    MilestoneFellDue,
    MilestoneMissed,
    MilestoneOverdue,
    MilestoneRescheduled,
    ProjectCompleted,
    ProjectStopped,
)
from events.terms import PairingStep, Purpose
from tests.scenes.cast import ADA, AMINA, AUTUMN, BEN, BOLA, HEALTHCARE, PATIENT
from tests.scenes.given import NOON
from tests.scenes.judged import DAY, breaks, each, judged, stands, still_holds, told
from tests.scenes.pairs import (
    COMPLETED_ON,
    TWO,
    active,
    asked_again,
    cohort_of,
    completed,
    ended,
    left,
    on_a_break,
    pairing,
)
from tests.scenes.pairs import proposed as asked
from tests.scenes.projects import (
    APPROVED,
    HANDED_ON,
    HOSTED,
    LISTEN,
    LISTEN_BY,
    NEW_PAIR,
    OTHER_PROJECT,
    PROJECT,
    REPLACED,
    TELL,
    TELL_BY,
    TRY_OUT,
    TRY_OUT_BY,
    agreed,
    proposed,
    reported,
    running,
    step,
    three_steps,
)

E = TypeVar("E", bound=Event)
THEM = [*cohort_of(ADA, AMINA, beside=(BEN, BOLA))]
RUNNING, STEPS = [*THEM, *running()], [*THEM, *three_steps()]
LOST = [*RUNNING, *left(BEN, HEALTHCARE), told(ended(), asked_again(ADA, PATIENT))]
STOPPED = ProjectStopped(
    project_id=PROJECT, pairing_id=pairing(), cohort_id=AUTUMN, reason="project.pair-left"
)
COMPLETED = ProjectCompleted(project_id=PROJECT, pairing_id=pairing(), cohort_id=AUTUMN)
DUE = start_of(months_after(COMPLETED_ON, 3))
ASKED = CheckInDue.model_validate({**TWO, "months": 3})
OVER = ContinuationEnded.model_validate({**TWO, "reason": "moved-on"})

MOVED: dict[str, Any] = {"remind_on": LISTEN_BY, "reason": "milestone.more-time"}


def of(kind: type[E], **more: Any) -> E:
    ids = {"milestone_id": TRY_OUT, "project_id": PROJECT, "cohort_id": AUTUMN}
    return kind.model_validate({**ids, **more})


def answer(who: str = ADA) -> ContinuationReported:
    said = {"person_id": who, "months": 3, "leading_together": True}
    return ContinuationReported.model_validate({**TWO, **said})


def test_a_pair_leads_one_project() -> None:
    name = "projects.one-a-pair"
    breaks(name, RUNNING, proposed(OTHER_PROJECT))
    assert judged([*RUNNING, STOPPED, proposed(OTHER_PROJECT)]).of(name) == []


def test_no_project_is_approved_without_a_host() -> None:
    name = "projects.host-before-approval"
    breaks(name, [*THEM, *active(), proposed()], APPROVED)
    assert judged([*THEM, *active(), proposed(), HOSTED, APPROVED]).of(name) == []


def test_a_project_goes_step_by_step() -> None:
    name = "projects.step-by-step"
    breaks(name, RUNNING, *each(APPROVED))
    breaks(name, [*THEM, *active(), proposed()], step(LISTEN, LISTEN_BY))
    breaks(name, [*STEPS, STOPPED], reported())
    breaks(name, [*RUNNING, STOPPED], *each(STOPPED))


def test_milestones_out_of_order_are_found() -> None:
    name = "projects.milestones-in-order"
    assert judged([*RUNNING, step(LISTEN, TRY_OUT_BY), step(TELL, LISTEN_BY)]).of(name) == []
    moved = {"old_due_on": TRY_OUT_BY, "due_on": TELL_BY + DAY, "reason": "milestone.more-time"}
    moved["remind_on"] = LISTEN_BY
    breaks(name, STEPS, of(MilestoneRescheduled, **moved))
    gone = of(MilestoneDropped, milestone_id=TELL, reason="milestone.not-needed")
    assert judged([*STEPS, gone, of(MilestoneRescheduled, **moved)]).of(name) == []


def test_nothing_is_said_of_what_was_dropped() -> None:
    name = "projects.nothing-of-what-was-dropped"
    dropped = of(MilestoneDropped, reason="milestone.not-needed")
    breaks(name, [*STEPS, dropped], reported())
    breaks(name, [*STEPS, dropped], *each(dropped))
    breaks(name, [*STEPS, reported(ADA), agreed(BEN)], dropped)
    assert judged([*STEPS, reported(ADA), dropped]).of(name) == []


def test_what_was_reported_is_not_missed() -> None:
    name = "projects.missed-if-ahead"
    missed = of(MilestoneMissed, reason="milestone.no-time-left")
    breaks(name, [*STEPS, reported(ADA)], missed)
    assert judged([*STEPS, missed, reported(ADA), agreed(BEN)]).of(name) == []


def test_a_milestone_is_moved_from_the_day_that_it_had() -> None:
    name = "projects.old-date-kept"
    moved: dict[str, Any] = {
        "old_due_on": LISTEN_BY,
        "due_on": TELL_BY,
        "reason": "milestone.more-time",
    }
    moved["remind_on"] = LISTEN_BY
    breaks(name, STEPS, of(MilestoneRescheduled, **moved))
    right = of(MilestoneRescheduled, **{**moved, "old_due_on": TRY_OUT_BY})
    assert judged([*STEPS, right]).of(name) == []


def test_who_reports_a_milestone_does_not_confirm_it() -> None:
    name = "projects.not-their-own-report"
    breaks(name, [*STEPS, reported(ADA)], agreed(ADA))
    breaks(name, STEPS, agreed(BEN))
    assert judged([*STEPS, reported(ADA), agreed(BEN)]).of(name) == []


def test_a_milestone_is_reached_once() -> None:
    name = "projects.reached-once"
    breaks(name, [*STEPS, reported(ADA)], reported(BEN))
    assert judged([*STEPS, reported(ADA), reported(ADA)]).of(name) == []
    breaks(name, [*STEPS, reported(ADA), agreed(BEN)], *each(agreed(BEN)))


def test_who_does_not_lead_a_project_says_nothing_of_its_milestones() -> None:
    name = "projects.led-by-the-pair-now"
    breaks(name, STEPS, reported(AMINA))
    handed_on = [*STEPS, ended(), *active(ADA, BOLA), REPLACED, HANDED_ON]
    breaks(name, handed_on, reported(ADA))
    assert judged([*handed_on, reported(ADA, pair=NEW_PAIR)]).of(name) == []


def test_a_project_is_handed_on_to_who_follows() -> None:
    name = "projects.handed-on-to-who-follows"
    new = [*LOST, asked(ADA, BOLA, follows=pairing()), *list(active(ADA, BOLA))[1:]]
    breaks(name, new, HANDED_ON)
    assert judged([*new, REPLACED, HANDED_ON]).of(name) == []
    third = REPLACED.model_copy(
        update={"pairing_id": pairing(AMINA, BOLA), "former_pairing_id": pairing(ADA, BOLA)}
    )
    by_another = HANDED_ON.model_copy(update={"pairing_id": third.pairing_id})
    after = [*new, REPLACED, *active(AMINA, BOLA)]
    breaks(name, after, by_another)
    assert judged([*after, third, by_another]).of(name) == [], "it follows by way of another"


def test_who_follows_was_proposed_so() -> None:
    name = "projects.follows-what-was-lost"
    breaks(name, [*LOST, *active(ADA, BOLA)], REPLACED.model_copy(update={"person_id": BOLA}))
    assert judged([*LOST, *active(ADA, BOLA), REPLACED]).of(name) == [], "Ada had lost it"
    new = [*LOST, asked(ADA, BOLA, follows=pairing()), *list(active(ADA, BOLA))[1:]]
    assert judged([*new, REPLACED]).of(name) == []


def both_lost() -> list[Any]:
    """Amina and Bola lost theirs first, and had no project."""
    other = [*active(AMINA, BOLA)]
    bola = told(ended(AMINA, BOLA), asked_again(BOLA, HEALTHCARE, AMINA, BOLA))
    ada = told(ended(), asked_again(ADA, PATIENT))
    return [*THEM, *other, *left(AMINA, PATIENT), bola, *running(), *left(BEN, HEALTHCARE), ada]


def test_two_who_lost_a_partner_take_the_project_with_them() -> None:
    name = "projects.new-pair-follows-the-project"
    older, newer = pairing(AMINA, BOLA), pairing()
    breaks(name, both_lost(), asked(ADA, BOLA, follows=older))
    assert judged([*both_lost(), asked(ADA, BOLA, follows=newer)]).of(name) == []


def test_a_project_goes_on_with_who_stays() -> None:
    name = "projects.goes-on-with-who-stays"
    left_behind = [*LOST, *active(ADA, BOLA)]
    stands(name, left_behind, until=NOON, from_then=NOON + DAY)
    later = told(*left(AMINA, PATIENT), at=NOON + DAY)
    assert judged([*left_behind, REPLACED, HANDED_ON, later], NOON + DAY).of(name) == []


def test_a_project_is_completed_when_all_is_reached() -> None:
    name = "projects.completed-when-all-is-reached"
    breaks(name, STEPS, COMPLETED)
    breaks(name, RUNNING, COMPLETED)
    reached = [
        fact for one in (LISTEN, TRY_OUT, TELL) for fact in (reported(ADA, one), agreed(BEN, one))
    ]
    assert judged([*STEPS, *reached, COMPLETED]).of(name) == []


def test_no_milestone_turns_overdue_while_nobody_leads() -> None:
    name = "projects.time-rests-with-the-pair"
    over = told(of(MilestoneOverdue, due_on=TRY_OUT_BY), at=end_of(TRY_OUT_BY))
    breaks(name, [*STEPS, on_a_break("ill-health")], over)
    breaks(name, [*STEPS, ended()], over)
    assert judged([*STEPS, over]).of(name) == []


def test_a_pair_is_told_once_and_in_time() -> None:
    name = "projects.told-once-and-in-time"
    over = told(of(MilestoneOverdue, due_on=TRY_OUT_BY), at=end_of(TRY_OUT_BY))
    near = of(MilestoneFellDue, due_on=TRY_OUT_BY)
    breaks(name, [*STEPS, over], over)
    breaks(name, STEPS, told(near, at=end_of(TRY_OUT_BY) - 9 * DAY))
    breaks(name, STEPS, told(*over.facts, at=end_of(TRY_OUT_BY) - timedelta(minutes=1)))
    breaks(name, STEPS, told(of(MilestoneOverdue, due_on=LISTEN_BY), at=end_of(TRY_OUT_BY)))
    breaks(name, [*STEPS, reported()], over)
    right = told(near, at=end_of(TRY_OUT_BY) - 7 * DAY)
    assert judged([*STEPS, right, over]).of(name) == []


def test_a_milestone_that_nobody_calls_overdue_is_found() -> None:
    name = "projects.milestone-not-forgotten"
    day = end_of(LISTEN_BY)
    stands(name, STEPS, until=day + DAY, from_then=day + 3 * DAY)
    told_of = told(of(MilestoneOverdue, milestone_id=LISTEN, due_on=LISTEN_BY), at=day)
    later = told(*left(AMINA, PATIENT), at=day + 9 * DAY)
    assert judged([*STEPS, told_of, later], day + 9 * DAY).of(name) == []
    assert judged([*STEPS, PersonErased(person_id=BEN), later], day + 9 * DAY).of(name) == []


def test_two_are_asked_in_time_and_once() -> None:
    name = "continuation.asked-once-and-in-time"
    done = [*THEM, *completed()]
    breaks(name, done, told(ASKED, at=DUE - timedelta(minutes=1)))
    breaks(name, [*done, told(ASKED, at=DUE)], told(ASKED, at=DUE))
    breaks(name, [*done, OVER], told(ASKED, at=DUE))
    breaks(name, [*THEM, *active()], told(ASKED, at=DUE))


def test_two_whom_nobody_asks_are_found() -> None:
    name = "continuation.check-in-not-forgotten"
    done = [*THEM, *completed()]
    stands(name, done, until=DUE + DAY, from_then=DUE + 9 * DAY)
    later = told(*left(AMINA, PATIENT), at=DUE + 9 * DAY)
    gone = PersonErased(person_id=BEN)
    for right in ([*done, told(ASKED, at=DUE), later], [*done, OVER, later], [*done, gone, later]):
        assert judged(right, DUE + 9 * DAY).of(name) == []


def test_each_of_the_two_answers_once_when_asked() -> None:
    name = "continuation.answered-when-asked"
    done = [*THEM, *completed()]
    breaks(name, done, answer())
    breaks(name, [*done, told(ASKED, at=DUE)], answer(AMINA))
    breaks(name, [*done, told(ASKED, at=DUE), answer()], *each(answer()))
    more = answer().model_copy(update={"words": "We meet each month."})
    no_more = more.model_copy(update={"leading_together": False})
    breaks(name, [*done, told(ASKED, at=DUE), answer()], no_more, sealed=False)
    assert judged([*done, told(ASKED, at=DUE), answer(), *each(more)]).of(name) == []


def test_only_what_was_completed_goes_on_and_ends() -> None:
    name = "continuation.one-end-after-completing"
    go_on = ContinuationAgreed.model_validate(TWO)
    breaks(name, [*THEM, *active()], go_on)
    breaks(name, [*THEM, *completed(), OVER], *each(OVER))
    breaks(name, [*THEM, *completed(), OVER], go_on)


def test_nobody_is_asked_how_they_go_on_who_does_not_agree_to_it_any_more() -> None:
    name, done = "continuation.none-without-consent", [*THEM, *completed()]
    no = ConsentWithdrawn(person_id=BEN, purpose=Purpose.PROGRAMME)
    stands(name, [*done, no], until=NOON, from_then=NOON + timedelta(hours=2))
    yes = ConsentGiven(person_id=BEN, purpose=Purpose.PROGRAMME)
    for right in ([*done, no, OVER], [*done, no, yes]):
        still_holds(name, right, NOON + timedelta(hours=2))
    slip = {**TWO, "step": PairingStep.CONTINUATION_END, "stands": "completed"}
    back = PairingStepTakenBack.model_validate({**slip, "reason": "pairing.mistake"})
    stands(name, [*done, no, OVER, back], until=NOON, from_then=NOON + timedelta(hours=2))
