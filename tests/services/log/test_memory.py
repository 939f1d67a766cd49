from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import Any

import psycopg
import pytest

from domain.applications.application import Application, Applications
from domain.cohorts.cohort import Cohort
from domain.decision import Knowledge
from domain.offers.offer import Membership
from domain.pairings.engagement import Engagement
from domain.pairings.pairing import Pairing
from domain.people.person import Between, Person
from domain.workshops.bookings import Bookings
from events.people import ConsentGiven
from services.engines.addresses import Engines
from services.log.log import Stored
from services.log.memory import Memory
from services.log.statements import LOOK_UP
from tests.scenes.at_work import recorded_in, stored
from tests.scenes.cast import (
    ADA,
    AMINA,
    AUTUMN,
    BARTEK,
    BEN,
    BOLA,
    COLM,
    NOBODY,
    SPRING,
    application,
)
from tests.scenes.given import folded
from tests.scenes.history import history
from tests.scenes.history_learning import BOTH

ROWS = [stored(fact) for fact in history()]
FACTS = [fact.event for fact in history()]
PEOPLE = (ADA, AMINA, BARTEK, BEN, BOLA, COLM, NOBODY)


def questions() -> list[Knowledge]:
    """All that somebody may want to know, with nothing known yet."""
    of_people: Iterable[Callable[[Any], Knowledge]] = (
        Person,
        lambda who: Application(application(who)),
        lambda who: Applications(AUTUMN, who),
        lambda who: Applications(SPRING, who),
        lambda who: Membership(AUTUMN, who),
        lambda who: Engagement(AUTUMN, who),
        lambda who: Bookings(AUTUMN, who),
        lambda who: Between(who, BEN),
    )
    pairings = [Pairing(pairing) for pairing in BOTH]
    return [ask(who) for ask in of_people for who in PEOPLE] + [Cohort(AUTUMN), *pairings]


@contextmanager
def asking(engines: Engines) -> Iterator[psycopg.Cursor[Any]]:
    url = engines.programme["commands"]
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(LOOK_UP)
        yield connection.cursor(binary=True)


def memory(head: int, budget: int = 1_000_000) -> Memory:
    return Memory(head, lambda event: event, budget)


def answers(own: Memory, cursor: psycopg.Cursor[Any]) -> list[Knowledge]:
    wanted = questions()
    own.fill(cursor, [lambda one=one: own.know(one) for one in wanted])  # type: ignore[misc]  # bound
    return [own.know(one) for one in questions()]


def expected(upto: int = len(FACTS)) -> list[Knowledge]:
    return [folded(one, FACTS[:upto]) for one in questions()]


def take_in(own: Memory, rows: Iterable[Stored]) -> None:
    for row in rows:
        own.learn_stored(row)
        own.head = row.position


def test_what_is_loaded_equals_what_was_learned_on_the_way(fresh: Engines) -> None:
    with asking(fresh) as cursor:
        warm = memory(0)
        assert answers(warm, cursor) == questions()
        recorded_in(fresh, ROWS)
        take_in(warm, ROWS)
        cold = memory(len(ROWS))
        assert answers(cold, cursor) == answers(warm, cursor) == expected()
        assert cold.cost == warm.cost


@pytest.mark.parametrize("head", [1, 40, 90])
def test_nothing_is_known_beyond_the_head(fresh: Engines, head: int) -> None:
    recorded_in(fresh, ROWS)
    with asking(fresh) as cursor:
        own = memory(head)
        assert answers(own, cursor) == expected(head)
        take_in(own, ROWS[head:])
        assert answers(own, cursor) == expected()


def test_a_fact_is_learned_only_where_it_bears_all_the_tags(fresh: Engines) -> None:
    recorded_in(fresh, ROWS)
    with asking(fresh) as cursor:
        own = memory(len(ROWS))
        answers(own, cursor)
        assert own.know(Between(COLM, BEN)).kinds
        assert not own.know(Between(ADA, BEN)).kinds
        assert own.know(Applications(AUTUMN, ADA)) != Applications(AUTUMN, ADA)
        assert own.know(Applications(SPRING, ADA)) == Applications(SPRING, ADA)


@pytest.mark.parametrize("budget", [0, 1, 30, 10_000])
def test_what_was_forgotten_is_loaded_again_and_right(fresh: Engines, budget: int) -> None:
    with asking(fresh) as cursor:
        own = memory(0, budget)
        for at in range(0, len(ROWS), 20):
            recorded_in(fresh, ROWS[at : at + 20])
            take_in(own, ROWS[at : at + 20])
            assert answers(own, cursor) == expected(at + 20)
            own.forget_some()
            assert own.cost <= budget
        assert own.cost == sum(own._costs.values())
        held = {key for keys in own._by_tag.values() for key in keys}
        assert held == set(own._held)
        assert all(own._by_tag.values())


def test_what_was_asked_for_last_is_forgotten_last(fresh: Engines) -> None:
    recorded_in(fresh, ROWS)
    with asking(fresh) as cursor:
        own = memory(len(ROWS), budget=20)
        answers(own, cursor)
        own.know(Person(ADA))
        own.forget_some()
        assert (Person, (ADA,)) in own._held
        assert (Person, (BEN,)) not in own._held


def test_nothing_is_asked_about_nobody(fresh: Engines) -> None:
    with asking(fresh) as cursor:
        own = memory(0)
        own.fill(cursor, [lambda: own.know(Person(None)), lambda: own.know(Between(None, BEN))])
        assert own.cost == 0


def test_a_fact_without_its_place_in_the_log_is_known_in_its_turn(fresh: Engines) -> None:
    """What one command of a group brought about, and a later one has to load anew."""
    recorded_in(fresh, ROWS)
    with asking(fresh) as cursor:
        own = memory(len(ROWS))
        again = ConsentGiven(person_id=BEN, purpose="research")
        own.anticipate(again, again.tags())
        own.fill(cursor, [lambda: own.know(Person(BEN))])
        assert "research" in own.know(Person(BEN)).consents
        own.advance(len(ROWS) + 1)
        assert own.know(Person(BEN)) == folded(Person(BEN), [*FACTS, again])


def test_what_can_not_be_read_leaves_nothing_half_known(fresh: Engines) -> None:
    recorded_in(fresh, ROWS)
    broken = Memory(len(ROWS), unreadable)
    with asking(fresh) as cursor:
        with pytest.raises(ValueError, match="tampered with"):
            broken.fill(cursor, [lambda: broken.know(Cohort(AUTUMN))])
        assert broken.cost == 0
        assert broken.know(Cohort(AUTUMN)) == Cohort(AUTUMN)


def unreadable(event: Any) -> Any:
    if event.name == "cohort.started":
        raise ValueError("a sealed score was tampered with")
    return event
