"""How workers, and people at the command line, ask the door for something."""

from collections.abc import Mapping
from dataclasses import dataclass
from json import dumps
from typing import Any, Final, Generic, TypeVar

import nats.errors
from nats.aio.client import Client
from pydantic import BaseModel, ValidationError

from events.envelope import Origin
from services.crew import CASES, CONCERN, OF_WORKERS, REQUESTS
from services.door.replies import NOT_KNOWN_YET, Reply
from services.identity.showing import bearing

PATIENCE: Final = 7.5  # seconds; whoever answers says after six that it did not come to it
BUSY: Final = Reply(
    status="busy", sentence="Nobody answers at the door. Is the worker `commands` running?"
)
UNANSWERED: Final = Reply(status="unanswered", sentence=NOT_KNOWN_YET)
NOT_UNDERSTOOD: Final = Reply(
    status="failed", sentence="The door's answer can't be read: it is of another version."
)
R = TypeVar("R", bound=BaseModel)


@dataclass(frozen=True)
class Instead(Generic[R]):
    """What stands for an answer that did not come: `nobody` was there to hear the request, it came
    too `late`, or it can't be read.
    """

    nobody: R
    late: R
    unreadable: R


AT_THE_DOOR: Final = Instead(BUSY, UNANSWERED, NOT_UNDERSTOOD)


async def ask(
    client: Client,
    name: str,
    body: Mapping[str, Any] | bytes,
    *,
    token: str | None = None,
    worker: str | None = None,
) -> Reply:
    """The answer of the door to one request; `busy` if nobody is there to hear it, `unanswered` if
    there was no answer in time: then somebody may have heard it.

    Whoever asks shows a `token`. With `worker`, on the subjects that only this worker may publish
    to; who asks is known by them.
    """
    return await answer_to(client, subject_of(name, worker), body, token, AT_THE_DOOR)


def subject_of(name: str, worker: str | None = None) -> str:
    """Where a command is asked for: at the door, or where things are told in confidence."""
    if worker:
        return f"{OF_WORKERS}{worker}.{name}"
    if name.startswith(CONCERN):
        return f"{CASES}{name.removeprefix(CONCERN)}"
    return f"{REQUESTS}{name}"


async def answer_to(
    client: Client,
    subject: str,
    body: Mapping[str, Any] | bytes,
    token: str | None,
    instead: Instead[R],
) -> R:
    """The answer to one request, or what stands for it."""
    data = body if isinstance(body, bytes) else dumps(body, ensure_ascii=False).encode()
    headers = bearing(token) or None
    try:
        answer = await client.request(subject, data, timeout=PATIENCE, headers=headers)
        return type(instead.nobody).model_validate_json(answer.data)
    except nats.errors.NoRespondersError:
        return instead.nobody
    except TimeoutError:
        return instead.late
    except ValidationError:
        return instead.unreadable


def by_itself(command_id: str, data: Mapping[str, Any]) -> dict[str, Any]:
    """A request that a worker makes of its own accord."""
    return {"id": command_id, "data": dict(data)}


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
