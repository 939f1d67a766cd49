"""How a project leaves the hands that hold it: handed on, completed, or stopped early."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Annotated, ClassVar, Final

from domain.cohorts.cohort import Cohort
from domain.decision import (
    Act,
    Command,
    Decides,
    Know,
    Knowledge,
    Refusal,
    SoAlready,
    StandsInTheWay,
    learns,
    needed,
)
from domain.pairings.pairing import OVER, Pairing, PairingState
from domain.pairings.project_led import ProjectOfPair
from domain.pairings.together import WaitsForAPair
from domain.projects.approval import PANEL, PairHasAProject
from domain.projects.project import Project, Status
from domain.reasons import SaidOfProject
from events.event import Event
from events.ids import CohortId, PairingId, ProjectId
from events.projects import (
    ProjectCompleted,
    ProjectHandedOn,
    ProjectProposed,
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


class EndedOtherwise(SoAlready):
    """The project has ended in another way. Take it up again first, if it should end so."""

    code = "project.ended-otherwise"


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


COHORT_CANCELLED: Final = "project.cohort-cancelled"
"""Why a project ends of which nobody said so: its cohort does not take place."""


@dataclass
class ProjectsOfCohort(Knowledge):
    """The projects of a cohort that are not over, each with the pairing that leads it."""

    unopened: ClassVar = True
    cohort_id: CohortId | None
    live: dict[ProjectId, PairingId] = field(default_factory=dict)

    @property
    def tags(self) -> tuple[str | None, ...]:
        return (self.cohort_id,)

    @learns(ProjectProposed, ProjectHandedOn, ProjectTakenUpAgain)
    def led_by(self, event: ProjectProposed | ProjectHandedOn | ProjectTakenUpAgain) -> None:
        self.live[event.project_id] = event.pairing_id

    @learns(ProjectCompleted, ProjectStopped)
    def over(self, event: ProjectCompleted | ProjectStopped) -> None:
        self.live.pop(event.project_id, None)


Former = tuple[Pairing, ProjectOfPair]


class HandOnProject(Command, Decides[Pairing, ProjectOfPair, Former, tuple[Former, ...]]):
    """A project goes on with the pairing that follows the one it began with (rule 26).

    Where both had a project, one goes along, and the other waits with the pairing that ended until
    the first is over: whoever asks for that names no pairing.
    """

    name: ClassVar = "project.hand-on"
    pairing_id: PairingId
    former_pairing_id: PairingId | None = None

    def needs(self, know: Know) -> tuple[Pairing, ProjectOfPair, Former, tuple[Former, ...]]:
        new, own = know(Pairing(self.pairing_id)), know(ProjectOfPair(self.pairing_id))
        named = know(Pairing(self.former_pairing_id)), know(ProjectOfPair(self.former_pairing_id))
        before = tuple((know(Pairing(one)), know(ProjectOfPair(one))) for one in _line(know, own))
        return new, own, named, before

    def decide(
        self,
        act: Act,
        new: Pairing,
        own: ProjectOfPair,
        named: Former,
        before: tuple[Former, ...],
    ) -> Iterator[Event]:
        asked = self.former_pairing_id
        if asked and named[0].known and new.known and asked not in own.former:
            raise NotTheFollowingPair
        if asked and new.state in OVER:
            raise WaitsForAPair
        if new.known and asked is None and (own.live or new.state in OVER):
            return
        theirs = [one for one in before if {*one[0].both} & {*new.both} and one[1].live]
        first = named if asked and named[1].live else next(iter(theirs), None)
        if first is None or first[1].live is None:
            return
        if own.live:
            raise PairHasAProject
        yield ProjectHandedOn(
            project_id=first[1].live,
            pairing_id=self.pairing_id,
            former_pairing_id=first[0].known.pairing_id,
            cohort_id=new.known.cohort_id,
        )


def _line(know: Know, own: ProjectOfPair) -> tuple[PairingId, ...]:
    """All pairings that one follows, and that these followed, the nearest first."""
    found: dict[PairingId, None] = {}
    ahead = sorted(own.former)
    while ahead:
        one = ahead.pop(0)
        if one not in found:
            found[one] = None
            ahead += sorted(know(ProjectOfPair(one)).former)
    return tuple(found)


class CompleteProject(Command, Decides[Project, SaidOfProject]):
    """A project has reached its milestones: all of them, or at least one, and the panel says why it
    is complete without those that were missed.
    """

    name: ClassVar = "project.complete"
    roles: ClassVar = PANEL
    project_id: ProjectId
    reason: Annotated[CompleteReason | None, needed("if a milestone was missed")] = None

    def needs(self, know: Know) -> tuple[Project, SaidOfProject]:
        return know(Project(self.project_id)), know(SaidOfProject(self.project_id))

    def decide(self, act: Act, project: Project, said: SaidOfProject) -> Iterator[Event]:
        if project.known and project.status is Status.COMPLETED:
            yield from said.otherwise(ProjectCompleted, self.reason)
            return
        if project.status is Status.STOPPED:
            raise EndedOtherwise
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


class StopProject(Command, Decides[Project, SaidOfProject]):
    """A project ends early, for a reason; or the reason is put right."""

    name: ClassVar = "project.stop"
    roles: ClassVar = PANEL
    project_id: ProjectId
    reason: StopReason

    def needs(self, know: Know) -> tuple[Project, SaidOfProject]:
        return know(Project(self.project_id)), know(SaidOfProject(self.project_id))

    def decide(self, act: Act, project: Project, said: SaidOfProject) -> Iterator[Event]:
        if project.known and project.status is Status.STOPPED:
            yield from said.otherwise(ProjectStopped, self.reason)
            return
        if project.status is Status.COMPLETED:
            raise EndedOtherwise
        yield ProjectStopped(
            project_id=self.project_id,
            pairing_id=project.current_pairing_id,
            cohort_id=project.cohort_id,
            reason=self.reason.value,
        )


class StopProjectsOf(Command, Decides[Cohort, ProjectsOfCohort]):
    """A cohort does not take place: so its projects end."""

    name: ClassVar = "project.stop-with-cohort"
    cohort_id: CohortId

    def needs(self, know: Know) -> tuple[Cohort, ProjectsOfCohort]:
        return know(Cohort(self.cohort_id)), know(ProjectsOfCohort(self.cohort_id))

    def decide(self, act: Act, cohort: Cohort, projects: ProjectsOfCohort) -> Iterator[Event]:
        if cohort.known and not cohort.cancelled:
            return
        for project_id, pairing_id in sorted(projects.live.items()):
            yield ProjectStopped(
                project_id=project_id,
                pairing_id=pairing_id,
                cohort_id=self.cohort_id,
                reason=COHORT_CANCELLED,
            )


class TakeUpProject(Command, Decides[Project, Pairing, ProjectOfPair, SaidOfProject]):
    """A project that was completed or stopped by mistake goes on, as it stood before."""

    name: ClassVar = "project.take-up-again"
    roles: ClassVar = PANEL
    project_id: ProjectId
    reason: AgainReason

    def needs(self, know: Know) -> tuple[Project, Pairing, ProjectOfPair, SaidOfProject]:
        project = know(Project(self.project_id))
        theirs = know(ProjectOfPair(project.pairing_id))
        said = know(SaidOfProject(self.project_id))
        return project, know(Pairing(project.pairing_id)), theirs, said

    def decide(
        self,
        act: Act,
        project: Project,
        pairing: Pairing,
        theirs: ProjectOfPair,
        said: SaidOfProject,
    ) -> Iterator[Event]:
        if project.known and not project.ended:
            yield from said.otherwise(ProjectTakenUpAgain, self.reason)
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
