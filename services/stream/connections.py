"""Connections to the bus: they never give up, and say once what troubles them."""

import asyncio
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from datetime import datetime
from typing import Any, Final
from urllib.parse import unquote, urlsplit

import structlog
from nats.aio.client import Client
from nats.errors import NoServersError

from services.engines.addresses import BusAddress
from services.engines.bus import inbox_prefix
from services.engines.faults import kind_of
from services.engines.proof import shown_with, signed
from services.engines.wires import trusting
from services.patience import is_in_haste
from services.settings import NATS_CA_FILE, WrongSetting
from services.stream.listening import ListeningClient
from services.stream.lookout import PATIENCE, Lookout
from services.stream.transport import SafeTransport, UnsafeBusWire

FLUSHED: Final = 10  # seconds for the bus to have heard what was said to it
logger = structlog.get_logger()


class KnownClient(ListeningClient):
    """A client whom the bus knows by a seed, and that says nothing on a way that is not safe. What
    nats-py itself does with a seed needs one library more, of which there is no wheel.
    """

    def __init__(self, address: BusAddress) -> None:
        super().__init__()
        self._address = address
        self._public_nkey = shown_with(address.seed) if address.seed else None
        self._transport = SafeTransport(address)

    async def flush(self, timeout: int = FLUSHED) -> None:  # noqa: ASYNC109 - nats-py's signature
        """As nats-py's own, of all that was said before: its ping overtakes what waits to be sent,
        so that its answer would tell nothing of that.
        """
        with suppress(TimeoutError):
            await asyncio.wait_for(self._flush_pending(force_flush=True), timeout)
        await super().flush(timeout)

    @property
    def ssl_context(self) -> ssl.SSLContext:
        """Whose certificates count: as the file says at this moment, which may have been renewed.

        Raises UnsafeBusWire.
        """
        try:
            return trusting(self._address.authority, NATS_CA_FILE)
        except WrongSetting as problem:
            raise UnsafeBusWire(str(problem)) from None


def options(user: str, address: BusAddress) -> dict[str, Any]:
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
        problem = kind_of(error).problem
        if problem != last:  # each attempt to connect again fails alike: once is enough
            logger.warning("bus.trouble", user=user, problem=problem)
        last = problem

    parts, seed = urlsplit(address.url), address.seed
    name = parts.username and unquote(parts.username)
    return {
        "servers": parts._replace(netloc=parts.netloc.rpartition("@")[2]).geturl(),
        # Apart from the address: of the other servers of a cluster the client hears only that.
        "user": name or (seed and user),
        "password": parts.password and unquote(parts.password),
        "signature_cb": (lambda nonce: signed(seed, nonce)) if seed else None,
        "name": f"leading-together {user}",
        # A bus that is not ours knows of no inboxes but those that everybody has.
        "inbox_prefix": (inbox_prefix(name or user) if seed else "_INBOX").encode(),
        "max_reconnect_attempts": -1,
        "reconnect_time_wait": 0.5,
        "connect_timeout": 5,
        "disconnected_cb": lost,
        "reconnected_cb": back,
        "error_cb": trouble,
    }


def end_of_certificate(client: Client) -> datetime | None:
    """When the certificate of a client's server ends, None if it has none."""
    way = client._transport  # noqa: SLF001 - nats-py does not tell
    return way.ends if isinstance(way, SafeTransport) else None


async def connected(user: str, address: BusAddress, **chosen: Any) -> Client:
    """A connection; raises at once if nobody answers, and then never gives up. `chosen` are options
    that take the place of ours.
    """
    given = options(user, address) | chosen
    first = {**given, "allow_reconnect": False, "max_reconnect_attempts": 1}
    probe = KnownClient(address)
    try:
        await probe.connect(**{**first, "disconnected_cb": None, "error_cb": _quiet})
    finally:
        with suppress(OSError):  # the way there may be cut by now
            await probe.close()
    client = KnownClient(address)
    await client.connect(**given)
    return client


async def _quiet(error: Exception) -> None:
    """The probe's error is raised; it need not be told twice."""


@asynccontextmanager
async def connection_of(user: str, address: BusAddress) -> AsyncIterator[Client]:
    """The same, closed at the end. In haste, a bus that gives no sign of life, or refuses what is
    asked of it, ends what is done meanwhile: it raises what is the matter.
    """
    if not is_in_haste():
        async with _closed_after(await connected(user, address)) as client:
            yield client
        return
    lookout = Lookout()
    try:
        async with asyncio.timeout(PATIENCE):
            client = await connected(user, address, error_cb=lookout.hear)
    except OSError as error:
        raise NoServersError from error
    async with _closed_after(client), lookout.over(client):
        yield client


@asynccontextmanager
async def _closed_after(client: Client) -> AsyncIterator[Client]:
    try:
        yield client
    finally:
        # The event loop's own, if the bus went away before we did.
        with suppress(RuntimeError, asyncio.CancelledError):
            await client.close()
