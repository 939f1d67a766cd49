"""An answer in error is put right while a place is free; else what stands in the way is named."""

from typing import Any

import pytest

from domain.applications.application import ApplicationIsWithdrawn
from domain.decision import StandsInTheWay
from domain.offers.offer import AcceptOffer, Membership
from domain.offers.reopening import (
    GiveBackPlace,
    GiveBackReason,
    NothingToGiveBack,
    NothingToReopen,
    ReopenOffer,
    ReopenReason,
)
from domain.people.person import PersonIsErased, TakesNoPart
from events.event import Event
from events.offers import (
    EmployerAwaited,
    OfferAccepted,
    OfferDeclined,
    OfferLapsed,
    OfferReopened,
    OfferWithdrawn,
    PlaceConfirmed,
    PlaceGivenBack,
    PlaceGivenUp,
)
from events.people import ConsentWithdrawn, PersonErased
from tests.scenes.cast import (
    ADA,
    AMINA,
    AUTUMN,
    BEN,
    HEALTHCARE,
    PATIENT,
    application,
    confirmed,
    eligible,
    opened,
)
from tests.scenes.given import folded, given
from tests.scenes.selection import RELEASE_DAY, accepted, offer, offered, withdrawn

ADAS: dict[str, Any] = {
    "application_id": application(ADA),
    "cohort_id": AUTUMN,
    "person_id": ADA,
    "side": PATIENT,
}
OPEN_AGAIN = ReopenOffer(application_id=application(ADA), reason=ReopenReason.ANSWERED_IN_ERROR)
REOPENED = OfferReopened(**ADAS, reason="offer.answered-in-error")
OVER: list[Event] = [
    OfferDeclined(**ADAS, reason="offer.work"),
    OfferLapsed(**ADAS),
    OfferWithdrawn(**ADAS, reason="offer.made-by-mistake"),
]


def back(who: str) -> GiveBackPlace:
    return GiveBackPlace.model_validate(
        {"cohort_id": AUTUMN, "person_id": who, "reason": GiveBackReason.GIVEN_UP_IN_ERROR}
    )


@pytest.mark.parametrize("over", OVER, ids=lambda fact: fact.name)
def test_an_offer_that_was_over_is_open_again(over: Event) -> None:
    scene = given(opened(places=1), offered(ADA, PATIENT), over)
    again = scene.when(OPEN_AGAIN, at=RELEASE_DAY).then(REOPENED, offer(ADA, PATIENT))
    again.when(OPEN_AGAIN, at=RELEASE_DAY).then_already_so()
    yes = AcceptOffer(application_id=application(ADA))
    again.when(yes, at=RELEASE_DAY).then_kinds(OfferAccepted, PlaceConfirmed)


@pytest.mark.parametrize("over", OVER, ids=lambda fact: fact.name)
def test_while_somebody_else_has_the_place_they_are_named(over: Event) -> None:
    taken = given(opened(places=1), offered(ADA, PATIENT), over, offered(AMINA, PATIENT))
    result = taken.when(OPEN_AGAIN, at=RELEASE_DAY)
    result.then_refused(StandsInTheWay)
    assert result.refusal
    assert application(AMINA) in result.refusal.sentence


def test_only_an_offer_of_an_application_that_goes_on_is_open_again() -> None:
    never = given(opened(), eligible(ADA, PATIENT))
    never.when(OPEN_AGAIN).then_refused(NothingToReopen)
    gone = given(opened(), offered(ADA, PATIENT), withdrawn(ADA, PATIENT))
    gone.when(OPEN_AGAIN).then_refused(ApplicationIsWithdrawn)
    erased = given(opened(), offered(ADA, PATIENT), OVER[0], PersonErased(person_id=ADA))
    erased.when(OPEN_AGAIN).then_refused(PersonIsErased)


def test_a_place_that_was_given_up_in_error_is_given_back() -> None:
    left = PlaceGivenUp(**ADAS, reason="place.work")
    scene = given(opened(places=1), confirmed(ADA, PATIENT), left)
    again = scene.when(back(ADA)).then_kinds(PlaceGivenBack, PlaceConfirmed)
    assert folded(Membership(AUTUMN, ADA), again.facts).confirmed
    again.when(back(ADA)).then_already_so()
    taken = given(scene.facts, offered(AMINA, PATIENT))
    taken.when(back(ADA)).then_refused(StandsInTheWay)


def test_who_still_waited_for_their_employer_does_so_again() -> None:
    bens = {**ADAS, "application_id": application(BEN), "person_id": BEN, "side": HEALTHCARE}
    left = PlaceGivenUp(**bens, reason="place.work")
    scene = given(opened(), offered(BEN, HEALTHCARE), accepted(BEN, HEALTHCARE), left)
    scene.when(back(BEN)).then_kinds(PlaceGivenBack, EmployerAwaited)


def test_what_was_not_given_up_is_not_given_back() -> None:
    given(opened(), offered(ADA, PATIENT)).when(back(ADA)).then_refused(NothingToGiveBack)


def test_who_does_not_agree_any_more_has_nothing_back() -> None:
    """What they held ended before they took their consent back, so nothing else ended then."""
    no_more = ConsentWithdrawn(person_id=ADA)
    declined = given(opened(), offered(ADA, PATIENT), OVER[0], no_more)
    declined.when(OPEN_AGAIN, at=RELEASE_DAY).then_refused(TakesNoPart)
    gone = PlaceGivenUp(**ADAS, reason="place.work")
    left = given(opened(), confirmed(ADA, PATIENT), gone, no_more)
    left.when(back(ADA)).then_refused(TakesNoPart)
