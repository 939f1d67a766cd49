"""What was recorded under other names of rules and modules is read, and nothing is asked again."""

import asyncio
import json
from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path
from typing import Any, Final

import psycopg
import pytest

from events.catalogue import Recorded, decode
from events.envelope import encode, head_of
from events.event import Event
from events.ids import CommandId
from projections.agenda import AGENDA
from projections.catalogue import PROJECTIONS
from projections.replay import folded
from services.clock import SetClock
from services.door.asking import ask
from services.engines.addresses import Engines
from services.log.log import Log, Stored, turn, write
from services.workers.policies import Policies
from services.workers.scheduler import DueRequest
from tests.scenes.at_work import client_of
from tests.scenes.world import door_on, station

FOLDER: Final = Path(__file__).parents[3] / "tests" / "recorded"
DOCUMENTS: Final = FOLDER.joinpath("log.jsonl").read_bytes().splitlines()
FACTS: Final = [decode(document) for document in DOCUMENTS]
ROWS: Final = json.loads(FOLDER.joinpath("rows.json").read_text())


def row_of(fact: Recorded[Event], document: bytes) -> Stored:
    tags = [*fact.event.tags(), fact.envelope.origin.command_id]
    return Stored(fact.envelope.position, fact.envelope.type, tags, document)


@pytest.fixture
def recorded(fresh: Engines) -> Engines:
    """Engines that hold what was recorded, in log and vault."""
    rows = [row_of(*both) for both in zip(FACTS, DOCUMENTS, strict=True)]
    url = fresh.programme["commands"]
    with psycopg.connect(url, autocommit=True) as connection, turn(connection) as my:
        write(my, rows)
    keys = map(json.loads, FOLDER.joinpath("keys.jsonl").read_text().splitlines())
    with psycopg.connect(fresh.vault["commands"]) as connection, connection.cursor() as cursor:
        cursor.executemany(
            "INSERT INTO vault.keys VALUES (%s, %s, %s)",
            [(one["audience"], one["version"], bytes.fromhex(one["wrapped"])) for one in keys],
        )
    return fresh


def asked_by(worker: str) -> set[str]:
    """The ids of the commands that a worker asked for and that brought something about."""
    origins = [fact.envelope.origin for fact in FACTS]
    return {one.command_id for one in origins if one.actor == f"system:{worker}"}


def test_what_is_read_is_written_as_it_was_byte_for_byte() -> None:
    for fact, document in zip(FACTS, DOCUMENTS, strict=True):
        found = fact.envelope
        head = head_of(found.position, found.previous, found.recorded)
        assert head + encode(fact.event, found.id, found.origin) == document


def test_the_log_takes_it_in_and_gives_it_back(recorded: Engines) -> None:
    log = Log(recorded.programme["reader"], connections=1)
    try:
        assert [row.document for row in log.pages(0, log.head())] == DOCUMENTS
    finally:
        log.close()


@pytest.mark.parametrize("name", PROJECTIONS)
def test_a_read_model_whose_rows_change_has_a_new_version(name: str) -> None:
    """Otherwise what was built before would be taken for what the code makes now."""
    projection = PROJECTIONS[name]
    rows = {key: row.model_dump(mode="json") for key, row in folded(projection, FACTS).items()}
    text = json.dumps(rows, sort_keys=True).encode()
    made = {"version": projection.version, "sha256": sha256(text).hexdigest()}
    assert made == ROWS[name], "give it a new version, and its line in tests/recorded/rows.json"


def test_policies_ask_for_nothing_again(recorded: Engines, tmp_path: Path) -> None:
    replies: dict[str, Any] = {}

    async def play() -> None:
        clock = SetClock(FACTS[-1].envelope.recorded)
        async with (
            door_on(station(recorded, tmp_path, clock)),
            client_of(recorded, "policies") as client,
        ):
            loop = asyncio.get_running_loop()

            def asking(name: str, body: dict[str, Any]) -> Any:
                reply = asyncio.run_coroutine_threadsafe(ask(client, name, body), loop).result()
                replies[body["id"]] = reply
                return reply

            own = Policies(recorded.programme["policies"], asking, clock)
            await asyncio.to_thread(own.take, len(DOCUMENTS))
            own.close()

    asyncio.run(play())
    asked = asked_by("policies")
    assert len(asked) > 20
    assert asked <= replies.keys()
    assert all(replies[one].events for one in asked)
    log = Log(recorded.programme["reader"], connections=1)
    assert log.head() == len(DOCUMENTS)
    log.close()


def test_what_fell_due_then_has_the_same_name_now() -> None:
    assert asked_by("scheduler") <= set(names_of_what_fell_due())


def names_of_what_fell_due() -> Iterator[str]:
    rows: dict[str, Any] = {}
    for fact in FACTS:
        for key in AGENDA.keys(fact.event):
            rows[key] = AGENDA.fold(rows.get(key), fact, key)
            for one in rows[key].due if rows[key] else ():
                due = DueRequest(key, one.command, one.at, dict(one.data))
                yield CommandId.derived(due.at, "scheduler", key, due.command, due.target)
