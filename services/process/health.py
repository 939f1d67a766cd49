"""Says over HTTP whether a process is alive and ready, from a thread of its own, so that a stuck
loop is noticed too.
"""

import json
import sys
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Final

import structlog

OK, NOT_FOUND, UNAVAILABLE = 200, 404, 503
PATIENCE: Final = 10.0  # seconds for a request to come in whole
logger = structlog.get_logger()

Alive = Callable[[], bool]
Ready = Callable[[], Mapping[str, bool]]


class CantListen(RuntimeError):
    """The address at which health is to be asked for can't be had; the text says what to do."""


@contextmanager
def answering_at(address: str, alive: Alive, ready: Ready) -> Iterator[int]:
    """Answer at `address` (host:port; port 0 is any) while this lasts; the port.

    `/livez` is 200 while the loop gives signs of life. `/readyz` is 200 while all workers take
    work, else 503; its JSON names each. Raises CantListen.
    """
    with _server(address, _answering(alive, ready)) as server:
        thread = threading.Thread(target=server.serve_forever, name="health", daemon=True)
        thread.start()
        logger.info("health.told", address=address)
        try:
            yield server.server_address[1]
        finally:
            server.shutdown()
            thread.join()


class _Server(ThreadingHTTPServer):
    """Writes no traceback between the lines of the log."""

    def handle_error(self, request: object, client_address: object) -> None:  # noqa: ARG002 - whoever it was
        """Whoever asked may have given up meanwhile, which is no news; anything else is."""
        error = sys.exception()
        if not isinstance(error, ConnectionError | TimeoutError):
            logger.error("health.failed", exc_info=error)


def _server(address: str, answers: type[BaseHTTPRequestHandler]) -> ThreadingHTTPServer:
    host, _, port = address.rpartition(":")
    try:
        return _Server((host, int(port)), answers)
    except (OSError, OverflowError) as error:
        problem = f"{address} can't be had ({getattr(error, 'strerror', None) or error})"
        raise CantListen(f"LT_HEALTH: {problem}. Name another address, or none.") from error


def _answering(alive: Alive, ready: Ready) -> type[BaseHTTPRequestHandler]:
    class Answers(BaseHTTPRequestHandler):
        timeout = PATIENCE

        def do_GET(self) -> None:
            match self.path:
                case "/livez":
                    self._tell(alive(), {"alive": alive()})
                case "/readyz":
                    workers = dict(ready())
                    self._tell(all(workers.values()), {"workers": workers})
                case _:
                    self.send_error(NOT_FOUND)

        do_HEAD = do_GET  # noqa: N815 - as above

        def _tell(self, well: bool, said: Mapping[str, object]) -> None:
            body = json.dumps(said).encode()
            self.send_response(OK if well else UNAVAILABLE)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.send_header("Cache-Control", "no-store")
            self.end_headers()
            if self.command != "HEAD":
                self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the library's
            """Whoever asks every few seconds is no news."""

    return Answers
