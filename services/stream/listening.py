"""A client that goes on hearing, whatever somebody sends it.

nats-py reads headers and subjects as if everybody wrote them as it does. What it can't read ends
the task that hears for the whole connection, so one message of anybody's would make a worker deaf.
"""

from typing import Any

import structlog
from nats.aio.client import Client
from nats.errors import ProtocolError

VERSION, LINE_END = b"NATS/1.0", b"\r\n"
UNREADABLE = (IndexError, ValueError)  # what nats-py meets in a header or subject that is none
logger = structlog.get_logger()


class ListeningClient(Client):
    """The client with what it does when it can't read something."""

    async def _process_headers(self, headers: bytes | None) -> dict[str, str] | None:
        """The headers of a message; none if they are none.

        They begin on the second line: nats-py takes whatever comes two bytes after the version for
        the first of them. What stands on the first line is a status.
        """
        if not headers:
            return None
        first, _, lines = headers.partition(LINE_END)
        if first == VERSION:
            return self._parse_header_lines(lines) or None
        if not first.startswith(VERSION + b" "):
            return None
        try:
            status = await super()._process_headers(first + LINE_END + LINE_END)
        except UNREADABLE:
            return None
        return {**(status or {}), **self._parse_header_lines(lines)} or None

    @staticmethod
    def _parse_header_lines(raw: bytes) -> dict[str, str]:
        """As nats-py reads them; but a header that stands twice is read as both values, one after
        the other, and not as the last of them: so two tokens are none.
        """
        found: dict[str, str] = {}
        for line in raw.split(LINE_END):
            name, colon, value = line.partition(b":")
            if colon and name.isascii():
                key, text = name.strip().decode(), value.strip().decode("utf-8", "replace")
                found[key] = f"{found[key]}, {text}" if key in found else text
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
