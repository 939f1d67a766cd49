"""What people of a walk mean to do, and when: most of what a life asks for, and some of what goes
wrong in it.
"""

from collections import Counter, defaultdict
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from heapq import heapify, heappop, heappush
from random import Random
from typing import Any, Final, NamedTuple

from events.cohorts import CohortPlanned
from events.contacts import ContactNamed
from events.event import Event
from events.ids import (
    ApplicationId,
    CohortId,
    ContactId,
    Id,
    MatchingRunId,
    PairingId,
    PersonId,
    ProjectId,
    WorkshopId,
)
from events.pairings import PairingProposed
from events.terms import Role, Side
from events.workshops import WorkshopScheduled
from services.log.wishes import Answer, Refused
from tests.walk.door import Asked
from tests.walk.sight import Sight
from tests.walk.wishes import Wishes

LATER: Final = (
    "matching",
    "pairing",
    "workshop",
    "place",
    "role",
    "contact",
    "rules",
    "task",
    "notice",
)
TRIES: Final = 14
Reaction = Callable[["Lives", Any], None]
REACTIONS: Final[defaultdict[type[Event], list[Reaction]]] = defaultdict(list)
REPLIES: Final[defaultdict[str, list[Reaction]]] = defaultdict(list)


def after(*facts: type[Event]) -> Callable[[Reaction], Reaction]:
    """Marks what people mean to do after these facts."""

    def mark(reaction: Reaction) -> Reaction:
        for fact in facts:
            REACTIONS[fact].append(reaction)
        return reaction

    return mark


def told(code: str) -> Callable[[Reaction], Reaction]:
    """Marks what people mean to do when they were told so."""

    def mark(reaction: Reaction) -> Reaction:
        REPLIES[code].append(reaction)
        return reaction

    return mark


class Meant(NamedTuple):
    """What somebody means to do at a moment; `number` makes the order plain."""

    at: datetime
    number: int
    name: str
    given: dict[str, Any]
    by: PersonId | None
    role: Role | None
    tries: int


class Hand(NamedTuple):
    """What somebody means to do, and what they ask for."""

    meant: Meant
    asked: Asked


@dataclass
class Case:
    """An application before the panel."""

    cohort_id: CohortId | None
    score: int = 3
    assigned: dict[PersonId, None] = field(default_factory=dict)
    decided: bool = False
    chased: int = 0


@dataclass
class Lives:
    """Everybody of a walk, as far as it matters for what they will do next."""

    chance: Random
    sight: Sight
    wishes: Wishes
    now: Callable[[], datetime]
    plans: dict[CohortId, CohortPlanned] = field(default_factory=dict)
    assessors: defaultdict[CohortId, dict[PersonId, bool]] = field(
        default_factory=lambda: defaultdict(dict)
    )
    members: defaultdict[CohortId, dict[PersonId, Side]] = field(
        default_factory=lambda: defaultdict(dict)
    )
    registered: list[PersonId] = field(default_factory=list)
    open: dict[CohortId, None] = field(default_factory=dict)
    choosing: dict[CohortId, CohortPlanned] = field(default_factory=dict)
    recruits: list[tuple[CohortId, Side]] = field(default_factory=list)
    staff: list[PersonId] = field(default_factory=list)
    cases: dict[ApplicationId, Case] = field(default_factory=dict)
    signed: Counter[MatchingRunId] = field(default_factory=Counter)
    scored: Counter[ApplicationId] = field(default_factory=Counter)
    pairs: dict[PairingId, PairingProposed] = field(default_factory=dict)
    led_by: dict[ProjectId, PairingId] = field(default_factory=dict)
    contacts: dict[ContactId, ContactNamed] = field(default_factory=dict)
    workshops: dict[WorkshopId, WorkshopScheduled] = field(default_factory=dict)
    _meant: list[Meant] = field(default_factory=list)
    _number: int = 0

    def take(self, fact: Event) -> None:
        """See a fact, and make up one's mind."""
        self.sight.take(fact)
        for reaction in REACTIONS[type(fact)]:
            reaction(self, fact)

    def will(
        self,
        likely: float,
        days: float,
        name: str,
        *,
        by: Any = None,
        role: Any = None,
        **given: Any,
    ) -> None:
        """Mean to do something within so many days, if chance has it."""
        if self.chance.random() < likely:
            moment = self.now() + timedelta(days=days * self.chance.random())
            self.at(moment, name, given, by=by, role=role)

    def at(
        self,
        moment: datetime,
        name: str,
        given: Mapping[str, Any],
        *,
        by: PersonId | None = None,
        role: Role | None = None,
        tries: int = 0,
    ) -> None:
        """Mean to do something at a moment."""
        self._number += 1
        heappush(self._meant, Meant(moment, self._number, name, dict(given), by, role, tries))

    def only_what_is_still_to_do(self) -> None:
        """Forget what one meant to do before one had a place: it is done."""
        self.recruits.clear()
        self.open.clear()
        self.choosing.clear()
        self._meant = [one for one in self._meant if one.name.partition(".")[0] in LATER]
        heapify(self._meant)

    def next_at(self) -> datetime | None:
        return self._meant[0].at if self._meant else None

    def next(self) -> Hand | None:
        """What somebody does now; now and then something of it is otherwise."""
        if not self._meant or self._meant[0].at > self.now():
            return None
        mine = heappop(self._meant)
        given, by = dict(mine.given), mine.by
        if self.chance.random() < 0.06 and given:
            del given[self.chance.choice(sorted(given))]
            by = by if self.chance.random() < 0.5 else None
        return Hand(mine, self.wishes.asked(mine.name, by=by, role=mine.role, given=given))

    def answered(self, hand: Hand, answer: Answer | None) -> None:
        """Whoever is told that it is too early, or that something lacks, tries again; others go
        another way.
        """
        mine = hand.meant
        if not isinstance(answer, Refused):
            return
        for reply in REPLIES.get(answer.code, ()):
            reply(self, mine.given)
        if (other := INSTEAD.get(answer.code)) and "person_id" in mine.given:
            self.will(0.8, 0.5, other, by=mine.by, **mine.given)
        elif other and "application_id" in mine.given:
            self.will(0.8, 0.5, other, application_id=mine.given["application_id"])
            self.will(0.8, 1, mine.name, **mine.given)
        elif answer.code in AGAIN and mine.tries < TRIES:
            later = self.now() + timedelta(days=0.5 + 2 * self.chance.random())
            tries = mine.tries + 1
            self.at(later, mine.name, mine.given, by=mine.by, role=mine.role, tries=tries)

    def others(self, kind: type[Id], but: Any) -> list[Any]:
        return [one for one in self.sight.all(kind) if one != but]


INSTEAD: Final[Mapping[str, str]] = {
    "workshop.full": "workshop.join-waiting-list",
    "workshop.places-free": "workshop.book",
    "assessment.moderation-needed": "assessment.hold-moderation",
    "assessment.undeclared-acquaintance": "assessment.declare-conflict",
}
AGAIN: Final = frozenset(
    {
        "release.too-early",
        "release.still-taking-applications",
        "release.not-all-decided",
        "release.not-signed-by-both",
        "release.signed-otherwise",
        "cohort.not-open-yet",
        "cohort.not-released-yet",
        "cohort.starts-later",
        "cohort.ends-later",
        "cohort.still-open",
        "attendance.not-over-yet",
        "project.no-host-yet",
        "project.changes-still-asked",
        "project.milestones-open",
        "matching.not-computed-yet",
        "matching.not-signed-by-both",
    }
)
"""What passes: whoever hears it comes again."""
