"""Whoever is slow, or many, is let go of, and holds up nobody else."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path

import httpx
import pytest

from services.settings import Settings, WrongSetting
from services.web import events, requests, server, threshold
from services.web.address import IN_THE_CLEAR, IS_OFF, answers, listening
from services.web.app import app_of
from services.web.asking import OnTheBus
from services.web.events import Followers
from services.web.server import Server, server_of
from services.web.surface import COMMANDS, MOST_BYTES, ROOT
from tests.scenes.at_work import eventually
from tests.scenes.certificates import authority
from tests.scenes.over_http import bearing, free_port

OFFER = f"{COMMANDS}offer.accept"
FOLLOW = (
    f"GET {ROOT}/events HTTP/1.1\r\nHost: here\r\nAuthorization: Bearer a.b.c\r\n"
    "Accept: text/event-stream\r\n\r\n"
)
HEAD = f"POST {OFFER} HTTP/1.1\r\nHost: here\r\nAuthorization: Bearer a.b.c\r\n"


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(data=tmp_path, web=f"127.0.0.1:{free_port()}")


@pytest.fixture
def hurried(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody has patience for long, so that nobody waits for long."""
    monkeypatch.setattr(server, "HEADS", 0.3)
    monkeypatch.setattr(requests, "PATIENCE", 0.3)


@pytest.fixture
def encrypted(settings: Settings) -> Settings:
    authority(settings.data).server("here")
    (file := settings.data / "here.pem").chmod(0o600)
    return settings.model_copy(update={"web_tls_file": file})


@asynccontextmanager
async def serving(settings: Settings, origins: tuple[str, ...] = ()) -> AsyncIterator[Server]:
    """The server with the application, where no bus is."""
    running = server_of(app_of(OnTheBus(), Followers(), origins), settings)
    with listening(settings) as place:
        work = asyncio.create_task(running.serve([place]))
        await eventually(lambda: running.started)
        try:
            yield running
        finally:
            running.should_exit = True
            await work


async def opened(settings: Settings) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    host, _, port = settings.web.rpartition(":")
    return await asyncio.open_connection(host, int(port))


async def told(settings: Settings) -> int:
    async with httpx.AsyncClient(trust_env=False, timeout=30) as client:
        return (await client.get(f"http://{settings.web}{ROOT}/openapi.json")).status_code


@pytest.mark.usefixtures("hurried")
def test_who_says_nothing_or_a_head_without_an_end_is_let_go_of(settings: Settings) -> None:
    async def scene() -> None:
        async with serving(settings), asyncio.timeout(20):
            for said in (b"", b"GET / HT", HEAD.encode()):
                reader, writer = await opened(settings)
                writer.write(said)
                assert await reader.read() == b""
                writer.close()
            reader, writer = await opened(settings)
            writer.write(HEAD.encode())
            assert await _is_cut_off(reader, writer)
            writer.close()
            assert await told(settings) == 200

    asyncio.run(scene())


@pytest.mark.usefixtures("hurried")
def test_who_says_nothing_where_it_is_encrypted_is_let_go_of_too(encrypted: Settings) -> None:
    async def scene() -> None:
        async with serving(encrypted), asyncio.timeout(20):
            for said in (b"", b"\x16\x03\x01\x02\x00"):
                reader, writer = await opened(encrypted)
                writer.write(said)
                with suppress(ConnectionError):
                    assert await reader.read() == b""
                writer.close()
            await eventually(lambda: answers_encrypted(encrypted))

    asyncio.run(scene())


async def answers_encrypted(settings: Settings) -> bool:
    """Whether somebody is told something in there, if only that there is no bus."""
    async with httpx.AsyncClient(trust_env=False, timeout=30, verify=False) as client:  # noqa: S501 - the test's own
        with suppress(httpx.HTTPError):
            return (await client.get(f"https://{settings.web}{ROOT}")).status_code == 503
        return False


async def _is_cut_off(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bool:
    """Whether a head of a megabyte is not taken in to its end."""
    try:
        for _ in range(1000):
            writer.write(b"X: " + b"y" * 1000 + b"\r\n")
            await writer.drain()
            await asyncio.sleep(0)
        return await reader.read() == b""
    except ConnectionError:
        return True


@pytest.mark.usefixtures("hurried")
def test_a_body_that_drips_is_not_waited_for(settings: Settings) -> None:
    async def scene() -> None:
        async with serving(settings), asyncio.timeout(20):
            reader, writer = await opened(settings)
            head = f"{HEAD}Content-Type: application/json\r\nContent-Length: 1000\r\n\r\n"
            writer.write(head.encode() + b"{")
            answer = (await reader.read()).decode()
            assert answer.startswith("HTTP/1.1 408 ")
            assert "connection: close" in answer
            writer.close()

    asyncio.run(scene())


@pytest.mark.parametrize("length", [1000, 2 * MOST_BYTES])
def test_who_is_answered_before_they_have_said_all_may_say_it_and_read_the_answer(
    settings: Settings, monkeypatch: pytest.MonkeyPatch, length: int
) -> None:
    monkeypatch.setattr(server, "LINGER", 60.0)

    async def scene() -> None:
        async with serving(settings), asyncio.timeout(20):
            reader, writer = await opened(settings)
            json = "Content-Type: application/json\r\nIdempotency-Key: none\r\n"
            writer.write(f"{HEAD}{json}Content-Length: {length}\r\n\r\n".encode())
            assert (await reader.readline()).split()[1] in {b"400", b"413"}
            for _ in range(4):
                writer.write(b"x" * (length // 4))
                await writer.drain()
                assert await told(settings) == 200
            writer.write(f"GET {ROOT} HTTP/1.1\r\nHost: here\r\n\r\n".encode())
            await writer.drain()
            said = await reader.read()
            assert said.endswith(b"}")
            assert b"HTTP/1.1" not in said
            writer.close()

    asyncio.run(scene())


@pytest.mark.usefixtures("hurried")
def test_who_says_on_and_on_behind_an_answer_is_let_go_of(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(server, "LINGER", 0.3)

    async def scene() -> None:
        async with serving(settings) as running, asyncio.timeout(20):
            reader, writer = await opened(settings)
            writer.write(f"{HEAD}Content-Length: 1000\r\n\r\n".encode())
            assert b" 415 " in await reader.readline()
            await eventually(lambda: not running.server_state.connections)
            writer.close()

    asyncio.run(scene())


def test_who_asks_for_too_much_at_once_is_told_so_and_others_are_answered(
    settings: Settings,
) -> None:
    async def scene() -> None:
        async with serving(settings), asyncio.timeout(60):
            held = [await opened(settings) for _ in range(threshold.OF_ONE)]
            head = f"{HEAD}Content-Type: application/json\r\nContent-Length: 1000\r\n\r\n"
            for _, writer in held:
                writer.write(head.encode() + b"{")

            async def is_full() -> bool:
                async with httpx.AsyncClient(trust_env=False, timeout=30) as client:
                    one = await client.post(
                        f"http://{settings.web}{OFFER}", json={}, headers=bearing("a.b.c")
                    )
                    assert one.headers["retry-after"] == "1"
                    return one.status_code == 429

            await eventually(is_full)
            assert await told(settings) == 200
            for _, writer in held:
                writer.close()

    asyncio.run(scene())


def test_only_so_many_follow_events_and_who_goes_makes_room(settings: Settings) -> None:
    async def follows() -> tuple[str, asyncio.StreamWriter]:
        comes, writer = await opened(settings)
        writer.write(FOLLOW.encode())
        return (await comes.readline()).decode().split()[1], writer

    async def is_let_in() -> bool:
        status, writer = await follows()
        writer.close()
        return status == "200"

    async def scene() -> None:
        async with serving(settings), asyncio.timeout(20):
            following = [await follows() for _ in range(events.OF_ONE)]
            assert {status for status, _ in following} == {"200"}
            status, writer = await follows()
            assert status == "429"
            for _, one in (*following, ("", writer)):
                one.close()
            await eventually(is_let_in)

    asyncio.run(scene())


def test_what_is_no_http_is_not_answered_as_such(settings: Settings) -> None:
    async def scene() -> None:
        async with serving(settings), asyncio.timeout(20):
            reader, writer = await opened(settings)
            writer.write(b"\x16\x03\x01\x02\x00\x01\x00\r\n\r\n")
            assert (await reader.read()).startswith(b"HTTP/1.1 400 ")
            writer.close()

    asyncio.run(scene())


def test_pages_elsewhere_may_ask_only_if_they_are_named(settings: Settings) -> None:
    async def scene() -> None:
        there = "https://desk.example"
        wants = {"Origin": there, "Access-Control-Request-Method": "POST"}
        async with (
            serving(settings, (there,)),
            httpx.AsyncClient(trust_env=False, timeout=30) as client,
        ):
            where = f"http://{settings.web}{OFFER}"
            allowed = await client.options(where, headers=wants)
            assert allowed.headers["access-control-allow-origin"] == there
            other = await client.options(where, headers={**wants, "Origin": "https://x.example"})
            assert "access-control-allow-origin" not in other.headers

    asyncio.run(scene())


def test_where_it_can_not_answer_it_says_so_at_the_start(settings: Settings) -> None:
    with (
        listening(settings),
        pytest.raises(WrongSetting, match="can't be had"),
        listening(settings),
    ):
        pass
    for said, why in (("off", IS_OFF), ("0.0.0.0:8750", IN_THE_CLEAR)):
        other = settings.model_copy(update={"web": said})
        with pytest.raises(WrongSetting) as refused, listening(other):
            pass
        assert str(refused.value) == why
    (junk := settings.data / "junk.pem").write_text("junk")
    other = settings.model_copy(update={"web_tls_file": junk})
    with pytest.raises(WrongSetting, match="LT_WEB_TLS_FILE"), listening(other):
        pass
    assert asyncio.run(answers(settings)) is False
