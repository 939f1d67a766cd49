"""What may happen to a pairing, from the proposal to its completion."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, ClassVar, Final

from domain.decision import (
    Act,
    Command,
    Decides,
    Know,
    Knowledge,
    NotForYou,
    Refusal,
    SoAlready,
    learns,
)
from domain.rules_in_force import Rules
from events.continuation import CheckInDue, ContinuationAgreed, ContinuationEnded
from events.event import Event
from events.ids import CohortId, PairingId, PersonId
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
    PairingResumed,
    PairingStepTakenBack,
    PairingTakenBack,
    PartnerReplaced,
    ProposalExtended,
    ProposalReminderDue,
)
from events.personal import plain
from events.terms import PairingStep, Role


class PauseReason(StrEnum):
    """Why two partners take a break."""

    ILL_HEALTH = "ill-health"
    CARING = "caring"
    WORK = "work"
    AWAY = "away"
    OTHER = "other"


class PairingState(StrEnum):
    """Where a pairing stands."""

    PROPOSED = "proposed"
    ACTIVE = "active"
    PAUSED = "paused"
    HELD = "held"
    DECLINED = "declined"
    LAPSED = "lapsed"
    TAKEN_BACK = "taken-back"
    ENDED = "ended"
    COMPLETED = "completed"


AFTER: Final[dict[type[Event], PairingState]] = {
    PairingActivated: PairingState.ACTIVE,
    PairingResumed: PairingState.ACTIVE,
    PairingPaused: PairingState.PAUSED,
    PairingHeld: PairingState.HELD,
    PairingDeclined: PairingState.DECLINED,
    PairingLapsed: PairingState.LAPSED,
    PairingTakenBack: PairingState.TAKEN_BACK,
    PairingEnded: PairingState.ENDED,
    PairingCompleted: PairingState.COMPLETED,
}
OVER: Final = frozenset(
    {
        PairingState.DECLINED,
        PairingState.LAPSED,
        PairingState.TAKEN_BACK,
        PairingState.ENDED,
    }
)
"""Where a pairing has come to nothing."""
AFTERWARDS: Final[dict[type[Event], PairingStep]] = {
    ContinuationAgreed: PairingStep.AGREEMENT,
    ContinuationEnded: PairingStep.CONTINUATION_END,
}


@dataclass
class Pairing(Knowledge):
    """One pairing: the two, who said yes, where it stands, and where it stood before, in order.

    `afterwards` has what was said of how the two go on once they completed; `put_right` is the step
    that was taken back, if nothing has happened since.
    """

    unopened: ClassVar = True
    pairing_id: PairingId | None
    proposed: PairingProposed | None = None
    accepted: set[PersonId] = field(default_factory=set)
    reminded: bool = False
    state: PairingState = PairingState.PROPOSED
    stood: list[PairingState] = field(default_factory=list)
    afterwards: set[PairingStep] = field(default_factory=set)
    check_ins: int = 0
    followed_by: PairingId | None = None
    put_right: PairingStep | None = None

    @property
    def tags(self) -> tuple[str | None, ...]:
        return (self.pairing_id,)

    @property
    def known(self) -> PairingProposed:
        """Its proposal, as it is now; refuses a pairing that does not exist."""
        if self.proposed is None:
            raise UnknownPairing
        return self.proposed

    @property
    def cohort_id(self) -> CohortId | None:
        return self.proposed.cohort_id if self.proposed else None

    @property
    def stands_still(self) -> type[Refusal] | None:
        return STANDING_STILL.get(self.state)

    @property
    def both(self) -> tuple[PersonId, PersonId]:
        """The patient leader and the healthcare leader."""
        return self.known.patient_leader_id, self.known.healthcare_leader_id

    @property
    def about(self) -> tuple[PersonId, ...]:
        return self.both if self.proposed else ()

    @property
    def whose(self) -> dict[str, Any]:
        """The fields of a fact on both."""
        return self.known.model_dump(
            include={"pairing_id", "cohort_id", "patient_leader_id", "healthcare_leader_id"}
        )

    def must_include(self, person_id: PersonId) -> None:
        """Refuses somebody who is not one of the two."""
        if person_id not in self.both:
            raise NotYourPairing

    def must_be_theirs(self, act: Act) -> None:
        """Refuses a participant who is not one of the two; the team acts for both."""
        if act.actor not in self.both and act.role is Role.PARTICIPANT:
            raise NotYourPairing

    def must_be_active(self) -> None:
        """Refuses what only two who lead together can do."""
        if self.known and self.state is not PairingState.ACTIVE:
            raise PairingNotActive

    def other(self, person_id: PersonId) -> PersonId:
        """The partner of one of the two."""
        self.must_include(person_id)
        return next(one for one in self.both if one != person_id)

    @learns(PairingProposed)
    def begun(self, event: PairingProposed) -> None:
        if event.pairing_id == self.pairing_id:  # the proposal that follows an end names it too
            self.proposed = event

    @learns(ProposalExtended)
    def has_longer(self, event: ProposalExtended) -> None:
        longer = event.model_dump(include={"accept_by", "remind_on"})
        self.proposed = self.proposed and self.proposed.model_copy(update=longer)
        self.reminded = False

    @learns(ProposalReminderDue)
    def is_reminded(self, event: ProposalReminderDue) -> None:
        self.reminded = True

    @learns(PairingAccepted)
    def said_yes(self, event: PairingAccepted) -> None:
        self.accepted.add(event.person_id)

    @learns(*AFTER)
    def came_further(self, event: Event) -> None:
        self.stood.append(self.state)
        self.state, self.put_right = AFTER[type(event)], None

    @learns(*AFTERWARDS)
    def went_on(self, event: Event) -> None:
        self.afterwards.add(AFTERWARDS[type(event)])
        self.put_right = None

    @learns(CheckInDue)
    def was_asked_after(self, event: CheckInDue) -> None:
        self.check_ins += 1

    @learns(PartnerReplaced)
    def has_a_follower(self, event: PartnerReplaced) -> None:
        if event.former_pairing_id == self.pairing_id:
            self.followed_by = event.pairing_id

    @learns(PairingStepTakenBack)
    def is_where_it_was(self, event: PairingStepTakenBack) -> None:
        self.put_right = event.step
        if event.step in self.afterwards:
            self.afterwards.remove(event.step)
        elif self.stood:
            self.state = self.stood.pop()


@dataclass
class SaidOfPairing(Knowledge):
    """Why a pairing stands where it stands, as it was said last, by whom a no came, and why the
    last thing was taken back; None if it was erased.
    """

    pairing_id: PairingId | None
    reason: str | None = None
    declined_by: PersonId | None = None
    taken_back_over: str | None = None

    @property
    def tags(self) -> tuple[str | None, ...]:
        return (self.pairing_id,)

    def must_be_the_same(self, reason: str, declined_by: PersonId | None = None) -> None:
        """Refuses what was said otherwise, so that nothing is lost. One of the two must not learn
        by it what the other one said.
        """
        if self.reason not in (None, reason) or self.declined_by != declined_by:
            raise SaidOtherwise

    @learns(PairingDeclined, PairingPaused, PairingEnded)
    def said(self, event: PairingDeclined | PairingPaused | PairingEnded) -> None:
        self.reason = plain(event.reason)
        self.declined_by = event.declined_by if isinstance(event, PairingDeclined) else None

    @learns(PairingTakenBack, PairingStepTakenBack)
    def taken_back(self, event: PairingTakenBack | PairingStepTakenBack) -> None:
        self.taken_back_over = plain(event.reason)


class SaidOtherwise(SoAlready):
    """We have noted this already. If it was otherwise, or there is more to say, a coordinator can
    take it back: please tell them.
    """

    code = "pairing.said-otherwise"


class UnknownPairing(Refusal):
    """We don't know a pairing with this id. Check the id."""

    code = "pairing.unknown"


class NotYourPairing(NotForYou):
    """Only the two people of a pairing can do this."""

    code = "pairing.not-yours"


class PairingNotActive(Refusal):
    """The pairing is not active, so this can't be done now."""

    code = "pairing.not-active"


class PairingIsPaused(Refusal):
    """The two take a break just now, so this waits. It goes on when they take it up again."""

    code = "pairing.paused"


class PairingIsHeld(Refusal):
    """Before the two go on, a coordinator will speak to each of them. Please ask them."""

    code = "pairing.held"


class PairingIsOver(Refusal):
    """The two do not lead together any more. What needs a pair goes on with a new partner."""

    code = "pairing.over"


class PairingIsCompleted(Refusal):
    """The pairing is completed. How the two go on, or that they do not, is said of what follows."""

    code = "pairing.completed"


STANDING_STILL: Final[dict[PairingState, type[Refusal]]] = {
    PairingState.PAUSED: PairingIsPaused,
    PairingState.HELD: PairingIsHeld,
    PairingState.TAKEN_BACK: PairingIsOver,
    PairingState.DECLINED: PairingIsOver,
    PairingState.LAPSED: PairingIsOver,
    PairingState.ENDED: PairingIsOver,
    PairingState.COMPLETED: PairingIsCompleted,
}
"""States in which nothing goes on with a pairing but what the table of states names."""


class PausePairing(Command, Decides[Pairing, SaidOfPairing]):
    """Two partners take a break, for a reason."""

    name: ClassVar = "pairing.pause"
    roles: ClassVar = frozenset({Role.PARTICIPANT, Role.COORDINATOR})
    also_unasked: ClassVar = True
    pairing_id: PairingId
    reason: PauseReason

    def needs(self, know: Know) -> tuple[Pairing, SaidOfPairing]:
        return know(Pairing(self.pairing_id)), know(SaidOfPairing(self.pairing_id))

    def decide(self, act: Act, pairing: Pairing, said: SaidOfPairing) -> Iterator[Event]:
        pairing.must_be_theirs(act)
        if pairing.state is PairingState.PAUSED:
            if act.person in pairing.both:
                raise SaidOtherwise
            said.must_be_the_same(self.reason)
            return
        pairing.must_be_active()
        yield PairingPaused(**pairing.whose, reason=self.reason)


class CompletePairing(Command, Decides[Pairing, Rules]):
    """Two partners have done what they set out to do; from today their check-ins are counted."""

    name: ClassVar = "pairing.complete"
    pairing_id: PairingId

    def needs(self, know: Know) -> tuple[Pairing, Rules]:
        return know(Pairing(self.pairing_id)), know(Rules())

    def decide(self, act: Act, pairing: Pairing, rules: Rules) -> Iterator[Event]:
        if pairing.state is PairingState.COMPLETED:
            return
        pairing.must_be_active()
        yield PairingCompleted(
            **pairing.whose,
            completed_on=act.today,
            check_in_months=rules.on(act.asked_on).numbers.check_in_months,
        )
