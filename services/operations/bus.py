"""How the bus is: its stream, who follows that, and whether the door answers."""

import json
from collections.abc import AsyncIterator
from datetime import datetime
from typing import Any, Final, NamedTuple

from nats.aio.client import Client
from nats.errors import Error as NatsError
from nats.errors import NoRespondersError
from nats.js.errors import APIError, NotFoundError, ServiceUnavailableError

from services.crew import FOLLOWERS, STREAM
from services.engines.addresses import Engines
from services.stream.connections import connection_of, end_of_certificate
from services.stream.provisioning import otherwise

USER: Final = "client"
DOOR: Final = "commands"
PATIENCE: Final = 4.0  # seconds for an answer of the bus
DOORS_PATIENCE: Final = 2.0  # seconds for one of the door


class StreamState(NamedTuple):
    """The stream: its first and last sequence, how many messages and bytes it has, for how many
    seconds nothing has come, its last message, how many bytes it may still take (None: unbounded),
    and what of its configuration is not as we make it.
    """

    first: int
    last: int
    messages: int
    size: int
    quiet: float
    document: bytes | None
    room: int | None
    otherwise: list[str]

    @property
    def lost(self) -> int:
        """How many of its messages are gone: they are numbered from 1 on without a gap."""
        return self.last - self.messages


class Consumer(NamedTuple):
    """A consumer of the stream: up to where it is done, how many messages it has still to get, how
    many are in hand, how many requests for more are open, and for how many seconds nothing was
    done (None: nothing ever was).
    """

    name: str
    durable: bool
    position: int
    waiting: int
    in_hand: int
    asking: int
    quiet: float | None


class Bus(NamedTuple):
    """The bus as a client sees it: `consumers` are our workers', by name, `subscribers` the durable
    ones of others, None if we may not see them; `ends` is when its certificate does, if it has one.
    """

    version: str
    door_answers: bool
    stream: StreamState | None
    consumers: dict[str, Consumer | None]
    subscribers: list[Consumer] | None
    ends: datetime | None


async def on_the_bus(engines: Engines) -> Bus:
    """All that can be seen there. Raises what keeps us from it."""
    async with connection_of(USER, engines.nats[USER]) as client:
        server = client.connected_server_version
        bus = Bus(
            version=f"{server.major}.{server.minor}.{server.patch}",
            door_answers=await _door_answers(client),
            stream=await _stream(client),
            consumers={name: await _consumer_of(client, name) for name in FOLLOWERS},
            subscribers=None,
            ends=end_of_certificate(client),
        )
    return bus._replace(subscribers=await others_consumers(engines))


async def _door_answers(client: Client) -> bool:
    try:
        await client.request(f"$SRV.PING.{DOOR}", b"", timeout=DOORS_PATIENCE)
    except NatsError:
        return False
    return True


async def _stream(client: Client) -> StreamState | None:
    try:
        found = await _asked(client, f"STREAM.INFO.{STREAM}")
    except NotFoundError:
        return None
    state, most = found["state"], found["config"].get("max_bytes", -1)
    since = state["last_ts"] if state["last_seq"] else found["created"]
    return StreamState(
        first=state["first_seq"],
        last=state["last_seq"],
        messages=state["messages"],
        size=state["bytes"],
        quiet=_seconds(since, found["ts"]),
        document=await _document(client, state["last_seq"]),
        room=most - state["bytes"] if most >= 0 else None,
        otherwise=otherwise(found["config"]),
    )


async def _document(client: Client, sequence: int) -> bytes | None:
    """The bytes of a message; None if the stream has none there."""
    if sequence == 0:
        return None
    try:
        message = await client.jetstream().get_msg(STREAM, seq=sequence, direct=True)
    except NotFoundError:
        return None
    return message.data


async def _consumer_of(client: Client, worker: str) -> Consumer | None:
    try:
        return _consumer(await _asked(client, f"CONSUMER.INFO.{STREAM}.{worker}"))
    except NotFoundError:
        return None


async def others_consumers(engines: Engines) -> list[Consumer] | None:
    """The durable consumers that are not our workers', None if we may not see them. On a connection
    of its own, since a refused right ends it.
    """
    try:
        async with connection_of(USER, engines.nats[USER]) as client:
            return [one async for one in _listed(client) if _is_others(one)]
    except (NatsError, OSError):
        return None


def _is_others(one: Consumer) -> bool:
    return one.durable and one.name not in FOLLOWERS


async def _listed(client: Client) -> AsyncIterator[Consumer]:
    seen, total = 0, 1
    while seen < total:
        page = await _asked(client, f"CONSUMER.LIST.{STREAM}", {"offset": seen})
        for one in page["consumers"] or ():
            yield _consumer(one)
        seen += len(page["consumers"] or ())
        total = page["total"] if page["consumers"] else 0


def _consumer(found: dict[str, Any]) -> Consumer:
    """What is acknowledged is done with; where nobody acknowledges, what was delivered."""
    config = found["config"]
    done = found["delivered" if config["ack_policy"] == "none" else "ack_floor"]
    since = done.get("last_active")
    return Consumer(
        name=found["name"],
        durable=bool(config.get("durable_name")),
        position=done["stream_seq"],
        waiting=found["num_pending"],
        in_hand=found["num_ack_pending"],
        asking=found["num_waiting"],
        quiet=_seconds(since, found["ts"]) if since else None,
    )


async def _asked(client: Client, what: str, body: dict[str, Any] | None = None) -> dict[str, Any]:
    """The answer of the bus's own interface, which knows more than the client's classes. Raises
    APIError: NotFoundError, and ServiceUnavailableError if JetStream is not there, among them.
    """
    request = json.dumps(body).encode() if body else b""
    try:
        answer = await client.request(f"$JS.API.{what}", request, timeout=PATIENCE)
    except NoRespondersError:
        raise ServiceUnavailableError from None
    found: dict[str, Any] = json.loads(answer.data)
    if "error" in found:
        APIError.from_error(found["error"])
    return found


def _seconds(since: str, now: str) -> float:
    """Between two moments by the bus's own clock."""
    return (datetime.fromisoformat(now) - datetime.fromisoformat(since)).total_seconds()
