"""Who applies for a cohort now: whoever stands beside the others judges none of them."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import ClassVar, Final

from domain.applications.application import Applications
from domain.decision import Knowledge, learns
from events.applications import (
    ApplicationReinstated,
    ApplicationStarted,
    ApplicationWithdrawn,
    EligibilityFailed,
)
from events.event import Event
from events.ids import ApplicationId, CohortId, PersonId
from events.roles import RoleWithdrawn
from events.terms import Role

APPLIES_THEMSELVES: Final = "role.applies-themselves"
"""Why somebody is an assessor of a cohort no more."""


@dataclass
class Rivals(Knowledge):
    """Everybody who applies for a cohort now, from either side; not whoever took their application
    back, or is not eligible.
    """

    unopened: ClassVar = True
    cohort_id: CohortId | None
    people: dict[PersonId, ApplicationId] = field(default_factory=dict)

    @property
    def tags(self) -> tuple[str | None, ...]:
        return (self.cohort_id,)

    @learns(ApplicationStarted, ApplicationReinstated)
    def applies(self, event: ApplicationStarted | ApplicationReinstated) -> None:
        self.people[event.person_id] = event.application_id

    @learns(ApplicationWithdrawn, EligibilityFailed)
    def no_longer(self, event: ApplicationWithdrawn | EligibilityFailed) -> None:
        if self.people.get(event.person_id) == event.application_id:
            del self.people[event.person_id]


def no_longer_assesses(applications: Applications) -> Iterator[Event]:
    """Whoever applies for a cohort is no assessor of it from that moment on."""
    if applications.assesses and applications.person_id:
        yield RoleWithdrawn(
            person_id=applications.person_id,
            cohort_id=applications.cohort_id,
            role=Role.ASSESSOR,
            reason=APPLIES_THEMSELVES,
        )
