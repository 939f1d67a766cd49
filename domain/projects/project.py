"""What is known of a pair's improvement project, and who may still do something about it."""

from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from typing import Final

from domain.decision import Knowledge, Refusal, learns
from events.event import Event
from events.ids import CohortId, MilestoneId, PairingId, ProjectId
from events.personal import plain
from events.projects import (
    ChangesRequested,
    HostOrganisationAgreed,
    MilestoneConfirmed,
    MilestonePlanned,
    MilestoneRescheduled,
    ProjectApproved,
    ProjectCompleted,
    ProjectHandedOn,
    ProjectProposed,
    ProjectRevised,
    ProjectStopped,
)


class Status(StrEnum):
    """How far a project has come."""

    PROPOSED = "proposed"
    CHANGES_REQUESTED = "changes-requested"
    APPROVED = "approved"
    COMPLETED = "completed"
    STOPPED = "stopped"


AFTER: Final[dict[type[Event], Status]] = {
    ChangesRequested: Status.CHANGES_REQUESTED,
    ProjectRevised: Status.PROPOSED,
    ProjectApproved: Status.APPROVED,
    ProjectCompleted: Status.COMPLETED,
    ProjectStopped: Status.STOPPED,
}


@dataclass
class Project(Knowledge):
    """A project: whose it is now, who hosts it, how far it has come, and its dates in order."""

    project_id: ProjectId | None
    proposed: ProjectProposed | None = None
    title: str | None = None
    pairing_id: PairingId | None = None
    host: HostOrganisationAgreed | None = None
    status: Status = Status.PROPOSED
    changes: str | None = None
    due: dict[MilestoneId, date] = field(default_factory=dict)
    titles: set[tuple[str | None, date]] = field(default_factory=set)
    confirmed: set[MilestoneId] = field(default_factory=set)

    @property
    def tags(self) -> tuple[str | None, ...]:
        return (self.project_id,)

    @property
    def known(self) -> ProjectProposed:
        """Its first fact; refuses a project that does not exist."""
        if self.proposed is None:
            raise UnknownProject
        return self.proposed

    @property
    def cohort_id(self) -> CohortId:
        return self.known.cohort_id

    @property
    def current_pairing_id(self) -> PairingId:
        """The pairing that leads it now, which may not be the one it began with (rule 26)."""
        return self.pairing_id or self.known.pairing_id

    @property
    def stands_still(self) -> type[Refusal] | None:
        return ProjectIsOver if self.ended else None

    @property
    def ended(self) -> bool:
        return self.status in (Status.COMPLETED, Status.STOPPED)

    def must_go_on(self) -> None:
        """Refuses a project that is completed or stopped."""
        if self.known and self.ended:
            raise ProjectIsOver

    def must_run(self) -> None:
        """Refuses a project that was not approved, or is over."""
        self.must_go_on()
        if self.status is not Status.APPROVED:
            raise ProjectNotApproved

    def fits(self, milestone_id: MilestoneId, day: date) -> bool:
        """Whether a milestone keeps its place between its neighbours on this day (rule 24)."""
        order = list(self.due)
        place = order.index(milestone_id)
        before, after = order[:place][-1:], order[place + 1 :][:1]
        return all(self.due[one] <= day for one in before) and all(
            day <= self.due[one] for one in after
        )

    @learns(ProjectProposed, ProjectHandedOn)
    def led_by(self, event: ProjectProposed | ProjectHandedOn) -> None:
        self.pairing_id = event.pairing_id
        if isinstance(event, ProjectProposed):
            self.proposed, self.title = event, plain(event.title)

    @learns(HostOrganisationAgreed)
    def hosted(self, event: HostOrganisationAgreed) -> None:
        self.host = event

    @learns(*AFTER)
    def came_further(self, event: Event) -> None:
        self.status = AFTER[type(event)]
        self.changes = plain(event.reason) if isinstance(event, ChangesRequested) else None
        if isinstance(event, ProjectRevised):
            self.title = plain(event.title)

    @learns(MilestonePlanned, MilestoneRescheduled)
    def dated(self, event: MilestonePlanned | MilestoneRescheduled) -> None:
        self.due[event.milestone_id] = event.due_on
        if isinstance(event, MilestonePlanned):
            self.titles.add((plain(event.title), event.due_on))

    @learns(MilestoneConfirmed)
    def reached(self, event: MilestoneConfirmed) -> None:
        self.confirmed.add(event.milestone_id)


class UnknownProject(Refusal):
    """We don't know a project with this id. Check the id."""

    code = "project.unknown"


class ProjectIsOver(Refusal):
    """The project is completed or was stopped, so it can't be changed any more."""

    code = "project.over"


class ProjectNotApproved(Refusal):
    """The project is not approved yet. Its milestones begin when it is."""

    code = "project.not-approved"
