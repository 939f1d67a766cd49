"""The embedded NATS server: its configuration, and how one sees that it answers."""

import json
import signal
import socket
from collections.abc import Mapping
from pathlib import Path

from services.engines.access import nats_config
from services.engines.binaries import Binaries
from services.engines.children import Recipe
from services.engines.strays import Strays, mark
from services.files import Account, private_folder, write_whole

CONFIGURATION = "nats.conf"


def nats(
    data: Path, binaries: Binaries, account: Account | None, port: int, passwords: Mapping[str, str]
) -> Recipe:
    """The recipe of a server on loopback whose store and configuration are in `data`/nats.

    Everything is named relative to that folder: those above it may be closed to `account`.
    """
    folder = private_folder(data / "nats", account)
    configuration = nats_config(f"127.0.0.1:{port}", ".", passwords)
    write_whole(folder / CONFIGURATION, configuration, account)
    return Recipe(
        name="nats",
        command=[str(binaries.nats_server), "--config", CONFIGURATION, "--name", mark(folder)],
        folder=folder,
        log_file=data / "log" / "nats.log",
        account=account,
        farewell=signal.SIGTERM,
        strays=Strays("nats-server", mark(folder)),
        ready=lambda: answers(port, "client", passwords["client"]),
    )


def urls(port: int, passwords: Mapping[str, str]) -> dict[str, str]:
    """The URL of each NATS user."""
    return {name: f"nats://{name}:{word}@127.0.0.1:{port}" for name, word in passwords.items()}


def answers(port: int, user: str, password: str) -> bool:
    """Whether a server on loopback knows this user and answers.

    Spoken by hand, because a client would bring an event loop into a thread that needs none:
    the server says INFO, we say CONNECT and PING, it says PONG.
    """
    hello = json.dumps({"user": user, "pass": password, "verbose": False})
    try:
        with socket.create_connection(("127.0.0.1", port), timeout=2) as connection:
            stream = connection.makefile("rwb")
            stream.readline()
            stream.write(f"CONNECT {hello}\r\nPING\r\n".encode())
            stream.flush()
            return stream.readline().startswith(b"PONG")
    except OSError:
        return False
