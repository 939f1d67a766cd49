"""The worker `notifier`: tells people what they need to hear, once, and keeps the ledger of it."""

import asyncio
from collections.abc import Iterator, Sequence
from functools import partial
from threading import Lock
from typing import Any

import psycopg
import structlog

from domain.catalogue import NOTICES
from events.catalogue import Recorded, decode
from events.event import Event
from events.personal import Embargoed
from services.clock import Clock
from services.dead_letters.parking import TryAgain, passes
from services.log.knowledge import LOOK_UP, Memory
from services.log.log import Stored, page
from services.notices import ledger as notices
from services.notices.dispatch import Dispatch
from services.notices.ledger import Telling
from services.notices.post import Folder, Post, Smtp
from services.process.following import Urls, catch_up, follow
from services.process.in_order import InOrder
from services.process.station import Station
from services.vault.vault import Vault, WrongMasterKey

WORKER = "notifier"
SOONEST, LATEST = 5.0, 120.0  # seconds until what was refused is tried again: longer each time
log = structlog.get_logger()


class Notifier:
    """Enters what is to be told into the ledger, with the place, and then sends it."""

    def __init__(self, station: Station, vault: Vault, post: Post) -> None:
        self._clock: Clock = station.clock
        self._vault = vault
        url = station.engines.programme[WORKER]
        self._dispatch = Dispatch(
            url, vault, post, station.clock, sender=station.settings.sender, outbox=station.outbox
        )
        self._in_order = InOrder(
            WORKER,
            url,
            station.clock,
            self._tell,
            again=self._tell_again,
            begin=self._begin,
            aside=lambda row: self._begin(row.position),
            setup=LOOK_UP,
        )
        self._memory = self._memory_at(0)
        self._told: list[Telling] = []
        self._one_at_a_time = Lock()
        self.place = self._in_order.place

    def close(self) -> None:
        """Give all connections back."""
        self.leave()
        with self._one_at_a_time:
            self._in_order.close()

    def leave(self) -> None:
        """Hand over what is in hand, and no more: the rest stays due."""
        self._dispatch.leaving = True

    def recover(self) -> None:
        """Mark what was being sent when somebody was stopped, and send what is still due."""
        self.send_due()

    def send_due(self) -> bool:
        """Send what the ledger says is due, worded as it was then; True if some is due still."""
        with self._one_at_a_time, self._dispatch.turn() as connection:
            self._dispatch.send(connection, self._due(connection))
            return bool(notices.positions_due(connection))

    def _due(self, connection: psycopg.Connection) -> Iterator[Telling]:
        for position in notices.positions_due(connection):
            with connection.cursor(binary=True) as cursor:
                rows = page(cursor, position - 1, 1)
            try:
                told = self._told_by(connection, rows)
            except Exception as error:
                if passes(error):
                    raise
                log.exception("notices.not-worded", position=position)
                notices.give_up(connection, position, type(error).__name__)
            else:
                yield from told

    def take(self, upto: int) -> None:
        """Tell what follows from each new fact; ledger and place move in one transaction."""
        with self._one_at_a_time:
            self._told.clear()
            self._in_order.take(upto)
            self._send_told()

    def mend(self) -> None:
        """Carry out what operators have ordered about our letters."""
        with self._one_at_a_time:
            self._told.clear()
            self._in_order.mend()
            self._send_told()

    def _send_told(self) -> None:
        # What was rolled back is not in the ledger, so it can't be claimed.
        if self._told:
            with self._dispatch.turn() as connection:
                self._dispatch.send(connection, self._told)

    def _begin(self, place: int) -> None:
        self._memory = self._memory_at(place)

    def _tell(self, connection: psycopg.Connection, row: Stored) -> None:
        fact = decode(row.document)
        self._memory.learn(self._opened(fact), fact.event.tags())
        self._memory.head = row.position
        if type(fact.event) in NOTICES:
            self._enter(connection, fact, self._memory)

    def _tell_again(self, connection: psycopg.Connection, row: Stored) -> None:
        self._enter(connection, decode(row.document), self._memory_at(row.position))

    def _enter(self, connection: psycopg.Connection, fact: Recorded[Any], memory: Memory) -> None:
        with connection.transaction(), connection.cursor(binary=True) as cursor:
            told = notices.told_by(fact, memory, cursor)
            notices.enter(connection, told, self._clock.now())
        self._told += told

    def _told_by(self, connection: psycopg.Connection, rows: Sequence[Stored]) -> list[Telling]:
        cursor = connection.cursor(binary=True)
        return [
            one
            for row in rows
            for one in notices.told_by(decode(row.document), self._memory_at(row.position), cursor)
        ]

    def _opened(self, fact: Recorded[Any]) -> Event:
        try:
            event: Event = self._vault.opened(fact.event, Embargoed)
        except WrongMasterKey as error:
            raise TryAgain("the vault can't be opened") from error
        return event

    def _memory_at(self, head: int) -> Memory:
        return Memory(head, partial(self._vault.opened, kind=Embargoed))


async def serve(station: Station, ready: asyncio.Event, stop: asyncio.Event) -> None:
    """Tell people, until `stop`."""
    vault = station.vault(WORKER)
    smtp, own = station.settings.smtp_url, station.engines.programme[WORKER]
    notifier = Notifier(station, vault, Smtp(smtp) if smtp else Folder(station.outbox))
    retry = asyncio.create_task(_retry(notifier, stop))
    leaving = asyncio.create_task(_leave(notifier, stop))
    try:
        await asyncio.to_thread(notifier.recover)
        await catch_up(notifier, own, stop)
        await follow(WORKER, Urls(station.engines.nats[WORKER], own), notifier, ready, stop)
    finally:
        retry.cancel()
        leaving.cancel()
        await asyncio.to_thread(notifier.close)
        vault.close()


async def _leave(notifier: Notifier, stop: asyncio.Event) -> None:
    await stop.wait()
    notifier.leave()


async def _retry(notifier: Notifier, stop: asyncio.Event) -> None:
    """What the mail server refused is tried again: soon, and then later and later."""
    pause = SOONEST
    while not stop.is_set():
        await asyncio.sleep(pause)
        try:
            still = await asyncio.to_thread(notifier.send_due)
        except Exception:
            log.exception("notices.not-tried-again")
            still = True
        pause = min(2 * pause, LATEST) if still else SOONEST
