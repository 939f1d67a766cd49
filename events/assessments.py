"""What has happened while applications are assessed and decided; scores are the panel's alone."""

from typing import Annotated, ClassVar

from pydantic import Field

from events.event import Event
from events.ids import ApplicationId, CohortId, PersonId
from events.personal import Embargoed, Personal, PersonalWords, Sealed
from events.terms import Code, Outcome, Relationship, Side

Scores = dict[Code, Annotated[int, Field(ge=0, le=10)]]


class AssessorAppointed(Event):
    """Somebody may assess a cohort's applications, as a lay or a professional member."""

    name: ClassVar = "assessment.assessor-appointed"
    cohort_id: CohortId
    assessor_id: PersonId
    lay: bool


class AssessorAssigned(Event):
    """An assessor is to assess an application."""

    name: ClassVar = "assessment.assessor-assigned"
    application_id: ApplicationId
    cohort_id: CohortId
    person_id: PersonId
    assessor_id: PersonId
    lay: bool


class ConflictDeclared(Event):
    """An assessor knows the applicant; a hard conflict ends their part, a soft one is recorded."""

    name: ClassVar = "assessment.conflict-declared"
    application_id: ApplicationId
    cohort_id: CohortId
    person_id: PersonId
    assessor_id: PersonId
    kind: Relationship
    hard: bool


class AssessmentSubmitted(Event):
    """An assessor has scored an application and recommends what to do."""

    name: ClassVar = "assessment.submitted"
    application_id: ApplicationId
    cohort_id: CohortId
    person_id: PersonId
    assessor_id: PersonId
    lay: bool
    scores: Annotated[Scores | Sealed, Embargoed(of="cohort_id")]
    recommendation: Annotated[Outcome | Sealed, Embargoed(of="cohort_id")]
    comment: Annotated[PersonalWords | None, Personal(of="person_id")] = None


class ModerationHeld(Event):
    """Assessors who were far apart have talked an application through."""

    name: ClassVar = "assessment.moderation-held"
    application_id: ApplicationId
    cohort_id: CohortId
    person_id: PersonId


class DecisionMade(Event):
    """The panel has decided on an application; nobody else knows yet.

    `score` is the mean of the assessments as a percentage of what could be had, in tenths.
    """

    name: ClassVar = "assessment.decision-made"
    application_id: ApplicationId
    cohort_id: CohortId
    person_id: PersonId
    side: Side
    outcome: Annotated[Outcome | Sealed, Embargoed(of="cohort_id")]
    score: Annotated[int | Sealed, Embargoed(of="cohort_id")]
    reasons: Annotated[tuple[Code, ...] | Sealed, Embargoed(of="cohort_id")]


class DecisionChanged(Event):
    """The panel has decided otherwise before anybody was told, for a reason."""

    name: ClassVar = "assessment.decision-changed"
    application_id: ApplicationId
    cohort_id: CohortId
    person_id: PersonId
    side: Side
    outcome: Annotated[Outcome | Sealed, Embargoed(of="cohort_id")]
    score: Annotated[int | Sealed, Embargoed(of="cohort_id")]
    reasons: Annotated[tuple[Code, ...] | Sealed, Embargoed(of="cohort_id")]
    reason: Code
