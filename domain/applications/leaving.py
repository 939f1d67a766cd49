"""What becomes of the applications of somebody who does not agree to the use of their data now."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, ClassVar, Final, NamedTuple

from domain.applications.application import Application
from domain.applications.standing import PlaceHeld, whose
from domain.applications.withdrawals import OVER, LiveApplications
from domain.cohorts.cohort import Cohort
from domain.decision import Act, Command, Decides, Each, Know, Knowledge, learns
from domain.people.person import Person, UnknownPerson
from events.applications import ApplicationStarted, ApplicationWithdrawn
from events.event import Event
from events.ids import ApplicationId, CohortId, PersonId
from events.terms import Role

NO_CONSENT_ANY_MORE: Final = "application.consent-withdrawn"


@dataclass
class ApplicationsOf(Knowledge):
    """Every application that somebody ever began."""

    unopened: ClassVar = True
    person_id: PersonId | None
    begun: set[ApplicationId] = field(default_factory=set)

    @property
    def tags(self) -> tuple[str | None, ...]:
        return (self.person_id,)

    @learns(ApplicationStarted)
    def begins(self, event: ApplicationStarted) -> None:
        self.begun.add(event.application_id)


class Leaving(NamedTuple):
    """An application that may be taken back, what it holds, and its cohort."""

    application: Application
    place: PlaceHeld
    cohort: Cohort


class WithdrawThoseOf(Command, Decides[Person, Each[Leaving]]):
    """Somebody does not agree to the use of their data any more, so what they applied for is taken
    back, with the places that came of it. What is over stays as it is.
    """

    name: ClassVar = "application.withdraw-those-of"
    of_people: ClassVar = True
    person_id: PersonId

    def cohort(self, known: tuple[Any, ...]) -> None:
        """No cohort: it is about somebody wherever they are."""

    def needs(self, know: Know) -> tuple[Person, Each[Leaving]]:
        begun = sorted(know(ApplicationsOf(self.person_id)).begun)
        return know(Person(self.person_id)), Each(_leaving(know, one) for one in begun)

    def decide(self, act: Act, person: Person, all_of_them: Each[Leaving]) -> Iterator[Event]:
        if not person.registered:
            raise UnknownPerson
        if not person.takes_no_part:
            return
        for one in all_of_them:
            if one.place.standing not in OVER:
                started = one.application.known
                yield ApplicationWithdrawn(**whose(started), reason=NO_CONSENT_ANY_MORE)


def _leaving(know: Know, application_id: ApplicationId) -> Leaving:
    application = know(Application(application_id))
    cohort = know(Cohort(application.cohort_id))
    return Leaving(application, know(PlaceHeld(application_id)), cohort)


class WithdrawWithoutConsent(Command, Decides[Cohort, LiveApplications, Each[Person]]):
    """A cohort goes on that was said to be over: whoever took back their consent to the programme
    meanwhile takes no part in it any more.
    """

    name: ClassVar = "application.withdraw-without-consent"
    roles: ClassVar = frozenset({Role.SYSTEM})
    cohort_id: CohortId

    def needs(self, know: Know) -> tuple[Cohort, LiveApplications, Each[Person]]:
        applications = know(LiveApplications(self.cohort_id))
        people = sorted({one["person_id"] for one in applications.live.values()})
        return know(Cohort(self.cohort_id)), applications, Each(know(Person(it)) for it in people)

    def decide(
        self, act: Act, cohort: Cohort, applications: LiveApplications, people: Each[Person]
    ) -> Iterator[Event]:
        away = {one.person_id for one in people if one.takes_no_part}
        for _, one in sorted(applications.live.items()) if cohort.known else ():
            if one["person_id"] in away:
                yield ApplicationWithdrawn(**one, reason=NO_CONSENT_ANY_MORE)
