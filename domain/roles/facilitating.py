"""Who leads the workshops of a cohort, and holds their registers."""

from dataclasses import dataclass, field
from datetime import date
from typing import ClassVar

from domain.decision import Know, Knowledge, learns
from domain.roles.authority import Tenure
from domain.roles.granting import coordinating
from events.ids import PROGRAMME, CohortId, PersonId, ProgrammeId
from events.roles import RoleGranted, RoleWithdrawn
from events.terms import Role


@dataclass
class Facilitators(Knowledge):
    """Who may facilitate a cohort; of the programme, who may facilitate all."""

    unopened: ClassVar = True
    whole_id: CohortId | ProgrammeId
    held: dict[PersonId, Tenure] = field(default_factory=dict)

    @property
    def tags(self) -> tuple[str | None, ...]:
        return (self.whole_id,)

    @learns(RoleGranted)
    def granted(self, event: RoleGranted) -> None:
        if event.role is Role.FACILITATOR:
            self.held[event.person_id] = Tenure(event.starts_on, event.ends_on)

    @learns(RoleWithdrawn)
    def lost_it(self, event: RoleWithdrawn) -> None:
        if event.role is Role.FACILITATOR:
            self.held.pop(event.person_id, None)


def holding_registers(know: Know, cohort_id: CohortId, day: date) -> set[PersonId]:
    """Who facilitates a cohort on a day; who coordinates it, if nobody does."""
    held = (know(Facilitators(one)).held.items() for one in (cohort_id, PROGRAMME))
    found = {who for some in held for who, tenure in some if tenure.holds(day)}
    return found or {
        one.person_id
        for one in coordinating(know).people
        if one.person_id
        and any(tenure.holds(day) for tenure in one.tenures(Role.COORDINATOR, cohort_id))
    }
