import shutil
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from services.embedded import embedded
from tests.services.watching import nothing_runs_in, until


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
