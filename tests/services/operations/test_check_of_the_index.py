"""`ops check` on logs whose look-up by tags is not what events say, and on logs without an end."""

import asyncio
import re
from contextlib import closing, suppress
from pathlib import Path
from typing import LiteralString

import psycopg
import pytest
from nats.js.errors import NotFoundError

from events.matching import PairForbidden
from events.people import PersonErased
from services.crew import STREAM
from services.engines.addresses import Engines
from services.operations import status
from services.process.checkpoints import move
from services.vault.vault import Vault
from services.workers import relay
from tests.scenes.at_work import at_work, client_of, eventually
from tests.scenes.cast import ADA, AUTUMN, BEN
from tests.scenes.damaged import shortened, tampered
from tests.scenes.streams import has
from tests.scenes.world import KEYS, station
from tests.services.operations.test_check import SOUND, Check, sealed_in
from tests.services.operations.test_seen import BRIEFLY

NOT_HELD = "The log was not held against its stream and how far the workers are: "
RUNBOOK = Path(__file__).parents[3] / "docs" / "runbook.md"
INDEX, SAYS, END = (
    f"everywhere.{one}" for one in ("in-the-index", "found-as-it-says", "whole-to-its-end")
)
OF_ANOTHER_COMMAND: LiteralString = (
    "UPDATE log.events SET tags = array_replace(tags, tags[array_length(tags, 1)], 'command_x')"
    " WHERE position = 3"
)
APART: tuple[object, ...] = (
    *SOUND,
    PairForbidden(
        cohort_id=AUTUMN, patient_leader_id=ADA, healthcare_leader_id=BEN, reason="family"
    ),
)
AGAINST_BOTH: list[tuple[LiteralString, set[str]]] = [
    ("DELETE FROM log.tags WHERE position = 3", {INDEX}),
    ("INSERT INTO log.tags VALUES ('person_x', 'person.registered.v1', 3)", {INDEX}),
    ("INSERT INTO log.tags VALUES ('person_x', 'person.registered.v1', 300)", {INDEX}),
    ("UPDATE log.events SET type = 'person.erased.v1' WHERE position = 3", {INDEX, SAYS}),
    ("UPDATE log.events SET tags = tags[2:] WHERE position = 3", {INDEX, SAYS}),
    ("UPDATE log.events SET tags = tags || '{x}'::text[] WHERE position = 3", {INDEX, SAYS}),
    (OF_ANOTHER_COMMAND, {INDEX, SAYS}),
]

OTHERS_HIDDEN: LiteralString = (
    "UPDATE log.events SET tags = string_to_array(regexp_replace(array_to_string(tags, ' '),"
    " 'hidden_[a-z0-9]+', 'hidden_x'), ' ')"
)
NONE_HIDDEN: LiteralString = (
    "UPDATE log.events SET tags = string_to_array(regexp_replace(array_to_string(tags, ' '),"
    " ' hidden_[a-z0-9]+', '', 'g'), ' ')"
)
INDEX_ANEW: tuple[LiteralString, ...] = (
    "DELETE FROM log.tags",
    "INSERT INTO log.tags SELECT tag, type, position FROM log.events, unnest(tags) AS tag",
)


@pytest.fixture
def check(fresh: Engines) -> Check:
    return Check(fresh)


@pytest.mark.parametrize(("statement", "found"), AGAINST_BOTH)
def test_what_is_found_by_other_kinds_or_tags_than_it_says_is_told(
    check: Check, statement: LiteralString, found: set[str]
) -> None:
    sealed_in(check.engines, *SOUND)
    tampered(check.engines, statement)
    states = check.json(code=1, keys=True)["found"]
    assert {one["invariant"] for one in states} == found
    assert {it["position"] for one in states for it in one["events"]} <= {3, 300}


def test_keyed_tags_are_counted_and_with_the_keys_made_again(check: Check) -> None:
    sealed_in(check.engines, *APART)
    assert check.names(code=0, keys=True) == set()
    tampered(check.engines, OTHERS_HIDDEN, *INDEX_ANEW)
    assert check.names(code=0) == set(), "nobody can tell without the keys"
    assert check.names(code=1, keys=True) == {SAYS}
    tampered(check.engines, NONE_HIDDEN, *INDEX_ANEW)
    assert check.names(code=1) == {SAYS}


def test_keyed_tags_that_fell_with_somebody_are_held_against_nobody(check: Check) -> None:
    sealed_in(check.engines, *APART, PersonErased(person_id=ADA))
    with closing(Vault(check.engines.vault["owner"], KEYS)) as vault:
        vault.destroy(ADA)
    assert check.names(code=0, keys=True) == set()


def test_a_look_up_that_was_lost_is_one_finding_and_is_made_anew_as_the_runbook_says(
    check: Check,
) -> None:
    sealed_in(check.engines, *SOUND)
    tampered(check.engines, "TRUNCATE log.tags")
    (found,) = check.json(code=1)["found"]
    assert (found["invariant"], found["about"], len(found["events"])) == (INDEX, ["4 events"], 4)
    with psycopg.connect(check.engines.programme["owner"]) as owner:
        owner.execute(statements_of_the_runbook())
    assert check.names(code=0) == set()
    with (
        pytest.raises(psycopg.errors.InsufficientPrivilege),
        psycopg.connect(check.engines.programme["owner"]) as owner,
    ):
        owner.execute("DELETE FROM log.tags")


def statements_of_the_runbook() -> bytes:
    (found,) = re.findall(r"```sql\n(.*?)```", RUNBOOK.read_text(), re.DOTALL)
    return str(found).encode()


async def relayed(engines: Engines, folder: Path) -> None:
    """The stream has all that the log has."""
    async with client_of(engines) as client, at_work(relay.serve, station(engines, folder)):
        await eventually(lambda: has(client, 4))


def test_an_end_that_is_lost_is_told_by_the_stream_and_by_places(
    bus: Engines, tmp_path: Path
) -> None:
    check = Check(bus)
    sealed_in(bus, *SOUND)
    asyncio.run(relayed(bus, tmp_path))
    assert check.names(code=0) == set()
    with psycopg.connect(bus.programme["policies"], autocommit=True) as connection:
        move(connection, "policies", 4)
    shortened(bus, 2)
    (found,) = check.json(code=1)["found"]
    assert found["invariant"] == END
    assert found["about"] == [
        "The stream is not what the log is, so the relay has stopped.",
        "policies is at position 4, and the log ends at 2.",
    ]
    said = check(code=1).stdout
    assert "1 found in 2 events" in said


def test_whoever_can_not_see_the_stream_is_told_that_it_was_not_held_against_it(
    check: Check,
) -> None:
    check.settings["LT_NATS_URL"] = "nats://127.0.0.1:1"
    sealed_in(check.engines, *SOUND)
    assert f"{NOT_HELD}NATS does not answer." in check(code=0).stdout
    assert check.json(code=0)["left_out"]["stream"] == "NATS does not answer."


def test_whoever_can_not_see_how_far_the_workers_are_is_told_so(
    check: Check, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(status, "WAITING_BRIEFLY", BRIEFLY)
    sealed_in(check.engines, *SOUND)
    with psycopg.connect(check.engines.programme["owner"]) as owner:
        owner.execute("LOCK TABLE work.places IN ACCESS EXCLUSIVE MODE")
        assert NOT_HELD in check(code=0).stdout
        assert check.json(code=0)["left_out"]["stream"]


def test_where_there_is_no_stream_nothing_was_held_against_it(check: Check) -> None:
    sealed_in(check.engines, *SOUND)
    asyncio.run(without_a_stream(check.engines))
    assert f"{NOT_HELD}There is no stream: " in check(code=0).stdout


async def without_a_stream(engines: Engines) -> None:
    async with client_of(engines) as owner:
        with suppress(NotFoundError):
            await owner.jetstream().delete_stream(STREAM)
