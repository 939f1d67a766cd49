"""Many requests of one sender: each sent with patience, those of one line one after the other, and
all lines at once as far as there is room.
"""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any, Final, TypeVar

import nats.errors
from nats.aio.client import Client

from services.door.asking import UNANSWERED, ask
from services.door.replies import TO_BE_ASKED_AGAIN, Reply

IN_FLIGHT: Final = 16
PAUSES: Final = (0.2, 1.0)
LONG: Final = 3.0  # seconds for an answer, however often it is asked for
T = TypeVar("T")


class NobodyTakes(Exception):
    """One was not taken, and may be if it is sent again: there is no use in sending others."""


async def ask_patiently(
    client: Client, name: str, body: Mapping[str, Any], shows: Callable[[], str]
) -> Reply:
    """The answer; a busy door is asked again with the same id, which repeats nothing. One that
    takes seconds to say so needs longer than whoever sends many should wait for.
    """
    clock = asyncio.get_running_loop().time
    begun = clock()
    for pause in PAUSES:
        reply = await _asked(client, name, body, shows)
        if reply.status not in TO_BE_ASKED_AGAIN or clock() - begun > LONG:
            return reply
        await asyncio.sleep(pause)
    return await _asked(client, name, body, shows)


async def _asked(
    client: Client, name: str, body: Mapping[str, Any], shows: Callable[[], str]
) -> Reply:
    try:
        return await ask(client, name, body, token=shows())
    except nats.errors.Error:
        return UNANSWERED


async def in_lines(
    lines: Sequence[Sequence[T]],
    send: Callable[[T], Awaitable[None]],
    in_flight: int = IN_FLIGHT,
) -> None:
    """Send all, so many at once, those of each line in their order; NobodyTakes, once everything
    has ended, if sending one raised it.

    The first line goes alone, so that what is wrong with all shows before the others are sent.
    """
    room, given_up = asyncio.Semaphore(in_flight), False

    async def one_by_one(line: Sequence[T]) -> None:
        for one in line:
            async with room:
                await send(one)

    first, *others = lines or [[]]
    await one_by_one(first)
    try:
        async with asyncio.TaskGroup() as tasks:
            for line in others:
                tasks.create_task(one_by_one(line))
    except* NobodyTakes:
        given_up = True
    if given_up:
        raise NobodyTakes
