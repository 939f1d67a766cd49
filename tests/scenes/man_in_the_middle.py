"""Somebody on the way to a mail server, who hears all that is not encrypted, and changes it."""

import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress

Change = Callable[[bytes], bytes]


class ManInTheMiddle:
    """Passes one connection after the other on to a server; `change` is done to what it says."""

    def __init__(self, port: int, change: Change) -> None:
        self._to, self._change = port, change
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = self._listener.getsockname()[1]
        self.heard = b""
        self._threads = [threading.Thread(target=self._serve)]
        self._threads[0].start()

    def close(self) -> None:
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        for one in self._threads:
            one.join()

    def _serve(self) -> None:
        with suppress(OSError):
            while True:
                client, _ = self._listener.accept()
                server = socket.create_connection(("127.0.0.1", self._to))
                for one in (
                    threading.Thread(target=self._pass_on, args=(client, server, self._hear)),
                    threading.Thread(target=self._pass_on, args=(server, client, self._change)),
                ):
                    self._threads.append(one)
                    one.start()

    def _hear(self, said: bytes) -> bytes:
        self.heard += said
        return said

    @staticmethod
    def _pass_on(one: socket.socket, other: socket.socket, change: Change) -> None:
        with suppress(OSError):
            while said := one.recv(65536):
                other.sendall(change(said))
        for end in (one, other):
            with suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)
            end.close()


@contextmanager
def man_in_the_middle(port: int, change: Change) -> Iterator[ManInTheMiddle]:
    one = ManInTheMiddle(port, change)
    try:
        yield one
    finally:
        one.close()


def takes_encryption_away(said: bytes) -> bytes:
    """As some have done it: the server's offer becomes one that nobody knows."""
    return said.replace(b"STARTTLS", b"XXXXXXXX")


def refuses_encryption(said: bytes) -> bytes:
    return b"454 TLS not available\r\n" if said.startswith(b"220 Ready") else said


def answers_in_advance(said: bytes) -> bytes:
    """What a client would take for the server's first words within the encryption."""
    first = b"250-evil.example\r\n250-AUTH PLAIN LOGIN\r\n250 8BITMIME\r\n"
    return said + first if said.startswith(b"220 Ready") else said
