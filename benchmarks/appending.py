"""Prepared events in batches of 100: our turn and write beside COPY of the very same bytes."""

from collections.abc import Iterator
from itertools import count
from time import perf_counter
from typing import Final

import psycopg

from benchmarks import history
from benchmarks.bench import Bench, bench
from benchmarks.pace import Pace
from benchmarks.table import Row, alternated, beside
from services.log.log import turn, write

BATCH: Final = 100
BEFORE: Final = 1_000  # people whose facts are in the log already
EQUAL: Final = """
    CREATE SCHEMA peer;
    GRANT USAGE ON SCHEMA peer TO commands;
    CREATE TABLE peer.events (LIKE log.events INCLUDING ALL);
    CREATE TABLE peer.tags (LIKE log.tags INCLUDING ALL);
    INSERT INTO peer.events SELECT * FROM log.events;
    INSERT INTO peer.tags SELECT * FROM log.tags;
    GRANT INSERT ON peer.events, peer.tags TO commands;
"""
COLUMNS: Final = {"events": "position, type, tags, document", "tags": "tag, type, position"}


def rows(pace: Pace) -> Iterator[Row]:
    """The row on prepared events."""
    with bench() as at:
        head = history.append(at, history.lives(0, BEFORE))
        with psycopg.connect(at.engines.programme["owner"]) as owner:
            owner.execute(EQUAL)
        ours, peer = _taken(at, head, pace.batches)
    yield beside(
        f"append of prepared events, batches of {BATCH}, beside raw COPY",
        BATCH / ours,
        BATCH / peer,
        "events/s",
        least=0.6,
    )


def _taken(at: Bench, head: int, batches: int) -> list[float]:
    """Seconds for a batch: of ours, and of the same rows as COPY took them out of our tables."""
    number = count()
    with psycopg.connect(at.programme, autocommit=True) as connection:

        def ours() -> float:
            first = next(number) * BATCH
            facts = [history.invited(first + one, history.cohort(first)) for one in range(BATCH)]
            prepared = list(history.in_the_clear(facts, head + first, "batch"))
            began = perf_counter()
            with turn(connection) as my:
                write(my, prepared)
            return perf_counter() - began

        def peer() -> float:
            written = {table: _copied(connection, table) for table in COLUMNS}
            began = perf_counter()
            with connection.transaction(), connection.cursor() as cursor:
                for table, body in written.items():
                    into = f"COPY peer.{table} ({COLUMNS[table]}) FROM STDIN (FORMAT BINARY)"
                    with cursor.copy(into.encode()) as copy:
                        copy.write(body)
            return perf_counter() - began

        return alternated(batches, ours, peer)


def _copied(connection: psycopg.Connection, table: str) -> bytes:
    """The newest batch of one of our tables, in the binary form that COPY takes."""
    out = (
        f"COPY (SELECT {COLUMNS[table]} FROM log.{table} WHERE position >"  # noqa: S608 - our own names
        f" (SELECT max(position) - {BATCH} FROM log.events)) TO STDOUT (FORMAT BINARY)"
    )
    with connection.cursor().copy(out.encode()) as copy:
        return b"".join(bytes(part) for part in copy)
