"""The clients: they send commands over NATS from a process of their own, and note each answer."""

import asyncio
import json
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Final

import uvloop
from nats.aio.client import Client

from benchmarks.history import COORDINATOR, command, person
from events.ids import PersonId
from services.crew import REQUESTS
from services.engines.addresses import BusAddress
from services.identity.configuration import identity_file
from services.identity.showing import HEADER, bearing
from services.settings import Settings
from services.stream.connections import connected

TIMEOUT: Final = 20.0


@dataclass
class Load:
    """What came back: how many answers in how many seconds; each one's wait, and its position."""

    answered: int = 0
    seconds: float = 0.0
    waits: list[float] = field(default_factory=list)
    positions: list[tuple[int, float]] = field(default_factory=list)

    @property
    def rate(self) -> float:
        """Answers per second."""
        return self.answered / self.seconds


@dataclass(frozen=True)
class Wish:
    """Which command is sent, for the people from number `first` on, each once."""

    url: BusAddress
    name: str
    first: int
    data: dict[str, str] = field(default_factory=dict)

    def data_of(self, number: int) -> dict[str, str]:
        """What the command says for one of them."""
        return {"person_id": person(number), **self.data}

    def asked_by(self, number: int) -> dict[str, str]:
        """Who asked the coordinator for it, and how; nobody, where anybody may do it."""
        who = self.data_of(number).get("person_id")
        return {"onbehalfof": who, "asked": "telephone"} if who else {}

    def bodies(self, count: int) -> Iterator[bytes]:
        """The requests of `count` people, each with an id of its own."""
        for number in range(self.first, self.first + count):
            yield json.dumps(
                {
                    "id": command(self.name, str(number)),
                    "role": "coordinator",
                    "data": self.data_of(number),
                    **self.asked_by(number),
                }
            ).encode()


def hammer(wish: Wish, count: int, in_flight: int, seconds: float) -> Load:
    """Keep `in_flight` requests under way until `count` are answered or time is up."""
    return uvloop.run(_hammer(wish, list(wish.bodies(count)), in_flight, seconds))


def steady(wish: Wish, rate: float, seconds: float) -> Load:
    """Send at an even pace, whatever the answers do; positions with the moment of the answer."""
    return uvloop.run(_steady(wish, list(wish.bodies(int(rate * seconds))), rate))


async def _hammer(wish: Wish, bodies: list[bytes], in_flight: int, seconds: float) -> Load:
    client, load, left = await connected("client", wish.url), Load(), iter(bodies)
    headers = shown_by()
    began = time.monotonic()

    async def one_after_another() -> None:
        for body in left:
            await _ask(client, wish.name, body, headers, load)
            if time.monotonic() - began > seconds:
                return

    await asyncio.gather(*(one_after_another() for _ in range(in_flight)))
    load.seconds = time.monotonic() - began
    await client.close()
    return load


async def _steady(wish: Wish, bodies: list[bytes], rate: float) -> Load:
    client, load = await connected("client", wish.url), Load()
    headers = shown_by()
    began = time.monotonic()
    asked = []
    for number, body in enumerate(bodies):
        await asyncio.sleep(max(0.0, began + number / rate - time.monotonic()))
        asked.append(asyncio.create_task(_ask(client, wish.name, body, headers, load)))
    await asyncio.gather(*asked)
    load.seconds = time.monotonic() - began
    await client.close()
    return load


def shown_by(person_id: PersonId = COORDINATOR) -> dict[str, str]:
    """What somebody shows, signed by the issuer of the data folder (LT_DATA)."""
    issuer = identity_file(Settings()).own_issuer()
    return bearing(issuer.token(person_id, datetime.now(UTC)) if issuer else None)


def bearer(person_id: PersonId = COORDINATOR) -> bytes:
    """What somebody shows, as the value of its header."""
    return shown_by(person_id)[HEADER].encode()


async def _ask(client: Client, name: str, body: bytes, headers: dict[str, str], load: Load) -> None:
    sent = time.monotonic()
    answer = await client.request(f"{REQUESTS}{name}", body, timeout=TIMEOUT, headers=headers)
    load.waits.append(time.monotonic() - sent)
    reply = json.loads(answer.data)
    if reply["status"] != "accepted" or not reply["events"]:
        raise RuntimeError(f"{name} was not accepted: {reply}")
    load.positions.append((reply["events"][0]["position"], time.time()))
    load.answered += 1
