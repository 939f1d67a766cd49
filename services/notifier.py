"""The worker `notifier`: tells people what they need to hear, once, and keeps the ledger of it."""

import asyncio
from collections.abc import Sequence
from functools import partial
from threading import Lock

import psycopg
import structlog

from events.catalogue import decode
from events.personal import Embargoed
from services import notices
from services.clock import Clock
from services.following import Message, follow, unseen
from services.letters import as_email, message_id, write
from services.log import Log, Stored
from services.memory import LOOK_UP, Memory
from services.notices import Telling
from services.places import move, place_of
from services.post import Folder, Post, Smtp, Unconfirmed, Unsent, for_staff
from services.station import Station
from services.vault import Vault

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

    def send_due(self) -> None:
        """Send what the ledger says is due, worded as it was when it fell due."""
        with self._one_at_a_time, self._connected() as connection:
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
        for one in told:
            if notices.claim(connection, one):
                self._send(connection, one)

    def _send(self, connection: psycopg.Connection, one: Telling) -> None:
        now = self._clock.now()
        settle = partial(notices.settle, connection, one, now=now)
        letter = write(one.notice, one.person, self._vault.open)
        if letter is None:
            settle("withheld", problem="we may not, or can't, write to this person")
            return
        named = message_id(*one.key, self._sender)
        if letter.channel != "email":
            for_staff(self._outbox, letter, named.strip("<>").partition("@")[0])
            settle("for-staff", channel=letter.channel)
            return
        try:
            self._post.send(as_email(letter, named, self._sender, now))
        except Unconfirmed as error:
            settle("unconfirmed", channel="email", problem=str(error))
        except Unsent as error:
            notices.postpone(connection, one, str(error))
            log.warning("notice.unsent", template=one.notice.template, problem=str(error))
        else:
            settle("sent", channel="email")

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
        await follow(WORKER, station.engines.nats[WORKER], notifier.take, ready, stop)
    finally:
        retry.cancel()
        notifier.close()
        vault.close()


async def _retry(notifier: Notifier, stop: asyncio.Event) -> None:
    """What the mail server refused is tried again, some minutes later."""
    while not stop.is_set():
        await asyncio.sleep(RETRY_AFTER)
        await asyncio.to_thread(notifier.send_due)
