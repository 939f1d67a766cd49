"""What has happened to a cohort as a whole."""

from datetime import date
from typing import Annotated, ClassVar

from pydantic import Field

from events.event import Event
from events.ids import FIRST_RULES, CohortId, PersonId, RulesId
from events.personal import Closed, ForRules, Line, OfCohort
from events.terms import Code, Side, Value

Digest = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
"""SHA-256, in hexadecimal."""


class Criterion(Value):
    """What every application is assessed on: scored 0 to `top`, counted `weight` times."""

    code: Code
    title: Line
    weight: Annotated[int, Field(ge=1, le=10)] = 1
    top: Annotated[int, Field(ge=1, le=10)] = 5


class CohortPlanned(Event):
    """A cohort has its dates, its places and the criteria by which people are chosen.

    All dates are calendar days in Europe/London; a deadline is over at the midnight after it. The
    cohort is chosen and trained by the rules that were in force when it was planned.
    """

    name: ClassVar = "cohort.planned"
    cohort_id: CohortId
    title: Annotated[Closed[Line], OfCohort(of="cohort_id")]
    opens_on: date
    closes_on: date
    decisions_on: date
    starts_on: date
    ends_on: date
    places_per_side: Annotated[int, Field(ge=1, le=200)]
    criteria: Annotated[Closed[tuple[Criterion, ...]], OfCohort(of="cohort_id")]
    required_workshops: Annotated[int, Field(ge=1, le=12)] = 3
    accept_within_days: Annotated[int, Field(ge=1, le=60)] = 10
    moderation_gap: Annotated[int, Field(ge=1, le=100)] = 30
    rules_id: RulesId = FIRST_RULES


class ApplicationsOpened(Event):
    """People can apply."""

    name: ClassVar = "cohort.applications-opened"
    cohort_id: CohortId


class ExtensionGranted(Event):
    """A named person has longer to apply, to the end of `until`."""

    name: ClassVar = "cohort.extension-granted"
    cohort_id: CohortId
    person_id: PersonId
    until: Annotated[Closed[date], ForRules(of="person_id")]
    reason: Annotated[Closed[Code], ForRules(of="person_id")]


class ApplicationsClosed(Event):
    """Nobody can apply any more, except by an extension."""

    name: ClassVar = "cohort.applications-closed"
    cohort_id: CohortId


class ReleaseSigned(Event):
    """One side's co-chair signs the decisions of a cohort, as they stood at that moment.

    `decisions` is a digest of all of them; once one is another, the signature stands under nothing.
    """

    name: ClassVar = "cohort.release-signed"
    cohort_id: CohortId
    side: Side
    signed_by: PersonId
    decisions: Annotated[Closed[Digest], OfCohort(of="cohort_id")]


class DecisionsReleased(Event):
    """Everybody is told what was decided, all at once."""

    name: ClassVar = "cohort.decisions-released"
    cohort_id: CohortId


class CohortStarted(Event):
    """The cohort has begun to learn together."""

    name: ClassVar = "cohort.started"
    cohort_id: CohortId


class CohortCompleted(Event):
    """The cohort has come to its end."""

    name: ClassVar = "cohort.completed"
    cohort_id: CohortId


class CohortCancelled(Event):
    """The cohort does not take place."""

    name: ClassVar = "cohort.cancelled"
    cohort_id: CohortId
    reason: Annotated[Closed[Code], OfCohort(of="cohort_id")]
