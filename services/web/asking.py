"""How this worker asks door and reader: as everybody does, with what the caller shows."""

import asyncio
from collections.abc import Mapping
from typing import Any, Final

import structlog
from nats.aio.client import Client
from nats.errors import ConnectionClosedError
from nats.errors import Error as NatsError

from services.door.asking import UNANSWERED, ask
from services.door.replies import Reply
from services.reading.asking import ask_to_read
from services.reading.replies import ReadingReply

NO_BUS: Final = "The programme can't be reached at the moment: its bus is away. Ask again soon."
RESTS: Final = "Nothing is taken in over HTTP for a while. Ask again later."
logger = structlog.get_logger()


class OnTheBus:
    """Asks on the connection to the bus, while there is one."""

    def __init__(self) -> None:
        self.client: Client | None = None
        self.resting = False
        self.answered = asyncio.Event()  # all who have come in, when we are to stop

    async def do(self, name: str, body: bytes, token: str) -> Reply:
        """The door's answer to a command; `busy` if nothing was sent."""
        if why := self.why_not():
            return Reply(status="busy", sentence=why)
        try:
            return await ask(self._connected, name, body, token=token)
        except NatsError as error:
            _say(error)
            return UNANSWERED  # it may have gone out before

    async def read(
        self, name: str, question: Mapping[str, Any] | bytes, token: str
    ) -> ReadingReply:
        """The reader's answer; `busy` if nothing was sent."""
        if why := self.why_not():
            return ReadingReply(status="busy", sentence=why)
        try:
            return await ask_to_read(self._connected, name, question, token)
        except NatsError as error:
            _say(error)
            return ReadingReply(status="busy", sentence=NO_BUS)

    def why_not(self) -> str | None:
        """Why nothing can be asked now, if so."""
        if self.resting:
            return RESTS
        return None if self.client and self.client.is_connected else NO_BUS

    @property
    def _connected(self) -> Client:
        if self.client is None:
            raise ConnectionClosedError
        return self.client


def _say(error: NatsError) -> None:
    logger.warning("web.not-asked", kind=type(error).__name__)
