"""A terminal as people use it: each call of the command line is a process of its own."""

import asyncio
import json
import os
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

from domain.cohorts.cohort import PlannedTwice
from events.ids import PersonId
from services.clock import SystemClock
from services.door.asking import ask
from services.door.replies import Reply
from services.engines.addresses import ENGINES_FILE, Engines, find
from services.files import write_whole
from services.identity.at_home import NamedPeople
from services.log.wishes import Accepted
from services.operations.granting import make_coordinator
from services.operations.status import look
from services.process.station import Station
from services.settings import Settings
from services.stream.connections import connection_of
from tests.scenes.at_work import named
from tests.scenes.tokens import STRANGER, tokens_in
from tests.scenes.world import PLAN

ROOT = Path(__file__).parents[2]
EXAMPLE = ROOT / "examples" / "applications.csv"
UP = "Ctrl-C stops it."
LONGEST = 60.0  # seconds that a call may take
NO_WEB = {"LT_WEB": "off"}  # whoever wants it names where, so that many may run side by side
RUTHS = {"full_name": "Ruth Pascoe", "email": "ruth.pascoe@example.org"}


@dataclass(frozen=True)
class Said:
    """The exit code of a call, and what it wrote."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        """The one line of JSON on the output."""
        return json.loads(self.out)

    @property
    def lines(self) -> list[Any]:
        """JSON, line by line."""
        return [json.loads(line) for line in self.out.splitlines()]


class Running:
    """A call that goes on, in a session of its own: the signals of our terminal don't reach it."""

    def __init__(self, words: tuple[str, ...], settings: Mapping[str, str]) -> None:
        self._errors: IO[str] = tempfile.TemporaryFile("w+", encoding="utf-8")  # noqa: SIM115 - ours until `close`
        self._process = subprocess.Popen(
            [sys.executable, "-m", "services", *words],
            cwd=ROOT,
            env=settings,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=self._errors,
            text=True,
            start_new_session=True,
        )
        assert self._process.stdout
        self.out = self._process.stdout
        self.pid = self._process.pid

    def until(self, words: str) -> str:
        """Read lines until one has these words; that line."""
        for line in self.out:
            if words in line:
                return line
        raise AssertionError(f"it ended without a word of {words!r}: {self.errors}")

    @property
    def errors(self) -> str:
        """What is on the error stream by now."""
        self._errors.seek(0)
        return self._errors.read()

    def end(self, how: signal.Signals = signal.SIGINT) -> Said:
        """Signal it, and wait for its end."""
        self._process.send_signal(how)
        return self.wait()

    def wait(self) -> Said:
        """Wait for its end."""
        out = "" if self.out.closed else self.out.read()
        self._process.wait(LONGEST)
        return plain(Said(self._process.returncode, out, self.errors))

    def close(self) -> None:
        """Whatever happened, it is gone now."""
        self._process.kill()
        self._process.wait()
        self.out.close()
        self._errors.close()


class Terminal:
    """Calls with the same settings; those of whoever runs the tests don't count."""

    def __init__(self, **settings: object) -> None:
        self._settings = {name: str(value) for name, value in settings.items()}
        self._ruth: PersonId | None = None

    def environment(self, **more: str) -> dict[str, str]:
        """What a process of ours finds in its environment."""
        ours = {name: value for name, value in os.environ.items() if not name.startswith("LT_")}
        return {**ours, **NO_WEB, **self._settings, **more}

    def __call__(self, *words: object, given: str = "") -> Said:
        """Call, with `given` on the input, and wait for the end."""
        done = subprocess.run(
            [sys.executable, "-m", "services", *map(str, words)],
            cwd=ROOT,
            env=self.environment(),
            input=given,
            capture_output=True,
            text=True,
            timeout=LONGEST,
            check=False,
        )
        return plain(Said(done.returncode, done.stdout, done.stderr))

    def asks(self, name: str, data: Mapping[str, Any]) -> Reply:
        """What a coordinator is answered at the door, without a process."""
        return self._answer(self.coordinator, name, {"data": data})

    def token(self, who: str) -> str:
        """What somebody shows, signed by the issuer of the data folder."""
        return tokens_in(Path(self._settings["LT_DATA"])).of(who)

    def _answer(self, who: str, name: str, body: Mapping[str, Any]) -> Reply:
        async def asking() -> Reply:
            async with connection_of("client", self.engines.nats["client"]) as client:
                return await ask(client, name, body, token=self.token(who))

        return asyncio.run(asking())

    @property
    def coordinator(self) -> str:
        """Ruth, who is registered and made the first coordinator when she is needed first."""
        if self._ruth is None:
            met = self._answer(STRANGER, "person.register", {"data": RUTHS})
            self._ruth = PersonId((met.ids or {})["person_id"])
            ours = {name.removeprefix("LT_").lower(): one for name, one in self._settings.items()}
            settings = Settings.model_validate(ours)
            made = make_coordinator(Station(self.engines, SystemClock(), settings), self._ruth)
            assert isinstance(made, Accepted), made
            NamedPeople(Path(self._settings["LT_DATA"])).add(self._ruth)
        return self._ruth

    def planned(self) -> str:
        """Plan another cohort, also one that is like the one before; its id."""
        reply = self.asks("cohort.plan", PLAN)
        if reply.code == PlannedTwice.code:
            like = str(reply.sentence).rpartition(" ")[2].rstrip(".")
            reply = self.asks("cohort.plan", {**PLAN, "although_there_is": like})
        (fact,) = reply.events or ()
        return fact.subject

    def is_settled(self) -> bool:
        """Whether log, stream and all workers are at one position."""
        return asyncio.run(look(self.engines)).is_level

    @property
    def engines(self) -> Engines:
        """The engines that our calls find."""
        return find(environment=self._settings)

    @contextmanager
    def running(self, *words: object) -> Iterator[Running]:
        """A call that goes on until it is ended, at the latest when this is left."""
        running = Running(tuple(map(str, words)), self.environment())
        try:
            yield running
        finally:
            running.close()

    @contextmanager
    def up(self) -> Iterator[Running]:
        """`up`, once it says that it is."""
        with self.running("up") as running:
            running.until(UP)
            yield running


def at_home(engines: Engines, folder: Path) -> None:
    """Have these engines be those of a data folder."""
    write_whole(folder / ENGINES_FILE, engines.model_dump_json())


def elsewhere(engines: Engines, role: str) -> dict[str, str]:
    """Settings of a call on engines that are not its own, in which everything is a role's."""
    return {
        "LT_DATABASE_URL": engines.programme[role],
        "LT_VAULT_URL": engines.vault.get(role, engines.programme[role]),
        **named(engines.nats["client"]),
        "XDG_CONFIG_HOME": "/nowhere",
    }


def plain(said: Said) -> Said:
    """What was said, which is never a traceback, nor coloured where nobody sees it."""
    assert "Traceback" not in said.err
    assert "\x1b" not in said.out + said.err
    return said
