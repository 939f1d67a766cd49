"""A client that goes on hearing, whatever somebody sends it.

nats-py reads headers and subjects as if everybody wrote them as it does. What it can't read ends
the task that hears for the whole connection, so one message of anybody's would make a worker deaf.
"""

from typing import Any

import structlog
from nats.aio.client import Client
from nats.errors import ProtocolError

UNREADABLE = (IndexError, ValueError)  # what nats-py meets in a header or subject that is none
logger = structlog.get_logger()


class ListeningClient(Client):
    """The client with what it does when it can't read something."""

    async def _process_headers(self, headers: bytes) -> dict[str, str] | None:
        """The headers of a message; none if they are none."""
        try:
            found: dict[str, str] | None = await super()._process_headers(headers)
        except UNREADABLE:
            return None
        return found

    async def _process_msg(self, *message: Any) -> None:
        """A message; one whose subjects are no text is nobody's."""
        try:
            await super()._process_msg(*message)
        except UNREADABLE:
            logger.warning("bus.unreadable-message")

    async def _read_loop(self) -> None:
        """Hear, and if that ended by itself connect anew: what was on its way is lost."""
        await super()._read_loop()
        if self.is_connected:
            await self._process_op_err(ProtocolError())
