"""What may happen when a cohort's people are to be matched: what is weighed is fixed, on paper."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import ClassVar, NamedTuple

from domain.cohorts.cohort import Cohort
from domain.decision import Act, Command, Decides, Know, Knowledge, Refusal, learns
from domain.matching.canon import digest_of
from domain.matching.weighing import Known, WeighsBy, inputs, known_of, leaders
from domain.pairings.engagement import Pool
from domain.pairings.suitability import weights_of
from domain.rules_in_force import Rules
from events.event import Event
from events.ids import CohortId, MatchingRunId
from events.matching import (
    MatchingRunAsked,
    MatchingRunDiscarded,
    MatchingRunGivenUp,
    MatchingRunMade,
    MatchingRunPublished,
)
from events.personal import plain
from events.rules import Weight, WeightCode
from events.terms import Side


class AnotherRunReason(StrEnum):
    """Why a cohort is matched once more."""

    PEOPLE_ARE_FREE = "people-are-free"
    SOMETHING_CHANGED = "something-changed"
    OTHER_WEIGHTS = "other-weights"
    NOT_SIGNED = "not-signed"
    NOT_COMPUTED = "not-computed"
    OTHER = "other"


class NobodyToMatch(Refusal):
    """On one side nobody is free for a partner. Wait until people of both sides have a place."""

    code = "matching.nobody-to-match"


class TooManyToMatch(Refusal):
    """There are too many people for one run. Have some of them asked by hand first, or agree on
    rules that allow more.
    """

    code = "matching.too-many"

    def __init__(self, most: int) -> None:
        """`most` is how many of each side one run matches."""
        super().__init__(most)
        self.most = most

    @property
    def sentence(self) -> str:
        """What people are told."""
        return f"{super().sentence} A run matches up to {self.most} people of each side."


class SayWhyOnceMore(Refusal):
    """The cohort was matched before. Say why there is to be another run, as the reason: chance is
    not tried again and again until somebody likes what it gives.
    """

    code = "matching.say-why-once-more"


@dataclass
class RunsOf(Knowledge):
    """A cohort's runs: the last one, and those in hand, which were neither published nor put aside
    nor given up, with the digest of what each weighs.
    """

    cohort_id: CohortId | None
    last: MatchingRunId | None = None
    digests: dict[MatchingRunId, str | None] = field(default_factory=dict)

    @property
    def tags(self) -> tuple[str | None, ...]:
        return (self.cohort_id,)

    @learns(MatchingRunAsked, MatchingRunMade)
    def begun(self, event: MatchingRunAsked | MatchingRunMade) -> None:
        if event.run_id not in self.digests:  # made of what was asked for before
            self.last = event.run_id
        self.digests[event.run_id] = plain(event.digest)

    @learns(MatchingRunPublished, MatchingRunDiscarded, MatchingRunGivenUp)
    def over(self, event: MatchingRunPublished | MatchingRunDiscarded | MatchingRunGivenUp) -> None:
        self.digests.pop(event.run_id, None)


class OnPaper(NamedTuple):
    """A cohort's runs, and the programme's rules, by which a run weighs."""

    runs: RunsOf
    rules: Rules


class AskForRun(Command, Decides[Cohort, Pool, tuple[Known, ...], OnPaper]):
    """A coordinator has a cohort's free people matched on paper; nobody is told.

    What will be weighed stands from now on; the best matching of it is computed beside, and stands
    a moment later. While there is a run over the same in hand, nothing is asked: it would find the
    same. What `weights` does not say counts as the rules say. Once there was a run, `reason` says
    why there is another.
    """

    name: ClassVar = "matching.ask"
    cohort_id: CohortId
    weights: dict[WeightCode, Weight] = {}  # noqa: RUF012 - pydantic copies a field's default
    reason: AnotherRunReason | None = None

    def needs(self, know: Know) -> tuple[Cohort, Pool, tuple[Known, ...], OnPaper]:
        pool = know(Pool(self.cohort_id))
        paper = OnPaper(know(RunsOf(self.cohort_id)), know(Rules()))
        return know(Cohort(self.cohort_id)), pool, known_of(know, pool), paper

    def decide(
        self,
        act: Act,
        cohort: Cohort,
        pool: Pool,
        known: Sequence[Known],
        paper: OnPaper,
    ) -> Iterator[Event]:
        cohort_id = cohort.known.cohort_id
        numbers = paper.rules.on(act.asked_on).numbers
        sizes = [len(leaders(pool, known, side)) for side in Side]
        if min(sizes) == 0:
            raise NobodyToMatch
        if max(sizes) > numbers.people_in_a_run:
            raise TooManyToMatch(numbers.people_in_a_run)
        weights = weights_of(numbers, self.weights)
        by = WeighsBy(weights, numbers.common_days, act.asked_on)
        given = inputs(cohort_id, pool, known, by)
        digest = digest_of(given)
        if digest in paper.runs.digests.values():
            return
        if paper.runs.last and self.reason is None:
            raise SayWhyOnceMore
        yield MatchingRunAsked(
            run_id=act.new(MatchingRunId),
            cohort_id=cohort_id,
            inputs=given,
            digest=digest,
            asked_on=act.asked_on,
            former_run_id=paper.runs.last,
            reason=self.reason if paper.runs.last else None,
        )
