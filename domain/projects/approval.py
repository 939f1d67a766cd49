"""What may happen to a project until it is approved: proposed, hosted, changed, approved."""

from collections.abc import Iterator
from enum import StrEnum
from typing import ClassVar

from domain.decision import Act, Command, Decides, Know, Refusal
from domain.pairings.pairing import Pairing
from domain.pairings.project_led import ProjectOfPair
from domain.pairings.together import must_act_for
from domain.projects.project import Project, Status
from events.event import Event
from events.ids import PairingId, PersonId, ProjectId
from events.personal import Line, Words
from events.projects import (
    ChangesRequested,
    HostOrganisationAgreed,
    ProjectAmended,
    ProjectApproved,
    ProjectProposed,
    ProjectRevised,
)
from events.terms import OdsCode, Role, Theme

PAIR = frozenset({Role.PARTICIPANT, Role.COORDINATOR})
PANEL = frozenset({Role.COORDINATOR, Role.CO_CHAIR})


class ChangeAsked(StrEnum):
    """What a project still lacks."""

    AIM = "project.aim-not-clear"
    TOO_BIG = "project.too-big"
    BENEFIT = "project.benefit-not-clear"
    PATIENTS = "project.needs-patients-voice"
    HOST = "project.talk-to-the-host"
    ETHICS = "project.needs-ethics-advice"


class PairHasAProject(Refusal):
    """The pair has a project already. Complete or stop it before you begin another one."""

    code = "project.pair-has-one"


class NotOpenToChanges(Refusal):
    """The project is approved already. Amend it, plan its milestones, or stop it and say why."""

    code = "project.not-open-to-changes"


class NoChangesAsked(Refusal):
    """Nobody has asked for changes to this project, so there is nothing to revise now."""

    code = "project.no-changes-asked"


class NoHostYet(Refusal):
    """No organisation has agreed to host the project yet. Ask one before it is approved."""

    code = "project.no-host-yet"


class ChangesStillAsked(Refusal):
    """The pair was asked to change its proposal, and has not done so yet."""

    code = "project.changes-still-asked"


class ProposeProject(Command, Decides[Pairing, ProjectOfPair, tuple[ProjectOfPair, ...]]):
    """A pair says what it would like to improve; one live project a pair (rule 23)."""

    name: ClassVar = "project.propose"
    roles: ClassVar = PAIR
    pairing_id: PairingId
    proposed_by: PersonId
    title: Line
    theme: Theme
    aim: Words

    def needs(self, know: Know) -> tuple[Pairing, ProjectOfPair, tuple[ProjectOfPair, ...]]:
        own = know(ProjectOfPair(self.pairing_id))
        former = tuple(know(ProjectOfPair(one)) for one in sorted(own.former))
        return know(Pairing(self.pairing_id)), own, former

    def decide(
        self, act: Act, pairing: Pairing, own: ProjectOfPair, former: tuple[ProjectOfPair, ...]
    ) -> Iterator[Event]:
        must_act_for(act, pairing, self.proposed_by)
        pairing.must_be_active()
        if any(one.live for one in (own, *former)):  # a former pair's project is on its way here
            raise PairHasAProject
        yield ProjectProposed(
            project_id=act.new(ProjectId),
            pairing_id=self.pairing_id,
            cohort_id=pairing.known.cohort_id,
            proposed_by=self.proposed_by,
            title=self.title,
            theme=self.theme,
            aim=self.aim,
        )


class AgreeHost(Command, Decides[Project]):
    """A local organisation agrees to host a project."""

    name: ClassVar = "project.agree-host"
    roles: ClassVar = frozenset({Role.HOST, Role.COORDINATOR})
    project_id: ProjectId
    host: OdsCode
    host_name: Line

    def needs(self, know: Know) -> tuple[Project]:
        return (know(Project(self.project_id)),)

    def decide(self, act: Act, project: Project) -> Iterator[Event]:
        agreed = HostOrganisationAgreed(
            project_id=self.project_id,
            cohort_id=project.cohort_id,
            host=self.host,
            host_name=self.host_name,
        )
        if agreed != project.host:
            yield agreed


class RequestChanges(Command, Decides[Project]):
    """A project is not ready to be approved; the pair hears what it lacks."""

    name: ClassVar = "project.request-changes"
    roles: ClassVar = PANEL
    project_id: ProjectId
    reason: ChangeAsked

    def needs(self, know: Know) -> tuple[Project]:
        return (know(Project(self.project_id)),)

    def decide(self, act: Act, project: Project) -> Iterator[Event]:
        cohort_id = project.cohort_id
        if project.status is Status.APPROVED:
            raise NotOpenToChanges
        if project.changes != self.reason.value:
            yield ChangesRequested(
                project_id=self.project_id, cohort_id=cohort_id, reason=self.reason.value
            )


class ReviseProject(Command, Decides[Project, Pairing]):
    """One of the pair changes the proposal as they were asked to."""

    name: ClassVar = "project.revise"
    roles: ClassVar = PAIR
    project_id: ProjectId
    person_id: PersonId
    title: Line
    aim: Words

    def needs(self, know: Know) -> tuple[Project, Pairing]:
        project = know(Project(self.project_id))
        return project, know(Pairing(project.pairing_id))

    def decide(self, act: Act, project: Project, pairing: Pairing) -> Iterator[Event]:
        cohort_id = project.cohort_id
        must_act_for(act, pairing, self.person_id)
        if project.status is not Status.CHANGES_REQUESTED:
            raise NoChangesAsked
        yield ProjectRevised(
            project_id=self.project_id,
            pairing_id=pairing.known.pairing_id,
            cohort_id=cohort_id,
            person_id=self.person_id,
            title=self.title,
            aim=self.aim,
        )


class AmendProject(Command, Decides[Project, Pairing]):
    """The panel lets an approved project have another title or aim, in the words of one of the two;
    it goes on meanwhile.
    """

    name: ClassVar = "project.amend"
    roles: ClassVar = PANEL
    project_id: ProjectId
    person_id: PersonId
    title: Line
    aim: Words

    def needs(self, know: Know) -> tuple[Project, Pairing]:
        project = know(Project(self.project_id))
        return project, know(Pairing(project.pairing_id))

    def decide(self, act: Act, project: Project, pairing: Pairing) -> Iterator[Event]:
        project.must_run()
        must_act_for(act, pairing, self.person_id)
        yield ProjectAmended(
            project_id=self.project_id,
            pairing_id=pairing.known.pairing_id,
            cohort_id=project.cohort_id,
            person_id=self.person_id,
            title=self.title,
            aim=self.aim,
        )


class ApproveProject(Command, Decides[Project, Pairing]):
    """A coordinator or a co-chair lets a project begin; a host must have agreed (rule 23)."""

    name: ClassVar = "project.approve"
    roles: ClassVar = PANEL
    project_id: ProjectId

    def needs(self, know: Know) -> tuple[Project, Pairing]:
        project = know(Project(self.project_id))
        return project, know(Pairing(project.pairing_id))

    def decide(self, act: Act, project: Project, pairing: Pairing) -> Iterator[Event]:
        cohort_id = project.cohort_id
        if project.status is Status.APPROVED:
            return
        if project.status is Status.CHANGES_REQUESTED:
            raise ChangesStillAsked
        if project.host is None:
            raise NoHostYet
        yield ProjectApproved(
            project_id=self.project_id,
            pairing_id=project.current_pairing_id,
            cohort_id=cohort_id,
        )
