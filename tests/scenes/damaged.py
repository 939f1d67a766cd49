"""A log that was shortened, altered or put back, as only the owner of its tables can do it."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, LiteralString, NamedTuple

import psycopg

from services.engines.addresses import Engines


class Cut(NamedTuple):
    """What was taken from the end of a log: rows of its events, and of their tags."""

    events: list[Any]
    tags: list[Any]


def shortened(engines: Engines, head: int) -> Cut:
    """The log ends at `head` now, as one that was restored from an older backup."""
    with _unguarded(engines) as owner:
        events = "DELETE FROM log.events WHERE position > %s RETURNING *"
        tags = "DELETE FROM log.tags WHERE position > %s RETURNING *"
        return Cut(*(owner.execute(one, (head,)).fetchall() for one in (events, tags)))


def put_back(engines: Engines, cut: Cut) -> None:
    """The log has again what was taken from it, instead of what came since."""
    with _unguarded(engines) as owner, owner.cursor() as cursor:
        first = min(position for position, *_ in cut.events)
        cursor.execute("DELETE FROM log.events WHERE position >= %s", (first,))
        cursor.execute("DELETE FROM log.tags WHERE position >= %s", (first,))
        cursor.executemany("INSERT INTO log.events VALUES (%s, %s, %s, %s)", cut.events)
        cursor.executemany("INSERT INTO log.tags VALUES (%s, %s, %s)", cut.tags)


def altered(engines: Engines, position: int, document: bytes) -> bytes:
    """One event is another one now; what it was."""
    with _unguarded(engines) as owner:
        query = "SELECT document FROM log.events WHERE position = %s"
        (before,) = owner.execute(query, (position,)).fetchone() or ()
        update = "UPDATE log.events SET document = %s WHERE position = %s"
        owner.execute(update, (document, position))
    return bytes(before)


def someone_waits(engines: Engines) -> bool:
    """Whether anybody waits for a lock of the database's."""
    with psycopg.connect(engines.programme["owner"]) as owner:
        return owner.execute("SELECT FROM pg_locks WHERE NOT granted").fetchone() is not None


@contextmanager
def _unguarded(engines: Engines) -> Iterator[psycopg.Connection]:
    with psycopg.connect(engines.programme["owner"]) as owner:
        for table in ("events", "tags"):
            owner.execute(f"ALTER TABLE log.{table} DISABLE TRIGGER USER".encode())
        yield owner
        for table in ("events", "tags"):
            owner.execute(f"ALTER TABLE log.{table} ENABLE TRIGGER USER".encode())


def tampered(engines: Engines, *statements: LiteralString) -> None:
    """Statements of somebody who may do anything to the log."""
    with _unguarded(engines) as owner:
        for statement in statements:
            owner.execute(statement)
