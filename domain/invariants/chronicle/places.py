"""How far each application has come, what it holds, and who waits for a place in which order."""

from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final

from domain.invariants.learning import Learner, learns
from events.applications import (
    ApplicationAmended,
    ApplicationReinstated,
    ApplicationStarted,
    ApplicationSubmitted,
    ApplicationWithdrawn,
    EligibilityConfirmed,
    EligibilityFailed,
)
from events.catalogue import Recorded
from events.event import Event
from events.ids import ApplicationId, CohortId, PersonId
from events.offers import (
    ApplicationDeclined,
    EmployerAwaited,
    EmployerReleaseConfirmed,
    EmployerReleaseLost,
    EmployerSilent,
    OfferAccepted,
    OfferDayChanged,
    OfferDeclined,
    OfferLapsed,
    OfferMade,
    OfferWithdrawn,
    PlaceConfirmed,
    PlaceGivenBack,
    PlaceGivenUp,
    PlaceUnconfirmed,
    ReserveClosed,
    ReserveEnded,
    ReserveListed,
    ReserveOpened,
    ReserveReordered,
)
from events.terms import Side

STAGES: Final[dict[type[Event], str]] = {
    ApplicationSubmitted: "submitted",
    ApplicationAmended: "submitted",
    EligibilityConfirmed: "eligible",
    EligibilityFailed: "ineligible",
    ApplicationWithdrawn: "withdrawn",
}
HOLDS: Final[dict[type[Event], str]] = {
    OfferMade: "offered",
    OfferAccepted: "accepted",
    PlaceConfirmed: "confirmed",
    ReserveListed: "reserve",
    ApplicationDeclined: "declined",
    OfferDeclined: "turned-down",
    OfferLapsed: "lapsed",
    OfferWithdrawn: "taken-back",
    PlaceGivenUp: "given-up",
    PlaceGivenBack: "accepted",
    PlaceUnconfirmed: "accepted",
    ReserveEnded: "not-reached",
    ApplicationWithdrawn: "nothing",
}
TAKES_A_PLACE: Final = frozenset({"offered", "accepted", "confirmed"})
OVER: Final = frozenset({"ineligible", "withdrawn"})
NO_PLACE: Final = frozenset(
    {"declined", "turned-down", "lapsed", "taken-back", "given-up", "not-reached"}
)
"""What an application holds that leads to no place any more, unless it comes back."""

Slot = tuple[CohortId, Side]
Member = tuple[CohortId, PersonId]


@dataclass(slots=True)
class ApplicationLife:
    """One application: whose, where it stands (`stage`) and what it `holds`; what these were
    before, and at which positions they became so; `since` is when it was last recorded that
    something changed.
    """

    application_id: ApplicationId
    cohort_id: CohortId
    person_id: PersonId
    side: Side
    begun_at: int = 0
    submitted_at: int = 0
    stage: str = "draft"
    stage_at: int = 0
    stage_before: str = "draft"
    holds: str = "nothing"
    holds_at: int = 0
    held_before: str = "nothing"
    accept_by: date | None = None
    offered_at: int = 0
    released_at: int = 0
    lost_at: int = 0
    answer_by: date | None = None
    silent_at: int = 0
    since: datetime | None = None

    @property
    def live(self) -> bool:
        """Whether it stands in the way of another one (rule 1)."""
        return self.stage not in OVER

    @property
    def in_hand(self) -> bool:
        """Whether it was handed in and goes on."""
        return bool(self.submitted_at) and self.live

    @property
    def leads_to_a_place(self) -> bool:
        """Whether it goes on, and may lead to a place or does."""
        return self.live and self.holds not in NO_PLACE

    @property
    def confirmed(self) -> bool:
        """Whether it gives its person a place on the cohort now."""
        return self.holds == "confirmed"

    @property
    def unreleased(self) -> bool:
        """Whether it would, if the employer had not taken back that its person can come."""
        return (self.held_before, self.holds) == ("confirmed", "accepted")


class ApplicationLives(Learner):
    """All applications; who takes a place, who has an open offer, and who waits, by their turns.
    `changed` is when it was last recorded that somebody of a side holds something else, and
    `sides` from which sides somebody ever took part. `closes` is the last day of a cohort's reserve
    list, and `closed` where it was closed.
    """

    def __init__(self) -> None:
        self.all: dict[ApplicationId, ApplicationLife] = {}
        self.taken: defaultdict[Slot, dict[ApplicationId, int]] = defaultdict(dict)
        self.turns: defaultdict[Slot, dict[ApplicationId, int]] = defaultdict(dict)
        self.of_person: defaultdict[Member, list[ApplicationLife]] = defaultdict(list)
        self.offered: dict[ApplicationId, ApplicationLife] = {}
        self.changed: dict[Slot, datetime] = {}
        self.sides: defaultdict[PersonId, dict[Side, int]] = defaultdict(dict)
        self.closes: dict[CohortId, tuple[date, int]] = {}
        self.closed: dict[CohortId, int] = {}
        self.of_cohort: defaultdict[CohortId, list[ApplicationLife]] = defaultdict(list)

    def of(self, event: Any) -> ApplicationLife:
        """The application that a fact is about."""
        life = self.all.get(event.application_id)
        if life is None:
            ids = event.application_id, event.cohort_id, event.person_id
            life = self.all[event.application_id] = ApplicationLife(*ids, event.side)
            self.of_person[event.cohort_id, event.person_id].append(life)
            self.of_cohort[event.cohort_id].append(life)
        return life

    def member(self, cohort_id: CohortId, person_id: PersonId) -> ApplicationLife | None:
        """By which application somebody is on a cohort now, if they are."""
        theirs = self.of_person.get((cohort_id, person_id), ())
        return next((one for one in theirs if one.confirmed), None)

    def stays(self, cohort_id: CohortId, person_id: PersonId) -> bool:
        """Whether somebody is on a cohort, or would be if their employer released them again."""
        theirs = self.of_person.get((cohort_id, person_id), ())
        return any(one.confirmed or one.unreleased for one in theirs)

    @learns(ApplicationStarted, ApplicationReinstated)
    def begun(self, fact: Recorded[Any]) -> None:
        """It begins, or goes on from where it was."""
        life, at = self.of(fact.event), fact.envelope.position
        life.begun_at = life.begun_at or at
        if isinstance(fact.event, ApplicationReinstated):
            life.stage, life.stage_before, life.stage_at = life.stage_before, life.stage, at
            life.since = fact.envelope.recorded

    @learns(*STAGES)
    def came_further(self, fact: Recorded[Any]) -> None:
        """Its stage changes."""
        life, at = self.of(fact.event), fact.envelope.position
        new = STAGES[type(fact.event)]
        if new == "submitted":
            life.submitted_at = at
        life.stage_before, life.stage, life.stage_at = life.stage, new, at
        life.since = fact.envelope.recorded

    @learns(*HOLDS)
    def holds(self, fact: Recorded[Any]) -> None:
        """What it holds changes."""
        event, at = fact.event, fact.envelope.position
        life = self.of(event)
        life.held_before, life.holds, life.holds_at = life.holds, HOLDS[type(event)], at
        if isinstance(event, OfferMade):
            life.accept_by, life.offered_at = event.accept_by, at
        slot = event.cohort_id, event.side
        if life.holds == "offered":
            self.offered[event.application_id] = life
        else:
            self.offered.pop(event.application_id, None)
        self.changed[slot] = life.since = fact.envelope.recorded
        if life.confirmed:
            self.sides[event.person_id].setdefault(event.side, at)
        if life.holds in TAKES_A_PLACE:
            self.taken[slot].setdefault(event.application_id, at)
        else:
            self.taken[slot].pop(event.application_id, None)
        if life.held_before == "reserve" and life.holds != "reserve":
            self._leaves(slot, event.application_id)

    @learns(OfferDayChanged)
    def has_another_day(self, fact: Recorded[OfferDayChanged]) -> None:
        """The last word on an offer's day counts."""
        self.of(fact.event).accept_by = fact.event.accept_by

    @learns(EmployerAwaited)
    def employer_asked(self, fact: Recorded[EmployerAwaited]) -> None:
        """The employer has so long; the last word counts."""
        life = self.of(fact.event)
        life.answer_by, life.silent_at = fact.event.answer_by, 0

    @learns(EmployerSilent)
    def employer_silent(self, fact: Recorded[EmployerSilent]) -> None:
        """They did not say anything in time."""
        self.of(fact.event).silent_at = fact.envelope.position

    @learns(ReserveOpened)
    def list_opens(self, fact: Recorded[ReserveOpened]) -> None:
        """People wait until a day."""
        self.closes[fact.event.cohort_id] = fact.event.closes_on, fact.envelope.position

    @learns(ReserveClosed)
    def list_closes(self, fact: Recorded[ReserveClosed]) -> None:
        """Nobody waits any more."""
        self.closed[fact.event.cohort_id] = fact.envelope.position

    @learns(EmployerReleaseConfirmed)
    def released(self, fact: Recorded[EmployerReleaseConfirmed]) -> None:
        """The employer lets them come."""
        life = self.of(fact.event)
        life.released_at, life.lost_at = fact.envelope.position, 0

    @learns(EmployerReleaseLost)
    def released_no_more(self, fact: Recorded[EmployerReleaseLost]) -> None:
        """The employer does not let them come after all."""
        life = self.of(fact.event)
        life.released_at, life.lost_at = 0, fact.envelope.position

    @learns(ReserveListed, ReserveReordered)
    def waits(self, fact: Recorded[Any]) -> None:
        """Somebody has a turn: at the release each comes with theirs, in any order."""
        event = fact.event
        slot, mine = (event.cohort_id, event.side), event.application_id
        self._leaves(slot, mine)
        turns = self.turns[slot]
        turn = event.place if isinstance(event.place, int) else len(turns) + 1
        if isinstance(event, ReserveReordered) or turn in turns.values():
            turns = {one: at + (at >= turn) for one, at in turns.items()}
        turns[mine] = turn
        by_turn: Callable[[ApplicationId], int] = turns.__getitem__
        self.turns[slot] = {one: turns[one] for one in sorted(turns, key=by_turn)}

    def _leaves(self, slot: Slot, application_id: ApplicationId) -> None:
        """Those behind move up."""
        turns = self.turns[slot]
        if turns.pop(application_id, None) is not None:
            self.turns[slot] = {one: turn for turn, one in enumerate(turns, 1)}
