"""The HTTP server, and what it has no patience with."""

import asyncio
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from typing import Any, Final

import uvicorn
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from services.settings import Settings

MANY: Final = 1024  # connections
HEADS: Final = 10.0  # seconds for the head of a request to come in whole
LONGEST_HEAD: Final = 64 * 1024  # bytes
IDLE: Final = 30  # seconds for which a connection is kept for the next request
DRAIN: Final = 10  # seconds for what is in hand when we stop


class Impatient(HttpToolsProtocol):
    """Lets go of whoever does not say what they want, or says too much of it."""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Nobody more than there is room for."""
        super().connection_made(transport)
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
        """Of a head that is too long nothing more is read."""
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
        """It has come."""
        self._come()
        super().on_headers_complete()

    def connection_lost(self, exc: Exception | None) -> None:
        """Nobody waits any more."""
        self._come()
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
