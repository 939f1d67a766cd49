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
    PairingProposed,
    PairingStepTakenBack,
    PairingTakenBack,
    PersonLetIn,
    RepairingAsked,
)
from events.people import RelationshipDeclared, RelationshipEnded
from events.terms import Relationship, Role

LEFT: Final = "left-programme"
OVER_A_CONCERN: Final = "concern"


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
        """Who of the two is still on the cohort, and was not erased."""
        there = (one for one in life.both if self.log.places.member(life.cohort_id, one))
        return [one for one in there if one not in self.log.people.erased]

    def left_out(self, life: PairLife) -> list[PersonId]:
        """Who of them is not in line for a new partner."""
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
        """Where it can be told who ended it; whoever a concern is about may have to wait."""
        origin = fact.envelope.origin
        own = origin.role == Role.PARTICIPANT and origin.actor in life.both
        if not own or fact.event.reason == OVER_A_CONCERN:
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


class HeldOut(Invariant):
    """What invariants share that hold somebody out of pairings until it was decided."""

    opens: ClassVar = True

    def __init__(self, chronicle: Chronicle) -> None:
        super().__init__(chronicle)
        self.concerned: dict[PersonId, int] = {}

    @learns(PersonLetIn)
    def decided(self, fact: Recorded[PersonLetIn]) -> None:
        """Somebody of the team has looked at it."""
        self.concerned.pop(fact.event.person_id, None)

    @learns(PairingProposed)
    def proposed(self, fact: Recorded[PairingProposed]) -> Iterator[Finding] | None:
        """In whichever cohort."""
        if not self.concerned:
            return None
        event = fact.event
        two = event.patient_leader_id, event.healthcare_leader_id
        found = ((who, self.concerned[who]) for who in two if who in self.concerned)
        at = fact.envelope.position
        return (self.found((who, event.pairing_id), told_at, at) for who, told_at in found)


class HeldOutOverAConcern(HeldOut):
    """Somebody with whom a pairing ended over a concern is asked to lead with somebody before
    anybody decided.
    """

    name: ClassVar = "pairings.held-out-over-a-concern"
    rules: ClassVar = (14,)
    of_a_case: ClassVar = True

    @learns(PairingEnded)
    def ends(self, fact: Recorded[PairingEnded]) -> None:
        """Whom it is about can be told only where it can be read who reported it."""
        event = fact.event
        two = event.patient_leader_id, event.healthcare_leader_id
        told = (event.reported_by, fact.envelope.origin.actor)
        by = next((one for one in two if one in told), None)
        if event.reason == OVER_A_CONCERN and by is not None:
            about = two[0] if by == two[1] else two[1]
            self.concerned.setdefault(about, fact.envelope.position)


class HeldOutOverADeclaredConcern(HeldOut):
    """Somebody about whom a concern was declared is asked to lead with somebody before anybody
    decided.
    """

    name: ClassVar = "pairings.held-out-over-a-declared-concern"
    rules: ClassVar = (14,)

    @learns(RelationshipDeclared)
    def declared(self, fact: Recorded[RelationshipDeclared]) -> None:
        """Whom a concern is about is noted first."""
        if fact.event.kind == Relationship.CONCERN:
            self.concerned.setdefault(fact.event.person_id, fact.envelope.position)

    @learns(RelationshipEnded)
    def settled_by_somebody(self, fact: Recorded[RelationshipEnded]) -> None:
        """Somebody decided; another one's concern may still be open."""
        ties = self.log.people.ties.get(fact.event.person_id, ())
        open_ones = [one for one in ties if one.kind is Relationship.CONCERN and one.first]
        if not any(one.lasts for one in open_ones):
            self.concerned.pop(fact.event.person_id, None)


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
        """The application with which somebody left the cohort, if they are not on it now."""
        if self.log.places.member(life.cohort_id, who):
            return None
        theirs = self.log.places.of_person.get((life.cohort_id, who), ())
        gone = [one for one in theirs if one.holds == "given-up" or one.stage == "withdrawn"]
        return max(gone, key=lambda one: max(one.holds_at, one.stage_at), default=None)
