"""How an application comes to us: begun, and handed in."""

from collections.abc import Iterator
from typing import Annotated, ClassVar, Self

from pydantic import Field, StringConstraints, model_validator

from domain.applications.application import Application, Applications, Stage
from domain.cohorts.cohort import Cohort
from domain.decision import Act, Command, Decides, Know
from domain.people.person import Person
from events.applications import ApplicationStarted, ApplicationSubmitted, Profile
from events.event import Event
from events.ids import ApplicationId, CohortId, PersonId
from events.personal import Words
from events.terms import Role, Side

APPLYING = frozenset({Role.APPLICANT, Role.COORDINATOR, Role.IMPORTER})
AnswerText = Annotated[Words, StringConstraints(strip_whitespace=True)]


class StartApplication(Command, Decides[Cohort, Person, Applications]):
    """Somebody begins to apply, from one side."""

    name: ClassVar = "application.start"
    roles: ClassVar = APPLYING
    cohort_id: CohortId
    person_id: PersonId
    side: Side

    def needs(self, know: Know) -> tuple[Cohort, Person, Applications]:
        applications = know(Applications(self.cohort_id, self.person_id))
        return know(Cohort(self.cohort_id)), know(Person(self.person_id)), applications

    def decide(
        self, act: Act, cohort: Cohort, person: Person, applications: Applications
    ) -> Iterator[Event]:
        act.must_speak_for(self.person_id)
        person.must_take_part()
        applications.must_be_from(self.side)
        if cohort.known and applications.live:
            return
        cohort.must_take_applications(act, self.person_id)
        yield ApplicationStarted(
            application_id=act.new(ApplicationId),
            cohort_id=self.cohort_id,
            person_id=self.person_id,
            side=self.side,
        )


class SubmitApplication(Command, Decides[Cohort, Person, Applications, Application]):
    """Somebody hands in an application; it is begun in the same moment if it was not before.

    Who has nothing to tell of yet may hand in 0 experiences, and hears why that is not enough.
    """

    name: ClassVar = "application.submit"
    roles: ClassVar = APPLYING
    cohort_id: CohortId
    person_id: PersonId
    side: Side
    profile: Profile
    experiences: Annotated[int, Field(ge=0, le=50)]
    interest: AnswerText
    leadership: AnswerText | None = None
    wishes: AnswerText | None = None

    @model_validator(mode="after")
    def told_of(self) -> Self:
        if self.experiences and self.leadership is None:
            raise ValueError("leadership must tell of the experiences that are counted")
        return self

    def needs(self, know: Know) -> tuple[Cohort, Person, Applications, Application]:
        applications = know(Applications(self.cohort_id, self.person_id))
        application = know(Application(applications.live_id))
        return know(Cohort(self.cohort_id)), know(Person(self.person_id)), applications, application

    def decide(
        self,
        act: Act,
        cohort: Cohort,
        person: Person,
        applications: Applications,
        application: Application,
    ) -> Iterator[Event]:
        act.must_speak_for(self.person_id)
        person.must_take_part()
        applications.must_be_from(self.side)
        if cohort.known and application.stage is not Stage.DRAFT:
            return
        cohort.must_take_applications(act, self.person_id)
        yield from self._handed_in(act, applications.live_id)

    def _handed_in(self, act: Act, draft: ApplicationId | None) -> Iterator[Event]:
        whose = {
            "application_id": draft or act.new(ApplicationId),
            **self.model_dump(include={"cohort_id", "person_id", "side"}),
        }
        if draft is None:
            yield ApplicationStarted.model_validate(whose)
        content = {"profile", "experiences", "interest", "leadership", "wishes"}
        yield ApplicationSubmitted.model_validate(whose | self.model_dump(include=content))
