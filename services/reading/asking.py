"""How one asks to read something, with a token that says who asks."""

from collections.abc import Mapping
from typing import Any, Final

from nats.aio.client import Client

from services.crew import QUERIES
from services.door.asking import Instead, answer_to
from services.reading.replies import ReadingReply

FIND, SHARED, OPENINGS, EVENTS = "people.find", "people.shared", "openings", "events"
"""What is asked of no read model."""
KEY: Final = "key"
MOST_ROWS: Final = 500
MOST_KEYS: Final = 100
HEAD: Final = "head"  # of a question's position: all that is recorded when it comes
NEWEST: Final = {"position": HEAD}
NOBODY: Final = ReadingReply(
    status="busy", sentence="Nobody answers what is to be read. Is the worker `reader` running?"
)
TOO_LATE: Final = ReadingReply(status="busy", sentence="No answer came in time. Please ask again.")
NOT_READABLE: Final = ReadingReply(
    status="failed", sentence="The answer can't be read: it is of another version."
)
AT_THE_DESK: Final = Instead(NOBODY, TOO_LATE, NOT_READABLE)


async def ask_to_read(
    client: Client, name: str, question: Mapping[str, Any] | bytes, token: str | None
) -> ReadingReply:
    """The answer to one question; `busy` if nobody is there, or no answer comes in time."""
    return await answer_to(client, f"{QUERIES}{name}", question, token, AT_THE_DESK)
