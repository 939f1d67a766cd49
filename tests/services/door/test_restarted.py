"""A door whose vault was started again: connections that died with it cost nobody anything."""

import asyncio
from pathlib import Path

import psycopg
import pytest
from nats.aio.client import Client

from services.door import door
from services.door.replies import Reply
from services.engines.addresses import Engines
from tests.scenes.world import coordinator, door_on, station

MANY = 12


async def registers(client: Client, name: str) -> Reply:
    said = {"full_name": name, "email": f"{name.lower().replace(' ', '-')}@example.org"}
    return await coordinator(client, "person.register", said)


async def register(client: Client, named: str) -> set[str]:
    """Many at once; how they were answered."""
    many = (registers(client, f"{named} Number {number}") for number in range(MANY))
    return {reply.status for reply in await asyncio.gather(*many)}


def test_who_registers_after_a_restart_of_the_vault_is_not_told_to_come_again(
    fresh: Engines, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The door does not even have to try again, which here would take too long."""
    monkeypatch.setattr(door, "AGAIN", 5)
    monkeypatch.setattr(door, "PATIENCE", 2.0)

    async def play() -> None:
        async with door_on(station(fresh, tmp_path)) as client:
            assert await register(client, "First") == {"accepted"}
            with psycopg.connect(fresh.vault["commands"], autocommit=True) as other:
                ended = other.execute(
                    "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity"
                    " WHERE usename = current_user AND datname = current_database()"
                    " AND pid <> pg_backend_pid()"
                ).fetchall()
            assert set(ended) == {(True,)}
            assert await register(client, "After") == {"accepted"}

    asyncio.run(play())
