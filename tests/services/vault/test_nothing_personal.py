import asyncio
import json
from base64 import b64encode
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import structlog

from services.cli.console import at_the_bus
from services.clock import SetClock
from services.demo import pairing, selection
from services.demo.director import Director
from services.demo.narration import Narration
from services.diagnostics import set_up
from services.engines.addresses import Engines
from services.engines.embedded import embedded
from services.operations.provisioning import provision
from services.process.running import serve
from services.process.station import Station
from services.settings import Settings
from services.vault.vault import master_key
from services.workers import workers
from tests.scenes.leaks import leaks, personal, tables
from tests.scenes.terminal import EXAMPLE

Lived = tuple[Path, dict[str, bytes]]
OPENED = "outbox"  # letters that were sent are the opened vault
SOFTWARE = "binaries"  # the engines' own
LOG = "log/workers.log"
FORMS: dict[str, Callable[[str], bytes]] = {
    "plain": str.encode,
    "escaped": lambda text: json.dumps(text).encode(),
    "utf-16": lambda text: text.encode("utf-16"),
    "utf-16-be": lambda text: text.encode("utf-16-be"),
    "bytea": lambda text: b"\\x" + text.encode().hex().encode(),
    "base64": lambda text: b64encode(b"x" + text.encode() + b"yz"),
    "escaped in base64": lambda text: b64encode(json.dumps(text).encode()),
}


@pytest.fixture(scope="module")
def said() -> set[str]:
    return personal(EXAMPLE)


@pytest.fixture(scope="module")
def lived(tmp_path_factory: pytest.TempPathFactory) -> Lived:
    """The data folder after the life of a cohort up to its pairs, and every table of it."""
    data = tmp_path_factory.mktemp("personal") / "data"
    with embedded(data, fsync=False) as engines, logging_to(data / LOG):
        asyncio.run(live(engines, data))
        urls = (engines.programme["owner"], engines.vault["owner"])
        found = {name: content for url in urls for name, content in tables(superuser(data, url))}
    return data, found


@contextmanager
def logging_to(path: Path) -> Iterator[None]:
    before = structlog.get_config()
    with path.open("w", encoding="utf-8") as log:
        set_up("debug", log)
        yield
    structlog.configure(**before)


def superuser(data: Path, url: str) -> str:
    word = json.loads((data / "secrets.json").read_text())["postgresql"]["postgres"]
    return f"postgresql://postgres:{word}@{url.rpartition('@')[2]}"


async def live(engines: Engines, data: Path) -> None:
    """Applications, assessments, decisions, offers, a matching run; everybody is told."""
    settings, clock = Settings(data=data), SetClock(selection.BEGIN)
    await provision(engines)
    station = Station(engines, clock, settings, master_key(settings.master_key, create=True))
    ready, stop = asyncio.Event(), asyncio.Event()
    working = asyncio.create_task(serve(station, workers(), stop, ready.set))
    await ready.wait()
    try:
        async with at_the_bus(engines) as client:
            director = Director(station, clock, client, Narration(quiet=True))
            cohort = await selection.plan(director)
            await selection.applications(director, cohort, EXAMPLE)
            await selection.assess(director, cohort)
            await selection.release(director, cohort)
            await pairing.match(director, cohort)
    finally:
        stop.set()
        await working


def test_no_table_holds_what_people_said(lived: Lived, said: set[str]) -> None:
    _, found = lived
    assert found.keys() >= {"log.events", "log.tags", "work.notices", "vault.keys"}
    assert any(name.startswith("read.application_queue") for name in found)
    assert len(found["log.events"]) > 1_000_000
    assert {
        name: leaked for name, content in found.items() if (leaked := leaks(said, content))
    } == {}


def test_no_file_holds_it_but_the_letters_to_people(lived: Lived, said: set[str]) -> None:
    data, _ = lived
    known = leaks(said, contents(data / "postgres", "cluster/base/1/*"))
    assert len(known) < 5, "a town that is also a word of every empty database"
    files = [path for path in data.rglob("*") if path.is_file()]
    kept = [path for path in files if path.relative_to(data).parts[0] not in (OPENED, SOFTWARE)]
    assert {path.relative_to(data).parts[0] for path in kept} >= {"postgres", "nats", "log"}
    assert any(path.suffix == ".blk" for path in kept), "JetStream keeps messages in such files"
    assert (data / LOG).stat().st_size > 10_000
    everything = b"\n".join(path.read_bytes() for path in kept)
    assert leaks(said - known, everything) == set()


def test_the_letters_do_hold_it_so_the_search_can_find(lived: Lived, said: set[str]) -> None:
    data, _ = lived
    assert len(leaks(said, contents(data / OPENED, "**/*.eml"))) > 60


@pytest.mark.parametrize("form", FORMS)
def test_every_likely_form_is_found(form: str) -> None:
    words = "Zoë O'Brien sat on the board of the Maison Dieu\u2019s almshouses"
    assert leaks([words], b"\x00\x01 before\x00" + FORMS[form](words) + b"\x00after") == {words}


def test_a_short_word_counts_where_it_stands_alone() -> None:
    assert leaks(["Bath"], b'{"town":"Bath"}') == {"Bath"}
    assert leaks(["Bath"], b"aaBathzz") == set()


def contents(folder: Path, pattern: str) -> bytes:
    return b"\n".join(path.read_bytes() for path in sorted(folder.glob(pattern)) if path.is_file())
