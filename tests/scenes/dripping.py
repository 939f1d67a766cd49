"""A mail server that is never silent for long, and never comes to an end."""

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Final

ANSWERS: Final = {b"EHLO": b"250 here\r\n", b"DATA": b"354 go on\r\n", b".\r\n": b"250 OK\r\n"}
OFTEN: Final = 0.1  # seconds between two drops


@contextmanager
def dripping(at: str, drop: bytes = b"250-wait\r\n") -> Iterator[str]:
    """Its URL. It answers as it should until it comes to `at` (`greeting`, a command, or `the end`
    of the text), and says only drops from then on.
    """
    over = threading.Event()
    with socket.create_server(("127.0.0.1", 0)) as server:
        thread = threading.Thread(target=_serve, args=(server, at, drop, over))
        thread.start()
        try:
            yield f"smtp://127.0.0.1:{server.getsockname()[1]}"
        finally:
            over.set()
            with suppress(OSError):
                server.shutdown(socket.SHUT_RDWR)
            thread.join()


def _serve(server: socket.socket, at: str, drop: bytes, over: threading.Event) -> None:
    with suppress(OSError):
        while not over.is_set():
            line, _ = server.accept()
            with line, suppress(OSError):
                _answer(line, at, drop, over)


def _answer(line: socket.socket, at: str, drop: bytes, over: threading.Event) -> None:
    if at == "greeting":
        _drip(line, drop, over)
    line.sendall(b"220 here\r\n")
    stage = b".\r\n" if at == "the end" else at.encode()
    in_text = False
    with line.makefile("rb") as said:
        for words in said:
            if in_text and words != b".\r\n":
                continue
            if words.upper().startswith(stage):
                _drip(line, drop, over)
            in_text = words.upper().startswith(b"DATA")
            line.sendall(ANSWERS.get(words[:4].upper(), b"250 OK\r\n"))


def _drip(line: socket.socket, drop: bytes, over: threading.Event) -> None:
    while not over.wait(OFTEN):
        line.sendall(drop)
