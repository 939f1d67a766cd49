import os
import secrets
import shutil
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
from psycopg.sql import SQL, Identifier

from services import schema
from services.embedded import embedded
from services.engines import Engines

TEMPLATES = {"programme": "template_of_programme", "vault": "template_of_vault"}
MEMORY, ROOM = Path("/dev/shm"), 2 * 2**30  # noqa: S108 - only mkdtemp goes there


@pytest.fixture(scope="session")
def engines() -> Iterator[Engines]:
    """Both engines, started once per run (with xdist: once per process)."""
    with tempfile.TemporaryDirectory(prefix="engines-", dir=_quick()) as folder:
        with embedded(Path(folder) / "data", fsync=False) as running:
            yield running


def _quick() -> Path | None:
    """Memory, if there is room and nobody named a place: two databases are 600 new files, for
    which a disk may take half a second, and each test has two.
    """
    usable = MEMORY.is_dir() and os.access(MEMORY, os.W_OK) and "TMPDIR" not in os.environ
    return MEMORY if usable and shutil.disk_usage(MEMORY).free > ROOM else None


@pytest.fixture(scope="session")
def templates(engines: Engines) -> None:
    """Both databases as they are before anything has happened."""
    owner = engines.programme["owner"]
    with _maintenance(engines) as server:
        for name in TEMPLATES.values():
            server.execute(SQL("CREATE DATABASE {}").format(Identifier(name)))
    schema.provision(_at(owner, TEMPLATES["programme"]), _at(owner, TEMPLATES["vault"]))


@pytest.fixture
def fresh(engines: Engines, templates: None) -> Iterator[Engines]:
    """The engines with two databases of the test's own, copied from the templates."""
    mark = secrets.token_hex(6)
    names = {kind: f"test_{kind}_{mark}" for kind in TEMPLATES}
    # Copied file by file: the other strategy sends each page through the write-ahead log.
    create = SQL("CREATE DATABASE {} TEMPLATE {} STRATEGY file_copy")
    with _maintenance(engines) as server:
        for kind, name in names.items():
            server.execute(create.format(Identifier(name), Identifier(TEMPLATES[kind])))
    yield engines.model_copy(
        update={
            "programme": {r: _at(u, names["programme"]) for r, u in engines.programme.items()},
            "vault": {r: _at(u, names["vault"]) for r, u in engines.vault.items()},
        }
    )
    with _maintenance(engines) as server:
        for name in names.values():
            _drop(server, name)


@pytest.fixture
def database(fresh: Engines) -> dict[str, str]:
    """A fresh database: its URL for each role of the programme's database."""
    return fresh.programme


def _drop(server: psycopg.Connection, name: str) -> None:
    """Once the last connection to it is gone: closing one takes the server a moment."""
    deadline = time.monotonic() + 10
    while True:
        try:
            server.execute(SQL("DROP DATABASE {}").format(Identifier(name)))
        except psycopg.errors.ObjectInUse:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.02)
        else:
            return


def _maintenance(engines: Engines) -> psycopg.Connection:
    return psycopg.connect(engines.programme["owner"], autocommit=True)


def _at(url: str, database: str) -> str:
    return f"{url.rpartition('/')[0]}/{database}"
