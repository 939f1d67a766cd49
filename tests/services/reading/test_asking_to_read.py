"""Reading over the bus: who shows a token is answered, by the worker, as long as they may read."""

import asyncio
from collections.abc import Callable
from contextlib import closing
from datetime import timedelta
from pathlib import Path

import psycopg
import pytest
from structlog.testing import capture_logs

from events.ids import PROGRAMME, PersonId
from events.roles import RoleWithdrawn
from events.terms import Role
from services.crew import QUERIES
from services.reading import desk, reaching
from services.reading.asking import HEAD, ask_to_read
from services.reading.replies import ReadingReply
from services.vault.vault import Vault
from services.workers import reader
from tests.scenes.asked import Asking, Scene, asking
from tests.scenes.at_work import eventually
from tests.scenes.readable import Programme, add_facts, fold_all
from tests.scenes.world import KEYS


def test_who_shows_a_token_is_answered_as_who_they_are(play: Callable[[Scene], None]) -> None:
    async def scene(ask: Asking) -> None:
        mine = await ask("applicant", "application_queue")
        assert (mine.status, len(mine.rows or [])) == ("answered", 1)
        every = await ask("coordinator", "application_queue")
        assert len(every.rows or []) > 5
        assert every.position == len(ask.programme.facts)
        for token, code in (
            (None, "identity.missing"),
            ("nonsense", "identity.not-readable"),
            (ask.token("somebody-elses-subject"), "identity.not-tied"),
            (ask.token(ask.person("somebody unknown")), "reading.not-yours"),
        ):
            reply = await ask_to_read(ask.client, "application_queue", {}, token)
            assert (reply.status, reply.code) == ("refused", code)
            assert reply.rows is None

    play(scene)


def test_a_bad_question_stops_no_other(play: Callable[[Scene], None]) -> None:
    async def scene(ask: Asking) -> None:
        bad = [b"", b"[", b"\xff", b'{"limit": -1}', b"x" * 100_000]
        subjects = ("people", "nothing", "people.find", "a.b.c.d")
        requests = [
            ask.client.request(f"{QUERIES}{name}", body, timeout=10)
            for name in subjects
            for body in bad
        ]
        good = asyncio.create_task(ask("applicant", "journey"))
        answers = await asyncio.gather(*requests)
        assert (await good).status == "answered"
        for one in answers:
            reply = ReadingReply.model_validate_json(one.data)
            assert reply.status in {"refused", "invalid", "unknown"}

    play(scene)


def test_what_is_to_be_answered_nowhere_is_not_heard(play: Callable[[Scene], None]) -> None:
    async def scene(ask: Asking) -> None:
        with capture_logs() as entries:
            for _ in range(3):
                await ask.client.publish(f"{QUERIES}people", b"{}")
            assert (await ask("applicant", "journey")).status == "answered"
            await eventually(lambda: "requests.not-heard" in str(entries))
        (told,) = [one for one in entries if one["event"] == "requests.not-heard"]
        assert told["number"] == 3

    play(scene)


def test_a_right_that_was_withdrawn_ends_at_once(play: Callable[[Scene], None]) -> None:
    async def scene(ask: Asking) -> None:
        facilitator = ask.person("facilitator")
        assert (await ask("facilitator", "workshop_register")).rows
        await asyncio.to_thread(_withdraw, ask.programme, facilitator)
        reply = await ask("facilitator", "workshop_register")
        assert (reply.status, reply.code) == ("refused", "reading.not-yours")

    play(scene)


def _withdraw(programme: Programme, who: PersonId) -> int:
    """At which position it stands."""
    reason = "role.stepped-down"
    gone = RoleWithdrawn(
        person_id=who, programme_id=PROGRAMME, role=Role.FACILITATOR, reason=reason
    )
    with closing(Vault(programme.engines.vault["commands"], KEYS)) as vault:
        return add_facts(programme.engines, vault, [gone])


def test_what_was_erased_is_shut_within_a_second(play: Callable[[Scene], None]) -> None:
    async def scene(ask: Asking) -> None:
        everybody = (await ask("coordinator", "people")).rows or []
        row = next(row for row in everybody if row["needs"])
        assert "(erased)" not in str(row)
        where = {"key": str(row["key"])}
        owners = Vault(ask.programme.engines.vault["owner"], KEYS)
        await asyncio.to_thread(owners.destroy, PersonId(str(row["key"])))
        owners.close()

        async def is_shut() -> bool:
            (row,) = (await ask("coordinator", "people", where=where)).rows or []
            return (row["full_name"], row["needs"]) == ("(erased)", "(erased)")

        await eventually(is_shut)
        assert reader.LEASE < 1

    play(scene)


def test_who_wrote_something_can_wait_until_it_is_read(
    play: Callable[[Scene], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reaching, "REACHED", 7)
    monkeypatch.setattr(desk, "PATIENCE", 20)

    async def scene(ask: Asking) -> None:
        programme = ask.programme
        known = await ask("coordinator", "people")
        at = await asyncio.to_thread(_withdraw, programme, ask.person("facilitator"))
        waiting = [
            asyncio.create_task(ask("coordinator", "people", position=one)) for one in (at, HEAD)
        ]
        assert (await ask("applicant", "journey")).status == "answered"
        assert not any(one.done() for one in waiting)
        await asyncio.to_thread(fold_all, programme.engines, at)
        for reply in await asyncio.gather(*waiting):
            assert (known.position or 0) < at <= (reply.position or 0)
        monkeypatch.setattr(reaching, "REACHED", 0.1)
        assert (await ask("coordinator", "people", position=HEAD)).status == "answered"
        never = await ask("coordinator", "people", position=at + 1)
        assert (never.status, never.code) == ("refused", "reading.not-there-yet")
        await asyncio.to_thread(_withdraw, programme, ask.person("facilitator"))
        behind = await ask("coordinator", "people", position=HEAD)
        assert (behind.status, behind.code) == ("refused", "reading.not-there-yet")

    play(scene)


def test_what_somebody_else_holds_is_given_up(
    play: Callable[[Scene], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(reader.BOUNDED, "options", "-c lock_timeout=200ms")

    async def scene(ask: Asking) -> None:
        url = ask.programme.engines.programme["owner"]
        with psycopg.connect(url) as owner:
            owner.execute("LOCK TABLE read.pairing_board IN ACCESS EXCLUSIVE MODE")
            slow = [ask("coordinator", "pairing_board") for _ in range(4)]
            assert {one.status for one in await asyncio.gather(*slow)} == {"busy"}
        assert (await ask("coordinator", "pairing_board")).status == "answered"

    play(scene)


def test_of_one_person_only_some_questions_wait_and_the_others_are_answered(
    play: Callable[[Scene], None],
) -> None:
    async def scene(ask: Asking) -> None:
        many = [ask("coordinator", "journey") for _ in range(100)]
        other, *answers = await asyncio.gather(ask("applicant", "journey"), *many)
        assert other.status == "answered"
        assert {one.status for one in answers} == {"answered", "busy"}

    play(scene)


def test_nothing_of_anybody_is_in_the_log_of_the_worker(
    changing: Programme, tmp_path: Path
) -> None:
    async def scene() -> list[ReadingReply]:
        async with asking(changing, tmp_path) as ask:
            return [
                await ask(kind, name, **more)
                for kind in ("coordinator", "applicant", "assessor", "an operator")
                for name in ("journey", "people", "application_queue", "agenda", "openings")
                for more in ({}, {"where": {"nonsense": "a secret"}}, {"after": "nonsense"})
            ]

    with capture_logs() as entries:
        replies = asyncio.run(scene())
    said = str(entries)
    assert "query.refused" in said
    names = {str(row.get("full_name")) for one in replies for row in one.rows or []} - {"None"}
    assert len(names) > 5
    assert not [one for one in (*names, "a secret", "person_", "nonsense") if one in said]


def test_no_transaction_is_left_open(play: Callable[[Scene], None]) -> None:
    async def scene(ask: Asking) -> None:
        for name in ("journey", "application_queue", "openings"):
            await ask("coordinator", name)
        query = "SELECT state FROM pg_stat_activity WHERE usename = 'reader' AND datname = %s"
        with psycopg.connect(ask.programme.engines.programme["reader"]) as connection:
            database = connection.info.dbname
            states = {state for (state,) in connection.execute(query, (database,))}
        assert states <= {"idle", "active"}

    play(scene)


def test_a_token_that_has_expired_opens_nothing(play: Callable[[Scene], None]) -> None:
    async def scene(ask: Asking) -> None:
        long_ago = ask.programme.now - timedelta(hours=2)
        token = ask._issuer.token(ask.person("coordinator"), long_ago)
        reply = await ask_to_read(ask.client, "people", {"open": True}, token)
        assert (reply.status, reply.code) == ("refused", "identity.expired")

    play(scene)
