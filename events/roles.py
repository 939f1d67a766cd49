"""What has happened to what people may do: in which roles they act, for whom, from when to when."""

from datetime import date
from typing import Annotated, ClassVar

from events.event import Event
from events.ids import CohortId, PersonId, ProgrammeId
from events.personal import Closed, FewWords, ForRules
from events.terms import Code, Role, Side


class RoleGranted(Event):
    """Somebody may act in a role from one day to another: on a cohort, or on all of them.

    It replaces what they were granted before of the same role for the same. One without `ends_on`
    lasts until it is withdrawn. A co-chair signs for a `side`; other roles have none. Whoever
    coordinates a cohort is found by the programme too.
    """

    name: ClassVar = "role.granted"
    person_id: PersonId
    cohort_id: CohortId | None = None
    programme_id: ProgrammeId | None = None
    role: Role
    side: Side | None = None
    starts_on: date
    ends_on: date | None = None


class RoleWithdrawn(Event):
    """Somebody may not act in a role any more, which they were granted or appointed to."""

    name: ClassVar = "role.withdrawn"
    person_id: PersonId
    cohort_id: CohortId | None = None
    programme_id: ProgrammeId | None = None
    role: Role
    reason: Annotated[Closed[Code], ForRules(of="person_id")]


class GlassBroken(Event):
    """Somebody was made coordinator from outside, or tied as one to a sign-in, though there was one
    who could have done it.
    """

    name: ClassVar = "role.glass-broken"
    person_id: PersonId
    programme_id: ProgrammeId
    reason: Annotated[Closed[FewWords], ForRules(of="person_id")]
