"""An engine as a child of ours: started, kept alive, told to stop, and gone when we are."""

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

import structlog

from services.engines.addresses import EnginesUnavailable
from services.engines.strays import Strays
from services.files import Account, open_own
from services.patience import Backoff

logger = structlog.get_logger()

RECOVERY = 600.0  # seconds an engine may take to become ready: crash recovery is not to be hurried
PROGRESS = 5.0  # seconds between two lines that say so
PATIENCE = 60.0  # seconds an engine has to stop in good order
FIRST_PAUSE, LONGEST_PAUSE = 0.1, 10.0  # seconds before a dead engine is started again
STEADY = 60.0  # seconds after which a death counts as the first one again
LOG_SIZE = 10_000_000  # bytes after which a start puts the engine's log aside
LAST_STEP = Path(__file__).with_name("dies_with_parent.py")
# Go cleans up whenever the little that NATS keeps has doubled, many times a second: it has some
# room before it does, and no more room once it has used that.
OF_GO = {"GOGC": "400", "GOMEMLIMIT": "512MiB"}
# No variable of ours reaches an engine: some hold secrets, others would change what it does.
ENVIRONMENT = {"LC_ALL": "C", "TZ": "UTC", "PATH": os.defpath, **OF_GO}


class EngineFailed(EnginesUnavailable):
    """An engine did not start; the text names its log."""


def launch(command: list[str], farewell: signal.Signals, account: Account | None) -> list[str]:
    """The command line that runs `command` as `account`, until we are gone.

    The kernel speaks of the parent *thread*: whoever starts this must outlive the child.
    """
    uid, gid = (account.uid, account.gid) if account else (os.geteuid(), os.getegid())
    ours = [sys.executable, "-I", "-S", str(LAST_STEP)]
    return [*ours, str(os.getpid()), str(int(farewell)), str(uid), str(gid), *command]


@dataclass(frozen=True)
class Recipe:
    """How to run one engine.

    `folder` is where it works, `strays` finds what is left of an earlier one there, `prepare` is
    called when there is none, `ready` asks it whether it answers. `listener` is a program that runs
    first, with our own rights: it becomes the command that it is given, and hears what that says.
    """

    name: str
    command: list[str]
    folder: Path
    log_file: Path
    account: Account | None
    farewell: signal.Signals
    strays: Strays
    ready: Callable[[], bool]
    prepare: Callable[[], None] = lambda: None
    listener: tuple[str, ...] = ()


class Child:
    """One engine and the thread that keeps it: starts it, waits for its end, starts it again.

    The thread does all starting, since the engine dies with the thread that started it.
    """

    def __init__(self, recipe: Recipe) -> None:
        self._recipe = recipe
        self._turn = threading.Lock()
        self._stopping = threading.Event()
        self._settled = threading.Event()
        self._fault: Exception | None = None
        self._process: subprocess.Popen[bytes] | None = None
        self._keeper = threading.Thread(
            target=self._keep, name=f"keeper of {recipe.name}", daemon=True
        )
        self._logger = logger.bind(engine=recipe.name)

    def start(self) -> None:
        """Begin; `wait` tells how it went."""
        self._keeper.start()

    def wait(self) -> None:
        """Return when the engine answers. Raises what kept it from its first start."""
        self._settled.wait()
        if self._fault:
            raise self._fault

    def leave(self) -> None:
        """Tell it to stop in good order; `join` waits for that."""
        with self._turn:
            self._stopping.set()
        self._tell(self._recipe.farewell)
        self._recipe.strays.wake()

    def join(self) -> None:
        """Return when it has stopped: in good order, or after `PATIENCE` in any."""
        self._keeper.join(PATIENCE)
        if self._keeper.is_alive():
            self._logger.warning("engine.killed")
            self._tell(signal.SIGKILL)
            self._keeper.join()

    def _tell(self, what: signal.Signals) -> None:
        if self._process is not None:
            self._process.send_signal(what)

    def _keep(self) -> None:
        backoff = Backoff(FIRST_PAUSE, LONGEST_PAUSE)
        while not self._stopping.is_set():
            began = time.monotonic()
            try:
                self._live()
            except Exception as fault:  # noqa: BLE001 - whatever it was, the keeper goes on
                if not self._settled.is_set():
                    self._fault = fault
                    break
                self._logger.error("engine.failed", reason=str(fault))  # noqa: TRY400 - it says it all
            if time.monotonic() - began > STEADY:
                backoff.reset()
            self._stopping.wait(backoff.pause())
        # Parts of an engine that was killed may outlive it for a moment.
        self._recipe.strays.clear(self._recipe.farewell)
        self._settled.set()

    def _live(self) -> None:
        """One life of the engine, from its start to its end."""
        began = time.monotonic()
        self._recipe.strays.clear(self._recipe.farewell)
        self._recipe.prepare()
        process = self._spawn()
        if process is None:
            return
        try:
            if self._becomes_ready(process):
                self._announce(process, time.monotonic() - began)
            process.wait()
        finally:
            if process.poll() is None:
                process.kill()
                process.wait()
        if not self._stopping.is_set():
            self._logger.warning("engine.died", pid=process.pid, code=process.returncode)

    def _spawn(self) -> subprocess.Popen[bytes] | None:
        """The new process, in a session of its own so that Ctrl-C reaches only us."""
        recipe = self._recipe
        with self._turn, _opened(recipe.log_file) as output:
            if self._stopping.is_set():
                return None
            self._process = subprocess.Popen(  # noqa: S603 - our own command, without a shell
                [*recipe.listener, *launch(recipe.command, recipe.farewell, recipe.account)],
                cwd=recipe.folder,
                env=ENVIRONMENT,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                start_new_session=True,
            )
            return self._process

    def _becomes_ready(self, process: subprocess.Popen[bytes]) -> bool:
        """True when it answers, False when it was told to stop first."""
        began = said = time.monotonic()
        while not self._recipe.ready():
            if self._stopping.wait(0.02):
                return False
            now = time.monotonic()
            if process.poll() is not None or now - began > RECOVERY:
                raise EngineFailed(self._obituary())
            if now - said > PROGRESS:
                said = now
                self._logger.info("engine.recovering", seconds=round(now - began))
        return True

    def _announce(self, process: subprocess.Popen[bytes], seconds: float) -> None:
        event = "engine.restarted" if self._settled.is_set() else "engine.started"
        self._logger.info(event, pid=process.pid, seconds=round(seconds, 2))
        self._settled.set()

    def _obituary(self) -> str:
        lines = self._recipe.log_file.read_text(errors="replace").splitlines()
        last = f" Its last line: {lines[-1]}" if lines else ""
        return f"{self._recipe.name} did not start: see {self._recipe.log_file}.{last}"


def _opened(path: Path) -> BinaryIO:
    """The end of the log, of which only we may read more; a long one is put aside first."""
    if path.exists() and path.stat().st_size > LOG_SIZE:
        path.replace(path.with_name(f"{path.name}.1"))
    return os.fdopen(open_own(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND), "ab")
