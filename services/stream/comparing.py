"""The stream held against the log, message by message; nothing is changed.

Direct gets in batches are those of NATS's ADR-31, for which no consumer is needed.
"""

import asyncio
import json
from collections.abc import AsyncIterator
from typing import Final, NamedTuple

from nats.aio.client import Client
from nats.aio.msg import Msg
from nats.errors import Error as NatsError

from services.crew import STREAM
from services.log.log import Log, Stored
from services.patience import Progress, unseen
from services.stream.copying import subject_of

PAGE: Final = 500
PATIENCE: Final = 10.0  # seconds for an answer of the bus
END_OF_BATCH, NOTHING = "204", "404"


class Verified(NamedTuple):
    """How far stream and log are equal, where each ends, and the first difference if there is one.

    A stream that ends before the log is only late.
    """

    equal: int
    stream: int
    log: int
    problem: str | None


async def verify(client: Client, log: Log, progress: Progress = unseen) -> Verified:
    """Compare all messages with the log by position, bytes and subject, as both are at the call."""
    head, equal = await asyncio.to_thread(log.head), 0
    tail = (await client.jetstream().stream_info(STREAM)).state.last_seq
    async for messages in _messages(client, tail):
        rows = await asyncio.to_thread(log.page, equal, len(messages))
        for number, message in enumerate(messages):
            row = rows[number] if number < len(rows) else None
            if problem := _difference(equal + 1, message, row):
                return Verified(equal, tail, head, problem)
            equal += 1
        progress(equal, tail)
    missing = f"the stream has no message {equal + 1}" if equal < tail else None
    return Verified(equal, tail, head, missing)


def _difference(position: int, message: Msg, row: Stored | None) -> str | None:
    headers = message.headers or {}
    if int(headers["Nats-Sequence"]) != position:
        return f"the stream has no message {position}"
    if row is None:
        return f"message {position} of the stream lies beyond the log's head"
    if row.document != message.data:
        return f"message {position} of the stream has other bytes than the log"
    if headers["Nats-Subject"] != subject_of(row):
        return f"message {position} of the stream has another subject than its event"
    return None


async def _messages(client: Client, upto: int) -> AsyncIterator[list[Msg]]:
    """The stream's messages in order, page by page."""
    last = 0
    while last < upto and (found := await _page(client, last + 1)):
        last = int((found[-1].headers or {})["Nats-Sequence"])
        yield found


async def _page(client: Client, first: int) -> list[Msg]:
    inbox = client.new_inbox()
    subscription = await client.subscribe(inbox)
    try:
        request = json.dumps({"seq": first, "batch": PAGE}).encode()
        await client.publish(f"$JS.API.DIRECT.GET.{STREAM}", request, reply=inbox)
        found: list[Msg] = []
        while True:
            message = await subscription.next_msg(PATIENCE)
            status = (message.headers or {}).get("Status")
            if status in (END_OF_BATCH, NOTHING):
                return found
            if status:
                raise NatsError(f"the bus would not tell its messages: {status}")
            found.append(message)
    finally:
        await subscription.unsubscribe()
