"""Messages of the stream by number, a page at a time: it takes no consumer, and leaves no trace.

The bus answers such a request (ADR-31 of NATS) with messages and an end. Each names the one before
it, so what was lost on the way, when a connection broke meanwhile, is noticed.
"""

import json
from collections.abc import Mapping
from contextlib import suppress
from typing import Final

from nats.aio.client import Client
from nats.aio.msg import Msg
from nats.aio.subscription import Subscription
from nats.errors import Error as NatsError
from nats.errors import TimeoutError as NoAnswer
from nats.js.errors import NotFoundError

from services.crew import EVENTS, STREAM

PAGE: Final = 500  # messages
SIZE: Final = 8 * 2**20  # bytes with which a page ends
PATIENCE: Final = 10.0  # seconds for the next message of a page
TRIES: Final = 3  # for a page that comes in part
ALL: Final = f"{EVENTS}>"
SEQUENCE, BEFORE, STATUS = "Nats-Sequence", "Nats-Last-Sequence", "Status"


class _Torn(Exception):
    """A page came in part."""


async def page(
    client: Client, first: int, subject: str = ALL, *, patience: float = PATIENCE
) -> list[Msg]:
    """The next messages on a subject from a sequence on, in order; none if there is none.

    Raises NotFoundError if there is no stream, or none just now, and else NatsError.
    """
    wanted = {"seq": first, "batch": PAGE, "max_bytes": SIZE, "next_by_subj": subject}
    for _ in range(TRIES):
        with suppress(_Torn):
            return await _answer(client, json.dumps(wanted).encode(), patience)
    raise NoAnswer


async def _answer(client: Client, request: bytes, patience: float) -> list[Msg]:
    inbox = client.new_inbox()
    subscription = await client.subscribe(inbox)
    try:
        await client.publish(f"$JS.API.DIRECT.GET.{STREAM}", request, inbox)
        return await _collected(subscription, patience)
    finally:
        await subscription.unsubscribe()


async def _collected(subscription: Subscription, patience: float) -> list[Msg]:
    found: list[Msg] = []
    while True:
        try:
            message = await subscription.next_msg(patience)
        except NoAnswer:
            if found:
                raise _Torn from None
            raise
        if SEQUENCE not in headers_of(message):
            _must_be_the_end(message, found)
            return found
        _must_follow(message, found)
        found.append(message)


def _must_follow(message: Msg, found: list[Msg]) -> None:
    if int(headers_of(message)[BEFORE]) != (sequence_of(found[-1]) if found else 0):
        raise _Torn


def _must_be_the_end(message: Msg, found: list[Msg]) -> None:
    match headers_of(message).get(STATUS):
        case "204":
            _must_follow(message, found)
        case "404":  # there is nothing
            pass
        case "503":  # nobody answers for such a stream
            raise NotFoundError
        case status:
            raise NatsError(f"the bus would not tell its messages: {status}")


def sequence_of(message: Msg) -> int:
    """The sequence of a message that was got so."""
    return int(headers_of(message)[SEQUENCE])


def headers_of(message: Msg) -> Mapping[str, str]:
    """What its sender put beside a message, and what the bus adds to it."""
    return message.headers or {}
