"""Who is known, who was erased, and how people stand to each other."""

from collections import defaultdict
from collections.abc import Iterator
from datetime import datetime
from typing import Final, NamedTuple

from domain.invariants.learning import Learner, learns
from events.catalogue import Recorded
from events.ids import CohortId, PersonId
from events.matching import PairAllowed, PairForbidden
from events.people import (
    ConsentGiven,
    ConsentWithdrawn,
    PersonErased,
    PersonRegistered,
    RelationshipDeclared,
    RelationshipEnded,
)
from events.terms import Purpose, Relationship

KINDS: Final = frozenset(Relationship)
NEAR: Final = (Relationship.FAMILY, Relationship.HOUSEHOLD)
BARRING: Final = KINDS - {Relationship.EMPLOYER, Relationship.REFERS, Relationship.ACQUAINTED}
"""What keeps two people from leading together."""


ALIKE: Final = frozenset(
    {
        Relationship.HOUSEHOLD,
        Relationship.FAMILY,
        Relationship.EMPLOYER,
        Relationship.TEAM,
        Relationship.ACQUAINTED,
    }
)
"""What is the same between two people, whoever of them said it."""
NEVER_WAS: Final = "relationship.mistake"


class Tie(NamedTuple):
    """How one person stands to another: they treat, manage, refer, or said it, if `first`. It
    `lasts` until somebody says that it is over.
    """

    other: PersonId
    kind: Relationship
    first: bool
    at: int
    lasts: bool = True


class PeopleLives(Learner):
    """All people, as far as somebody has said something of them that can be read."""

    def __init__(self) -> None:
        self.registered: dict[PersonId, int] = {}
        self.erased: dict[PersonId, int] = {}
        self.ties: defaultdict[PersonId, list[Tie]] = defaultdict(list)
        self.tied_ever: defaultdict[PersonId, set[PersonId]] = defaultdict(set)
        self.no_part: dict[PersonId, tuple[int, datetime]] = {}
        self.forbidden: dict[tuple[CohortId, frozenset[PersonId]], int] = {}

    def unclear(self, who: PersonId) -> set[PersonId]:
        """Those to whom somebody stood in a way of which nobody can tell any more: one of the two
        was erased.
        """
        others = self.tied_ever.get(who, set())
        return others if who in self.erased else others & self.erased.keys()

    def between(self, one: PersonId, other: PersonId) -> Iterator[Tie]:
        """The ties between two people, whoever declared them."""
        return (tie for tie in self.ties.get(one, ()) if tie.other == other)

    def family_treated(self, one: PersonId, other: PersonId) -> Iterator[tuple[int, int]]:
        """Where somebody of one's family is treated by the other: the positions of both ties."""
        theirs = [tie for tie in self.ties.get(one, ()) if tie.lasts]
        near = {tie.other: tie.at for tie in theirs if tie.kind in NEAR}
        for tie in self.ties.get(other, ()):
            treats = tie.kind is Relationship.TREATS and tie.first and tie.lasts
            if treats and tie.other in near:
                yield near[tie.other], tie.at

    def apart(self, cohort_id: CohortId, one: PersonId, other: PersonId) -> tuple[int, ...]:
        """The positions by which two people may not lead together; none if they may."""
        found = [it.at for it in self.between(one, other) if it.kind in BARRING and it.lasts]
        for here, there in ((one, other), (other, one)):
            found += (at for both in self.family_treated(here, there) for at in both)
        found.append(self.forbidden.get((cohort_id, frozenset((one, other))), 0))
        return tuple(at for at in found if at)

    @learns(PersonRegistered)
    def came(self, fact: Recorded[PersonRegistered]) -> None:
        """Somebody is known; the first time counts."""
        self.registered.setdefault(fact.event.person_id, fact.envelope.position)

    @learns(ConsentWithdrawn)
    def disagrees(self, fact: Recorded[ConsentWithdrawn]) -> None:
        """Somebody takes no part any more."""
        if fact.event.purpose is Purpose.PROGRAMME:
            since = fact.envelope.position, fact.envelope.recorded
            self.no_part.setdefault(fact.event.person_id, since)

    @learns(ConsentGiven)
    def agrees(self, fact: Recorded[ConsentGiven]) -> None:
        """They may take part again."""
        if fact.event.purpose is Purpose.PROGRAMME:
            self.no_part.pop(fact.event.person_id, None)

    @learns(PersonErased)
    def gone(self, fact: Recorded[PersonErased]) -> None:
        """Nobody can say any more how others stood to them."""
        person_id = fact.event.person_id
        self.erased.setdefault(person_id, fact.envelope.position)
        for tie in self.ties.pop(person_id, ()):
            theirs = self.ties[tie.other]
            theirs[:] = [one for one in theirs if one.other != person_id]
        for pair in [one for one in self.forbidden if person_id in one[1]]:
            del self.forbidden[pair]

    @learns(RelationshipDeclared)
    def tied(self, fact: Recorded[RelationshipDeclared]) -> None:
        """Two people stand to each other in a way that can be read."""
        event, at = fact.event, fact.envelope.position
        self.tied_ever[event.person_id].add(event.other_id)
        self.tied_ever[event.other_id].add(event.person_id)
        if event.kind in KINDS:
            kind = Relationship(str(event.kind))
            self.ties[event.person_id].append(Tie(event.other_id, kind, first=True, at=at))
            self.ties[event.other_id].append(Tie(event.person_id, kind, first=False, at=at))

    @learns(RelationshipEnded)
    def is_over(self, fact: Recorded[RelationshipEnded]) -> None:
        """What is over keeps nobody apart any more; what never was is forgotten."""
        event = fact.event
        for whose, other, first in (
            (event.person_id, event.other_id, True),
            (event.other_id, event.person_id, False),
        ):
            self.ties[whose][:] = [
                it._replace(lasts=False) if _ends(it, other, first, event) else it
                for it in self.ties[whose]
                if event.reason != NEVER_WAS or not _ends(it, other, first, event)
            ]

    @learns(PairAllowed)
    def not_kept_apart(self, fact: Recorded[PairAllowed]) -> None:
        """A coordinator does so no more."""
        event = fact.event
        two = frozenset((event.patient_leader_id, event.healthcare_leader_id))
        self.forbidden.pop((event.cohort_id, two), None)

    @learns(PairForbidden)
    def kept_apart(self, fact: Recorded[PairForbidden]) -> None:
        """A coordinator keeps two apart."""
        event = fact.event
        two = frozenset((event.patient_leader_id, event.healthcare_leader_id))
        self.forbidden.setdefault((event.cohort_id, two), fact.envelope.position)


def _ends(tie: Tie, other: PersonId, first: bool, event: RelationshipEnded) -> bool:
    """Whether a tie is the one that is over."""
    same = tie.other == other and tie.kind == event.kind
    return same and (tie.kind in ALIKE or tie.first is first)
