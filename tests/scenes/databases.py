"""Databases of a test's own, copied from templates: 50 ms each, so nothing is ever emptied."""

import secrets
import time
from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager

import psycopg
from psycopg.sql import SQL, Identifier

from services.engines.addresses import Engines
from services.operations.provisioning import databases

TEMPLATES = {"programme": "template_of_programme", "vault": "template_of_vault"}


def make_templates(engines: Engines) -> None:
    """Both databases as they are before anything has happened."""
    with _maintenance(engines) as server:
        for name in TEMPLATES.values():
            server.execute(SQL("CREATE DATABASE {}").format(Identifier(name)))
    databases(_on(engines, TEMPLATES))


def fresh_databases(engines: Engines) -> AbstractContextManager[Engines]:
    """The engines with two new databases, gone when this ends."""
    return _databases_like(engines, TEMPLATES)


def copied_databases(engines: Engines, filled: Engines) -> AbstractContextManager[Engines]:
    """The engines with copies of two databases that are filled, and that nobody uses just now."""
    urls = {kind: getattr(filled, kind)["owner"] for kind in TEMPLATES}
    return _databases_like(engines, {kind: url.rpartition("/")[2] for kind, url in urls.items()})


def empty_databases(engines: Engines) -> AbstractContextManager[Engines]:
    """The engines with two new databases in which nothing is."""
    return _databases_like(engines, dict.fromkeys(TEMPLATES, "template1"))


@contextmanager
def _databases_like(engines: Engines, templates: Mapping[str, str]) -> Iterator[Engines]:
    mark = secrets.token_hex(6)
    names = {kind: f"test_{kind}_{mark}" for kind in templates}
    # Copied file by file: the other strategy sends each page through the write-ahead log.
    create = SQL("CREATE DATABASE {} TEMPLATE {} STRATEGY file_copy")
    with _maintenance(engines) as server:
        for kind, name in names.items():
            server.execute(create.format(Identifier(name), Identifier(templates[kind])))
    yield _on(engines, names)
    with _maintenance(engines) as server:
        for name in names.values():
            _drop(server, name)


def _on(engines: Engines, names: Mapping[str, str]) -> Engines:
    """The same engines with other databases."""
    return engines.model_copy(
        update={
            "programme": {r: _at(u, names["programme"]) for r, u in engines.programme.items()},
            "vault": {r: _at(u, names["vault"]) for r, u in engines.vault.items()},
        }
    )


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
