"""The way back from an answer in error: an offer is open again, a place is given back."""

from collections.abc import Iterator
from enum import StrEnum
from typing import ClassVar, Final, NamedTuple

from domain.applications.application import Application
from domain.applications.standing import TAKEN, PlaceHeld, PlaceStanding, held, whose
from domain.cohorts.going_by import CohortRules, cohort_rules
from domain.cohorts.impartial import Impartial, impartial
from domain.decision import Act, Command, Decides, Know, Refusal
from domain.offers.answering import time_to_answer
from domain.offers.employers import firm
from domain.offers.offer import Membership
from domain.offers.turns import Places
from domain.people.person import Person
from domain.reasons import SaidOfApplication
from events.event import Event
from events.ids import ApplicationId, CohortId, PersonId
from events.offers import OfferMade, OfferReopened, PlaceGivenBack
from events.terms import Role

ANSWERED: Final = (PlaceStanding.TURNED_DOWN, PlaceStanding.LAPSED, PlaceStanding.TAKEN_BACK)


class ReopenReason(StrEnum):
    """Why an offer that was over is open again; the person is shown the sentence of it."""

    ANSWERED_IN_ERROR = "offer.answered-in-error"
    ANSWERED_LATE = "offer.answered-late"
    TAKEN_BACK_BY_MISTAKE = "offer.taken-back-by-mistake"


class GiveBackReason(StrEnum):
    """Why somebody has their place again; they are shown the sentence of it."""

    GIVEN_UP_IN_ERROR = "place.given-up-in-error"
    OUR_MISTAKE = "place.our-mistake"
    CAN_COME_AFTER_ALL = "place.can-come-after-all"


class NothingToReopen(Refusal):
    """Only an offer that was declined, lapsed or was taken back can be open again."""

    code = "offer.nothing-to-reopen"


class NothingToGiveBack(Refusal):
    """Only a place that was given up can be given back."""

    code = "place.nothing-to-give-back"


class HeldApplication(NamedTuple):
    """An application, what it holds, who may act on it, why it is as it is, and
    whose it is.
    """

    application: Application
    place: PlaceHeld
    judging: Impartial
    said: SaidOfApplication
    person: Person


def held_application(know: Know, application_id: ApplicationId | None) -> HeldApplication:
    """What must be known of one, and why it is as it is."""
    application, place, judging = held(know, application_id)
    said, person = know(SaidOfApplication(application_id)), know(Person(application.person_id))
    return HeldApplication(application, place, judging, said, person)


class ReopenOffer(Command, Decides[HeldApplication, CohortRules, Places]):
    """An offer that was declined in error, lapsed or was taken back by mistake is open again, as
    long as a place is free; there is as much time to answer as there was.
    """

    name: ClassVar = "offer.reopen"
    roles: ClassVar = frozenset({Role.COORDINATOR})
    application_id: ApplicationId
    reason: ReopenReason

    def needs(self, know: Know) -> tuple[HeldApplication, CohortRules, Places]:
        this = held_application(know, self.application_id)
        cohort_id = this.application.cohort_id
        return this, cohort_rules(know, cohort_id), know(Places(cohort_id))

    def decide(
        self, act: Act, this: HeldApplication, rules: CohortRules, places: Places
    ) -> Iterator[Event]:
        started, plan = this.application.known, rules.cohort.known
        if this.place.standing is PlaceStanding.OFFERED:
            yield from this.said.otherwise(OfferReopened, self.reason)
            return
        if this.place.standing not in ANSWERED:
            raise NothingToReopen
        this.person.must_have_consented()
        places.must_have_one_free(started.side, plan)
        yield OfferReopened(**whose(started), reason=self.reason.value)
        yield OfferMade(**whose(started), **time_to_answer(act, rules)._asdict())


class GiveBackPlace(Command, Decides[Membership, HeldApplication, CohortRules, Places]):
    """Somebody who gave up their place in error has it again, as long as one is free."""

    name: ClassVar = "place.give-back"
    roles: ClassVar = frozenset({Role.COORDINATOR})
    cohort_id: CohortId
    person_id: PersonId
    reason: GiveBackReason

    def needs(self, know: Know) -> tuple[Membership, HeldApplication, CohortRules, Places]:
        membership = know(Membership(self.cohort_id, self.person_id))
        judging = impartial(know, self.cohort_id, [self.person_id])
        this = held_application(know, membership.application_id)._replace(judging=judging)
        return membership, this, cohort_rules(know, self.cohort_id), know(Places(self.cohort_id))

    def decide(
        self,
        act: Act,
        membership: Membership,
        this: HeldApplication,
        rules: CohortRules,
        places: Places,
    ) -> Iterator[Event]:
        plan = rules.cohort.known
        if this.place.standing in TAKEN:
            yield from this.said.otherwise(PlaceGivenBack, self.reason)
            return
        if this.place.standing is not PlaceStanding.GIVEN_UP:
            raise NothingToGiveBack
        this.person.must_have_consented()
        started = this.application.known
        places.must_have_one_free(started.side, plan)
        yield PlaceGivenBack(**whose(started), reason=self.reason.value)
        yield from firm(act, started, this.place, rules)
