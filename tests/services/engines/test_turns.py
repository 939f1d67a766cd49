"""Turns that outlast a transaction, and who can take one."""

import asyncio
import threading
from collections.abc import Iterator
from contextlib import contextmanager

import psycopg
import pytest

from services.clock import SystemClock
from services.engines.addresses import Engines
from services.engines.turns import TurnIsOver, held, held_async
from services.log.log import Stored, head_of_log, turn, write
from services.log.statements import WRITERS_TURN
from services.notices.dispatch import SENDERS_TURN
from services.read_models.builds import builds, point_view
from services.workers.projector import Projector
from tests.scenes.at_work import end_connections
from tests.scenes.damaged import someone_waits
from tests.scenes.watching import until


def test_one_at_a_time_has_a_turn_and_the_next_waits_or_goes_away(fresh: Engines) -> None:
    url, came = fresh.programme["notifier"], threading.Event()

    def wait() -> None:
        with held(url, SENDERS_TURN, wait=True) as mine:
            assert mine
            came.set()

    with held(url, SENDERS_TURN) as first:
        assert first
        with held(url, SENDERS_TURN) as second:
            assert second is None
        thread = threading.Thread(target=wait)
        thread.start()
        until(lambda: someone_waits(fresh))
        assert not came.is_set()
        first.must_last()
    thread.join()
    assert came.is_set()


def go_on_without(engines: Engines) -> None:
    with held(engines.programme["notifier"], SENDERS_TURN) as mine:
        assert mine
        end_connections(engines, "notifier")
        until(mine.must_last)


def test_a_turn_that_was_taken_away_is_noticed(fresh: Engines) -> None:
    with pytest.raises(TurnIsOver):
        go_on_without(fresh)


def test_in_an_event_loop_too(fresh: Engines) -> None:
    async def scene() -> None:
        url = fresh.programme["notifier"]
        async with held_async(url, SENDERS_TURN) as mine, held_async(url, SENDERS_TURN) as other:
            assert mine
            assert other is None
            mine.must_last()

    asyncio.run(scene())


@contextmanager
def at_it(url: str, statements: list[str]) -> Iterator[None]:
    """Somebody who has come in tries to hold up the others, and stays."""
    with psycopg.connect(url) as thief:
        for statement in statements:
            try:
                with thief.transaction():
                    thief.execute(statement.encode())
            except psycopg.Error:
                pass
        yield


@pytest.mark.parametrize(
    "role", ["auditor", "console", "relay", "operator", "projector", "notifier"]
)
def test_nobody_else_can_hold_up_the_writer(fresh: Engines, role: str) -> None:
    tries = [
        WRITERS_TURN,
        "LOCK TABLE log.writers_turn IN ACCESS SHARE MODE",
        "LOCK TABLE log.events IN ACCESS EXCLUSIVE MODE",
        "LOCK TABLE log.events IN SHARE MODE",
        "LOCK TABLE log.events IN ROW EXCLUSIVE MODE",
        "SELECT * FROM log.events FOR UPDATE",
        "SELECT * FROM log.events FOR KEY SHARE",
        "SELECT pg_advisory_lock(5009255)",
        "SELECT count(*) FROM log.events",  # and a snapshot, for as long as it stays
        "LISTEN log",
    ]
    with (
        at_it(fresh.programme[role], tries),
        psycopg.connect(fresh.programme["commands"], autocommit=True) as writer,
    ):
        writer.execute("SET lock_timeout = '1s'")
        with turn(writer) as mine:
            assert mine.head == 0


def fill_the_queue(connection: psycopg.Connection) -> None:
    for _ in range(20):
        connection.execute(
            "SELECT pg_notify('much', repeat('x', 7900) || n) FROM generate_series(1, 500) AS n"
        )


def test_a_full_queue_of_notifications_keeps_nobody_from_writing(fresh: Engines) -> None:
    """Anybody may notify, and who listens in a transaction keeps the queue from being emptied."""
    auditor = fresh.programme["auditor"]
    with (
        psycopg.connect(auditor) as listener,
        psycopg.connect(auditor, autocommit=True) as notifying,
        psycopg.connect(fresh.programme["commands"], autocommit=True) as writer,
    ):
        listener.execute("LISTEN anything")
        listener.commit()
        listener.execute("SELECT 1")
        with pytest.raises(psycopg.errors.ProgramLimitExceeded):
            fill_the_queue(notifying)
        with turn(writer) as mine:
            write(mine, [Stored(1, "t", ["a"], b"")])
        assert head_of_log(writer) == 1


def test_who_reads_for_long_holds_up_a_switch_for_moments_only(fresh: Engines) -> None:
    """While a view waits to be pointed elsewhere, whoever wants to read it waits as well."""
    projector = Projector(fresh.programme["projector"], SystemClock())
    projector.prepare()
    projector.close()
    with (
        psycopg.connect(fresh.programme["console"]) as reader,
        psycopg.connect(fresh.programme["projector"], autocommit=True) as own,
    ):
        reader.execute("SELECT count(*) FROM read.agenda")
        (build,) = (one for one in builds(own) if one.projection == "agenda")
        with pytest.raises(psycopg.errors.LockNotAvailable):
            point_view(own, build)
        reader.rollback()
        point_view(own, build)
