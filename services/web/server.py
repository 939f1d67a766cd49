"""The HTTP server, and what it has no patience with."""

import asyncio
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from typing import Any, Final, cast

import uvicorn
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from services.settings import Settings

MANY: Final = 1024  # connections
HEADS: Final = 10.0  # seconds for the head of a request to come in whole
LONGEST_HEAD: Final = 64 * 1024  # bytes
IDLE: Final = 30  # seconds for which a connection is kept for the next request
LINGER: Final = 2.0  # seconds for what somebody still says who is answered already
DRAIN: Final = 10  # seconds for what is in hand when we stop


class LingeringTransport:
    """How somebody is answered. What is written at one moment goes out as one: uvicorn writes the
    head of an answer and its body apart, and each would be a call of the system, and a packet.

    Whoever is answered before they have said all is let talk on for a while, unheard: if it were
    closed at once, they would find that it broke, and no answer.
    """

    def __init__(self, transport: asyncio.Transport) -> None:
        """`owing` while somebody has begun to say something, and not ended."""
        self._transport, self._loop = transport, asyncio.get_running_loop()
        self.owing = False
        self._held: list[bytes] = []
        self._end: asyncio.TimerHandle | None = None

    @property
    def lingers(self) -> bool:
        """Whether an answer was given to somebody who has not said all."""
        return self._end is not None

    def __getattr__(self, name: str) -> Any:
        return getattr(self._transport, name)

    def write(self, data: bytes) -> None:
        """Send it before anything else is done."""
        if not self._held:
            self._loop.call_soon(self._send)
        self._held.append(data)

    def is_closing(self) -> bool:
        """Whether nothing more is to be said on it."""
        return self.lingers or self._transport.is_closing()

    def close(self) -> None:
        """When all is sent; and at once, if it lingers already."""
        self._send()
        if self.is_closing() or not self.owing:
            self._transport.close()
            return
        if self._transport.can_write_eof():
            self._transport.write_eof()
        self._transport.resume_reading()
        self._end = self._loop.call_later(LINGER, self._transport.close)

    def gone(self) -> None:
        """There is nobody on it any more."""
        self._held.clear()
        if self._end:
            self._end.cancel()

    def _send(self) -> None:
        if self._held and not self._transport.is_closing():
            self._transport.write(b"".join(self._held))
        self._held.clear()


class Impatient(HttpToolsProtocol):
    """Lets go of whoever does not say what they want, or says too much of it."""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Nobody more than there is room for."""
        self._way = LingeringTransport(transport)
        super().connection_made(cast("asyncio.Transport", self._way))
        self._head = 0
        self._waiting: asyncio.TimerHandle | None = None
        self._wait()
        if len(self.connections) > MANY:
            transport.close()

    def _wait(self) -> None:
        self._waiting = self.loop.call_later(HEADS, self.transport.close)

    def _come(self) -> None:
        if self._waiting:
            self._waiting.cancel()
        self._waiting, self._head = None, 0

    def data_received(self, data: bytes) -> None:
        """Of a head that is too long nothing more is read, nor behind an answer."""
        if self._way.lingers:
            return
        if self._waiting:
            self._head += len(data)
            if self._head > LONGEST_HEAD + len(data):
                self.transport.close()
                return
        super().data_received(data)

    def on_message_begin(self) -> None:
        """The head of the next request begins."""
        super().on_message_begin()
        if self._waiting is None:
            self._wait()

    def on_headers_complete(self) -> None:
        """It has come, and the body is to follow."""
        self._come()
        self._way.owing = True
        super().on_headers_complete()

    def on_message_complete(self) -> None:
        """All has."""
        self._way.owing = False
        super().on_message_complete()

    def connection_lost(self, exc: Exception | None) -> None:
        """Nobody waits any more."""
        self._come()
        self._way.gone()
        super().connection_lost(exc)


class Server(uvicorn.Server):
    """Listens with our patience, and ends when we say so: signals are ours."""

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Listen there; whoever does not encrypt what they were to is let go of like all others."""
        config, loop = self.config, asyncio.get_running_loop()
        made = partial(Impatient, config, self.server_state, app_state={})
        self.servers = [
            await loop.create_server(
                made,
                sock=one,
                backlog=config.backlog,
                ssl=config.ssl,
                ssl_handshake_timeout=HEADS if config.ssl else None,
            )
            for one in sockets or ()
        ]
        self.started = True

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """None."""
        yield


def server_of(app: Any, settings: Settings) -> Server:
    """The server of an application, at an address that was looked at."""
    given: dict[str, Any] = {}
    if file := settings.web_tls_file:
        given = {"ssl_certfile": str(file), "ssl_keyfile": str(file)}
    config = uvicorn.Config(
        app,
        http=Impatient,
        ws="none",
        loop="none",
        lifespan="off",
        log_config=None,
        access_log=False,
        proxy_headers=False,
        server_header=False,
        limit_concurrency=None,
        timeout_keep_alive=IDLE,
        timeout_graceful_shutdown=DRAIN,
        **given,
    )
    return Server(config)
