import asyncio
import re
from pathlib import Path

import pytest

from services.engines import connecting
from services.engines.connecting import NoSignOfLife, connect, connect_async
from services.engines.faults import EngineFault, kind_of
from services.patience import in_haste, is_in_haste

SERVICES = Path(__file__).parents[3] / "services"
OPENS = re.compile(r"psycopg\.connect\(|AsyncConnection\.connect\(|ConnectionPool\(")
# The superuser who makes roles, when the server has just been started.
EXEMPT = {"engines/server.py", "engines/connecting.py"}


def test_every_connection_is_opened_where_a_frozen_server_is_noticed() -> None:
    files = (path for path in SERVICES.rglob("*.py") if OPENS.search(path.read_text()))
    assert {str(path.relative_to(SERVICES)) for path in files} - EXEMPT == set()


def test_a_statement_that_takes_long_is_waited_for_while_the_server_lives(
    database: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(connecting, "SILENCE", 0.1)
    with in_haste(), connect(database["console"]) as connection:
        assert connection.execute("SELECT 7 FROM pg_sleep(0.6)").fetchone() == (7,)


def test_a_server_that_lets_nobody_in_meanwhile_is_given_up(
    database: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(connecting, "SILENCE", 0.1)
    with in_haste(), connect(database["console"]) as connection:
        connection.address = "postgresql://reader@127.0.0.1:1/programme"
        with pytest.raises(NoSignOfLife) as met:
            connection.execute("SELECT pg_sleep(1)")
        assert kind_of(met.value) == EngineFault("away", "PostgreSQL does not answer.")
        assert connection.closed


def test_in_an_event_loop_silence_is_enough(
    database: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(connecting, "SILENCE_IN_A_LOOP", 0.2)

    async def play() -> None:
        async with await connect_async(database["console"]) as connection:
            found = await connection.execute("SELECT 7")
            assert await found.fetchone() == (7,)
            with pytest.raises(NoSignOfLife):
                await connection.execute("SELECT pg_sleep(1)")

    with in_haste():
        asyncio.run(play())


def test_whoever_is_in_no_haste_waits(
    database: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(connecting, "SILENCE", 0.1)
    with in_haste(), in_haste(wanted=False), connect(database["console"]) as connection:
        connection.address = "postgresql://reader@127.0.0.1:1/programme"
        assert connection.execute("SELECT 7 FROM pg_sleep(0.5)").fetchone() == (7,)
    assert not is_in_haste()


@pytest.mark.parametrize(
    ("url", "seconds"),
    [
        ("postgresql://reader@db/programme", 4),
        ("postgresql://reader@db/programme?connect_timeout=10", 4),  # our own default elsewhere
        ("postgresql://reader@db/programme?connect_timeout=30", None),
    ],
)
def test_how_long_connecting_may_take_may_stand_in_the_address(
    url: str, seconds: int | None
) -> None:
    with in_haste():
        assert connecting._in_seconds(url, {}).get("connect_timeout") == seconds
    assert connecting._in_seconds(url, {}) == {}
