"""`ops stream`, as operators call it."""

import asyncio
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import psycopg
import pytest
from click.testing import CliRunner, Result

from services.__main__ import main
from services.cli.ops import stream as commands
from services.crew import STREAM
from services.dead_letters.orders import By, give
from services.engines.addresses import ENGINES_FILE, Engines
from services.stream.copying import StreamIsNotACopy
from services.stream.rebuilding import Elsewhere
from tests.scenes.at_work import client_of, named
from tests.scenes.damaged import altered, shortened
from tests.scenes.streams import copied, stray
from tests.scenes.world import NOON, station

WHY = ("--reason", "a restored backup", "--who", "olive", "--yes")
Call = Callable[..., Result]


@pytest.fixture
def call(bus: Engines, tmp_path: Path) -> Call:
    """The command line with all rights, on a log and a stream of thirty events."""
    asyncio.run(copied(bus, station(bus, tmp_path), 30))
    (tmp_path / ENGINES_FILE).write_text(bus.model_dump_json())
    return lambda *words, code=0: called(words, code, LT_DATA=str(tmp_path))


def called(words: tuple[str, ...], code: int, **settings: str) -> Result:
    said = CliRunner().invoke(main, ["ops", *words], env=settings)
    assert said.exit_code == code, said.output
    return said


def orders(call: Call) -> list[Any]:
    return [json.loads(line) for line in call("orders", "--json").stdout.splitlines()]


def test_a_comparison_tells_every_difference_and_what_may_be_behind_it(
    bus: Engines, call: Call
) -> None:
    assert "All 30 messages are what the log holds" in call("stream", "verify").stdout
    for position in (4, 9):
        altered(bus, position, b"{}")
    said = call("stream", "verify", code=1).stdout
    assert "2 of 30 messages differ. Up to 3 they are equal; the log ends at 30." in said
    assert "  message 4 of the stream has other bytes than the log\n  message 9 of" in said
    assert "older backup, a stray message" in said
    assert "tampered with" in said
    found = json.loads(call("stream", "verify", "--json", code=1).stdout)
    assert [one["position"] for one in found["differences"]] == [4, 9]
    shortened(bus, 2)
    assert "\n  … and 8 more\n" in call("stream", "verify", code=1).stdout


def test_a_stream_that_has_what_the_log_has_not_is_made_anew_only_when_that_was_decided(
    bus: Engines, call: Call
) -> None:
    asyncio.run(stray(bus, b'{"who": "is this?"}'))
    said = call("stream", "rebuild", *WHY, code=1).stderr
    assert "tampered with" in said
    assert "say --log-is-right" in said
    assert orders(call) == []
    assert call("stream", "replaced").stdout == "No message was ever replaced.\n"
    done = call("stream", "rebuild", "--log-is-right", *WHY).stdout
    assert "What the old one had instead of the log is kept (messages: 1)" in done
    (order,) = orders(call)
    assert order["details"] == {"log_is_right": True}
    assert order["outcome"]["was"] == "message 31 of the stream lies beyond the log's head"
    assert order["outcome"]["replaced"] == 1
    assert "All 30 messages" in call("stream", "verify").stdout


def test_what_was_replaced_can_be_looked_at(bus: Engines, call: Call) -> None:
    asyncio.run(stray(bus, b'{"who": "is this?"}'))
    asyncio.run(stray(bus, b"\x1b[2J\xff"))
    call("stream", "rebuild", "--log-is-right", *WHY)
    lines = call("stream", "replaced").stdout.splitlines()
    assert [line.split("\t")[:3] for line in lines[1:3]] == [
        ["31", "lt.event.workshop.booked", "19"],
        ["32", "lt.event.workshop.booked", "5"],
    ]
    assert '"who": "is this?"' in call("stream", "replaced", "31").stdout
    assert r"\x1b[2J\xff" in call("stream", "replaced", "32").stdout
    one, other = map(json.loads, call("stream", "replaced", "--json").stdout.splitlines())
    assert one["document"] == '{"who": "is this?"}'
    assert other["document_base64"] == "G1sySv8="
    assert "No message 7 was kept." in call("stream", "replaced", "7", code=1).stderr


def test_whoever_lacks_a_right_is_told_so_and_leaves_no_order(bus: Engines, call: Call) -> None:
    """As in a container that has an operator's URLs, and none besides."""
    ours = {
        "LT_DATABASE_URL": bus.programme["operator"],
        **named(bus.nats["operator"]),
    }
    rebuild = ("stream", "rebuild", "--force", *WHY)
    said = called(rebuild, 1, **ours).stderr
    assert "Nothing was ordered: PostgreSQL does not allow this user what the owner may." in said
    half = {**ours, "LT_DATABASE_URL": bus.programme["owner"]}
    assert "NATS does not allow this user to publish to" in called(rebuild, 1, **half).stderr
    no_relay = {**half, **named(bus.nats["owner"])}
    assert "to publish to lt.event.tried" in called(rebuild, 1, **no_relay).stderr
    assert orders(call) == []
    assert "All 30 messages" in call("stream", "verify").stdout  # nobody's try came into it


def test_nothing_is_ordered_that_makes_no_sense(bus: Engines, call: Call) -> None:
    said = call("stream", "rebuild", *WHY, code=1).stderr
    assert said == "Nothing is wrong with the stream. To make it anew all the same: --force.\n"
    asyncio.run(without_stream(bus))
    assert "`leading-together provision`" in call("stream", "rebuild", *WHY, code=1).stderr
    assert orders(call) == []


async def without_stream(engines: Engines) -> None:
    async with client_of(engines) as owner:
        await owner.jetstream().delete_stream(STREAM)


def test_an_order_that_was_not_carried_out_says_so(
    bus: Engines, call: Call, monkeypatch: pytest.MonkeyPatch
) -> None:
    with psycopg.connect(bus.programme["operator"]) as connection:
        give(connection, "rebuild-stream", "relay", By("otis", "killed half-way", NOON))

    async def elsewhere(*_: Any, **__: Any) -> None:
        raise Elsewhere("somebody else is making the stream anew just now")

    async def broken(*_: Any, **__: Any) -> None:
        raise ConnectionRefusedError

    async def spoiled(*_: Any, **__: Any) -> None:
        raise StreamIsNotACopy("Message 3 of the stream is not position 3 of the log.")

    rebuild = ("stream", "rebuild", "--force", *WHY)
    with monkeypatch.context() as patch:
        patch.setattr(commands, "rebuilt", elsewhere)
        assert "just now." in call(*rebuild, code=1).stderr
        patch.setattr(commands, "rebuilt", spoiled)
        assert "Message 3 of the stream" in call(*rebuild, code=1).stderr
        patch.setattr(commands, "rebuilt", broken)
        assert "call it again, and it goes on" in call(*rebuild, code=3).stderr
    call(*rebuild)
    problems = [one["outcome"].get("problem") for one in reversed(orders(call))]
    assert problems == [
        "it was interrupted",
        "somebody else is making the stream anew just now",
        "the new stream was spoiled half-way, or the log changed",
        "stopped half-way: ConnectionRefusedError",
        None,
    ]
