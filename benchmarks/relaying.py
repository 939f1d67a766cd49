"""The relay beside atomic batches sent by hand, and what it adds when there is little to do."""

import asyncio
import json
from collections.abc import Awaitable, Callable, Iterator
from concurrent.futures import Executor
from datetime import datetime
from statistics import median
from typing import Any, Final, TypeVar
from uuid import uuid4

import uvloop
from nats.aio.client import Client

from benchmarks.asking import Load, Wish, steady
from benchmarks.bench import PATIENCE, Bench, bench, child, workers
from benchmarks.deciding import COMMAND
from benchmarks.history import append, lives, registered
from benchmarks.pace import Pace
from benchmarks.table import Row, alone, beside, percentile
from services.crew import EVENTS, STREAM
from services.engines.addresses import BusAddress
from services.log.log import Log
from services.stream.connections import connected as connected_as
from services.stream.copying import BATCH
from services.stream.provisioning import provision

FACTS_OF_A_LIFE: Final = 8
CONTENT: Final = {"Content-Type": "application/cloudevents+json"}  # what subscribers are owed
LIGHT: Final = 20.0  # commands per second
ROUND_SECONDS: Final = 3
T = TypeVar("T")


def rows(pace: Pace) -> Iterator[Row]:
    """The rows on the relay."""
    with bench() as at, child() as pool:
        head = append(at, lives(0, pace.stream // FACTS_OF_A_LIFE))
        taken = []
        for _ in range(pace.rounds):
            pool.submit(emptied, at.engines.nats["owner"]).result()
            with workers(at, "relay"):
                ours = pool.submit(filled, at.engines.nats["owner"], head).result()
            pool.submit(emptied, at.engines.nats["owner"]).result()
            pool.submit(by_hand, at.programme, at.engines.nats["relay"]).result()
            taken.append((ours, pool.submit(filled, at.engines.nats["owner"], head).result()))
        ours, peer = (median(column) for column in zip(*taken, strict=True))
        yield beside("relay, beside atomic batches by hand", ours, peer, "events/s", least=0.9)
    with bench() as at, child() as pool:
        yield from _light(at, pool, pace.seconds * ROUND_SECONDS)


def emptied(url: BusAddress) -> None:
    """The stream made anew, with nothing in it."""

    async def work(client: Client) -> None:
        await client.jetstream().delete_stream(STREAM)
        await provision(client, {})

    _with_client("owner", url, work)


def filled(url: BusAddress, head: int, patience: float = PATIENCE) -> float:
    """Events per second from the first message to number `head`, by the server's own clock."""

    async def work(client: Client) -> float:
        async with asyncio.timeout(patience):
            state = await _state_with(client, head)
        seconds = _seconds(state["last_ts"]) - _seconds(state["first_ts"])
        return float(state["last_seq"] - 1) / seconds

    return _with_client("owner", url, work)


def by_hand(log_url: str, url: BusAddress) -> None:
    """The whole log in atomic batches, with nothing but nats-py; read before the first is sent."""
    log = Log(log_url)
    messages = [
        (f"{EVENTS}{row.type.rpartition('.v')[0]}", row.document)
        for row in log.pages(0, log.head())
    ]
    log.close()

    async def work(client: Client) -> None:
        for first in range(0, len(messages), BATCH):
            await _batch(client, messages[first : first + BATCH], first)

    _with_client("relay", url, work)


async def _batch(client: Client, messages: list[tuple[str, bytes]], tail: int) -> None:
    batch = uuid4().hex
    *most, last = (
        (subject, body, {**CONTENT, "Nats-Batch-Id": batch, "Nats-Batch-Sequence": str(number)})
        for number, (subject, body) in enumerate(messages, 1)
    )
    for subject, body, marks in most:
        if marks["Nats-Batch-Sequence"] == "1":
            marks["Nats-Expected-Last-Sequence"] = str(tail)
        await client.publish(subject, body, headers=marks)
    subject, body, marks = last
    marks["Nats-Batch-Commit"] = "1"
    answer = json.loads((await client.request(subject, body, 10, headers=marks)).data)
    if "error" in answer:
        raise RuntimeError(answer["error"]["description"])


def _light(at: Bench, pool: Executor, seconds: float) -> Iterator[Row]:
    """From the answer to the moment that the server gives the message in its stream."""
    append(at, map(registered, range(int(LIGHT * seconds))))
    with workers(at, "commands", "relay"):
        wish = Wish(at.engines.nats["client"], COMMAND, 0)
        load = pool.submit(steady, wish, LIGHT, seconds).result()
        added = pool.submit(_added, at.engines.nats["owner"], load).result()
    name = "relay, ms from answer to stream under light load"
    yield alone(f"{name}, p50", percentile(added, 0.5), "ms", most=5)
    yield alone(f"{name}, p99", percentile(added, 0.99), "ms")


def _added(url: BusAddress, load: Load) -> list[float]:
    async def work(client: Client) -> list[float]:
        last = max(position for position, _ in load.positions)
        async with asyncio.timeout(PATIENCE):
            await _state_with(client, last)
        return [
            (await _stored_at(client, position) - answered) * 1000
            for position, answered in load.positions
        ]

    return _with_client("owner", url, work)


async def _stored_at(client: Client, position: int) -> float:
    subject = f"$JS.API.STREAM.MSG.GET.{STREAM}"
    answer = await client.request(subject, json.dumps({"seq": position}).encode())
    return _seconds(json.loads(answer.data)["message"]["time"])


async def _state_with(client: Client, last: int) -> dict[str, Any]:
    """The stream's state, once it has message `last`; an outsider can only look again."""
    while True:
        answer = await client.request(f"$JS.API.STREAM.INFO.{STREAM}")
        state: dict[str, Any] = json.loads(answer.data)["state"]
        if state["last_seq"] >= last:
            return state
        await asyncio.sleep(0.05)


def _seconds(moment: str) -> float:
    return datetime.fromisoformat(moment).timestamp()


def _with_client(user: str, url: BusAddress, work: Callable[[Client], Awaitable[T]]) -> T:
    async def connected() -> T:
        client = await connected_as(user, url)
        try:
            return await work(client)
        finally:
            await client.close()

    return uvloop.run(connected())
