"""How a project leaves the hands that hold it: handed on, completed, or stopped early."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from enum import StrEnum
from typing import ClassVar, Final

from domain.cohorts.cohort import Cohort
from domain.decision import Act, Command, Decides, Know, Knowledge, Refusal, learns
from domain.pairings.pairing import OVER, Pairing
from domain.pairings.project_led import ProjectOfPair
from domain.pairings.together import WaitsForAPair
from domain.projects.approval import PANEL, PairHasAProject
from domain.projects.project import Project, Status
from events.event import Event
from events.ids import CohortId, PairingId, ProjectId
from events.projects import ProjectCompleted, ProjectHandedOn, ProjectProposed, ProjectStopped


class StopReason(StrEnum):
    """Why a project ends early."""

    PAIR_LEFT = "project.pair-left"
    HOST_WITHDREW = "project.host-withdrew"
    NOT_POSSIBLE = "project.not-possible"
    DONE_BY_OTHERS = "project.done-by-others"
    OTHER = "project.other-reason"


class NotTheFollowingPair(Refusal):
    """The new pairing does not follow the one that leads the project. Check both ids."""

    code = "project.not-the-following-pair"


class NoMilestones(Refusal):
    """The project has no milestones yet. Plan at least one, and reach it together."""

    code = "project.no-milestones"


class MilestonesOpen(Refusal):
    """Some milestones are not confirmed yet. Confirm them first."""

    code = "project.milestones-open"


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

    @learns(ProjectProposed, ProjectHandedOn)
    def led_by(self, event: ProjectProposed | ProjectHandedOn) -> None:
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


class CompleteProject(Command, Decides[Project]):
    """A project has reached all its milestones."""

    name: ClassVar = "project.complete"
    roles: ClassVar = PANEL
    project_id: ProjectId

    def needs(self, know: Know) -> tuple[Project]:
        return (know(Project(self.project_id)),)

    def decide(self, act: Act, project: Project) -> Iterator[Event]:
        if project.known and project.status is Status.COMPLETED:
            return
        project.must_run()
        if not project.due:
            raise NoMilestones
        if project.confirmed != set(project.due):
            raise MilestonesOpen
        yield ProjectCompleted(
            project_id=self.project_id,
            pairing_id=project.current_pairing_id,
            cohort_id=project.cohort_id,
        )


class StopProject(Command, Decides[Project]):
    """A project ends early, for a reason."""

    name: ClassVar = "project.stop"
    roles: ClassVar = PANEL
    project_id: ProjectId
    reason: StopReason

    def needs(self, know: Know) -> tuple[Project]:
        return (know(Project(self.project_id)),)

    def decide(self, act: Act, project: Project) -> Iterator[Event]:
        if project.known and project.status is Status.STOPPED:
            return
        project.must_go_on()
        yield ProjectStopped(
            project_id=self.project_id,
            pairing_id=project.current_pairing_id,
            cohort_id=project.cohort_id,
            reason=self.reason.value,
        )


class StopProjectsOf(Command, Decides[Cohort, ProjectsOfCohort]):
    """A cohort does not take place: so its projects end."""

    name: ClassVar = "project.stop-those-of"
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
