"""How every pairing does, so that silent partners are found while there is still time."""

from collections.abc import Iterable, Iterator, Mapping
from datetime import date, datetime
from types import MappingProxyType
from typing import Any, Final

from pydantic import Field

from events.calendar import local_day
from events.catalogue import Recorded
from events.continuation import (
    CheckInDue,
    ContinuationEnded,
    ContinuationReported,
)
from events.event import Event
from events.ids import CohortId, MatchingRunId, PairingId, PersonId, ProjectId
from events.matching import Reason
from events.pairings import (
    PairingAccepted,
    PairingActivated,
    PairingCompleted,
    PairingDeclined,
    PairingEnded,
    PairingHeld,
    PairingPaused,
    PairingProposed,
    PairingResumed,
    PairingStepTakenBack,
    PairingTakenBack,
    PartnerReplaced,
    ProposalExtended,
    RepairingAsked,
)
from events.personal import Closed
from events.projects import (
    MilestoneConfirmed,
    MilestoneReported,
    MilestoneReturned,
    ProjectAmended,
    ProjectHandedOn,
    ProjectProposed,
    ProjectRevised,
)
from events.terms import SYSTEM, CheckInMonths, Code, PairingStep
from projections.pairing_states import (
    PROJECT_STATES,
    BoardState,
    ProjectOnBoard,
    project_state,
    state_after,
)
from projections.projection import Part, Projection, Row, part_of, with_part

SAYS_WHY: Final[Mapping[type[Event], str]] = MappingProxyType(
    {
        PairingDeclined: "reason",
        PairingTakenBack: "reason",
        PairingPaused: "reason",
        PairingHeld: "rule",
        PairingEnded: "reason",
        ContinuationEnded: "reason",
    }
)
"""In which field a fact says why a pairing stands where it does."""
SAYS_WHO: Final[Mapping[type[Event], str]] = MappingProxyType(
    {
        ProjectProposed: "proposed_by",
        **dict.fromkeys(
            (
                PairingAccepted,
                ContinuationReported,
                ProjectRevised,
                ProjectAmended,
                MilestoneReported,
                MilestoneConfirmed,
                MilestoneReturned,
            ),
            "person_id",
        ),
    }
)
"""In which field a fact names who said it, whoever typed it in."""


class CheckInAnswers(Part):
    """How a partnership goes on, some months after it completed; who answered, and how."""

    months: CheckInMonths
    asked_at: datetime | None = None
    leading_together: dict[PersonId, Closed[bool]] = Field(default_factory=dict)


class PairingRow(Row):
    """One pairing. `heard_from` says when each of the two last did something themselves, or said
    something that somebody typed in, so that a silent partner is found.
    """

    pairing_id: PairingId
    cohort_id: CohortId
    patient_leader_id: PersonId
    healthcare_leader_id: PersonId
    state: BoardState = BoardState.PROPOSED
    proposed_at: datetime
    accept_by: date
    accepted_by: tuple[PersonId, ...] = ()
    run_id: MatchingRunId | None = None
    reasons: Closed[tuple[Reason, ...]] = ()
    activated_on: date | None = None
    completed_on: date | None = None
    because: Closed[Code] | None = None
    new_partner_for: tuple[PersonId, ...] = ()
    project_id: ProjectId | None = None
    project_state: ProjectOnBoard | None = None
    former_pairing_id: PairingId | None = None
    following_pairing_id: PairingId | None = None
    heard_from: dict[PersonId, datetime] = Field(default_factory=dict)
    last_event_at: datetime
    check_ins: tuple[CheckInAnswers, ...] = ()


def keys(event: Event) -> Iterable[str]:
    """The pairing that a fact bears; two, where one follows the other."""
    pairing_id = getattr(event, "pairing_id", None)
    if pairing_id is None:
        return ()
    if isinstance(event, PartnerReplaced | ProjectHandedOn):
        return (pairing_id, event.former_pairing_id)
    return (pairing_id,)


def pairing_board(row: PairingRow | None, fact: Recorded[Any], key: str) -> PairingRow | None:
    """The pairing after one more fact."""
    if isinstance(fact.event, PairingProposed):
        row = _proposed(fact, fact.event)
    if row is None:
        return None
    time, event = fact.envelope.time, fact.event
    heard = {**row.heard_from, **dict.fromkeys(_who_acted(row, fact), time)}
    state = state_after(event) or row.state
    changes = {
        **_pairing(row, fact),
        **_put_right(row, event),
        **_project(row, event, key),
        **_continuation(row, fact),
    }
    return row.after(fact, state=state, heard_from=heard, last_event_at=time, **changes)


def _proposed(fact: Recorded[Any], event: PairingProposed) -> PairingRow:
    return PairingRow(
        position=fact.envelope.position,
        pairing_id=event.pairing_id,
        cohort_id=event.cohort_id,
        patient_leader_id=event.patient_leader_id,
        healthcare_leader_id=event.healthcare_leader_id,
        proposed_at=fact.envelope.time,
        accept_by=event.accept_by,
        run_id=event.run_id,
        reasons=event.reasons,
        former_pairing_id=event.former_pairing_id,
        last_event_at=fact.envelope.time,
    )


def _who_acted(row: PairingRow, fact: Recorded[Any]) -> Iterator[PersonId]:
    """Those of the two who did it, who said it, or for whom a coordinator did it, if the envelope
    says so.
    """
    origin = fact.envelope.origin
    acting = {origin.actor}
    if not origin.actor.startswith(SYSTEM):
        acting.add(origin.on_behalf_of or "")
    if who := SAYS_WHO.get(type(fact.event)):
        acting.add(getattr(fact.event, who))
    yield from (one for one in (row.patient_leader_id, row.healthcare_leader_id) if one in acting)


def _pairing(row: PairingRow, fact: Recorded[Any]) -> dict[str, Any]:
    if why := SAYS_WHY.get(type(fact.event)):
        return {"because": getattr(fact.event, why)}
    match fact.event:
        case PairingAccepted(person_id=person_id):
            return {"accepted_by": tuple(dict.fromkeys((*row.accepted_by, person_id)))}
        case PairingActivated():
            return {"activated_on": local_day(fact.envelope.time)}
        case PairingResumed():
            return {"because": None}
        case RepairingAsked(person_id=person_id):
            return {"new_partner_for": tuple(dict.fromkeys((*row.new_partner_for, person_id)))}
        case _:
            return {}


def _put_right(row: PairingRow, event: Event) -> dict[str, Any]:
    """Nobody waits for a partner whom they have, and nothing was completed that was not."""
    match event:
        case ProposalExtended(accept_by=accept_by):
            return {"accept_by": accept_by}
        case PairingStepTakenBack(step=step):
            waiting = () if step is PairingStep.END else row.new_partner_for
            completed_on = None if step is PairingStep.COMPLETION else row.completed_on
            return {"because": None, "new_partner_for": waiting, "completed_on": completed_on}
        case _:
            return {}


def _project(row: PairingRow, event: Any, key: str) -> dict[str, Any]:
    if type(event) in PROJECT_STATES:
        return {"project_id": event.project_id, "project_state": project_state(event)}
    match event:
        case ProjectHandedOn(project_id=project_id, former_pairing_id=former):
            state = ProjectOnBoard.HANDED_ON if key == former else ProjectOnBoard.TAKEN_OVER
            return {"project_id": project_id, "project_state": state}
        case PartnerReplaced(former_pairing_id=former, pairing_id=following):
            if key == former:
                return {"following_pairing_id": following}
            return {"former_pairing_id": row.former_pairing_id or former}
        case _:
            return {}


def _continuation(row: PairingRow, fact: Recorded[Any]) -> dict[str, Any]:
    match fact.event:
        case PairingCompleted(completed_on=completed_on):
            return {"completed_on": completed_on}
        case CheckInDue(months=months):
            asked = _check_in(row, months).but(asked_at=fact.envelope.time)
        case ContinuationReported(months=months, person_id=person_id, leading_together=together):
            before = _check_in(row, months)
            asked = before.but(leading_together={**before.leading_together, person_id: together})
        case _:
            return {}
    return {"check_ins": with_part(row.check_ins, asked, "months")}


def _check_in(row: PairingRow, months: CheckInMonths) -> CheckInAnswers:
    return part_of(row.check_ins, "months", months) or CheckInAnswers(months=months)


PAIRING_BOARD: Final = Projection(
    name="pairing_board",
    version=3,
    question="How does every pairing do, and from whom have we not heard?",
    row=PairingRow,
    keys=keys,
    fold=pairing_board,
)
