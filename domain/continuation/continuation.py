"""What may happen to a partnership after the programme: agreed, asked after, and one day over."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, ClassVar

from domain.decision import Act, Command, Decides, Know, Knowledge, Refusal, TooEarly, learns
from domain.pairings.pairing import Pairing, SaidOtherwise
from events.calendar import months_after, start_of
from events.continuation import (
    CheckInDue,
    ContinuationAgreed,
    ContinuationEnded,
    ContinuationReported,
)
from events.event import Event
from events.ids import PairingId, PersonId
from events.pairings import PairingCompleted, PairingStepTakenBack
from events.personal import Words, plain
from events.terms import CheckInMonths, PairingStep, Role


class ContinuationEndReason(StrEnum):
    """Why a partnership ends after the programme."""

    GOAL_REACHED = "goal-reached"
    MOVED_ON = "moved-on"
    ILL_HEALTH = "ill-health"
    NO_TIME = "no-time"
    RELATIONSHIP = "relationship"
    OTHER = "other"


@dataclass
class Continuation(Knowledge):
    """How a pairing that completed goes on, and what was asked and answered about it."""

    pairing_id: PairingId | None
    completed: PairingCompleted | None = None
    agreed: bool = False
    ended: bool = False
    ended_over: str | None = None
    asked: set[CheckInMonths] = field(default_factory=set)
    answers: dict[tuple[PersonId, CheckInMonths], bool | None] = field(default_factory=dict)

    @property
    def tags(self) -> tuple[str | None, ...]:
        return (self.pairing_id,)

    @property
    def known(self) -> PairingCompleted:
        """Its beginning; refuses a pairing that has not completed."""
        if self.completed is None:
            raise NotCompletedYet
        return self.completed

    def must_go_on(self) -> None:
        """Refuses a partnership that is over."""
        if self.ended:
            raise ContinuationIsOver

    def must_have_ended_so(self, act: Act, reason: str) -> None:
        """Refuses who would say otherwise why it is over, so that nothing is lost. One of the two
        must not learn by it what the other one said.
        """
        theirs = (self.known.patient_leader_id, self.known.healthcare_leader_id)
        if act.person in theirs or self.ended_over not in (None, reason):
            raise SaidOtherwise

    @learns(PairingCompleted)
    def begins(self, event: PairingCompleted) -> None:
        self.completed = event

    @learns(ContinuationAgreed)
    def goes_on(self, event: ContinuationAgreed) -> None:
        self.agreed = True

    @learns(CheckInDue)
    def is_asked(self, event: CheckInDue) -> None:
        self.asked.add(event.months)

    @learns(ContinuationReported)
    def is_answered(self, event: ContinuationReported) -> None:
        self.answers[event.person_id, event.months] = plain(event.leading_together)

    @learns(ContinuationEnded)
    def is_over(self, event: ContinuationEnded) -> None:
        self.ended, self.ended_over = True, plain(event.reason)

    @learns(PairingStepTakenBack)
    def is_put_right(self, event: PairingStepTakenBack) -> None:
        if event.step is PairingStep.COMPLETION:
            self.completed = None
        self.agreed &= event.step is not PairingStep.AGREEMENT
        self.ended &= event.step is not PairingStep.CONTINUATION_END


class NotCompletedYet(Refusal):
    """The two have not completed the programme yet, so it is too early to say how they go on."""

    code = "continuation.not-completed-yet"


class ContinuationIsOver(Refusal):
    """The partnership has come to its end. Thank you for all that you did together."""

    code = "continuation.over"


class CheckInNotDue(TooEarly):
    """It is too early to ask how this partnership goes on. Please wait until the day for it."""

    code = "continuation.check-in-not-due"


class NoSuchCheckIn(Refusal):
    """We do not ask after so many months how two go on. Ask when we said that we would."""

    code = "continuation.no-such-check-in"


class NotAskedYet(Refusal):
    """We have not asked you about this yet. We will write to you when it is time."""

    code = "continuation.not-asked-yet"


class AlreadyAnswered(Refusal):
    """You gave another answer before, and we keep it. Tell a coordinator what has changed."""

    code = "continuation.already-answered"


class AgreeContinuation(Command, Decides[Pairing, Continuation]):
    """Two partners mean to go on leading together; either of them says so for both."""

    name: ClassVar = "continuation.agree"
    roles: ClassVar = frozenset({Role.PARTICIPANT, Role.COORDINATOR})
    pairing_id: PairingId
    person_id: PersonId | None = None

    def needs(self, know: Know) -> tuple[Pairing, Continuation]:
        return know(Pairing(self.pairing_id)), know(Continuation(self.pairing_id))

    def decide(self, act: Act, pairing: Pairing, continuation: Continuation) -> Iterator[Event]:
        pairing.must_be_theirs(act)
        if self.person_id:
            act.must_speak_for(self.person_id)
            pairing.must_include(self.person_id)
        done = continuation.known
        continuation.must_go_on()
        if not continuation.agreed:
            yield ContinuationAgreed(**whose(done))


class CheckIn(Command, Decides[Pairing, Continuation]):
    """It is time to ask both partners how they go on."""

    name: ClassVar = "continuation.check-in"
    pairing_id: PairingId
    months: CheckInMonths

    def needs(self, know: Know) -> tuple[Pairing, Continuation]:
        return know(Pairing(self.pairing_id)), know(Continuation(self.pairing_id))

    def decide(self, act: Act, pairing: Pairing, continuation: Continuation) -> Iterator[Event]:
        pairing.must_be_theirs(act)
        done = continuation.known
        if continuation.ended or self.months in continuation.asked:
            return
        if self.months not in done.check_in_months:
            raise NoSuchCheckIn
        if act.time < start_of(months_after(done.completed_on, self.months)):
            raise CheckInNotDue
        yield CheckInDue(months=self.months, **whose(done))


class ReportContinuation(Command, Decides[Pairing, Continuation]):
    """One partner answers a check-in, for themselves. Whoever answers the same again in other
    words has these noted as well: no rule reads them.
    """

    name: ClassVar = "continuation.report"
    roles: ClassVar = frozenset({Role.PARTICIPANT, Role.COORDINATOR})
    pairing_id: PairingId
    person_id: PersonId
    months: CheckInMonths
    leading_together: bool
    words: Words | None = None

    def needs(self, know: Know) -> tuple[Pairing, Continuation]:
        return know(Pairing(self.pairing_id)), know(Continuation(self.pairing_id))

    def decide(self, act: Act, pairing: Pairing, continuation: Continuation) -> Iterator[Event]:
        act.must_speak_for(self.person_id)
        pairing.must_include(self.person_id)
        done = continuation.known
        if self.months not in continuation.asked:
            raise NotAskedYet
        answered = (self.person_id, self.months) in continuation.answers
        before = continuation.answers.get((self.person_id, self.months))
        if answered and before is not self.leading_together:
            raise AlreadyAnswered
        if not answered or self.words:
            yield ContinuationReported(cohort_id=done.cohort_id, **self.model_dump())


class EndContinuation(Command, Decides[Pairing, Continuation]):
    """A partnership has come to its end, for a reason."""

    name: ClassVar = "continuation.end"
    roles: ClassVar = frozenset({Role.PARTICIPANT, Role.COORDINATOR})
    pairing_id: PairingId
    reason: ContinuationEndReason

    def needs(self, know: Know) -> tuple[Pairing, Continuation]:
        return know(Pairing(self.pairing_id)), know(Continuation(self.pairing_id))

    def decide(self, act: Act, pairing: Pairing, continuation: Continuation) -> Iterator[Event]:
        pairing.must_be_theirs(act)
        done = continuation.known
        if continuation.ended:
            continuation.must_have_ended_so(act, self.reason)
            return
        yield ContinuationEnded(**whose(done), reason=self.reason)


def whose(done: PairingCompleted) -> dict[str, Any]:
    """Whose partnership it is, as every fact about it says."""
    return done.model_dump(exclude={"completed_on", "check_in_months"})
