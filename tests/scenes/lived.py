"""The demonstration, played once for all tests that look at what it leaves behind."""

import asyncio
import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import structlog

from services.clock import SetClock
from services.demo import pairing, selection
from services.demo.director import Director
from services.demo.narration import Narration
from services.diagnostics import set_up
from services.engines.addresses import Engines
from services.engines.embedded import embedded
from services.operations.provisioning import provision
from services.process.running import serve
from services.process.station import Station, keys_of
from services.settings import Settings
from services.stream.connections import connection_of
from services.vault.epochs import master_key
from services.vault.vault import Vault
from services.workers import workers
from tests.scenes.leaks import tables
from tests.scenes.seen import Message, Row, heard, readable, rows, ties
from tests.scenes.terminal import EXAMPLE

LOG = "log/workers.log"
READERS = ("operator", "console", "auditor")


@dataclass(frozen=True)
class Lived:
    """A data folder after the life of a cohort up to its pairs, and all that could be seen of it.

    `tables` has every table as its bytes stand there, `rows` their rows, `readable` the tables
    that a role may read, `heard` the stream, `tied` the two of each tie that was declared.
    """

    data: Path
    tables: dict[str, bytes]
    rows: dict[str, list[Row]]
    readable: dict[str, list[str]]
    heard: list[Message]
    tied: set[frozenset[str]]


def lived(folder: Path) -> Lived:
    """Play it in a folder that is kept for whoever looks at files."""
    data = folder / "data"
    with embedded(data, fsync=False) as engines, _logging_to(data / LOG):
        stream = asyncio.run(_live(engines, data))
        urls = (engines.programme["owner"], engines.vault["owner"])
        found = {name: content for url in urls for name, content in tables(_superuser(data, url))}
        every = {**rows(engines.programme), **rows(engines.vault)}
        may = {role: list(readable(engines.programme, role)) for role in READERS}
        vault = Vault(engines.vault["home"], keys_of(Settings(data=data)))
        tied = ties(every["log.events"], vault)
        vault.close()
    return Lived(data, found, every, may, stream, tied)


@contextmanager
def _logging_to(path: Path) -> Iterator[None]:
    before = structlog.get_config()
    with path.open("w", encoding="utf-8") as log:
        set_up("debug", log)
        yield
    structlog.configure(**before)


def _superuser(data: Path, url: str) -> str:
    word = json.loads((data / "secrets.json").read_text())["postgresql"]["postgres"]
    return f"postgresql://postgres:{word}@{url.rpartition('@')[2]}"


async def _live(engines: Engines, data: Path) -> list[Message]:
    """Applications, assessments, decisions, offers, a matching run; everybody is told."""
    settings, clock = Settings(data=data), SetClock(selection.BEGIN)
    await provision(engines)
    master_key(settings.master_key, create=True)
    station = Station(engines, clock, settings)
    ready, stop = asyncio.Event(), asyncio.Event()
    working = asyncio.create_task(serve(station, workers(), stop, ready.set))
    await ready.wait()
    try:
        async with connection_of("client", engines.nats["client"]) as client:
            director = Director(station, clock, client, Narration(quiet=True))
            cohort = await selection.plan(director)
            await selection.applications(director, cohort, EXAMPLE)
            await selection.assess(director, cohort)
            await selection.release(director, cohort)
            await pairing.match(director, cohort)
            return await heard(engines)
    finally:
        stop.set()
        await working
