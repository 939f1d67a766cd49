"""The worker `scheduler`: asks at the door for what has fallen due, until it is answered.

An answer counts for the moment at which it was given. What was too early by the door's clock, or
could not be answered, is asked for again soon; what the agenda still has long after an answer is
asked for again at long intervals, since it may be right by then. Why that brings nothing about
twice, and nothing late: docs/decisions/017-time.md. Here stands all SQL on `work.asked`.
"""

import asyncio
from collections.abc import Iterator
from datetime import datetime, timedelta
from json import dumps
from typing import Any, Final, NamedTuple

import psycopg
import structlog
from nats.aio.client import Client
from psycopg.sql import SQL

from domain.catalogue import TOO_EARLY
from domain.troubles.trouble import NoteTrouble, SettleTrouble
from events.ids import CommandId
from projections.agenda import AGENDA
from services.clock import Clock, SystemClock
from services.dead_letters.lacking import LEFT_FOR, lacking, noted_lacking
from services.door.asking import ask, by_itself
from services.door.replies import TO_BE_ASKED_AGAIN, Reply
from services.engines.connections import KeptConnection
from services.log.log import recorded_at
from services.patience import stopped
from services.process.readiness import cleared_if_late
from services.process.rest import Rest
from services.process.station import Station
from services.read_models.builds import hidden, serves, view
from services.stream.connections import connection_of

WORKER: Final = "scheduler"
EVERY: Final = 1.0  # seconds between looks at the agenda
ENOUGH: Final = 2  # things in a row to which nobody answers: then it is the door, and none of them
SECOND, HOURLY, DAILY = timedelta(seconds=1), timedelta(hours=1), timedelta(days=1)
SOON, NOT_SO_SOON = SECOND, timedelta(minutes=5)  # between tries, doubled each time
REMINDERS: Final = frozenset(
    {
        "assessment.remind",
        "workshop.remind",
        "workshop.remind-register",
        "milestone.remind",
        "continuation.check-in",
        "offer.remind",
        "pairing.remind",
        "place.remind-employer",
    }
)
"""By these, people are written to: asked for again only at the hour of the day that is theirs."""
AGREED: Final = SECOND  # by so much clocks may differ unsaid, where nothing comes of it
logger = structlog.get_logger()

LACKING: Final = "lacking"  # the key of what is asked for though it stands in no agenda

Name = tuple[str, str, datetime, str]


class Asked(NamedTuple):
    """What came of it at last: see the table."""

    answer: str
    settled: bool
    tries: int
    agenda_position: int
    asked_at: datetime
    again_at: datetime

    def is_over(self, now: datetime) -> bool:
        """Whether it is time to ask again. What was asked in the future was asked by a clock that
        has jumped since.
        """
        return self.again_at <= now or self.asked_at > now


class DueRequest(NamedTuple):
    """One thing that has fallen due: which command, for what, and when it was due. `position` is
    that of the last fact about it, `asked` what came of it, if it was asked for before.
    """

    key: str
    command: str
    at: datetime
    data: dict[str, Any]
    position: int = 0
    asked: Asked | None = None

    @property
    def target(self) -> str:
        """What it is about, as canonical JSON."""
        return dumps(self.data, sort_keys=True, separators=(",", ":"))

    @property
    def name(self) -> Name:
        """What tells it from all others."""
        return self.key, self.command, self.at, self.target

    @property
    def command_id(self) -> CommandId:
        """The same whenever it is asked for, so that nothing is done twice. Another one only where
        it was settled and something has happened about the same thing since: what was nothing to
        do then may be something now.
        """
        anew = self.asked and self.asked.settled and self.position > self.asked.agenda_position
        since = (str(self.position),) if anew else ()
        return CommandId.derived(self.at, WORKER, self.key, self.command, self.target, *since)

    def after(self, reply: Reply, now: datetime) -> Asked:
        """What comes of it by this answer."""
        settled = reply.status in ("accepted", "refused") and reply.code not in TOO_EARLY
        before = self.asked.tries if self.asked and not self.asked.settled else 0
        tries = 0 if settled else before + 1
        again = self._next(now) if settled else now + min(SOON * 2 ** min(before, 16), NOT_SO_SOON)
        answer = reply.code or reply.status
        return Asked(answer, settled, tries, self.position, now, again)

    def _next(self, now: datetime) -> datetime:
        """When it is asked for again if it still waits then."""
        every = DAILY if self.command in REMINDERS else HOURLY
        return self.at + ((now - self.at) // every + 1) * every


def due(connection: psycopg.Connection, now: datetime) -> list[DueRequest]:
    """What is to be asked for at `now`, the oldest first."""
    found = [one for one in _due(connection, now) if one.asked is None or one.asked.is_over(now)]
    return sorted(found, key=lambda one: (one.at, one.key))


def overdue(connection: psycopg.Connection, now: datetime) -> tuple[int, datetime | None]:
    """How many things are due at `now` and were not asked for yet, or not so that they are settled;
    and since when the first of them waits: since it is due, and known from the log.
    """
    found = [one for one in _due(connection, now) if one.asked is None or not one.asked.settled]
    known = recorded_at(connection, {one.position for one in found})
    since = (max(one.at, known.get(one.position, one.at)) for one in found)
    return len(found), min(since, default=None)


def last_settled(connection: psycopg.Connection) -> datetime | None:
    """When something was asked for the last time, of what was settled by that; None if nothing
    was.
    """
    row = connection.execute("SELECT max(asked_at) FROM work.asked WHERE settled").fetchone()
    return row[0] if row else None


def next_due(connection: psycopg.Connection, after: datetime) -> datetime | None:
    """When something falls due for the first time after a moment; None if nothing does. What fell
    due before and still stands in the agenda does not count.
    """
    query = SQL(
        "SELECT min((entry->>'at')::timestamptz) FROM {}, jsonb_array_elements(row->'due') AS entry"
        " WHERE (entry->>'at')::timestamptz > %s"
    ).format(view(AGENDA.name))
    row = connection.execute(query, (after,)).fetchone()
    return row[0] if row else None


def _due(connection: psycopg.Connection, now: datetime) -> list[DueRequest]:
    """All that is due, with what came of it."""
    found = [*_agenda(connection, now), *_lacking(connection, now)]
    rows = connection.execute(
        "SELECT agenda_key, command, due_at, target, answer, settled, tries, agenda_position,"
        " asked_at, again_at FROM work.asked WHERE agenda_key = ANY(%s)",
        ([one.key for one in found],),
    )
    asked = {(key, command, at, target): Asked(*how) for key, command, at, target, *how in rows}
    return [one._replace(asked=asked.get(one.name)) for one in found]


def _agenda(connection: psycopg.Connection, now: datetime) -> Iterator[DueRequest]:
    if not serves(connection, AGENDA):
        return  # it is being built for this version
    query = SQL("SELECT key, row::text FROM {} WHERE (row->>'next_at')::timestamptz <= %s").format(
        view(AGENDA.name)
    )
    for key, text in connection.execute(query, (now,)):
        row = AGENDA.row.model_validate_json(text)
        for entry in row.due:
            if entry.at <= now:
                yield DueRequest(key, entry.command, entry.at, dict(entry.data), row.position)


def _lacking(connection: psycopg.Connection, now: datetime) -> Iterator[DueRequest]:
    """What may be lacking and is not noted in the log, and what is noted there and lacks no more.
    Each is for its moment, so that it has another id when it lacks again.
    """
    found, noted = lacking(connection, hidden(connection)), noted_lacking(connection)
    for what in found.keys() - noted.keys():
        if (at := found[what] + LEFT_FOR) <= now:
            yield DueRequest(LACKING, NoteTrouble.name, at, what.data)
    for what in noted.keys() - found.keys():
        yield DueRequest(LACKING, SettleTrouble.name, noted[what], what.data)


def remember(connection: psycopg.Connection, one: DueRequest, what: Asked) -> None:
    """It was asked for, and this came of it."""
    connection.execute(
        "INSERT INTO work.asked (agenda_key, command, due_at, target, answer, settled, tries,"
        " agenda_position, asked_at, again_at) VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s)"
        " ON CONFLICT (agenda_key, command, due_at, target) DO UPDATE SET answer = EXCLUDED.answer,"
        " settled = EXCLUDED.settled, tries = EXCLUDED.tries,"
        " agenda_position = EXCLUDED.agenda_position, asked_at = EXCLUDED.asked_at,"
        " again_at = EXCLUDED.again_at",
        (*one.name, *what),
    )


async def serve(station: Station, ready: asyncio.Event, stop: asyncio.Event) -> None:
    """Look at the agenda again and again, until `stop`."""
    own = station.engines.programme[WORKER]
    agenda, rest = KeptConnection(own), Rest(own, WORKER)
    try:
        async with connection_of(WORKER, station.engines.nats[WORKER]) as client:
            scheduler = Scheduler(agenda, client, station.clock, ready)
            while not stop.is_set():
                with cleared_if_late(ready):
                    resting = await asyncio.to_thread(rest.must_rest)
                ready.set() if client.is_connected else ready.clear()
                station.wake.clear()  # before the look: a clock that moves meanwhile wakes again
                if not resting:
                    await scheduler.look(stop)
                await stopped(stop, EVERY, station.wake)
    finally:
        await asyncio.to_thread(agenda.close)
        await asyncio.to_thread(rest.close)


class Scheduler:
    """Asks for all that is due, as often as it looks."""

    def __init__(
        self, agenda: KeptConnection, client: Client, clock: Clock, ready: asyncio.Event
    ) -> None:
        """`ready` is cleared when the database says nothing."""
        self._agenda, self._client, self._clock = agenda, client, clock
        self._ready = ready
        self._unanswered: set[Name] = set()
        self._databases, self._doors = (
            ClockDifference("the database's"),
            ClockDifference("the door's"),
        )

    async def look(self, stop: asyncio.Event) -> None:
        """Ask for all that is due. What nobody answers comes last at the next look, so that nothing
        holds up the others.
        """
        now = self._clock.now()
        in_a_row = 0
        with cleared_if_late(self._ready):
            found = await asyncio.to_thread(self._due, now)
        self._unanswered &= {one.name for one in found}
        for one in sorted(found, key=lambda one: one.name in self._unanswered):
            in_a_row = 0 if await self._ask(one) else in_a_row + 1
            if in_a_row == ENOUGH or stop.is_set():
                return

    async def _ask(self, one: DueRequest) -> bool:
        """Ask for one thing, and note what comes of it; False if nobody answers."""
        now = self._clock.now()
        body = by_itself(one.command_id, one.data)
        reply = await ask(self._client, one.command, body, worker=WORKER)
        if reply.status in TO_BE_ASKED_AGAIN:
            self._unanswered.add(one.name)
            logger.warning("scheduler.postponed", command=one.command, answer=reply.status)
            return False
        self._unanswered.discard(one.name)
        what = one.after(reply, now)
        self._say(one, what)
        if reply.time and reply.time < one.at:  # else it was moved, and the agenda is behind
            self._doors.is_now(now - reply.time, now)
        await asyncio.to_thread(self._remember, one, what)
        return True

    def _say(self, one: DueRequest, what: Asked) -> None:
        if not what.settled:
            pause = (what.again_at - what.asked_at).total_seconds()
            logger.warning(
                "scheduler.postponed", command=one.command, answer=what.answer, pause=pause
            )
        elif one.asked and one.asked.answer == what.answer:
            logger.debug("scheduler.asked-again", command=one.command, answer=what.answer)
        else:
            logger.info("scheduler.asked", command=one.command, answer=what.answer)

    def _compare(self, connection: psycopg.Connection) -> None:
        theirs, ours = _database_clock(connection), self._clock.now()
        if abs(ours - theirs) > AGREED:
            self._databases.is_now(ours - theirs, ours)
        else:
            self._databases.is_none()

    def _due(self, now: datetime) -> list[DueRequest]:
        with self._agenda.used() as connection:
            if isinstance(self._clock, SystemClock):
                self._compare(connection)
            return due(connection, now)

    def _remember(self, one: DueRequest, what: Asked) -> None:
        with self._agenda.used() as connection:
            remember(connection, one, what)


class ClockDifference:
    """By how much our clock is ahead of another one: said when it changes, and once an hour."""

    def __init__(self, whose: str) -> None:
        self._whose = whose
        self._said: tuple[timedelta, datetime] | None = None

    def is_now(self, ahead: timedelta, now: datetime) -> None:
        """The two differ by so much."""
        if self._said:
            before, at = self._said
            if abs(ahead - before) <= AGREED and timedelta() <= now - at < HOURLY:
                return
        logger.warning("clocks.differ", whose=self._whose, seconds=round(ahead / SECOND, 3))
        self._said = ahead, now

    def is_none(self) -> None:
        """The two agree."""
        if self._said:
            logger.info("clocks.agree", whose=self._whose)
        self._said = None


def _database_clock(connection: psycopg.Connection) -> datetime:
    (moment,) = connection.execute("SELECT clock_timestamp()").fetchone() or ()
    assert isinstance(moment, datetime)  # noqa: S101 - for the type checker
    return moment
