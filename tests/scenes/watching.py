"""What a test of the embedded engines sees from outside, and engines of another process."""

import json
import os
import shutil
import signal
import stat
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TypeVar

import psycopg

from services.engines.addresses import BusAddress, Engines
from services.engines.embedded_nats import answers
from services.engines.strays import Strays, mark

T = TypeVar("T")
ROOT = Path(__file__).parents[2]
MEMORY, ROOM = Path("/dev/shm"), 2 * 2**30  # noqa: S108 - only mkdtemp goes there
ENGINES = {"postgres": "postgres", "nats": "nats-server"}  # folder: binary
SUPERVISE = """
import sys, threading
from contextlib import suppress
from pathlib import Path
from services.engines.embedded import embedded
with embedded(Path(sys.argv[1]), fsync=False), suppress(KeyboardInterrupt):
    print("ready", flush=True)
    threading.Event().wait()
"""


def quick() -> Path | None:
    """Memory, if there is room and nobody named a place: two databases are 600 new files, for
    which a disk may take half a second, and each test has two.
    """
    usable = MEMORY.is_dir() and os.access(MEMORY, os.W_OK) and "TMPDIR" not in os.environ
    return MEMORY if usable and shutil.disk_usage(MEMORY).free > ROOM else None


def until(condition: Callable[[], T], seconds: float = 20) -> T:
    """What it gives when it comes about."""
    deadline = time.monotonic() + seconds
    while not (found := condition()):
        assert time.monotonic() < deadline, "it did not come about"
        time.sleep(0.01)
    return found


def leaders(data: Path, folder: str) -> list[int]:
    strays = Strays(ENGINES[folder], mark(data / folder))
    found = {pid for pid in strays.pids() if strays._leads(pid)}
    # What PostgreSQL has just begun is called as itself for a moment.
    return [pid for pid in found if found.isdisjoint(_parents(pid))]


def _parents(pid: int) -> set[int]:
    with suppress(OSError):
        text = Path(f"/proc/{pid}/stat").read_text()
        return {int(text.rpartition(")")[2].split()[1])}
    return set()


@contextmanager
def frozen(data: Path, folder: str) -> Iterator[None]:
    """All processes of an engine stand still for a while, those too that it began meanwhile."""
    strays = Strays(ENGINES[folder], mark(data / folder))
    try:
        strays._tell(signal.SIGSTOP, leaders(data, folder))  # which begins nobody new from now on
        strays._tell(signal.SIGSTOP, strays.pids())
        yield
    finally:
        strays.wake()


def nothing_runs_in(data: Path) -> bool:
    return not any(Strays(ENGINES[it], mark(data / it)).pids() for it in ENGINES)


def postgres_answers(url: str) -> bool:
    try:
        with psycopg.connect(url) as connection:
            return connection.execute("SELECT 1").fetchone() == (1,)
    except psycopg.OperationalError:
        return False


def nats_answers(address: BusAddress) -> bool:
    return answers(int(address.url.rpartition(":")[2]), address.seed)


def both_answer(engines: Engines) -> bool:
    return postgres_answers(engines.programme["owner"]) and nats_answers(engines.nats["client"])


def cores_of(pid: int) -> set[str]:
    """How large a file of its memory a process may leave behind, in bytes: now, and at most."""
    limits = Path(f"/proc/{pid}/limits").read_text()
    return set(limits.partition("Max core file size")[2].split()[:2])


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def superuser(data: Path, engines: Engines) -> psycopg.Connection:
    address = engines.programme["owner"].rpartition("@")[2].partition("/")[0]
    password = json.loads((data / "secrets.json").read_text())["postgresql"]["postgres"]
    return psycopg.connect(f"postgresql://postgres:{password}@{address}/postgres", autocommit=True)


class OtherProcess:
    """Engines of another process, in a session of its own as a terminal would give it."""

    def __init__(self, data: Path) -> None:
        self._data = data
        self._process = subprocess.Popen(
            [sys.executable, "-c", SUPERVISE, str(data)],
            cwd=ROOT,
            stdout=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )

    def wait_until_ready(self) -> None:
        assert self._process.stdout is not None
        assert "ready\n" in self._process.stdout, "it ended before it was ready"

    def kill(self) -> None:
        self._process.kill()
        self._process.wait()

    @property
    def group(self) -> int:
        return os.getpgid(self._process.pid)

    def interrupt(self) -> tuple[int, str]:
        """Ctrl-C in its terminal: its exit code and what it said."""
        os.killpg(self.group, signal.SIGINT)
        said, _ = self._process.communicate(timeout=20)
        return self._process.returncode, said


@contextmanager
def supervisor(data: Path) -> Iterator[OtherProcess]:
    other = OtherProcess(data)
    try:
        yield other
    finally:
        other.kill()
        if other._process.stdout:
            other._process.stdout.close()
