"""Nobody learns anything of whom it is not known, at that moment, that they may read it."""

import asyncio
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, Final, LiteralString

import psycopg
import pytest
from psycopg.sql import SQL, Identifier

from events.ids import PersonId
from services.identity import comers
from services.reading import desk
from services.reading.asking import HEAD, ask_to_read
from services.reading.replies import ReadingReply
from tests.scenes.asked import Asking, Outside, Scene, asking, outside
from tests.scenes.readable import Programme, fold_all
from tests.scenes.watching import until

BOARD, NEVER = "cohort_board", 2**61
THERE: Final[LiteralString] = (
    "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()"
    " AND usename IN ('reader', 'commands') AND pid <> pg_backend_pid()"
)
WHOLE_LOGS: Final[LiteralString] = (
    "SELECT sum(seq_scan) FROM pg_stat_user_tables WHERE schemaname = 'log'"
    " AND relname IN ('events', 'tags')"
)
WHOLE_QUEUES: Final[LiteralString] = (
    "SELECT sum(seq_scan) FROM pg_stat_user_tables WHERE relname LIKE 'application_queue%'"
)
Scenes = Callable[[Scene], None]


@pytest.fixture
def trust(changing: Programme, tmp_path: Path) -> Iterator[Outside]:
    """A provider, whose subject is a coordinator here."""
    with outside(changing, tmp_path) as found:
        yield found


@pytest.fixture
def play(trust: Outside, tmp_path: Path) -> Scenes:
    async def played(scene: Scene) -> None:
        async with asking(trust.programme, tmp_path, trust.station) as ask:
            await scene(ask)

    return lambda scene: asyncio.run(played(scene))


def coordinator(trust: Outside) -> PersonId:
    people = trust.programme.people
    return next(who for name, who in people.items() if name.startswith("coordinator"))


async def reads(trust: Outside, ask: Asking, **question: Any) -> ReadingReply:
    """By the word of the provider."""
    return await ask_to_read(ask.client, BOARD, question, trust.token())


def test_who_was_untied_reads_nothing_more_from_that_moment_on(
    trust: Outside, play: Scenes, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(comers, "FRESH", 60.0)  # seconds: it is remembered whose the subject is

    async def scene(ask: Asking) -> None:
        who = coordinator(trust)
        await asyncio.to_thread(trust.tie, who)
        assert (await reads(trust, ask)).rows
        at = await asyncio.to_thread(trust.untie, who)
        for question in (
            {},
            {"position": 1},
            {"position": at},
            {"position": NEVER},
            {"position": HEAD},
        ):
            reply = await reads(trust, ask, **question)
            assert (reply.status, reply.code) == ("refused", "identity.not-tied"), question

    play(scene)


def test_who_is_untied_while_they_wait_reads_nothing_when_it_is_there(
    trust: Outside, play: Scenes, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(comers, "FRESH", 60.0)

    async def scene(ask: Asking) -> None:
        who, engines = coordinator(trust), trust.programme.engines
        await asyncio.to_thread(trust.tie, who)
        at = len(trust.programme.facts) + 2
        waiting = asyncio.create_task(reads(trust, ask, position=at))
        await asyncio.sleep(0.1)
        assert not waiting.done()
        assert await asyncio.to_thread(trust.untie, who) == at
        await asyncio.to_thread(fold_all, engines, at)
        assert (await waiting).code == "identity.not-tied"

    play(scene)


def test_who_may_read_nothing_is_not_told_how_far_the_log_is(trust: Outside, play: Scenes) -> None:
    """Whoever waits for a position learns whether the log has come to it."""

    async def scene(ask: Asking) -> None:
        shown = {
            "identity.not-tied": trust.token("nobody-s-subject"),
            "reading.not-yours": ask.token(ask.person("somebody unknown")),
            "identity.missing": None,
        }
        for code, token in shown.items():
            for position in (1, NEVER, HEAD):
                reply = await ask_to_read(ask.client, BOARD, {"position": position}, token)
                assert (reply.status, reply.code) == ("refused", code), position
        mine = {"position": NEVER, "where": {"nonsense": "x"}}
        applicant = ask.token(ask.person("applicant"))
        reply = await ask_to_read(ask.client, "journey", mine, applicant)
        assert reply.code == "reading.no-such-choice"

    play(scene)


def test_who_asks_is_looked_up_and_never_looked_for(trust: Outside, play: Scenes) -> None:
    """By an index, also where the database would rather read all: a log grows without end."""
    trust.tie(coordinator(trust))
    with psycopg.connect(trust.programme.engines.programme["owner"], autocommit=True) as owner:
        name = Identifier(owner.info.dbname)
        owner.execute(SQL("ALTER DATABASE {} SET random_page_cost = 1000000").format(name))
    before = number(trust.programme, WHOLE_LOGS)

    async def scene(ask: Asking) -> None:
        assert (await reads(trust, ask)).rows
        assert (await ask("applicant", "journey", position=1)).rows

    play(scene)
    assert number(trust.programme, WHOLE_LOGS) == before


def test_applications_are_looked_up_by_whose_and_which_cohort_s_they_are(
    changing: Programme,
) -> None:
    """Each is large: to read one field of all of them takes seconds."""
    applicant = next(who for who in changing.people if who.startswith("applicant"))
    of_a_cohort = "of this cohort"
    with psycopg.connect(changing.engines.programme["owner"], autocommit=True) as owner:
        database = Identifier(owner.info.dbname)
        owner.execute(SQL("ALTER DATABASE {} SET enable_seqscan = off").format(database))
    before = number(changing, WHOLE_QUEUES)
    for who in (applicant, of_a_cohort):
        for name in ("application_queue", "cohort_board", "people", "journey"):
            assert changing.asks(who, name, open=False).rows
    changing.connections.close()
    changing.askers._connections.close()
    assert number(changing, WHOLE_QUEUES) == before


def number(programme: Programme, query: LiteralString) -> int:
    """What the database counted, of whoever has gone."""
    with psycopg.connect(programme.engines.programme["owner"], autocommit=True) as owner:

        def count(query: LiteralString) -> int:
            row = owner.execute(query).fetchone()
            return int(row[0] or 0) if row else 0

        until(lambda: not count(THERE))
        return count(query)


def test_a_look_into_the_vault_that_lasts_holds_up_no_end(
    trust: Outside, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(desk, "PATIENCE", 0.2)

    async def scene() -> None:
        with psycopg.connect(trust.programme.engines.vault["owner"]) as owner:
            owner.execute("LOCK TABLE vault.ties IN ACCESS EXCLUSIVE MODE")

            async def let_go() -> None:
                await asyncio.sleep(0.2)
                owner.rollback()

            async with asking(trust.programme, tmp_path, trust.station) as ask:
                assert (await reads(trust, ask)).status == "busy"
                letting_go = asyncio.create_task(let_go())
            assert letting_go.done(), "nothing else was done while it stopped"
            await letting_go

    asyncio.run(scene())


def test_many_who_wait_for_a_slow_provider_are_told_to_come_again(
    trust: Outside, play: Scenes
) -> None:
    async def scene(ask: Asking) -> None:
        answer = asyncio.Event()
        loop = asyncio.get_running_loop()

        def keys(handler: Any) -> None:
            asyncio.run_coroutine_threadsafe(answer.wait(), loop).result(10)
            handler.say({"keys": trust.provider.keys})

        trust.provider.answers["/keys"] = keys
        waiting = [asyncio.create_task(reads(trust, ask)) for _ in range(80)]
        done, _ = await asyncio.wait(waiting, return_when=asyncio.FIRST_COMPLETED)
        assert {one.result().status for one in done} == {"busy"}
        answer.set()
        statuses = {one.status for one in await asyncio.gather(*waiting)}
        assert statuses == {"busy", "refused"}

    play(scene)
