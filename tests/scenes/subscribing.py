"""A subscriber as a process of its own, through all that may happen to the stream that it follows.

What it did stands in a file; that must be the log, event by event, whenever it has caught up.
"""

import asyncio
import os
import signal
import subprocess
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final, NamedTuple

from nats.aio.client import Client

from services.engines.addresses import Engines
from services.engines.embedded import embedded
from services.log.log import Log, Stored
from services.operations.provisioning import provision
from services.workers import relay
from tests.scenes.at_work import at_work, client_of, eventually, last_in_stream, recorded_in
from tests.scenes.damaged import altered, put_back, shortened
from tests.scenes.streams import rebuilt, stray
from tests.scenes.watching import leaders, quick
from tests.scenes.world import station

MANY: Final = 600  # so many that it is killed before it has taken in all
Took = Sequence[tuple[int, bytes]]  # positions, and the bytes of what was taken in there


class Language(NamedTuple):
    """How a subscriber is called, with an address and a file, and how what it did is read."""

    command: Sequence[str]
    took: Callable[[Path], Took]
    undone: Callable[[Path], Took]


def events(first: int, number: int, name: str = "booked") -> list[Stored]:
    """Events for these positions, which tell each other apart by name too."""
    return [
        Stored(0, "workshop.booked.v1", ["a"], document(position, name))
        for position in range(first, first + number)
    ]


def document(position: int, name: str) -> bytes:
    return (
        f'{{"specversion":"1.0","sequence":"{position:016}","id":"{name}-{position}",'
        f'"type":"uk.nhs.leading-together.workshop.booked.v1","subject":"workshop_{name}"}}'
    ).encode()


class Play:
    """Engines of its own with a log, a relay, and the subscriber."""

    def __init__(self, data: Path, engines: Engines, language: Language) -> None:
        self.data, self.engines, self._language = data, engines, language
        self._file = data.parent / "taken.in"
        self._process: subprocess.Popen[bytes] | None = None
        self._errors = data.parent / "errors"

    def start(self, *options: str) -> None:
        """The subscriber begins, or goes on."""
        command = [*self._language.command, self.engines.nats["subscriber"], str(self._file)]
        with self._errors.open("wb") as errors:
            self._process = subprocess.Popen(
                [*command, *options], stdout=subprocess.DEVNULL, stderr=errors
            )

    def signal(self, number: signal.Signals) -> None:
        assert self._process
        self._process.send_signal(number)
        if number == signal.SIGKILL:
            self._process.wait()

    async def stops(self) -> str:
        """It ends by itself, with exit code 1; what it says."""
        process = self._process
        assert process
        await eventually(lambda: process.poll() is not None)
        assert process.returncode == 1, self.errors
        return self.errors

    @property
    def errors(self) -> str:
        return self._errors.read_text()

    @property
    def took(self) -> Took:
        return self._language.took(self._file)

    @property
    def undone(self) -> Took:
        return self._language.undone(self._file)

    def log(self) -> Took:
        log = Log(self.engines.programme["reader"], connections=1)
        try:
            return [(row.position, bytes(row.document)) for row in log.pages(0, 2**62)]
        finally:
            log.close()

    async def caught_up(self) -> None:
        """What it took in is the log: nothing missing, doubled or out of order."""
        log = await asyncio.to_thread(self.log)
        try:
            await eventually(lambda: self.took == log, 30)
        finally:
            assert self.took == log, self.errors

    async def record(self, number: int, name: str = "booked") -> None:
        """The log has so many events more."""
        first = len(await asyncio.to_thread(self.log)) + 1
        await asyncio.to_thread(recorded_in, self.engines, events(first, number, name))

    def close(self) -> None:
        if self._process:
            self._process.kill()
            self._process.wait()


@asynccontextmanager
async def play_on(data: Path, language: Language) -> AsyncIterator[Play]:
    """A relay is at work, and nothing has happened yet."""
    with embedded(data, fsync=False) as engines:
        await provision(engines)
        play = Play(data, engines, language)
        try:
            async with at_work(relay.serve, station(engines, data)):
                yield play
        finally:
            play.close()


def through_everything(language: Language) -> None:
    """One after the other, with one subscriber, which has each event synced to its disk."""
    with TemporaryDirectory(prefix="subscribing-", dir=quick()) as folder:
        Path(folder).chmod(0o755)
        asyncio.run(_through_everything(Path(folder) / "data", language))


async def _through_everything(data: Path, language: Language) -> None:
    async with play_on(data, language) as play, client_of(play.engines) as owner:
        for scene in (
            killed_in_the_middle,
            asleep,
            bus_killed,
            stray_message,
            made_anew,
            shortened_and_put_back,
            shortened_for_good,
            altered_in_the_middle,
        ):
            await scene(play, owner)


async def killed_in_the_middle(play: Play, owner: Client) -> None:
    """What it had in hand comes again after what is newer, and in a minute only."""
    await play.record(MANY)
    play.start()
    await eventually(lambda: len(play.took) > 50)
    play.signal(signal.SIGKILL)
    assert len(play.took) < MANY
    play.start()
    await play.caught_up()


async def asleep(play: Play, owner: Client) -> None:
    """A batch that takes long, or a machine that sleeps."""
    play.signal(signal.SIGSTOP)
    await play.record(150)
    await asyncio.sleep(5.1)
    play.signal(signal.SIGCONT)
    await play.caught_up()


async def bus_killed(play: Play, owner: Client) -> None:
    (killed,) = leaders(play.data, "nats")
    os.kill(killed, signal.SIGKILL)
    await eventually(lambda: leaders(play.data, "nats") not in ([], [killed]))
    await play.record(20)
    await play.caught_up()


async def stray_message(play: Play, owner: Client) -> None:
    """At its place, the real one comes once the stream is made anew."""
    before = await last_in_stream(owner)
    await stray(play.engines)
    await eventually(lambda: f"message {before + 1} is no event" in play.errors)
    await play.record(10)
    await rebuilt(play.engines, log_is_right=True)
    await play.caught_up()


async def made_anew(play: Play, owner: Client) -> None:
    await rebuilt(play.engines)
    await play.record(10)
    await play.caught_up()


async def shortened_and_put_back(play: Play, owner: Client) -> None:
    """An older database is restored, grows, and then somebody finds a newer one."""
    log = play.log()
    cut = shortened(play.engines, len(log) - 5)
    await play.record(8, "instead")
    await asyncio.sleep(1.2)
    assert play.took == log
    put_back(play.engines, cut)
    await play.record(3)
    await play.caught_up()


async def shortened_for_good(play: Play, owner: Client) -> None:
    """It is told what it took in that the log has no more, and takes it back if it is told to."""
    before = play.took
    shortened(play.engines, len(before) - 5)
    await rebuilt(play.engines, log_is_right=True)
    said = await play.stops()
    assert f"What was taken in from position {len(before) - 4} on is not what the log has" in said
    assert play.took == before
    await play.record(20, "instead")
    play.start("--roll-back")
    await play.caught_up()
    assert sorted(play.undone) == before[-5:]


async def altered_in_the_middle(play: Play, owner: Client) -> None:
    """And so is whoever has an event that was tampered with, though the last one is equal."""
    before, undone = play.took, len(play.undone)
    at = len(before) - 30
    altered(play.engines, at, document(at, "tampered"))
    await rebuilt(play.engines, log_is_right=True)
    await play.caught_up()
    assert sorted(play.undone[undone:]) == before[at - 1 :]
