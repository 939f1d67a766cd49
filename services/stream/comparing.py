"""The stream held against the log, message by message; nothing is changed."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Mapping, Sequence
from typing import Final, NamedTuple

from nats.aio.client import Client
from nats.aio.msg import Msg

from services.crew import STREAM
from services.log.log import Log, Stored
from services.patience import Progress, unseen
from services.stream.copying import subject_of
from services.stream.reading import PAGE, headers_of, page, sequence_of

EVERY: Final = ">"  # whatever has come into the stream, on whichever subject
SHOWN: Final = 20  # differences that are told one by one


class Difference(NamedTuple):
    """A position at which stream and log differ, and how. `message` is what the stream has there,
    None if it has nothing.
    """

    position: int
    problem: str
    message: Msg | None = None


Keep = Callable[[Sequence[Difference]], Awaitable[None]]  # is given what differs, page by page


class Verified(NamedTuple):
    """Up to where stream and log are equal, where each ends, how many positions differ, and the
    first of these, each with how it differs.

    A stream that ends before the log is only late.
    """

    equal: int
    stream: int
    log: int
    differing: int = 0
    differences: tuple[tuple[int, str], ...] = ()

    @property
    def problem(self) -> str | None:
        """The first difference, if there is one."""
        return self.differences[0][1] if self.differences else None


async def nowhere(_: Sequence[Difference]) -> None:
    """Whoever only looks keeps nothing."""


async def verify(
    client: Client,
    log: Log,
    progress: Progress = unseen,
    *,
    after: int = 0,
    keep: Keep = nowhere,
) -> Verified:
    """Compare all messages after a position with the log by position, bytes and subject, as both
    are at the call.
    """
    tail = (await client.jetstream().stream_info(STREAM)).state.last_seq
    head = await asyncio.to_thread(log.head)  # read last: a log is never behind its copy
    number, first = 0, list[tuple[int, str]]()
    async for differences, upto in _compared(client, log, after, tail):
        await keep(differences)
        number += len(differences)
        first += [(one.position, one.problem) for one in differences[: SHOWN - len(first)]]
        progress(upto, tail)
    equal = first[0][0] - 1 if first else tail
    return Verified(equal, tail, head, number, tuple(first))


async def _compared(
    client: Client, log: Log, after: int, tail: int
) -> AsyncIterator[tuple[list[Difference], int]]:
    """What differs, page by page of the stream, and how far that goes."""
    while after < tail:
        read = await page(client, after + 1, EVERY)
        messages = {sequence_of(one): one for one in read if sequence_of(one) <= tail}
        upto = max(messages) if messages else tail
        found = list[Difference]()
        while after < upto:
            rows = await asyncio.to_thread(log.page, after, PAGE, upto)
            end = min(after + PAGE, upto)
            found += _differences(range(after + 1, end + 1), messages, rows)
            after = end
        yield found, upto


def _differences(
    positions: range, messages: Mapping[int, Msg], rows: Sequence[Stored]
) -> Iterator[Difference]:
    recorded = {row.position: row for row in rows}
    for position in positions:
        message = messages.get(position)
        if problem := _problem(position, message, recorded.get(position)):
            yield Difference(position, problem, message)


def _problem(position: int, message: Msg | None, row: Stored | None) -> str | None:
    if message is None:
        return f"the stream has no message {position}"
    if row is None:
        return f"message {position} of the stream lies beyond the log's head"
    if row.document != message.data:
        return f"message {position} of the stream has other bytes than the log"
    if headers_of(message)["Nats-Subject"] != subject_of(row):
        return f"message {position} of the stream has another subject than its event"
    return None
