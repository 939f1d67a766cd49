"""How a project leaves the hands that hold it: handed on, completed, or stopped early."""

from collections.abc import Iterator
from enum import StrEnum
from typing import ClassVar

from domain.decision import Act, Command, Decides, Know, Refusal, StandsInTheWay
from domain.pairings.pairing import Pairing, PairingState
from domain.projects.approval import PANEL, PairHasAProject
from domain.projects.project import Project, ProjectOfPair, Status
from events.event import Event
from events.ids import PairingId, ProjectId
from events.projects import (
    ProjectCompleted,
    ProjectHandedOn,
    ProjectStopped,
    ProjectTakenUpAgain,
)


class StopReason(StrEnum):
    """Why a project ends early."""

    PAIR_LEFT = "project.pair-left"
    HOST_WITHDREW = "project.host-withdrew"
    NOT_POSSIBLE = "project.not-possible"
    DONE_BY_OTHERS = "project.done-by-others"
    OTHER = "project.other-reason"


class CompleteReason(StrEnum):
    """Why a project is complete though it missed a milestone."""

    AIM_REACHED = "project.aim-reached-all-the-same"
    AS_FAR_AS_POSSIBLE = "project.as-far-as-possible"
    OTHER = "project.other-reason"


class AgainReason(StrEnum):
    """Why a project that was completed or stopped goes on."""

    MISTAKE = "project.ended-by-mistake"
    MORE_TO_DO = "project.more-to-do"


class NotTheFollowingPair(Refusal):
    """The new pairing does not follow the one that leads the project. Check both ids."""

    code = "project.not-the-following-pair"


class NoMilestones(Refusal):
    """The project has no milestones yet. Plan at least one, and reach it together."""

    code = "project.no-milestones"


class MilestonesOpen(Refusal):
    """Some milestones are not confirmed yet. Confirm them first, or say of each that it was dropped
    or missed.
    """

    code = "project.milestones-open"


class SomeWereMissed(Refusal):
    """Some milestones were missed. Say why the project is complete all the same."""

    code = "project.some-were-missed"


class HandOnProject(Command, Decides[Pairing, Pairing, ProjectOfPair, ProjectOfPair]):
    """A project goes on with the pairing that follows the one it began with (rule 26)."""

    name: ClassVar = "project.hand-on"
    former_pairing_id: PairingId
    pairing_id: PairingId

    def needs(self, know: Know) -> tuple[Pairing, Pairing, ProjectOfPair, ProjectOfPair]:
        former, new = know(Pairing(self.former_pairing_id)), know(Pairing(self.pairing_id))
        theirs = know(ProjectOfPair(self.former_pairing_id))
        return former, new, theirs, know(ProjectOfPair(self.pairing_id))

    def decide(
        self, act: Act, former: Pairing, new: Pairing, theirs: ProjectOfPair, own: ProjectOfPair
    ) -> Iterator[Event]:
        cohort_id = former.known.cohort_id
        if new.known and self.former_pairing_id not in own.former:
            raise NotTheFollowingPair
        if theirs.live is None:
            return
        if own.live:
            raise PairHasAProject
        yield ProjectHandedOn(
            project_id=theirs.live,
            pairing_id=self.pairing_id,
            former_pairing_id=self.former_pairing_id,
            cohort_id=cohort_id,
        )


class CompleteProject(Command, Decides[Project]):
    """A project has reached its milestones: all of them, or at least one, and the panel says why it
    is complete without those that were missed.
    """

    name: ClassVar = "project.complete"
    roles: ClassVar = PANEL
    project_id: ProjectId
    reason: CompleteReason | None = None

    def needs(self, know: Know) -> tuple[Project]:
        return (know(Project(self.project_id)),)

    def decide(self, act: Act, project: Project) -> Iterator[Event]:
        if project.known and project.status is Status.COMPLETED:
            return
        project.must_run()
        self._must_be_reached(project)
        yield ProjectCompleted(
            project_id=self.project_id,
            pairing_id=project.current_pairing_id,
            cohort_id=project.cohort_id,
            reason=self.reason.value if self.reason and project.missed else None,
        )

    def _must_be_reached(self, project: Project) -> None:
        if not project.confirmed | (set(project.due) - project.missed):
            raise NoMilestones
        if project.confirmed | project.missed != set(project.due):
            raise MilestonesOpen
        if project.missed and self.reason is None:
            raise SomeWereMissed


class StopProject(Command, Decides[Project]):
    """A project ends early, for a reason."""

    name: ClassVar = "project.stop"
    roles: ClassVar = PANEL
    project_id: ProjectId
    reason: StopReason

    def needs(self, know: Know) -> tuple[Project]:
        return (know(Project(self.project_id)),)

    def decide(self, act: Act, project: Project) -> Iterator[Event]:
        so_already = project.known and project.status is Status.STOPPED
        if so_already and project.stopped_over in (None, self.reason.value):
            return
        project.must_go_on()
        yield ProjectStopped(
            project_id=self.project_id,
            pairing_id=project.current_pairing_id,
            cohort_id=project.cohort_id,
            reason=self.reason.value,
        )


class TakeUpProject(Command, Decides[Project, Pairing, ProjectOfPair]):
    """A project that was completed or stopped by mistake goes on, as it stood before."""

    name: ClassVar = "project.take-up-again"
    roles: ClassVar = PANEL
    project_id: ProjectId
    reason: AgainReason

    def needs(self, know: Know) -> tuple[Project, Pairing, ProjectOfPair]:
        project = know(Project(self.project_id))
        theirs = know(ProjectOfPair(project.pairing_id))
        return project, know(Pairing(project.pairing_id)), theirs

    def decide(
        self, act: Act, project: Project, pairing: Pairing, theirs: ProjectOfPair
    ) -> Iterator[Event]:
        if project.known and not project.ended:
            return
        if pairing.state is PairingState.ENDED:
            raise StandsInTheWay(f"the end of {project.current_pairing_id}, which led it")
        if theirs.live:
            raise StandsInTheWay(f"the project {theirs.live} of the same pair")
        yield ProjectTakenUpAgain(
            project_id=self.project_id,
            pairing_id=project.current_pairing_id,
            cohort_id=project.cohort_id,
            approved=project.before_the_end is Status.APPROVED,
            reason=self.reason.value,
        )
