"""The embedded NATS server: its configuration, and how one sees that it answers."""

import json
import signal
import socket
from collections.abc import Mapping
from pathlib import Path

from services.engines.addresses import BusAddress
from services.engines.binaries import Binaries
from services.engines.bus import nats_config
from services.engines.children import Recipe
from services.engines.credentials import write_conf
from services.engines.proof import shown_with, signed
from services.engines.strays import Strays, mark
from services.files import Account, private_folder, write_whole

CONFIGURATION = "nats.conf"


def nats(
    data: Path, binaries: Binaries, account: Account | None, port: int, seeds: Mapping[str, str]
) -> Recipe:
    """The recipe of a server on loopback whose store and configuration are in `data`/nats.

    Everything is named relative to that folder: those above it may be closed to `account`. The
    configuration has no secret in it.
    """
    folder = private_folder(data / "nats", account)
    keys = {name: shown_with(seed) for name, seed in seeds.items()}
    configuration = nats_config(f"127.0.0.1:{port}", ".", keys, name=mark(folder))
    write_whole(folder / CONFIGURATION, configuration, account)
    write_conf(data)
    return Recipe(
        name="nats",
        command=[str(binaries.nats_server), "--config", CONFIGURATION, "--name", mark(folder)],
        folder=folder,
        log_file=data / "log" / "nats.log",
        account=account,
        farewell=signal.SIGTERM,
        strays=Strays("nats-server", mark(folder)),
        ready=lambda: answers(port, seeds["client"]),
    )


def addresses(port: int, seeds: Mapping[str, str]) -> dict[str, BusAddress]:
    """The address of each user."""
    return {
        name: BusAddress(url=f"nats://{name}@127.0.0.1:{port}", seed=seed)
        for name, seed in seeds.items()
    }


def answers(port: int, seed: str | None = None) -> bool:
    """Whether a server on loopback knows who has this seed (or anybody, if it asks nobody who they
    are), and answers.

    Spoken by hand, because a client would bring an event loop into a thread that needs none:
    the server says INFO, we say CONNECT and PING, it says PONG.
    """
    try:
        with socket.create_connection(("127.0.0.1", port), timeout=2) as connection:
            stream = connection.makefile("rwb")
            info = json.loads(stream.readline().partition(b" ")[2] or b"{}")
            hello = {"verbose": False} | (_known_by(seed, info.get("nonce", "")) if seed else {})
            stream.write(f"CONNECT {json.dumps(hello)}\r\nPING\r\n".encode())
            stream.flush()
            return stream.readline().startswith(b"PONG")
    except (OSError, ValueError):
        return False


def _known_by(seed: str, nonce: str) -> dict[str, str]:
    return {"nkey": shown_with(seed), "sig": signed(seed, nonce).decode()}
