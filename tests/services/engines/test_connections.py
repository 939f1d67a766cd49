import asyncio
from collections.abc import Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, closing
from urllib.parse import urlsplit

import psycopg
import pytest

from services.engines.addresses import Engines
from services.engines.connections import AllInUse, KeptConnections
from services.engines.faults import kind_of
from tests.chaos.proxy import OPEN, REFUSING, Proxy
from tests.scenes.world import vault_of

MOST = 3


@pytest.fixture
def url(fresh: Engines) -> str:
    return fresh.programme["console"]


def end_all_of(url: str) -> None:
    """The server ends all connections of a role to a database, and they have ended."""
    with psycopg.connect(url, autocommit=True) as other:
        other.execute(
            "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity"
            " WHERE usename = current_user AND datname = current_database()"
            " AND pid <> pg_backend_pid()"
        )


def used_at_once(kept: KeptConnections, many: int) -> list[int]:
    """So many connections at one time, each asked for its number at the server."""
    with ExitStack() as stack:
        taken = [stack.enter_context(kept.connection()) for _ in range(many)]
        rows = [one.execute("SELECT pg_backend_pid()").fetchone() for one in taken]
    return [row[0] for row in rows if row]


def test_a_connection_is_used_again(url: str) -> None:
    with closing(KeptConnections(url, MOST)) as kept:
        first = used_at_once(kept, 2)
        assert sorted(used_at_once(kept, 2)) == sorted(first)
        assert used_at_once(kept, 1)[0] in first


def test_what_the_server_has_ended_is_found_out_before_it_is_used(fresh: Engines, url: str) -> None:
    with closing(KeptConnections(url, MOST)) as kept:
        before = used_at_once(kept, MOST)
        end_all_of(url)
        assert set(used_at_once(kept, MOST)).isdisjoint(before)


def through_a_way(url: str, play: Callable[[Proxy, str], Awaitable[None]]) -> None:
    async def scene() -> None:
        way = Proxy(urlsplit(url).port or 0)
        await way.start()
        try:
            await play(way, url.replace(f":{urlsplit(url).port}", f":{way.port}", 1))
        finally:
            await way.stop()

    asyncio.run(scene())


def test_a_server_that_is_back_is_there_at_once_however_often_it_was_looked_for(url: str) -> None:
    async def play(way: Proxy, url: str) -> None:
        with closing(KeptConnections(url, MOST)) as kept:
            await asyncio.to_thread(used_at_once, kept, MOST)
            way.mode = REFUSING
            way.cut()
            for _ in range(10):
                with pytest.raises(psycopg.OperationalError) as met:
                    await asyncio.to_thread(used_at_once, kept, 1)
                assert kind_of(met.value).kind == "away"
            way.mode = OPEN
            await asyncio.to_thread(used_at_once, kept, MOST)

    through_a_way(url, play)


def test_the_vault_does_not_notice_that_its_server_was_started_again(fresh: Engines) -> None:
    with vault_of(fresh) as vault:
        vault.prove(begin=True)
        end_all_of(fresh.vault["commands"])
        vault.keys._until = 0  # its lease is over
        vault.keys.look()


def test_why_nobody_is_let_in_is_told(url: str) -> None:
    stranger = url.replace(str(urlsplit(url).password), "not-theirs")
    with (
        closing(KeptConnections(stranger, MOST)) as kept,
        pytest.raises(psycopg.OperationalError) as met,
    ):
        used_at_once(kept, 1)
    assert kind_of(met.value) == ("refused", "PostgreSQL refuses the password of console.")


def test_more_than_there_may_be_wait_and_not_for_ever(url: str) -> None:
    with closing(KeptConnections(url, MOST, patience=0.05)) as kept:
        with pytest.raises(AllInUse):
            used_at_once(kept, MOST + 1)
        assert len(set(used_at_once(kept, MOST))) == MOST


def test_one_in_the_midst_of_something_is_not_handed_on(url: str) -> None:
    with closing(KeptConnections(url, 1)) as kept:
        with kept.connection() as left:
            left.execute("BEGIN")
        assert left.closed
        with kept.connection() as fault, pytest.raises(psycopg.DataError):
            fault.execute("SELECT 1 / 0")
        assert not fault.closed  # nothing is the matter with the connection
        with kept.connection() as again:
            assert again is fault


def test_what_is_closed_in_the_midst_of_use_is_given_back_when_that_is_done(url: str) -> None:
    kept = KeptConnections(url, MOST)
    used_at_once(kept, 2)
    with kept.connection() as mine:
        kept.close()
        assert mine.execute("SELECT 1").fetchone() == (1,)
    assert mine.closed


def test_many_threads_share_few_connections(url: str) -> None:
    with closing(KeptConnections(url, MOST)) as kept, ThreadPoolExecutor(8) as threads:
        found = threads.map(lambda _: used_at_once(kept, 1)[0], range(400))
        assert len(set(found)) <= MOST
