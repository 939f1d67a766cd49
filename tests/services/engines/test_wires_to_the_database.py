"""No byte that matters goes to a database that is not the one that is named, or in the clear."""

import asyncio
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import psycopg
import pytest

from services.engines.addresses import Engines, find
from services.engines.connecting import connect, connect_async
from services.engines.faults import EngineFault, kind_of
from tests.scenes.certificates import Authority
from tests.scenes.encrypted import (
    BY_CERTIFICATE,
    PLEASE,
    EncryptedDatabase,
    lead_here,
    says_no,
)
from tests.scenes.man_in_the_middle import man_in_the_middle


@pytest.fixture(autouse=True)
def _names(monkeypatch: pytest.MonkeyPatch) -> None:
    lead_here(monkeypatch, "db.example")


@pytest.fixture
def encrypted(engines: Engines) -> Iterator[EncryptedDatabase]:
    one = EncryptedDatabase(port_of(engines))
    yield one
    one.close()


def port_of(engines: Engines) -> int:
    return int(urlsplit(engines.programme["console"]).port or 0)


def reader(engines: Engines, ours: Authority, port: int) -> str:
    """The URL of a reader, as whoever trusts our authority has it."""
    here, there = f"127.0.0.1:{port_of(engines)}", f"db.example:{port}"
    url = engines.programme["console"].replace(here, there)
    given = {"LT_DATABASE_URL": url, "LT_NATS_URL": "tls://bus.example"}
    return find(None, {**given, "LT_DATABASE_CA_FILE": str(ours.file)}).programme["console"]


def met_at_the_database(url: str) -> EngineFault:
    """The same whether it is waited for in a thread or in an event loop."""

    async def in_a_loop() -> None:
        async with await connect_async(url):
            pass

    with pytest.raises(psycopg.Error) as met:
        connect(url)
    fault = kind_of(met.value)
    with pytest.raises(psycopg.Error) as met:
        asyncio.run(in_a_loop())
    assert fault == kind_of(met.value)
    return fault


@pytest.mark.parametrize("name", BY_CERTIFICATE)
def test_the_database_is_who_it_is_by_its_certificate(
    name: str,
    engines: Engines,
    ours: Authority,
    chains: dict[str, Path],
    encrypted: EncryptedDatabase,
) -> None:
    encrypted.shows(chains[name])
    if says := BY_CERTIFICATE[name]:
        with man_in_the_middle(encrypted.port, lambda said: said) as way:
            kind, problem = met_at_the_database(reader(engines, ours, way.port))
        assert (kind, says in problem) == ("unsafe", True), problem
        assert b"console" not in way.heard
        return
    with connect(reader(engines, ours, encrypted.port)) as connection:
        assert connection.execute("SELECT current_user").fetchone() == ("console",)
    assert encrypted.came == ["TLSv1.3"]


@pytest.mark.parametrize("stripped", [False, True])
def test_a_database_that_offers_no_encryption_hears_nothing(
    stripped: bool,
    engines: Engines,
    ours: Authority,
    chains: dict[str, Path],
    encrypted: EncryptedDatabase,
) -> None:
    encrypted.shows(chains["db.example"] if stripped else None)
    with man_in_the_middle(encrypted.port, says_no) as way:
        kind, problem = met_at_the_database(reader(engines, ours, way.port))
    assert kind == "unsafe"
    assert problem.startswith("PostgreSQL offers no encrypted connection (TLS)")
    assert way.heard == PLEASE * 2  # and nothing else
