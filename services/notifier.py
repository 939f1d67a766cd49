"""The worker `notifier`: tells people what they need to hear, once, and keeps the ledger of it."""

import asyncio
from collections.abc import Sequence
from contextlib import suppress
from datetime import datetime
from functools import partial
from threading import Lock

import psycopg
import structlog

from events.catalogue import decode
from events.personal import Embargoed
from events.terms import Channel
from services import notices
from services.clock import Clock
from services.following import Message, catch_up, follow, unseen
from services.letters import as_email, message_id, write
from services.log import Log, Stored
from services.memory import LOOK_UP, Memory
from services.notices import Became, Telling
from services.places import move, place_of
from services.post import (
    Away,
    Folder,
    Post,
    Smtp,
    Unconfirmed,
    Undeliverable,
    Unsent,
    for_staff,
)
from services.station import Station
from services.vault import Vault, WrongMasterKey

WORKER = "notifier"
RETRY_AFTER = 120.0
log = structlog.get_logger()


class Notifier:
    """Enters what is to be told into the ledger, with the place, and then sends it."""

    def __init__(self, station: Station, vault: Vault, post: Post) -> None:
        self._url = station.engines.programme[WORKER]
        self._clock: Clock = station.clock
        self._sender, self._outbox = station.settings.sender, station.outbox
        self._vault, self._post = vault, post
        self._log = Log(self._url, connections=2)
        self._one_at_a_time = Lock()

    def close(self) -> None:
        """Give all connections back."""
        self._log.close()

    def recover(self) -> None:
        """Mark what was being sent when we were stopped, and send what is still due."""
        with self._connected() as connection:
            if lost := notices.give_up_on_interrupted(connection):
                log.warning("notices.unconfirmed", number=lost)
        self.send_due()

    async def catch_up(self, stop: asyncio.Event) -> None:
        """Tell what follows from facts that came while we were away."""
        place = await asyncio.to_thread(self._place)
        await catch_up(self._log, place, self.take, stop)

    def _place(self) -> int:
        with self._connected() as connection:
            return place_of(connection, WORKER)

    def send_due(self) -> None:
        """Send what the ledger says is due, worded as it was when it fell due."""
        with self._one_at_a_time, self._connected() as connection, suppress(Away):
            for position in notices.positions_due(connection):
                for row in self._log.page(position - 1, 1):
                    memory = self._memory(position)
                    self._send_all(connection, self._told(connection, memory, row))

    def take(self, batch: Sequence[Message]) -> None:
        """Tell what follows from each new fact; ledger and place move in one transaction."""
        with self._one_at_a_time, self._connected() as connection:
            with connection.transaction():
                place = place_of(connection, WORKER, lock=True)
                new = unseen(self._log, place, batch)
                told = self._tell(connection, place, new)
                notices.enter(connection, told, self._clock.now())
                if new:
                    move(connection, WORKER, new[-1][0])
            with suppress(Away):
                self._send_all(connection, told)

    def _tell(
        self, connection: psycopg.Connection, place: int, new: Sequence[Message]
    ) -> list[Telling]:
        memory, told = self._memory(place), []
        for position, document in new:
            fact = decode(document)
            memory.learn(self._vault.opened(fact.event, Embargoed), fact.event.tags())
            memory.head = position
            told += notices.told_by(fact, memory, connection.cursor(binary=True))
        return told

    def _told(self, connection: psycopg.Connection, memory: Memory, row: Stored) -> list[Telling]:
        return notices.told_by(decode(row.document), memory, connection.cursor(binary=True))

    def _memory(self, head: int) -> Memory:
        return Memory(head, partial(self._vault.opened, kind=Embargoed))

    def _send_all(self, connection: psycopg.Connection, told: Sequence[Telling]) -> None:
        """What is still due of these; Away, and then the rest stays due."""
        for one in told:
            if notices.claim(connection, one):
                self._send(connection, one)

    def _send(self, connection: psycopg.Connection, one: Telling) -> None:
        now = self._clock.now()
        try:
            became = self._tried(one, now)
        except Unsent as error:
            notices.postpone(connection, one, str(error), now)
            log.warning("notice.unsent", template=one.notice.template, problem=str(error))
            if isinstance(error, Away):
                raise
        else:
            notices.settle(connection, one, became, now)

    def _tried(self, one: Telling, now: datetime) -> Became:
        """What became of it; raises Unsent if it can be tried again."""
        try:
            return self._handed_over(one, now)
        except Unsent:
            raise
        except Unconfirmed as error:
            return Became("unconfirmed", Channel.EMAIL, str(error))
        except Undeliverable as error:
            return Became("failed", Channel.EMAIL, str(error))
        except Exception as error:
            # A fault of ours in one message: the others go on.
            log.exception("notice.failed", template=one.notice.template)
            return Became("failed", problem=type(error).__name__)

    def _handed_over(self, one: Telling, now: datetime) -> Became:
        try:
            letter = write(one.notice, one.person, self._vault.open)
        except (psycopg.Error, WrongMasterKey) as error:
            raise Away("the vault can't be opened") from error
        if letter is None:
            return Became("withheld", problem="we may not, or can't, write to this person")
        named = message_id(*one.key, self._sender)
        if letter.channel is Channel.EMAIL:
            self._post.send(as_email(letter, named, self._sender, now))
            return Became("sent", letter.channel)
        for_staff(self._outbox, letter, named.strip("<>").partition("@")[0])
        return Became("for-staff", letter.channel)

    def _connected(self) -> psycopg.Connection:
        connection = psycopg.connect(self._url, autocommit=True)
        connection.execute(LOOK_UP)
        return connection


async def serve(station: Station, ready: asyncio.Event, stop: asyncio.Event) -> None:
    """Tell people, until `stop`."""
    vault = station.vault(WORKER)
    smtp = station.settings.smtp_url
    notifier = Notifier(station, vault, Smtp(smtp) if smtp else Folder(station.outbox))
    retry = asyncio.create_task(_retry(notifier, stop))
    try:
        await asyncio.to_thread(notifier.recover)
        await notifier.catch_up(stop)
        await follow(WORKER, station.engines.nats[WORKER], notifier.take, ready, stop)
    finally:
        retry.cancel()
        notifier.close()
        vault.close()


async def _retry(notifier: Notifier, stop: asyncio.Event) -> None:
    """What the mail server refused is tried again, some minutes later."""
    while not stop.is_set():
        await asyncio.sleep(RETRY_AFTER)
        try:
            await asyncio.to_thread(notifier.send_due)
        except Exception:
            log.exception("notices.not-tried-again")
