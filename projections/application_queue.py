"""What every application waits for, for those who see that all are assessed and decided.

What applicants wrote and what the panel did stay sealed in a row. Whoever may open a row is told
how far the panel is and what its assessors found, but not what was decided.
"""

from collections.abc import Iterable
from datetime import datetime
from typing import Any, Final

from events.applications import (
    ApplicationAmended,
    ApplicationStarted,
    ApplicationSubmitted,
    ApplicationWithdrawn,
    Experiences,
    Profile,
)
from events.assessments import PanelActed
from events.catalogue import Recorded
from events.ids import ApplicationId, CohortId, ImportId, PersonId
from events.offers import ApplicationDeclined, OfferMade, ReserveListed
from events.personal import Closed, Sealed, Words
from events.terms import Role, Side
from projections.panel import PanelsPart, panels_part, wanted_of, with_what_is_to_score
from projections.projection import Projection, Row, Shown
from projections.stages import MOVES_AN_APPLICATION, ApplicantProgress, ApplicantStage

OF_CONCERN: Final = frozenset({*MOVES_AN_APPLICATION, PanelActed})
RELEASED: Final = frozenset({OfferMade, ReserveListed, ApplicationDeclined})
"""What the release of decisions comes to."""
IN_DOUBT: Final = "co-chairs of both sides, as an assessor turned out to be too close"
TO_SCORE: Final = (ApplicantStage.ELIGIBLE, "assessed")
"""Where an application stands on which assessors work."""
BY_THE_APPLICANT: Final = ("profile", "experiences", "interest", "leadership", "wishes")


class ApplicationRow(Row):
    """One application in the queue; `acts` are what the panel did about it, in order.

    What is told of it has, in the place of the acts, its `stage`, its `assessors`, whether it was
    `moderated`, and what it `waits_for`, a plain phrase; `waiting` is false once nobody has to do
    anything about it before the release. It is `taken_up` once the person themselves or the release
    of decisions did something about it, whoever it was `started_by` or, with a file, `imported_by`
    (`import_id`).
    The first `acts_before` of the acts were about what it said before it was last amended;
    `acted_at` are the positions of all of them in the log.
    """

    application_id: ApplicationId
    cohort_id: CohortId
    person_id: PersonId
    side: Side
    progress: ApplicantProgress = ApplicantProgress()
    started_at: datetime
    started_by: str
    taken_up: bool = False
    imported_by: str | None = None
    import_id: ImportId | None = None
    submitted_at: datetime | None = None
    amended_at: datetime | None = None
    acts_before: int = 0
    acts: tuple[Sealed, ...] = ()
    acted_at: tuple[int, ...] = ()
    profile: Closed[Profile] | None = None
    experiences: Closed[Experiences] | None = None
    interest: Closed[Words] | None = None
    leadership: Closed[Words] | None = None
    wishes: Closed[Words] | None = None


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
    progress, taken_up = row.progress.after(fact.event), row.taken_up or _takes_up(row, fact)
    return row.after(fact, progress=progress, taken_up=taken_up, **_changes(row, fact))


def _takes_up(row: ApplicationRow, fact: Recorded[Any]) -> bool:
    """Whether more is done than that the team began or handed in something for somebody."""
    by = fact.envelope.origin
    if isinstance(fact.event, ApplicationWithdrawn):  # who takes it back may never have wanted it
        return False
    return row.person_id == by.actor or type(fact.event) in RELEASED


def _started(fact: Recorded[Any], event: ApplicationStarted) -> ApplicationRow:
    by = fact.envelope.origin
    return ApplicationRow(
        position=fact.envelope.position,
        application_id=event.application_id,
        cohort_id=event.cohort_id,
        person_id=event.person_id,
        side=event.side,
        started_at=fact.envelope.time,
        started_by=by.actor,
        imported_by=by.actor if by.role == Role.IMPORTER else None,
        import_id=event.import_id,
    )


def _changes(row: ApplicationRow, fact: Recorded[Any]) -> dict[str, Any]:
    match fact.event:
        case ApplicationSubmitted() as event:
            said = {name: getattr(event, name) for name in BY_THE_APPLICANT}
            return {"submitted_at": fact.envelope.time, **said}
        case ApplicationAmended() as event:
            said = {name: getattr(event, name) for name in BY_THE_APPLICANT}
            about = {"acts_before": len(row.acts)}
            return {"amended_at": fact.envelope.time, **about, **said}
        case PanelActed(content=content):
            at = (*row.acted_at, fact.envelope.position)
            return {"acts": (*row.acts, content), "acted_at": at}
        case _:
            return {}


def told(row: Shown) -> Shown:
    """The row with what the panel's acts come to in their place.

    Without the key, or once it was destroyed, it says that they can't be read.
    """
    stage = row["progress"]["stage"]
    rest = {name: value for name, value in row.items() if name != "acts"}
    shut = next((one for one in row["acts"] if isinstance(one, str)), None)
    if shut is None:
        part = panels_part(row["acts"], row.get("acts_before", 0), row.get("acted_at", ()))
        return {**rest, **_told(stage, part)}
    phrase = _waits_for(stage, f"the panel, whose part is {shut.strip('()')}")
    return {**rest, "stage": stage, "assessors": shut, "moderated": shut, **_waiting(phrase)}


def _told(stage: str, part: PanelsPart) -> Shown:
    if stage == ApplicantStage.ELIGIBLE and (part.decided or part.assessed):
        stage = "decided" if part.decided else "assessed"
    if stage in TO_SCORE:
        part = with_what_is_to_score(part)
    shown = part.model_dump(mode="json", include={"assessors", "moderated"})
    phrase = _waits_for(stage, wanted_of(part)) or (IN_DOUBT if part.in_doubt else None)
    return {"stage": stage, **shown, **_waiting(phrase)}


def _waiting(phrase: str | None) -> Shown:
    return {"waiting": phrase is not None, "waits_for": phrase or "nothing"}


def _waits_for(stage: str, of_the_panel: str) -> str | None:
    """What has to be done next, or None if nothing has."""
    match stage:
        case ApplicantStage.STARTED:
            return "to be handed in"
        case ApplicantStage.SUBMITTED:
            return "an eligibility check"
        case ApplicantStage.ELIGIBLE | "assessed" | "decided":
            return of_the_panel
        case _:
            return None


APPLICATION_QUEUE: Final = Projection(
    name="application_queue",
    version=5,
    question="What does every application wait for?",
    row=ApplicationRow,
    keys=keys,
    fold=application_queue,
    told=told,
    found_by=("person_id", "cohort_id", "import_id"),
)
