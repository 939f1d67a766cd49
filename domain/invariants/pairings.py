"""What must hold of two who are asked to lead together, and do."""

from collections.abc import Iterator
from datetime import datetime
from itertools import chain
from typing import Any, ClassVar, Final

from domain.invariants.chronicle.chronicle import Chronicle
from domain.invariants.chronicle.pairs import PairLife
from domain.invariants.chronicle.people import NEAR
from domain.invariants.chronicle.places import ApplicationLife
from domain.invariants.invariant import SOON, Finding, Invariant
from domain.invariants.learning import learns
from events.catalogue import Recorded
from events.ids import PairingId, PersonId
from events.matching import PairForbidden
from events.pairings import (
    PairingAccepted,
    PairingActivated,
    PairingProposed,
    PairingResumed,
    PairingStepTakenBack,
)
from events.people import RelationshipDeclared
from events.terms import PairingStep, Relationship, Side

HELD: Final = "held"


class OneOfEachSide(Invariant):
    """Two were asked to lead together who are not one of each side, both on the cohort."""

    name: ClassVar = "pairings.one-of-each-side"
    rules: ClassVar = (12,)

    @learns(PairingProposed)
    def proposed(self, fact: Recorded[PairingProposed]) -> list[Finding] | None:
        """Confirmed at that moment."""
        return self._two(fact, self.log.pairs.all[fact.event.pairing_id])

    @learns(PairingAccepted)
    def said_yes(self, fact: Recorded[PairingAccepted]) -> list[Finding] | None:
        """And still, when they say yes."""
        life = self.log.pairs.get(fact.event.pairing_id)
        return self._two(fact, life) if life else None

    def _two(self, fact: Recorded[Any], life: PairLife) -> list[Finding] | None:
        one, other = life.both
        right = self._is(life, one, Side.PATIENT_LEADER)
        right = right and self._is(life, other, Side.HEALTHCARE_LEADER)
        if one != other and right:
            return None
        return [self.found((life.pairing_id, *life.both), life.proposed_at, fact.envelope.position)]

    def _is(self, life: PairLife, who: PersonId, side: Side) -> bool:
        member = self.log.places.member(life.cohort_id, who)
        return member is not None and member.side is side


class OneAtATime(Invariant):
    """Somebody is asked about, or leads with, a second partner in one cohort."""

    name: ClassVar = "pairings.one-at-a-time"
    rules: ClassVar = (13,)

    @learns(PairingProposed)
    def proposed(self, fact: Recorded[PairingProposed]) -> Iterator[Finding]:
        """A paused pairing counts as well."""
        for life, who in others(self, fact):
            if life.cohort_id == fact.event.cohort_id:
                about = who, life.pairing_id, fact.event.pairing_id
                yield self.found(about, *life.led_there, fact.envelope.position)


class OneInAllCohorts(Invariant):
    """Somebody is asked about, or leads with, a second partner in another cohort."""

    name: ClassVar = "pairings.one-in-all-cohorts"
    rules: ClassVar = (13,)

    @learns(PairingProposed)
    def proposed(self, fact: Recorded[PairingProposed]) -> Iterator[Finding]:
        """A paused pairing counts as well."""
        for life, who in others(self, fact):
            if life.cohort_id != fact.event.cohort_id:
                about = who, life.pairing_id, fact.event.pairing_id
                yield self.found(about, *life.led_there, fact.envelope.position)


def others(invariant: Invariant, fact: Recorded[Any]) -> Iterator[tuple[PairLife, PersonId]]:
    """The other live pairings of two who are proposed to each other, with whose each is."""
    event = fact.event
    for who in (event.patient_leader_id, event.healthcare_leader_id):
        for life in invariant.log.pairs.live_of(who):
            if life.pairing_id != event.pairing_id:
                yield life, who


class NeverWithWhomARuleKeepsApart(Invariant):
    """Two are asked to lead together, or say yes, whom a rule keeps apart."""

    name: ClassVar = "pairings.kept-apart"
    rules: ClassVar = (14,)
    opens: ClassVar = True

    @learns(PairingProposed, PairingAccepted)
    def proposed(self, fact: Recorded[Any]) -> list[Finding] | None:
        """By all that was declared before and can be read."""
        life = self.log.pairs.get(fact.event.pairing_id)
        apart = self.log.people.apart(life.cohort_id, *life.both) if life else ()
        if life is None or not apart:
            return None
        return [self.found((life.pairing_id, *life.both), *apart, fact.envelope.position)]


class NeverAgain(Invariant):
    """Two are asked to lead together who parted over the relationship."""

    name: ClassVar = "pairings.never-again"
    rules: ClassVar = (14,)
    opens: ClassVar = True

    @learns(PairingProposed)
    def proposed(self, fact: Recorded[PairingProposed]) -> list[Finding] | None:
        """In whichever cohort."""
        two = frozenset((fact.event.patient_leader_id, fact.event.healthcare_leader_id))
        parted = self.log.pairs.parted.get((two, "before"))
        if not parted:
            return None
        about = fact.event.pairing_id, *sorted(two)
        return [self.found(about, *parted.values(), fact.envelope.position)]


class NeverAgainAfterCompleting(Invariant):
    """Two are asked to lead together who completed a pairing, and parted over the relationship
    later.
    """

    name: ClassVar = "pairings.never-again-after-completing"
    rules: ClassVar = (14,)
    opens: ClassVar = True

    @learns(PairingProposed)
    def proposed(self, fact: Recorded[PairingProposed]) -> list[Finding] | None:
        """In whichever cohort."""
        two = frozenset((fact.event.patient_leader_id, fact.event.healthcare_leader_id))
        parted = self.log.pairs.parted.get((two, "after"))
        if not parted:
            return None
        about = fact.event.pairing_id, *sorted(two)
        return [self.found(about, *parted.values(), fact.envelope.position)]


class AskedAgainIfBothWish(Invariant):
    """Two are asked to lead together once more with whom it came to nothing, and not both of them
    wished it.
    """

    name: ClassVar = "pairings.asked-again-if-both-wish"
    rules: ClassVar = (14,)
    opens: ClassVar = True

    @learns(PairingProposed)
    def proposed(self, fact: Recorded[PairingProposed]) -> list[Finding] | None:
        """Who declined, did not answer or parted, in whichever cohort."""
        two = frozenset((fact.event.patient_leader_id, fact.event.healthcare_leader_id))
        asked = self.log.pairs.to_nothing.get(two)
        if not asked or self.log.pairs.wished.get(two, set()) == {*two}:
            return None
        about = fact.event.pairing_id, *sorted(two)
        return [self.found(about, *asked.values(), fact.envelope.position)]


class OneWhenTheyGoOn(Invariant):
    """A pairing goes on after a mistake was put right, and one of the two has another partner."""

    name: ClassVar = "pairings.one-when-put-right"
    rules: ClassVar = (13,)

    @learns(PairingStepTakenBack)
    def goes_on(self, fact: Recorded[PairingStepTakenBack]) -> Iterator[Finding]:
        """In whichever cohort."""
        if fact.event.step in (PairingStep.END, PairingStep.COMPLETION):
            for life, who in others(self, fact):
                about = who, life.pairing_id, fact.event.pairing_id
                yield self.found(about, *life.led_there, fact.envelope.position)


class WatchedAsLongAsItLasts(Invariant):
    """A tie that keeps two apart began while they lead together, and they go on as if nothing
    were.
    """

    name: ClassVar = "pairings.watched-as-long-as-it-lasts"
    rules: ClassVar = (14,)
    opens: ClassVar = True

    def __init__(self, chronicle: Chronicle) -> None:
        super().__init__(chronicle)
        self._began: dict[PairingId, tuple[datetime, tuple[int, ...]]] = {}

    @learns(RelationshipDeclared, PairForbidden)
    def begins(self, fact: Recorded[Any]) -> None:
        """Between partners, or between one of them and somebody of the other's family."""
        event = fact.event
        if isinstance(event, PairForbidden):
            near: tuple[PersonId, ...] = (event.patient_leader_id,)
        elif event.kind in (*NEAR, Relationship.TREATS):
            near = (event.person_id, event.other_id)
        else:
            near = (event.person_id,)
        for who in near:
            for life in self.log.pairs.live_of(who):
                apart = self.log.people.apart(life.cohort_id, *life.both)
                if fact.envelope.position in apart:
                    self._began.setdefault(life.pairing_id, (fact.envelope.recorded, apart))

    @learns(PairingActivated, PairingResumed)
    def goes_on(self, fact: Recorded[Any]) -> list[Finding] | None:
        """It becomes active, or goes on after a break, before that has ended."""
        began = self._began.pop(fact.event.pairing_id, None)
        life = self.log.pairs.get(fact.event.pairing_id)
        if began is None or life is None or not self._are_apart(life):
            return None
        return [self.found((life.pairing_id, *life.both), *began[1], fact.envelope.position)]

    def standing(self, now: datetime) -> Iterator[Finding]:
        """It is neither held nor over soon after."""
        for pairing_id, (since, led_there) in list(self._began.items()):
            life = self.log.pairs.all[pairing_id]
            if not life.live or not self._are_apart(life):
                del self._began[pairing_id]
            elif life.state != HELD and self.waits(since, now, SOON):
                yield self.found((pairing_id, *life.both), life.proposed_at, *led_there)

    def _are_apart(self, life: PairLife) -> bool:
        return bool(self.log.people.apart(life.cohort_id, *life.both))


class HeldWhileNotReleased(Invariant):
    """The employer of one of two takes back that they can come, and the two go on, or are still
    asked, as if nothing were.
    """

    name: ClassVar = "pairings.held-while-not-released"
    rules: ClassVar = (10,)

    def standing(self, now: datetime) -> Iterator[Finding]:
        """It is neither held nor over soon after."""
        for life in self.log.pairs.live.values():
            for lost in chain.from_iterable(self._of(life, who) for who in life.both):
                since = lost.since and max(lost.since, life.since)
                if life.state != HELD and since and self.waits(since, now, SOON):
                    about = life.pairing_id, lost.person_id
                    yield self.found(about, life.proposed_at, lost.lost_at)

    def _of(self, life: PairLife, who: PersonId) -> list[ApplicationLife]:
        theirs = self.log.places.of_person.get((life.cohort_id, who), ())
        return [one for one in theirs if one.unreleased]
