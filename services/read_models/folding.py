"""Folds events into one build of a read model; what can't be folded is put aside, key by key."""

from collections import OrderedDict
from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from typing import Any, Final, NamedTuple

import psycopg
import structlog

from events.catalogue import Recorded, decode
from projections.projection import Projection, Row
from services.dead_letters.faults import Fault
from services.dead_letters.parking import Parked, given_up, park, queue
from services.log.log import Stored
from services.read_models.builds import Build, changed, load, store

BUILDING: Final = "building"
EVERY_ROW: Final = "*"  # the key of an event of which nobody knows what rows it touches
REMEMBERED: Final = 20_000  # rows that are kept in memory between batches
logger = structlog.get_logger()


class LogEntry(NamedTuple):
    """One row of the log and what it says, or why it can't be read."""

    row: Stored
    fact: Recorded[Any] | None
    fault: Exception | None = None

    def known(self) -> Recorded[Any]:
        """What it says; raises what stands in the way."""
        if self.fact is None:
            raise self.fault or ValueError("it can't be read")
        return self.fact


class CantBeRead(RuntimeError):
    """A build that is not shown yet has met an event that it can't read, and ends there."""

    def __init__(self, position: int) -> None:
        super().__init__(f"the event at position {position} can't be read")
        self.position = position


def entry(row: Stored) -> LogEntry:
    """Read one row of the log, once for all projections."""
    try:
        return LogEntry(row, decode(row.document))
    except Exception as error:  # noqa: BLE001 - whatever is wrong with it, its dead letter tells
        return LogEntry(row, None, error)


class Folding:
    """Folds into one build. It remembers rows between batches, as long as nobody else moved it."""

    def __init__(
        self, projection: Projection[Any], build: Build, now: Callable[[], datetime]
    ) -> None:
        self.projection, self.build, self._now = projection, build, now
        self._rows: OrderedDict[str, Row | None] = OrderedDict()
        self._at = (-1, 0)

    def fold(
        self,
        connection: psycopg.Connection,
        build: Build,
        events: Sequence[LogEntry],
        aside: set[str],
    ) -> int:
        """Fold events that follow the checkpoint of `build` as it is now; how far, for `move`.

        `aside` are the keys for which something is put aside. Must be called in a transaction that
        holds the build; if that is rolled back, this object is no good any more.
        """
        upto = build.position
        if self._at != (upto, build.changes):
            self._rows.clear()
        self._at = (-1, 0)
        touched, upto = self._touched(connection, upto, events)
        self._remember(connection, touched)
        self._store(connection, touched, self._folded(connection, touched, aside))
        while len(self._rows) > REMEMBERED:
            self._rows.popitem(last=False)
        self._at = (upto, build.changes)
        return upto

    def fold_one(self, connection: psycopg.Connection, event: LogEntry, key: str) -> None:
        """Fold one event that was put aside into one row.

        With key `*` it is only seen whether its rows are known now: the checkpoint stands before
        it, so the next batch folds it, and keeps to what is put aside for each of those rows.
        """
        fact = event.known()
        if key == EVERY_ROW:
            list(self.projection.keys(fact.event))
            return
        before = dict(load(connection, self.projection, self.build, [key])).get(key)
        store(connection, self.build, {key: self.projection.fold(before, fact, key)})
        changed(connection, self.build)

    def _touched(
        self, connection: psycopg.Connection, upto: int, events: Sequence[LogEntry]
    ) -> tuple[list[tuple[LogEntry, list[str]]], int]:
        """Each event that is of concern with its keys, and how far they are known."""
        touched: list[tuple[LogEntry, list[str]]] = []
        for event in events:
            try:
                keys = list(self.projection.keys(event.known().event))
            except Exception as error:
                if not given_up(connection, self.projection.name, EVERY_ROW, event.row.position):
                    if self.build.state == BUILDING:
                        raise CantBeRead(event.row.position) from error
                    self._park(connection, event, EVERY_ROW, error)
                    return touched, upto
                keys = []
            upto = event.row.position
            if keys:
                touched.append((event, keys))
        return touched, upto

    def _remember(
        self, connection: psycopg.Connection, touched: Iterable[tuple[LogEntry, list[str]]]
    ) -> None:
        """Load the rows that are not in memory, and hold them there last."""
        keys = dict.fromkeys(key for _, found in touched for key in found)
        missing = [key for key in keys if key not in self._rows]
        for key in keys.keys() - set(missing):
            self._rows.move_to_end(key)
        if missing:
            self._rows.update(dict.fromkeys(missing))
            self._rows.update(load(connection, self.projection, self.build, missing))

    def _folded(
        self,
        connection: psycopg.Connection,
        touched: Iterable[tuple[LogEntry, list[str]]],
        aside: set[str],
    ) -> dict[str, Row | None]:
        """The rows that change. Folds are pure: what fails once fails again, so it is parked."""
        after: dict[str, Row | None] = {}
        rows, fold = self._rows, self.projection.fold
        for event, keys in touched:
            for key in keys:
                if key in aside:
                    queue(connection, self._parked(event, key), self._now())
                    continue
                try:
                    rows[key] = after[key] = fold(rows[key], event.known(), key)
                except Exception as error:  # noqa: BLE001 - its dead letter tells
                    if not given_up(connection, self.projection.name, key, event.row.position):
                        aside.add(key)
                        self._park(connection, event, key, error)
        return after

    def _store(
        self,
        connection: psycopg.Connection,
        touched: Iterable[tuple[LogEntry, list[str]]],
        after: dict[str, Row | None],
    ) -> None:
        if not after:
            return
        try:
            with connection.transaction():
                store(connection, self.build, after)
        except (psycopg.DataError, psycopg.IntegrityError):
            for key, row in after.items():
                self._store_alone(connection, touched, key, row)

    def _store_alone(
        self,
        connection: psycopg.Connection,
        touched: Iterable[tuple[LogEntry, list[str]]],
        key: str,
        row: Row | None,
    ) -> None:
        """Store one row; if the database won't have it, it stays as it was before these events."""
        try:
            with connection.transaction():
                store(connection, self.build, {key: row})
        except (psycopg.DataError, psycopg.IntegrityError) as error:
            self._rows.pop(key)
            first, *later = [event for event, keys in touched if key in keys]
            self._park(connection, first, key, error)
            for event in later:
                queue(connection, self._parked(event, key), self._now())

    def _park(
        self, connection: psycopg.Connection, event: LogEntry, key: str, error: Exception
    ) -> None:
        fault, what = Fault.of(error), self._parked(event, key)
        park(connection, what, fault, self._now())
        logger.error("letter.dead", **what._asdict(), **fault._asdict())

    def _parked(self, event: LogEntry, key: str) -> Parked:
        return Parked(self.build.name, key, event.row.position, event.row.type)
