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
    PairingLapsed,
    PairingPaused,
    PairingProposed,
    PairingResumed,
)
from events.projects import ProjectApproved, ProjectCompleted, ProjectProposed, ProjectStopped


class PairingState(StrEnum):
    """Where a pairing stands."""

    PROPOSED = "proposed"
    ACTIVE = "active"
    PAUSED = "paused"
    DECLINED = "declined"
    LAPSED = "lapsed"
    ENDED = "ended"
    COMPLETED = "completed"
    CONTINUING = "continuing"
    CLOSED = "closed"


PAIRING_STATES: Final[Mapping[type[Event], PairingState]] = MappingProxyType(
    {
        PairingProposed: PairingState.PROPOSED,
        PairingActivated: PairingState.ACTIVE,
        PairingResumed: PairingState.ACTIVE,
        PairingPaused: PairingState.PAUSED,
        PairingDeclined: PairingState.DECLINED,
        PairingLapsed: PairingState.LAPSED,
        PairingEnded: PairingState.ENDED,
        PairingCompleted: PairingState.COMPLETED,
        ContinuationAgreed: PairingState.CONTINUING,
        ContinuationEnded: PairingState.CLOSED,
    }
)


class ProjectOfPair(StrEnum):
    """What a pairing knows of its project; one that was taken over shows its state on the shelf."""

    PROPOSED = "proposed"
    RUNNING = "running"
    TAKEN_OVER = "taken-over"
    HANDED_ON = "handed-on"
    COMPLETED = "completed"
    STOPPED = "stopped"


PROJECT_STATES: Final[Mapping[type[Event], ProjectOfPair]] = MappingProxyType(
    {
        ProjectProposed: ProjectOfPair.PROPOSED,
        ProjectApproved: ProjectOfPair.RUNNING,
        ProjectCompleted: ProjectOfPair.COMPLETED,
        ProjectStopped: ProjectOfPair.STOPPED,
    }
)
