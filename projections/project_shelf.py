"""What every pair sets out to improve, where, and how far it has come."""

from collections.abc import Iterable
from datetime import datetime
from enum import StrEnum
from typing import Any, Final

from pydantic import Field

from events.catalogue import Recorded
from events.event import Event
from events.ids import CohortId, PairingId, PersonId, ProjectId
from events.personal import Closed, Line, Words
from events.projects import (
    ChangesRequested,
    HostOrganisationAgreed,
    ProjectAmended,
    ProjectApproved,
    ProjectCompleted,
    ProjectHandedOn,
    ProjectProposed,
    ProjectRevised,
    ProjectStopped,
    ProjectTakenUpAgain,
)
from events.reasons import CohortReasonPutRight, PersonReasonPutRight
from events.terms import OdsCode, Theme
from projections.milestones import (
    MOVES_A_MILESTONE,
    MilestoneState,
    ShelfMilestone,
    milestones_after,
)
from projections.projection import (
    Explained,
    Projection,
    Row,
    part_of,
    reason_put_right,
    why,
    with_part,
)


class ProjectState(StrEnum):
    """Where a project stands."""

    PROPOSED = "proposed"
    CHANGES_REQUESTED = "changes-requested"
    RUNNING = "running"
    COMPLETED = "completed"
    STOPPED = "stopped"


OF_THE_PROJECT: Final = frozenset(
    {
        ProjectProposed,
        HostOrganisationAgreed,
        ChangesRequested,
        ProjectRevised,
        ProjectApproved,
        ProjectAmended,
        ProjectHandedOn,
        ProjectCompleted,
        ProjectStopped,
        ProjectTakenUpAgain,
    }
)


PUT_RIGHT: Final = frozenset({PersonReasonPutRight, CohortReasonPutRight})


class ProjectRow(Row, Explained):
    """One project. The pairing is the present one, whose forerunners are in `former_pairings`;
    `state_before` is where one that is over stood; `heard_from` says when somebody last proposed,
    revised or reported. Of the milestones, which are in the order of their days, `planned` were not
    dropped, and `confirmed` are reached in the eyes of both partners.
    """

    project_id: ProjectId
    cohort_id: CohortId
    pairing_id: PairingId
    former_pairings: tuple[PairingId, ...] = ()
    title: Closed[Line]
    theme: Closed[Theme]
    aim: Closed[Words]
    aim_by: PersonId
    host: Closed[OdsCode] | None = None
    host_name: Closed[Line] | None = None
    state: ProjectState = ProjectState.PROPOSED
    state_before: ProjectState | None = None
    milestones: tuple[ShelfMilestone, ...] = ()
    planned: int = 0
    confirmed: int = 0
    heard_from: dict[PersonId, datetime] = Field(default_factory=dict)


def keys(event: Any) -> Iterable[str]:
    """The project that a fact is about."""
    kind = type(event)
    if kind not in OF_THE_PROJECT and kind not in MOVES_A_MILESTONE and kind not in PUT_RIGHT:
        return ()
    return (event.project_id,) if event.project_id else ()


def project_shelf(row: ProjectRow | None, fact: Recorded[Any], key: str) -> ProjectRow | None:
    """The project after one more fact."""
    event = fact.event
    if isinstance(event, ProjectProposed):
        row = _proposed(fact, event)
    if row is None:
        return None
    heard = {**row.heard_from, **_who_acted(fact)}
    if type(event) in PUT_RIGHT:
        return row.after(fact, heard_from=heard, **_put_right(row, event))
    if type(event) in MOVES_A_MILESTONE:
        return _with_milestones(row.after(fact, heard_from=heard), fact)
    return row.after(fact, heard_from=heard, **why(event, _changes(row, event)))


def _proposed(fact: Recorded[Any], event: ProjectProposed) -> ProjectRow:
    return ProjectRow(
        position=fact.envelope.position,
        project_id=event.project_id,
        cohort_id=event.cohort_id,
        pairing_id=event.pairing_id,
        title=event.title,
        theme=event.theme,
        aim=event.aim,
        aim_by=event.proposed_by,
    )


def _who_acted(fact: Recorded[Any]) -> dict[PersonId, datetime]:
    who = getattr(fact.event, "person_id", None) or getattr(fact.event, "proposed_by", None)
    return {who: fact.envelope.time} if who else {}


def _put_right(row: ProjectRow, event: Any) -> dict[str, Any]:
    """The project, or its milestone, with the right reason."""
    if event.milestone_id is None:
        return {"because": reason_put_right(row, event).because}
    milestone = part_of(row.milestones, "milestone_id", event.milestone_id)
    if milestone is None:
        return {}
    right = reason_put_right(milestone, event)
    return {"milestones": with_part(row.milestones, right, "milestone_id")}


def _with_milestones(row: ProjectRow, fact: Recorded[Any]) -> ProjectRow:
    milestones = milestones_after(row.milestones, fact)
    confirmed = sum(one.state is MilestoneState.CONFIRMED for one in milestones)
    planned = sum(one.state is not MilestoneState.DROPPED for one in milestones)
    return row.but(milestones=milestones, planned=planned, confirmed=confirmed)


def _changes(row: ProjectRow, event: Event) -> dict[str, Any]:
    match event:
        case HostOrganisationAgreed(host=host, host_name=host_name):
            return {"host": host, "host_name": host_name}
        case ProjectRevised(title=title, aim=aim, person_id=by):
            state = {"state": ProjectState.PROPOSED, "because": None}
            return {"title": title, "aim": aim, "aim_by": by, **state}
        case ProjectAmended(title=title, aim=aim, person_id=by):
            return {"title": title, "aim": aim, "aim_by": by}
        case ProjectHandedOn(pairing_id=pairing_id, former_pairing_id=former):
            return {"pairing_id": pairing_id, "former_pairings": (*row.former_pairings, former)}
        case _:
            return _state(row, event)


def _state(row: ProjectRow, event: Event) -> dict[str, Any]:
    match event:
        case ChangesRequested(reason=reason):
            return {"state": ProjectState.CHANGES_REQUESTED, "because": reason}
        case ProjectTakenUpAgain(reason=reason):
            return {"state": row.state_before or ProjectState.PROPOSED, "because": reason}
        case ProjectApproved():
            return {"state": ProjectState.RUNNING, "because": None}
        case ProjectCompleted(reason=reason):
            before = {"state_before": row.state, "because": reason}
            return {**before, "state": ProjectState.COMPLETED}
        case ProjectStopped(reason=reason):
            before = {"state_before": row.state, "because": reason}
            return {**before, "state": ProjectState.STOPPED}
        case _:
            return {}


PROJECT_SHELF: Final = Projection(
    name="project_shelf",
    version=4,
    question="What does every pair improve, for whom, and how far has it come?",
    row=ProjectRow,
    keys=keys,
    fold=project_shelf,
)
