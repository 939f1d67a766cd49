"""Waiting until what is read has come as far as somebody needs it."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Final

REACHED: Final = 3.0  # seconds for which a position is waited for
LOOK: Final = 0.05  # seconds between two looks whether it was reached


async def has_reached(position: Callable[[], Awaitable[int]], wanted: int) -> bool:
    """Wait until a `position` is the one that is wanted, or a later one; False if it is not in
    time.
    """
    try:
        async with asyncio.timeout(REACHED):
            while await position() < wanted:  # noqa: ASYNC110 - of a database
                await asyncio.sleep(LOOK)
    except TimeoutError:
        return False
    return True
