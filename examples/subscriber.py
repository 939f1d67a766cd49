"""Keeps all that happens in a file of its own: nothing is missed, doubled or out of order.

    python subscriber.py nats://subscriber:PASSWORD@127.0.0.1:4222 events.sqlite

What the file has is what was done, and how far: whatever you do with an event, do it in the
transaction that adds its row. The consumer on the server only says what may be new.
"""

import argparse
import asyncio
import json
import sqlite3
import sys
from contextlib import suppress
from typing import Any

import nats
from nats.aio.msg import Msg
from nats.errors import Error as NatsError
from nats.js import JetStreamContext
from nats.js.api import AckPolicy, ConsumerConfig, DeliverPolicy
from nats.js.errors import NotFoundError

STREAM, SUBJECTS, CONSUMER = "EVENTS", "lt.event.>", "gp-portal"
BATCH, IDLE, TO_ACKNOWLEDGE = 100, 2, 60  # messages at once; seconds for the first; for each


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
    """What was taken in: each event at its position, and the epoch of the stream it came from."""

    def __init__(self, file: str) -> None:
        self._db = sqlite3.connect(file, isolation_level=None)
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
    def epoch(self) -> Any:
        """The epoch of the stream, None at first."""
        return self._one("SELECT epoch FROM stream")

    def at(self, position: int) -> Any:
        """The bytes of an event that was taken in."""
        return self._one("SELECT bytes FROM events WHERE position = ?", position)

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


async def follow(jetstream: JetStreamContext, copy: Copy) -> None:
    """Take in what comes, until nothing comes for a while. Raises BeginAgain and NotTheLog."""
    epoch = await look(jetstream, copy)
    await see_to_consumer(jetstream, copy, epoch)
    copy.is_of(epoch)
    events = await jetstream.pull_subscribe_bind(CONSUMER, stream=STREAM)
    try:
        with suppress(nats.errors.TimeoutError):  # nothing new: look whether all is as it was
            while True:
                for message in await events.fetch(BATCH, timeout=IDLE):
                    await take(jetstream, copy, message)
    finally:
        await events.unsubscribe()


async def look(jetstream: JetStreamContext, copy: Copy) -> str:
    """The epoch of the stream. If it is another than it was, our last event must still be there."""
    stream = await jetstream.stream_info(STREAM)
    marks, tail, last = stream.config.metadata or {}, stream.state.last_seq, copy.last
    if tail < int(marks.get("Lt-Head", sys.maxsize)):
        raise BeginAgain("the stream is being filled")
    if marks["Lt-Epoch"] != copy.epoch and last:
        if last > tail:
            raise NotTheLog(tail + 1)
        if (await jetstream.get_msg(STREAM, seq=last, direct=True)).data != copy.at(last):
            raise NotTheLog(last)
    return marks["Lt-Epoch"]


async def see_to_consumer(jetstream: JetStreamContext, copy: Copy, epoch: str) -> None:
    """There is a consumer, and nothing of it is in anybody's hand."""
    try:
        there = await jetstream.consumer_info(STREAM, CONSUMER)
    except NotFoundError:
        # Of the same stream it begins with the last event that we have, which must come again;
        # of another one at the start, for nobody has kept how far they are equal.
        first = copy.last if epoch == copy.epoch else 1
    else:
        if not there.num_ack_pending:
            return
        # What was in our hand when we were stopped would come again in a minute, after the next.
        first = there.ack_floor.stream_seq + 1 if there.ack_floor else 1
        await jetstream.delete_consumer(STREAM, CONSUMER)
    config = ConsumerConfig(
        durable_name=CONSUMER,
        filter_subject=SUBJECTS,
        deliver_policy=DeliverPolicy.BY_START_SEQUENCE,
        opt_start_seq=max(first, 1),
        ack_policy=AckPolicy.EXPLICIT,
        ack_wait=TO_ACKNOWLEDGE,
    )
    await jetstream.add_consumer(STREAM, config)


async def take(jetstream: JetStreamContext, copy: Copy, message: Msg) -> None:
    """Take in the next event, once; one that came before must be what it was."""
    position = message.metadata.sequence.stream
    epoch = (message.headers or {}).get("Lt-Epoch", copy.epoch)
    if epoch != copy.epoch and await look(jetstream, copy) != copy.epoch:
        raise BeginAgain("the stream was made anew")
    if position > copy.last + 1:  # somebody else has taken what is before
        await jetstream.delete_consumer(STREAM, CONSUMER)
        raise BeginAgain(f"{copy.last + 1} comes first")
    if position == copy.last + 1:
        copy.take_in(position, event_in(message, position), message.data)
    elif message.data != copy.at(position):
        raise NotTheLog(position)
    await message.ack()


def event_in(message: Msg, position: int) -> dict[str, Any]:
    """The event that a message is, which says its position itself."""
    with suppress(ValueError, KeyError, TypeError):
        event: dict[str, Any] = json.loads(message.data)
        if int(event["sequence"]) == position:
            return event
    raise BeginAgain(f"message {position} is no event: it goes when the stream is made anew")


async def main(url: str, file: str, *, roll_back: bool) -> None:
    async def said(error: Exception) -> None:
        print(f"NATS: {type(error).__name__}", file=sys.stderr)

    copy, told = Copy(file), ""
    client = await nats.connect(
        url, inbox_prefix=b"_INBOX.subscriber", max_reconnect_attempts=-1, error_cb=said
    )
    while True:
        try:
            await follow(client.jetstream(), copy)
            told = ""
        except NotTheLog as error:
            if not roll_back:
                raise SystemExit(str(error)) from None
            copy.take_back(error.first)
        except (BeginAgain, NatsError, OSError) as error:
            if told != (told := str(error) or type(error).__name__):
                print(told, file=sys.stderr)
            await asyncio.sleep(0.5)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("url")
    parser.add_argument("file")
    parser.add_argument("--roll-back", action="store_true", help="take back what the log has not")
    given = parser.parse_args()
    with suppress(KeyboardInterrupt):
        asyncio.run(main(given.url, given.file, roll_back=given.roll_back))
