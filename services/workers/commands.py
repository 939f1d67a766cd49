"""The worker `commands`: decides what people ask for, and appends what follows."""

import asyncio
from contextlib import AsyncExitStack, suppress
from functools import partial
from typing import Final, NamedTuple
from uuid import uuid4

import psycopg
import structlog
from nats.aio.client import Client
from nats.errors import Error as NatsError
from nats.js.errors import NotFoundError

from services.crew import STREAM
from services.door.answers import RESTING
from services.door.door import Door
from services.door.meeting import Meetings
from services.door.ties import Tying, comers_from
from services.engines.connections import KeptConnection
from services.engines.faults import EngineFault
from services.log.log import head_of_log
from services.log.writer import Writer
from services.matching.computing import Ended
from services.matching.desk import MatchingDesk
from services.process.complaints import Complaints
from services.process.readiness import kept_ready
from services.process.rest import Rest
from services.process.station import Station
from services.stream.advice import WHAT_TO_DO
from services.stream.connections import connection_of
from services.vault.vault import UNOPENED

WORKER: Final = "commands"
LOOK: Final = 1.0  # seconds between looks at newcomers
MATCHES: Final = 0.5  # seconds between looks for a matching run that is asked for
TOLD: Final = 2.0  # seconds for the bus to tell how far the stream is
SWEEP: Final = 3600.0  # seconds between looks at who never became known
SOME: Final = 50  # people who are made findable at once
SHORTER: Final = (
    "The log is shorter than its stream: what was recorded last is missing, and somebody has to"
    " decide which side is right. Until then nothing is recorded. Please send it again later, with"
    " the same id."
)
SHORT: Final = "The log is shorter than its stream, so nothing is recorded."
logger = structlog.get_logger()


async def serve(station: Station, ready: asyncio.Event, stop: asyncio.Event) -> None:
    """Answer commands until `stop`, then those that have come in."""
    own = station.engines.programme[WORKER]
    async with AsyncExitStack() as stack:
        vault = station.vault(WORKER)
        stack.callback(vault.close)
        writer = Writer(own, vault, station.clock)
        stack.callback(writer.close)
        meetings = Meetings(own, vault, writer)
        stack.callback(meetings.close)
        await asyncio.to_thread(meetings.prove)
        comers = comers_from(station.settings, station.clock, own, vault)
        stack.push_async_callback(asyncio.to_thread, comers.close)
        tying = Tying(own, vault, writer, comers.codes)
        stack.callback(tying.close)
        source = station.settings.source
        door = Door(
            writer,
            meetings,
            vault,
            station.clock,
            source,
            comers=comers,
            tying=tying,
            fresh=lambda: uuid4().hex,
        )
        door.complain = Complaints(own, WORKER).tell
        rest = Rest(own, WORKER)
        stack.push_async_callback(asyncio.to_thread, rest.close)
        async with connection_of(WORKER, station.engines.nats[WORKER]) as client:
            copy = Copy(own, client)
            stack.callback(copy.close)
            closing = Closing(rest, copy, writer)
            door.resting = await closing.why()
            desk = MatchingDesk(own, vault)
            stack.push_async_callback(asyncio.to_thread, desk.close)
            async with asyncio.TaskGroup() as tasks:
                works = partial(_works, closing, door)
                tasks.create_task(kept_ready(WORKER, client, works, ready, stop))
                indexing = tasks.create_task(_index(meetings, tying, door))
                matching = tasks.create_task(_match(desk, door))
                await door.serve(client, stop)
                indexing.cancel()
                matching.cancel()
            await client.drain()


async def _index(meetings: Meetings, tying: Tying, door: Door) -> None:
    """Make newcomers findable: a few each second, and all when nobody asks for anything else. At
    times those are left who never became known.
    """
    clock = asyncio.get_running_loop().time
    sweep_at = clock()
    while True:
        try:
            if clock() >= sweep_at:
                sweep_at = clock() + SWEEP
                await asyncio.to_thread(meetings.sweep)
                await asyncio.to_thread(tying.sweep)
            await asyncio.to_thread(meetings.follow)
            done = await asyncio.to_thread(meetings.index, SOME)
        except psycopg.Error:
            done = 0
        except UNOPENED as error:
            logger.error("people.not-indexed", problem=str(error))  # noqa: TRY400 - what to do
            done = 0
        except Exception:
            logger.exception("people.not-indexed")
            done = 0
        await asyncio.sleep(0 if done == SOME and door.is_idle else LOOK)


async def _match(desk: MatchingDesk, door: Door) -> None:
    """Have the matching runs computed that are asked for, for ever, beside all that is answered."""
    asking = partial(door.ask_within, worker=WORKER)
    while True:
        try:
            await asyncio.to_thread(desk.work)
            await desk.hand_in(asking)
        except psycopg.Error:
            pass  # whether the database is there is looked at, and said, beside this
        except Ended:
            return
        except UNOPENED as error:
            logger.error("matching.not-computed", problem=str(error))  # noqa: TRY400 - what to do
        except Exception:
            logger.exception("matching.not-computed")
        await asyncio.sleep(MATCHES)


class Copy:
    """How far the log was copied. A log is always ahead of its copy: one that is not was shortened,
    and what is recorded at its end would take the place of what was there.
    """

    def __init__(self, url: str, client: Client) -> None:
        """`url` is that of the log."""
        self._connection = KeptConnection(url)
        self._jetstream = client.jetstream(timeout=TOLD)
        self._tail = 0
        self._said = False

    def close(self) -> None:
        """Give the connection back."""
        self._connection.close()

    async def is_longer(self) -> bool:
        """Whether the stream has come further than the log; said once, loudly. While the bus does
        not tell, what it told last holds; at first nothing. Raises psycopg.Error.
        """
        with suppress(NatsError, TimeoutError):
            self._tail = await self._told()
        head = await asyncio.to_thread(self._head)  # read last, or it might be behind
        is_longer = self._tail > head
        if is_longer and not self._said:
            found = f"The stream has come to {self._tail}, and the log ends at {head}."
            logger.critical("worker.stopped", worker=WORKER, problem=f"{found} {WHAT_TO_DO}")
        self._said = is_longer
        return is_longer

    async def _told(self) -> int:
        try:
            return (await self._jetstream.stream_info(STREAM)).state.last_seq
        except NotFoundError:
            return 0

    def _head(self) -> int:
        with self._connection.used() as connection:
            return head_of_log(connection)


class Closing(NamedTuple):
    """What may close the door: an operator, or a log that was shortened."""

    rest: Rest
    copy: Copy
    writer: Writer

    async def why(self) -> str | None:
        """What whoever asks is to be told while it is closed. Raises psycopg.Error.

        If the writer found its log shortened, it goes on when that is not behind the stream, as
        seen after it found it.
        """
        found = self.writer.shortened
        if await asyncio.to_thread(self.rest.must_rest):
            return RESTING
        if await self.copy.is_longer():
            return SHORTER
        if found:
            self.writer.shortened = False
        return None


async def _works(closing: Closing, door: Door) -> bool:
    """Close the door, or open it, as it is to be; whether it is heard and the log is whole. Raises
    psycopg.Error.
    """
    await door.heard.wait()
    door.resting = await closing.why()
    if door.resting == SHORTER:
        door.complain(EngineFault("other-fault", f"{SHORT} {WHAT_TO_DO}"))
    return door.resting != SHORTER
