"""Keeps all that happens in a file of its own: nothing is missed, doubled or out of order.

    pip install "nats-py[nkeys]"
    python subscriber.py tls://bus.example.org gp-portal gp-portal.seed events.sqlite

What the file has is what was done, and how far: whatever you do with an event, do it in the
transaction that adds its row. The consumer on the server only says what may be new.
"""

import argparse
import asyncio
import json
import sqlite3
import ssl
import sys
from contextlib import suppress
from time import monotonic
from typing import Any
from urllib.parse import urlsplit

import nats
from nats.errors import Error as NatsError
from nats.js import JetStreamContext

STREAM = "EVENTS"
BATCH, IDLE = 100, 2  # messages at once; seconds for the first of them
PATIENCE = 10  # seconds for which a stream that lost its end may be filled up from the log


class BeginAgain(Exception):
    """Something is not as it was: look anew where the stream is, in a moment."""


class NotTheLog(Exception):
    """What was taken in from a position on is not what the log has now."""

    def __init__(self, first: int) -> None:
        super().__init__(
            f"What was taken in from position {first} on is not what the log has now: it was"
            " restored from an older copy, or changed. Ask those who run it which is right. If"
            " theirs is, --roll-back takes back what is not in it, and goes on."
        )
        self.first = first


class Copy:
    """What was taken in: each event at its position, and the epoch of the stream it came from.

    A new one begins at position `first`.
    """

    def __init__(self, file: str, first: int) -> None:
        self._first, self._db = first, sqlite3.connect(file, isolation_level=None)
        self._db.executescript(
            "CREATE TABLE IF NOT EXISTS events (position INTEGER PRIMARY KEY, id TEXT, bytes BLOB);"
            "CREATE TABLE IF NOT EXISTS undone (position INTEGER, id TEXT, bytes BLOB);"
            "CREATE TABLE IF NOT EXISTS stream (epoch TEXT);"
        )

    def _one(self, query: str, *values: Any) -> Any:
        row = self._db.execute(query, values).fetchone()
        return row and row[0]

    @property
    def last(self) -> int:
        """The last position that was taken in, 0 if none was."""
        return int(self._one("SELECT max(position) FROM events") or 0)

    @property
    def next(self) -> int:
        """The position that is to be taken in next."""
        return self.last + 1 if self.last else self._first

    @property
    def epoch(self) -> Any:
        """The epoch of the stream, None at first."""
        return self._one("SELECT epoch FROM stream")

    def has(self, position: int) -> bool:
        """Whether an event was taken in at this position."""
        return self._one("SELECT 1 FROM events WHERE position = ?", position) is not None

    def has_otherwise(self, position: int, document: bytes | None) -> bool:
        """Whether another event was taken in at this position."""
        ours = self._one("SELECT bytes FROM events WHERE position = ?", position)
        return ours is not None and ours != document

    def take_in(self, position: int, event: dict[str, Any], document: bytes) -> None:
        """Here goes what you do with an event: within one transaction with its row."""
        row = (position, event["id"], document)
        self._db.execute("INSERT INTO events VALUES (?, ?, ?)", row)
        print(position, event["type"], event["subject"], flush=True)

    def is_of(self, epoch: str) -> None:
        """What was taken in is what the stream of this epoch has."""
        with self._db:
            self._db.execute("BEGIN")
            self._db.execute("DELETE FROM stream")
            self._db.execute("INSERT INTO stream VALUES (?)", (epoch,))

    def take_back(self, first: int) -> None:
        """Undo what was done from a position on; what it was stays to be looked at."""
        with self._db:
            self._db.execute("BEGIN")
            which = "FROM events WHERE position >= ?"
            self._db.execute(f"INSERT INTO undone SELECT * {which}", (first,))
            self._db.execute(f"DELETE {which}", (first,))


class Subscriber:
    """Takes into a copy what comes from a consumer, in order, and gets by number what does not."""

    def __init__(self, jetstream: JetStreamContext, consumer: str, copy: Copy) -> None:
        self._jetstream, self._consumer, self._copy = jetstream, consumer, copy
        self._tail, self._since = 0, monotonic()

    async def follow(self) -> None:
        """Take in what comes, until nothing comes for a while. Raises BeginAgain and NotTheLog."""
        epoch, tail = await self._look()
        self._copy.is_of(epoch)
        try:
            if not await self._pull():  # whoever was killed may still have it in hand
                await self._get(tail)
        except NatsError:  # the consumer may be gone
            await self._get(tail)
            raise

    async def _look(self) -> tuple[str, int]:
        """Epoch and tail of a stream that has what was taken in, of whatever epoch it is."""
        stream = await self._jetstream.stream_info(STREAM)
        marks, tail, last = stream.config.metadata or {}, stream.state.last_seq, self._copy.last
        if tail != self._tail:
            self._tail, self._since = tail, monotonic()
        if tail < int(marks.get("Lt-Head", sys.maxsize)):
            raise BeginAgain("the stream is being filled")
        common = known = min(last, tail)
        while await self._is_other(common):
            common -= 1
        is_same = marks["Lt-Epoch"] == self._copy.epoch
        if common == known < last and is_same and monotonic() < self._since + PATIENCE:
            raise BeginAgain(f"the stream ends at {tail}, and {last} was taken in")
        if common < last:
            raise NotTheLog(common + 1)
        return marks["Lt-Epoch"], tail

    async def _is_other(self, position: int) -> bool:
        """Whether the stream has another event than was taken in at this position."""
        if not self._copy.has(position):
            return False
        there = await self._jetstream.get_msg(STREAM, seq=position, direct=True)
        return self._copy.has_otherwise(position, there.data)

    async def _pull(self) -> bool:
        """Take in and acknowledge what the consumer has; whether it had anything."""
        events = await self._jetstream.pull_subscribe_bind(self._consumer, stream=STREAM)
        came = False
        try:
            with suppress(TimeoutError):  # nats-py raises plain ones beside its own
                while True:
                    batch = await events.fetch(BATCH, timeout=IDLE)
                    await self._look()  # after it: it may have come from a bus that was restored
                    for message in batch:
                        position = message.metadata.sequence.stream
                        await self._get(position - 1)
                        await self._take(position, message.data, message.headers)
                        await message.ack()
                        came = True
        finally:
            await events.unsubscribe()
        return came

    async def _get(self, upto: int) -> None:
        """Take in by number what is missing up to a position."""
        for position in range(self._copy.next, upto + 1):
            message = await self._jetstream.get_msg(STREAM, seq=position, direct=True)
            if await self._is_other(position - 1):
                raise BeginAgain(f"message {position - 1} is not what it was")
            await self._take(position, message.data or b"", message.headers)

    async def _take(self, position: int, document: bytes, headers: dict[str, str] | None) -> None:
        """Take in the next event, once; one that came before must be what it was."""
        epoch = (headers or {}).get("Lt-Epoch", self._copy.epoch)
        if epoch != self._copy.epoch:
            now, _ = await self._look()
            if now not in {epoch, self._copy.epoch}:
                raise BeginAgain("the stream was made anew")
            self._copy.is_of(now)
        if position == self._copy.next:
            self._copy.take_in(position, event_in(document, position), document)
        elif self._copy.has_otherwise(position, document):
            raise NotTheLog(position)


def event_in(document: bytes, position: int) -> dict[str, Any]:
    """The event that a message is, which says its position itself."""
    with suppress(ValueError, KeyError, TypeError):
        event: dict[str, Any] = json.loads(document)
        if int(event["sequence"]) == position:
            return event
    raise BeginAgain(f"message {position} is no event: it goes when the stream is made anew")


def encrypted(url: str, authority: str | None) -> dict[str, Any]:
    """With tls:// it is encrypted from the first byte on, to the server that is named and to no
    other. Without handshake_first nats-py goes on in the clear if somebody on the way says so.
    """
    parts = urlsplit(url)
    if parts.scheme == "tls":
        context = ssl.create_default_context(cafile=authority)
        return {"tls": context, "tls_hostname": parts.hostname, "tls_handshake_first": True}
    if parts.hostname not in ("127.0.0.1", "::1", "localhost"):
        raise SystemExit(
            "Name a bus on another machine as tls://…: else all on the way read along."
        )
    return {}


async def main(given: argparse.Namespace) -> None:
    told: dict[str, str] = {}

    def tell(whose: str, error: Exception) -> None:
        """Once, as long as it stays so."""
        text = f"{whose}: {str(error) or type(error).__name__}"
        if told.get(whose) != text:
            print(text, file=sys.stderr)
        told[whose] = text

    async def refused(error: Exception) -> None:
        tell("the bus", error)

    copy = Copy(given.file, given.first)
    client = await nats.connect(
        given.url,
        nkeys_seed=given.seed,
        inbox_prefix=f"_INBOX_{given.consumer}".encode(),
        max_reconnect_attempts=-1,
        error_cb=refused,  # it says so beside the answers
        **encrypted(given.url, given.ca),
    )
    subscriber = Subscriber(client.jetstream(), given.consumer, copy)
    while True:
        try:
            await subscriber.follow()
            told.clear()
        except NotTheLog as error:
            if not given.roll_back:
                raise SystemExit(str(error)) from None
            copy.take_back(error.first)
        except (BeginAgain, NatsError, OSError) as error:
            tell("the stream", error)
            await asyncio.sleep(0.5)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("url", help="where the bus is")
    parser.add_argument("consumer", help="the name of the credential")
    parser.add_argument("seed", help="the file with its seed")
    parser.add_argument("file", help="what was taken in")
    parser.add_argument("--from", dest="first", type=int, default=1, help="where a new file begins")
    parser.add_argument("--ca", help="the file of the bus's authority, if it has one of its own")
    parser.add_argument("--roll-back", action="store_true", help="take back what the log has not")
    with suppress(KeyboardInterrupt):
        asyncio.run(main(parser.parse_args()))
