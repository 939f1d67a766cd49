"""Whether somebody may be asked to lead with anybody at all, whoever it is and in which cohort."""

from dataclasses import dataclass, field

from domain.decision import Knowledge, Refusal, learns
from events.ids import PairingId, PersonId
from events.pairings import (
    PairingCompleted,
    PairingDeclined,
    PairingEnded,
    PairingLapsed,
    PairingProposed,
    PairingStepTakenBack,
    PairingTakenBack,
    PersonHeldOut,
    PersonLetIn,
)
from events.personal import plain
from events.terms import PairingStep

OverForNow = PairingDeclined | PairingLapsed | PairingTakenBack | PairingEnded | PairingCompleted
GOES_ON_AFTER = frozenset({PairingStep.END, PairingStep.COMPLETION})


@dataclass
class Availability(Knowledge):
    """The pairings that keep somebody from another one, in all cohorts, and by whom of the team
    they are held out, None for those who look after what is told in confidence.
    """

    person_id: PersonId | None
    live: set[PairingId] = field(default_factory=set)
    held_by: set[PersonId | None] = field(default_factory=set)
    let_in_for: str | None = None
    """Why they may be asked again, if they were held out."""

    @property
    def tags(self) -> tuple[str | None, ...]:
        return (self.person_id,)

    @property
    def held_out(self) -> bool:
        """Whether they are asked to lead with nobody, until it was decided."""
        return bool(self.held_by)

    @property
    def free(self) -> bool:
        """Whether nothing keeps them from being asked."""
        return not (self.live or self.held_out)

    def must_be_free(self, but_for: PairingId | None = None) -> None:
        """Refuses somebody who has a partner in any cohort, or is held out."""
        if self.live - {but_for}:
            raise PairedElsewhere
        if self.held_out:
            raise NotNow

    @learns(PairingProposed)
    def asked(self, event: PairingProposed) -> None:
        self.live.add(event.pairing_id)

    @learns(PairingDeclined, PairingLapsed, PairingTakenBack, PairingEnded, PairingCompleted)
    def over(self, event: OverForNow) -> None:
        self.live.discard(event.pairing_id)

    @learns(PairingStepTakenBack)
    def goes_on(self, event: PairingStepTakenBack) -> None:
        if event.step in GOES_ON_AFTER:
            self.live.add(event.pairing_id)

    @learns(PersonHeldOut)
    def hold_out(self, event: PersonHeldOut) -> None:
        self.held_by.add(plain(event.held_by))

    @learns(PersonLetIn)
    def let_in(self, event: PersonLetIn) -> None:
        self.held_by.discard(plain(event.held_by))
        self.let_in_for = plain(event.reason)


class PairedElsewhere(Refusal):
    """One of the two has a partner in another cohort, or is being asked about one. Everybody has
    one partner at a time.
    """

    code = "pairing.paired-elsewhere"


class NotNow(Refusal):
    """One of the two can't be asked to lead with anybody just now. A coordinator has to look at
    something first, and will be in touch.
    """

    code = "pairing.not-now"
