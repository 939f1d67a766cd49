"""Who chairs which side, from when to when, as far as it was granted and not withdrawn."""

from collections.abc import Iterable
from datetime import date
from typing import NamedTuple

from domain.invariants.learning import Learner, learns
from events.catalogue import Recorded
from events.ids import CohortId
from events.people import PersonErased
from events.roles import RoleGranted, RoleWithdrawn
from events.terms import Role, Side


class Chair(NamedTuple):
    """A side, and the days on which somebody is its co-chair, both included."""

    side: Side | None
    first: date
    last: date


class ChairLives(Learner):
    """All co-chairs, by who they are and for which cohort; None is all of them."""

    def __init__(self) -> None:
        self._held: dict[tuple[str, CohortId | None], Chair] = {}

    def holds(self, who: str, side: Side, cohort_id: CohortId | None, days: Iterable[date]) -> bool:
        """Whether somebody is co-chair of a side, for a cohort or for all, on one of some days;
        without a cohort, for all.
        """
        found = [self._held.get((who, where)) for where in (cohort_id, None)]
        return any(
            one.side is side and one.first <= day <= one.last
            for one in found
            if one
            for day in days
        )

    @learns(RoleGranted)
    def granted(self, fact: Recorded[RoleGranted]) -> None:
        """What was granted last counts."""
        event = fact.event
        if event.role is Role.CO_CHAIR:
            mine = str(event.person_id), event.cohort_id
            self._held[mine] = Chair(event.side, event.starts_on, event.ends_on or date.max)

    @learns(RoleWithdrawn)
    def withdrawn(self, fact: Recorded[RoleWithdrawn]) -> None:
        """From here on."""
        if fact.event.role is Role.CO_CHAIR:
            self._held.pop((str(fact.event.person_id), fact.event.cohort_id), None)

    @learns(PersonErased)
    def gone(self, fact: Recorded[PersonErased]) -> None:
        """Whoever was erased holds nothing."""
        for mine in [one for one in self._held if one[0] == fact.event.person_id]:
            del self._held[mine]
