"""How a worker follows the stream: the stream says how far, the log says what.

A message is a bell with a number. What the worker does follows from the log and from its own
checkpoint in PostgreSQL, so messages that are lost, doubled, out of order or strange do nothing.
See docs/decisions/005-following.md and 009-failure.md.
"""

import asyncio
from contextlib import suppress
from typing import TYPE_CHECKING, Any, Final, NamedTuple, Protocol

import psycopg
import structlog
from faststream import AckPolicy
from faststream.nats import JStream, NatsBroker, NatsMessage, PullSub
from faststream.nats.subscriber.usecases.stream_pull_subscriber import BatchPullStreamSubscriber
from nats.aio.client import Client
from nats.errors import ConnectionClosedError
from nats.errors import Error as NatsError
from nats.js import JetStreamContext
from nats.js.api import ConsumerInfo
from nats.js.errors import APIError, NotFoundError, ServiceUnavailableError

from services.crew import EVENTS, STREAM
from services.dead_letters.faults import TryAgain
from services.engines.addresses import BusAddress
from services.engines.faults import kind_of
from services.log.log import Log
from services.patience import Backoff, stopped
from services.process.checkpoints import NotThisLog
from services.process.complaints import APART, Complaints
from services.process.readiness import cleared_if_late
from services.process.rest import Rest
from services.stream.connections import connected, options

if TYPE_CHECKING:
    from nats.aio.msg import Msg

BATCH: Final = 500
LINGER: Final = 5.0  # seconds an idle consumer's request stays open; a restarted bus forgets it
SOON: Final = 1.0  # seconds in which what is there has come
AWAY: Final = 0.5  # seconds before it asks again where stream or consumer are not there
FIRST_DELAY, LONGEST_DELAY = 0.4, 30.0  # seconds until a batch that failed comes again
LOOK: Final = 1.0  # seconds between looks at orders
COMPARE: Final = 3  # looks between two comparisons of consumer and checkpoint
logger = structlog.get_logger()


class Follower(Protocol):
    """A worker that goes through the log in order. Called in threads, one call at a time."""

    def checkpoint(self) -> int:
        """The last position whose effects are durable."""

    def take(self, upto: int) -> None:
        """Do what the log has after the checkpoint, up to this position at least, as far as
        there is.

        What can't be done is parked; only what passes by itself is raised.
        """

    def mend(self) -> None:
        """Carry out what operators have ordered about dead letters, a piece at a time."""


class Urls(NamedTuple):
    """Where a follower's engines are, as itself."""

    nats: BusAddress
    programme: str


class DeadPull(RuntimeError):
    """The loop that asks for messages has ended; the worker begins anew."""


async def what_is_there(pull: JetStreamContext.PullSubscription, most: int) -> list["Msg"]:
    """Up to so many messages, at once; the first is waited for, as long as a request stays open.
    Raises TimeoutError and what nats-py does.

    The first is asked for alone, and then as many as it says are still there. nats-py's own fetch
    of many takes the end of an earlier request for that of its own, if it comes late, and leaves
    one behind that nobody waits for: to that the next message goes, and lies there until its time
    is over.
    """
    found = await pull.fetch(1, LINGER)
    if left := min(found[0].metadata.num_pending, most - 1):
        with suppress(TimeoutError, NatsError):  # what stands in the way, the next call meets
            found += await pull.fetch(left, SOON)
    return found


class PromptBatches(BatchPullStreamSubscriber):
    """A batch is what is there, at once. FastStream's own waits until it is full or time is up,
    so its time-out would be the latency of a quiet stream, and polling the price of a short one.
    """

    __slots__ = ()

    async def _consume_pull(self) -> None:
        said = False
        while self.running and self.subscription:
            messages: list[Msg] = []
            try:
                messages = await what_is_there(self.subscription, self.pull_sub.batch_size)
            except TimeoutError:
                continue
            except ConnectionClosedError:
                return  # for good; `_Keeper` notices
            except ServiceUnavailableError:
                if not said:
                    logger.warning("stream.away", consumer=self.extra_options.get("durable"))
                said = True
                await asyncio.sleep(AWAY)
            if messages and self.running:
                said = False
                await self.consume(messages)


class KnownBroker(NatsBroker):
    """A broker on a connection like all others of ours: known to the bus by its seed."""

    def __init__(self, worker: str, address: BusAddress) -> None:
        super().__init__(graceful_timeout=15, logger=None)
        self._worker, self._address = worker, address

    async def _connect(self) -> Client:
        client = await connected(self._worker, self._address)
        self.config.connect(client)
        return client


async def follow(
    worker: str,
    urls: Urls,
    follower: Follower,
    ready: asyncio.Event,
    stop: asyncio.Event,
) -> None:
    """Have `follower` take what the stream announces, until `stop`; then let it finish.

    Messages are acknowledged when `take` returns. If it raises, they come again after a delay
    that grows, with full jitter. Raises DeadPull.
    """
    broker = KnownBroker(worker, urls.nats)
    keeper = _Keeper(worker, urls.programme, follower)
    subscriber = broker.subscriber(
        f"{EVENTS}>",
        stream=JStream(STREAM, declare=False),
        durable=worker,
        pull_sub=PullSub(batch_size=BATCH, batch=True),
        inbox_prefix=options(worker, urls.nats)["inbox_prefix"] + b".",
        ack_policy=AckPolicy.MANUAL,
        no_reply=True,  # a message's headers may name a subject on which to answer
    )
    subscriber.__class__ = PromptBatches
    subscriber(keeper.handle)
    try:
        async with broker:
            await broker.start()
            try:
                await keeper.keep(broker, subscriber, ready, stop)
            finally:
                keeper.leave()
    finally:
        await asyncio.to_thread(keeper.close)


class _Keeper:
    """Calls a follower, one call at a time, and looks after it between two batches."""

    def __init__(self, worker: str, url: str, follower: Follower) -> None:
        self._worker, self._follower = worker, follower
        self._rest = Rest(url, worker)
        self._log = Log(url, connections=1)
        self._turn = asyncio.Lock()
        self._backoff = Backoff(FIRST_DELAY, LONGEST_DELAY, jitter=1.0)
        self._said = (0, 0)
        self._brought = 0
        self._alarm = ""
        self._complaints = Complaints(url, worker)
        self._leaving = False
        self._awake = asyncio.Event()

    def close(self) -> None:
        """Give all connections back."""
        self._rest.close()
        self._log.close()

    def leave(self) -> None:
        """What waits because of a pause need not wait any more: it is not taken."""
        self._leaving = not self._awake.is_set()
        self._awake.set()

    async def handle(self, message: NatsMessage) -> None:
        """Have what a batch announces taken, then acknowledge it."""
        raw: list[Any] = message.raw_message  # type: ignore[assignment]  # a batch is a list
        upto = max(one.metadata.sequence.stream for one in raw)
        await self._awake.wait()
        if self._leaving:
            return  # paused: it comes again when we are back
        try:
            await self._take(upto)
        except Exception as error:
            delay = self._backoff.pause()
            stopped_on_purpose = isinstance(error, NotThisLog)
            self._complaints.tell(APART if stopped_on_purpose else kind_of(error))
            if not stopped_on_purpose:  # which is said at the next look
                failed = {"upto": upto, "delay": round(delay, 2)}
                logger.exception("batch.failed", worker=self._worker, **failed)
            for one in raw:
                await one.nak(delay=delay)
        else:
            self._backoff.reset()
            for one in raw:
                await one.ack()

    async def keep(
        self, broker: NatsBroker, subscriber: Any, ready: asyncio.Event, stop: asyncio.Event
    ) -> None:
        """Look after the follower until `stop`: rest, orders, and what the consumer believes.

        `ready` is cleared when an engine does not answer.
        """
        look = 0
        while not stop.is_set():
            problem = await self._problem(broker, subscriber, ready, compare=look % COMPARE == 0)
            if problem and (ready.is_set() or look == 0):
                logger.warning("worker.waiting", worker=self._worker, problem=problem)
            if not problem and not ready.is_set():
                logger.info("worker.ready", worker=self._worker)
            ready.clear() if problem else ready.set()
            look += 1
            if subscriber.tasks and all(task.done() for task in subscriber.tasks):
                raise DeadPull(f"{self._worker} has stopped asking for messages")
            await stopped(stop, LOOK)

    async def _problem(
        self, broker: NatsBroker, subscriber: Any, ready: asyncio.Event, *, compare: bool
    ) -> str | None:
        """Look after everything once; what stands in the way."""
        try:
            await self._look(ready)
            if not await broker.ping(LOOK):
                return "BusAway"
            if (compare or self._alarm) and self._awake.is_set():
                await self._compare(subscriber.jetstream)
        except NotThisLog as error:
            self._stand_still(str(error))
            return "NotThisLog"
        except (psycopg.Error, NatsError, APIError, TryAgain, OSError) as error:
            return type(error).__name__
        self._alarm = ""
        return None

    def _stand_still(self, alarm: str) -> None:
        """Said once, loudly: somebody has to decide which side is right. That it goes on like this
        is told again and again.
        """
        self._complaints.tell(APART)
        if alarm != self._alarm:
            logger.critical("worker.stopped", worker=self._worker, problem=alarm)
        self._alarm = alarm

    async def _look(self, ready: asyncio.Event) -> None:
        with cleared_if_late(ready):
            rests = await asyncio.to_thread(self._rest.must_rest)
        if rests:
            self._awake.clear()
            return
        self._awake.set()
        async with self._turn:
            await asyncio.to_thread(self._follower.mend)

    async def _compare(self, jetstream: JetStreamContext) -> None:
        """What the consumer had brought a while ago, and the checkpoint still lacks, was lost."""
        before, self._brought = self._brought, await self._done(jetstream)
        async with self._turn:
            checkpoint = await asyncio.to_thread(self._follower.checkpoint)
        if before > checkpoint:
            if self._said != (before, checkpoint):
                ahead = {"consumer": before, "place": checkpoint}
                logger.warning("consumer.ahead", worker=self._worker, **ahead)
            self._said = before, checkpoint
            await self._take(before)

    async def _done(self, jetstream: JetStreamContext) -> int:
        """The last position that the consumer has brought to somebody, perhaps not to us."""
        head = await asyncio.to_thread(self._log.head)
        try:
            info: ConsumerInfo = await jetstream.consumer_info(STREAM, self._worker)
        except NotFoundError:  # nobody brings anything: the log itself says how far
            return head
        return min(info.delivered.stream_seq if info.delivered else 0, head)

    async def _take(self, upto: int) -> None:
        async with self._turn:
            await asyncio.to_thread(self._follower.take, upto)


async def catch_up(follower: Follower, url: str, stop: asyncio.Event) -> None:
    """Have `follower` take what the log has beyond its checkpoint; what it raises goes through.

    A worker begins with it: what one that was killed had in hand comes again from the stream only
    when its time to acknowledge is over. One whose checkpoint is not of this log begins without,
    and says so when it follows.
    """
    log = Log(url, connections=1)
    try:
        upto = await asyncio.to_thread(log.head)
    finally:
        log.close()
    with suppress(NotThisLog):
        while not stop.is_set() and (at := await asyncio.to_thread(follower.checkpoint)) < upto:
            await asyncio.to_thread(follower.take, min(at + BATCH, upto))
            if await asyncio.to_thread(follower.checkpoint) == at:
                return  # it is held up by something that does not pass
