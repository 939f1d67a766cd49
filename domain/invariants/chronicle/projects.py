"""Who leads each project, how far it has come, and its milestones in their order."""

from collections import defaultdict
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any, Final

from domain.invariants.learning import Learner, learns
from events.catalogue import Recorded
from events.event import Event
from events.ids import CohortId, MilestoneId, PairingId, PersonId, ProjectId
from events.projects import (
    ChangesRequested,
    HostOrganisationAgreed,
    MilestoneConfirmed,
    MilestoneDropped,
    MilestoneFellDue,
    MilestoneMissed,
    MilestoneOverdue,
    MilestonePlanned,
    MilestoneReported,
    MilestoneRescheduled,
    MilestoneReturned,
    MilestoneUnconfirmed,
    ProjectApproved,
    ProjectCompleted,
    ProjectHandedOn,
    ProjectProposed,
    ProjectRevised,
    ProjectStopped,
    ProjectTakenUpAgain,
)

STATUS: Final[dict[type[Event], str]] = {
    ChangesRequested: "changes-requested",
    ProjectRevised: "proposed",
    ProjectApproved: "approved",
    ProjectCompleted: "completed",
    ProjectStopped: "stopped",
}
ENDED: Final = frozenset({"completed", "stopped"})


@dataclass(slots=True)
class MilestoneLife:
    """A step of a project: its day, who says that it is reached, and what was said of its day;
    `last_report` is who said so before it was reported or answered last.
    """

    milestone_id: MilestoneId
    project_id: ProjectId
    due_on: date
    remind_on: date
    planned_at: int
    dated_at: int
    dated: datetime
    day_before: date
    reported_by: PersonId | None = None
    last_report: PersonId | None = None
    reported_at: int = 0
    answered: datetime | None = None
    confirmed_at: int = 0
    missed_at: int = 0
    dropped_at: int = 0
    reminded: dict[date, int] = field(default_factory=dict)
    overdue: dict[date, int] = field(default_factory=dict)

    @property
    def reached(self) -> bool:
        """Whether somebody reported it, so that its day is of no concern."""
        return bool(self.confirmed_at) or self.reported_by is not None

    @property
    def ahead(self) -> bool:
        """Whether it is still a step to take."""
        return not (self.confirmed_at or self.missed_at or self.dropped_at)


@dataclass(slots=True)
class ProjectLife:
    """One project: the pairing that leads it now and led it before, where it stands and stood
    before, its host; `since` is when it was last recorded that one of these changed.
    """

    project_id: ProjectId
    cohort_id: CohortId
    pairing_id: PairingId
    led_at: int
    proposed_at: int
    since: datetime
    led_before: PairingId | None = None
    status: str = "proposed"
    status_at: int = 0
    before: str = ""
    before_the_end: str = ""
    host_at: int = 0
    all_milestones: list[MilestoneLife] = field(default_factory=list)

    @property
    def milestones(self) -> list[MilestoneLife]:
        """Those that were not dropped, as they were planned."""
        return [one for one in self.all_milestones if not one.dropped_at]

    @property
    def live(self) -> bool:
        """Whether it goes on."""
        return self.status not in ENDED


class ProjectLives(Learner):
    """All projects and milestones; `going_on` has the projects that are not over."""

    def __init__(self) -> None:
        self.all: dict[ProjectId, ProjectLife] = {}
        self.going_on: dict[ProjectId, ProjectLife] = {}
        self.milestones: dict[MilestoneId, MilestoneLife] = {}
        self._led: defaultdict[PairingId, list[ProjectLife]] = defaultdict(list)

    def live_of(self, pairing_id: PairingId) -> list[ProjectLife]:
        """The projects that a pairing leads now and that go on."""
        theirs = self._led.get(pairing_id, ())
        return [one for one in theirs if one.live and one.pairing_id == pairing_id]

    @learns(ProjectProposed)
    def proposed(self, fact: Recorded[ProjectProposed]) -> None:
        """A pair says what it would like to improve."""
        event, at = fact.event, fact.envelope.position
        ids = event.project_id, event.cohort_id, event.pairing_id
        life = ProjectLife(*ids, at, at, fact.envelope.recorded)
        self.all[event.project_id] = self.going_on[event.project_id] = life
        self._led[event.pairing_id].append(life)

    @learns(ProjectHandedOn)
    def handed_on(self, fact: Recorded[ProjectHandedOn]) -> None:
        """Another pairing leads it."""
        if life := self.all.get(fact.event.project_id):
            life.led_before, life.pairing_id = life.pairing_id, fact.event.pairing_id
            life.led_at, life.since = fact.envelope.position, fact.envelope.recorded
            self._led[fact.event.pairing_id].append(life)

    @learns(HostOrganisationAgreed)
    def hosted(self, fact: Recorded[HostOrganisationAgreed]) -> None:
        """An organisation is glad to host it."""
        if life := self.all.get(fact.event.project_id):
            life.host_at = fact.envelope.position

    @learns(*STATUS)
    def came_further(self, fact: Recorded[Any]) -> None:
        """Its status changes."""
        if life := self.all.get(fact.event.project_id):
            life.before, life.status = life.status, STATUS[type(fact.event)]
            life.status_at, life.since = fact.envelope.position, fact.envelope.recorded
            if not life.live:
                life.before_the_end = life.before
                self.going_on.pop(life.project_id, None)

    @learns(ProjectTakenUpAgain)
    def taken_up(self, fact: Recorded[ProjectTakenUpAgain]) -> None:
        """It is not over after all."""
        if life := self.all.get(fact.event.project_id):
            life.before, life.status = life.status, life.before_the_end
            life.status_at, life.since = fact.envelope.position, fact.envelope.recorded
            if life.live:
                self.going_on[life.project_id] = life

    @learns(MilestonePlanned)
    def planned(self, fact: Recorded[MilestonePlanned]) -> None:
        """It has a next step."""
        event, at = fact.event, fact.envelope.position
        life = MilestoneLife(
            milestone_id=event.milestone_id,
            project_id=event.project_id,
            due_on=event.due_on,
            remind_on=event.remind_on,
            planned_at=at,
            dated_at=at,
            dated=fact.envelope.recorded,
            day_before=event.due_on,
        )
        self.milestones[event.milestone_id] = life
        if project := self.all.get(event.project_id):
            project.all_milestones.append(life)

    @learns(MilestoneRescheduled)
    def moved(self, fact: Recorded[MilestoneRescheduled]) -> None:
        """A step has another day."""
        if life := self.milestones.get(fact.event.milestone_id):
            life.day_before, life.due_on = life.due_on, fact.event.due_on
            life.remind_on = fact.event.remind_on
            life.dated_at, life.dated = fact.envelope.position, fact.envelope.recorded
            life.missed_at = 0

    @learns(MilestoneMissed, MilestoneDropped)
    def not_ahead(self, fact: Recorded[Any]) -> None:
        """A step will not be reached, or is none any more."""
        if life := self.milestones.get(fact.event.milestone_id):
            if isinstance(fact.event, MilestoneMissed):
                life.missed_at = fact.envelope.position
            else:
                life.dropped_at = life.dropped_at or fact.envelope.position

    @learns(MilestoneUnconfirmed)
    def unconfirmed(self, fact: Recorded[MilestoneUnconfirmed]) -> None:
        """The report awaits an answer again."""
        if life := self.milestones.get(fact.event.milestone_id):
            life.confirmed_at, life.answered = 0, fact.envelope.recorded

    @learns(MilestoneReported, MilestoneReturned, MilestoneConfirmed)
    def answered(self, fact: Recorded[Any]) -> None:
        """One says that a step is reached, or the other that it is or is not."""
        event, at = fact.event, fact.envelope.position
        if life := self.milestones.get(event.milestone_id):
            life.answered, life.last_report = fact.envelope.recorded, life.reported_by
            if isinstance(event, MilestoneReported):
                life.reported_by, life.reported_at = event.person_id, at
                life.missed_at = 0
            elif isinstance(event, MilestoneReturned):
                life.reported_by = None
            else:
                life.confirmed_at = life.confirmed_at or at

    @learns(MilestoneFellDue, MilestoneOverdue)
    def told(self, fact: Recorded[Any]) -> None:
        """Its day is near, or has passed; the first time of each day counts."""
        event = fact.event
        if life := self.milestones.get(event.milestone_id):
            said = life.reminded if isinstance(event, MilestoneFellDue) else life.overdue
            said.setdefault(event.due_on, fact.envelope.position)
