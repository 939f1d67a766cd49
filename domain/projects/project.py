"""What is known of a pair's improvement project, and who may still do something about it."""

from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from operator import itemgetter
from typing import Final

from domain.decision import Knowledge, Refusal, learns
from events.event import Event
from events.ids import CohortId, MilestoneId, PairingId, ProjectId
from events.personal import plain
from events.projects import (
    ChangesRequested,
    HostOrganisationAgreed,
    MilestoneConfirmed,
    MilestoneDropped,
    MilestoneMissed,
    MilestonePlanned,
    MilestoneRenamed,
    MilestoneReported,
    MilestoneRescheduled,
    MilestoneUnconfirmed,
    ProjectAmended,
    ProjectApproved,
    ProjectCompleted,
    ProjectHandedOn,
    ProjectProposed,
    ProjectRevised,
    ProjectStopped,
    ProjectTakenUpAgain,
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
    """A project: whose it is now, who hosts it, how far it has come, and its milestones that were
    not dropped, in the order of their days.
    """

    project_id: ProjectId | None
    proposed: ProjectProposed | None = None
    title: str | None = None
    pairing_id: PairingId | None = None
    host: HostOrganisationAgreed | None = None
    status: Status = Status.PROPOSED
    before_the_end: Status = Status.PROPOSED
    changes: str | None = None
    due: dict[MilestoneId, date] = field(default_factory=dict)
    titles: dict[MilestoneId, str | None] = field(default_factory=dict)
    confirmed: set[MilestoneId] = field(default_factory=set)
    missed: set[MilestoneId] = field(default_factory=set)

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

    def must_run(self) -> None:
        """Refuses a project that was not approved, or is over."""
        if self.known and self.status is not Status.APPROVED:
            raise ProjectNotApproved

    def has(self, title: str, day: date) -> bool:
        """Whether it has a milestone of this title on this day."""
        return any(self.titles.get(one) == title and due == day for one, due in self.due.items())

    def fits(self, milestone_id: MilestoneId, day: date) -> bool:
        """Whether a milestone keeps its place between its neighbours on this day (rule 24): those
        that are still ahead; what was confirmed or missed holds nobody up.
        """
        settled = self.confirmed | self.missed
        order = [one for one in self.due if one == milestone_id or one not in settled]
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
        if isinstance(event, ProjectCompleted | ProjectStopped):
            self.before_the_end = self.status
        else:
            self.changes = plain(event.reason) if isinstance(event, ChangesRequested) else None
        self.status = AFTER[type(event)]

    @learns(ProjectTakenUpAgain)
    def goes_on(self, event: ProjectTakenUpAgain) -> None:
        self.status = self.before_the_end

    @learns(ProjectRevised, ProjectAmended)
    def reworded(self, event: ProjectRevised | ProjectAmended) -> None:
        self.title = plain(event.title)
        if isinstance(event, ProjectRevised):
            self.came_further(event)

    @learns(MilestonePlanned, MilestoneRescheduled)
    def dated(self, event: MilestonePlanned | MilestoneRescheduled) -> None:
        new = {**self.due, event.milestone_id: event.due_on}
        self.due = dict(sorted(new.items(), key=itemgetter(1)))
        self.missed.discard(event.milestone_id)
        if isinstance(event, MilestonePlanned):
            self.titles[event.milestone_id] = plain(event.title)

    @learns(MilestoneRenamed)
    def renamed(self, event: MilestoneRenamed) -> None:
        self.titles[event.milestone_id] = plain(event.title)

    @learns(MilestoneDropped)
    def dropped(self, event: MilestoneDropped) -> None:
        self.due.pop(event.milestone_id, None)
        self.titles.pop(event.milestone_id, None)
        self.missed.discard(event.milestone_id)

    @learns(MilestoneMissed)
    def will_not_be(self, event: MilestoneMissed) -> None:
        self.missed.add(event.milestone_id)

    @learns(MilestoneReported)
    def said_to_be(self, event: MilestoneReported) -> None:
        self.missed.discard(event.milestone_id)

    @learns(MilestoneConfirmed, MilestoneUnconfirmed)
    def reached(self, event: MilestoneConfirmed | MilestoneUnconfirmed) -> None:
        agreed = isinstance(event, MilestoneConfirmed)
        (self.confirmed.add if agreed else self.confirmed.discard)(event.milestone_id)


class UnknownProject(Refusal):
    """We don't know a project with this id. Check the id."""

    code = "project.unknown"


class ProjectIsOver(Refusal):
    """The project is completed or was stopped, so it can't be changed any more."""

    code = "project.over"


class ProjectNotApproved(Refusal):
    """The project is not approved yet. Its milestones begin when it is."""

    code = "project.not-approved"
