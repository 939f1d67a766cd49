"""What may happen to a cohort as it runs its course: it starts, ends, or does not take place."""

from collections.abc import Iterator
from enum import StrEnum
from typing import ClassVar

from domain.cohorts.cohort import Cohort
from domain.decision import Act, Command, Decides, Know, Refusal
from events.cohorts import CohortCancelled, CohortCompleted, CohortStarted
from events.event import Event
from events.ids import CohortId


class CohortCancelReason(StrEnum):
    """Why a cohort does not take place."""

    TOO_FEW_PEOPLE = "cohort.too-few-people"
    NO_VENUE = "cohort.no-venue"
    NO_FUNDING = "cohort.no-funding"
    NOT_SAFE = "cohort.not-safe"
    MOVED = "cohort.moved-to-a-later-cohort"


class NotReleasedYet(Refusal):
    """Nobody has heard yet what was decided. Release the decisions, then start the cohort."""

    code = "cohort.not-released-yet"


class NotStarted(Refusal):
    """The cohort has not started, so it can't be completed. Start it, or cancel it."""

    code = "cohort.not-started"


class StartCohort(Command, Decides[Cohort]):
    """The cohort begins to learn together."""

    name: ClassVar = "cohort.start"
    cohort_id: CohortId

    def needs(self, know: Know) -> tuple[Cohort]:
        return (know(Cohort(self.cohort_id)),)

    def decide(self, act: Act, cohort: Cohort) -> Iterator[Event]:
        if cohort.known and not cohort.released:
            raise NotReleasedYet
        if not cohort.started:
            yield CohortStarted(cohort_id=self.cohort_id)


class CompleteCohort(Command, Decides[Cohort]):
    """The cohort comes to its end."""

    name: ClassVar = "cohort.complete"
    cohort_id: CohortId

    def needs(self, know: Know) -> tuple[Cohort]:
        return (know(Cohort(self.cohort_id)),)

    def decide(self, act: Act, cohort: Cohort) -> Iterator[Event]:
        if cohort.known and not cohort.started:
            raise NotStarted
        if not cohort.completed:
            yield CohortCompleted(cohort_id=self.cohort_id)


class CancelCohort(Command, Decides[Cohort]):
    """A coordinator calls a cohort off, and says why."""

    name: ClassVar = "cohort.cancel"
    cohort_id: CohortId
    reason: CohortCancelReason

    def needs(self, know: Know) -> tuple[Cohort]:
        return (know(Cohort(self.cohort_id)),)

    def decide(self, act: Act, cohort: Cohort) -> Iterator[Event]:
        if cohort.known and not cohort.cancelled:
            yield CohortCancelled(cohort_id=self.cohort_id, reason=self.reason.value)
