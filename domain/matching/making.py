"""What may happen when a cohort's people are matched: a run on paper, and who is kept apart."""

from collections.abc import Iterator, Sequence
from enum import StrEnum
from typing import ClassVar, Final

from domain.cohorts.cohort import Cohort
from domain.decision import Act, Command, Decides, Know, Refusal
from domain.matching.optimum import best
from domain.matching.weighing import inputs
from domain.pairings.compatibility import Circle
from domain.pairings.engagement import Engagement, Pool
from domain.pairings.suitability import weights_of
from domain.people.person import SamePerson
from domain.rules_in_force import Rules
from events.event import Event
from events.ids import CohortId, MatchingRunId, PersonId
from events.matching import MatchingRunMade, PairForbidden
from events.rules import Weight, WeightCode
from events.terms import Side

MOST_ON_A_SIDE: Final = 80  # others wait while a run is made


class ForbidReason(StrEnum):
    """Why a coordinator keeps two people apart."""

    KNOWN_CONFLICT = "known-conflict"
    ASKED_BY_ONE = "asked-by-one"
    SAFEGUARDING = "safeguarding"
    OTHER = "other"


class NobodyToMatch(Refusal):
    """On one side nobody is free for a partner. Wait until people of both sides have a place."""

    code = "matching.nobody-to-match"


class TooManyToMatch(Refusal):
    """A run can match up to 80 people of each side. Split the cohort into smaller ones."""

    code = "matching.too-many"


class MakeRun(Command, Decides[Cohort, Pool, tuple[Circle, ...], Rules]):
    """A coordinator matches a cohort's free people on paper; nobody is told. What `weights` does
    not say counts as the rules say.
    """

    name: ClassVar = "matching.make-run"
    cohort_id: CohortId
    weights: dict[WeightCode, Weight] = {}  # noqa: RUF012 - pydantic copies a field's default

    def needs(self, know: Know) -> tuple[Cohort, Pool, tuple[Circle, ...], Rules]:
        pool = know(Pool(self.cohort_id))
        circles = tuple(know(Circle(one)) for one in pool.free)
        return know(Cohort(self.cohort_id)), pool, circles, know(Rules())

    def decide(
        self, act: Act, cohort: Cohort, pool: Pool, circles: Sequence[Circle], rules: Rules
    ) -> Iterator[Event]:
        cohort_id = cohort.known.cohort_id
        usual = weights_of(rules.on(act.asked_on).numbers)
        said = {str(code): weight for code, weight in self.weights.items()}
        given = inputs(cohort_id, pool, circles, {**usual, **said})
        sizes = len(given.weighed.rows), len(given.weighed.healthcare_leader_ids)
        if min(sizes) == 0:
            raise NobodyToMatch
        if max(sizes) > MOST_ON_A_SIDE:
            raise TooManyToMatch
        run_id = act.new(MatchingRunId)
        yield MatchingRunMade(run_id=run_id, cohort_id=cohort_id, found=best(given))


class ForbidPair(Command, Decides[Engagement, Engagement, Circle]):
    """A coordinator keeps two people of a cohort apart, for a reason."""

    name: ClassVar = "matching.forbid-pair"
    cohort_id: CohortId
    patient_leader_id: PersonId
    healthcare_leader_id: PersonId
    reason: ForbidReason

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
        if (self.cohort_id, self.healthcare_leader_id) not in circle.forbidden:
            yield PairForbidden(**self.model_dump())
