"""What may happen to a matching run: both sides sign it, then it is published or discarded."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from enum import StrEnum
from typing import ClassVar, NamedTuple

from domain.cohorts.cohort import Cohort
from domain.decision import Act, Command, Decides, Know, Knowledge, Refusal, learns
from domain.matching.weighing import inputs
from domain.pairings.compatibility import Circle
from domain.pairings.engagement import Pool, former_of
from domain.roles.signing import (
    Signatories,
    must_be_their_side,
    must_not_have_signed,
    signatories,
    still_signs,
)
from domain.rules_in_force import Rules
from events.event import Event
from events.ids import CohortId, MatchingRunId, PairingId, PersonId
from events.matching import (
    LeftUnpaired,
    MatchedPair,
    Matching,
    MatchingRunApproved,
    MatchingRunDiscarded,
    MatchingRunMade,
    MatchingRunPublished,
)
from events.pairings import PairingProposed
from events.personal import plain
from events.terms import Role, Side


class DiscardReason(StrEnum):
    """Why a run is not used."""

    SOMETHING_CHANGED = "something-changed"
    ANOTHER_RUN = "another-run"
    NOT_SIGNED = "not-signed"
    OTHER = "other"


@dataclass
class Run(Knowledge):
    """One run of the matching: what it found, who signed it, and whether it was used."""

    run_id: MatchingRunId | None
    made: MatchingRunMade | None = None
    signed: dict[Side, PersonId | None] = field(default_factory=dict)
    published: bool = False
    discarded: bool = False

    @property
    def tags(self) -> tuple[str | None, ...]:
        return (self.run_id,)

    @property
    def known(self) -> MatchingRunMade:
        """What it found; refuses a run that does not exist."""
        if self.made is None:
            raise UnknownRun
        return self.made

    @property
    def matching(self) -> Matching:
        """What it weighed and found; refuses one that went with somebody who was erased."""
        if (found := plain(self.known.found)) is None:
            raise RunIsStale
        return found

    @property
    def cohort_id(self) -> CohortId | None:
        return self.made.cohort_id if self.made else None

    def must_be_in_use(self) -> None:
        """Refuses a run that does not exist or was discarded."""
        if self.known and self.discarded:
            raise RunWasDiscarded

    @learns(MatchingRunMade)
    def found(self, event: MatchingRunMade) -> None:
        self.made = event

    @learns(MatchingRunApproved)
    def signed_by(self, event: MatchingRunApproved) -> None:
        self.signed[event.side] = event.signed_by

    @learns(MatchingRunPublished, MatchingRunDiscarded)
    def used(self, event: Event) -> None:
        self.published |= isinstance(event, MatchingRunPublished)
        self.discarded |= isinstance(event, MatchingRunDiscarded)


class SignedRun(NamedTuple):
    """A run, and what those hold who have signed it."""

    run: Run
    signatories: Signatories

    def counting(self, day: date) -> Mapping[Side, PersonId]:
        """Whose signatures count on a day: of who is still co-chair of that side."""
        return {
            side: who
            for side, who in self.run.signed.items()
            if who and still_signs(self.signatories, who, side, self.run.cohort_id, day)
        }

    def must_be_whole(self, day: date) -> None:
        """Refuses a run that one side's co-chair has not signed."""
        if len(self.counting(day)) != len(Side):
            raise NotSignedByBoth


class Free(NamedTuple):
    """Who of a cohort is free for a partner now, and the circle of each."""

    pool: Pool
    circles: Sequence[Circle]


def signed_run(know: Know, run_id: MatchingRunId) -> SignedRun:
    """What must be known of a run and its signatures."""
    run = know(Run(run_id))
    return SignedRun(run, signatories(know, run.signed.values()))


class UnknownRun(Refusal):
    """We don't know a matching run with this id. Check the id."""

    code = "matching.unknown-run"


class RunWasDiscarded(Refusal):
    """The run was discarded. Make another run."""

    code = "matching.run-discarded"


class RunWasPublished(Refusal):
    """A published run is never changed. Make another run for those who still need a partner."""

    code = "matching.run-published"


class MatchedYourself(Refusal):
    """You are among those who were matched. Another co-chair of your side must sign."""

    code = "matching.matched-yourself"


class NotSignedByBoth(Refusal):
    """Both sides' co-chairs must sign a run before it is published. Ask them to sign."""

    code = "matching.not-signed-by-both"


class RunIsStale(Refusal):
    """The cohort has changed since this run was made. Discard it and make another run."""

    code = "matching.run-stale"


class ApproveRun(Command, Decides[SignedRun]):
    """A co-chair signs a run for their side."""

    name: ClassVar = "matching.approve"
    roles: ClassVar = frozenset({Role.CO_CHAIR})
    run_id: MatchingRunId
    side: Side

    def needs(self, know: Know) -> tuple[SignedRun]:
        return (signed_run(know, self.run_id),)

    def decide(self, act: Act, signed: SignedRun) -> Iterator[Event]:
        run = signed.run
        run.must_be_in_use()
        must_be_their_side(act, self.side)
        if run.matching and (run.published or self.side in signed.counting(act.asked_on)):
            return
        must_not_have_signed(act, self.side, run.signed)
        if act.person in run.matching.people:
            raise MatchedYourself
        yield MatchingRunApproved(
            run_id=self.run_id, cohort_id=run.known.cohort_id, side=self.side, signed_by=act.person
        )


class PublishRun(Command, Decides[Cohort, SignedRun, Free, Rules]):
    """A run that both sides signed becomes proposals, if the cohort is still as it was."""

    name: ClassVar = "matching.publish"
    run_id: MatchingRunId

    def needs(self, know: Know) -> tuple[Cohort, SignedRun, Free, Rules]:
        signed = signed_run(know, self.run_id)
        pool = know(Pool(signed.run.cohort_id))
        circles = tuple(know(Circle(one)) for one in pool.free)
        return know(Cohort(signed.run.cohort_id)), signed, Free(pool, circles), know(Rules())

    def decide(
        self, act: Act, cohort: Cohort, signed: SignedRun, free: Free, rules: Rules
    ) -> Iterator[Event]:
        run = signed.run
        run.must_be_in_use()
        if run.published:
            return
        signed.must_be_whole(act.asked_on)
        made, found = run.known, run.matching
        cohort_id = cohort.known.cohort_id
        if inputs(cohort_id, *free, found.weights).digest != found.inputs_digest:
            raise RunIsStale
        yield MatchingRunPublished(run_id=self.run_id, cohort_id=cohort_id)
        until = act.today + timedelta(days=rules.on(act.asked_on).numbers.proposal_days)
        yield from (_proposed(act, made, pair, free.pool, until) for pair in found.pairs)
        yield from _left_unpaired(made, found)


def _proposed(
    act: Act, run: MatchingRunMade, pair: MatchedPair, pool: Pool, accept_by: date
) -> PairingProposed:
    two = pair.patient_leader_id, pair.healthcare_leader_id
    return PairingProposed(
        pairing_id=act.new(PairingId, *two),
        cohort_id=run.cohort_id,
        patient_leader_id=two[0],
        healthcare_leader_id=two[1],
        accept_by=accept_by,
        run_id=run.run_id,
        reasons=pair.reasons,
        former_pairing_id=former_of(*(pool.people[one] for one in two)),
    )


def _left_unpaired(run: MatchingRunMade, found: Matching) -> Iterator[LeftUnpaired]:
    patient_leaders = {row.patient_leader_id for row in found.weighed.rows}
    for one in found.unmatched:
        on_this_side = one.person_id in patient_leaders
        yield LeftUnpaired(
            run_id=run.run_id,
            cohort_id=run.cohort_id,
            person_id=one.person_id,
            side=Side.PATIENT_LEADER if on_this_side else Side.HEALTHCARE_LEADER,
            reason=one.reason,
        )


class DiscardRun(Command, Decides[Run]):
    """A coordinator puts a run aside, for a reason."""

    name: ClassVar = "matching.discard"
    roles: ClassVar = frozenset({Role.COORDINATOR, Role.CO_CHAIR, Role.SYSTEM})
    run_id: MatchingRunId
    reason: DiscardReason

    def needs(self, know: Know) -> tuple[Run]:
        return (know(Run(self.run_id)),)

    def decide(self, act: Act, run: Run) -> Iterator[Event]:
        made = run.known
        if run.published:
            raise RunWasPublished
        if not run.discarded:
            yield MatchingRunDiscarded(
                run_id=self.run_id, cohort_id=made.cohort_id, reason=self.reason
            )
