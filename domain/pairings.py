"""What may happen to a pairing, from the proposal to its completion."""

from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final

from domain.decision import Knowledge, Refusal, learns
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


class State(StrEnum):
    """Where a pairing stands."""

    PROPOSED = "proposed"
    ACTIVE = "active"
    PAUSED = "paused"
    ENDED = "ended"
    COMPLETED = "completed"


AFTER: Final[dict[type[Event], State]] = {
    PairingActivated: State.ACTIVE,
    PairingResumed: State.ACTIVE,
    PairingPaused: State.PAUSED,
    PairingDeclined: State.ENDED,
    PairingLapsed: State.ENDED,
    PairingEnded: State.ENDED,
    PairingCompleted: State.COMPLETED,
}


@dataclass
class Pairing(Knowledge):
    """One pairing: the two, who said yes, and where it stands."""

    pairing_id: PairingId | None
    proposed: PairingProposed | None = None
    accepted: set[PersonId] = field(default_factory=set)
    state: State = State.PROPOSED

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

    def must_include(self, person_id: PersonId) -> None:
        """Refuses somebody who is not one of the two."""
        if person_id not in self.both:
            raise NotYourPairing

    def must_be_active(self) -> None:
        """Refuses what only two who lead together can do."""
        if self.known and self.state is not State.ACTIVE:
            raise PairingNotActive

    def other(self, person_id: PersonId) -> PersonId:
        """The partner of one of the two."""
        self.must_include(person_id)
        return next(one for one in self.both if one != person_id)

    @learns(PairingProposed)
    def begun(self, event: PairingProposed) -> None:
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
