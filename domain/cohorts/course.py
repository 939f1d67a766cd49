"""What may happen to a cohort as it runs its course: it starts, ends, or does not take place."""

from collections.abc import Iterator
from enum import StrEnum
from typing import ClassVar

from domain.cohorts.cohort import Cohort
from domain.cohorts.under_way import UnderWay
from domain.decision import Act, Command, Decides, Know, Refusal, StandsInTheWay, TooEarly
from domain.reasons import SaidOfCohort
from events.calendar import start_of
from events.cohorts import (
    CohortCancelled,
    CohortCompleted,
    CohortCompletionTakenBack,
    CohortStarted,
    CohortStartTakenBack,
)
from events.event import Event
from events.ids import CohortId
from events.terms import Role


class CohortCancelReason(StrEnum):
    """Why a cohort does not take place."""

    TOO_FEW_PEOPLE = "cohort.too-few-people"
    NO_VENUE = "cohort.no-venue"
    NO_FUNDING = "cohort.no-funding"
    NOT_SAFE = "cohort.not-safe"
    MOVED = "cohort.moved-to-a-later-cohort"
    MISTAKE = "cohort.planned-by-mistake"


class StepTakenBackReason(StrEnum):
    """Why a cohort has not started, or is not over, after all."""

    MISTAKE = "cohort.step-mistake"
    ANOTHER_COHORT = "cohort.step-of-another-cohort"
    TOO_SOON = "cohort.step-too-soon"


class NotReleasedYet(Refusal):
    """Nobody has heard yet what was decided. Release the decisions, then start the cohort."""

    code = "cohort.not-released-yet"


class NotStarted(Refusal):
    """The cohort has not started, so it can't be completed. Start it, or cancel it."""

    code = "cohort.not-started"


class StartsLater(TooEarly):
    """The day on which this cohort starts has not come yet. If it starts earlier, change its plan
    first, so that everybody hears.
    """

    code = "cohort.starts-later"


class EndsLater(TooEarly):
    """The day on which this cohort ends has not come yet. If it ends earlier, change its plan
    first, so that everybody hears.
    """

    code = "cohort.ends-later"


class StartCohort(Command, Decides[Cohort, UnderWay]):
    """The cohort begins to learn together, on its day or later, once nobody has yet to answer an
    offer.
    """

    name: ClassVar = "cohort.start"
    cohort_id: CohortId

    def needs(self, know: Know) -> tuple[Cohort, UnderWay]:
        return know(Cohort(self.cohort_id)), know(UnderWay(self.cohort_id))

    def decide(self, act: Act, cohort: Cohort, under_way: UnderWay) -> Iterator[Event]:
        plan = cohort.known
        if not cohort.released:
            raise NotReleasedYet
        if cohort.started:
            return
        if act.time < start_of(plan.starts_on):
            raise StartsLater
        under_way.must_be_answered(proposals=False)
        yield CohortStarted(cohort_id=self.cohort_id)


class TakeBackStart(Command, Decides[Cohort, UnderWay, SaidOfCohort]):
    """A coordinator says that a cohort has not started after all, as long as nobody met."""

    name: ClassVar = "cohort.take-back-start"
    roles: ClassVar = frozenset({Role.COORDINATOR})
    cohort_id: CohortId
    reason: StepTakenBackReason

    def needs(self, know: Know) -> tuple[Cohort, UnderWay, SaidOfCohort]:
        this = self.cohort_id
        return know(Cohort(this)), know(UnderWay(this)), know(SaidOfCohort(this))

    def decide(
        self, act: Act, cohort: Cohort, under_way: UnderWay, said: SaidOfCohort
    ) -> Iterator[Event]:
        if cohort.known and not cohort.started:
            yield from said.otherwise(CohortStartTakenBack, self.reason)
            return
        rests = [f"the workshop {one}" for one in under_way.workshops]
        if cohort.completed:
            rests.append("the end of the cohort")
        if rests:
            raise StandsInTheWay(*rests)
        yield CohortStartTakenBack(cohort_id=self.cohort_id, reason=self.reason.value)


class CompleteCohort(Command, Decides[Cohort, UnderWay]):
    """The cohort comes to its end, on its day or later, once nobody has yet to answer an offer, or
    whether they will lead together. Pairs that lead go on.
    """

    name: ClassVar = "cohort.complete"
    cohort_id: CohortId

    def needs(self, know: Know) -> tuple[Cohort, UnderWay]:
        return know(Cohort(self.cohort_id)), know(UnderWay(self.cohort_id))

    def decide(self, act: Act, cohort: Cohort, under_way: UnderWay) -> Iterator[Event]:
        plan = cohort.known
        if not cohort.started:
            raise NotStarted
        if cohort.completed:
            return
        if act.time < start_of(plan.ends_on):
            raise EndsLater
        under_way.must_be_answered(proposals=True)
        yield CohortCompleted(cohort_id=self.cohort_id)


class TakeBackCompletion(Command, Decides[Cohort, SaidOfCohort]):
    """A coordinator says that a cohort is not over after all: nothing rests on its end."""

    name: ClassVar = "cohort.take-back-completion"
    roles: ClassVar = frozenset({Role.COORDINATOR})
    cohort_id: CohortId
    reason: StepTakenBackReason

    def needs(self, know: Know) -> tuple[Cohort, SaidOfCohort]:
        return know(Cohort(self.cohort_id)), know(SaidOfCohort(self.cohort_id))

    def decide(self, act: Act, cohort: Cohort, said: SaidOfCohort) -> Iterator[Event]:
        if cohort.known and cohort.completed:
            yield CohortCompletionTakenBack(cohort_id=self.cohort_id, reason=self.reason.value)
        else:
            yield from said.otherwise(CohortCompletionTakenBack, self.reason)


class CancelCohort(Command, Decides[Cohort, SaidOfCohort]):
    """A coordinator calls a cohort off, and says why; or puts right why it was."""

    name: ClassVar = "cohort.cancel"
    cohort_id: CohortId
    reason: CohortCancelReason

    def needs(self, know: Know) -> tuple[Cohort, SaidOfCohort]:
        return know(Cohort(self.cohort_id)), know(SaidOfCohort(self.cohort_id))

    def decide(self, act: Act, cohort: Cohort, said: SaidOfCohort) -> Iterator[Event]:
        if cohort.known and not cohort.cancelled:
            yield CohortCancelled(cohort_id=self.cohort_id, reason=self.reason.value)
        else:
            yield from said.otherwise(CohortCancelled, self.reason)
