"""How a cohort does from first application to continuing partnerships, on both sides."""

from collections.abc import Iterable, Mapping
from datetime import date
from enum import StrEnum
from types import MappingProxyType
from typing import Any, Final

from pydantic import ConfigDict, Field, computed_field

from events.applications import ApplicationStarted
from events.assessments import AssessorAppointed, AssessorDayChanged, PanelActed
from events.catalogue import Recorded
from events.cohorts import (
    ApplicationsClosed,
    ApplicationsOpened,
    CohortCancelled,
    CohortCompleted,
    CohortCompletionTakenBack,
    CohortPlanAmended,
    CohortPlanned,
    CohortStarted,
    CohortStartTakenBack,
    DecisionsReleased,
)
from events.event import Event
from events.ids import ApplicationId, CohortId, PairingId, PersonId, ProjectId
from events.personal import Closed, Line
from events.roles import RoleWithdrawn
from events.rules import Criteria
from events.terms import Role, Side
from events.workshops import TrainingCompleted, TrainingReopened
from projections.funnel import Applicant, Funnel, counted
from projections.pairing_states import (
    MOVES_A_PAIRING,
    PROJECT_STATES,
    BoardState,
    ProjectOnBoard,
    project_state,
    state_after,
)
from projections.projection import Part, Projection, Row, part_of, with_part
from projections.stages import MOVES_AN_APPLICATION, ApplicantProgress


class CohortState(StrEnum):
    """Where a cohort stands; it is `assessing` once it is closed and the panel has acted."""

    PLANNED = "planned"
    OPEN = "open"
    CLOSED = "closed"
    ASSESSING = "assessing"
    DECISIONS_RELEASED = "decisions-released"
    RUNNING = "running"
    COMPLETED = "completed"
    CANCELLED = "cancelled"


COHORT_STATES: Final[Mapping[type[Event], CohortState]] = MappingProxyType(
    {
        ApplicationsOpened: CohortState.OPEN,
        ApplicationsClosed: CohortState.CLOSED,
        DecisionsReleased: CohortState.DECISIONS_RELEASED,
        CohortStarted: CohortState.RUNNING,
        CohortStartTakenBack: CohortState.DECISIONS_RELEASED,
        CohortCompleted: CohortState.COMPLETED,
        CohortCompletionTakenBack: CohortState.RUNNING,
        CohortCancelled: CohortState.CANCELLED,
    }
)
COUNTED: Final = frozenset(
    {*MOVES_AN_APPLICATION, *MOVES_A_PAIRING, *PROJECT_STATES, TrainingCompleted, TrainingReopened}
)
PLANNED: Final = (
    "title",
    "opens_on",
    "closes_on",
    "decisions_on",
    "starts_on",
    "ends_on",
    "places_per_side",
    "required_workshops",
    "criteria",
    "moderation_gap",
)
CAN_CLOSE: Final = frozenset({CohortState.PLANNED, CohortState.OPEN, CohortState.CLOSED})
CLOSED: Final = frozenset({CohortState.CLOSED, CohortState.ASSESSING})
OF_THE_PANEL: Final = frozenset({AssessorAppointed, AssessorDayChanged, RoleWithdrawn})
OF_CONCERN: Final = frozenset(
    {CohortPlanned, CohortPlanAmended, PanelActed, *COHORT_STATES, *COUNTED, *OF_THE_PANEL}
)


class PanelMember(Part):
    """Somebody who may assess for a cohort. What they had yet to score when their day was changed,
    at `changed_at` of the log, they have until the end of `score_by`.
    """

    assessor_id: PersonId
    lay: bool
    score_by: date | None = None
    changed_at: int | None = None


class CohortRow(Row):
    """One cohort: its plan, its state, its panel and its funnel, which is counted from
    `applicants`, `pairings` and `projects` when somebody asks: a row that takes in many facts is
    counted once.
    """

    model_config = ConfigDict(extra="ignore")  # a stored row has its numbers

    cohort_id: CohortId
    title: Closed[Line]
    opens_on: date
    closes_on: date
    decisions_on: date
    starts_on: date
    ends_on: date
    places_per_side: int
    required_workshops: int
    criteria: Closed[Criteria]
    moderation_gap: int
    assessors: tuple[PanelMember, ...] = ()
    state: CohortState = CohortState.PLANNED
    panel_has_acted: bool = False
    applicants: dict[ApplicationId, Applicant] = Field(default_factory=dict)
    pairings: dict[PairingId, BoardState] = Field(default_factory=dict)
    projects: dict[ProjectId, ProjectOnBoard] = Field(default_factory=dict)

    @computed_field  # type: ignore[prop-decorator]  # mypy knows no property beneath a decorator
    @property
    def patient_leaders(self) -> Funnel:
        """The numbers of the lay side."""
        return self._side(Side.PATIENT_LEADER)

    @computed_field  # type: ignore[prop-decorator]  # as above
    @property
    def healthcare_leaders(self) -> Funnel:
        """The numbers of the professional side."""
        return self._side(Side.HEALTHCARE_LEADER)

    def _side(self, which: Side) -> Funnel:
        mine = (one for one in self.applicants.values() if one.side is which)
        return counted(mine, self.pairings.values(), self.projects.values())


def keys(event: Any) -> Iterable[str]:
    """The cohort, for the facts that change a number, a date, the state or the panel."""
    if type(event) not in OF_CONCERN or event.cohort_id is None:
        return ()
    if isinstance(event, RoleWithdrawn) and event.role != Role.ASSESSOR:
        return ()
    return (event.cohort_id,)


def cohort_board(row: CohortRow | None, fact: Recorded[Any], key: str) -> CohortRow | None:
    """The cohort after one more fact."""
    event = fact.event
    if isinstance(event, CohortPlanned):
        return _planned(fact, event)
    if row is None:
        return None
    if type(event) in OF_THE_PANEL:
        return row.after(fact, assessors=_panel(row, fact))
    changes = _said(event) if isinstance(event, CohortPlanAmended) else _moved(row, event)
    return row.after(fact, state=_state(row, event), **changes)


def _planned(fact: Recorded[Any], event: CohortPlanned) -> CohortRow:
    return CohortRow(
        position=fact.envelope.position,
        cohort_id=event.cohort_id,
        **_said(event),
    )


def _said(event: CohortPlanned | CohortPlanAmended) -> dict[str, Any]:
    return {name: it for name in PLANNED if (it := getattr(event, name)) is not None}


def _panel(row: CohortRow, fact: Recorded[Any]) -> tuple[PanelMember, ...]:
    """Who may assess, once somebody more does, or does not any more, or has another day."""
    match fact.event:
        case AssessorAppointed(assessor_id=who, lay=lay):
            new = PanelMember(assessor_id=who, lay=lay)
        case AssessorDayChanged(assessor_id=who, score_by=score_by):
            mine = part_of(row.assessors, "assessor_id", who)
            if mine is None:
                return row.assessors
            new = mine.but(score_by=score_by, changed_at=fact.envelope.position)
        case event:
            return tuple(one for one in row.assessors if one.assessor_id != event.person_id)
    return with_part(row.assessors, new, "assessor_id")


def _state(row: CohortRow, event: Event) -> CohortState:
    state = COHORT_STATES.get(type(event), row.state)
    if isinstance(event, ApplicationsClosed) and row.state not in CAN_CLOSE:
        return row.state  # it is further already
    if isinstance(event, CohortPlanAmended) and row.state in CLOSED and _later(row, event):
        return CohortState.OPEN
    has_acted = row.panel_has_acted or isinstance(event, PanelActed)
    return CohortState.ASSESSING if state is CohortState.CLOSED and has_acted else state


def _later(row: CohortRow, event: CohortPlanAmended) -> bool:
    """Whether people can apply for longer."""
    return event.closes_on is not None and event.closes_on > row.closes_on


def _moved(row: CohortRow, event: Any) -> dict[str, Any]:
    kind = type(event)
    if kind is PanelActed:
        return {"panel_has_acted": True}
    if kind in MOVES_AN_APPLICATION:
        return {"applicants": {**row.applicants, **_applicant(row, event)}}
    if state := state_after(event):
        return {"pairings": {**row.pairings, event.pairing_id: state}}
    if kind in PROJECT_STATES:
        return {"projects": {**row.projects, event.project_id: project_state(event)}}
    if kind in (TrainingCompleted, TrainingReopened):
        return {"applicants": _trained(row, event)}
    return {}


def _applicant(row: CohortRow, event: Any) -> dict[ApplicationId, Applicant]:
    before = row.applicants.get(event.application_id)
    if isinstance(event, ApplicationStarted):
        before = Applicant(person_id=event.person_id, side=event.side, progress=ApplicantProgress())
    if before is None:
        return {}
    return {event.application_id: before.but(progress=before.progress.after(event))}


def _trained(
    row: CohortRow, event: TrainingCompleted | TrainingReopened
) -> dict[ApplicationId, Applicant]:
    trained = isinstance(event, TrainingCompleted)
    return {
        key: one.but(trained=trained) if one.person_id == event.person_id else one
        for key, one in row.applicants.items()
    }


COHORT_BOARD: Final = Projection(
    name="cohort_board",
    version=3,
    question="How far has every cohort come, on both sides?",
    row=CohortRow,
    keys=keys,
    fold=cohort_board,
)
