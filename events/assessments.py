"""What has happened while applications are assessed and decided; scores are the panel's alone."""

from datetime import date
from typing import Annotated, ClassVar

from pydantic import Field

from events.event import Cover, Event
from events.ids import ApplicationId, CohortId, PersonId
from events.personal import Closed, Erased, FewWords, OfCohort, OfPanel, OfPanelUnread, Sealed
from events.terms import Code, Moment, Outcome, Relationship, Side

Scores = dict[Code, Annotated[int, Field(ge=0, le=10)]]


class AssessorAppointed(Event):
    """Somebody may assess a cohort's applications, as a lay or a professional member."""

    name: ClassVar = "assessment.assessor-appointed"
    cohort_id: CohortId
    assessor_id: PersonId
    lay: bool


class PanelActed(Cover):
    """The panel has done something about an application: what, and who did it, is theirs alone.

    Before decisions are released every application has had as many of them as any other, because
    some of them say nothing (`PanelDidNothing`).
    """

    name: ClassVar = "assessment.acted"
    size: ClassVar = 8 * 1024
    veiled: ClassVar = True
    application_id: ApplicationId
    cohort_id: CohortId
    person_id: PersonId
    content: Annotated[Sealed | Erased, OfPanel()]


class PanelDidNothing(Event):
    """Nothing: it is there so that nobody can tell what was done by how often."""

    name: ClassVar = "assessment.nothing"
    cover: ClassVar = PanelActed
    application_id: ApplicationId
    cohort_id: CohortId
    person_id: PersonId


class AssessorAssigned(Event):
    """An assessor is to assess an application, on which `needed` do, `needed_lay` of them lay: by
    the end of a day, and they are reminded of it on another.
    """

    name: ClassVar = "assessment.assessor-assigned"
    cover: ClassVar = PanelActed
    application_id: ApplicationId
    cohort_id: CohortId
    person_id: PersonId
    assessor_id: PersonId
    lay: bool
    needed: Annotated[int, Field(ge=2, le=6)] = 2
    needed_lay: Annotated[int, Field(ge=1, le=6)] = 1
    score_by: date
    remind_on: date


class AssessorAwaitedAgain(Event):
    """An application that an assessor has to score has changed, or goes on after all: they have
    until the end of another day.
    """

    name: ClassVar = "assessment.assessor-awaited-again"
    cover: ClassVar = PanelActed
    application_id: ApplicationId
    cohort_id: CohortId
    person_id: PersonId
    assessor_id: PersonId
    score_by: date
    remind_on: date


class AssessmentsAwaited(Event):
    """Somebody who assesses for a cohort has something to score until the end of a day, and is to
    be reminded of it on another: who, and of what, is the panel's alone.
    """

    name: ClassVar = "assessment.awaited"
    veiled: ClassVar = True
    cohort_id: CohortId
    score_by: date
    remind_on: date


class AssessorDayChanged(Event):
    """An assessor has until the end of another day for all that they have yet to score for a
    cohort, for a reason.
    """

    name: ClassVar = "assessment.day-changed"
    cohort_id: CohortId
    assessor_id: PersonId
    score_by: date
    remind_on: date
    reason: Annotated[Closed[Code], OfCohort(of="cohort_id")]


class AssessorReminderDue(Event):
    """An assessor has something to score for a cohort yet, and their day is near."""

    name: ClassVar = "assessment.reminder-due"
    cohort_id: CohortId
    assessor_id: PersonId
    score_by: date
    remind_on: date


class AssessorLate(Event):
    """An assessor's day is over, and they have something to score for a cohort yet: a coordinator
    must ask them, or somebody else. It blocks nothing.
    """

    name: ClassVar = "assessment.assessor-late"
    cohort_id: CohortId
    assessor_id: PersonId
    score_by: date


class ConflictDeclared(Event):
    """An assessor knows the applicant; a hard conflict ends their part, a soft one is recorded."""

    name: ClassVar = "assessment.conflict-declared"
    cover: ClassVar = PanelActed
    application_id: ApplicationId
    cohort_id: CohortId
    person_id: PersonId
    assessor_id: PersonId
    kind: Relationship
    hard: bool


class AssessorStoodDown(Event):
    """An assessor may not assess any more, so they have no part in this; what they found, if they
    had `scored` it, does not count.
    """

    name: ClassVar = "assessment.assessor-stood-down"
    cover: ClassVar = PanelActed
    application_id: ApplicationId
    cohort_id: CohortId
    person_id: PersonId
    assessor_id: PersonId
    scored: bool


class AssessmentSubmitted(Event):
    """An assessor has scored an application and recommends what to do."""

    name: ClassVar = "assessment.submitted"
    cover: ClassVar = PanelActed
    application_id: ApplicationId
    cohort_id: CohortId
    person_id: PersonId
    assessor_id: PersonId
    lay: bool
    scores: Scores
    recommendation: Outcome
    comment: Annotated[Closed[FewWords] | None, OfPanelUnread()] = None
    said_at: Moment | None = None
    """When they found it, by which the newer word counts; None, if nobody noted it."""


class AssessmentAmended(Event):
    """An assessor has put right what they had found, before anything was decided on it."""

    name: ClassVar = "assessment.amended"
    cover: ClassVar = PanelActed
    application_id: ApplicationId
    cohort_id: CohortId
    person_id: PersonId
    assessor_id: PersonId
    lay: bool
    scores: Scores
    recommendation: Outcome
    comment: Annotated[Closed[FewWords] | None, OfPanelUnread()] = None
    said_at: Moment | None = None
    """When they found it, by which the newer word counts; None, if nobody noted it."""


class ModerationHeld(Event):
    """Assessors who were far apart have talked an application through."""

    name: ClassVar = "assessment.moderation-held"
    cover: ClassVar = PanelActed
    application_id: ApplicationId
    cohort_id: CohortId
    person_id: PersonId


class DecisionMade(Event):
    """The panel has decided on an application; nobody else knows yet.

    `score` is the mean of the assessments as a percentage of what could be had, in tenths.
    """

    name: ClassVar = "assessment.decision-made"
    cover: ClassVar = PanelActed
    application_id: ApplicationId
    cohort_id: CohortId
    person_id: PersonId
    side: Side
    outcome: Outcome
    score: int
    reasons: tuple[Code, ...]


class DecisionChanged(Event):
    """The panel has decided otherwise before anybody was told, for a reason."""

    name: ClassVar = "assessment.decision-changed"
    cover: ClassVar = PanelActed
    application_id: ApplicationId
    cohort_id: CohortId
    person_id: PersonId
    side: Side
    outcome: Outcome
    score: int
    reasons: tuple[Code, ...]
    reason: Code


class DecisionReopened(Event):
    """A decision that nobody has heard of is open again: what was said of an assessor on whom it
    rested makes them too close.
    """

    name: ClassVar = "assessment.decision-reopened"
    cover: ClassVar = PanelActed
    application_id: ApplicationId
    cohort_id: CohortId
    person_id: PersonId


class DecisionInDoubt(Event):
    """An assessor on whom a decision rested that everybody has heard turned out to be too close:
    co-chairs of both sides must look at it. It stands until they correct it.
    """

    name: ClassVar = "assessment.decision-in-doubt"
    cover: ClassVar = PanelActed
    application_id: ApplicationId
    cohort_id: CohortId
    person_id: PersonId


class CorrectionSigned(Event):
    """A co-chair signs, for a side, that what everybody has heard of a decision is corrected.

    `holds` is what the application held when it was signed.
    """

    name: ClassVar = "assessment.correction-signed"
    cover: ClassVar = PanelActed
    application_id: ApplicationId
    cohort_id: CohortId
    person_id: PersonId
    signed_for: Side
    signed_by: PersonId
    holds: Code
    outcome: Outcome
    reasons: tuple[Code, ...]
    reason: Code
