"""At every prefix of history: never more offers and places than there are, and turns kept."""

from collections import Counter
from collections.abc import Iterator
from datetime import timedelta
from typing import Any, Final

from hypothesis import given as over
from hypothesis import settings
from hypothesis import strategies as st

from domain.offers import (
    AcceptOffer,
    DeclineOffer,
    LapseOffer,
    OfferWithdrawReason,
    WithdrawOffer,
)
from domain.places import ConfirmEmployerRelease, GiveUpPlace
from domain.policies.offers import when_a_place_comes_free
from domain.release import ReleaseDecisions
from domain.reserve import (
    FREEING,
    ListAgain,
    PromoteFromReserve,
    RelistReason,
    ReorderReason,
    ReorderReserve,
)
from events.catalogue import Recorded
from events.cohorts import DecisionsReleased
from events.event import Event
from events.ids import PersonId
from events.offers import OfferLapsed, OfferMade, ReservePromoted
from events.terms import Outcome, Side
from tests.cast import AUTUMN, application, opened
from tests.selection import RELEASE_DAY, decided, reinstated, withdrawn
from tests.stage import Given, given, person

PLACES: Final = 2
PEOPLE: Final = {
    side: [person(f"{side} {number}") for number in range(5)] for side in Side
}
SIDE_OF: Final = {who: side for side, people in PEOPLE.items() for who in people}
WHO: Final = st.sampled_from(sorted(SIDE_OF))


def wishes_of(who: PersonId) -> st.SearchStrategy[Any]:
    mine = {"application_id": application(who)}
    return st.sampled_from(
        [
            AcceptOffer(**mine),
            DeclineOffer(**mine),
            LapseOffer(**mine),
            WithdrawOffer(**mine, reason=OfferWithdrawReason.MADE_BY_MISTAKE),
            ConfirmEmployerRelease(**mine),
            GiveUpPlace(cohort_id=AUTUMN, person_id=who),
            ReorderReserve(**mine, place=1, reason=ReorderReason.MISTAKE),
            ReorderReserve(**mine, place=3, reason=ReorderReason.MISTAKE),
            ListAgain(**mine, reason=RelistReason.OUR_MISTAKE),
            PromoteFromReserve(cohort_id=AUTUMN, side=SIDE_OF[who]),
            ReleaseDecisions(cohort_id=AUTUMN),
            withdrawn(who, SIDE_OF[who]),
            reinstated(who, SIDE_OF[who]),
        ]
    )


DECIDED = st.fixed_dictionaries(
    {who: st.tuples(st.sampled_from(Outcome), st.integers(0, 1000)) for who in SIDE_OF}
)
STEPS = st.lists(st.tuples(WHO.flatmap(wishes_of), st.integers(0, 30)), max_size=30)


def stepped(scene: Given, wish: Any, day: int) -> Given:
    """What the wish yields is taken in, and what follows from it by itself; refusals yield none."""
    if isinstance(wish, Event):
        new: list[Event] = [wish] if may_happen(scene, wish) else []
    else:
        new = list(scene.when(wish, at=RELEASE_DAY + timedelta(days=day)).new)
    scene = given(scene.facts, new)
    for fact in new:
        if isinstance(fact, FREEING):
            for wanted in when_a_place_comes_free(Recorded(None, fact)):  # type: ignore[arg-type]
                scene = stepped(scene, wanted, day)
    return scene
