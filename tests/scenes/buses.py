"""A bus alone: a server with our accounts, or one that lets everybody do everything."""

import asyncio
import subprocess
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path

from nats.aio.client import Client
from nats.js.api import ConsumerConfig, StorageType

from services.crew import EVENTS, FOLLOWERS, STREAM
from services.engines.addresses import BusAddress
from services.engines.binaries import from_wheels
from services.engines.bus import (
    BUS_USERS,
    SUBSCRIBERS_CONF,
    BusUser,
    nats_config,
    subscribers_conf,
)
from services.engines.embedded import free_ports
from services.engines.embedded_nats import addresses, answers
from services.engines.seeds import fresh_seed, public_key
from services.stream.connections import connected
from tests.scenes.watching import until

EVENT = f"{EVENTS}person.registered"


@contextmanager
def running(folder: Path, command: Sequence[str], port: int, seed: str | None) -> Iterator[None]:
    """A server of NATS, for as long as this lasts."""
    binary = str(from_wheels().nats_server)
    with (
        (folder / "nats.log").open("w") as log,
        subprocess.Popen([binary, *command], cwd=folder, stderr=log) as server,
    ):
        try:
            until(lambda: answers(port, seed))
            yield
        finally:
            server.terminate()


@contextmanager
def in_accounts(
    folder: Path, *others: BusUser, include: str = SUBSCRIBERS_CONF
) -> Iterator[dict[str, BusAddress]]:
    """A bus as the table says, with these from outside, whom a file beside its configuration lets
    in: the address of each user.
    """
    (port,) = free_ports(1)
    seeds = {one.name: fresh_seed() for one in (*BUS_USERS, *others)}
    keys = {name: public_key(seed) for name, seed in seeds.items()}
    config = nats_config(f"127.0.0.1:{port}", ".", keys, include=f"./{include}")
    (folder / "nats.conf").write_text(config)
    (folder / include).write_text(subscribers_conf((one, keys[one.name]) for one in others))
    with running(folder, ("--config", "nats.conf"), port, seeds["client"]):
        yield addresses(port, seeds)


@contextmanager
def open_to_all(folder: Path) -> Iterator[BusAddress]:
    """A bus that is not ours: everybody may do everything."""
    (port,) = free_ports(1)
    given = ("-a", "127.0.0.1", "-p", str(port), "-js", "-sd", str(folder / "jetstream"))
    with running(folder, given, port, None):
        yield BusAddress(url=f"nats://127.0.0.1:{port}")


class Callers:
    """Connections of users to one bus, and what it refused to each."""

    def __init__(self, bus: Mapping[str, BusAddress]) -> None:
        self._bus = bus
        self._clients: dict[str, Client] = {}
        self.refused: dict[str, list[str]] = {}

    async def of(self, name: str) -> Client:
        if name not in self._clients:
            self.refused[name] = []

            async def hear(error: Exception) -> None:
                self.refused[name].append(str(error).lower())

            chosen = {"error_cb": hear, "disconnected_cb": None}
            self._clients[name] = await connected(name, self._bus[name], **chosen)
        return self._clients[name]

    async def refusals(self, name: str) -> list[str]:
        """What was refused since the last look."""
        client = await self.of(name)
        for _ in range(2):  # nats-py asks for a sign of life before it sends what it still has
            await client.flush()
        found, self.refused[name] = self.refused[name], []
        return found

    async def messages(self) -> int:
        """How many the stream has."""
        owner = await self.of("owner")
        return (await owner.jetstream().stream_info(STREAM)).state.messages

    async def close(self) -> None:
        await asyncio.gather(*(one.close() for one in self._clients.values()))


@asynccontextmanager
async def callers(bus: Mapping[str, BusAddress], *subscribers: str) -> AsyncIterator[Callers]:
    """Everybody, and a stream of three events with the consumers of those who have one."""
    here = Callers(bus)
    try:
        owner = (await here.of("owner")).jetstream()
        await owner.add_stream(
            name=STREAM, subjects=[f"{EVENTS}>"], storage=StorageType.MEMORY, allow_direct=True
        )
        for name in (*FOLLOWERS, *subscribers):
            await owner.add_consumer(STREAM, ConsumerConfig(name=name, durable_name=name))
        relay = (await here.of("relay")).jetstream()
        for number in range(3):
            await relay.publish(EVENT, str(number).encode(), stream=STREAM)
        yield here
        await owner.delete_stream(STREAM)
    finally:
        await here.close()
