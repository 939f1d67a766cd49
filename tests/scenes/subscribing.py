"""A subscriber as a process of its own, through all that may happen to the stream that it follows.

What it did stands in a file; that must be the log, event by event, whenever it has caught up.
"""

import asyncio
import os
import shutil
import signal
import subprocess
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final, NamedTuple

from nats.aio.client import Client
from nats.js.api import DeliverPolicy

from events.envelope import head_of
from services.crew import STREAM
from services.engines.addresses import Engines
from services.engines.embedded import embedded
from services.log.log import Log, Stored
from services.operations.provisioning import provision
from services.workers import relay
from tests.scenes.at_work import at_work, client_of, eventually, last_in_stream, recorded_in
from tests.scenes.credentials import PORTAL, let_in, plain
from tests.scenes.damaged import altered, put_back, shortened
from tests.scenes.streams import rebuilt, stray
from tests.scenes.watching import leaders, quick
from tests.scenes.world import NOON, station

MANY: Final = 600  # so many that it is killed before it has taken in all
Took = Sequence[tuple[int, bytes]]  # positions, and the bytes of what was taken in there


class Language(NamedTuple):
    """How a subscriber is called, with an address, its name, the file of its seed and one for what
    it does; and how what it did is read.
    """

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
    rest = (
        f'"id":"{name}-{position}","type":"uk.nhs.leading-together.workshop.booked.v1",'
        f'"subject":"workshop_{name}"}}'
    )
    return head_of(position, position - 1, NOON) + rest.encode()


class Play:
    """Engines of its own with a log, a relay, and the subscriber."""

    def __init__(self, data: Path, engines: Engines, language: Language) -> None:
        self.data, self.engines, self._language = data, engines, language
        self._seed, self._file = data.parent / "seed", data.parent / "taken.in"
        self._process: subprocess.Popen[bytes] | None = None
        self._errors = data.parent / "errors"

    async def let_in(self) -> None:
        """It is given its credential."""
        one = await let_in(self.engines, self.data)
        self._seed.write_text(f"{one.seed}\n")

    def start(self, *options: str) -> None:
        """The subscriber begins, or goes on."""
        files = (str(self._seed), str(self._file))
        command = [*self._language.command, plain(self.engines), PORTAL, *files]
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
        await eventually(lambda: process.poll() is not None, 60)
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
        log = Log(self.engines.programme["home"], connections=1)
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
    """A relay is at work, and nothing has happened yet, or what stands in the folder."""
    new = not await asyncio.to_thread(data.exists)
    with embedded(data, fsync=False) as engines:
        await provision(engines)
        play = Play(data, engines, language)
        if new:
            await play.let_in()
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


def through_restored_copies(language: Language) -> None:
    """The whole data folder is restored, log and stream together, and the subscriber is not."""
    with TemporaryDirectory(prefix="subscribing-", dir=quick()) as folder:
        Path(folder).chmod(0o755)
        asyncio.run(_through_restored_copies(Path(folder) / "data", language))


async def _through_restored_copies(data: Path, language: Language) -> None:
    await took_more_than_the_copy_has(data, language)
    for number, consumer in (
        (0, as_it_was),
        (5, as_it_was),
        (5, begun_at_the_end),
        (10, begun_at_the_end),
        (15, as_it_was),
        (15, begun_at_the_end),
        (15, gone),
    ):
        restore(data)
        async with play_on(data, language) as play, client_of(play.engines) as owner:
            await restored_together(play, owner, number, consumer)


async def took_more_than_the_copy_has(data: Path, language: Language) -> None:
    """Ten events are in the copy, and ten more were taken in."""
    for copied in (False, True):
        async with play_on(data, language) as play:
            await play.record(10)
            play.start()
            await play.caught_up()
        if not copied:
            shutil.copytree(data, data.with_name("copy"))
    shutil.copy(data.parent / "taken.in", data.with_name("taken.by.then"))


def restore(data: Path) -> None:
    shutil.rmtree(data)
    shutil.copytree(data.with_name("copy"), data)
    shutil.copy(data.with_name("taken.by.then"), data.parent / "taken.in")


async def restored_together(
    play: Play,
    owner: Client,
    number: int,
    consumer: Callable[[Client], Awaitable[None]],
) -> None:
    """The log has so many others instead, in a stream of the same epoch."""
    await play.record(number, "instead")
    await eventually(lambda: has_come(owner, 10 + number))
    await consumer(owner)
    before = play.took
    play.start()
    said = await play.stops()
    assert "What was taken in from position 11 on is not what the log has" in said
    assert play.took == before
    play.start("--roll-back")
    await play.caught_up()
    assert sorted(play.undone) == before[10:]
    await play.record(3, "later")
    await play.caught_up()


async def has_come(owner: Client, last: int) -> bool:
    return await last_in_stream(owner) == last


async def as_it_was(owner: Client) -> None:
    """It is where it was when the copy was made."""


async def begun_at_the_end(owner: Client) -> None:
    """It was made after the copy, and is now made anew for what happens next."""
    jetstream = owner.jetstream()
    config = (await jetstream.consumer_info(STREAM, PORTAL)).config
    await gone(owner)
    config.deliver_policy, config.opt_start_seq = DeliverPolicy.NEW, None
    await jetstream.add_consumer(STREAM, config)


async def gone(owner: Client) -> None:
    """It was made after the copy."""
    await owner.jetstream().delete_consumer(STREAM, PORTAL)
