"""Commands per second and the wait of one: over HTTP, beside the same over NATS."""

import asyncio
import json
import time
from collections.abc import Iterator
from concurrent.futures import Future
from functools import partial
from statistics import median
from typing import Any, Final

import uvloop

from benchmarks.asking import Load, Wish, bearer, hammer
from benchmarks.bench import bench, child, workers
from benchmarks.deciding import COMMAND, RATE, WARM, Series
from benchmarks.history import append, registered
from benchmarks.pace import Pace
from benchmarks.table import Row, beside, percentile
from services.settings import Settings
from services.web.surface import COMMANDS

IN_FLIGHT: Final = (1, 64)


def rows(pace: Pace) -> Iterator[Row]:
    """The rows on HTTP."""
    with bench() as at, child() as client, workers(at, "commands", "web"):
        append(at, map(registered, range(pace.people)))
        half = pace.people // 2

        def bus(first: int, *given: Any) -> "Future[Load]":
            return client.submit(hammer, Wish(at.engines.nats["client"], COMMAND, first), *given)

        def http(first: int, *given: Any) -> "Future[Load]":
            wish = Wish(at.engines.nats["client"], COMMAND, half + first)
            return client.submit(hammer_http, wish, *given)

        systems = Series(http, half), Series(bus, half)
        for one in systems:
            one.load(WARM, 0.3)
        for in_flight in IN_FLIGHT:
            taken = [
                [one.load(in_flight, pace.seconds) for one in systems] for _ in range(pace.rounds)
            ]
            over, beside_it = zip(*taken, strict=True)
            yield beside(
                f"commands per second over HTTP, {in_flight} in flight, beside NATS",
                median(one.rate for one in over),
                median(one.rate for one in beside_it),
                "commands/s",
            )
            if in_flight == 1:
                wait = partial(_wait, 0.5)
                yield beside(
                    "latency of one command over HTTP, p50, beside NATS",
                    wait(over),
                    wait(beside_it),
                    "ms",
                )


def _wait(share: float, loads: tuple[Load, ...]) -> float:
    return median(percentile(one.waits, share) for one in loads) * 1000


def hammer_http(wish: Wish, count: int, in_flight: int, seconds: float) -> Load:
    """Keep `in_flight` requests under way, each on a connection of its own that stays."""
    count = min(count, int(RATE * seconds))
    return uvloop.run(_hammer(wish, list(wish.bodies(count)), in_flight, seconds))


async def _hammer(wish: Wish, bodies: list[bytes], in_flight: int, seconds: float) -> Load:
    load, left, shown = Load(), iter([_request(wish.name, one) for one in bodies]), bearer()
    where = place()
    ways = [await asyncio.open_connection(*where) for _ in range(in_flight)]
    began = time.monotonic()

    async def one_after_another(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        for request in left:
            sent = time.monotonic()
            writer.write(request % shown)
            reply = await answer_from(reader)
            load.waits.append(time.monotonic() - sent)
            if reply["status"] != "accepted" or not reply["events"]:
                raise RuntimeError(f"{wish.name} was not accepted: {reply}")
            load.answered += 1
            if time.monotonic() - began > seconds:
                return

    await asyncio.gather(*(one_after_another(*way) for way in ways))
    load.seconds = time.monotonic() - began
    for _, writer in ways:
        writer.close()
    return load


def place() -> tuple[str, int]:
    """Host and port of the worker `web`."""
    host, _, port = Settings().web.rpartition(":")
    return host, int(port)


def _request(name: str, body: bytes) -> bytes:
    """A request as it goes over the wire, but for what is shown."""
    said = json.loads(body)
    key, sent = said.pop("id"), json.dumps(said).encode()
    return head(name, len(sent), f"Idempotency-Key: {key}\r\n") + sent.replace(b"%", b"%%")


def head(name: str, length: int, more: str = "") -> bytes:
    """What comes before the body of a command, but for what is shown."""
    return (
        f"POST {COMMANDS}{name} HTTP/1.1\r\nHost: here\r\nContent-Type: application/json\r\n"
        f"{more}Content-Length: {length}\r\nAuthorization: %b\r\n\r\n"
    ).encode()


async def answer_from(reader: asyncio.StreamReader) -> dict[str, Any]:
    """What the next answer says."""
    said = (await reader.readuntil(b"\r\n\r\n")).lower()
    length = int(said.partition(b"content-length: ")[2].partition(b"\r\n")[0])
    found: dict[str, Any] = json.loads(await reader.readexactly(length))
    return found
