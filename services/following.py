"""How a worker follows the stream with FastStream: prompt batches, in order, none missing.

The worker's own place in PostgreSQL decides what is new. What is missing between that place and
a batch, or came out of order, is read from the log, so the stream can lose nothing for it.
"""

import asyncio
from collections.abc import Callable, Sequence
from random import random
from typing import TYPE_CHECKING, Any, Final

import structlog
from faststream import AckPolicy
from faststream.nats import JStream, NatsBroker, NatsMessage, PullSub
from faststream.nats.subscriber.usecases.stream_pull_subscriber import BatchPullStreamSubscriber
from faststream.security import SASLPlaintext
from nats.errors import ConnectionClosedError
from nats.js.errors import ServiceUnavailableError

from services.bus import EVENTS, STREAM, options
from services.log import Log, Stored

if TYPE_CHECKING:
    from nats.aio.msg import Msg

BATCH: Final = 500
LINGER: Final = 5.0  # seconds an idle consumer's request stays open; a restarted bus forgets it
AWAY: Final = 0.5  # seconds before it asks again where stream or consumer are not there
LONGEST_DELAY: Final = 30.0
log = structlog.get_logger()

Take = Callable[[Sequence["Message"]], None]
Message = tuple[int, bytes]


class PromptBatches(BatchPullStreamSubscriber):
    """A batch is what is there, at once. FastStream's own waits until it is full or time is up,
    so its time-out would be the latency of a quiet stream, and polling the price of a short one.
    """

    __slots__ = ()

    async def _consume_pull(self) -> None:
        while self.running and self.subscription:
            messages: list[Msg] = []
            try:
                messages = await self.subscription.fetch(self.pull_sub.batch_size, LINGER)
            except TimeoutError:
                continue
            except ConnectionClosedError:
                if self.running:
                    raise
            except ServiceUnavailableError:
                log.warning("stream.away", consumer=self.extra_options.get("durable"))
                await asyncio.sleep(AWAY)
            if messages and self.running:
                await self.consume(messages)


async def follow(
    worker: str, url: str, take: Take, ready: asyncio.Event, stop: asyncio.Event
) -> None:
    """Hand every batch to `take`, in a thread, until `stop`; acknowledged when it returns.

    If `take` raises, the batch comes again after a delay that grows, with full jitter.
    """
    given = options(worker, url)
    user, password = given.pop("user"), given.pop("password")
    broker = NatsBroker(
        given.pop("servers"),
        security=SASLPlaintext(user, password) if user and password else None,
        graceful_timeout=15,
        logger=None,
        **given,
    )
    failures = 0

    async def handle(message: NatsMessage) -> None:
        nonlocal failures
        raw: list[Any] = message.raw_message  # type: ignore[assignment]  # a batch is a list
        batch = sorted((one.metadata.sequence.stream, one.data) for one in raw)
        try:
            await asyncio.to_thread(take, batch)
        except Exception:
            failures += 1
            delay = random() * min(LONGEST_DELAY, 0.2 * 2**failures)  # noqa: S311 - not a secret
            log.exception("batch.failed", worker=worker, first=batch[0][0], delay=round(delay, 2))
            for one in raw:
                await one.nak(delay=delay)
        else:
            failures = 0
            for one in raw:
                await one.ack()

    subscriber = broker.subscriber(
        f"{EVENTS}>",
        stream=JStream(STREAM, declare=False),
        durable=worker,
        pull_sub=PullSub(batch_size=BATCH, batch=True),
        ack_policy=AckPolicy.MANUAL,
    )
    subscriber.__class__ = PromptBatches
    subscriber(handle)
    async with broker:
        await broker.start()
        ready.set()
        await stop.wait()


async def catch_up(log_: Log, place: int, take: Take, stop: asyncio.Event) -> None:
    """Hand what the log has beyond `place` to `take`, a batch at a time, unless told to stop.

    A worker begins with it: what one that was killed had in hand comes again from the stream only
    when its time to acknowledge is over. What `take` raises goes through.
    """
    upto = await asyncio.to_thread(log_.head)
    while place < upto and not stop.is_set():
        rows = await asyncio.to_thread(log_.page, place, BATCH, upto)
        await asyncio.to_thread(take, [_message(row) for row in rows])
        place = rows[-1].position


def unseen(log_: Log, place: int, batch: Sequence[Message]) -> list[Message]:
    """What follows `place` up to the last of `batch`, without a gap, from the log if need be."""
    new = [message for message in batch if message[0] > place]
    if not new:
        return []
    if [position for position, _ in new] == list(range(place + 1, place + 1 + len(new))):
        return new
    upto = max(position for position, _ in new)
    log.info("gap.filled", after=place, upto=upto)
    return [_message(row) for row in log_.pages(place, upto)]


def _message(row: Stored) -> Message:
    return row.position, row.document
