"""`events --follow` goes on behind the last position, whatever happens to bus and stream."""

import asyncio
import json
import os
import signal
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from click.testing import CliRunner

from services.__main__ import main
from services.engines.addresses import ENGINES_FILE, Engines
from services.engines.embedded import embedded, wake
from services.operations.provisioning import provision
from services.workers import relay
from tests.scenes.at_work import at_work, client_of, eventually, last_in_stream, recorded_in
from tests.scenes.damaged import shortened
from tests.scenes.streams import rebuilt, stray
from tests.scenes.subscribing import events
from tests.scenes.terminal import Running, Terminal
from tests.scenes.watching import leaders
from tests.scenes.world import station

pytestmark = pytest.mark.patient


class Following:
    """The command, and what it printed by now."""

    def __init__(self, data: Path, engines: Engines, running: Running) -> None:
        self.data, self.engines, self.running = data, engines, running
        self.recorded = 0
        self.printed: list[int] = []
        self._reading = asyncio.create_task(asyncio.to_thread(self._read))

    def _read(self) -> None:
        for line in self.running.out:
            self.printed.append(int(json.loads(line)["sequence"]))

    async def record(self, number: int) -> None:
        rows = events(self.recorded + 1, number)
        await asyncio.to_thread(recorded_in, self.engines, rows)
        self.recorded += number

    async def shows_all(self) -> None:
        """Each once, in order."""
        await eventually(lambda: len(self.printed) >= self.recorded)
        assert self.printed == list(range(1, self.recorded + 1)), self.running.errors

    async def says(self, words: str) -> None:
        await eventually(lambda: words in self.running.errors)

    async def ended(self) -> int:
        said = await asyncio.to_thread(self.running.wait)
        await self._reading
        return said.code


@asynccontextmanager
async def following(data: Path) -> AsyncIterator[Following]:
    with embedded(data, fsync=False) as engines:
        await provision(engines)
        async with at_work(relay.serve, station(engines, data)):
            terminal = Terminal(LT_DATA=data)
            with terminal.running("events", "--follow", "--json") as running:
                yield Following(data, engines, running)


def test_it_goes_on_when_the_bus_is_back_and_says_so_when_the_stream_is_another(
    tmp_path: Path,
) -> None:
    async def scene() -> None:
        async with following(tmp_path / "data") as one:
            await one.record(700)
            await one.shows_all()
            await bus_killed(one)
            await bus_frozen(one)
            await stream_made_anew(one)
            await log_shortened(one)

    asyncio.run(scene())


async def bus_killed(one: Following) -> None:
    (killed,) = leaders(one.data, "nats")
    os.kill(killed, signal.SIGKILL)
    await one.record(30)
    await one.shows_all()


async def bus_frozen(one: Following) -> None:
    """Or the machine slept."""
    os.kill(leaders(one.data, "nats")[0], signal.SIGSTOP)
    await one.says(f"NATS does not answer. Going on behind position {one.recorded} after that.\n")
    wake(one.data)
    await one.record(5)
    await one.shows_all()


async def stream_made_anew(one: Following) -> None:
    await rebuilt(one.engines)
    await one.record(5)
    await one.shows_all()
    await one.says("The stream was made anew, with the epoch ")


async def log_shortened(one: Following) -> None:
    shortened(one.engines, one.recorded - 3)
    await rebuilt(one.engines, log_is_right=True)
    assert await one.ended() == 1
    (line,) = one.running.errors.splitlines()[-1:]
    assert f"made anew, and at position {one.recorded} it has not what was shown here" in line
    assert "Traceback" not in one.running.errors


def test_what_is_no_event_is_shown_as_such(bus: Engines, tmp_path: Path) -> None:
    async def scene() -> None:
        await stray(bus, b"\xff{}")
        async with client_of(bus) as owner:
            assert await last_in_stream(owner) == 1

    asyncio.run(scene())
    (tmp_path / ENGINES_FILE).write_text(bus.model_dump_json())
    printed = [
        CliRunner().invoke(main, ["events", *more], env={"LT_DATA": str(tmp_path)}).stdout
        for more in ((), ("--json",))
    ]
    assert printed == ["      1  3 bytes that are no event of this programme\n", "\\xff{}\n"]
