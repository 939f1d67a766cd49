"""At every prefix of history: never more offers and places than there are, and turns kept."""

from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import Any, Final

from hypothesis import given as over
from hypothesis import settings
from hypothesis import strategies as st

from domain.applications.application import Application, Stage
from domain.offers.offer import (
    AcceptOffer,
    DeclineOffer,
    LapseOffer,
    OfferWithdrawReason,
    WithdrawOffer,
)
from domain.offers.places import ConfirmEmployerRelease, GiveUpPlace
from domain.offers.policies import when_a_place_comes_free, when_somebody_waits
from domain.offers.release import ReleaseDecisions
from domain.offers.reopening import GiveBackPlace, GiveBackReason, ReopenOffer, ReopenReason
from domain.offers.reserve import (
    ListAgain,
    PromoteFromReserve,
    RelistReason,
    ReorderReason,
    ReorderReserve,
)
from domain.offers.turns import FREEING
from events.applications import ApplicationReinstated
from events.cohorts import DecisionsReleased, ReleaseSigned
from events.event import Event
from events.ids import PersonId
from events.offers import (
    OfferMade,
    PlaceConfirmed,
    PlaceGivenBack,
    ReserveListed,
    ReservePromoted,
    ReserveReordered,
)
from events.personal import plain
from events.terms import Outcome, Role, Side
from tests.scenes.cast import AUTUMN, application, opened
from tests.scenes.given import Given, folded, given, person
from tests.scenes.pairs import recorded
from tests.scenes.selection import RELEASE_DAY, by_id, decided, reinstated, signed, withdrawn

PLACES: Final = 1
OUT: Final = DecisionsReleased(cohort_id=AUTUMN)
PEOPLE: Final = {side: [person(f"{side} {number}") for number in range(3)] for side in Side}
SIDE_OF: Final = {who: side for side, people in PEOPLE.items() for who in people}
WHO: Final = st.sampled_from([*PEOPLE[Side.PATIENT_LEADER], PEOPLE[Side.HEALTHCARE_LEADER][0]])


def wishes_of(who: PersonId) -> st.SearchStrategy[Any]:
    mine: dict[str, Any] = {"application_id": application(who)}
    return st.sampled_from(
        [
            AcceptOffer(**mine),
            DeclineOffer(**mine),
            LapseOffer(**mine),
            WithdrawOffer(**mine, reason=OfferWithdrawReason.MADE_BY_MISTAKE),
            ConfirmEmployerRelease(**mine),
            GiveUpPlace(cohort_id=AUTUMN, person_id=who),
            ReorderReserve(**mine, place=1, reason=ReorderReason.MISTAKE),
            ReorderReserve(**mine, place=2, reason=ReorderReason.MISTAKE),
            ListAgain(**mine, reason=RelistReason.OUR_MISTAKE),
            ReopenOffer(**mine, reason=ReopenReason.ANSWERED_LATE),
            GiveBackPlace(cohort_id=AUTUMN, person_id=who, reason=GiveBackReason.GIVEN_UP_IN_ERROR),
            PromoteFromReserve(cohort_id=AUTUMN, side=SIDE_OF[who]),
            ReleaseDecisions(cohort_id=AUTUMN),
            withdrawn(who, SIDE_OF[who]),
            reinstated(who, SIDE_OF[who]),
        ]
    )


OUTCOMES = st.sampled_from([Outcome.OFFER, Outcome.OFFER, Outcome.RESERVE, Outcome.DECLINE])
DECIDED = st.fixed_dictionaries({who: st.tuples(OUTCOMES, st.integers(0, 1000)) for who in SIDE_OF})
STEPS = st.lists(
    st.tuples(WHO.flatmap(wishes_of), st.sampled_from([0, 0, 0, 0, 11])), min_size=15, max_size=40
)


def may_happen(scene: Given, fact: Event) -> bool:
    """Whether an application, which others decide on, can be withdrawn or go on now."""
    gone = Application(application(who_of(fact)))
    return (folded(gone, scene.facts).stage is Stage.WITHDRAWN) is isinstance(
        fact, ApplicationReinstated
    )


def who_of(fact: Any) -> PersonId:
    return PersonId.parse(fact.person_id)


def outcome_of(scene: Given, wish: Any, at: datetime) -> Given:
    """What the wish yields, with what follows from it by itself; a refusal changes nothing."""
    if isinstance(wish, Event):
        new = [wish] if may_happen(scene, wish) else []
    else:
        new = list(scene.when(wish, role=role_of(wish), at=at).new)
    scene = given(scene.facts, new)
    for fact in new:
        wanted = []
        if isinstance(fact, FREEING):
            wanted = [*when_a_place_comes_free(recorded(fact))]
        if isinstance(fact, ReserveListed):
            wanted = [*when_somebody_waits(recorded(fact))]
        for one in wanted:
            scene = outcome_of(scene, one, at)
    return scene


def role_of(wish: Any) -> Role:
    return Role.SYSTEM if isinstance(wish, LapseOffer) else Role.COORDINATOR


def offers_and_places(facts: Iterable[Event]) -> Counter[Side]:
    """Counted anew from the facts, by side, as somebody with pen and paper would."""
    holding: dict[str, Side] = {}
    for fact in facts:
        if isinstance(fact, OfferMade | PlaceConfirmed | PlaceGivenBack):
            holding[fact.application_id] = fact.side
        elif isinstance(fact, FREEING):
            holding.pop(fact.application_id, None)
    return Counter(holding.values())


def turns(facts: Iterable[Event], side: Side) -> list[str]:
    """Who waits on a side, by pen and paper: whoever leaves moves those behind them up."""
    turn: dict[str, int] = {}
    for fact in facts:
        if getattr(fact, "side", None) is not side or isinstance(fact, ReleaseSigned):
            continue
        who = who_of(fact)
        if who in turn and isinstance(fact, (*FREEING, OfferMade, ReserveReordered)):
            was = turn.pop(who)
            turn = {one: number - (number > was) for one, number in turn.items()}
        if isinstance(fact, ReserveReordered):
            turn = {one: number + (number >= place_in(fact)) for one, number in turn.items()}
        if isinstance(fact, ReserveListed | ReserveReordered):
            turn[who] = place_in(fact)
    assert sorted(turn.values()) == list(range(1, len(turn) + 1))
    return sorted(turn, key=lambda one: turn[one])


def place_in(fact: ReserveListed | ReserveReordered) -> int:
    return plain(fact.place) or 0


def must_hold_at_every_prefix(facts: Sequence[Event], since: int) -> None:
    for number in range(since, len(facts)):
        fact, before = facts[number], facts[:number]
        assert max(offers_and_places(facts[: number + 1]).values(), default=0) <= PLACES
        if isinstance(fact, ReservePromoted):
            assert turns(before, fact.side)[0] == fact.person_id


@settings(max_examples=100, deadline=None)
@over(DECIDED, STEPS)
def test_offers_and_places_never_exceed_the_places(
    results: dict[PersonId, tuple[Outcome, int]], steps: list[tuple[Any, int]]
) -> None:
    table = [decided(who, SIDE_OF[who], *result, ("x",)) for who, result in results.items()]
    scene = signed(given(opened(places=PLACES), *table))
    scene = outcome_of(scene, ReleaseDecisions(cohort_id=AUTUMN), RELEASE_DAY)
    day = 0
    for wish, later in steps:
        day += later
        known = len(scene.facts)
        scene = outcome_of(scene, wish, RELEASE_DAY + timedelta(days=day))
        must_hold_at_every_prefix(scene.facts, known)
        assert Counter(map(type, scene.facts))[DecisionsReleased] == 1
        if isinstance(wish, LapseOffer):
            again = outcome_of(scene, wish, RELEASE_DAY + timedelta(days=day))
            assert again.facts == scene.facts


@settings(max_examples=60, deadline=None)
@over(DECIDED, st.integers(1, 3))
def test_the_best_scored_have_the_offers_and_the_first_turns(
    results: dict[PersonId, tuple[Outcome, int]], places: int
) -> None:
    table = [decided(who, SIDE_OF[who], *result, ("x",)) for who, result in results.items()]
    scene = signed(given(opened(places=places), *table))
    facts = scene.when(ReleaseDecisions(cohort_id=AUTUMN), at=RELEASE_DAY).new
    for side, people in PEOPLE.items():
        ranked = sorted(people, key=lambda who: (-results[who][1], application(who)))
        chosen = [who for who in ranked if results[who][0] is Outcome.OFFER][:places]
        ranked.sort(key=lambda who: results[who][0] is not Outcome.OFFER)
        waiting = [who for who in ranked if who not in chosen]
        offered = [f.person_id for f in facts if isinstance(f, OfferMade) and f.side is side]
        assert sorted(offered) == sorted(chosen)
        assert turns(facts, side) == [
            who for who in waiting if results[who][0] is not Outcome.DECLINE
        ]
    heard = facts[facts.index(OUT) + 2 :]
    assert list(heard) == by_id(heard)
    assert len(heard) == len(SIDE_OF)
    nobody_waits_beside_a_free_place(scene, places)


def nobody_waits_beside_a_free_place(scene: Given, places: int) -> None:
    """Once all has followed that follows from the release."""
    facts = outcome_of(scene, ReleaseDecisions(cohort_id=AUTUMN), RELEASE_DAY).facts
    for side in Side:
        if turns(facts, side):
            assert offers_and_places(facts)[side] == places
