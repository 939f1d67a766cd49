"""Which project a pairing leads, so that it goes along with whoever still leads it."""

from collections.abc import Collection
from dataclasses import dataclass, field
from typing import ClassVar

from domain.decision import Knowledge, learns
from events.ids import PairingId, ProjectId
from events.pairings import PartnerReplaced
from events.projects import (
    ProjectCompleted,
    ProjectHandedOn,
    ProjectProposed,
    ProjectStopped,
    ProjectTakenUpAgain,
)


@dataclass
class ProjectOfPair(Knowledge):
    """The live project that a pairing leads, if any, and which pairings it follows."""

    unopened: ClassVar = True
    pairing_id: PairingId | None
    live: ProjectId | None = None
    former: set[PairingId] = field(default_factory=set)

    @property
    def tags(self) -> tuple[str | None, ...]:
        return (self.pairing_id,)

    @learns(ProjectProposed, ProjectTakenUpAgain)
    def began(self, event: ProjectProposed | ProjectTakenUpAgain) -> None:
        self.live = event.project_id

    @learns(ProjectHandedOn)
    def changed_hands(self, event: ProjectHandedOn) -> None:
        if event.pairing_id == self.pairing_id:
            self.live = event.project_id
        elif self.live == event.project_id:
            self.live = None

    @learns(ProjectCompleted, ProjectStopped)
    def ended(self, event: ProjectCompleted | ProjectStopped) -> None:
        if self.live == event.project_id:
            self.live = None

    @learns(PartnerReplaced)
    def followed(self, event: PartnerReplaced) -> None:
        if event.pairing_id == self.pairing_id:
            self.former.add(event.former_pairing_id)


def leading(pairs: Collection[ProjectOfPair]) -> frozenset[PairingId]:
    """Those of some pairings that lead a project which goes on."""
    return frozenset(one.pairing_id for one in pairs if one.pairing_id and one.live)
