"""What must hold of a proposal until it is answered, and of the steps of a pairing."""

from collections.abc import Iterator
from datetime import datetime
from typing import Any, ClassVar, Final

from domain.invariants.invariant import Finding, Invariant
from domain.invariants.learning import learns
from events.calendar import end_of, local_day
from events.catalogue import Recorded
from events.event import Event
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
    ProposalExtended,
)
from events.terms import PairingStep

FROM: Final[dict[type[Event], frozenset[str]]] = {
    PairingActivated: frozenset({"proposed"}),
    PairingDeclined: frozenset({"proposed"}),
    PairingLapsed: frozenset({"proposed"}),
    PairingTakenBack: frozenset({"proposed", "declined", "lapsed"}),
    PairingPaused: frozenset({"active"}),
    PairingHeld: frozenset({"active", "paused"}),
    PairingResumed: frozenset({"paused", "held"}),
    PairingEnded: frozenset({"active", "paused", "held"}),
    PairingCompleted: frozenset({"active"}),
}
"""Where a pairing must have stood before each step."""
TAKEN_BACK_FROM: Final = {
    PairingStep.PAUSE: "paused",
    PairingStep.END: "ended",
    PairingStep.COMPLETION: "completed",
}
"""Where it must have stood before a step was taken back, of steps that moved it."""


class BothSaidYes(Invariant):
    """A pairing became active without the yes of both."""

    name: ClassVar = "pairings.both-said-yes"
    rules: ClassVar = (15,)

    @learns(PairingActivated)
    def active(self, fact: Recorded[PairingActivated]) -> list[Finding] | None:
        """Each for themselves, or by a coordinator."""
        life = self.log.pairs.get(fact.event.pairing_id)
        if life and life.accepted.keys() >= set(life.both):
            return None
        led = (life.proposed_at, *life.accepted.values()) if life else ()
        return [self.found((fact.event.pairing_id,), *led, fact.envelope.position)]


class PairingStepByStep(Invariant):
    """A pairing took a step that does not follow from where it stood."""

    name: ClassVar = "pairings.step-by-step"
    rules: ClassVar = (15, 16)

    @learns(*FROM)
    def steps(self, fact: Recorded[Any]) -> list[Finding] | None:
        """So a lapse, as any end, happens once."""
        life = self.log.pairs.get(fact.event.pairing_id)
        if life and life.before in FROM[type(fact.event)]:
            return None
        led = (life.proposed_at, life.before_at) if life else ()
        return [self.found((fact.event.pairing_id,), *led, fact.envelope.position)]

    @learns(PairingAccepted)
    def said_yes(self, fact: Recorded[PairingAccepted]) -> list[Finding] | None:
        """One of the two, once, while they are asked."""
        who, at = fact.event.person_id, fact.envelope.position
        life = self.log.pairs.get(fact.event.pairing_id)
        if life and who in life.both and life.accepted[who] == at and life.state == "proposed":
            return None
        return [self.found((fact.event.pairing_id, who), *(life.led_there if life else ()), at)]

    @learns(ProposalExtended)
    def has_longer(self, fact: Recorded[ProposalExtended]) -> list[Finding] | None:
        """While they are asked."""
        life = self.log.pairs.get(fact.event.pairing_id)
        if life and life.state == "proposed":
            return None
        led = life.led_there if life else ()
        return [self.found((fact.event.pairing_id,), *led, fact.envelope.position)]

    @learns(PairingStepTakenBack)
    def put_right(self, fact: Recorded[PairingStepTakenBack]) -> list[Finding] | None:
        """Only the last step, and it stands again where it stood."""
        event, life = fact.event, self.log.pairs.get(fact.event.pairing_id)
        came_from = TAKEN_BACK_FROM.get(event.step)
        if life and came_from is None and life.state == "completed":
            return None
        if life and life.before == came_from and life.state == event.stands:
            return None
        led = (life.proposed_at, life.before_at) if life else ()
        return [self.found((event.pairing_id,), *led, fact.envelope.position)]

    @learns(PairingProposed)
    def begins(self, fact: Recorded[PairingProposed]) -> list[Finding] | None:
        """What it follows came to its end in the same cohort, and one of the two was there."""
        event = fact.event
        if event.former_pairing_id is None:
            return None
        former = self.log.pairs.get(event.former_pairing_id)
        two = {event.patient_leader_id, event.healthcare_leader_id}
        if former and former.state == "ended" and two & set(former.both):
            return None
        led = former.led_there if former else ()
        about = event.pairing_id, event.former_pairing_id
        return [self.found(about, *led, fact.envelope.position)]


class SaidYesInTime(Invariant):
    """Somebody said yes to a partner when the time for it was over."""

    name: ClassVar = "pairings.said-yes-in-time"
    rules: ClassVar = (15,)

    @learns(PairingAccepted)
    def said_yes(self, fact: Recorded[PairingAccepted]) -> list[Finding] | None:
        """Until the midnight after the day."""
        life = self.log.pairs.get(fact.event.pairing_id)
        if life is None or fact.envelope.time < end_of(life.accept_by):
            return None
        return [self.found((life.pairing_id,), life.proposed_at, fact.envelope.position)]


class ProposalLapsesOnlyAfterItsDay(Invariant):
    """A proposal lapsed while the two had time to answer."""

    name: ClassVar = "pairings.lapses-only-after-its-day"
    rules: ClassVar = (15,)

    @learns(PairingLapsed)
    def lapses(self, fact: Recorded[PairingLapsed]) -> list[Finding] | None:
        """The whole day, in London."""
        life = self.log.pairs.get(fact.event.pairing_id)
        if life is None or fact.envelope.time >= end_of(life.accept_by):
            return None
        return [self.found((life.pairing_id,), life.proposed_at, fact.envelope.position)]


class TimeToSayYes(Invariant):
    """A proposal's time was over before the two could hear of it."""

    name: ClassVar = "pairings.time-to-say-yes"
    rules: ClassVar = (15,)

    @learns(PairingProposed, ProposalExtended)
    def proposed(self, fact: Recorded[Any]) -> list[Finding] | None:
        """What is said to have happened earlier is heard when it is recorded."""
        envelope = fact.envelope
        heard = envelope.recorded if envelope.origin.reason else envelope.time
        if fact.event.accept_by > local_day(heard):
            return None
        return [self.found((fact.event.pairing_id,), envelope.position)]


class ProposalNotForgotten(Invariant):
    """The time to answer a proposal is long over, and nobody said so."""

    name: ClassVar = "pairings.lapse-not-forgotten"
    rules: ClassVar = (15,)

    def standing(self, now: datetime) -> Iterator[Finding]:
        """Of cohorts that take place."""
        for life in self.log.pairs.live.values():
            over = life.state == "proposed" and self.waits(end_of(life.accept_by), now)
            if over and not self.log.cohorts.get(life.cohort_id).cancelled_at:
                yield self.found((life.pairing_id, *life.both), *life.led_there)
