import os
import signal
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
import structlog

from services.engines.addresses import Engines
from services.engines.embedded import embedded
from tests.scenes.databases import fresh_databases, make_templates
from tests.scenes.watching import ROOT, quick

COMPILED = ROOT / "build" / "compiled"


def pytest_configure() -> None:
    """What a shell starts in its background is deaf to Ctrl-C, and so would its children be.

    Keys and addresses that a test writes are to be read by nobody else, as we ask of people.

    Hundreds of processes of ours begin: where compiled modules may not be kept beside their
    sources, each would compile all of them, so they are kept elsewhere.
    """
    os.nice = lambda _: 0  # who turns keys steps back for good, and a test's own process goes on
    signal.signal(signal.SIGINT, signal.default_int_handler)
    os.umask(0o077)
    if sys.dont_write_bytecode:
        sys.dont_write_bytecode = False
        sys.pycache_prefix = os.environ["PYTHONPYCACHEPREFIX"] = str(COMPILED)
        os.environ.pop("PYTHONDONTWRITEBYTECODE", None)


@pytest.fixture(autouse=True)
def _own_logs() -> Iterator[None]:
    """A command line that a test calls in its own process sets up logs for the whole process."""
    yield
    structlog.reset_defaults()


@pytest.fixture(scope="session")
def home() -> Iterator[Path]:
    """The data folder of both engines."""
    with tempfile.TemporaryDirectory(prefix="engines-", dir=quick()) as folder:
        yield Path(folder) / "data"


@pytest.fixture(scope="session")
def engines(home: Path) -> Iterator[Engines]:
    """Both engines, started once per run (with xdist: once per process)."""
    with embedded(home, fsync=False) as running:
        yield running


@pytest.fixture(scope="session")
def templates(engines: Engines) -> None:
    """Both databases as they are before anything has happened."""
    make_templates(engines)


@pytest.fixture
def fresh(engines: Engines, templates: None) -> Iterator[Engines]:
    """The engines with two databases of the test's own, copied from the templates."""
    with fresh_databases(engines) as ours:
        yield ours


@pytest.fixture
def database(fresh: Engines) -> dict[str, str]:
    """A fresh database: its URL for each role of the programme's database."""
    return fresh.programme
