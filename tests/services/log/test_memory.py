from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from functools import partial
from typing import Any

import psycopg
import pytest

from domain.applications.application import Application, Applications
from domain.cohorts.cohort import Cohort
from domain.decision import Knowledge
from domain.offers.offer import Membership
from domain.pairings.engagement import Engagement
from domain.pairings.pairing import Pairing
from domain.people.person import Between, Person, Reach
from domain.workshops.bookings import Bookings
from events.event import Event
from events.ids import PersonId
from events.people import ConsentGiven, PersonErased, PersonStated
from events.terms import Purpose
from services.engines.addresses import Engines
from services.log.asking import Inquiry
from services.log.finding import DatabaseSource
from services.log.log import Stored
from services.log.memory import Memory
from services.log.statements import LOOK_UP
from services.vault.opening import Reading
from services.vault.vault import Vault
from tests.scenes.at_work import recorded_in
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
from tests.scenes.given import NOON
from tests.scenes.history_learning import BOTH
from tests.scenes.scribe import Scribe
from tests.scenes.told import Told, sealed, told
from tests.scenes.world import vault_of

PEOPLE = (ADA, AMINA, BARTEK, BEN, BOLA, COLM, NOBODY)


def questions() -> list[Knowledge]:
    """All that somebody may want to know, with nothing known yet."""
    of_people: Iterable[Callable[[Any], Knowledge]] = (
        Person,
        Reach,
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


@dataclass(frozen=True)
class Place:
    """The history, its vault, and a look at the log by the role that decides."""

    engines: Engines
    vault: Vault
    history: Sequence[Told]
    source: DatabaseSource

    @property
    def rows(self) -> list[Stored]:
        return [one.row for one in self.history]

    def memory(self, head: int, budget: int = 1_000_000) -> Memory:
        return Memory(head, self.reading(), budget)

    def reading(self) -> Reading:
        parts = {digest: part for one in self.history for digest, part in one.parts.items()}
        return Reading(self.vault, parts.__getitem__)

    def expected(self, upto: int | None = None, *erased: PersonId) -> list[Knowledge]:
        """What a plain fold of the history gives, with nothing of whoever was erased in it."""
        reading, found = self.reading(), questions()
        for person in erased:
            reading.forget(person)
        for fact in self.history[:upto]:
            opened = reading(fact.stored)
            for one in found:
                if fact.borne.issuperset(map(str, one.tags)):
                    one.learn(fact.stored if one.unopened else opened)
        return found


@pytest.fixture
def place(fresh: Engines) -> Iterator[Place]:
    """Engines with an empty log."""
    url = fresh.programme["commands"]
    with vault_of(fresh) as vault, psycopg.connect(url, autocommit=True) as connection:
        connection.execute(LOOK_UP)
        yield Place(fresh, vault, told(vault), DatabaseSource(connection.cursor(binary=True)))


@pytest.fixture
def full(place: Place) -> Place:
    """The same, with all of the history in the log."""
    recorded_in(place.engines, place.rows)
    return place


def answers(own: Memory, source: DatabaseSource) -> list[Knowledge]:
    wanted = questions()
    own.fill(source, [lambda one=one: own.know(one) for one in wanted])  # type: ignore[misc]  # bound
    return [own.know(one) for one in questions()]


def take_in(own: Memory, rows: Iterable[Stored]) -> None:
    for row in rows:
        own.learn_stored(row)
        own.head = row.position


def test_what_is_loaded_equals_what_was_learned_on_the_way(place: Place) -> None:
    warm = place.memory(0)
    assert answers(warm, place.source) == questions()
    recorded_in(place.engines, place.rows)
    take_in(warm, place.rows)
    cold = place.memory(len(place.rows))
    assert answers(cold, place.source) == answers(warm, place.source) == place.expected()


@pytest.mark.parametrize("head", [1, 40, 90])
def test_nothing_is_known_beyond_the_head(full: Place, head: int) -> None:
    own = full.memory(head)
    assert answers(own, full.source) == full.expected(head)
    take_in(own, full.rows[head:])
    assert answers(own, full.source) == full.expected()


def test_an_answer_stands_until_something_on_which_it_rests_is_otherwise(place: Place) -> None:
    """After each fact, whatever it is about, an answer that is kept is that of asking anew."""
    own, recorded = place.memory(0), place.rows
    recorded_in(place.engines, place.rows)

    def asking(who: PersonId) -> tuple[Knowledge, ...]:
        begun = own.know(Application(application(who)))
        cohort = own.know(Cohort(begun.started.cohort_id if begun.started else None))
        return begun, cohort, own.know(Person(who)), own.know(Between(who, BEN))

    asked: Counter[PersonId] = Counter()

    def counted(who: PersonId) -> tuple[Knowledge, ...]:
        asked[who] += 1
        return asking(who)

    questions = [Inquiry(own, who, partial(counted, who)) for who in PEOPLE]
    for row in recorded:
        take_in(own, [row])
        found = own.fill(place.source, questions)
        assert found == own.fill(place.source, [partial(asking, who) for who in PEOPLE])
        own.forget_some()
    assert all(asked[who] < len(recorded) / 2 for who in PEOPLE)


def test_a_fact_is_learned_only_where_it_bears_all_the_tags(full: Place) -> None:
    own = full.memory(len(full.rows))
    answers(own, full.source)
    assert own.know(Between(COLM, BEN)).ties
    assert not own.know(Between(ADA, BEN)).ties
    assert own.know(Applications(AUTUMN, ADA)) != Applications(AUTUMN, ADA)
    assert own.know(Applications(SPRING, ADA)) == Applications(SPRING, ADA)


def test_whom_a_fact_conceals_is_found_from_either_side(full: Place) -> None:
    """The log shows who spoke, and has nothing but a keyed tag for the other."""
    own = full.memory(len(full.rows))
    shown = {tag for row in full.rows if row.type == PersonStated.wire_name() for tag in row.tags}
    assert BEN not in shown
    for one, other in ((COLM, BEN), (BEN, COLM)):
        own.fill(full.source, [lambda one=one, other=other: own.know(Between(one, other))])  # type: ignore[misc]  # bound
        assert own.know(Between(one, other)).too_close


def test_who_was_erased_is_unknown_however_it_was_learned(place: Place) -> None:
    """Before it and after it, warm or cold, the same facts give the same knowledge."""
    history = [*place.history, *erasing(BEN, place)]
    recorded_in(place.engines, [one.row for one in history])
    after = replace(place, history=history)
    warm = after.memory(len(place.rows))
    assert answers(warm, after.source) == place.expected()
    take_in(warm, after.rows[-1:])
    cold = after.memory(len(after.rows))
    assert answers(cold, after.source) == answers(warm, after.source)
    assert answers(cold, after.source) == after.expected(None, BEN)
    assert cold.know(Between(COLM, BEN)).too_close, "as if it were forbidden"


def test_knowledge_from_before_an_erasure_forgets_in_the_turn_that_erases(place: Place) -> None:
    recorded_in(place.engines, place.rows)
    own = place.memory(len(place.rows))
    answers(own, place.source)
    (gone,) = erasing(BEN, place)
    own.anticipate(gone.stored, gone.stored, gone.borne)
    after = replace(place, history=[*place.history, gone])
    assert answers(own, place.source) == after.expected(None, BEN)


def erasing(person: PersonId, place: Place) -> Iterator[Told]:
    scribe = Scribe()
    scribe.tell(NOON + timedelta(days=900), PersonErased(person_id=person))
    return sealed(scribe._commands, place.vault, len(place.rows))


@pytest.mark.parametrize("budget", [0, 1, 30, 10_000])
def test_what_was_forgotten_is_loaded_again_and_right(place: Place, budget: int) -> None:
    own = place.memory(0, budget)
    for at in range(0, len(place.rows), 20):
        some = place.rows[at : at + 20]
        recorded_in(place.engines, some)
        take_in(own, some)
        assert answers(own, place.source) == place.expected(at + 20)
        own.forget_some()
        assert own.cost <= budget
    assert own.cost == sum(own._costs.values())
    held = {key for keys in own._by_tag.values() for key in keys}
    assert held == set(own._held)
    assert all(own._by_tag.values())


def test_what_was_asked_for_last_is_forgotten_last(full: Place) -> None:
    own = full.memory(len(full.rows), budget=20)
    answers(own, full.source)
    own.know(Person(ADA))
    own.forget_some()
    assert (Person, (ADA,)) in own._held
    assert (Person, (BEN,)) not in own._held


def test_nothing_is_asked_about_nobody(place: Place) -> None:
    own = place.memory(0)
    own.fill(place.source, [lambda: own.know(Person(None)), lambda: own.know(Between(None, BEN))])
    assert own.cost == 0


def test_a_fact_without_its_place_in_the_log_is_known_in_its_turn(full: Place) -> None:
    """What one command of a group brought about, and a later one has to load anew."""
    own = full.memory(len(full.rows))
    again = ConsentGiven(person_id=BEN, purpose=Purpose.RESEARCH)
    own.anticipate(again, again, again.tags())
    own.fill(full.source, [lambda: own.know(Person(BEN))])
    assert Purpose.RESEARCH in own.know(Person(BEN)).consents
    own.advance(len(full.rows) + 1)
    assert own.know(Person(BEN)).consents == {Purpose.RESEARCH}


def test_what_can_not_be_read_leaves_nothing_half_known(full: Place) -> None:
    parts: dict[str, bytes] = {}
    broken = Memory(len(full.rows), Unreadable(full.vault, parts.__getitem__))
    with pytest.raises(ValueError, match="tampered with"):
        broken.fill(full.source, [lambda: broken.know(Cohort(AUTUMN))])
    assert broken.cost == 0
    assert broken.know(Cohort(AUTUMN)) == Cohort(AUTUMN)


class Unreadable(Reading):
    def __call__(self, event: Event) -> Event:
        if event.name == "cohort.started":
            raise ValueError("a sealed score was tampered with")
        return super().__call__(event)
