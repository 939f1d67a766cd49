"""`ops check` holds the log of what is told in confidence against what was noted of its end."""

import asyncio
from contextlib import closing
from datetime import datetime
from pathlib import Path
from typing import Any

import psycopg
import pytest

from domain.concerns.heads import APART, fixed_hour
from events.heads import ConcernsHeadNoted
from events.ids import PROGRAMME
from services.clock import SetClock
from services.concerns.heads import Heads
from services.engines.addresses import Engines
from services.log import log
from services.log.log import Stored
from services.operations.confidence import AS_NOTED, IN_ORDER, not_as_noted
from services.vault.vault import Vault
from tests.scenes.in_confidence import in_confidence
from tests.scenes.readable import add_facts
from tests.scenes.world import KEYS, NOON, vault_of

HOUR = fixed_hour(NOON)


def found(engines: Engines) -> list[str]:
    """What a checker finds, with a checker's rights."""
    with (
        closing(Vault(engines.vault["checker"], KEYS)) as vault,
        psycopg.connect(engines.programme["checker"], autocommit=True) as connection,
    ):
        return [one.invariant for one in not_as_noted(connection, vault)]


def noted(engines: Engines, hour: datetime) -> ConcernsHeadNoted:
    """What the worker notes for an hour, with its own rights."""
    with closing(Vault(engines.vault["safeguarding"], KEYS)) as vault:
        heads = Heads(engines.programme["safeguarding"], vault)
        with closing(heads):
            heads.look(hour - APART)
            wish = heads.look(hour)
    assert wish is not None
    return ConcernsHeadNoted(programme_id=PROGRAMME, hour=wish.hour, digest=wish.digest)


@pytest.fixture
def told(fresh: Engines, tmp_path: Path) -> Engines:
    """Three things were told, and after none and each of two the end was noted."""

    async def scene() -> None:
        async with in_confidence(fresh, tmp_path, SetClock(NOON)) as here:
            for number in range(3):
                with vault_of(fresh) as vault:
                    add_facts(fresh, vault, [noted(fresh, HOUR + number * APART)])
                await here.raised("Ada", "Ben")

    asyncio.run(scene())
    return fresh


def test_whoever_notes_the_end_reads_the_last_that_was_noted_and_no_other(
    told: Engines, monkeypatch: pytest.MonkeyPatch
) -> None:
    """They are noted four times a day for years."""
    read: list[int] = []

    def counted(*row: Any) -> Stored:
        read.append(row[0])
        return Stored(*row)

    monkeypatch.setattr(log, "Stored", counted)
    with (
        closing(Vault(told.vault["safeguarding"], KEYS)) as vault,
        closing(Heads(told.programme["safeguarding"], vault)) as heads,
    ):
        wish = heads.look(HOUR + 3 * APART)
    assert wish is not None
    assert wish.hour == HOUR + 3 * APART
    of_the_log = [position for position in read if position > 3]
    assert len(of_the_log) == 1


def test_nothing_is_found_where_nothing_was_changed(told: Engines) -> None:
    assert found(told) == []


DAMAGED = {
    "the last is gone": ("DELETE FROM concerns.events WHERE position >= 2", [AS_NOTED]),
    "one in between is gone": ("DELETE FROM concerns.events WHERE position = 1", [IN_ORDER]),
    "one is another": (
        "UPDATE concerns.events SET document = document || ' ' WHERE position = 2",
        [AS_NOTED],
    ),
    "all is gone": ("DELETE FROM concerns.events", [AS_NOTED, AS_NOTED]),
}


@pytest.mark.parametrize("how", DAMAGED)
def test_what_was_taken_out_or_changed_is_found(told: Engines, how: str) -> None:
    """By its owner, who may take the trigger away."""
    statement, expected = DAMAGED[how]
    with psycopg.connect(told.programme["owner"], autocommit=True) as owner:
        owner.execute("ALTER TABLE concerns.events DISABLE TRIGGER immutable")
        owner.execute(statement.encode())
    assert found(told) == expected


def test_nobody_changes_it_while_the_trigger_is_there(told: Engines) -> None:
    with psycopg.connect(told.programme["owner"], autocommit=True) as owner:
        for statement in ("DELETE FROM concerns.events", "TRUNCATE concerns.events"):
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                owner.execute(statement.encode())


def test_a_digest_of_another_hour_is_none_of_this_one(told: Engines) -> None:
    moved = noted(told, HOUR + 3 * APART)
    later: Any = moved.model_copy(update={"hour": HOUR + 4 * APART})
    with vault_of(told) as vault:
        add_facts(told, vault, [later])
    assert found(told) == [AS_NOTED]
