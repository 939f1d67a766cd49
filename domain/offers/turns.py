"""Which places of a cohort are taken, who waits for one, in which order, and until when."""

from dataclasses import dataclass, field
from datetime import date
from typing import Final

from domain.decision import Act, Knowledge, StandsInTheWay, learns
from events.applications import ApplicationWithdrawn
from events.calendar import end_of
from events.cohorts import CohortPlanned
from events.ids import ApplicationId, CohortId, PersonId
from events.offers import (
    ApplicationDeclined,
    OfferDeclined,
    OfferLapsed,
    OfferMade,
    OfferWithdrawn,
    PlaceGivenBack,
    PlaceGivenUp,
    ReserveClosed,
    ReserveEnded,
    ReserveListed,
    ReserveOpened,
    ReserveReordered,
)
from events.personal import Erased, plain
from events.terms import Side

Freed = OfferDeclined | OfferLapsed | OfferWithdrawn | PlaceGivenUp | ApplicationWithdrawn
FREEING: Final = (OfferDeclined, OfferLapsed, OfferWithdrawn, PlaceGivenUp, ApplicationWithdrawn)


@dataclass
class Places(Knowledge):
    """Of each side: whose offers are open or places taken, the latest one last, and who waits, the
    next one first; and until the end of which day free places go to those who wait.

    Who was erased while they waited keeps their turn, or the others' would change, but is offered
    nothing.
    """

    cohort_id: CohortId | None
    held: dict[Side, dict[ApplicationId, None]] = field(
        default_factory=lambda: {side: {} for side in Side}
    )
    turns: dict[Side, dict[ApplicationId, int]] = field(
        default_factory=lambda: {side: {} for side in Side}
    )
    people: dict[ApplicationId, PersonId] = field(default_factory=dict)
    erased: set[ApplicationId] = field(default_factory=set)
    closes_on: date | None = None
    closed: bool = False

    @property
    def tags(self) -> tuple[str | None, ...]:
        return (self.cohort_id,)

    def waiting(self, side: Side) -> list[ApplicationId]:
        """Who waits, the next one first."""
        return [one for one in self.turns[side] if one not in self.erased]

    def free(self, side: Side, plan: CohortPlanned) -> int:
        """How many places of a side nobody has or is offered."""
        return max(0, plan.places_per_side - len(self.held[side]))

    def must_have_one_free(self, side: Side, plan: CohortPlanned) -> None:
        """Refuses if all places of a side are taken; the last one to have one is named."""
        if not self.free(side, plan):
            raise StandsInTheWay(f"the place that was offered since to {[*self.held[side]][-1]}")

    def is_over(self, act: Act) -> bool:
        """Whether nobody is offered a place by their turn any more."""
        return self.closed or (self.closes_on is not None and act.time >= end_of(self.closes_on))

    def turn_at(self, side: Side, place: int, but: ApplicationId | None = None) -> int:
        """The turn that somebody gets who is to be at a place among those who wait."""
        turns = [one for one in self.turns[side] if one != but]
        waiting = [one for one in turns if one not in self.erased]
        behind = waiting[place - 1] if place <= len(waiting) else None
        return (turns.index(behind) if behind else len(turns)) + 1

    def last_turn(self, side: Side) -> int:
        """The turn that somebody gets who comes to the end of the list."""
        return len(self.turns[side]) + 1

    @learns(OfferMade)
    def offered(self, event: OfferMade) -> None:
        self._leaves_the_list(event.side, event.application_id)
        self.held[event.side].pop(event.application_id, None)
        self.held[event.side][event.application_id] = None

    @learns(PlaceGivenBack)
    def given_back(self, event: PlaceGivenBack) -> None:
        self.held[event.side][event.application_id] = None

    @learns(*FREEING, ApplicationDeclined, ReserveEnded)
    def freed(self, event: Freed | ApplicationDeclined | ReserveEnded) -> None:
        self._leaves_the_list(event.side, event.application_id)
        self.held[event.side].pop(event.application_id, None)

    @learns(ReserveOpened)
    def begins(self, event: ReserveOpened) -> None:
        self.closes_on = event.closes_on

    @learns(ReserveClosed)
    def ends(self, event: ReserveClosed) -> None:
        self.closed = True

    @learns(ReserveListed, ReserveReordered)
    def has_a_turn(self, event: ReserveListed | ReserveReordered) -> None:
        """At the release they come in the order of their ids, each with its place; whoever comes
        later to a place that somebody has goes before them.
        """
        self._leaves_the_list(event.side, event.application_id)
        place = plain(event.place) or self.last_turn(event.side)
        said = event.reasons if isinstance(event, ReserveListed) else event.reason
        if isinstance(said, Erased):
            self.erased.add(event.application_id)
        turns = self.turns[event.side]
        if isinstance(event, ReserveReordered) or place in turns.values():
            turns = {one: turn + (turn >= place) for one, turn in turns.items()}
        turns[event.application_id] = place
        self.turns[event.side] = dict(sorted(turns.items(), key=lambda pair: pair[1]))
        self.people[event.application_id] = event.person_id

    def _leaves_the_list(self, side: Side, application_id: ApplicationId) -> None:
        if self.people.pop(application_id, None):
            del self.turns[side][application_id]
            self.turns[side] = {one: turn for turn, one in enumerate(self.turns[side], 1)}
