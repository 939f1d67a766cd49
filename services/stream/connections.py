"""Connections to the bus: they never give up, and say once what troubles them."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from typing import Any
from urllib.parse import unquote, urlsplit

import nats
import structlog
from nats.aio.client import Client

from services.engines.access import inbox_prefix

logger = structlog.get_logger()


def options(user: str, url: str) -> dict[str, Any]:
    """How a client of ours connects: for ever, under its own name, quietly."""
    last = ""

    async def lost() -> None:
        logger.info("bus.lost", user=user)

    async def back() -> None:
        nonlocal last
        last = ""
        logger.info("bus.back", user=user)

    async def trouble(error: Exception) -> None:
        nonlocal last
        problem = type(error).__name__
        if problem != last:  # each attempt to connect again fails alike: once is enough
            logger.warning("bus.trouble", user=user, problem=problem)
        last = problem

    parts = urlsplit(url)
    return {
        "servers": parts._replace(netloc=parts.netloc.rpartition("@")[2]).geturl(),
        # Apart from the address: of the other servers of a cluster the client hears only that.
        "user": parts.username and unquote(parts.username),
        "password": parts.password and unquote(parts.password),
        "name": f"leading-together {user}",
        "inbox_prefix": inbox_prefix(user).encode(),
        "max_reconnect_attempts": -1,
        "reconnect_time_wait": 0.5,
        "connect_timeout": 5,
        "disconnected_cb": lost,
        "reconnected_cb": back,
        "error_cb": trouble,
    }


async def connected(user: str, url: str) -> Client:
    """A connection; raises at once if nobody answers, and then never gives up."""
    given = options(user, url)
    first = {**given, "allow_reconnect": False, "max_reconnect_attempts": 1}
    probe = await nats.connect(**{**first, "disconnected_cb": None, "error_cb": _quiet})
    await probe.close()
    return await nats.connect(**given)


async def _quiet(error: Exception) -> None:
    """The probe's error is raised; it need not be told twice."""


@asynccontextmanager
async def connection_of(user: str, url: str) -> AsyncIterator[Client]:
    """The same, closed at the end."""
    client = await connected(user, url)
    try:
        yield client
    finally:
        # The event loop's own, if the bus went away before we did.
        with suppress(RuntimeError, asyncio.CancelledError):
            await client.close()
