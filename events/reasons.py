"""What has happened to why something is so: it was noted wrongly, and is put right."""

from enum import StrEnum
from typing import Annotated, ClassVar

from events.event import Event
from events.ids import (
    ApplicationId,
    CohortId,
    MatchingRunId,
    MilestoneId,
    PersonId,
    ProjectId,
    WorkshopId,
)
from events.personal import Closed, ForRules, OfCohort
from events.terms import Code, Role


class OfSomebody(StrEnum):
    """The facts about one person whose reason can be put right, by their names."""

    APPLICATION_WITHDRAWN = "application.withdrawn"
    APPLICATION_REINSTATED = "application.reinstated"
    EXTENSION_WITHDRAWN = "cohort.extension-withdrawn"
    OFFER_DAY_CHANGED = "offer.day-changed"
    OFFER_DECLINED = "offer.declined"
    OFFER_REOPENED = "offer.reopened"
    OFFER_WITHDRAWN = "offer.withdrawn"
    EMPLOYER_RELEASE_LOST = "place.employer-release-lost"
    PLACE_GIVEN_UP = "place.given-up"
    PLACE_GIVEN_BACK = "place.given-back"
    RESERVE_LISTED = "reserve.listed"
    RESERVE_REORDERED = "reserve.reordered"
    ROLE_WITHDRAWN = "role.withdrawn"
    BOOKING_CANCELLED = "workshop.booking-cancelled"
    ATTENDANCE_CORRECTED = "workshop.attendance-corrected"
    MAKE_UP_TAKEN_BACK = "workshop.make-up-taken-back"
    MILESTONE_RETURNED = "milestone.returned"


class OfTheTeam(StrEnum):
    """The facts about a cohort and its work whose reason can be put right, by their names."""

    CANCELLED = "cohort.cancelled"
    START_TAKEN_BACK = "cohort.start-taken-back"
    COMPLETION_TAKEN_BACK = "cohort.completion-taken-back"
    RUN_DISCARDED = "matching.run-discarded"
    WORKSHOP_RESCHEDULED = "workshop.rescheduled"
    WORKSHOP_CANCELLED = "workshop.cancelled"
    WORKSHOP_REINSTATED = "workshop.reinstated"
    CAPACITY_CHANGED = "workshop.capacity-changed"
    REGISTER_REOPENED = "workshop.register-reopened"
    PROJECT_COMPLETED = "project.completed"
    PROJECT_STOPPED = "project.stopped"
    PROJECT_TAKEN_UP_AGAIN = "project.taken-up-again"
    MILESTONE_RESCHEDULED = "milestone.rescheduled"
    MILESTONE_DROPPED = "milestone.dropped"
    MILESTONE_MISSED = "milestone.missed"


class PersonReasonPutRight(Event):
    """Why something happened to somebody was noted wrongly; this is why. Else it stays.

    It is of the last fact of its kind (`of`) that has the same ids, and the same role.
    """

    name: ClassVar = "person.reason-put-right"
    person_id: PersonId
    cohort_id: CohortId | None = None
    application_id: ApplicationId | None = None
    workshop_id: WorkshopId | None = None
    project_id: ProjectId | None = None
    milestone_id: MilestoneId | None = None
    role: Role | None = None
    of: OfSomebody
    reason: Annotated[Closed[Code], ForRules(of="person_id")]


class CohortReasonPutRight(Event):
    """Why something happened to a cohort or its work was noted wrongly; this is why. Else it stays.

    It is of the last fact of its kind (`of`) that has the same ids.
    """

    name: ClassVar = "cohort.reason-put-right"
    cohort_id: CohortId
    run_id: MatchingRunId | None = None
    workshop_id: WorkshopId | None = None
    project_id: ProjectId | None = None
    milestone_id: MilestoneId | None = None
    of: OfTheTeam
    reason: Annotated[Closed[Code], OfCohort(of="cohort_id")]
