"""What may happen to a matching run: both sides sign it, then it is published or discarded."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from typing import ClassVar, NamedTuple

from domain.cohorts.cohort import Cohort
from domain.decision import Act, Command, Decides, Know, Knowledge, Refusal, learns
from domain.matching.canon import digest_of
from domain.matching.certificate import certified
from domain.matching.weighing import Known, WeighsBy, inputs, known_of
from domain.pairings.compatibility import Circle
from domain.pairings.engagement import Pool, former_of
from domain.pairings.project_led import ProjectOfPair, leading
from domain.pairings.proposals import time_for_a_proposal
from domain.reasons import SaidOfRun
from domain.roles.signing import (
    Signatories,
    must_be_their_side,
    must_not_have_signed,
    signatories,
    still_signing,
)
from domain.rules_in_force import AnswerDays, Rules
from events.event import Event
from events.ids import CohortId, MatchingRunId, PairingId, PersonId
from events.matching import (
    Inputs,
    LeftUnpaired,
    MatchedPair,
    Matching,
    MatchingRunApproved,
    MatchingRunAsked,
    MatchingRunDiscarded,
    MatchingRunGivenUp,
    MatchingRunMade,
    MatchingRunPublished,
)
from events.pairings import PairingProposed
from events.personal import plain
from events.terms import Role, Side

OfARun = MatchingRunAsked | MatchingRunMade


class DiscardReason(StrEnum):
    """Why a run is not used."""

    SOMETHING_CHANGED = "something-changed"
    ANOTHER_RUN = "another-run"
    NOT_SIGNED = "not-signed"
    OTHER = "other"


@dataclass
class Run(Knowledge):
    """One run of the matching: what was asked about, what it found, who signed it, and whether it
    was used.
    """

    run_id: MatchingRunId | None
    asked: MatchingRunAsked | None = None
    made: MatchingRunMade | None = None
    signed: dict[Side, PersonId | None] = field(default_factory=dict)
    published: bool = False
    discarded: bool = False
    given_up: bool = False

    @property
    def tags(self) -> tuple[str | None, ...]:
        return (self.run_id,)

    @property
    def known(self) -> MatchingRunAsked | MatchingRunMade:
        """By what it is known; refuses a run that does not exist."""
        known = self.made or self.asked
        if known is None:
            raise UnknownRun
        return known

    @property
    def given(self) -> Inputs:
        """What was asked about; refuses what went with somebody who was erased."""
        given = plain(self.asked.inputs) if self.known and self.asked else None
        if given is None:
            raise RunIsStale
        return given

    @property
    def digest(self) -> str | None:
        """That of what was asked about."""
        return plain(self.asked.digest) if self.asked else None

    @property
    def matching(self) -> Matching:
        """What it weighed and found. Refuses a run that is not computed, one that went with
        somebody who was erased, and one that does not prove itself.
        """
        if self.known and self.given_up:
            raise RunWasGivenUp
        if self.made is None:
            raise NotComputedYet
        if (found := plain(self.made.found)) is None:
            raise RunIsStale
        if not certified(found, self.made.cohort_id):
            raise RunProvesNothing
        return found

    @property
    def cohort_id(self) -> CohortId | None:
        known = self.made or self.asked
        return known.cohort_id if known else None

    def must_be_in_use(self) -> None:
        """Refuses a run that does not exist or was discarded."""
        if self.known and self.discarded:
            raise RunWasDiscarded

    @learns(MatchingRunAsked)
    def asked_for(self, event: MatchingRunAsked) -> None:
        if event.run_id == self.run_id:  # a later run names this one too
            self.asked = event

    @learns(MatchingRunMade)
    def found(self, event: MatchingRunMade) -> None:
        self.made = event

    @learns(MatchingRunApproved)
    def signed_by(self, event: MatchingRunApproved) -> None:
        self.signed[event.side] = event.signed_by

    @learns(MatchingRunPublished, MatchingRunDiscarded, MatchingRunGivenUp)
    def used(self, event: Event) -> None:
        self.published |= isinstance(event, MatchingRunPublished)
        self.discarded |= isinstance(event, MatchingRunDiscarded)
        self.given_up |= isinstance(event, MatchingRunGivenUp)


class SignedRun(NamedTuple):
    """A run, and what those hold who have signed it."""

    run: Run
    signatories: Signatories

    def counting(self, day: date) -> Mapping[Side, PersonId]:
        """Whose signatures count on a day: of who is still co-chair of that side."""
        return still_signing(self.signatories, self.run.signed, self.run.cohort_id, day)

    def must_be_whole(self, day: date) -> None:
        """Refuses a run that one side's co-chair has not signed."""
        if len(self.counting(day)) != len(Side):
            raise NotSignedByBoth


def signed_run(know: Know, run_id: MatchingRunId) -> SignedRun:
    """What must be known of a run and its signatures."""
    run = know(Run(run_id))
    return SignedRun(run, signatories(know, run.signed.values()))


class Now(NamedTuple):
    """A cohort's people as they are now, what those who are free are to others, and what the
    pairings lead that they have lost.
    """

    pool: Pool
    known: tuple[Known, ...]
    led: tuple[ProjectOfPair, ...]


def as_it_is_now(know: Know, cohort_id: CohortId | None) -> Now:
    """What must be known of everybody of a cohort."""
    pool = know(Pool(cohort_id))
    lost = (pool.people[one].former_pairing_id for one in pool.free)
    led = tuple(know(ProjectOfPair(one)) for one in lost if one)
    return Now(pool, known_of(know, pool), led)


class UnknownRun(Refusal):
    """We don't know a matching run with this id. Check the id."""

    code = "matching.unknown-run"


class NotComputedYet(Refusal):
    """The run is still being computed. Ask again in a moment."""

    code = "matching.not-computed-yet"


class RunWasGivenUp(Refusal):
    """The run could not be computed. Ask for another."""

    code = "matching.run-given-up"


class RunProvesNothing(Refusal):
    """The run does not prove that its pairs are the best there are. Discard it and ask for
    another.
    """

    code = "matching.proves-nothing"


class RunWasDiscarded(Refusal):
    """The run was discarded. Ask for another."""

    code = "matching.run-discarded"


class RunWasPublished(Refusal):
    """A published run is never changed. Ask for another for those who still need a partner."""

    code = "matching.run-published"


class MatchedYourself(Refusal):
    """You are among those who were matched. Another co-chair of your side must sign."""

    code = "matching.matched-yourself"


class SomebodyClose(Refusal):
    """Somebody close to you is among those who were matched. Another co-chair of your side must
    sign.
    """

    code = "matching.somebody-close"


class NotSignedByBoth(Refusal):
    """Both sides' co-chairs must sign a run before it is published. Ask them to sign."""

    code = "matching.not-signed-by-both"


class RunIsStale(Refusal):
    """The cohort has changed since this run was asked for. Discard it and ask for another."""

    code = "matching.run-stale"


class ApproveRun(Command, Decides[SignedRun, tuple[Circle, ...]]):
    """A co-chair signs a run for their side. Neither they nor anybody close to them is in it."""

    name: ClassVar = "matching.approve"
    roles: ClassVar = frozenset({Role.CO_CHAIR})
    run_id: MatchingRunId
    side: Side

    def needs(self, know: Know) -> tuple[SignedRun, tuple[Circle, ...]]:
        signed = signed_run(know, self.run_id)
        found = signed.run.made.found if signed.run.made else None
        people = found.people if isinstance(found, Matching) else ()
        return signed, tuple(know(Circle(who)) for who in people)

    def decide(self, act: Act, signed: SignedRun, circles: tuple[Circle, ...]) -> Iterator[Event]:
        run = signed.run
        run.must_be_in_use()
        must_be_their_side(act, self.side)
        found = run.matching
        if run.published or self.side in signed.counting(act.asked_on):
            return
        must_not_have_signed(act, self.side, run.signed)
        if act.person in found.people:
            raise MatchedYourself
        if any(act.person in it.close for it in circles):
            raise SomebodyClose
        yield MatchingRunApproved(
            run_id=self.run_id, cohort_id=run.known.cohort_id, side=self.side, signed_by=act.person
        )


class PublishRun(Command, Decides[Cohort, SignedRun, Now, Rules]):
    """A run that both sides signed becomes proposals, if the cohort is still as it was."""

    name: ClassVar = "matching.publish"
    run_id: MatchingRunId

    def needs(self, know: Know) -> tuple[Cohort, SignedRun, Now, Rules]:
        signed = signed_run(know, self.run_id)
        cohort_id = signed.run.cohort_id
        return know(Cohort(cohort_id)), signed, as_it_is_now(know, cohort_id), know(Rules())

    def decide(
        self, act: Act, cohort: Cohort, signed: SignedRun, now: Now, rules: Rules
    ) -> Iterator[Event]:
        run = signed.run
        run.must_be_in_use()
        if run.published:
            return
        signed.must_be_whole(act.asked_on)
        found, cohort_id = run.matching, cohort.known.cohort_id
        day = run.asked.asked_on if run.asked else None
        by = WeighsBy(found.weights, found.common_days, day)
        as_now = inputs(cohort_id, now.pool, now.known, by)
        if digest_of(as_now) != found.inputs_digest:
            raise RunIsStale
        yield MatchingRunPublished(run_id=self.run_id, cohort_id=cohort_id)
        answer = time_for_a_proposal(act, rules)
        yield from (_proposed(act, run.known, pair, now, answer) for pair in found.pairs)
        yield from _left_unpaired(act, run.known, found, now.pool)


def _proposed(
    act: Act, run: OfARun, pair: MatchedPair, now: Now, answer: AnswerDays
) -> PairingProposed:
    two = pair.patient_leader_id, pair.healthcare_leader_id
    one, other = (now.pool.people[who] for who in two)
    return PairingProposed(
        pairing_id=act.new(PairingId, *two),
        cohort_id=run.cohort_id,
        patient_leader_id=two[0],
        healthcare_leader_id=two[1],
        **answer._asdict(),
        run_id=run.run_id,
        reasons=pair.reasons,
        former_pairing_id=former_of(one, other, leading(now.led)),
    )


def _left_unpaired(act: Act, run: OfARun, found: Matching, pool: Pool) -> Iterator[LeftUnpaired]:
    for one in found.unmatched:
        if side := pool.people[one.person_id].side:
            yield LeftUnpaired(
                run_id=run.run_id,
                cohort_id=run.cohort_id,
                person_id=one.person_id,
                side=side,
                reason=one.reason,
                left_on=act.asked_on,
            )


class DiscardRun(Command, Decides[Run, SaidOfRun]):
    """A coordinator puts a run aside, for a reason; or puts right why it was."""

    name: ClassVar = "matching.discard"
    roles: ClassVar = frozenset({Role.COORDINATOR, Role.CO_CHAIR, Role.SYSTEM})
    run_id: MatchingRunId
    reason: DiscardReason

    def needs(self, know: Know) -> tuple[Run, SaidOfRun]:
        return know(Run(self.run_id)), know(SaidOfRun(self.run_id))

    def decide(self, act: Act, run: Run, said: SaidOfRun) -> Iterator[Event]:
        cohort_id = run.known.cohort_id
        if run.published:
            raise RunWasPublished
        if run.discarded:
            yield from said.otherwise(MatchingRunDiscarded, self.reason)
            return
        yield MatchingRunDiscarded(run_id=self.run_id, cohort_id=cohort_id, reason=self.reason)
