"""A worker that goes through the log in order, and what it can't do."""

from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import timedelta
from threading import Thread
from typing import Any

import psycopg
import pytest
from pydantic import BaseModel

from services.clock import SetClock
from services.dead_letters.faults import Fault, TryAgain, passes
from services.dead_letters.orders import By, give
from services.engines.addresses import Engines
from services.log.log import Stored
from services.process.checkpoints import checkpoint_of
from services.process.in_order import InOrder, subject
from tests.scenes.at_work import end_connections, recorded_in, stored
from tests.scenes.history import history
from tests.scenes.world import NOON

WORKER = "policies"


@pytest.fixture
def rows(fresh: Engines) -> list[Stored]:
    """What the log has."""
    return recorded_in(fresh, map(stored, history()))


@pytest.fixture
def look(fresh: Engines) -> Iterator[psycopg.Connection]:
    with psycopg.connect(fresh.programme["operator"], autocommit=True) as connection:
        yield connection


def worker(engines: Engines, do: Callable[[int], None], clock: SetClock | None = None) -> InOrder:
    """Policies with `do` for what they do about a position."""
    url = engines.programme[WORKER]
    return InOrder(WORKER, url, clock or SetClock(NOON), lambda _, row: do(row.position))


def letters(look: psycopg.Connection) -> list[tuple[int, str, int]]:
    query = "SELECT position, state, attempts FROM work.letters ORDER BY position"
    return look.execute(query).fetchall()


def family(rows: list[Stored]) -> list[int]:
    """The positions of the subject that most events are about."""
    by_subject: dict[str, list[int]] = {}
    for row in rows:
        by_subject.setdefault(subject(row), []).append(row.position)
    return max(by_subject.values(), key=len)


class Done:
    """What was done, in order; `fails` raises for some positions."""

    def __init__(self, fails: Callable[[int], Exception | None]) -> None:
        self.fails, self.positions = fails, list[int]()

    def __call__(self, position: int) -> None:
        if error := self.fails(position):
            raise error
        self.positions.append(position)


def at(position: int, error: Exception) -> Callable[[int], Exception | None]:
    return lambda one: error if one == position else None


def test_what_fails_is_put_aside_its_key_waits_and_the_rest_goes_on(
    fresh: Engines, rows: list[Stored], look: psycopg.Connection
) -> None:
    first, second, *later = family(rows)
    done = Done(at(second, ValueError()))
    with closing(worker(fresh, done)) as own:
        own.take(len(rows))
        assert own.checkpoint() == len(rows)
    assert letters(look) == [(second, "dead", 1), *((one, "waiting", 0) for one in later)]
    assert done.positions == [one.position for one in rows if one.position not in (second, *later)]
    assert first in done.positions


def test_what_comes_after_a_restart_waits_too(
    fresh: Engines, rows: list[Stored], look: psycopg.Connection
) -> None:
    first, *later = family(rows)
    done = Done(at(first, ValueError()))
    for upto in (first, len(rows)):
        with closing(worker(fresh, done)) as own:
            own.take(upto)
    assert letters(look) == [(first, "dead", 1), *((one, "waiting", 0) for one in later)]


@pytest.mark.parametrize("error", [TryAgain(), OSError(), psycopg.OperationalError()])
def test_what_passes_by_itself_is_put_aside_never(
    fresh: Engines, rows: list[Stored], look: psycopg.Connection, error: Exception
) -> None:
    done = Done(at(5, error))
    with closing(worker(fresh, done)) as own:
        for _ in range(9):
            with pytest.raises(type(error)):
                own.take(len(rows))
        assert own.checkpoint() == 0
        done.fails = lambda _: None
        own.take(len(rows))
        assert own.checkpoint() == len(rows)
    assert letters(look) == []


def test_letters_and_place_move_together_or_not_at_all(
    fresh: Engines, rows: list[Stored], look: psycopg.Connection
) -> None:
    first = family(rows)[0]

    def fails(position: int) -> Exception | None:
        if position == len(rows):
            end_connections(fresh, WORKER)
        return ValueError() if position == first else None

    done = Done(fails)
    with closing(worker(fresh, done)) as own:
        with pytest.raises(psycopg.Error):
            own.take(len(rows))
        assert (own.checkpoint(), letters(look)) == (0, [])
        done.fails = at(first, ValueError())
        own.take(len(rows))
        assert own.checkpoint() == len(rows)
    assert letters(look)[0] == (first, "dead", 1)


def test_two_copies_do_each_thing_once(fresh: Engines, rows: list[Stored]) -> None:
    done = Done(lambda _: None)
    copies = [worker(fresh, done) for _ in range(2)]
    threads = [Thread(target=one.take, args=(len(rows),)) for one in copies]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for one in copies:
        one.close()
    assert done.positions == [row.position for row in rows]


def test_one_that_fails_again_is_the_same_letter_and_holds_its_key(
    fresh: Engines, rows: list[Stored], look: psycopg.Connection
) -> None:
    first, second, *later = family(rows)
    done = Done(at(first, ValueError()))
    with closing(worker(fresh, done)) as own:
        own.take(len(rows))
        done.fails = at(second, KeyError())
        redrive(look)
        own.mend()
        waiting = [(one, "waiting", 0) for one in later]
        assert letters(look) == [(first, "done", 2), (second, "dead", 1), *waiting]
        redrive(look)
        own.mend()
        assert letters(look) == [(first, "done", 2), (second, "dead", 2), *waiting]
        done.fails = lambda _: None
        done.positions.clear()
        redrive(look)
        own.mend()
    assert done.positions == [second, *later]
    assert {state for _, state, _ in letters(look)} == {"done"}


def test_a_rate_is_kept_to_by_the_clock(
    fresh: Engines, rows: list[Stored], look: psycopg.Connection
) -> None:
    first, *later = family(rows)
    clock, done = SetClock(NOON), Done(at(first, ValueError()))
    with closing(worker(fresh, done, clock)) as own:
        own.take(len(rows))
        done.fails = lambda _: None
        done.positions.clear()
        redrive(look, per_second=2.0)
        own.mend()
        assert done.positions == [first]
        own.mend()
        assert done.positions == [first]
        clock.set(NOON + timedelta(seconds=1))
        own.mend()
        assert done.positions == [first, *later][:3]


def redrive(look: psycopg.Connection, per_second: float | None = None) -> None:
    """An order to take in all that is dead."""
    found = look.execute("SELECT letter FROM work.letters WHERE state = 'dead'").fetchall()
    dead = [letter for (letter,) in found]
    by = By("olive", "the rule is mended", NOON)
    give(look, "redrive", WORKER, by, letters=dead, per_second=per_second)


def test_a_letter_never_tells_what_an_error_says() -> None:
    class Form(BaseModel):
        age: int

    def raised(what: Callable[[], Any]) -> Exception:
        try:
            what()
        except Exception as error:  # noqa: BLE001 - whatever it is
            return error
        raise AssertionError

    def spoken() -> None:
        raise ValueError("Ada Tregenza is cross")

    for error in (raised(spoken), raised(lambda: Form.model_validate({"age": "Ada Tregenza"}))):
        fault = Fault.of(error)
        assert type(error).__name__ == fault.error
        assert "Ada" not in repr(fault)
    assert "age: int_parsing" in fault.problem


def test_an_event_that_can_not_be_read_is_known_by_its_rarest_tag() -> None:
    assert subject(Stored(1, "x.v1", ["person_1", "cohort_1"], b"\xff")) == "person_1"
    assert subject(Stored(1, "x.v1", [], b"{}")) == "*"


def test_what_the_database_will_never_take_does_not_pass() -> None:
    assert not passes(psycopg.errors.NumericValueOutOfRange())
    assert not passes(psycopg.errors.NotNullViolation())
    assert passes(psycopg.errors.SerializationFailure())
    assert not passes(LookupError())


def test_a_worker_without_a_place_says_what_to_do(fresh: Engines, look: psycopg.Connection) -> None:
    with pytest.raises(LookupError, match="provision"):
        checkpoint_of(look, "nobody")


def test_a_dead_letter_is_still_one_after_its_worker_was_set_back(
    fresh: Engines, rows: list[Stored], look: psycopg.Connection
) -> None:
    first, *later = family(rows)
    done = Done(at(first, ValueError()))
    with closing(worker(fresh, done)) as own:
        own.take(len(rows))
        look.execute("UPDATE work.places SET position = 0 WHERE worker = %s", (WORKER,))
        own.take(len(rows))
        assert letters(look) == [(first, "dead", 1), *((one, "waiting", 0) for one in later)]
        done.fails = lambda _: None
        redrive(look)
        own.mend()
    assert {state for _, state, _ in letters(look)} == {"done"}


def test_an_order_that_was_interrupted_as_it_began_is_begun_again(
    fresh: Engines, rows: list[Stored], look: psycopg.Connection
) -> None:
    done = Done(at(family(rows)[0], ValueError()))
    with closing(worker(fresh, done)) as own:
        own.take(len(rows))
        done.fails = lambda _: None
        redrive(look)
        end_connections(fresh, WORKER)  # in the middle of its first look at the letters
        with pytest.raises(psycopg.Error):
            own.mend()
        own.mend()
        own.mend()
    assert {state for _, state, _ in letters(look)} == {"done"}
    (outcome,) = look.execute("SELECT outcome ->> 'done' FROM work.orders").fetchone() or ()
    assert int(outcome) == len(letters(look))
