"""Calls of the command line, many at once: forked from one process that has loaded all there is, so
that none of them takes a second to start.
"""

import json
import os
import select
import subprocess
import sys
import time
import traceback
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import click

from services.__main__ import main
from tests.scenes.terminal import ROOT

TICK = 0.02  # seconds between looks at who has ended


def leaves(group: click.Group, *path: str) -> Iterator[tuple[str, ...]]:
    """The words of every command that does something, in the order of the help."""
    context = click.Context(group)
    for name in group.list_commands(context):
        command = group.get_command(context, name)
        if isinstance(command, click.Group):
            yield from leaves(command, *path, name)
        else:
            yield (*path, name)


@dataclass
class Call:
    """A call that goes on, or what became of it: its exit code, and after how many seconds."""

    words: tuple[str, ...]
    pid: int
    folder: Path
    code: int | None = None
    seconds: float = 0.0

    def _read(self, name: str) -> str:
        file = self.folder / name
        return file.read_text() if file.exists() else ""

    @property
    def out(self) -> str:
        """What it has printed by now."""
        return self._read("out")

    @property
    def err(self) -> str:
        """What it has said on the error stream by now."""
        return self._read("err")


class Forks:
    """Starts calls, and hears when they end."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._calls: dict[int, Call] = {}
        self._started: list[dict[str, Any]] = []
        self._rest = b""
        self._server = subprocess.Popen(
            [sys.executable, "-m", "tests.scenes.forked"],
            cwd=ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            start_new_session=True,
        )

    def start(self, *words: object, **settings: object) -> Call:
        """Call with these settings, and no others of ours."""
        said = tuple(map(str, words))
        folder = self._folder / f"call-{len(self._calls)}"
        folder.mkdir(parents=True)
        asked = {"words": said, "folder": str(folder), "settings": settings}
        assert self._server.stdin
        self._server.stdin.write(json.dumps(asked, default=str).encode() + b"\n")
        self._server.stdin.flush()
        call = Call(said, self._heard()["started"], folder)
        self._calls[call.pid] = call
        return call

    def _heard(self) -> dict[str, Any]:
        """What a start says; who has ended meanwhile is noted."""
        while not self._started:
            self._hear(None)
        return self._started.pop()

    def look(self) -> None:
        """Note who has ended by now."""
        self._hear(0)

    def _hear(self, seconds: float | None) -> None:
        """All lines that are there, if there is something within so many seconds."""
        assert self._server.stdout
        if not select.select([self._server.stdout], [], [], seconds)[0]:
            return
        said = os.read(self._server.stdout.fileno(), 65536)
        assert said, "whoever starts the calls has ended"
        *lines, self._rest = (self._rest + said).split(b"\n")
        for one in map(json.loads, lines):
            if "started" in one:
                self._started.append(one)
            else:
                call = self._calls[one["ended"]]
                call.code, call.seconds = one["code"], one["seconds"]

    def wait(self, *calls: Call, seconds: float = 30) -> None:
        """Until these have ended."""
        deadline = time.monotonic() + seconds
        while any(one.code is None for one in calls):
            assert time.monotonic() < deadline, [one.words for one in calls if one.code is None]
            time.sleep(TICK)
            self.look()

    def close(self) -> None:
        """Whatever goes on ends now."""
        self.look()
        for call in self._calls.values():
            if call.code is None:
                with suppress(ProcessLookupError):
                    os.kill(call.pid, 9)
        assert self._server.stdin
        assert self._server.stdout
        self._server.stdin.close()
        self._server.wait(20)
        self._server.stdout.close()


@contextmanager
def forks(folder: Path) -> Iterator[Forks]:
    """Calls whose output is kept in a folder, and that have all ended when this is left."""
    one = Forks(folder)
    try:
        yield one
    finally:
        one.close()


def _serve() -> None:
    """Fork a call for each line that comes in, and say when one has ended, until all have."""
    began: dict[int, float] = {}
    waiting = [sys.stdin]
    while waiting or began:
        if select.select(waiting, [], [], TICK)[0]:
            if line := sys.stdin.readline():
                pid = _forked(**json.loads(line))
                began[pid] = time.monotonic()
                _say({"started": pid})
            else:
                waiting = []
        while began and (ended := os.waitpid(-1, os.WNOHANG))[0]:
            pid, status = ended
            code, seconds = os.waitstatus_to_exitcode(status), time.monotonic() - began.pop(pid)
            _say({"ended": pid, "code": code, "seconds": seconds})


def _say(what: Mapping[str, Any]) -> None:
    print(json.dumps(what), flush=True)  # noqa: T201 - whoever has started us listens


def _forked(words: list[str], folder: str, settings: Mapping[str, str]) -> int:
    """The pid of a new call."""
    if pid := os.fork():
        return pid
    code = 1
    try:
        _arrange(Path(folder), settings)
        main(args=words, prog_name="leading-together")
    except SystemExit as left:
        code = left.code if isinstance(left.code, int) else 1
    except BaseException:  # noqa: BLE001 - the test sees it on the error stream
        traceback.print_exc()
    sys.stdout.flush()
    os._exit(code)


def _arrange(folder: Path, settings: Mapping[str, str]) -> None:
    os.setsid()
    os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
    for number, name in ((1, "out"), (2, "err")):
        os.dup2(os.open(folder / name, os.O_WRONLY | os.O_CREAT, 0o600), number)
    for name in [name for name in os.environ if name.startswith("LT_")]:
        del os.environ[name]
    os.environ.update(settings)


if __name__ == "__main__":
    list(leaves(main))  # loads every command
    _serve()
