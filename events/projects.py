"""What has happened to a pair's improvement project and its milestones."""

from datetime import date
from typing import Annotated, ClassVar

from events.event import Event
from events.ids import CohortId, MilestoneId, PairingId, PersonId, ProjectId
from events.personal import Closed, ForRules, Line, OfCohort, OfTwo, Personal, Words
from events.terms import Code, OdsCode, Theme


class ProjectProposed(Event):
    """A pair says what it would like to improve."""

    name: ClassVar = "project.proposed"
    project_id: ProjectId
    pairing_id: PairingId
    cohort_id: CohortId
    proposed_by: PersonId
    title: Annotated[Closed[Line], ForRules(of="proposed_by")]
    theme: Annotated[Closed[Theme], ForRules(of="proposed_by")]
    aim: Annotated[Closed[Words], Personal(of="proposed_by", even=512)]


class HostOrganisationAgreed(Event):
    """A local organisation is glad to host the project."""

    name: ClassVar = "project.host-agreed"
    project_id: ProjectId
    cohort_id: CohortId
    host: Annotated[Closed[OdsCode], OfCohort(of="cohort_id")]
    host_name: Annotated[Closed[Line], OfCohort(of="cohort_id")]


class ChangesRequested(Event):
    """A project is not ready to be approved, for a reason."""

    name: ClassVar = "project.changes-requested"
    project_id: ProjectId
    cohort_id: CohortId
    reason: Annotated[Closed[Code], OfCohort(of="cohort_id")]


class ProjectRevised(Event):
    """The pair has changed its proposal as it was asked to."""

    name: ClassVar = "project.revised"
    project_id: ProjectId
    pairing_id: PairingId
    cohort_id: CohortId
    person_id: PersonId
    title: Annotated[Closed[Line], ForRules(of="person_id")]
    aim: Annotated[Closed[Words], Personal(of="person_id", even=512)]


class ProjectApproved(Event):
    """A project may begin."""

    name: ClassVar = "project.approved"
    project_id: ProjectId
    pairing_id: PairingId
    cohort_id: CohortId


class ProjectAmended(Event):
    """An approved project has another title or aim, in the words of one of the pair."""

    name: ClassVar = "project.amended"
    project_id: ProjectId
    pairing_id: PairingId
    cohort_id: CohortId
    person_id: PersonId
    title: Annotated[Closed[Line], ForRules(of="person_id")]
    aim: Annotated[Closed[Words], Personal(of="person_id", even=512)]


class ProjectHandedOn(Event):
    """A project goes on with the pairing that follows the one it began with."""

    name: ClassVar = "project.handed-on"
    project_id: ProjectId
    pairing_id: PairingId
    former_pairing_id: PairingId
    cohort_id: CohortId


class ProjectCompleted(Event):
    """A project has reached its last milestone; if some were missed, the panel says why it is
    complete all the same.
    """

    name: ClassVar = "project.completed"
    project_id: ProjectId
    pairing_id: PairingId
    cohort_id: CohortId
    reason: Annotated[Closed[Code] | None, OfCohort(of="cohort_id")] = None


class ProjectStopped(Event):
    """A project ends early, for a reason."""

    name: ClassVar = "project.stopped"
    project_id: ProjectId
    pairing_id: PairingId
    cohort_id: CohortId
    reason: Annotated[Closed[Code], OfCohort(of="cohort_id")]


class ProjectTakenUpAgain(Event):
    """A project goes on that was completed or stopped by mistake: `approved`, or as a proposal."""

    name: ClassVar = "project.taken-up-again"
    project_id: ProjectId
    pairing_id: PairingId
    cohort_id: CohortId
    approved: bool
    reason: Annotated[Closed[Code], OfCohort(of="cohort_id")]


class MilestonePlanned(Event):
    """A project has a step, due by the end of a day; the pair is reminded from another on."""

    name: ClassVar = "milestone.planned"
    milestone_id: MilestoneId
    project_id: ProjectId
    cohort_id: CohortId
    patient_leader_id: PersonId
    healthcare_leader_id: PersonId
    title: Annotated[Closed[Line], OfTwo(of="patient_leader_id+healthcare_leader_id")]
    due_on: date
    remind_on: date


class MilestoneFellDue(Event):
    """A milestone's day is near, and it is time to remind the pair."""

    name: ClassVar = "milestone.fell-due"
    milestone_id: MilestoneId
    project_id: ProjectId
    cohort_id: CohortId
    due_on: date


class MilestoneOverdue(Event):
    """A milestone's day has passed without a report."""

    name: ClassVar = "milestone.overdue"
    milestone_id: MilestoneId
    project_id: ProjectId
    cohort_id: CohortId
    due_on: date


class MilestoneReported(Event):
    """One partner says that a milestone is reached."""

    name: ClassVar = "milestone.reported"
    milestone_id: MilestoneId
    project_id: ProjectId
    pairing_id: PairingId
    cohort_id: CohortId
    person_id: PersonId
    words: Annotated[Closed[Words] | None, Personal(of="person_id", even=512)] = None


class MilestoneConfirmed(Event):
    """The other partner agrees that a milestone is reached."""

    name: ClassVar = "milestone.confirmed"
    milestone_id: MilestoneId
    project_id: ProjectId
    pairing_id: PairingId
    cohort_id: CohortId
    person_id: PersonId


class MilestoneReturned(Event):
    """The other partner thinks that there is more to do, for a reason."""

    name: ClassVar = "milestone.returned"
    milestone_id: MilestoneId
    project_id: ProjectId
    pairing_id: PairingId
    cohort_id: CohortId
    person_id: PersonId
    reason: Annotated[Closed[Code], ForRules(of="person_id")]


class MilestoneRescheduled(Event):
    """A milestone has a new day, for a reason; the old one stays visible."""

    name: ClassVar = "milestone.rescheduled"
    milestone_id: MilestoneId
    project_id: ProjectId
    cohort_id: CohortId
    old_due_on: date
    due_on: date
    remind_on: date
    reason: Annotated[Closed[Code], OfCohort(of="cohort_id")]


class MilestoneRenamed(Event):
    """A milestone has another title."""

    name: ClassVar = "milestone.renamed"
    milestone_id: MilestoneId
    project_id: ProjectId
    cohort_id: CohortId
    patient_leader_id: PersonId
    healthcare_leader_id: PersonId
    title: Annotated[Closed[Line], OfTwo(of="patient_leader_id+healthcare_leader_id")]


class MilestoneDropped(Event):
    """A milestone is no step of its project any more, for a reason."""

    name: ClassVar = "milestone.dropped"
    milestone_id: MilestoneId
    project_id: ProjectId
    cohort_id: CohortId
    reason: Annotated[Closed[Code], OfCohort(of="cohort_id")]


class MilestoneMissed(Event):
    """A milestone will not be reached, for a reason; a new day or a report puts that right."""

    name: ClassVar = "milestone.missed"
    milestone_id: MilestoneId
    project_id: ProjectId
    cohort_id: CohortId
    reason: Annotated[Closed[Code], OfCohort(of="cohort_id")]


class MilestoneUnconfirmed(Event):
    """A milestone was confirmed by mistake: the report awaits an answer again."""

    name: ClassVar = "milestone.unconfirmed"
    milestone_id: MilestoneId
    project_id: ProjectId
    cohort_id: CohortId
    due_on: date
    remind_on: date
    reason: Annotated[Closed[Code], OfCohort(of="cohort_id")]
