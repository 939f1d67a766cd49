"""What must hold of two after the programme: when they are asked, and what they answer."""

from collections.abc import Iterator
from datetime import datetime
from typing import Any, ClassVar

from domain.invariants.chronicle.chronicle import Chronicle
from domain.invariants.invariant import SOON, Finding, Invariant
from domain.invariants.learning import learns
from events.calendar import end_of, months_after, start_of
from events.catalogue import Recorded
from events.continuation import (
    CheckInDue,
    ContinuationAgreed,
    ContinuationEnded,
    ContinuationReported,
)
from events.ids import PairingId, PersonId


class AskedInTime(Invariant):
    """Two were asked how they go on too early, twice, or when nothing was completed or all was
    over.
    """

    name: ClassVar = "continuation.asked-once-and-in-time"
    rules: ClassVar = (27,)

    @learns(CheckInDue)
    def asked(self, fact: Recorded[CheckInDue]) -> list[Finding] | None:
        """After as many months as was said when they completed, from that day."""
        event, at = fact.event, fact.envelope.position
        life = self.log.pairs.get(event.pairing_id)
        if life is None or life.completed_on is None:
            return [self.found((event.pairing_id,), at)]
        first = start_of(months_after(life.completed_on, event.months))
        said = event.months in life.check_in_months
        once = said and life.asked[event.months] == at and not life.continuation_ended_at
        if once and fact.envelope.time >= first:
            return None
        led = life.state_at, life.asked[event.months], life.continuation_ended_at
        return [self.found((event.pairing_id,), *led, at)]


class CheckInNotForgotten(Invariant):
    """Two completed a pairing, and were not asked how they go on when it was time."""

    name: ClassVar = "continuation.check-in-not-forgotten"
    rules: ClassVar = (27,)

    def standing(self, now: datetime) -> Iterator[Finding]:
        """Unless it has come to its end, one of the two was erased, or their cohort did not take
        place.
        """
        for life in self.log.pairs.completed.values():
            off = self.log.cohorts.get(life.cohort_id).cancelled_at
            over = life.continuation_ended_at or not self.log.people.erased.keys().isdisjoint(
                life.both
            )
            if life.completed_on is None or over or off:
                continue
            for months in life.check_in_months:
                due = max(end_of(months_after(life.completed_on, months)), life.since)
                if months not in life.asked and self.waits(due, now):
                    yield self.found((life.pairing_id, *life.both), life.state_at)


class AnsweredWhenAsked(Invariant):
    """Somebody's answer to a check-in stands twice, not only in other words, or was given by
    nobody who was asked.
    """

    name: ClassVar = "continuation.answered-when-asked"
    rules: ClassVar = (27,)

    def __init__(self, chronicle: Chronicle) -> None:
        super().__init__(chronicle)
        self._answers: dict[tuple[PairingId, PersonId, int], tuple[int, bool | None]] = {}

    @learns(ContinuationReported)
    def answers(self, fact: Recorded[ContinuationReported]) -> list[Finding] | None:
        """Each of the two, each time once; the same may be said again in other words."""
        event, at = fact.event, fact.envelope.position
        life = self.log.pairs.get(event.pairing_id)
        answer = event.pairing_id, event.person_id, event.months
        says = event.leading_together if isinstance(event.leading_together, bool) else None
        first, said = self._answers.setdefault(answer, (at, says))
        once = first == at or (event.words is not None and said == says)
        asked = life is not None and event.person_id in life.both and event.months in life.asked
        if asked and once:
            return None
        about = event.pairing_id, event.person_id
        return [self.found(about, life.state_at if life else 0, first, at)]


class OneEndAfterCompleting(Invariant):
    """A partnership was agreed or ended that had not completed, or had come to its end."""

    name: ClassVar = "continuation.one-end-after-completing"
    rules: ClassVar = (27,)

    @learns(ContinuationAgreed, ContinuationEnded)
    def goes_on(self, fact: Recorded[Any]) -> list[Finding] | None:
        """Only what was completed can go on, and ends once."""
        life, at = self.log.pairs.get(fact.event.pairing_id), fact.envelope.position
        if life and life.completed_on and life.continuation_ended_at in (0, at):
            return None
        led = (life.state_at, life.continuation_ended_at) if life else ()
        return [self.found((fact.event.pairing_id,), *led, at)]


class NoneWithoutConsent(Invariant):
    """Two are still asked how they go on, though one of them does not agree any more to the use of
    their data.
    """

    name: ClassVar = "continuation.none-without-consent"
    rules: ClassVar = (27,)

    def standing(self, now: datetime) -> Iterator[Finding]:
        """What both had comes to its end by itself."""
        gone = self.log.people.no_part
        for life in self.log.pairs.completed.values() if gone else ():
            for who in gone.keys() & {*life.both}:
                at, since = gone[who]
                if not life.continuation_ended_at and self.waits(max(since, life.since), now, SOON):
                    yield self.found((who, life.pairing_id), at, life.state_at)
