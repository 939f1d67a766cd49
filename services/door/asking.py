"""How workers, and people at the command line, ask the door for something."""

from collections.abc import Mapping
from json import dumps
from typing import Any, Final

import nats.errors
from nats.aio.client import Client

from events.envelope import Origin
from services.crew import REQUESTS
from services.door.wire import Reply

PATIENCE: Final = 15.0
BUSY: Final = Reply(
    status="busy", sentence="Nobody answers at the door. Is the worker `commands` running?"
)


async def ask(client: Client, name: str, body: Mapping[str, Any] | bytes) -> Reply:
    """The answer of the door to one request; `busy` if nobody answers in time."""
    data = body if isinstance(body, bytes) else dumps(body, ensure_ascii=False).encode()
    try:
        answer = await client.request(f"{REQUESTS}{name}", data, timeout=PATIENCE)
    except (TimeoutError, nats.errors.NoRespondersError, nats.errors.TimeoutError):
        return BUSY
    return Reply.model_validate_json(answer.data)


def as_system(worker: str, command_id: str, data: Mapping[str, Any]) -> dict[str, Any]:
    """A request that a worker makes of its own accord."""
    return {"id": command_id, "actor": f"system:{worker}", "role": "system", "data": dict(data)}


def following(body: dict[str, Any], origin: Origin, event_id: str) -> dict[str, Any]:
    """The same request as a consequence of a fact, on behalf of whoever brought that about."""
    person = origin.actor if origin.actor.startswith("person_") else origin.on_behalf_of
    on_behalf = {"onbehalfof": person} if person else {}
    return {
        **body,
        **on_behalf,
        "causationid": event_id,
        "correlationid": origin.correlation_id,
        "traceparent": origin.traceparent,
    }
