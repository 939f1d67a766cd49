"""Who is next when a place comes free: the reserve list of each side, and the places it feeds."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from enum import StrEnum
from typing import Annotated, ClassVar, Final

from pydantic import Field

from domain.applications.application import Application, Stage
from domain.applications.standing import PlaceHeld, PlaceStanding, whose
from domain.cohorts.going_by import CohortRules, cohort_rules
from domain.decision import Act, Command, Decides, Know, Knowledge, Refusal, learns
from events.applications import ApplicationWithdrawn
from events.event import Event
from events.ids import ApplicationId, CohortId, PersonId
from events.offers import (
    OfferDeclined,
    OfferLapsed,
    OfferMade,
    OfferWithdrawn,
    PlaceGivenUp,
    ReserveListed,
    ReservePromoted,
    ReserveReordered,
)
from events.personal import Erased, plain
from events.terms import Role, Side

Freed = OfferDeclined | OfferLapsed | OfferWithdrawn | PlaceGivenUp | ApplicationWithdrawn
FREEING: Final = (OfferDeclined, OfferLapsed, OfferWithdrawn, PlaceGivenUp, ApplicationWithdrawn)
HOLDING: Final = (
    PlaceStanding.OFFERED,
    PlaceStanding.ACCEPTED,
    PlaceStanding.CONFIRMED,
    PlaceStanding.RESERVE,
)


@dataclass
class Places(Knowledge):
    """Of each side: whose offers are open or places taken, and who waits, the next one first.

    Who was erased while they waited keeps their turn, or the others' would change, but is offered
    nothing.
    """

    cohort_id: CohortId | None
    held: dict[Side, set[ApplicationId]] = field(
        default_factory=lambda: {side: set() for side in Side}
    )
    turns: dict[Side, dict[ApplicationId, int]] = field(
        default_factory=lambda: {side: {} for side in Side}
    )
    people: dict[ApplicationId, PersonId] = field(default_factory=dict)
    erased: set[ApplicationId] = field(default_factory=set)

    @property
    def tags(self) -> tuple[str | None, ...]:
        return (self.cohort_id,)

    def waiting(self, side: Side) -> list[ApplicationId]:
        """Who waits, the next one first."""
        return [one for one in self.turns[side] if one not in self.erased]

    def turn_at(self, side: Side, place: int, but: ApplicationId | None = None) -> int:
        """The turn that somebody gets who is to be at a place among those who wait."""
        turns = [one for one in self.turns[side] if one != but]
        waiting = [one for one in turns if one not in self.erased]
        behind = waiting[place - 1] if place <= len(waiting) else None
        return (turns.index(behind) if behind else len(turns)) + 1

    @learns(OfferMade)
    def offered(self, event: OfferMade) -> None:
        self._leaves_the_list(event.side, event.application_id)
        self.held[event.side].add(event.application_id)

    @learns(*FREEING)
    def freed(self, event: Freed) -> None:
        self._leaves_the_list(event.side, event.application_id)
        self.held[event.side].discard(event.application_id)

    @learns(ReserveListed, ReserveReordered)
    def has_a_turn(self, event: ReserveListed | ReserveReordered) -> None:
        """At the release they come in the order of their ids, each with its place."""
        self._leaves_the_list(event.side, event.application_id)
        place = plain(event.place) or len(self.turns[event.side]) + 1
        said = event.reasons if isinstance(event, ReserveListed) else event.reason
        if isinstance(said, Erased):
            self.erased.add(event.application_id)
        turns = self.turns[event.side]
        if isinstance(event, ReserveReordered):
            turns = {one: turn + (turn >= place) for one, turn in turns.items()}
        turns[event.application_id] = place
        self.turns[event.side] = dict(sorted(turns.items(), key=lambda pair: pair[1]))
        self.people[event.application_id] = event.person_id

    def _leaves_the_list(self, side: Side, application_id: ApplicationId) -> None:
        if self.people.pop(application_id, None):
            del self.turns[side][application_id]
            self.turns[side] = {one: turn for turn, one in enumerate(self.turns[side], 1)}


class NotOnTheList(Refusal):
    """Only somebody who is on the reserve list has a turn that can change."""

    code = "reserve.not-on-the-list"


class NoSuchTurn(Refusal):
    """The reserve list has fewer places than that. Choose a place that it has."""

    code = "reserve.no-such-place"


class NotForTheList(Refusal):
    """Only somebody who had an offer or a turn, and holds none now, can go on the list again."""

    code = "reserve.not-for-the-list"


class ReorderReason(StrEnum):
    """Why a turn changes; the person is shown the sentence of it."""

    MISTAKE = "reserve.mistake-put-right"
    ACCESS_NEEDS = "reserve.time-for-access-needs"
    BALANCE = "reserve.mix-of-people"
    ASKED_FOR_IT = "reserve.asked-for-it"


class RelistReason(StrEnum):
    """Why somebody waits again; the person is shown the sentence of it."""

    REINSTATED = "reserve.application-goes-on"
    ANSWERED_LATE = "reserve.answered-late"
    OUR_MISTAKE = "reserve.our-mistake"


class PromoteFromReserve(Command, Decides[CohortRules, Places]):
    """Free places of a side are offered to those whose turn it is (rules 8 and 11).

    Once a cohort has started only a coordinator can let somebody join it; nobody gets an offer
    by itself for workshops that are over.
    """

    name: ClassVar = "reserve.promote"
    cohort_id: CohortId
    side: Side

    def needs(self, know: Know) -> tuple[CohortRules, Places]:
        return cohort_rules(know, self.cohort_id), know(Places(self.cohort_id))

    def decide(self, act: Act, rules: CohortRules, places: Places) -> Iterator[Event]:
        cohort, plan = rules.cohort, rules.cohort.known
        if cohort.completed or (cohort.started and act.role is Role.SYSTEM):
            return
        free = max(0, plan.places_per_side - len(places.held[self.side]))
        for application_id in places.waiting(self.side)[:free]:
            mine = {
                "application_id": application_id,
                "cohort_id": self.cohort_id,
                "person_id": places.people[application_id],
                "side": self.side,
            }
            yield ReservePromoted.model_validate(mine)
            until = act.today + timedelta(days=plan.accept_within_days)
            yield OfferMade.model_validate({**mine, "accept_by": until})


class ReorderReserve(Command, Decides[Application, Places]):
    """A coordinator changes somebody's turn, and says why (rule 11)."""

    name: ClassVar = "reserve.reorder"
    roles: ClassVar = frozenset({Role.COORDINATOR, Role.CO_CHAIR})
    application_id: ApplicationId
    place: Annotated[int, Field(ge=1)]
    reason: ReorderReason

    def needs(self, know: Know) -> tuple[Application, Places]:
        application = know(Application(self.application_id))
        return application, know(Places(application.cohort_id))

    def decide(self, act: Act, application: Application, places: Places) -> Iterator[Event]:
        started = application.known
        waiting = places.waiting(started.side)
        if self.application_id not in waiting:
            raise NotOnTheList
        if self.place > len(waiting):
            raise NoSuchTurn
        if waiting.index(self.application_id) != self.place - 1:
            turn = places.turn_at(started.side, self.place, but=self.application_id)
            yield ReserveReordered(**whose(started), place=turn, reason=self.reason.value)


class ListAgain(Command, Decides[Application, PlaceHeld, Places]):
    """A coordinator puts somebody who lost their offer or turn at the end of the list again."""

    name: ClassVar = "reserve.list-again"
    roles: ClassVar = frozenset({Role.COORDINATOR, Role.CO_CHAIR})
    application_id: ApplicationId
    reason: RelistReason

    def needs(self, know: Know) -> tuple[Application, PlaceHeld, Places]:
        application = know(Application(self.application_id))
        places = know(Places(application.cohort_id))
        return application, know(PlaceHeld(self.application_id)), places

    def decide(
        self, act: Act, application: Application, place: PlaceHeld, places: Places
    ) -> Iterator[Event]:
        started = application.known
        waiting = places.waiting(started.side)
        if self.application_id in waiting:
            return
        over = application.stage is not Stage.ELIGIBLE or application.erased
        if not place.chosen or place.standing in HOLDING or over:
            raise NotForTheList
        turn = places.turn_at(started.side, len(waiting) + 1)
        yield ReserveListed(**whose(started), place=turn, reasons=(self.reason.value,))
