"""Engines that show certificates of the test's choice, and somebody who listens on the way."""

import os
import select
import socket
import ssl
import struct
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, Final

import pytest

from services.engines.addresses import BusAddress
from services.engines.binaries import from_wheels
from services.engines.bus import (
    BUS_USERS,
    SUBSCRIBERS_CONF,
    nats_config,
    subscriber,
    subscribers_conf,
)
from services.engines.embedded import free_ports
from services.engines.seeds import fresh_seed, public_key
from tests.scenes.watching import until

PLEASE: Final = struct.pack("!ii", 8, 80877103)  # PostgreSQL's request for encryption
TAKES_AWAY: Final = b'"tls_required":true'
LEFT: Final = b'"tls_required":false'


BY_CERTIFICATE: Final = {
    "db.example": None,
    "other.example": "certificate is for another name: name the server in",
    "old.example": "certificate has expired",
    "stranger.example": "certificate is not trusted (",
}
"""What is said of each that a server may show; nothing of the one that is right."""


def lead_here(monkeypatch: pytest.MonkeyPatch, *names: str) -> None:
    """These names are of this machine's loopback, though nobody can see it by the name."""
    ask = socket.getaddrinfo

    def answer(host: Any, *given: Any, **named: Any) -> Any:
        text = host.decode() if isinstance(host, bytes) else host
        return ask("127.0.0.1" if text in names else host, *given, **named)

    monkeypatch.setattr(socket, "getaddrinfo", answer)


def greets(port: int) -> bool:
    """Whether a server of NATS is there: it speaks first."""
    try:
        with socket.create_connection(("127.0.0.1", port), timeout=2) as there:
            return there.recv(5) == b"INFO "
    except OSError:
        return False


@contextmanager
def nats_with(
    folder: Path, tls: Path | None, *subscribers: str
) -> Iterator[tuple[int, dict[str, str]]]:
    """A server of NATS with our accounts, that shows who it is by this file: its port, and the seed
    of each user.
    """
    (port,) = free_ports(1)
    folder.mkdir(exist_ok=True)
    seeds = {name: fresh_seed() for name in (*(user.name for user in BUS_USERS), *subscribers)}
    keys = {name: public_key(seed) for name, seed in seeds.items()}
    text = nats_config(f"127.0.0.1:{port}", ".", keys, tls=str(tls) if tls else None)
    (folder / "nats.conf").write_text(text)
    theirs = [(subscriber(name), keys[name]) for name in subscribers]
    (folder / SUBSCRIBERS_CONF).write_text(subscribers_conf(theirs))
    with started(folder, "--config", "nats.conf"):
        until(lambda: greets(port))
        yield port, seeds


@contextmanager
def started(folder: Path, *options: str, **environment: str) -> Iterator[None]:
    """A server of NATS, until this is left."""
    command = [str(from_wheels().nats_server), *options]
    with (
        (folder / "nats.log").open("w") as log,
        subprocess.Popen(command, cwd=folder, stderr=log, env={**os.environ, **environment}) as one,
    ):
        try:
            yield
        finally:
            one.terminate()


def address(
    port: int, seeds: dict[str, str], authority: Path | None, host: str = "bus.example", **more: Any
) -> BusAddress:
    """Where the client finds it."""
    url = f"{more.pop('scheme', 'nats')}://{host}:{port}"
    return BusAddress(url=url, seed=seeds["client"], authority=authority, **more)


class EncryptedDatabase:
    """Encrypts what goes to a PostgreSQL of the wheel, which can't do so itself: with a certificate
    that can be changed. Nobody comes through who does not ask for it.
    """

    def __init__(self, target: int, tls: Path | None = None) -> None:
        self._target = target
        self._context = context_of(tls) if tls else None
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listener.getsockname()[1]
        self.came: list[str | None] = []  # by which version of TLS
        threading.Thread(target=self._serve, daemon=True).start()

    def shows(self, tls: Path | None) -> None:
        """From now on it shows this certificate; or none, and says that it does not encrypt."""
        self._context = context_of(tls) if tls else None

    def close(self) -> None:
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()

    def _serve(self) -> None:
        with suppress(OSError):
            while True:
                client, _ = self._listener.accept()
                threading.Thread(target=self._meet, args=(client,), daemon=True).start()

    def _meet(self, client: socket.socket) -> None:
        with client, suppress(OSError):
            if client.recv(8) != PLEASE:
                self.came.append(None)
                return
            if self._context is None:
                client.sendall(b"N")
                client.recv(1)
                return
            client.sendall(b"S")
            with self._context.wrap_socket(client, server_side=True) as safe:
                self.came.append(safe.version())
                with socket.create_connection(("127.0.0.1", self._target)) as server:
                    _passed_on(safe, server)


def context_of(tls: Path) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(tls)
    return context


def _passed_on(safe: ssl.SSLSocket, server: socket.socket) -> None:
    """Both ways in one thread: a socket of TLS is not for two."""
    both = (safe, server)
    while True:
        ready = [safe] if safe.pending() else select.select(both, (), ())[0]
        for one in ready:
            said = one.recv(65536)
            if not said:
                return
            (server if one is safe else safe).sendall(said)


def says_no(said: bytes) -> bytes:
    """Somebody who answers in PostgreSQL's place that it does not encrypt."""
    return b"N" if said == b"S" else said


def takes_tls_away(said: bytes) -> bytes:
    """Somebody who has NATS say that nobody need encrypt anything."""
    return said.replace(TAKES_AWAY, LEFT).replace(b'"tls_available":true', b'"tls_available":false')
