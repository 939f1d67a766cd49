"""Where a pairing and its project stand, as the boards of pairings and of cohorts both show it."""

from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType
from typing import Final

from events.continuation import ContinuationAgreed, ContinuationEnded
from events.event import Event
from events.pairings import (
    PairingActivated,
    PairingCompleted,
    PairingDeclined,
    PairingEnded,
    PairingHeld,
    PairingLapsed,
    PairingPaused,
    PairingProposed,
    PairingResumed,
    PairingStepTakenBack,
    PairingTakenBack,
)
from events.projects import (
    ProjectApproved,
    ProjectCompleted,
    ProjectProposed,
    ProjectStopped,
    ProjectTakenUpAgain,
)


class BoardState(StrEnum):
    """Where a pairing stands."""

    PROPOSED = "proposed"
    ACTIVE = "active"
    PAUSED = "paused"
    HELD = "held"
    DECLINED = "declined"
    LAPSED = "lapsed"
    TAKEN_BACK = "taken-back"
    ENDED = "ended"
    COMPLETED = "completed"
    CONTINUING = "continuing"
    CLOSED = "closed"


PAIRING_STATES: Final[Mapping[type[Event], BoardState]] = MappingProxyType(
    {
        PairingProposed: BoardState.PROPOSED,
        PairingActivated: BoardState.ACTIVE,
        PairingResumed: BoardState.ACTIVE,
        PairingPaused: BoardState.PAUSED,
        PairingHeld: BoardState.HELD,
        PairingTakenBack: BoardState.TAKEN_BACK,
        PairingDeclined: BoardState.DECLINED,
        PairingLapsed: BoardState.LAPSED,
        PairingEnded: BoardState.ENDED,
        PairingCompleted: BoardState.COMPLETED,
        ContinuationAgreed: BoardState.CONTINUING,
        ContinuationEnded: BoardState.CLOSED,
    }
)


MOVES_A_PAIRING: Final = frozenset({*PAIRING_STATES, PairingStepTakenBack})


def state_after(event: Event) -> BoardState | None:
    """Where a pairing stands after a fact; None if it moves no pairing."""
    if isinstance(event, PairingStepTakenBack):
        return BoardState(event.stands)
    return PAIRING_STATES.get(type(event))


class ProjectOnBoard(StrEnum):
    """What a pairing knows of its project; one that was taken over shows its state on the shelf."""

    PROPOSED = "proposed"
    RUNNING = "running"
    TAKEN_OVER = "taken-over"
    HANDED_ON = "handed-on"
    COMPLETED = "completed"
    STOPPED = "stopped"


PROJECT_STATES: Final[Mapping[type[Event], ProjectOnBoard]] = MappingProxyType(
    {
        ProjectProposed: ProjectOnBoard.PROPOSED,
        ProjectApproved: ProjectOnBoard.RUNNING,
        ProjectCompleted: ProjectOnBoard.COMPLETED,
        ProjectStopped: ProjectOnBoard.STOPPED,
        ProjectTakenUpAgain: ProjectOnBoard.RUNNING,
    }
)


def project_state(event: Event) -> ProjectOnBoard:
    """Where a project stands after one of these; one that is taken up again may be a proposal."""
    if isinstance(event, ProjectTakenUpAgain) and not event.approved:
        return ProjectOnBoard.PROPOSED
    return PROJECT_STATES[type(event)]
