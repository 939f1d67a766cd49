"""What may happen to the time in which people can apply, besides its opening."""

from collections.abc import Iterator
from datetime import timedelta
from enum import StrEnum
from typing import ClassVar

from domain.cohorts.cohort import Cohort
from domain.cohorts.going_by import CohortRules, cohort_rules
from domain.cohorts.impartial import Impartial, impartial
from domain.decision import Act, AnotherDay, Command, Decides, Know, Refusal, TooEarly
from domain.people.person import Person
from domain.reasons import SaidOfPerson
from events.calendar import end_of
from events.cohorts import ApplicationsClosed, ExtensionGranted, ExtensionWithdrawn
from events.event import Event
from events.ids import CohortId, PersonId
from events.terms import ProgrammeDay, Role


class ExtensionReason(StrEnum):
    """Why somebody has longer to apply; coarse, because we need not know more."""

    CIRCUMSTANCES = "extension.circumstances"
    ADJUSTMENT = "extension.adjustment"
    OUR_DELAY = "extension.our-delay"
    EMPLOYER_ANSWER = "extension.employer-answer"


class ExtensionEndReason(StrEnum):
    """Why somebody has no longer any more."""

    MISTAKE = "extension.granted-by-mistake"
    SOMEBODY_ELSE = "extension.for-somebody-else"
    NOT_NEEDED = "extension.not-needed"


class NeverOpened(Refusal):
    """Applications for this cohort were never opened. Open them first."""

    code = "cohort.never-opened"


class WindowStillOpen(TooEarly):
    """People can still apply for this cohort. Close it when its closing day is over."""

    code = "cohort.window-still-open"


class ExtensionTooShort(Refusal):
    """A later day is needed: this one gives no more time than everybody has, or is over. To end the
    longer time of somebody now, withdraw it.
    """

    code = "cohort.extension-too-short"


class ExtensionTooLong(AnotherDay):
    """Everybody waits until nobody can apply any more. Choose an earlier day, or plan the decisions
    for a later one.
    """

    code = "cohort.extension-too-long"
    names = "The latest is"


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
        if cohort.closed or cohort.released:
            return
        if not cohort.opened:
            raise NeverOpened
        if act.time < end_of(plan.closes_on):
            raise WindowStillOpen
        yield ApplicationsClosed(cohort_id=self.cohort_id)


class GrantExtension(Command, Decides[CohortRules, Person, Impartial]):
    """A coordinator gives a named person longer to apply; another day, also an earlier one,
    replaces what was granted before.
    """

    name: ClassVar = "cohort.grant-extension"
    cohort_id: CohortId
    person_id: PersonId
    until: ProgrammeDay
    reason: ExtensionReason

    def needs(self, know: Know) -> tuple[CohortRules, Person, Impartial]:
        judging = impartial(know, self.cohort_id, [self.person_id])
        return cohort_rules(know, self.cohort_id), know(Person(self.person_id)), judging

    def decide(self, act: Act, rules: CohortRules, person: Person, _: Impartial) -> Iterator[Event]:
        cohort, plan = rules.cohort, rules.cohort.known
        person.must_be_known()
        if cohort.extensions.get(self.person_id) == self.until and self._for_the_same(cohort):
            return
        if cohort.released:
            raise TooLateToExtend
        latest = plan.decisions_on + timedelta(days=rules.numbers.extension_days)
        if self.until > latest:
            raise ExtensionTooLong(latest)
        if self.until <= plan.closes_on or act.time >= end_of(self.until):
            raise ExtensionTooShort
        yield ExtensionGranted(
            cohort_id=self.cohort_id,
            person_id=self.person_id,
            until=self.until,
            reason=self.reason.value,
        )

    def _for_the_same(self, cohort: Cohort) -> bool:
        """Whether they have longer for this reason, as far as it is known."""
        return cohort.longer_for.get(self.person_id) in (None, self.reason.value)


class WithdrawExtension(Command, Decides[Cohort, SaidOfPerson]):
    """A coordinator takes the longer time of a named person back, for a reason, or puts the reason
    right; what they handed in by then stays.
    """

    name: ClassVar = "cohort.withdraw-extension"
    roles: ClassVar = frozenset({Role.COORDINATOR})
    cohort_id: CohortId
    person_id: PersonId
    reason: ExtensionEndReason

    def needs(self, know: Know) -> tuple[Cohort, SaidOfPerson]:
        return know(Cohort(self.cohort_id)), know(SaidOfPerson(self.person_id))

    def decide(self, act: Act, cohort: Cohort, said: SaidOfPerson) -> Iterator[Event]:
        if cohort.known and self.person_id not in cohort.extensions:
            here = {"cohort_id": self.cohort_id}
            yield from said.otherwise(ExtensionWithdrawn, self.reason, **here)
            return
        if cohort.released:
            raise TooLateToExtend
        yield ExtensionWithdrawn(
            cohort_id=self.cohort_id, person_id=self.person_id, reason=self.reason.value
        )
