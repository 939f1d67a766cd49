"""What must hold of matching runs: who signed them, what came of them, and that none is better."""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from hashlib import shake_256
from itertools import product
from typing import Any, ClassVar

from domain.invariants.chronicle.chronicle import Chronicle
from domain.invariants.invariant import Finding, Invariant
from domain.invariants.learning import learns
from events.catalogue import Recorded
from events.ids import MatchingRunId, PairingId, PersonId
from events.matching import (
    LeftUnpaired,
    Matching,
    MatchingRunApproved,
    MatchingRunAsked,
    MatchingRunDiscarded,
    MatchingRunMade,
    MatchingRunPublished,
)
from events.pairings import PairingProposed
from events.terms import Side

Two = tuple[PersonId, PersonId]


@dataclass(slots=True)
class RunLife:
    """One run, with positions: who signed it, and by whom it was used or not."""

    asked_at: int = 0
    made_at: int = 0
    found: Matching | None = None
    signed: dict[Side, tuple[PersonId | None, str, int]] = field(default_factory=dict)
    published_at: int = 0
    discarded_at: int = 0

    @property
    def led_there(self) -> tuple[int, ...]:
        """The positions by which it came where it is."""
        signed = (at for _, _, at in self.signed.values())
        return self.asked_at, self.made_at, *signed, self.published_at, self.discarded_at


class OfRuns(Invariant):
    """What invariants of matching runs share."""

    def __init__(self, chronicle: Chronicle) -> None:
        super().__init__(chronicle)
        self.runs: dict[MatchingRunId, RunLife] = {}

    def run(self, run_id: MatchingRunId) -> RunLife:
        """A run, also one that nobody made."""
        return self.runs.setdefault(run_id, RunLife())

    @learns(MatchingRunAsked)
    def asked(self, fact: Recorded[MatchingRunAsked]) -> None:
        """It may be put aside before it is made."""
        self.run(fact.event.run_id).asked_at = fact.envelope.position

    @learns(MatchingRunMade)
    def made(self, fact: Recorded[MatchingRunMade]) -> None:
        """What it found can be read, or fell with somebody whom it weighed."""
        run = self.run(fact.event.run_id)
        run.made_at = fact.envelope.position
        run.found = fact.event.found if isinstance(fact.event.found, Matching) else None


class PublishedNeverChanged(OfRuns):
    """A matching run that was published, or discarded, changed afterwards."""

    name: ClassVar = "matching.published-never-changed"
    rules: ClassVar = (18,)

    def __init__(self, chronicle: Chronicle) -> None:
        super().__init__(chronicle)
        self._commands: dict[MatchingRunId, str] = {}

    @learns(MatchingRunApproved, MatchingRunDiscarded, MatchingRunPublished)
    def changes(self, fact: Recorded[Any]) -> list[Finding] | None:
        """It was made before, and is signed only until it is published."""
        run, at = self.run(fact.event.run_id), fact.envelope.position
        is_aside = isinstance(fact.event, MatchingRunDiscarded)
        begun_at = run.made_at or (run.asked_at if is_aside else 0)
        over = run.published_at or run.discarded_at or not begun_at
        led = run.led_there
        if isinstance(fact.event, MatchingRunPublished):
            run.published_at = at
            self._commands[fact.event.run_id] = fact.envelope.origin.command_id
        elif isinstance(fact.event, MatchingRunDiscarded):
            run.discarded_at = at
        return [self.found((fact.event.run_id,), *led, at)] if over else None

    @learns(PairingProposed, LeftUnpaired)
    def follows(self, fact: Recorded[Any]) -> list[Finding] | None:
        """All that comes of it comes as it is published."""
        run_id = fact.event.run_id
        if run_id is None or self._commands.get(run_id) == fact.envelope.origin.command_id:
            return None
        return [self.found((run_id,), *self.run(run_id).led_there, fact.envelope.position)]


class SignedByBothSides(OfRuns):
    """A matching run was published that one side had not signed."""

    name: ClassVar = "matching.signed-by-both-sides"
    rules: ClassVar = (18,)

    @learns(MatchingRunApproved)
    def signed(self, fact: Recorded[MatchingRunApproved]) -> None:
        """A side has signed."""
        said = fact.event.signed_by, fact.envelope.origin.actor, fact.envelope.position
        self.run(fact.event.run_id).signed[fact.event.side] = said

    @learns(MatchingRunPublished)
    def published(self, fact: Recorded[MatchingRunPublished]) -> list[Finding] | None:
        """Whoever signed."""
        run = self.run(fact.event.run_id)
        if run.signed.keys() == set(Side):
            return None
        return [self.found((fact.event.run_id,), *run.led_there, fact.envelope.position)]


class ProposedAsSigned(OfRuns):
    """What was proposed when a matching run was published is not what it had found."""

    name: ClassVar = "matching.proposed-as-signed"
    rules: ClassVar = (18,)
    opens: ClassVar = True

    def __init__(self, chronicle: Chronicle) -> None:
        super().__init__(chronicle)
        self._published: Recorded[MatchingRunPublished] | None = None
        self._pairs: dict[Two, int] = {}
        self._left: dict[PersonId, int] = {}

    @learns(MatchingRunPublished)
    def published(self, fact: Recorded[MatchingRunPublished]) -> None:
        """Its pairs follow."""
        self._published, self._pairs, self._left = fact, {}, {}

    @learns(PairingProposed)
    def proposed(self, fact: Recorded[PairingProposed]) -> None:
        """One of its pairs."""
        event = fact.event
        if event.run_id is not None:
            two = event.patient_leader_id, event.healthcare_leader_id
            self._pairs[two] = fact.envelope.position

    @learns(LeftUnpaired)
    def left(self, fact: Recorded[LeftUnpaired]) -> None:
        """Somebody for whom it has nobody."""
        self._left[fact.event.person_id] = fact.envelope.position

    def settled(self) -> Iterator[Finding]:
        """All of them, and no others."""
        if self._published is None:
            return
        fact, self._published = self._published, None
        run = self.run(fact.event.run_id)
        if run.found is None:
            return
        pairs = {(one.patient_leader_id, one.healthcare_leader_id) for one in run.found.pairs}
        left = {one.person_id for one in run.found.unmatched}
        if pairs != self._pairs.keys() or left != self._left.keys():
            led = run.made_at, fact.envelope.position, *self._pairs.values(), *self._left.values()
            yield self.found((fact.event.run_id,), *led)


class NothingBetter(Invariant):
    """A matching run does not prove that no other matching has more points."""

    name: ClassVar = "matching.nothing-better"
    rules: ClassVar = (17, 18)
    opens: ClassVar = True

    @learns(MatchingRunMade)
    def made(self, fact: Recorded[MatchingRunMade]) -> list[Finding] | None:
        """By its prices: none is negative, every allowed pair costs at least its worth, and all
        together cost what the chosen pairs are worth (linear-programming duality).
        """
        found = fact.event.found
        if not isinstance(found, Matching) or proven(found):
            return None
        return [self.found((fact.event.run_id,), fact.envelope.position)]


def proven(found: Matching) -> bool:
    """Whether the prices of a run prove that its pairs are the best."""
    worth, prices = dict(worths(found)), {one.person_id: one.points for one in found.prices}
    chosen = [(one.patient_leader_id, one.healthcare_leader_id) for one in found.pairs]
    people = [who for pair in chosen for who in pair]
    total = sum(worth.get(pair, 0) for pair in chosen)
    enough = all(
        prices.get(one, 0) + prices.get(other, 0) >= it for (one, other), it in worth.items()
    )
    return (
        len(people) == len(set(people))
        and all(pair in worth for pair in chosen)
        and min(prices.values(), default=0) >= 0
        and enough
        and total == found.total == sum(prices.values())
    )


def worths(found: Matching) -> Iterator[tuple[Two, int]]:
    """What each allowed pair of a run is worth: `per_point` for `per_pair` and each of its points,
    and what the seed gives, three bytes for each cell of a row.
    """
    for row in found.weighed.rows:
        who, width = row.patient_leader_id, 3 * len(row.cells)
        given = shake_256(f"{found.seed}\n{who}".encode()).digest(width) if found.seed else None
        beside = zip(found.weighed.healthcare_leader_ids, row.cells, strict=True)
        for place, (other, cell) in enumerate(beside):
            kind = found.weighed.kinds[cell]
            if not isinstance(kind, str):
                drawn = int.from_bytes(given[3 * place : 3 * place + 3], "big") if given else 0
                yield (who, other), (sum(kind) + found.per_pair) * found.per_point + drawn


class FirstInLineIsMatched(Invariant):
    """A matching run left somebody over who lost a partner, though another's place beside somebody
    would have been theirs.
    """

    name: ClassVar = "matching.first-in-line-is-matched"
    rules: ClassVar = (17,)
    opens: ClassVar = True

    def __init__(self, chronicle: Chronicle) -> None:
        super().__init__(chronicle)
        self._when_asked: dict[MatchingRunId, dict[PersonId, tuple[PairingId, int]]] = {}

    @learns(MatchingRunAsked)
    def inputs_stand(self, fact: Recorded[MatchingRunAsked]) -> None:
        """Who lost a partner later, or left, counts for another run."""
        self._when_asked[fact.event.run_id] = {**self.log.pairs.first[fact.event.cohort_id]}

    @learns(MatchingRunMade)
    def made(self, fact: Recorded[MatchingRunMade]) -> Iterator[Finding] | None:
        """Among those whom it weighed; the first runs were asked for and made at once."""
        found, now = fact.event.found, self.log.pairs.first[fact.event.cohort_id]
        first = self._when_asked.pop(fact.event.run_id, now)
        if not isinstance(found, Matching) or first.keys().isdisjoint(found.people):
            return None
        passed_over = dict.fromkeys(self._passed_over(found, first, dict(worths(found))))
        run_id, at = fact.event.run_id, fact.envelope.position
        return (self.found((run_id, who), first[who][1], at) for who in passed_over)

    def _passed_over(
        self, found: Matching, first: Collection[PersonId], allowed: Mapping[Two, int]
    ) -> Iterator[PersonId]:
        left = [one.person_id for one in found.unmatched if one.person_id in first]
        for who, pair in product(left, found.pairs):
            one, other = pair.patient_leader_id, pair.healthcare_leader_id
            instead_of_one = one not in first and (who, other) in allowed
            instead_of_other = other not in first and (one, who) in allowed
            if instead_of_one or instead_of_other:
                yield who
