"""Who is next when a place is free: the reserve list of each side, from the release to its end."""

from collections.abc import Iterator
from enum import StrEnum
from typing import Annotated, ClassVar, Final, NamedTuple

from pydantic import Field

from domain.applications.application import Application
from domain.applications.standing import TAKEN, PlaceHeld, PlaceStanding, about, held, whose
from domain.cohorts.cohort import Cohort
from domain.cohorts.going_by import CohortRules, cohort_rules
from domain.cohorts.impartial import Impartial
from domain.decision import Act, Command, Decides, Know, Refusal, TooEarly
from domain.offers.answering import time_to_answer
from domain.offers.turns import Places
from domain.people.person import Person
from domain.reasons import SaidOfApplication
from events.calendar import end_of
from events.event import Event
from events.ids import ApplicationId, CohortId
from events.offers import (
    OfferMade,
    ReserveClosed,
    ReserveEnded,
    ReserveListed,
    ReservePromoted,
    ReserveReordered,
)
from events.terms import Role, Side

HOLDING: Final = (PlaceStanding.OFFERED, *TAKEN, PlaceStanding.RESERVE)


class NotOnTheList(Refusal):
    """Only somebody who is on the reserve list has a turn that can change."""

    code = "reserve.not-on-the-list"


class NoSuchTurn(Refusal):
    """The reserve list has fewer places than that. Choose a place that it has."""

    code = "reserve.no-such-place"


class NotForTheList(Refusal):
    """Only somebody who had an offer or a turn, and holds none now, can go on the list again."""

    code = "reserve.not-for-the-list"


class ReserveIsClosed(Refusal):
    """The reserve list of this cohort is closed, so nobody waits for a place any more."""

    code = "reserve.closed"


class ReserveNotOpen(Refusal):
    """Decisions of this cohort are not released yet, so it has no reserve list to close."""

    code = "reserve.not-open"


class ReserveStillOpen(TooEarly):
    """The last day of the reserve list is not over yet."""

    code = "reserve.still-open"


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

    So it is until the list closes; nobody gets an offer by their turn for workshops that are over.
    """

    name: ClassVar = "reserve.promote"
    cohort_id: CohortId
    side: Side

    def needs(self, know: Know) -> tuple[CohortRules, Places]:
        return cohort_rules(know, self.cohort_id), know(Places(self.cohort_id))

    def decide(self, act: Act, rules: CohortRules, places: Places) -> Iterator[Event]:
        cohort, plan = rules.cohort, rules.cohort.known
        if cohort.completed or places.is_over(act):
            return
        free = places.free(self.side, plan)
        for application_id in places.waiting(self.side)[:free]:
            mine = {
                "application_id": application_id,
                "cohort_id": self.cohort_id,
                "person_id": places.people[application_id],
                "side": self.side,
            }
            yield ReservePromoted.model_validate(mine)
            yield OfferMade.model_validate({**mine, **time_to_answer(act, rules)._asdict()})


class CloseReserve(Command, Decides[Cohort, Places]):
    """The last day of the reserve list is over: whoever still waits is told so."""

    name: ClassVar = "reserve.close"
    cohort_id: CohortId

    def needs(self, know: Know) -> tuple[Cohort, Places]:
        return know(Cohort(self.cohort_id)), know(Places(self.cohort_id))

    def decide(self, act: Act, cohort: Cohort, places: Places) -> Iterator[Event]:
        if cohort.known and places.closes_on is None:
            raise ReserveNotOpen
        if places.closed or places.closes_on is None:
            return
        if act.time < end_of(places.closes_on):
            raise ReserveStillOpen
        for side in Side:
            for application_id in places.waiting(side):
                yield ReserveEnded(
                    application_id=application_id,
                    cohort_id=self.cohort_id,
                    person_id=places.people[application_id],
                    side=side,
                )
        yield ReserveClosed(cohort_id=self.cohort_id)


class ReorderReserve(Command, Decides[Application, Places, Impartial, SaidOfApplication]):
    """A coordinator changes somebody's turn, and says why (rule 11)."""

    name: ClassVar = "reserve.reorder"
    roles: ClassVar = frozenset({Role.COORDINATOR, Role.CO_CHAIR})
    application_id: ApplicationId
    place: Annotated[int, Field(ge=1)]
    reason: ReorderReason

    def needs(self, know: Know) -> tuple[Application, Places, Impartial, SaidOfApplication]:
        application = know(Application(self.application_id))
        said = know(SaidOfApplication(self.application_id))
        return application, know(Places(application.cohort_id)), about(know, application), said

    def decide(
        self,
        act: Act,
        application: Application,
        places: Places,
        _: Impartial,
        said: SaidOfApplication,
    ) -> Iterator[Event]:
        started = application.known
        waiting = places.waiting(started.side)
        if self.application_id not in waiting:
            raise NotOnTheList
        if self.place > len(waiting):
            raise NoSuchTurn
        if waiting.index(self.application_id) == self.place - 1:
            yield from said.otherwise(ReserveReordered, self.reason)
            return
        turn = places.turn_at(started.side, self.place, but=self.application_id)
        yield ReserveReordered(**whose(started), place=turn, reason=self.reason.value)


class Again(NamedTuple):
    """Who may wait again, who may say so, and why the application is as it is."""

    person: Person
    judging: Impartial
    said: SaidOfApplication


class ListAgain(Command, Decides[Application, PlaceHeld, Places, Again]):
    """A coordinator puts somebody who lost their offer or turn at the end of the list again."""

    name: ClassVar = "reserve.list-again"
    roles: ClassVar = frozenset({Role.COORDINATOR, Role.CO_CHAIR})
    application_id: ApplicationId
    reason: RelistReason

    def needs(self, know: Know) -> tuple[Application, PlaceHeld, Places, Again]:
        application, place, judging = held(know, self.application_id)
        places, person = know(Places(application.cohort_id)), know(Person(application.person_id))
        said = know(SaidOfApplication(self.application_id))
        return application, place, places, Again(person, judging, said)

    def decide(
        self,
        act: Act,
        application: Application,
        place: PlaceHeld,
        places: Places,
        again: Again,
    ) -> Iterator[Event]:
        started = application.known
        if self.application_id in places.waiting(started.side):
            yield from again.said.otherwise(ReserveListed, self.reason)
            return
        if not place.chosen or place.standing in HOLDING:
            raise NotForTheList
        if places.is_over(act):
            raise ReserveIsClosed
        again.person.must_have_consented()
        turn = places.last_turn(started.side)
        yield ReserveListed(**whose(started), place=turn, reasons=(self.reason.value,))
