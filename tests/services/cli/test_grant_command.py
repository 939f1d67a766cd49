"""`grant`: the first coordinator is made by who holds the writer's rights, and no other so."""

import asyncio
import json
from collections.abc import Callable
from dataclasses import replace
from email import message_from_bytes
from email.policy import default
from pathlib import Path

import pytest
from click.testing import CliRunner

from services.__main__ import main
from services.clock import SystemClock
from services.engines.addresses import Engines
from services.process.station import Station
from services.stream.connections import connection_of
from services.workers import commands
from tests.scenes.at_work import at_work
from tests.scenes.outbox import notifying
from tests.scenes.played import history_of
from tests.scenes.terminal import Said
from tests.scenes.tokens import CLOCKS, IDENTITY, OWN, STRANGER, ask_as
from tests.scenes.world import KEYS, a_plan, station

Grant = Callable[..., Said]
NAMES = ("Ruth Pascoe", "Owen Bright")


@pytest.fixture
def people(fresh: Engines, tmp_path: Path) -> list[str]:
    """Two who are registered, in a programme that nobody coordinates."""

    async def play() -> list[str]:
        found = []
        async with (
            at_work(commands.serve, station(fresh, tmp_path)),
            connection_of("client", fresh.nats["client"]) as client,
        ):
            for name in NAMES:
                data = {"full_name": name, "email": f"{name[:4].lower()}@example.org"}
                reply = await ask_as(client, STRANGER, "person.register", {"data": data})
                found.append((reply.ids or {})["person_id"])
                refused = await ask_as(client, found[0], "cohort.plan", {"data": a_plan()})
                assert refused.code == "acting.role-not-held"
        return found

    return asyncio.run(play())


@pytest.fixture
def provider(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """The code of a provider, whom nobody asks for anything here."""
    file = tmp_path / "identity.toml"
    own = OWN.replace('"identity', f'"{IDENTITY.parent}/identity')
    file.write_text(
        f'{own}[[providers]]\nissuer = "https://login.example.org"\ncode = "trust"\n'
        'audience = "https://leading-together.example.org"\nalgorithms = ["Ed25519"]\n'
    )
    file.chmod(0o600)
    monkeypatch.setenv("LT_IDENTITY_FILE", str(file))
    return "trust"


@pytest.fixture
def grant(fresh: Engines) -> Grant:
    def called(
        *words: str, role: str = "commands", keys: str = "commands", typed: str | None = None
    ) -> Said:
        settings = {
            "LT_DATABASE_URL": fresh.programme[role],
            "LT_VAULT_URL": fresh.vault[keys],
            "LT_NATS_URL": "nats://127.0.0.1:1",
            "LT_MASTER_KEY_FILE": str(KEYS.master),
            "LT_EPOCH_KEYS_FILE": str(KEYS.file),
        }
        done = CliRunner().invoke(main, ["grant", *words], env=settings, input=typed)
        assert not done.exception or isinstance(done.exception, SystemExit), done.exception
        return Said(done.exit_code, done.stdout, done.stderr)

    return called


def now(engines: Engines, folder: Path) -> Station:
    """By the clock by which the command line goes."""
    return replace(station(engines, folder), clock=SystemClock())


def plans(engines: Engines, folder: Path, who: str) -> str:
    async def play() -> str:
        async with (
            at_work(commands.serve, now(engines, folder)),
            connection_of("client", engines.nats["client"]) as client,
        ):
            CLOCKS[client] = SystemClock()
            reply = await ask_as(client, who, "cohort.plan", {"data": a_plan()})
            return reply.code or reply.status

    return asyncio.run(play())


def test_the_first_coordinator_is_made_and_may_do_what_coordinators_do(
    fresh: Engines, tmp_path: Path, people: list[str], grant: Grant
) -> None:
    ruth, _ = people
    said = grant(ruth, "--json")
    assert (said.code, said.err) == (0, "")
    assert [one["name"] for one in said.json["events"]] == ["role.granted"]
    assert plans(fresh, tmp_path, ruth) == "accepted"
    assert grant(ruth).out == "It was so already; nothing was recorded.\n"


def test_once_there_is_one_another_is_refused(
    fresh: Engines, tmp_path: Path, people: list[str], grant: Grant
) -> None:
    ruth, owen = people
    assert grant(ruth).code == 0
    said = grant(owen)
    assert (said.code, said.out) == (1, "")
    assert said.err.startswith("Refused (role.there-is-a-coordinator): ")
    assert plans(fresh, tmp_path, owen) == "acting.role-not-held"


def test_when_the_glass_is_broken_every_coordinator_is_told(
    fresh: Engines, tmp_path: Path, people: list[str], grant: Grant
) -> None:
    ruth, owen = people
    assert grant(ruth).code == 0
    why = "Ruth can't be reached since Monday."
    said = grant(owen, "--break-glass", why, "--json")
    assert [one["name"] for one in said.json["events"]] == ["role.granted", "role.glass-broken"]
    assert plans(fresh, tmp_path, owen) == "accepted"
    here = now(fresh, tmp_path)
    with notifying(here):
        told = [
            message_from_bytes(one.read_bytes(), policy=default) for one in letters(here.outbox)
        ]
    assert {one["To"].addresses[0].display_name for one in told} == set(NAMES)
    assert all(why in one.get_content() for one in told)
    assert why not in json.dumps([one.event.model_dump(mode="json") for one in history_of(fresh)])


def test_a_coordinator_is_tied_to_another_sign_in_only_if_the_glass_is_broken(
    fresh: Engines, tmp_path: Path, people: list[str], grant: Grant, provider: str
) -> None:
    ruth, _ = people
    mine, other = tmp_path / "mine", tmp_path / "other"
    mine.write_text("ruth-at-the-trust\n")
    other.write_text("somebody-at-the-trust")
    first = grant(ruth, "--issuer", provider, "--subject", f"@{mine}", "--json")
    assert [one["name"] for one in first.json["events"]] == ["role.granted", "identity.tied"]
    head = len(history_of(fresh))
    said = grant(ruth, "--issuer", provider, "--subject", f"@{other}")
    assert said.code == 1
    assert said.err.startswith("Refused (role.there-is-a-coordinator): ")
    assert len(history_of(fresh)) == head
    again = grant(ruth, "--issuer", provider, "--subject", f"@{mine}")
    assert again.out == "It was so already; nothing was recorded.\n"
    why = tmp_path / "why"
    why.write_text("Ruth lost her telephone.")
    broken = grant(
        *(ruth, "--issuer", provider, "--subject", f"@{other}"),
        *("--break-glass", f"@{why}", "--json"),
    )
    names = ["identity.tied", "role.glass-broken"]
    assert [one["name"] for one in broken.json["events"]] == names
    here = now(fresh, tmp_path)
    with notifying(here):
        told = [one.read_text() for one in letters(here.outbox)]
    assert sum("Subject: Somebody was let in" in one for one in told) == 1
    assert sum("Subject: A way to sign in was added for you" in one for one in told) == 2


def test_what_is_no_sign_in_makes_nobody_coordinator(
    fresh: Engines, people: list[str], grant: Grant, provider: str
) -> None:
    head = len(history_of(fresh))
    wrong = grant(people[0], "--issuer", "typo", "--subject", "-", typed="somebody")
    assert wrong.err.startswith("Refused (identity.no-such-issuer): ")
    for words in (
        ("--issuer", provider, "--subject", "somebody-at-the-trust"),
        ("--issuer", provider, "--subject", "@/nowhere"),
        ("--issuer", provider, "--subject", "-", "--break-glass", "-"),
        ("--subject", "-"),
    ):
        said = grant(people[0], *words, typed="somebody")
        assert said.code == 2
        assert "somebody" not in said.err
    assert grant(people[0], "--issuer", provider, typed="\n").code == 2
    assert len(history_of(fresh)) == head
    asked = grant(people[0], "--issuer", provider, "--json", typed="somebody\n")
    assert [one["name"] for one in asked.json["events"]] == ["role.granted", "identity.tied"]


def letters(outbox: Path) -> list[Path]:
    return sorted(outbox.glob("*.eml"))


@pytest.mark.parametrize(("role", "keys"), [("console", "checker"), ("auditor", "keeper")])
def test_whoever_has_no_rights_of_the_writer_makes_nobody(
    people: list[str], grant: Grant, fresh: Engines, role: str, keys: str
) -> None:
    head = len(history_of(fresh))
    said = grant(people[0], role=role, keys=keys)
    assert said.code == 3
    assert len(history_of(fresh)) == head


def test_what_is_no_person_is_refused(people: list[str], grant: Grant) -> None:
    assert grant("ruth@example.org").code == 2
    stranger = "person_01j7x3v900f0m3xk1w2e4r6t8y"
    assert stranger not in people
    assert "(person.unknown)" in grant(stranger).err
    assert grant(people[0], "--break-glass", "x" * 2001).code == 2
