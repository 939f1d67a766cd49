"""Builds a read model anew beside the one that serves, compares them, and lets it take over.

Orders of operators, and of a changed version at the start, are carried out one after the other in
a thread of the projector's; an interrupted one goes on where it was. docs/decisions/010-rebuild.md
"""

import threading
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from typing import Any, Final, NamedTuple

import psycopg
import structlog
from psycopg.sql import SQL

from events.catalogue import Recorded
from projections.projection import Projection
from services.clock import Clock
from services.dead_letters.parking import Fault, finish, passes
from services.log.log import head_seen_by, page
from services.read_models.builds import (
    Build,
    builds,
    change_state,
    changed,
    drop,
    make,
    move,
    point_view,
    store,
)
from services.read_models.folding import EVERY_ROW, CantBeRead, Folder, Told, given_up, told

CHUNK: Final = 5000  # events for each commit of a build that nobody reads yet
NEAR: Final = 1000  # events behind the head at which it is time to take over
PAUSE: Final = 2.0  # seconds until what could not be gone on with is tried again
ORDERS: Final = (
    "SELECT number, verb, worker, details FROM work.orders WHERE worker = ANY(%s)"
    " AND verb IN ('rebuild', 'rollback', 'replay') AND finished_at IS NULL ORDER BY number"
)
log = structlog.get_logger()


class Wanted(NamedTuple):
    """An order: `worker` is the projection's name; `details` has `from` for a replay."""

    number: int
    verb: str
    worker: str
    details: dict[str, Any]


class Compared(NamedTuple):
    """How the rows of two builds at one place differ; `keys` are some of those that do."""

    same: int
    changed: int
    only_old: int
    only_new: int
    keys: list[str]


class CantBeDone(RuntimeError):
    """An order that makes no sense as things are; the text says why."""


class Rebuilding:
    """What the projector builds beside its daily work. `carry_out` is its only daily part."""

    def __init__(self, url: str, clock: Clock, projections: Iterable[Projection[Any]]) -> None:
        self._url, self._clock = url, clock
        self._projections = {one.name: one for one in projections}
        self._thread: threading.Thread | None = None
        self._stop = threading.Event()

    def close(self) -> None:
        """Stop after the chunk in hand; the next start goes on from there."""
        self._stop.set()
        if self._thread:
            self._thread.join()

    def order_changed(self, connection: psycopg.Connection) -> None:
        """Order what serves with another version than the code's to be built anew, once."""
        standing = {one.projection: one for one in builds(connection) if one.state == "serving"}
        for name, projection in self._projections.items():
            if standing[name].version != projection.version:
                reason = f"version {projection.version} follows version {standing[name].version}"
                connection.execute(
                    "INSERT INTO work.orders (verb, worker, who, reason, given_at)"
                    " SELECT 'rebuild', %s, 'system:projector', %s, %s WHERE NOT EXISTS"
                    " (SELECT FROM work.orders WHERE verb = 'rebuild' AND worker = %s"
                    " AND finished_at IS NULL)",
                    (name, reason, self._clock.now(), name),
                )

    def carry_out(self, connection: psycopg.Connection) -> None:
        """Begin with what is ordered, if nothing is in hand."""
        if self._thread and self._thread.is_alive():
            return
        found = connection.execute(ORDERS, (list(self._projections),)).fetchall()
        if found:
            wanted = Wanted(*found[0])
            self._thread = threading.Thread(
                target=self._work, args=(wanted,), name=f"{wanted.verb} {wanted.worker}"
            )
            self._thread.start()

    def _work(self, wanted: Wanted) -> None:
        try:
            with psycopg.connect(self._url, autocommit=True) as connection:
                one = Rebuild(connection, self._projections[wanted.worker], self._clock, self._stop)
                if one.alone():
                    one.carry_out(wanted)
        except Exception as error:
            log.exception("order.interrupted", order=wanted.number, worker=wanted.worker)
            if not passes(error):
                self._give_up(wanted, error)
            self._stop.wait(PAUSE)

    def _give_up(self, wanted: Wanted, error: Exception) -> None:
        """A fault of ours in one order must not hold up all that come after it."""
        with suppress(psycopg.Error), psycopg.connect(self._url, autocommit=True) as connection:
            fault = Fault.of(error)
            problem = f"it failed: {fault.error}: {fault.problem}"
            finish(connection, wanted.number, {"problem": problem}, self._clock.now())


class Rebuild:
    """One projection's builds, on a connection of one's own."""

    def __init__(
        self,
        connection: psycopg.Connection,
        projection: Projection[Any],
        clock: Clock,
        stop: threading.Event,
    ) -> None:
        self._connection, self._projection = connection, projection
        self._clock, self._stop = clock, stop

    def alone(self) -> bool:
        """Whether nobody else builds this projection; held until the connection ends."""
        row = self._connection.execute(
            "SELECT pg_try_advisory_lock(hashtext('rebuild'), hashtext(%s))",
            (self._projection.name,),
        ).fetchone()
        return bool(row and row[0])

    def carry_out(self, wanted: Wanted) -> None:
        """Do what is ordered, and say what came of it; nothing if it was stopped before the end."""
        log.info("order.begun", order=wanted.number, verb=wanted.verb, worker=wanted.worker)
        try:
            outcome = self._outcome(wanted)
        except (CantBeDone, CantBeRead) as error:
            outcome = {"problem": str(error)}
        if outcome is not None:
            finish(self._connection, wanted.number, outcome, self._clock.now())
            log.info("order.finished", order=wanted.number, verb=wanted.verb, worker=wanted.worker)

    def _outcome(self, wanted: Wanted) -> dict[str, Any] | None:
        match wanted.verb:
            case "rebuild":
                compared = self.rebuild()
                return compared and compared._asdict()
            case "rollback":
                return {"serving": self.roll_back()}
            case _:
                return {"rows": self.replay(int(wanted.details["from"]))}

    def rebuild(self) -> Compared | None:
        """Fill a build from the log, and let it take over; None if stopped before."""
        new = self._of_state("building")
        if new and new.version != self._projection.version:
            with self._connection.transaction():
                drop(self._connection, new)  # begun by other code
            new = None
        if new is None:
            with self._connection.transaction():
                new = make(self._connection, self._projection, "building")
        folder = Folder(self._projection, new, self._clock.now)
        while not self._stop.is_set():
            if self._head() - new.position <= NEAR:
                return self._take_over(folder, new)
            with self._connection.transaction():
                new = self._chunk(folder, new)
        return None

    def roll_back(self) -> str:
        """Let the build that was kept serve again; its name. CantBeDone if there is none."""
        with self._connection.transaction():
            kept, old = self._of_state("kept"), self._of_state("serving")
            if kept is None or old is None:
                raise CantBeDone("no older build is kept: there is nothing to go back to")
            if kept.version != self._projection.version:
                raise CantBeDone(
                    f"the build that is kept has version {kept.version}, and this code folds"
                    f" version {self._projection.version}: put the older code in place first"
                )
            self._swap(old, kept)
        return kept.name

    def replay(self, first: int) -> int:
        """Fold the rows that events from position `first` on touched anew; how many those were.

        In one transaction, in which the projector waits.
        """
        with self._connection.transaction():
            build = self._of_state("serving", lock=True)
            if build is None or build.version != self._projection.version:
                raise CantBeDone("no build of this version serves: rebuild it first")
            keys = self._touched(first, build.position) - self._put_aside(build)
            rows = self._folded(keys, build.position)
            store(self._connection, build, {**dict.fromkeys(keys), **rows})
            changed(self._connection, build)
        return len(keys)

    def _folded(self, keys: set[str], upto: int) -> dict[str, Any]:
        rows: dict[str, Any] = {}
        for fact, touched in self._told(0, upto):
            for key in keys.intersection(touched):
                try:
                    rows[key] = self._projection.fold(rows.get(key), fact, key)
                except Exception:
                    if not self._given_up(key, fact.envelope.position):
                        raise
        return rows

    def _touched(self, first: int, upto: int) -> set[str]:
        return {key for _, touched in self._told(first - 1, upto) for key in touched}

    def _told(self, place: int, upto: int) -> Iterator[tuple[Recorded[Any], list[str]]]:
        """What happened, with the keys of each, but for what can't be read and was given up."""
        for event in self._events(place, upto):
            try:
                fact = event.known()
                keys = list(self._projection.keys(fact.event))
            except Exception:
                if not self._given_up(EVERY_ROW, event.row.position):
                    raise
            else:
                yield fact, keys

    def _given_up(self, key: str, position: int) -> bool:
        return given_up(self._connection, self._projection, key, position)

    def _put_aside(self, build: Build) -> set[str]:
        found = self._connection.execute(
            "SELECT key FROM work.letters WHERE worker = %s AND state IN ('dead', 'waiting')",
            (build.name,),
        )
        return {key for (key,) in found}

    def _events(self, place: int, upto: int) -> Iterator[Told]:
        while place < upto:
            with self._connection.cursor(binary=True) as cursor:
                rows = page(cursor, place, CHUNK, upto)
            yield from map(told, rows)
            place = rows[-1].position

    def _chunk(self, folder: Folder, new: Build, upto: int | None = None) -> Build:
        """Fold the next events; the build as it is then."""
        with self._connection.cursor(binary=True) as cursor:
            events = [told(row) for row in page(cursor, new.position, CHUNK, upto)]
        moved = folder.fold(self._connection, new, events, self._put_aside(new))
        move(self._connection, {new: moved})
        log.info("rebuild.progress", build=new.name, position=moved)
        return new._replace(position=moved)

    def _take_over(self, folder: Folder, new: Build) -> Compared:
        """Fold what is left while the old one rests, compare, and switch: one transaction."""
        with self._connection.transaction():
            old = self._of_state("serving", lock=True)
            upto = max(old.position if old else 0, new.position)
            while new.position < upto:
                new = self._chunk(folder, new, upto)
            compared = self._compared(old, new) if old else Compared(0, 0, 0, 0, [])
            self._swap(old, new)
        log.info("rebuild.switched", build=new.name, **compared._asdict())
        return compared

    def _swap(self, old: Build | None, new: Build) -> None:
        """`new` serves; `old` is kept, and one that was kept till now is dropped."""
        kept = self._of_state("kept")
        if kept and kept.build != new.build:
            drop(self._connection, kept)
        if old:
            change_state(self._connection, old, "kept")
        change_state(self._connection, new, "serving")
        point_view(self._connection, new)

    def _compared(self, old: Build, new: Build) -> Compared:
        row = self._connection.execute(
            SQL(
                "SELECT count(*) FILTER (WHERE o.row = n.row),"
                " count(*) FILTER (WHERE o.row <> n.row), count(*) FILTER (WHERE n.key IS NULL),"
                " count(*) FILTER (WHERE o.key IS NULL),"
                " (array_agg(key) FILTER (WHERE o.row IS DISTINCT FROM n.row))[1:10]"
                " FROM {} AS o FULL JOIN {} AS n USING (key)"
            ).format(old.table, new.table)
        ).fetchone()
        same, changed, only_old, only_new, keys = row or (0, 0, 0, 0, None)
        return Compared(same, changed, only_old, only_new, keys or [])

    def _of_state(self, state: str, *, lock: bool = False) -> Build | None:
        if lock:
            self._connection.execute(
                "SELECT FROM read.builds WHERE projection = %s AND state = %s FOR UPDATE",
                (self._projection.name, state),
            )
        name = self._projection.name
        found: Sequence[Build] = builds(self._connection)
        return next((one for one in found if (one.projection, one.state) == (name, state)), None)

    def _head(self) -> int:
        with self._connection.cursor() as cursor:
            return head_seen_by(cursor)
