"""Who is interested, and what has come of it."""

from collections.abc import Iterable, Mapping
from datetime import date, datetime
from enum import StrEnum
from types import MappingProxyType
from typing import Any, Final

from pydantic import Field

from events.applications import ApplicationStarted
from events.catalogue import Recorded
from events.cohorts import ExtensionGranted, ExtensionWithdrawn
from events.event import Event
from events.ids import CohortId, PersonId
from events.interest import InterestExpressed, InterestWithdrawn, InvitedToApply
from events.personal import Closed, Words
from events.terms import Code, Side
from projections.projection import Projection, Row


class InterestState(StrEnum):
    """Where somebody's interest has led."""

    WAITING = "waiting"
    INVITED = "invited"
    APPLIED = "applied"
    WITHDRAWN = "withdrawn"


THEN: Final[Mapping[type[Event], InterestState]] = MappingProxyType(
    {
        InterestExpressed: InterestState.WAITING,
        InvitedToApply: InterestState.INVITED,
        ApplicationStarted: InterestState.APPLIED,
        InterestWithdrawn: InterestState.WITHDRAWN,
    }
)
"""Where each fact leads to."""
OF_CONCERN: Final = frozenset({*THEN, ExtensionGranted, ExtensionWithdrawn})


class InterestRow(Row):
    """One person who is interested: since when it stands so, and what they said last. `led_to` is
    the cohort to which they were invited, or for which they applied, last. `longer` has, by cohort,
    to the end of which day they can apply, where that is longer than everybody can.
    """

    person_id: PersonId
    state: InterestState = InterestState.WAITING
    since: datetime
    side: Side | None = None
    heard_through: Closed[Code] | None = None
    words: Closed[Words] | None = None
    led_to: CohortId | None = None
    longer: dict[CohortId, Closed[date]] = Field(default_factory=dict)


def keys(event: Any) -> Iterable[str]:
    """The person whom a fact is about."""
    return (event.person_id,) if type(event) in OF_CONCERN else ()


def interest(row: InterestRow | None, fact: Recorded[Any], key: str) -> InterestRow | None:
    """Somebody's interest after one more fact; none of those who never told of any."""
    event, at = fact.event, fact.envelope.time
    if isinstance(event, InterestExpressed):
        said = {name: getattr(event, name) for name in ("side", "heard_through", "words")}
        if row is None or row.state is InterestState.WITHDRAWN:
            row = InterestRow(position=fact.envelope.position, person_id=PersonId(key), since=at)
        return row.after(fact, **said)
    if row is None:
        return None
    if type(event) not in THEN:
        return row.after(fact, longer=_longer(row, event))
    return row.after(fact, state=THEN[type(event)], since=at, led_to=_of_cohort(event))


def _longer(row: InterestRow, event: Any) -> dict[CohortId, Closed[date]]:
    others = {cohort: until for cohort, until in row.longer.items() if cohort != event.cohort_id}
    new = {event.cohort_id: event.until} if isinstance(event, ExtensionGranted) else {}
    return {**others, **new}


def _of_cohort(event: Any) -> CohortId | None:
    return None if isinstance(event, InterestWithdrawn) else event.cohort_id


INTEREST: Final = Projection(
    name="interest",
    version=2,
    question="Who is interested, since when, and what has come of it?",
    row=InterestRow,
    keys=keys,
    fold=interest,
)
