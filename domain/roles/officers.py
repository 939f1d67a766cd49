"""Who holds an office for a cohort: who leads its workshops, chairs it, hosts or coordinates it."""

from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import date
from typing import ClassVar

from domain.decision import Know, Knowledge, learns
from domain.roles.authority import Tenure
from events.ids import PROGRAMME, CohortId, PersonId, ProgrammeId
from events.roles import RoleGranted, RoleWithdrawn
from events.terms import Role


@dataclass
class Officers(Knowledge):
    """Who holds an office for a cohort; of the programme, who holds it for all, and nobody else,
    though whoever coordinates a cohort is found by the programme too.
    """

    unopened: ClassVar = True
    whole_id: CohortId | ProgrammeId
    held: dict[tuple[Role, PersonId], Tenure] = field(default_factory=dict)

    @property
    def tags(self) -> tuple[str | None, ...]:
        return (self.whole_id,)

    @learns(RoleGranted)
    def granted(self, event: RoleGranted) -> None:
        if self._is_for_these(event):
            self.held[event.role, event.person_id] = Tenure(event.starts_on, event.ends_on)

    @learns(RoleWithdrawn)
    def lost_it(self, event: RoleWithdrawn) -> None:
        if self._is_for_these(event):
            self.held.pop((event.role, event.person_id), None)

    def _is_for_these(self, event: RoleGranted | RoleWithdrawn) -> bool:
        return self.whole_id == (event.cohort_id or event.programme_id)


def in_office(know: Know, cohort_id: CohortId, roles: Collection[Role], day: date) -> set[PersonId]:
    """Who holds one of some offices on a day, for a cohort or for all."""
    held = (know(Officers(one)).held.items() for one in (cohort_id, PROGRAMME))
    return {
        who for some in held for (role, who), tenure in some if role in roles and tenure.holds(day)
    }


def holding_registers(know: Know, cohort_id: CohortId, day: date) -> set[PersonId]:
    """Who facilitates a cohort on a day; who coordinates it, if nobody does."""
    facilitating = in_office(know, cohort_id, [Role.FACILITATOR], day)
    return facilitating or in_office(know, cohort_id, [Role.COORDINATOR], day)
