"""What may happen when a cohort's people are matched: a run on paper, and who is kept apart."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Annotated, ClassVar, NamedTuple

from domain.cohorts.cohort import Cohort
from domain.decision import Act, Command, Decides, Know, Knowledge, Refusal, learns
from domain.in_confidence import NoConcern
from domain.matching.optimum import best
from domain.matching.weighing import Known, inputs, known_of
from domain.pairings.compatibility import Circle
from domain.pairings.engagement import Engagement, Pool
from domain.pairings.suitability import weights_of
from domain.people.person import Person, SamePerson
from domain.rules_in_force import Rules
from events.event import Event
from events.ids import CohortId, MatchingRunId, PersonId
from events.matching import (
    MatchingRunDiscarded,
    MatchingRunMade,
    MatchingRunPublished,
    PairAllowed,
    PairForbidden,
)
from events.personal import plain
from events.rules import Weight, WeightCode
from events.terms import Role, Side


class ForbidReason(StrEnum):
    """Why a coordinator keeps two people apart."""

    KNOWN_CONFLICT = "known-conflict"
    ASKED_BY_ONE = "asked-by-one"
    TEAM = "team"
    OTHER = "other"


class AllowReason(StrEnum):
    """Why a coordinator does not keep two people apart any more."""

    SETTLED = "settled"
    ASKED_BY_BOTH = "asked-by-both"
    MISTAKE = "mistake"
    OTHER = "other"


class NotForYouToAllow(Refusal):
    """Only a coordinator can do so who is neither of the two, nor close to one of them."""

    code = "matching.not-for-you-to-allow"


class NobodyToMatch(Refusal):
    """On one side nobody is free for a partner. Wait until people of both sides have a place."""

    code = "matching.nobody-to-match"


class TooManyToMatch(Refusal):
    """There are too many people for one run. Split the cohort into smaller ones."""

    code = "matching.too-many"

    def __init__(self, most: int) -> None:
        """`most` is how many of each side one run matches."""
        super().__init__(most)
        self.most = most

    @property
    def sentence(self) -> str:
        """What people are told."""
        return f"{super().sentence} A run matches up to {self.most} people of each side."


@dataclass
class RunsInHand(Knowledge):
    """The runs of a cohort that were neither published nor discarded, with the digest of what each
    weighed.
    """

    cohort_id: CohortId | None
    digests: dict[MatchingRunId, str | None] = field(default_factory=dict)

    @property
    def tags(self) -> tuple[str | None, ...]:
        return (self.cohort_id,)

    @learns(MatchingRunMade)
    def made(self, event: MatchingRunMade) -> None:
        self.digests[event.run_id] = plain(event.digest)

    @learns(MatchingRunPublished, MatchingRunDiscarded)
    def used(self, event: MatchingRunPublished | MatchingRunDiscarded) -> None:
        self.digests.pop(event.run_id, None)


class OnPaper(NamedTuple):
    """The runs of a cohort that are in hand, and the programme's rules, by which a run weighs."""

    runs: RunsInHand
    rules: Rules


class MakeRun(Command, Decides[Cohort, Pool, tuple[Known, ...], OnPaper]):
    """A coordinator matches a cohort's free people on paper; nobody is told.

    While there is a run over the same in hand, nothing is made: it would find the same. What
    `weights` does not say counts as the rules say.
    """

    name: ClassVar = "matching.make-run"
    cohort_id: CohortId
    weights: dict[WeightCode, Weight] = {}  # noqa: RUF012 - pydantic copies a field's default

    def needs(self, know: Know) -> tuple[Cohort, Pool, tuple[Known, ...], OnPaper]:
        pool = know(Pool(self.cohort_id))
        paper = OnPaper(know(RunsInHand(self.cohort_id)), know(Rules()))
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
        usual = weights_of(numbers)
        said = {str(code): weight for code, weight in self.weights.items()}
        given = inputs(cohort_id, pool, known, {**usual, **said})
        sizes = len(given.weighed.rows), len(given.weighed.healthcare_leader_ids)
        if min(sizes) == 0:
            raise NobodyToMatch
        if max(sizes) > numbers.people_in_a_run:
            raise TooManyToMatch(numbers.people_in_a_run)
        digest = given.digest
        if digest in paper.runs.digests.values():
            return
        run_id, found = act.new(MatchingRunId), best(given)
        yield MatchingRunMade(run_id=run_id, cohort_id=cohort_id, found=found, digest=digest)


class ForbidPair(Command, Decides[Engagement, Engagement, Circle]):
    """A coordinator keeps two people of a cohort apart, for a reason."""

    name: ClassVar = "matching.forbid-pair"
    cohort_id: CohortId
    patient_leader_id: PersonId
    healthcare_leader_id: PersonId
    reason: Annotated[ForbidReason, NoConcern]

    def needs(self, know: Know) -> tuple[Engagement, Engagement, Circle]:
        one = know(Engagement(self.cohort_id, self.patient_leader_id))
        other = know(Engagement(self.cohort_id, self.healthcare_leader_id))
        return one, other, know(Circle(self.patient_leader_id))

    def decide(
        self, act: Act, one: Engagement, other: Engagement, circle: Circle
    ) -> Iterator[Event]:
        if self.patient_leader_id == self.healthcare_leader_id:
            raise SamePerson
        one.must_be_from(Side.PATIENT_LEADER)
        other.must_be_from(Side.HEALTHCARE_LEADER)
        kept = self.cohort_id, self.healthcare_leader_id
        if kept not in circle.forbidden or circle.forbidden[kept] != self.reason.value:
            yield PairForbidden(**self.model_dump())


class AllowPair(Command, Decides[Person, Person, Circle, Circle]):
    """A coordinator does not keep two people of a cohort apart any more, for a reason.

    Whatever else is between the two counts as before.
    """

    name: ClassVar = "matching.allow-pair"
    roles: ClassVar = frozenset({Role.COORDINATOR})
    cohort_id: CohortId
    patient_leader_id: PersonId
    healthcare_leader_id: PersonId
    reason: AllowReason

    def needs(self, know: Know) -> tuple[Person, Person, Circle, Circle]:
        one, other = self.patient_leader_id, self.healthcare_leader_id
        return know(Person(one)), know(Person(other)), know(Circle(one)), know(Circle(other))

    def decide(
        self, act: Act, person: Person, partner: Person, one: Circle, other: Circle
    ) -> Iterator[Event]:
        person.must_be_known()
        partner.must_be_known()
        two = {self.patient_leader_id, self.healthcare_leader_id}
        if act.person and act.person in two | one.close | other.close:
            raise NotForYouToAllow
        pair, reason = (self.cohort_id, self.healthcare_leader_id), self.reason.value
        if pair in one.forbidden or one.allowed.get(pair) not in (None, reason):
            yield PairAllowed(**self.model_dump())
