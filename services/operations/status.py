"""How everything is: engines, log and stream, workers, places, and what waits for how long."""

import asyncio
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from shutil import disk_usage
from typing import Final, TypeVar

import psycopg
from nats.errors import Error as NatsError

from services.crew import NAMES
from services.engines.addresses import Engines
from services.engines.connecting import connect
from services.engines.connections import BOUNDED
from services.engines.faults import EngineFault, kind_of
from services.engines.schema import NO_TABLES
from services.engines.showing import end_of_the_databases
from services.log.log import document_at, head_of_log
from services.operations.bus import DOOR, Bus, Consumer, on_the_bus
from services.operations.database import Database, in_database
from services.operations.holders import whoever_holds
from services.operations.places import Lag, age, aged, paced
from services.process.complaints import Complaint

POSTGRESQL, NATS, RELAY = "postgresql", "nats", "relay"
ENGINES: Final = {POSTGRESQL: "PostgreSQL", NATS: "NATS"}
BETWEEN: Final = 1.2  # seconds between two looks, by which one sees what moves
FRESH: Final = 15.0  # seconds within which whoever still has to complain does so again
CONSOLE: Final = "console"  # as whom we look
# Who looks waits for nobody's lock for longer than seconds.
WAITING_BRIEFLY: Final = {**BOUNDED, "options": "-c lock_timeout=3s"}
T = TypeVar("T")
NOT_PROVISIONED: Final = EngineFault(
    "other-fault",
    "PostgreSQL has no tables of ours, or older ones: run `leading-together provision`.",
)


@dataclass(frozen=True)
class Look:
    """All there is to see at one moment, by the database's clock where that answers.

    `database` and `bus` are None where an engine keeps us from it; `faults` says how, by engine.
    `places` is how far everybody is. `is_the_log` says whether the stream's last message is what
    the log has there; None if that can't be told. `free` is how many bytes the disk of embedded
    engines has left. `ends` is when the certificate of an engine does.
    """

    at: datetime
    database: Database | None = None
    bus: Bus | None = None
    faults: dict[str, EngineFault] = field(default_factory=dict)
    places: list[Lag] = field(default_factory=list)
    is_the_log: bool | None = None
    free: int | None = None
    ends: dict[str, datetime] = field(default_factory=dict)

    @property
    def head(self) -> int | None:
        """The log's last position."""
        return self.database.head if self.database else None

    @property
    def is_level(self) -> bool:
        """Whether log, stream and all who go through it are at one position."""
        there = [one for one in self.places if one.kind not in ("subscriber", "scheduler")]
        return bool(self.database and self.bus) and not any(one.behind for one in there)

    def of(self, worker: str) -> list[Lag]:
        """What a worker has to take on."""
        return [one for one in self.places if one.worker == worker]

    def runs(self, worker: str) -> bool:
        """Whether a worker is seen to run: it holds a connection to the database, has complained a
        moment ago, or asks the bus for more.
        """
        database, bus = self.database, self.bus
        asks = bus and (bus.consumers.get(worker) or NOBODY).asking > 0
        speaks = database and (worker in database.connected or self.complains(worker))
        return bool(asks or speaks or (worker == DOOR and bus and bus.door_answers))

    def complains(self, worker: str) -> Complaint | None:
        """What a worker has complained of a moment ago."""
        found = self.database and self.database.complaints.get(worker)
        return found if found and (age(found.told_at, self.at) or 0.0) < FRESH else None


NOBODY: Final = Consumer("", durable=True, position=0, waiting=0, in_hand=0, asking=0, quiet=None)


async def look(engines: Engines, before: Look | None = None, *, data: Path | None = None) -> Look:
    """See all of it, both engines at once; with a look `before` also at which pace all moves.

    `data` is the folder of the engines, if they are embedded.
    """
    database, bus, end = await asyncio.gather(
        asyncio.to_thread(_of_database, engines),
        _of_bus(engines),
        asyncio.to_thread(end_of_the_databases, engines.programme[CONSOLE]),
    )
    ends = {POSTGRESQL: end, NATS: bus.ends if isinstance(bus, Bus) else None}
    faults = {
        name: found
        for name, found in ((POSTGRESQL, database), (NATS, bus))
        if isinstance(found, EngineFault)
    }
    seen = Look(
        at=database.at if isinstance(database, Database) else datetime.now(UTC),
        database=database if isinstance(database, Database) else None,
        bus=bus if isinstance(bus, Bus) else None,
        faults=faults,
        free=disk_usage(data).free if data and engines.are_ours else None,
        ends={name: when for name, when in ends.items() if when},
    )
    seen = await asyncio.to_thread(_with_places, engines, seen)
    return _paced(seen, before) if before else seen


async def look_twice(engines: Engines, data: Path | None = None) -> Look:
    """See all of it, and if not everything is at rest once more, to tell what moves from what
    stands.
    """
    seen = await look(engines, data=data)
    if seen.faults or seen.is_level:
        return seen
    await asyncio.sleep(BETWEEN)
    return await look(engines, seen, data=data)


def _of_database(engines: Engines) -> Database | EngineFault:
    return _in_the_database(engines, in_database)


def _in_the_database(engines: Engines, what: Callable[[psycopg.Connection], T]) -> T | EngineFault:
    """What is seen there, or what keeps us from seeing it."""
    try:
        with connect(engines.programme[CONSOLE], **WAITING_BRIEFLY) as connection:
            try:
                return what(connection)
            except psycopg.errors.LockNotAvailable:
                return whoever_holds(connection)
    except NO_TABLES:
        return NOT_PROVISIONED
    except psycopg.Error as error:
        return kind_of(error)


async def _of_bus(engines: Engines) -> Bus | EngineFault:
    try:
        return await on_the_bus(engines)
    except (NatsError, OSError) as error:
        return kind_of(error)


def _with_places(engines: Engines, seen: Look) -> Look:
    """The same, with what only both engines together tell."""
    if seen.database is None:
        return seen
    places, bus = list(seen.database.places), seen.bus
    if bus is None:
        return replace(seen, places=sorted(places, key=_in_turn))
    found = _in_the_database(engines, lambda connection: _held_against(connection, bus, seen.at))
    if isinstance(found, EngineFault):
        return replace(seen, places=places, faults={POSTGRESQL: found})
    is_the_log, of_bus = found
    return replace(seen, places=sorted([*places, *of_bus], key=_in_turn), is_the_log=is_the_log)


def _held_against(
    connection: psycopg.Connection, bus: Bus, at: datetime
) -> tuple[bool | None, list[Lag]]:
    """Whether the stream's last message is the log's, and how far the relay and who subscribes
    are.
    """
    is_the_log = _is_the_log(connection, bus)
    of_bus = list(_of_the_stream(bus, at, holds=is_the_log is not False))
    head = head_of_log(connection)  # read after the stream, which is never before it
    return is_the_log, aged(connection, head, of_bus, at)


def _is_the_log(connection: psycopg.Connection, bus: Bus) -> bool | None:
    if bus.stream is None or bus.stream.last == 0:
        return None
    return document_at(connection, bus.stream.last) == bus.stream.document


def _of_the_stream(bus: Bus, at: datetime, *, holds: bool) -> Iterator[Lag]:
    if bus.stream:
        since = at - timedelta(seconds=bus.stream.quiet)
        yield Lag("relay", RELAY, RELAY, bus.stream.last, 0, None, since, holds)
    for one in bus.subscribers or ():
        moved = None if one.quiet is None else at - timedelta(seconds=one.quiet)
        waiting = one.waiting + one.in_hand
        yield Lag("subscriber", one.name, "", one.position, waiting, None, moved)


def _in_turn(one: Lag) -> int:
    """Workers in the order of the crew, and after them who is not of it."""
    return NAMES.index(one.worker) if one.worker in NAMES else len(NAMES)


def _paced(seen: Look, before: Look) -> Look:
    seconds = (seen.at - before.at).total_seconds()
    return replace(seen, places=paced(seen.places, before.places, seconds))
