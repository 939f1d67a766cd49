"""Credentials on a bus that is not as it should be: what was not in force is not called so."""

import asyncio
import os
import signal
import subprocess
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import NamedTuple

import pytest
from click.testing import CliRunner, Result

from services.__main__ import main
from services.engines import credentials
from services.engines.addresses import BusAddress, Engines
from services.engines.binaries import from_wheels
from services.engines.bus import BUS_USERS, nats_config, subscriber
from services.engines.credentials import STORE, write_conf
from services.engines.embedded import free_ports
from services.engines.embedded_nats import addresses, answers
from services.engines.seeds import fresh_seed, public_key
from services.operations.credentials import Told, withdraw
from services.stream import servers
from services.stream.connections import connected
from tests.scenes.at_work import client_of, eventually, named
from tests.scenes.buses import in_accounts
from tests.scenes.credentials import let_ask
from tests.scenes.watching import until
from tests.scenes.world import NOON

NAME = "gp-portal"
Calls = Callable[..., Result]


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """Where we keep who may come in."""
    folder = tmp_path / "data"
    folder.mkdir(mode=0o700)
    return folder


@pytest.fixture
def bus(tmp_path: Path) -> Iterator[dict[str, BusAddress]]:
    """One that reads who may come in from another file than ours, and lets the portal in."""
    folder = tmp_path / "bus"
    folder.mkdir()
    with in_accounts(folder, subscriber(NAME), include="others.conf") as found:
        yield found


@pytest.fixture
def lt(bus: dict[str, BusAddress], data: Path) -> Calls:
    settings = {
        "LT_DATABASE_URL": "postgresql://nobody@127.0.0.1/nowhere",
        **named(bus["owner"]),
        "LT_SYSTEM_NATS_SEED": bus["system"].seed,
        "LT_DATA": str(data),
    }

    def called(*words: object) -> Result:
        given = ["credentials", *map(str, words)]
        return CliRunner().invoke(main, given, env=settings)

    return called


def test_who_is_withdrawn_and_let_in_by_another_file_is_not_called_out(
    lt: Calls, bus: dict[str, BusAddress], data: Path
) -> None:
    credentials.make_subscriber(data, NAME, who="olive", now=NOON)

    async def scene() -> None:
        async with await connected(NAME, bus[NAME], allow_reconnect=False) as client:
            why = ("--reason", "it was lost", "--who", "olive")
            said = await asyncio.to_thread(lt, "withdraw", NAME, *why)
            assert said.exit_code == 3
            assert f"still lets in {NAME}, so it reads another file than {data}" in said.stdout
            assert "have the configuration of every server include that file" in said.stdout
            await eventually(lambda: not client.is_connected)
        await (await connected(NAME, bus[NAME])).close()  # they come in again: so it was said

    asyncio.run(scene())


def test_who_is_made_and_not_let_in_by_another_file_is_not_called_in(
    lt: Calls, tmp_path: Path
) -> None:
    """Nor is who has a name that the other file has, with another key."""
    for name in ("ruth", NAME):
        said = lt("make", name, "--asks", "--out", tmp_path / f"{name}.seed")
        assert said.exit_code == 3
        assert f"does not know {name}, so it reads another file" in said.stdout
        assert (tmp_path / f"{name}.seed").read_text().startswith("SU")


def test_a_file_of_another_version_is_said_to_be_one(lt: Calls, data: Path) -> None:
    (data / STORE).write_text('{"format": 1, "subscribers": []}')
    for words in (("list",), ("make", "ruth", "--asks", "--out", "-")):
        said = lt(*words)
        assert (said.exit_code, said.stdout) == (2, "")
        assert said.stderr.startswith(f"{data / STORE} can't be read: ")


class Cluster(NamedTuple):
    """Two servers that know each other, and what a process of ours knows of them."""

    servers: tuple[subprocess.Popen[bytes], ...]
    engines: Engines


@pytest.fixture
def cluster(data: Path) -> Iterator[Cluster]:
    """They read the file that we write."""
    ports = free_ports(4)
    seeds = {user.name: fresh_seed() for user in BUS_USERS}
    keys = {name: public_key(seed) for name, seed in seeds.items()}
    write_conf(data)
    with ExitStack() as stack:
        running = []
        for number, (port, routes, other) in enumerate(
            ((ports[0], ports[1], ports[3]), (ports[2], ports[3], ports[1]))
        ):
            text = nats_config(f"127.0.0.1:{port}", f"./{number}", keys, name=f"nats-{number}")
            met = f'name: lt, listen: "127.0.0.1:{routes}", routes: ["nats://127.0.0.1:{other}"]'
            (data / f"{number}.conf").write_text(f"{text}cluster {{ {met} }}\n")
            command = [str(from_wheels().nats_server), "--config", f"{number}.conf"]
            log = stack.enter_context((data / f"{number}.log").open("w"))
            server = stack.enter_context(subprocess.Popen(command, cwd=data, stderr=log))
            stack.callback(server.terminate)
            running.append(server)
        until(lambda: all(answers(port, seeds["client"]) for port in (ports[0], ports[2])))
        yield Cluster(
            tuple(running), Engines(programme={}, vault={}, nats=addresses(ports[0], seeds))
        )


def test_a_server_that_does_not_answer_may_go_on_letting_somebody_in(
    cluster: Cluster, data: Path
) -> None:
    frozen = cluster.servers[1].pid

    async def out() -> Told:
        return await withdraw(cluster.engines, data, "ruth", who="olive", why="lost", now=NOON)

    async def have_met() -> bool:
        async with client_of(cluster.engines, "system") as system:
            return len(await servers._ids(system)) == len(cluster.servers)

    async def scene() -> None:
        await eventually(have_met)
        await let_ask(cluster.engines, data, "ruth")
        os.kill(frozen, signal.SIGSTOP)
        try:
            told = await out()
        finally:
            os.kill(frozen, signal.SIGCONT)
        assert (told.is_in_force, "could not be told" in told.to_do) == (False, True)
        assert (await out()).is_in_force

    asyncio.run(scene())
