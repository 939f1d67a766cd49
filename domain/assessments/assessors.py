"""Who may assess what: appointments, assignments, and the conflicts that end them."""

from collections.abc import Iterator
from typing import ClassVar, NamedTuple

from domain.applications.application import Application
from domain.assessments.assessment import (
    NotAssigned,
    Panel,
    eligible,
    panel_on,
)
from domain.assessments.doubts import again_or_in_doubt
from domain.assessments.members import Members, members_of
from domain.assessments.to_score import DaysSaid, day_to_score
from domain.cohorts.cohort import Cohort
from domain.cohorts.going_by import CohortRules, cohort_rules
from domain.decision import Act, Command, Decides, Know, Refusal
from domain.people.person import HARD, Between, Person
from domain.roles.granting import NotToYourself
from events.assessments import AssessorAppointed, AssessorAssigned, ConflictDeclared
from events.event import Event
from events.ids import ApplicationId, CohortId, PersonId
from events.terms import Relationship, Role


class OwnApplication(Refusal):
    """Nobody assesses their own application. Choose another assessor."""

    code = "assessment.own-application"


class Appointee(NamedTuple):
    """Somebody who is to assess, as far as they are known; by what rules, and which days for it
    were said.
    """

    person: Person
    rules: CohortRules
    said: DaysSaid


class AppointAssessor(Command, Decides[Cohort, Person, Members]):
    """A coordinator appoints somebody to assess a cohort's applications, who never applied for it:
    an application that was taken back may go on.
    """

    name: ClassVar = "assessment.appoint-assessor"
    cohort_id: CohortId
    assessor_id: PersonId
    lay: bool

    def needs(self, know: Know) -> tuple[Cohort, Person, Members]:
        this, person = self.cohort_id, know(Person(self.assessor_id))
        return know(Cohort(this)), person, members_of(know, this)

    def decide(self, act: Act, cohort: Cohort, person: Person, members: Members) -> Iterator[Event]:
        plan = cohort.known
        person.must_be_known()
        if members.assessors.lay.get(self.assessor_id) is not self.lay:
            if act.actor == self.assessor_id:
                raise NotToYourself
            members.must_not_have_applied(self.assessor_id)
            yield AssessorAppointed(
                cohort_id=plan.cohort_id, assessor_id=self.assessor_id, lay=self.lay
            )


class AssignAssessor(Command, Decides[Application, Appointee, Panel, Between]):
    """A coordinator gives an application to an assessor who is not too close to the applicant."""

    name: ClassVar = "assessment.assign"
    application_id: ApplicationId
    assessor_id: PersonId

    def needs(self, know: Know) -> tuple[Application, Appointee, Panel, Between]:
        application = know(Application(self.application_id))
        return (
            application,
            Appointee(
                know(Person(self.assessor_id)),
                cohort_rules(know, application.cohort_id),
                know(DaysSaid(application.cohort_id)),
            ),
            panel_on(application, know),
            know(Between(application.person_id, self.assessor_id)),
        )

    def decide(
        self,
        act: Act,
        application: Application,
        appointee: Appointee,
        panel: Panel,
        between: Between,
    ) -> Iterator[Event]:
        table = panel.table
        started = eligible(application)
        lay = panel.members.assessors.is_lay(self.assessor_id)
        appointee.person.must_be_known()
        if self.assessor_id == started.person_id:
            raise OwnApplication
        panel.members.must_not_have_applied(self.assessor_id)
        table.must_be_clear(between, self.assessor_id)
        if table.assigned.get(self.assessor_id) is lay:
            return
        table.must_be_undecided()
        numbers = appointee.rules.numbers
        day = day_to_score(act, appointee.rules)
        yield from panel.acts.alike(
            AssessorAssigned(
                application_id=self.application_id,
                cohort_id=started.cohort_id,
                person_id=started.person_id,
                assessor_id=self.assessor_id,
                lay=lay,
                needed=numbers.assessments,
                needed_lay=numbers.lay_assessments,
                **day._asdict(),
            )
        )
        yield from appointee.said.to_say(started.cohort_id, day)


class DeclareConflict(Command, Decides[Application, Panel]):
    """An assessor knows the applicant; a hard conflict ends their part, a soft one is recorded.

    A decision that nobody has heard is open again with a hard one, which says so by itself. One
    that was released stands, and co-chairs must look at it if it rests on what they found.
    """

    name: ClassVar = "assessment.declare-conflict"
    roles: ClassVar = frozenset({Role.ASSESSOR, Role.COORDINATOR})
    also_unasked: ClassVar = True
    application_id: ApplicationId
    assessor_id: PersonId
    kind: Relationship

    def needs(self, know: Know) -> tuple[Application, Panel]:
        application = know(Application(self.application_id))
        return application, panel_on(application, know)

    def decide(self, act: Act, application: Application, panel: Panel) -> Iterator[Event]:
        table = panel.table
        act.must_speak_for(self.assessor_id)
        started = application.known
        if self.assessor_id not in table.assigned:
            raise NotAssigned
        if self.kind in table.conflicts.get(self.assessor_id, set()):
            return
        yield from panel.acts.alike(
            ConflictDeclared(
                application_id=self.application_id,
                cohort_id=started.cohort_id,
                person_id=started.person_id,
                assessor_id=self.assessor_id,
                kind=self.kind,
                hard=self.kind in HARD,
            )
        )
        if self.kind in HARD and table.told and table.rests_on(self.assessor_id):
            yield from again_or_in_doubt(panel, started)
