import asyncio
import shutil
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import psycopg
import pytest
from nats.js.errors import NotFoundError

from services.crew import STREAM
from services.engines.addresses import Engines
from services.engines.embedded import embedded
from services.operations.provisioning import provision
from services.stream.connections import connected
from tests.scenes.credentials import Service, let_in, nobody_is_left
from tests.scenes.watching import nothing_runs_in, until


@pytest.fixture(scope="session")
def seasoned(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A data folder in which engines have run: first starts are too slow to have one per test."""
    data = tmp_path_factory.mktemp("seasoned") / "data"
    with embedded(data, fsync=False) as engines, psycopg.connect(engines.programme["owner"]) as db:
        db.execute("CREATE TABLE fact (what text PRIMARY KEY)")
        db.execute("INSERT INTO fact VALUES ('kept')")
    yield data
    shutil.rmtree(data)


@pytest.fixture
def data(seasoned: Path) -> Iterator[Path]:
    """A data folder that nobody uses now, with the fact 'kept'. Leave it as you found it."""
    yield seasoned
    until(lambda: nothing_runs_in(seasoned))
    (seasoned / "engines.json").unlink(missing_ok=True)


@pytest.fixture
def bus(fresh: Engines) -> Iterator[Engines]:
    """The fresh engines with a stream of the test's own too, and a consumer for each worker.

    A server has one stream EVENTS, and a log may not be shorter than it: the next test has none.
    """
    asyncio.run(provision(fresh))
    yield fresh
    asyncio.run(_without_stream(fresh))


@pytest.fixture
def portal(bus: Engines, home: Path) -> Iterator[Service]:
    """A service that may follow the stream, from its start on."""
    yield asyncio.run(let_in(bus, home))
    asyncio.run(nobody_is_left(bus, home))


async def _without_stream(engines: Engines) -> None:
    owner = await connected("owner", engines.nats["owner"])
    with suppress(NotFoundError):
        await owner.jetstream().delete_stream(STREAM)
    await owner.close()
