"""What somebody may do: the roles that they were granted, and those that follow from places."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date
from typing import ClassVar, Final, NamedTuple

from domain.decision import Knowledge, learns
from events.assessments import AssessorAppointed
from events.identities import IdentityTied, IdentityUntied
from events.ids import CohortId, PersonId, ProgrammeId, TieId
from events.offers import PlaceConfirmed
from events.people import PersonErased, PersonRegistered
from events.roles import RoleGranted, RoleWithdrawn
from events.terms import Role, Side

Office = tuple[Role, CohortId | None]
"""A role, and the cohort on which it is held; None is all of them."""


class Tenure(NamedTuple):
    """From which day to which a role is held, both included; None is from ever, or for ever."""

    starts_on: date | None = None
    ends_on: date | None = None
    side: Side | None = None

    def has_begun(self, day: date) -> bool:
        """Whether it is held on a day, or was before."""
        return self.starts_on is None or self.starts_on <= day

    def holds(self, day: date) -> bool:
        """Whether it is held on a day."""
        return self.has_begun(day) and (self.ends_on is None or day <= self.ends_on)


ALWAYS: Final = Tenure()
INSTEAD: Final = {Role.IMPORTER: Role.COORDINATOR}
"""Whoever coordinates may import."""


@dataclass
class Authority(Knowledge):
    """In which roles somebody may act, on which cohorts, and in which they might before.

    Whoever is registered may apply, and whoever had a place on a cohort is a participant of it,
    also once they have left: what they wrote stays theirs. Whoever is appointed to a panel is an
    assessor of that cohort. All other roles are granted.
    """

    unopened: ClassVar = True
    person_id: PersonId | None
    registered: bool = False
    erased: bool = False
    held: dict[Office, Tenure] = field(default_factory=dict)
    withdrawn: set[Office] = field(default_factory=set)
    sides: set[Side] = field(default_factory=set)
    """From which they ever took part."""
    ties: set[TieId] = field(default_factory=set)

    @property
    def tags(self) -> tuple[str | None, ...]:
        return (self.person_id,)

    @property
    def about(self) -> tuple[PersonId, ...]:
        """Nobody: it is asked of whoever acts, whatever a command is about."""
        return ()

    @property
    def known(self) -> bool:
        """Whether they were registered, and not erased since."""
        return self.registered and not self.erased

    def tenures(
        self, role: Role, cohort_id: CohortId | None, *, anywhere: bool = False
    ) -> Iterator[Tenure]:
        """All that they hold of a role on a cohort, whenever: for it first, then for all; or, if
        it may be held `anywhere`, for any.
        """
        if not self.known:
            return
        if role is Role.APPLICANT:
            yield ALWAYS
        for where in (cohort_id, None) if cohort_id else (None,):
            if found := self.held.get((role, where)):
                yield found
        if anywhere:
            yield from (tenure for (one, _), tenure in self.held.items() if one is role)
        if role in INSTEAD:
            yield from self.tenures(INSTEAD[role], cohort_id, anywhere=anywhere)

    def lost(self, role: Role, cohort_id: CohortId | None, *, anywhere: bool = False) -> bool:
        """Whether a role was withdrawn from them, where `tenures` would find it."""
        if not self.known:
            return False
        roles = {role, INSTEAD.get(role, role)}
        return any(
            one in roles and (anywhere or where in (cohort_id, None))
            for one, where in self.withdrawn
        )

    def coordinates(self, day: date, *, anywhere: bool = False) -> bool:
        """Whether they coordinate the whole programme on a day; or, `anywhere`, a cohort of it."""
        found = self.tenures(Role.COORDINATOR, None, anywhere=anywhere)
        return any(one.holds(day) for one in found)

    def coordinates_on(self, day: date) -> bool:
        """Whether they coordinate the whole programme on a day, and from then on without end."""
        found = self.tenures(Role.COORDINATOR, None)
        return any(one.holds(day) and one.ends_on is None for one in found)

    def is_tied_by(self, tie: TieId) -> bool:
        """Whether whoever comes in by a tie is this person now."""
        return self.known and tie in self.ties

    @learns(IdentityTied)
    def tied(self, event: IdentityTied) -> None:
        self.ties.add(event.tie_id)

    @learns(IdentityUntied)
    def untied(self, event: IdentityUntied) -> None:
        self.ties.discard(event.tie_id)

    @learns(PersonRegistered)
    def came(self, event: PersonRegistered) -> None:
        self.registered = True

    @learns(PersonErased)
    def forgotten(self, event: PersonErased) -> None:
        self.erased = True

    @learns(RoleGranted)
    def granted(self, event: RoleGranted) -> None:
        tenure = Tenure(event.starts_on, event.ends_on, event.side)
        self._holds((event.role, event.cohort_id), tenure)

    @learns(AssessorAppointed)
    def appointed(self, event: AssessorAppointed) -> None:
        self._holds((Role.ASSESSOR, event.cohort_id), ALWAYS)

    @learns(PlaceConfirmed)
    def has_a_place(self, event: PlaceConfirmed) -> None:
        self._holds((Role.PARTICIPANT, event.cohort_id), ALWAYS)
        self.sides.add(event.side)

    def chairs(self, side: Side, cohort_id: CohortId | None, day: date) -> bool:
        """Whether they are co-chair of a side on a cohort on a day, and may sign for it."""
        found = self.tenures(Role.CO_CHAIR, cohort_id)
        here = any(one.holds(day) and one.side is side for one in found)
        return here and self.may_sign_for(side)

    def may_sign_for(self, side: Side | None) -> bool:
        """Whether nothing says that they are of the other side."""
        return side is not None and (not self.sides or side in self.sides)

    @learns(RoleWithdrawn)
    def lost_it(self, event: RoleWithdrawn) -> None:
        office = (event.role, event.cohort_id)
        self.withdrawn.add(office)
        self.held.pop(office, None)

    def _holds(self, office: Office, tenure: Tenure) -> None:
        self.held[office] = tenure
        self.withdrawn.discard(office)


@dataclass
class Coordinators(Knowledge):
    """Everybody who was ever granted to coordinate the programme, or a cohort of it."""

    unopened: ClassVar = True
    programme_id: ProgrammeId | None
    people: dict[PersonId, None] = field(default_factory=dict)

    @property
    def tags(self) -> tuple[str | None, ...]:
        return (self.programme_id,)

    @learns(RoleGranted)
    def granted(self, event: RoleGranted) -> None:
        if event.role is Role.COORDINATOR:
            self.people[event.person_id] = None
