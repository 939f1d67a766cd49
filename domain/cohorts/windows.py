"""What may happen to the time in which people can apply, besides its opening."""

from collections.abc import Iterator
from enum import StrEnum
from typing import ClassVar

from domain.cohorts.cohort import Cohort
from domain.cohorts.impartial import Impartial, impartial
from domain.decision import Act, Command, Decides, Know, Refusal, TooEarly
from domain.people.person import Person
from events.calendar import end_of
from events.cohorts import ApplicationsClosed, ExtensionGranted
from events.event import Event
from events.ids import CohortId, PersonId
from events.terms import ProgrammeDay


class ExtensionReason(StrEnum):
    """Why somebody has longer to apply; coarse, because we need not know more."""

    CIRCUMSTANCES = "extension.circumstances"
    ADJUSTMENT = "extension.adjustment"
    OUR_DELAY = "extension.our-delay"
    EMPLOYER_ANSWER = "extension.employer-answer"


class NeverOpened(Refusal):
    """Applications for this cohort were never opened. Open them first."""

    code = "cohort.never-opened"


class WindowStillOpen(TooEarly):
    """People can still apply for this cohort. Close it when its closing day is over."""

    code = "cohort.window-still-open"


class ExtensionTooShort(Refusal):
    """A later day is needed: this one gives no more time to apply than there is already."""

    code = "cohort.extension-too-short"


class TooLateToExtend(Refusal):
    """Everybody has heard what was decided, so nobody can apply any more for this cohort."""

    code = "cohort.too-late-to-extend"


class CloseApplications(Command, Decides[Cohort]):
    """The closing day is over; the scheduler or a coordinator says so."""

    name: ClassVar = "cohort.close-applications"
    cohort_id: CohortId

    def needs(self, know: Know) -> tuple[Cohort]:
        return (know(Cohort(self.cohort_id)),)

    def decide(self, act: Act, cohort: Cohort) -> Iterator[Event]:
        plan = cohort.known
        if cohort.closed:
            return
        if not cohort.opened:
            raise NeverOpened
        if act.time < end_of(plan.closes_on):
            raise WindowStillOpen
        yield ApplicationsClosed(cohort_id=self.cohort_id)


class GrantExtension(Command, Decides[Cohort, Person, Impartial]):
    """A coordinator gives a named person longer to apply; a later day replaces an earlier one."""

    name: ClassVar = "cohort.grant-extension"
    cohort_id: CohortId
    person_id: PersonId
    until: ProgrammeDay
    reason: ExtensionReason

    def needs(self, know: Know) -> tuple[Cohort, Person, Impartial]:
        judging = impartial(know, self.cohort_id, [self.person_id])
        return know(Cohort(self.cohort_id)), know(Person(self.person_id)), judging

    def decide(self, act: Act, cohort: Cohort, person: Person, _: Impartial) -> Iterator[Event]:
        last_day = cohort.last_day(self.person_id)
        person.must_be_known()
        if cohort.extensions.get(self.person_id) == self.until:
            return
        if cohort.released:
            raise TooLateToExtend
        if self.until <= last_day or act.time >= end_of(self.until):
            raise ExtensionTooShort
        yield ExtensionGranted(
            cohort_id=self.cohort_id,
            person_id=self.person_id,
            until=self.until,
            reason=self.reason.value,
        )
