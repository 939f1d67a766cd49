"""What was recorded under other names of rules and modules is read, and nothing is asked again."""

import asyncio
from collections.abc import Iterator
from hashlib import blake2b
from pathlib import Path
from typing import Any, Final

import pytest

from events.envelope import encode, head_of
from events.ids import CommandId
from projections.agenda import AGENDA
from projections.catalogue import PROJECTIONS
from services.clock import SetClock
from services.door.asking import ask
from services.door.replies import Reply
from services.engines.addresses import Engines
from services.log.log import Log
from services.vault.epochs import derived
from services.vault.opening import Reading
from services.vault.vault import Vault
from services.workers.policies import Policies
from services.workers.scheduler import DueRequest
from tests.recorded.kept import digest_of, load, put_into, recorded_digests
from tests.scenes.at_work import client_of
from tests.scenes.tokens import token
from tests.scenes.world import EPOCH, door_on, station, vault_of

KEPT: Final = load()
FACTS: Final = KEPT.facts
OVER_THE_BUS: Final = [one for one in KEPT.requests if one.worker != "commands"]
"""All but what the door asks itself."""


@pytest.fixture
def recorded(fresh: Engines) -> Engines:
    """Engines that hold what was recorded, in log and vault."""
    put_into(fresh, KEPT)
    return fresh


def asked_by(worker: str) -> set[str]:
    """The ids of the commands that a worker asked for, whether or not they had an effect."""
    origins = [fact.envelope.origin for fact in FACTS]
    effective = {one.command_id for one in origins if one.actor == f"system:{worker}"}
    sender = keyed(f"system:{worker}")
    return effective | {one.command for one in KEPT.settled if one.sender == sender}


def keyed(sender: str) -> str:
    """As `Vault.sender` has it under the tests' first epoch."""
    key = derived(derived(EPOCH, "vault"), "command id")
    return blake2b(f"sender|{sender}".encode(), digest_size=16, key=key).hexdigest()


def test_what_is_read_is_written_as_it_was_byte_for_byte() -> None:
    for fact, row in zip(FACTS, KEPT.rows, strict=True):
        found = fact.envelope
        head = head_of(found.position, found.previous, found.recorded)
        assert head + encode(fact.event, found.id, found.origin) == row.document


def test_the_log_takes_it_in_and_gives_it_back(recorded: Engines) -> None:
    log = Log(recorded.programme["home"], connections=1)
    try:
        assert list(log.pages(0, log.head())) == KEPT.rows
    finally:
        log.close()


def test_all_that_was_sealed_for_rules_is_opened(recorded: Engines) -> None:
    with vault_of(recorded) as vault:
        reading = Reading(vault, KEPT.parts.__getitem__)
        for fact in FACTS:
            opened = reading(fact.event)
            assert type(opened).stored_as() is type(fact.event)


@pytest.mark.parametrize("name", PROJECTIONS)
def test_a_read_model_whose_rows_change_has_a_new_version(name: str) -> None:
    """Otherwise what was built before would be taken for what the code makes now."""
    made = digest_of(PROJECTIONS[name], FACTS)
    assert made == recorded_digests()[name], "see tests/recorded/README.md"


def test_policies_ask_for_nothing_again(recorded: Engines, tmp_path: Path) -> None:
    replies: dict[str, Any] = {}

    async def play(vault: Vault) -> None:
        clock = SetClock(FACTS[-1].envelope.recorded)
        async with (
            door_on(station(recorded, tmp_path, clock)),
            client_of(recorded, "policies") as client,
        ):
            loop = asyncio.get_running_loop()

            def asking(name: str, body: dict[str, Any]) -> Any:
                asking = ask(client, name, body, worker="policies")
                reply = asyncio.run_coroutine_threadsafe(asking, loop).result()
                replies[vault.command_id("system:policies", body["id"])] = reply
                return reply

            own = Policies(recorded.programme["policies"], asking, clock)
            await asyncio.to_thread(own.take, len(FACTS))
            own.close()

    with vault_of(recorded) as vault:
        asyncio.run(play(vault))
    asked = asked_by("policies")
    assert len(asked) > 20
    assert asked <= replies.keys()
    assert all(replies[one].repeated for one in asked)
    log = Log(recorded.programme["home"], connections=1)
    assert log.head() == len(FACTS)
    log.close()


def test_whoever_asks_again_is_known_and_told_the_same(recorded: Engines, tmp_path: Path) -> None:
    """Also after years, when commands have grown."""
    replies: list[Reply] = []

    async def play() -> None:
        clock = SetClock(FACTS[-1].envelope.recorded)
        async with (
            door_on(station(recorded, tmp_path, clock)) as client,
            client_of(recorded, "policies") as policies,
            client_of(recorded, "scheduler") as scheduler,
            client_of(recorded, "safeguarding") as safeguarding,
            client_of(recorded, "notifier") as notifier,
        ):
            workers = {
                "system:policies": policies,
                "system:scheduler": scheduler,
                "system:safeguarding": safeguarding,
                "system:notifier": notifier,
            }
            for one in OVER_THE_BUS:
                of = workers.get(one.body["actor"], client)
                shown = None if one.worker else token(one.shown_as, clock)
                replies.append(await ask(of, one.name, one.sent, token=shown, worker=one.worker))

    asyncio.run(play())
    assert {one.name for one in OVER_THE_BUS} >= {"person.register", "application.submit"}
    assert {reply.status for reply in replies} == {"accepted"}
    assert all(reply.repeated for reply in replies)
    with vault_of(recorded) as vault:
        expected = [KEPT.accepted[vault.command_id(*one.sender)] for one in OVER_THE_BUS]
    assert [[event.position for event in reply.events or ()] for reply in replies] == expected


def test_what_fell_due_then_has_the_same_name_now(fresh: Engines) -> None:
    with vault_of(fresh) as vault:
        named = {vault.command_id("system:scheduler", one) for one in names_of_what_fell_due()}
    asked = asked_by("scheduler")
    assert len(asked) > 10
    assert asked <= named


def names_of_what_fell_due() -> Iterator[CommandId]:
    """Also of what was asked for anew, as something had happened about the same thing since."""
    rows: dict[str, Any] = {}
    for fact in FACTS:
        for key in AGENDA.keys(fact.event):
            rows[key] = AGENDA.fold(rows.get(key), fact, key)
            for one in rows[key].due if rows[key] else ():
                due = DueRequest(key, one.command, one.at, dict(one.data))
                name = (due.at, "scheduler", key, due.command, due.target)
                yield CommandId.derived(*name)
                yield CommandId.derived(*name, str(rows[key].position))
