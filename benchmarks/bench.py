"""Where measurements take place: engines of their own with fsync on, and each worker a process."""

import asyncio
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import count
from multiprocessing import get_context
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import IO, Final

from services.diagnostics import set_up
from services.engines.addresses import Engines
from services.engines.embedded import embedded, free_ports
from services.identity.configuration import identity_file
from services.operations.provisioning import provision
from services.settings import Settings
from services.vault.epochs import EpochKeys, master_key
from services.vault.vault import Vault

PATIENCE: Final = 30.0
NUMBERS: Final = count()


@dataclass(frozen=True)
class Bench:
    """Engines that run in a temporary data folder."""

    data: Path
    engines: Engines

    @property
    def programme(self) -> str:
        """The programme's database, as the role that may write the log."""
        return self.engines.programme["commands"]

    def vault(self) -> Vault:
        """The vault, for who writes history."""
        return Vault(self.engines.vault["commands"], self.keys)

    @property
    def keys(self) -> EpochKeys:
        """The keys of the vault's epochs."""
        return EpochKeys(self.data / "master.key", self.data / "epochs.keys")


@contextmanager
def bench() -> Iterator[Bench]:
    """Engines on an empty log, gone with all they held when this ends."""
    with TemporaryDirectory(prefix="leading-together-") as folder:
        data = Path(folder) / "data"
        with embedded(data) as engines:
            asyncio.run(provision(engines))
            master_key(data / "master.key", create=True)
            bench = Bench(data, engines)
            bench.keys.begin()
            os.environ["LT_DATA"] = str(data)  # where clients find what signs for them
            (port,) = free_ports(1)
            os.environ["LT_WEB"] = f"127.0.0.1:{port}"  # whatever else runs here
            if issuer := identity_file(Settings(data=data)).own_issuer():
                issuer.begin(datetime.now(UTC))
            yield bench


@contextmanager
def workers(at: Bench, *names: str) -> Iterator[dict[str, int]]:
    """Each named worker as a process of its own, ready; their pids by name."""
    with ExitStack() as stack:
        yield {name: stack.enter_context(together(at, name)) for name in names}


@contextmanager
def together(at: Bench, *names: str) -> Iterator[int]:
    """The named workers in one process, ready; its pid."""
    said = at.data / f"{names[0]}-{next(NUMBERS)}.log"
    with said.open("wb") as out, started("run", *names, "--data", str(at.data), out=out) as process:
        until(lambda: b"workers.ready" in said.read_bytes(), f"the worker {names[0]}")
        try:
            yield process.pid
        finally:
            stop(process)


@contextmanager
def started(*words: str, out: IO[bytes]) -> Iterator["subprocess.Popen[bytes]"]:
    """`leading-together WORDS`, with what it says (output and log) in `out`."""
    with subprocess.Popen(  # noqa: S603 - our own command line, without a shell
        [sys.executable, "-m", "services", *words],
        stdout=out,
        stderr=subprocess.STDOUT,
        env={**os.environ, "LT_LOG_LEVEL": "info"},
    ) as process:
        yield process


def stop(process: "subprocess.Popen[bytes]") -> None:
    """Ask a process to finish and wait until it has."""
    process.terminate()
    process.wait(PATIENCE)


def child() -> ProcessPoolExecutor:
    """A process of its own, for a client or a peer; it does one thing at a time."""
    return ProcessPoolExecutor(1, get_context("spawn"), initializer=set_up, initargs=("error",))


def until(seen: Callable[[], bool], what: str) -> None:
    """Wait for `seen()`; TimeoutError with the name of what did not come."""
    deadline = time.monotonic() + PATIENCE
    while not seen():
        if time.monotonic() > deadline:
            raise TimeoutError(f"{what} did not get ready")
        time.sleep(0.01)
