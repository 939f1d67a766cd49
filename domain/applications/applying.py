"""How an application comes to us: begun, and handed in."""

from collections.abc import Iterator
from typing import Annotated, Any, ClassVar, Final, Self

from pydantic import Field, StringConstraints, model_validator

from domain.applications.application import Application, Applications, Stage, digest_of
from domain.cohorts.cohort import ClosedForApplications, Cohort
from domain.decision import Act, Command, Decides, Know, Refusal
from domain.people.person import Person
from events.applications import (
    ApplicationAmended,
    ApplicationStarted,
    ApplicationSubmitted,
    Profile,
)
from events.event import Event
from events.ids import ApplicationId, CohortId, PersonId
from events.personal import Words
from events.terms import Role, Side

APPLYING = frozenset({Role.APPLICANT, Role.COORDINATOR, Role.IMPORTER})
AnswerText = Annotated[Words, StringConstraints(strip_whitespace=True)]
CONTENT: Final = frozenset({"profile", "experiences", "interest", "leadership", "wishes"})


class ClosedForChanges(Refusal):
    """The time to change this application is over; what was handed in before counts. You can still
    take it back, or ask a coordinator for more time as long as nobody has heard what was decided.
    """

    code = "application.closed-for-changes"


class NothingWent(Refusal):
    """Nothing of theirs went with an import that was taken back. Hand it in without `once_more`."""

    code = "application.nothing-went"


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
        if applications.live:
            return
        cohort.must_take_applications(act, self.person_id)
        yield ApplicationStarted(
            application_id=act.new(ApplicationId),
            cohort_id=self.cohort_id,
            person_id=self.person_id,
            side=self.side,
            import_id=act.import_id,
        )
        yield from applications.no_longer_assesses()


class SubmitApplication(Command, Decides[Cohort, Person, Applications, Application]):
    """Somebody hands in an application; it is begun in the same moment if it was not before.

    Until the time to apply is over for them they may hand it in again: what it says then counts,
    unless it is said to be older than what counts already.
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
    once_more: bool = False
    """Only if what they had went with an import that was taken back, and with nothing else."""

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
        if self.once_more and not applications.went_with_an_import:
            raise NothingWent
        applications.must_be_from(self.side)
        if application.stage is not Stage.DRAFT:
            yield from self._amended(act, cohort, application)
            return
        cohort.must_take_applications(act, self.person_id)
        yield from self._handed_in(act, applications)

    def _amended(self, act: Act, cohort: Cohort, application: Application) -> Iterator[Event]:
        said = self._content(act)
        if application.says(self.profile, self.experiences, said["words_digest"]):
            return
        try:
            cohort.must_take_applications(act, self.person_id)
        except ClosedForApplications as over:
            raise ClosedForChanges from over
        mine = {"application_id": application.application_id}
        act.must_not_be_older(application.handed_in_at)
        came_with = {"import_id": act.import_id}
        yield ApplicationAmended.model_validate(mine | self._whose() | said | came_with)

    def _handed_in(self, act: Act, applications: Applications) -> Iterator[Event]:
        mine = {"application_id": applications.live_id or act.new(ApplicationId)}
        if applications.live is None:
            whose = mine | self._whose()
            yield ApplicationStarted.model_validate(whose | {"import_id": act.import_id})
            yield from applications.no_longer_assesses()
        yield ApplicationSubmitted.model_validate(mine | self._whose() | self._content(act))

    def _whose(self) -> dict[str, Any]:
        return self.model_dump(include={"cohort_id", "person_id", "side"})

    def _content(self, act: Act) -> dict[str, Any]:
        words_digest = digest_of(self.interest, self.leadership, self.wishes)
        said = self.model_dump(include=set(CONTENT))
        return {**said, "words_digest": words_digest, "handed_in_at": act.time}
