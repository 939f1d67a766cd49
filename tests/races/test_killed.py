import asyncio
import tempfile
from collections import Counter
from collections.abc import Iterable, Iterator
from functools import partial
from pathlib import Path
from random import Random

import pytest

from events.envelope import read_document
from events.ids import CommandId
from services.engines.addresses import Engines
from services.engines.embedded import embedded
from services.log.log import Log
from services.operations.provisioning import provision
from services.stream.connections import connected
from services.vault.epochs import EpochKeys, master_key
from services.vault.vault import Vault
from tests.races.at_the_door import Clients, killed_again_and_again, worker
from tests.scenes.team import RUTH, ruth_comes
from tests.scenes.tokens import tokens_in
from tests.scenes.world import NOON

CLIENTS, KILLS = 8, 3


@pytest.fixture
def place() -> Iterator[tuple[Path, Engines]]:
    """A data folder with engines at work, as `up` would make it."""
    with tempfile.TemporaryDirectory(prefix="killed-") as folder:
        data = Path(folder) / "data"
        with embedded(data, fsync=False) as engines:
            asyncio.run(provision(engines))
            master_key(data / "master.key", create=True)
            ruth_comes(data, engines)
            yield data, engines


async def busy_clients(data: Path, engines: Engines) -> Clients:
    """Clients that send for as long as the worker is killed and started again."""
    bus = await connected("client", engines.nats["client"])
    clients = Clients(bus, partial(tokens_in(data).of, RUTH), patience=1.0)

    def answered() -> bool:
        return any(clients.answers.values())

    killing = asyncio.create_task(killed_again_and_again(data, Random(1), KILLS, answered))

    async def send(number: int) -> None:
        count = 0
        while not killing.done():
            await clients.send(CommandId.derived(NOON, f"{number} {count}"))
            count += 1

    await asyncio.gather(killing, *(send(number) for number in range(CLIENTS)))
    return clients


async def insist_on_all(clients: Clients, ids: Iterator[str]) -> None:
    for command_id in ids:
        await clients.insist(command_id)


def recorded(data: Path, engines: Engines, sent: Iterable[str]) -> dict[str, list[int]]:
    """The positions of each command's facts, by the id that was sent."""
    vault = Vault(engines.vault["commands"], EpochKeys(data / "master.key", data / "epochs.keys"))
    names = {str(vault.command_id(RUTH, CommandId(one))): one for one in sent}
    vault.close()
    log, found = Log(engines.programme["home"]), dict[str, list[int]]()
    rows = list(log.pages(0, log.head()))
    log.close()
    assert [row.position for row in rows] == list(range(1, len(rows) + 1))
    for row in rows[2:]:  # before them Ruth comes
        command_id = read_document(row.document)[0].origin.command_id
        found.setdefault(names[command_id], []).append(row.position)
    return found


@pytest.mark.timeout(300)
def test_a_worker_killed_at_any_moment_loses_and_doubles_nothing(
    place: tuple[Path, Engines],
) -> None:
    async def scene() -> None:
        data, engines = place
        clients = await busy_clients(data, engines)
        try:
            before = recorded(data, engines, clients.answers)
            answered = {one: replies[0] for one, replies in clients.answers.items() if replies}
            assert answered
            assert clients.unanswered
            assert Counter(map(len, before.values())).keys() == {1}
            for command_id, reply in answered.items():
                assert reply.events
                assert [event.position for event in reply.events] == before[command_id]
            async with worker(data):
                ids = iter(list(clients.answers))
                await asyncio.gather(*(insist_on_all(clients, ids) for _ in range(CLIENTS)))
            after = recorded(data, engines, clients.answers)
            assert before.items() <= after.items()
            for command_id, replies in clients.answers.items():
                positions = {tuple(event.position for event in one.events or ()) for one in replies}
                assert positions == {tuple(after[command_id])}
        finally:
            await clients.nats.close()

    asyncio.run(scene())
