"""How questions are taken in: nobody takes the place of all, and each is answered in full."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, closing
from datetime import UTC, datetime
from pathlib import Path
from threading import Thread

import psycopg
import pytest
from nats.aio.client import Client
from nats.aio.msg import Msg

from services.clock import SetClock
from services.crew import QUERIES
from services.dead_letters.orders import By
from services.door.ties import comers_from
from services.identity.showing import bearing
from services.process.rest import pause
from services.reading import desk
from services.reading.desk import RESTING, Desk
from services.reading.replies import ReadingReply
from tests.scenes.asked import Asking, Scene, asking
from tests.scenes.at_work import client_of, eventually
from tests.scenes.readable import Programme
from tests.scenes.world import station

MANY, MANY_MORE = 16, 300
LONG = b"{}".ljust(10_000)


@asynccontextmanager
async def slow_board(programme: Programme) -> AsyncIterator[psycopg.Connection]:
    """Whoever reads the board of pairings waits for somebody who holds it."""
    with psycopg.connect(programme.engines.programme["owner"]) as owner:
        owner.execute("LOCK TABLE read.pairing_board IN ACCESS EXCLUSIVE MODE")
        yield owner


def test_one_person_keeps_no_other_from_being_answered(play: Callable[[Scene], None]) -> None:
    async def scene(ask: Asking) -> None:
        async with slow_board(ask.programme) as owner:
            slow = [asyncio.create_task(ask("coordinator", "pairing_board")) for _ in range(MANY)]
            await asyncio.sleep(0.1)
            assert (await ask("applicant", "journey")).status == "answered"
            assert not any(one.done() for one in slow)
            owner.rollback()
            assert {one.status for one in await asyncio.gather(*slow)} == {"answered"}

    play(scene)


def test_so_many_bytes_of_questions_wait_and_no_more(
    play: Callable[[Scene], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    """With their headers, in which there is more room than in the question."""
    monkeypatch.setattr(desk, "ROOM", 200_000)

    async def scene(ask: Asking) -> None:
        shown = {**bearing(ask.token(ask.person("coordinator"))), "Other": "x" * 40_000}
        async with slow_board(ask.programme) as owner:
            subject = f"{QUERIES}pairing_board"
            asked = [ask.client.request(subject, b"{}", 8, headers=shown) for _ in range(MANY)]
            tasks = [asyncio.create_task(one) for one in asked]
            await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
            owner.rollback()
        answers = [
            ReadingReply.model_validate_json(one.data) for one in await asyncio.gather(*tasks)
        ]
        assert [one.status for one in answers].count("answered") == 4
        assert {one.sentence for one in answers} == {None, desk.BUSY.sentence}

    play(scene)


def test_a_place_is_free_again_when_the_work_has_ended_and_not_when_nobody_waits_any_more(
    play: Callable[[Scene], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(desk, "PATIENCE", 0.7)

    async def scene(ask: Asking) -> None:
        async with slow_board(ask.programme):
            slow = [ask("coordinator", "pairing_board") for _ in range(MANY)]
            assert {one.status for one in await asyncio.gather(*slow)} == {"busy"}
            more = [asyncio.create_task(ask("coordinator", "pairing_board")) for _ in range(MANY)]
            await asyncio.sleep(0)
            assert (await ask("applicant", "journey")).status == "answered"
            await asyncio.gather(*more)

    play(scene)


def test_an_answer_has_none_of_the_headers_of_the_question(play: Callable[[Scene], None]) -> None:
    async def scene(ask: Asking) -> None:
        token = ask.token(ask.person("applicant"))
        headers = {**bearing(token), "Other": "x"}
        for name in ("journey", "nothing"):
            answer = await ask.client.request(f"{QUERIES}{name}", b"{}", headers=headers, timeout=8)
            assert answer.headers is None
            assert token.encode() not in answer.data

    play(scene)


def test_headers_that_are_none_are_answered(play: Callable[[Scene], None]) -> None:
    async def scene(ask: Asking) -> None:
        answered = asyncio.get_running_loop().create_future()

        async def hear(message: Msg) -> None:
            answered.set_result(message)

        inbox = ask.client.new_inbox()
        await ask.client.subscribe(inbox, cb=hear)
        headers = b"NATS/1.0\r\na name: with a blank\r\n: none\r\n\r\n"
        line = f"HPUB {QUERIES}journey {inbox} {len(headers)} {len(headers) + 2}\r\n"
        await ask.client._send_command(line.encode() + headers + b"{}\r\n")
        await ask.client.flush()
        message = await asyncio.wait_for(answered, 5)
        assert ReadingReply.model_validate_json(message.data).code == "identity.missing"

    play(scene)


@asynccontextmanager
async def desk_on(
    programme: Programme, folder: Path
) -> AsyncIterator[tuple[Client, Asking, Callable[[], Awaitable[None]]]]:
    """A desk without its worker: the connection on which it answers, who asks, and how it stops."""
    here = station(programme.engines, folder, SetClock(programme.now))
    url = programme.engines.programme["reader"]
    with closing(comers_from(here.settings, here.clock, url, programme.vault)) as comers:
        own, stop = Desk(programme.reader, comers, here.clock), asyncio.Event()
        async with (
            client_of(programme.engines, "reader") as answering,
            client_of(programme.engines, "client") as client,
        ):
            serving = asyncio.create_task(own.serve(answering, stop))
            await own.heard.wait()

            async def stopped() -> None:
                stop.set()
                await serving

            yield answering, Asking(programme, client, here), stopped
            await stopped()


def test_what_the_bus_does_not_carry_is_refused(changing: Programme, tmp_path: Path) -> None:
    async def scene() -> None:
        async with desk_on(changing, tmp_path) as (answering, ask, _):
            answering._max_payload = 2000
            reply = await ask("coordinator", "people")
            assert (reply.status, reply.code) == ("refused", "reading.too-large")
            assert (await ask("coordinator", "people", limit=1)).rows

    asyncio.run(scene())


def test_what_has_come_in_when_it_stops_is_answered(changing: Programme, tmp_path: Path) -> None:
    async def scene() -> None:
        async with desk_on(changing, tmp_path) as (_, ask, stopped):
            client, answers = ask.client, list[Msg]()

            async def hear(message: Msg) -> None:
                answers.append(message)

            inbox = client.new_inbox()
            await client.subscribe(inbox, cb=hear)
            shown = bearing(ask.token(ask.person("applicant")))

            async def publish() -> None:
                async with client_of(changing.engines, "client") as other:
                    for _ in range(MANY_MORE):
                        await other.publish(f"{QUERIES}journey", LONG, inbox, shown)
                    await other.flush()

            await client.flush()
            others = Thread(target=lambda: asyncio.run(publish()))
            others.start()
            others.join()  # meanwhile the desk hears nothing
            await stopped()
            await eventually(lambda: len(answers) == MANY_MORE)

    asyncio.run(scene())


def test_who_asks_while_the_worker_rests_is_told_so(changing: Programme, tmp_path: Path) -> None:
    with psycopg.connect(changing.engines.programme["owner"]) as owner:
        pause(owner, "reader", By("olive", "a test", datetime.now(UTC)))

    async def scene() -> None:
        async with asking(changing, tmp_path) as ask:
            assert await ask("applicant", "journey") == RESTING

    asyncio.run(scene())
