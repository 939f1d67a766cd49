"""What must hold when a pairing ends: who is asked what, who stays, and who is kept from whom."""

from abc import ABC, abstractmethod
from collections.abc import Iterator
from datetime import datetime
from typing import Any, ClassVar, Final

from domain.invariants.chronicle.chronicle import Chronicle
from domain.invariants.chronicle.pairs import PairLife
from domain.invariants.chronicle.places import ApplicationLife
from domain.invariants.invariant import SOON, Finding, Invariant
from domain.invariants.learning import learns
from events.catalogue import Recorded
from events.ids import PersonId
from events.pairings import (
    PairingDeclined,
    PairingEnded,
    PairingPaused,
    PairingStepTakenBack,
    PairingTakenBack,
    RepairingAsked,
)
from events.terms import Role

LEFT: Final = "left-programme"


class AtAnEnd(Invariant, ABC):
    """What invariants share that look at an end when all its facts are known: who was put in line
    for a new partner by the same command.
    """

    def __init__(self, chronicle: Chronicle) -> None:
        super().__init__(chronicle)
        self._ended: Recorded[PairingEnded] | None = None
        self._asked: dict[PersonId, int] = {}

    @learns(PairingEnded)
    def ends(self, fact: Recorded[PairingEnded]) -> None:
        """Two no longer lead together."""
        self._ended = fact
        self._asked = {}

    @learns(RepairingAsked)
    def asked(self, fact: Recorded[RepairingAsked]) -> None:
        """Somebody is in line."""
        self._asked[fact.event.person_id] = fact.envelope.position

    def settled(self) -> Iterator[Finding]:
        """All that the command brought about is known."""
        if self._ended:
            fact, self._ended = self._ended, None
            if life := self.log.pairs.get(fact.event.pairing_id):
                yield from self.ended(fact, life)
        self._asked = {}

    @abstractmethod
    def ended(self, fact: Recorded[PairingEnded], life: PairLife) -> Iterator[Finding]:
        """What must not be after this end."""

    def stay(self, life: PairLife) -> list[PersonId]:
        """Who of the two has not left the cohort, and was not erased."""
        there = (one for one in life.both if self.log.places.stays(life.cohort_id, one))
        return [one for one in there if one not in self.log.people.erased]

    def left_out(self, life: PairLife) -> list[PersonId]:
        """Who of them is not in line for a new partner; where it was cancelled, nobody is to be."""
        if self.log.cohorts.get(life.cohort_id).cancelled_at:
            return []
        return [one for one in self.stay(life) if one not in self._asked]


class WhoStaysComesFirst(AtAnEnd):
    """A pairing ended, and nobody who stays is in line for a new partner."""

    name: ClassVar = "pairings.who-stays-comes-first"
    rules: ClassVar = (17,)

    def ended(self, fact: Recorded[PairingEnded], life: PairLife) -> Iterator[Finding]:
        """One of two who stay may be the one who leaves."""
        stay = self.stay(life)
        if stay and self.left_out(life) == stay:
            yield self.found((life.pairing_id, *stay), life.proposed_at, fact.envelope.position)


class NamesOnlyThemselves(AtAnEnd):
    """A participant ended a pairing in a way that puts their partner out, who stays."""

    name: ClassVar = "pairings.names-only-themselves"
    rules: ClassVar = (17,)
    opens: ClassVar = True
    of_a_case: ClassVar = True

    def ended(self, fact: Recorded[PairingEnded], life: PairLife) -> Iterator[Finding]:
        """Where it can be told who ended it."""
        origin = fact.envelope.origin
        if origin.role != Role.PARTICIPANT or origin.actor not in life.both:
            return
        partner = life.other(PersonId(origin.actor))
        if partner in self.left_out(life):
            led = life.proposed_at, fact.envelope.position, *self._asked.values()
            yield self.found((life.pairing_id, partner, origin.actor), *led)


class WhoLeavesGivesUpThePlace(AtAnEnd):
    """Somebody left the programme, and keeps their place on the cohort."""

    name: ClassVar = "pairings.who-leaves-gives-up-the-place"
    rules: ClassVar = (17,)
    opens: ClassVar = True

    def ended(self, fact: Recorded[PairingEnded], life: PairLife) -> Iterator[Finding]:
        """Somebody has left, so not both can be on the cohort."""
        if fact.event.reason == LEFT and len(stay := self.stay(life)) == len(life.both):
            about = life.pairing_id, *(self.left_out(life) or stay)
            yield self.found(about, life.proposed_at, fact.envelope.position)


class EndSaysWhy(Invariant):
    """A pairing ended, was declined, paused or put right, and no reason says why."""

    name: ClassVar = "pairings.end-says-why"
    rules: ClassVar = (16,)
    opens: ClassVar = True

    @learns(PairingEnded, PairingDeclined, PairingTakenBack, PairingPaused, PairingStepTakenBack)
    def ends(self, fact: Recorded[Any]) -> list[Finding] | None:
        """One code."""
        if fact.event.reason:
            return None
        return [self.found((fact.event.pairing_id,), fact.envelope.position)]


GONE: Final = frozenset({"given-up", "taken-back"})


class NotLeftWithWhoIsGone(Invariant):
    """Somebody is still paired with, or asked about, a person who left the cohort long ago."""

    name: ClassVar = "pairings.not-left-with-who-is-gone"
    rules: ClassVar = (17,)

    def standing(self, now: datetime) -> Iterator[Finding]:
        """Their partner is free by itself when somebody leaves."""
        for life in self.log.pairs.live.values():
            for who in life.both:
                left = self._left(life, who)
                if left and left.since and self.waits(max(left.since, life.since), now, SOON):
                    led = life.proposed_at, left.holds_at, left.stage_at
                    yield self.found((life.pairing_id, who), *led)

    def _left(self, life: PairLife, who: PersonId) -> ApplicationLife | None:
        """The application with which somebody left the cohort, if they are neither on it now nor
        wait for their employer (`HeldWhileNotReleased` looks at that).
        """
        if self.log.places.stays(life.cohort_id, who):
            return None
        theirs = self.log.places.of_person.get((life.cohort_id, who), ())
        gone = [one for one in theirs if one.holds in GONE or one.stage == "withdrawn"]
        return max(gone, key=lambda one: max(one.holds_at, one.stage_at), default=None)
