"""What has happened to a cohort as a whole."""

from datetime import date
from typing import Annotated, ClassVar, Final

from pydantic import Field

from events.event import Event
from events.ids import FIRST_RULES, PROGRAMME, CohortId, PersonId, ProgrammeId, RulesId
from events.personal import Closed, ForRules, Line, OfCohort
from events.terms import Code, Side, Value

Digest = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
"""SHA-256, in hexadecimal."""
MOST_DAYS: Final = 60
"""No rule and no plan gives anybody more: who asks for it has mistyped."""
MOST_WORKSHOPS: Final = 12
"""They are numbered, and facts keep their number within this bound."""
PlacesPerSide = Annotated[int, Field(ge=1, le=200)]
"""All of them are told in one commit, which has to end before others can go on."""
RequiredWorkshops = Annotated[int, Field(ge=1, le=MOST_WORKSHOPS)]
AcceptWithinDays = Annotated[int, Field(ge=1, le=MOST_DAYS)]
ModerationGap = Annotated[int, Field(ge=1, le=100)]


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
    programme_id: ProgrammeId = PROGRAMME
    title: Annotated[Closed[Line], OfCohort(of="cohort_id")]
    opens_on: date
    closes_on: date
    decisions_on: date
    starts_on: date
    ends_on: date
    places_per_side: PlacesPerSide
    criteria: Annotated[Closed[tuple[Criterion, ...]], OfCohort(of="cohort_id")]
    required_workshops: RequiredWorkshops = 3
    accept_within_days: AcceptWithinDays = 10
    moderation_gap: ModerationGap = 30
    rules_id: RulesId = FIRST_RULES


class CohortPlanAmended(Event):
    """The plan of a cohort is another from now on: what is named is so, all else stays as it was.

    Where `closes_on` is later than it was, people can apply again until then, also if the time for
    it was over.
    """

    name: ClassVar = "cohort.plan-amended"
    cohort_id: CohortId
    programme_id: ProgrammeId = PROGRAMME
    title: Annotated[Closed[Line] | None, OfCohort(of="cohort_id")] = None
    opens_on: date | None = None
    closes_on: date | None = None
    decisions_on: date | None = None
    starts_on: date | None = None
    ends_on: date | None = None
    places_per_side: PlacesPerSide | None = None
    criteria: Annotated[Closed[tuple[Criterion, ...]] | None, OfCohort(of="cohort_id")] = None
    required_workshops: RequiredWorkshops | None = None
    accept_within_days: AcceptWithinDays | None = None
    moderation_gap: ModerationGap | None = None
    reason: Annotated[Closed[Code], OfCohort(of="cohort_id")]


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


class ExtensionWithdrawn(Event):
    """A named person has no longer to apply than everybody has."""

    name: ClassVar = "cohort.extension-withdrawn"
    cohort_id: CohortId
    person_id: PersonId
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


class ReleaseOverdue(Event):
    """The day on which everybody was to be told what was decided is over, and nobody was: they are
    told that, and co-chairs must release it or plan another day.
    """

    name: ClassVar = "cohort.release-overdue"
    cohort_id: CohortId
    decisions_on: date


class CohortStarted(Event):
    """The cohort has begun to learn together."""

    name: ClassVar = "cohort.started"
    cohort_id: CohortId


class CohortStartTakenBack(Event):
    """The cohort has not begun after all: it stands where it stood before its start."""

    name: ClassVar = "cohort.start-taken-back"
    cohort_id: CohortId
    reason: Annotated[Closed[Code], OfCohort(of="cohort_id")]


class CohortCompleted(Event):
    """The cohort has come to its end."""

    name: ClassVar = "cohort.completed"
    cohort_id: CohortId


class CohortCompletionTakenBack(Event):
    """The cohort has not come to its end after all: it goes on."""

    name: ClassVar = "cohort.completion-taken-back"
    cohort_id: CohortId
    reason: Annotated[Closed[Code], OfCohort(of="cohort_id")]


class CohortCancelled(Event):
    """The cohort does not take place."""

    name: ClassVar = "cohort.cancelled"
    cohort_id: CohortId
    programme_id: ProgrammeId = PROGRAMME
    reason: Annotated[Closed[Code], OfCohort(of="cohort_id")]
