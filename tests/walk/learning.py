"""What people mean to do once they have a place: pairs, workshops, projects, and after."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any, Final

from domain.continuation.continuation import ContinuationEndReason
from domain.pairings.endings import EndReason
from events.calendar import at, start_of
from events.cohorts import CohortStarted, DecisionsReleased
from events.continuation import CheckInDue, ContinuationAgreed, ContinuationEnded
from events.event import Event
from events.ids import CohortId
from events.matching import (
    Inputs,
    LeftUnpaired,
    MatchingRunApproved,
    MatchingRunAsked,
    MatchingRunMade,
    PairForbidden,
    PairLocked,
)
from events.offers import PlaceConfirmed
from events.pairings import (
    PairingAccepted,
    PairingActivated,
    PairingCompleted,
    PairingDeclined,
    PairingEnded,
    PairingHeld,
    PairingLapsed,
    PairingPaused,
    PairingProposed,
    PairingTakenBack,
    RepairingAsked,
)
from events.reflections import ReflectionSubmitted
from events.terms import PairingStep, Role, Side
from events.workshops import (
    CapacityChanged,
    RegisterOverdue,
    RegisterReopened,
    WaitingListOffered,
    WorkshopAttended,
    WorkshopBooked,
    WorkshopCancelled,
    WorkshopHeld,
    WorkshopMadeUp,
    WorkshopMissed,
    WorkshopRescheduled,
    WorkshopScheduled,
)
from services.matching.computing import record_of
from tests.scenes.runs import SEED, solve
from tests.walk.doings import from_ten
from tests.walk.lives import Lives, after

STEPS: Final[Mapping[type[Event], PairingStep]] = {
    PairingPaused: PairingStep.PAUSE,
    PairingEnded: PairingStep.END,
    PairingCompleted: PairingStep.COMPLETION,
    ContinuationAgreed: PairingStep.AGREEMENT,
    ContinuationEnded: PairingStep.CONTINUATION_END,
}


@after(DecisionsReleased)
def released(life: Lives, fact: DecisionsReleased) -> None:
    plan = life.plans[fact.cohort_id]
    this = {"cohort_id": fact.cohort_id}
    starts = at(plan.starts_on, 9)
    life.at(starts, "cohort.start", this)
    life.at(at(plan.ends_on, 9) + timedelta(days=20), "cohort.complete", this)
    for number in range(1, plan.required_workshops + 1):
        schedules(life, fact.cohort_id, number, (plan.ends_on - plan.starts_on).days)
    schedules(life, fact.cohort_id, 4, 60)
    if life.chance.random() < 0.5:
        schedules(life, fact.cohort_id, 1, 60, another_session=True)


def schedules(
    life: Lives, cohort_id: CohortId, number: int, days: int, *, another_session: bool = False
) -> None:
    plan = life.plans[cohort_id]
    day = plan.starts_on + timedelta(days=life.chance.randint(1, max(2, days)))
    this = {"cohort_id": cohort_id, "number": number, **from_ten(day)}
    life.will(0.95, 2, "workshop.schedule", another_session=another_session, **this)


@after(CohortStarted)
def started(life: Lives, fact: CohortStarted) -> None:
    for _ in range(2):
        matches(life, fact.cohort_id, 0.9)
    proposes(life, fact.cohort_id, 0.5)


@after(PairingDeclined, PairingTakenBack, PairingLapsed, LeftUnpaired, RepairingAsked)
def looks_again(life: Lives, fact: Any) -> None:
    matches(life, fact.cohort_id, 0.4)
    proposes(life, fact.cohort_id, 0.4)


def matches(life: Lives, cohort_id: CohortId, likely: float) -> None:
    """If there are people on both sides, as far as one knows."""
    sides = set(life.members[cohort_id].values())
    life.will(likely if len(sides) > 1 else 0.02, 4, "matching.ask", cohort_id=cohort_id)


def proposes(life: Lives, cohort_id: CohortId, likely: float) -> None:
    here = life.members[cohort_id]
    sides = [[one for one, side in here.items() if side is it] for it in Side]
    if all(sides):
        one, other = (life.chance.choice(some) for some in sides)
        two = {"patient_leader_id": one, "healthcare_leader_id": other}
        life.will(likely, 4, "pairing.propose", cohort_id=cohort_id, **two)
        life.will(0.06, 4, "matching.forbid-pair", cohort_id=cohort_id, **two)
        life.will(0.3, 0.1, "matching.lock-pair", cohort_id=cohort_id, **two)


@after(MatchingRunAsked)
def is_computed(life: Lives, fact: MatchingRunAsked) -> None:
    """As the worker does beside; now and then that does not come to an end."""
    if isinstance(fact.inputs, Inputs):
        record = record_of(fact.run_id, fact.inputs, lambda _: SEED, solve)
        life.will(0.97, 0.1, record.name, **record.model_dump(mode="json"))
    life.will(0.05, 0.2, "matching.give-up", run_id=fact.run_id, reason="took-too-much")


@after(MatchingRunMade)
def made(life: Lives, fact: MatchingRunMade) -> None:
    this = {"run_id": fact.run_id}
    for side in Side:
        life.will(0.9, 1, "matching.approve", role=Role.CO_CHAIR, **this, side=side)
    life.will(0.1, 2, "matching.discard", **this)


@after(MatchingRunApproved)
def signed(life: Lives, fact: MatchingRunApproved) -> None:
    life.signed[fact.run_id] += 1
    likely = 0.9 if life.signed[fact.run_id] > 1 else 0.1
    life.will(likely, 1.5, "matching.publish", run_id=fact.run_id)


@after(PairingProposed)
def asked(life: Lives, fact: PairingProposed) -> None:
    life.pairs[fact.pairing_id] = fact
    for who in (fact.patient_leader_id, fact.healthcare_leader_id):
        mine = {"pairing_id": fact.pairing_id, "person_id": who}
        life.will(0.92, 3, "pairing.accept", by=who, **mine)
        life.will(0.05, 3, "pairing.decline", by=who, **mine)
    this = {"pairing_id": fact.pairing_id}
    life.will(0.04, 3, "pairing.take-back", **this)
    life.will(0.06, 6, "pairing.extend-proposal", **this)


@after(PairingDeclined, PairingLapsed, PairingEnded)
def would_like_to_once_more(life: Lives, fact: Any) -> None:
    """Both, or one of them; now and then it was noted by mistake."""
    two = fact.patient_leader_id, fact.healthcare_leader_id
    for one, other in (two, two[::-1]):
        mine = {"person_id": one, "other_id": other}
        life.will(0.4, 5, "pairing.wish-again", by=one, **mine)
    life.will(0.08, 5, "pairing.take-back", pairing_id=fact.pairing_id)


@after(*STEPS)
def was_a_mistake(life: Lives, fact: Any) -> None:
    step = STEPS[type(fact)]
    life.will(0.12, 8, "pairing.take-back-step", pairing_id=fact.pairing_id, step=step)


@after(PairingEnded)
def looked_into(life: Lives, fact: PairingEnded) -> None:
    for who in (fact.patient_leader_id, fact.healthcare_leader_id):
        life.will(0.1, 2, "pairing.hold-out", person_id=who)
        life.will(0.4, 15, "pairing.let-in", person_id=who)


@after(PairingAccepted)
def said_yes(life: Lives, fact: PairingAccepted) -> None:
    mine = {"pairing_id": fact.pairing_id, "person_id": fact.person_id}
    life.will(0.02, 3, "pairing.decline", by=fact.person_id, **mine)


@after(PairingActivated)
def leads(life: Lives, fact: PairingActivated) -> None:
    two = (fact.patient_leader_id, fact.healthcare_leader_id)
    this = {"pairing_id": fact.pairing_id}
    one, other = life.chance.sample(two, 2)
    for workshop in [it for it in life.workshops.values() if it.cohort_id == fact.cohort_id]:
        booked = {"workshop_id": workshop.workshop_id, **this, "person_id": one}
        life.will(0.7, 4, "workshop.book-as-pair", by=one, **booked)
    life.will(0.9, 5, "project.propose", by=one, **this, proposed_by=one)
    life.will(0.4, 40, "pairing.pause", by=other, **this)
    reasons = (*EndReason, EndReason.LEFT_THE_PROGRAMME)
    why = {"reason": life.chance.choice(reasons), "leaver": life.chance.choice((None, one, other))}
    life.will(0.4, 50, "pairing.end", by=one, **this, reported_by=one, **why)
    life.will(0.06, 50, "pairing.end-for-team", person_id=other)
    life.will(0.06, 50, "pairing.hold-out", person_id=other)
    ties = {"person_id": one, "other_id": other}
    life.will(0.12, 30, "person.declare-relationship", by=one, **ties)
    pair = {"patient_leader_id": two[0], "healthcare_leader_id": two[1]}
    life.will(0.04, 30, "matching.forbid-pair", cohort_id=fact.cohort_id, **pair)
    life.will(0.15, 20, "pairing.complete", **this)
    plan = life.plans.get(fact.cohort_id)
    ends = at(plan.ends_on, 12) if plan else life.now()
    for days in (0, 8):
        life.at(ends + timedelta(days=days), "pairing.complete", this)


@after(PairingPaused)
def paused(life: Lives, fact: PairingPaused) -> None:
    life.will(0.7, 8, "pairing.resume", pairing_id=fact.pairing_id)
    life.will(0.2, 8, "pairing.end", pairing_id=fact.pairing_id)


@after(PairForbidden)
def kept_apart(life: Lives, fact: PairForbidden) -> None:
    two = {name: getattr(fact, name) for name in ("patient_leader_id", "healthcare_leader_id")}
    life.will(0.5, 20, "matching.allow-pair", cohort_id=fact.cohort_id, **two)


@after(PairLocked)
def is_locked(life: Lives, fact: PairLocked) -> None:
    two = {name: getattr(fact, name) for name in ("patient_leader_id", "healthcare_leader_id")}
    life.will(0.2, 6, "matching.unlock-pair", cohort_id=fact.cohort_id, **two)


@after(PairingHeld)
def held_back(life: Lives, fact: PairingHeld) -> None:
    this = {"pairing_id": fact.pairing_id}
    life.will(0.3, 3, "pairing.resume", by=fact.patient_leader_id, **this)
    life.will(0.5, 30, "pairing.resume", role=Role.COORDINATOR, **this)
    life.will(0.5, 30, "pairing.end", **this)


@after(PairingEnded)
def parted(life: Lives, fact: PairingEnded) -> None:
    for who in (fact.patient_leader_id, fact.healthcare_leader_id):
        mine = {"cohort_id": fact.cohort_id, "person_id": who}
        life.will(0.15, 10, "place.give-up", by=who, **mine)


@after(WorkshopScheduled, WorkshopRescheduled)
def scheduled(life: Lives, fact: Any) -> None:
    known = life.workshops.get(fact.workshop_id)
    plan = fact if isinstance(fact, WorkshopScheduled) else known
    if plan is None:
        return
    life.workshops[fact.workshop_id] = plan
    this = {"workshop_id": fact.workshop_id}
    for who in list(life.members[fact.cohort_id]):
        if isinstance(fact, WorkshopScheduled):
            life.will(0.9, 6, "workshop.book", by=who, **this, person_id=who)
        mine = {**this, "person_id": who, "scanned_at": fact.starts_at.isoformat()}
        if life.chance.random() < 0.7:
            came = fact.starts_at + timedelta(minutes=life.chance.randint(1, 90))
            life.at(came, "workshop.record-attendance", mine)
        if life.chance.random() < 0.1:
            early = start_of(fact.starts_at.date()) + timedelta(minutes=1)
            life.at(early, "workshop.record-attendance", mine)
    for hours in (0, 30):
        over = fact.ends_at + timedelta(hours=hours)
        life.at(over, "workshop.close-register", this)
    life.will(0.3, 20, "workshop.change-capacity", **this)
    life.will(0.2, 20, "workshop.reschedule", **this)
    life.will(0.1, 20, "workshop.cancel", **this)
    life.will(0.2, 20, "workshop.amend", **this)


@after(PlaceConfirmed)
def joins(life: Lives, fact: PlaceConfirmed) -> None:
    matches(life, fact.cohort_id, 0.4)
    for workshop in [it for it in life.workshops.values() if it.cohort_id == fact.cohort_id]:
        mine = {"workshop_id": workshop.workshop_id, "person_id": fact.person_id}
        life.will(0.7, 6, "workshop.book", by=fact.person_id, **mine)


@after(WorkshopBooked)
def booked(life: Lives, fact: WorkshopBooked) -> None:
    mine = {"workshop_id": fact.workshop_id, "person_id": fact.person_id}
    if life.chance.random() < 0.3:
        life.will(1, 8, "workshop.cancel-booking", by=fact.person_id, **mine)
        life.will(0.6, 12, "workshop.book", by=fact.person_id, **mine)


@after(WaitingListOffered)
def place_held(life: Lives, fact: WaitingListOffered) -> None:
    mine = {"workshop_id": fact.workshop_id, "person_id": fact.person_id}
    life.will(0.6, 2.2, "workshop.take-held-place", by=fact.person_id, **mine)


@after(WorkshopCancelled)
def cancelled(life: Lives, fact: WorkshopCancelled) -> None:
    if life.chance.random() < 0.4:
        life.will(1, 4, "workshop.reinstate", workshop_id=fact.workshop_id)
        return
    known = life.workshops.pop(fact.workshop_id, None)
    if known and known.cohort_id in life.plans:
        schedules(life, known.cohort_id, known.number, 20)


@after(CapacityChanged)
def resized(life: Lives, fact: CapacityChanged) -> None:
    life.will(0.2, 4, "workshop.change-capacity", workshop_id=fact.workshop_id)


@after(WorkshopAttended)
def came(life: Lives, fact: WorkshopAttended) -> None:
    mine = {"workshop_id": fact.workshop_id, "person_id": fact.person_id}
    life.will(0.3, 2, "reflection.submit", by=fact.person_id, **mine)
    life.will(0.05, 4, "workshop.correct-attendance", **mine)


@after(WorkshopMissed)
def missed(life: Lives, fact: WorkshopMissed) -> None:
    mine = {"workshop_id": fact.workshop_id, "person_id": fact.person_id}
    life.will(0.6, 8, "workshop.make-up", **mine)
    life.will(0.1, 4, "workshop.correct-attendance", **mine)


@after(WorkshopHeld)
def held(life: Lives, fact: WorkshopHeld) -> None:
    life.workshops.pop(fact.workshop_id, None)
    life.will(0.2, 3, "workshop.reopen-register", workshop_id=fact.workshop_id)


@after(RegisterReopened, RegisterOverdue)
def open_register(life: Lives, fact: RegisterReopened | RegisterOverdue) -> None:
    life.will(0.7, 6, "workshop.close-register", workshop_id=fact.workshop_id)


@after(WorkshopMadeUp)
def made_up(life: Lives, fact: WorkshopMadeUp) -> None:
    mine = {"workshop_id": fact.workshop_id, "person_id": fact.person_id}
    life.will(0.2, 4, "workshop.take-back-make-up", **mine)


@after(ReflectionSubmitted)
def looked_back(life: Lives, fact: ReflectionSubmitted) -> None:
    mine = {"reflection_id": fact.reflection_id, "person_id": fact.person_id}
    life.will(0.6, 2, "reflection.share", by=fact.person_id, **mine)
    life.will(0.3, 6, "reflection.withdraw", by=fact.person_id, **mine)


@after(PairingCompleted)
def goes_on(life: Lives, fact: PairingCompleted) -> None:
    life.will(0.7, 5, "continuation.agree", pairing_id=fact.pairing_id)


@after(ContinuationAgreed)
def leads_on(life: Lives, fact: ContinuationAgreed) -> None:
    days = life.chance.choice((5, 150))
    reason = life.chance.choice((*ContinuationEndReason, *[ContinuationEndReason.RELATIONSHIP] * 6))
    life.will(0.6, days, "continuation.end", pairing_id=fact.pairing_id, reason=reason)


@after(ContinuationEnded)
def meets_again(life: Lives, fact: ContinuationEnded) -> None:
    """In another cohort, where both are."""
    two = fact.patient_leader_id, fact.healthcare_leader_id
    for cohort_id, here in life.members.items():
        if cohort_id != fact.cohort_id and here.keys() >= set(two):
            again = dict(zip(("patient_leader_id", "healthcare_leader_id"), two, strict=True))
            life.will(0.9, 3, "pairing.propose", cohort_id=cohort_id, **again)


@after(CheckInDue)
def asked_after(life: Lives, fact: CheckInDue) -> None:
    for who in (fact.patient_leader_id, fact.healthcare_leader_id):
        mine = {"pairing_id": fact.pairing_id, "person_id": who, "months": fact.months}
        life.will(0.7, 5, "continuation.report", by=who, **mine)
