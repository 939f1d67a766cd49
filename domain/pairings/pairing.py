"""What may happen to a pairing, from the proposal to its completion."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from enum import StrEnum
from typing import ClassVar, Final

from domain.decision import Act, Command, Decides, Know, Knowledge, Refusal, learns
from domain.rules_in_force import Rules
from events.event import Event
from events.ids import CohortId, PairingId, PersonId
from events.pairings import (
    PairingAccepted,
    PairingActivated,
    PairingCompleted,
    PairingDeclined,
    PairingEnded,
    PairingLapsed,
    PairingPaused,
    PairingProposed,
    PairingResumed,
)
from events.terms import Role


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
    DECLINED = "declined"
    LAPSED = "lapsed"
    ENDED = "ended"
    COMPLETED = "completed"


AFTER: Final[dict[type[Event], PairingState]] = {
    PairingActivated: PairingState.ACTIVE,
    PairingResumed: PairingState.ACTIVE,
    PairingPaused: PairingState.PAUSED,
    PairingDeclined: PairingState.DECLINED,
    PairingLapsed: PairingState.LAPSED,
    PairingEnded: PairingState.ENDED,
    PairingCompleted: PairingState.COMPLETED,
}


@dataclass
class Pairing(Knowledge):
    """One pairing: the two, who said yes, and where it stands."""

    unopened: ClassVar = True
    pairing_id: PairingId | None
    proposed: PairingProposed | None = None
    accepted: set[PersonId] = field(default_factory=set)
    state: PairingState = PairingState.PROPOSED

    @property
    def tags(self) -> tuple[str | None, ...]:
        return (self.pairing_id,)

    @property
    def known(self) -> PairingProposed:
        """Its proposal; refuses a pairing that does not exist."""
        if self.proposed is None:
            raise UnknownPairing
        return self.proposed

    @property
    def cohort_id(self) -> CohortId | None:
        return self.proposed.cohort_id if self.proposed else None

    @property
    def both(self) -> tuple[PersonId, PersonId]:
        """The patient leader and the healthcare leader."""
        return self.known.patient_leader_id, self.known.healthcare_leader_id

    @property
    def about(self) -> tuple[PersonId, ...]:
        return self.both if self.proposed else ()

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

    @learns(PairingAccepted)
    def said_yes(self, event: PairingAccepted) -> None:
        self.accepted.add(event.person_id)

    @learns(*AFTER)
    def came_further(self, event: Event) -> None:
        self.state = AFTER[type(event)]


class UnknownPairing(Refusal):
    """We don't know a pairing with this id. Check the id."""

    code = "pairing.unknown"


class NotYourPairing(Refusal):
    """Only the two people of a pairing can do this."""

    code = "pairing.not-yours"


class PairingNotActive(Refusal):
    """The pairing is not active, so this can't be done now."""

    code = "pairing.not-active"


class PausePairing(Command, Decides[Pairing]):
    """Two partners take a break, for a reason."""

    name: ClassVar = "pairing.pause"
    roles: ClassVar = frozenset({Role.PARTICIPANT, Role.COORDINATOR})
    pairing_id: PairingId
    reason: PauseReason

    def needs(self, know: Know) -> tuple[Pairing]:
        return (know(Pairing(self.pairing_id)),)

    def decide(self, act: Act, pairing: Pairing) -> Iterator[Event]:
        pairing.must_be_theirs(act)
        if pairing.state is PairingState.PAUSED:
            return
        pairing.must_be_active()
        patient_leader_id, healthcare_leader_id = pairing.both
        yield PairingPaused(
            pairing_id=self.pairing_id,
            cohort_id=pairing.known.cohort_id,
            patient_leader_id=patient_leader_id,
            healthcare_leader_id=healthcare_leader_id,
            reason=self.reason,
        )


class ResumePairing(Command, Decides[Pairing]):
    """Two partners go on after a break."""

    name: ClassVar = "pairing.resume"
    roles: ClassVar = frozenset({Role.PARTICIPANT, Role.COORDINATOR})
    pairing_id: PairingId

    def needs(self, know: Know) -> tuple[Pairing]:
        return (know(Pairing(self.pairing_id)),)

    def decide(self, act: Act, pairing: Pairing) -> Iterator[Event]:
        pairing.must_be_theirs(act)
        if pairing.state is PairingState.PAUSED:
            yield PairingResumed(pairing_id=self.pairing_id, cohort_id=pairing.known.cohort_id)
        else:
            pairing.must_be_active()


class CompletePairing(Command, Decides[Pairing, Rules]):
    """Two partners have done what they set out to do; from today their check-ins are counted."""

    name: ClassVar = "pairing.complete"
    pairing_id: PairingId

    def needs(self, know: Know) -> tuple[Pairing, Rules]:
        return know(Pairing(self.pairing_id)), know(Rules())

    def decide(self, act: Act, pairing: Pairing, rules: Rules) -> Iterator[Event]:
        patient_leader_id, healthcare_leader_id = pairing.both
        if pairing.state is PairingState.COMPLETED:
            return
        pairing.must_be_active()
        yield PairingCompleted(
            pairing_id=self.pairing_id,
            cohort_id=pairing.known.cohort_id,
            patient_leader_id=patient_leader_id,
            healthcare_leader_id=healthcare_leader_id,
            completed_on=act.today,
            check_in_months=rules.on(act.asked_on).numbers.check_in_months,
        )
