"""Services that follow the stream, and people who ask, each with a credential of their own."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final, NamedTuple

from nats.aio.client import Client

from services.engines.addresses import BusAddress, Engines
from services.engines.credentials import ALL_EVENTS, listed
from services.operations import credentials
from services.operations.credentials import Told
from services.stream.connections import connected

PORTAL: Final = "gp-portal"
NOW: Final = datetime(2024, 9, 2, 12, tzinfo=UTC)


class Service(NamedTuple):
    """One that has a credential: its name, which is its consumer's too, and how it comes in."""

    name: str
    address: BusAddress

    @property
    def seed(self) -> str:
        assert self.address.seed
        return self.address.seed


async def let_in(
    engines: Engines,
    data: Path,
    name: str = PORTAL,
    subjects: Sequence[str] = ALL_EVENTS,
    *,
    after: int = 0,
) -> Service:
    """A new credential, which the bus knows."""
    told = await credentials.make_subscriber(
        engines, data, name, subjects, who="olive", now=NOW, after=after
    )
    assert told.is_in_force
    return Service(name, BusAddress(url=plain(engines), seed=told.seed))


async def let_ask(engines: Engines, data: Path, name: str) -> BusAddress:
    """The bus as somebody who may ask there, as it stands in their settings."""
    told = await credentials.make_asker(engines, data, name, who="olive", now=NOW)
    assert told.is_in_force
    return BusAddress(url=plain(engines).replace("//", f"//{name}@"), seed=told.seed)


async def kept_out(engines: Engines, data: Path, name: str = PORTAL) -> Told:
    """It is withdrawn."""
    return await credentials.withdraw(engines, data, name, who="olive", why="a test", now=NOW)


async def nobody_is_left(engines: Engines, data: Path) -> None:
    """All are withdrawn."""
    for one in listed(data):
        await kept_out(engines, data, one.name)


def plain(engines: Engines) -> str:
    """Where the bus is, with nobody's name."""
    return f"nats://{engines.nats['client'].url.rpartition('@')[2]}"


@asynccontextmanager
async def connection_as(one: Service, **chosen: Any) -> AsyncIterator[Client]:
    client = await connected(one.name, one.address, **chosen)
    try:
        yield client
    finally:
        await client.close()
