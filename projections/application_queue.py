"""What every application waits for, for those who see that all are assessed and decided.

No score, recommendation or outcome is kept: what the panel decided shows only as what was
released. What applicants wrote stays sealed.
"""

from collections.abc import Iterable
from datetime import datetime
from typing import Annotated, Any, Final

from events.applications import ApplicationStarted, ApplicationSubmitted, Profile
from events.assessments import (
    AssessmentSubmitted,
    AssessorAssigned,
    ConflictDeclared,
    ModerationHeld,
)
from events.catalogue import Recorded
from events.ids import ApplicationId, CohortId, PersonId
from events.personal import Personal, PersonalWords
from events.terms import Relationship, Side
from projections.projection import Part, Projection, Row, part_of, with_part
from projections.stages import MOVES_AN_APPLICATION, ApplicantProgress, ApplicantStage

ASSESSMENTS_NEEDED: Final = 2  # by different assessors without a hard conflict, one of them lay
OF_CONCERN: Final = frozenset(
    {*MOVES_AN_APPLICATION, AssessorAssigned, ConflictDeclared, ModerationHeld}
)


class Assessor(Part):
    """One assessor of an application; a hard conflict ends their part in it."""

    assessor_id: PersonId
    lay: bool = False
    assigned: bool = False
    assessed_at: datetime | None = None
    conflict: Relationship | None = None
    hard: bool = False


class ApplicationRow(Row):
    """One application in the queue. `waits_for` is a plain phrase; `waiting` is false once nobody
    has to do anything about it before the release.
    """

    application_id: ApplicationId
    cohort_id: CohortId
    person_id: PersonId
    side: Side
    stage: ApplicantStage = ApplicantStage.STARTED
    progress: ApplicantProgress = ApplicantProgress()
    started_at: datetime
    submitted_at: datetime | None = None
    assessors: tuple[Assessor, ...] = ()
    moderated: bool = False
    waiting: bool = True
    waits_for: str = "to be handed in"
    profile: Profile | None = None
    experiences: int = 0
    interest: Annotated[PersonalWords | None, Personal(of="person_id")] = None
    leadership: Annotated[PersonalWords | None, Personal(of="person_id")] = None
    wishes: Annotated[PersonalWords | None, Personal(of="person_id")] = None


def keys(event: Any) -> Iterable[str]:
    """The application that a fact is about."""
    return (event.application_id,) if type(event) in OF_CONCERN else ()


def application_queue(
    row: ApplicationRow | None, fact: Recorded[Any], key: str
) -> ApplicationRow | None:
    """The application after one more fact."""
    if isinstance(fact.event, ApplicationStarted):
        row = _started(fact, fact.event)
    if row is None:
        return None
    progress = row.progress.after(fact.event)
    moved = row.after(fact, progress=progress, stage=progress.stage, **_changes(row, fact))
    phrase = waits_for(moved)
    return moved.but(waits_for=phrase or "nothing", waiting=phrase is not None)


def _started(fact: Recorded[Any], event: ApplicationStarted) -> ApplicationRow:
    return ApplicationRow(
        position=fact.envelope.position,
        application_id=event.application_id,
        cohort_id=event.cohort_id,
        person_id=event.person_id,
        side=event.side,
        started_at=fact.envelope.time,
    )


def _changes(row: ApplicationRow, fact: Recorded[Any]) -> dict[str, Any]:
    match fact.event:
        case ApplicationSubmitted() as event:
            told_by_them = ("profile", "experiences", "interest", "leadership", "wishes")
            words = {name: getattr(event, name) for name in told_by_them}
            return {"submitted_at": fact.envelope.time, **words}
        case ModerationHeld():
            return {"moderated": True}
        case AssessorAssigned() | ConflictDeclared() | AssessmentSubmitted():
            return {"assessors": with_part(row.assessors, _assessor(row, fact), "assessor_id")}
        case _:
            return {}


def _assessor(row: ApplicationRow, fact: Recorded[Any]) -> Assessor:
    event = fact.event
    before = part_of(row.assessors, "assessor_id", event.assessor_id)
    assessor = before or Assessor(assessor_id=event.assessor_id)
    match event:
        case AssessorAssigned():
            return assessor.but(lay=event.lay, assigned=True)
        case AssessmentSubmitted():
            return assessor.but(lay=event.lay, assessed_at=fact.envelope.time)
        case _:
            return assessor.but(conflict=event.kind, hard=assessor.hard or event.hard)


def waits_for(row: ApplicationRow) -> str | None:
    """What has to be done next, or None if nothing has."""
    match row.stage:
        case ApplicantStage.STARTED:
            return "to be handed in"
        case ApplicantStage.SUBMITTED:
            return "an eligibility check"
        case ApplicantStage.ELIGIBLE | ApplicantStage.ASSESSED:
            return _assessments_wanted(row)
        case ApplicantStage.DECIDED:
            return "the release of decisions"
        case _:
            return None


def _assessments_wanted(row: ApplicationRow) -> str:
    taking_part = [one for one in row.assessors if one.assigned and not one.hard]
    lay = any(one.lay for one in taking_part)
    if taking_part and not lay:
        return "a lay assessor"
    if len(taking_part) < ASSESSMENTS_NEEDED:
        return "an assessor"
    return _assessments_missing([one for one in taking_part if one.assessed_at])


def _assessments_missing(done: list[Assessor]) -> str:
    lay = any(one.lay for one in done)
    missing = max(ASSESSMENTS_NEEDED - len(done), 0 if lay else 1)
    if missing == 0:
        return "a decision"
    if missing == 1:
        return "1 assessment" if lay else "1 assessment by a lay assessor"
    return f"{missing} assessments"


APPLICATION_QUEUE: Final = Projection(
    name="application_queue",
    version=1,
    question="What does every application wait for?",
    row=ApplicationRow,
    keys=keys,
    fold=application_queue,
)
