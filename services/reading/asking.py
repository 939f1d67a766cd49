"""How one asks to read something, with a token that says who asks."""

from collections.abc import Mapping
from json import dumps
from typing import Any, Final

import nats.errors
from nats.aio.client import Client
from pydantic import ValidationError

from services.crew import QUERIES
from services.identity.showing import bearing
from services.reading.questions import ReadingReply

PATIENCE: Final = 7.5  # seconds; whoever answers says after six that it did not come to it
NOBODY: Final = ReadingReply(
    status="busy", sentence="Nobody answers what is to be read. Is the worker `reader` running?"
)
TOO_LATE: Final = ReadingReply(status="busy", sentence="No answer came in time. Please ask again.")
NOT_READABLE: Final = ReadingReply(
    status="failed", sentence="The answer can't be read: it is of another version."
)


async def ask_to_read(
    client: Client, name: str, question: Mapping[str, Any], token: str | None
) -> ReadingReply:
    """The answer to one question; `busy` if nobody is there, or no answer comes in time."""
    data = dumps(question, ensure_ascii=False).encode()
    try:
        answer = await client.request(
            f"{QUERIES}{name}", data, timeout=PATIENCE, headers=bearing(token)
        )
        return ReadingReply.model_validate_json(answer.data)
    except nats.errors.NoRespondersError:
        return NOBODY
    except TimeoutError:
        return TOO_LATE
    except ValidationError:
        return NOT_READABLE
