"""The worker `notifier`: tells people what they need to hear, once, and keeps the ledger of it."""

import asyncio
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from threading import Lock
from typing import Any

import nats.errors
import psycopg
import structlog

from domain.catalogue import NOTICES
from domain.contacts.reaching import Reached
from events.catalogue import Recorded, decode
from events.notices import NoticeDone, NoticeToSendAgain
from services.clock import Clock
from services.dead_letters.faults import TryAgain, passes
from services.door.from_threads import asking
from services.engines.faults import kind_of
from services.log.finding import DatabaseSource, Source
from services.log.log import Stored, head_of_log, page
from services.log.memory import Memory
from services.log.statements import LOOK_UP
from services.notices import entering, ledger
from services.notices.dispatch import Dispatch, together
from services.notices.entering import LedgerEntry
from services.notices.hours import Hours
from services.notices.office import office_for
from services.notices.post import Post, post_for
from services.notices.reports import Reports
from services.notices.returns import Returns, mailbox_for
from services.patience import Backoff, stopped
from services.process.checkpoints import NotThisLog, checkpoint_of
from services.process.following import Urls, catch_up, follow
from services.process.in_order import InOrder
from services.process.station import Station
from services.vault.opening import Reading
from services.vault.vault import UNOPENED, Vault

WORKER = "notifier"
TOLD = frozenset(kind.stored_as() for kind in NOTICES)
"""The facts that may be told to somebody, as the log has them."""
NEAR = 1000  # facts over which a memory is moved on; for more a new one is made
MOST = 1000  # notices that are worded, and told apart by person, before the first of them goes
LOOKS = 60.0  # seconds between looks for what mail servers sent back
REPORTED, REPORTED_AT_LATEST = 2.0, 15.0  # seconds between looks at what the log is to be told
SOONEST, LATEST = 5.0, 120.0  # seconds until what was refused is tried again: longer each time
logger = structlog.get_logger()


class Notifier:
    """Enters each notice into the ledger, with the checkpoint, and then sends it."""

    def __init__(self, station: Station, vault: Vault, post: Post) -> None:
        self._clock: Clock = station.clock
        self._vault = vault
        url = station.engines.programme[WORKER]
        self._dispatch = Dispatch(
            url,
            vault,
            post,
            station.clock,
            office=office_for(station.settings, own_engines=station.engines.are_ours),
            outbox=station.outbox,
            reached_now=self._reached_now,
        )
        self._hours = Hours(wait=station.letters_wait)
        self._in_order = InOrder(
            WORKER,
            url,
            station.clock,
            self._enter,
            again=self._enter_again,
            begin=self._begin,
            aside=lambda row: self._begin(row.position),
            setup=LOOK_UP,
        )
        self._memory = self._memory_at(0)
        self._latest: Memory | None = None  # at the log's head, within a turn of sending
        self._entered: list[LedgerEntry] = []
        self._one_at_a_time = Lock()
        self.checkpoint = self._in_order.checkpoint

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
        with suppress(NotThisLog):  # which is said by whoever follows
            self.send_due()

    def send_due(self) -> bool:
        """Send what the ledger says is due, worded as it was then; True if some is due still.

        Nothing while the log is not what it was: raises NotThisLog.
        """
        with self._one_at_a_time, self._sending() as connection:
            checkpoint_of(connection, WORKER)
            ledger.put_off(connection, self._clock.now(), self._hours)
            self._dispatch.send(connection, self._letters_due(connection))
            return bool(ledger.due_now(connection, self._clock.now(), self._hours, 1))

    @contextmanager
    def _sending(self) -> Iterator[psycopg.Connection]:
        self._latest = None  # the log may be another one since
        with self._dispatch.turn() as connection:
            yield connection

    def _letters_due(self, connection: psycopg.Connection) -> Iterator[list[LedgerEntry]]:
        """What may go now, a letter at a time: where letters wait, all that one person is to hear
        is known before the first is written.
        """
        due = self._due(connection)
        if self._hours.wait:
            yield from together(list(due))
        else:
            yield from ([one] for one in due)

    def _due(self, connection: psycopg.Connection) -> Iterator[LedgerEntry]:
        then: Memory | None = None
        due = ledger.due_now(connection, self._clock.now(), self._hours, MOST)
        for position, keys in due.items():
            before, then = then, None
            with connection.cursor(binary=True) as cursor:
                rows = page(cursor, position - 1, 1)
            try:
                then = self._moved(before, connection, position)
                entries = self._entries(connection, rows, then)
            except Exception as error:
                if passes(error):
                    raise
                logger.exception("notices.not-worded", position=position)
                ledger.give_up(connection, position, type(error).__name__)
            else:
                yield from (one for one in entries if one.key in keys)
                ledger.give_up_but(connection, position, [one.key for one in entries])

    def take(self, upto: int) -> None:
        """Enter what follows from each new fact, in the checkpoint's transaction; then send it."""
        with self._one_at_a_time:
            self._entered.clear()
            self._in_order.take(upto)
            self._send_entered()

    def mend(self) -> None:
        """Carry out what operators have ordered about our dead letters."""
        with self._one_at_a_time:
            self._entered.clear()
            self._in_order.mend()
            self._send_entered()

    def _send_entered(self) -> None:
        # What was rolled back is not in the ledger, so it can't be claimed.
        now = [one for one in self._entered if one.notice.urgent or not self._hours.wait]
        if now:
            with self._sending() as connection:
                self._dispatch.send(connection, ([one] for one in now))

    def _begin(self, checkpoint: int) -> None:
        self._memory = self._memory_at(checkpoint)

    def _enter(self, connection: psycopg.Connection, row: Stored) -> None:
        with self._vault_at_hand():
            self._memory.learn_stored(row)
        self._memory.head = row.position
        self._enter_what_follows(connection, row, self._memory)
        self._memory.forget_some()

    def _enter_again(self, connection: psycopg.Connection, row: Stored) -> None:
        self._enter_what_follows(connection, row, self._memory_at(row.position))

    def _enter_what_follows(
        self, connection: psycopg.Connection, row: Stored, memory: Memory
    ) -> None:
        fact = decode(row.document)
        if isinstance(fact.event, NoticeDone | NoticeToSendAgain):
            sent = isinstance(fact.event, NoticeDone)
            ledger.seen_to(
                connection, fact.event.notice_id, row.position, self._clock.now(), sent=sent
            )
        if type(fact.event) not in TOLD:
            return
        with connection.transaction(), connection.cursor(binary=True) as cursor:
            entries = self._entries_for(fact, memory, DatabaseSource(cursor))
            ledger.enter(connection, entries, self._clock.now(), self._hours)
        self._entered += entries

    def _entries(
        self, connection: psycopg.Connection, rows: Sequence[Stored], memory: Memory
    ) -> list[LedgerEntry]:
        source = DatabaseSource(connection.cursor(binary=True))
        found = (self._entries_for(decode(row.document), memory, source) for row in rows)
        return [one for some in found for one in some]

    def _entries_for(
        self, fact: Recorded[Any], memory: Memory, source: Source
    ) -> list[LedgerEntry]:
        with self._vault_at_hand():
            opened = Recorded(fact.envelope, memory.opened(fact.event, source))
            return entering.entries_for(opened, memory, source)

    def _reached_now(self, connection: psycopg.Connection, one: LedgerEntry) -> Reached | None:
        """How whom a letter is for is reached, and whether it may go, by all that the log has; we
        may be behind, or come to it late.
        """
        before, self._latest = self._latest, None
        memory = self._latest = self._moved(before, connection, head_of_log(connection))
        return entering.reached_now(one, memory, DatabaseSource(connection.cursor(binary=True)))

    def _moved(self, before: Memory | None, connection: psycopg.Connection, head: int) -> Memory:
        """A memory at a position: one that was not far before it, moved on, or else a new one. What
        a fault left half done is used no more.
        """
        if before is None or not before.head <= head <= before.head + NEAR:
            return self._memory_at(head)
        with self._vault_at_hand(), connection.cursor(binary=True) as cursor:
            for row in page(cursor, before.head, NEAR, head):
                before.learn_stored(row)
        before.head = head
        before.forget_some()
        return before

    @contextmanager
    def _vault_at_hand(self) -> Iterator[None]:
        try:
            yield
        except UNOPENED as error:
            raise TryAgain("the vault can't be opened") from error

    def _memory_at(self, head: int) -> Memory:
        return Memory(head, Reading(self._vault, _nothing_beside))


def _nothing_beside(_: str) -> bytes:
    raise LookupError("no notice tells what is kept beside the log")


async def serve(station: Station, ready: asyncio.Event, stop: asyncio.Event) -> None:
    """Tell people what they need to hear, until `stop`."""
    own, settings = station.engines.programme[WORKER], station.settings
    post = post_for(settings, station.outbox)
    mailbox = mailbox_for(settings)
    vault = station.vault(WORKER)
    notifier = Notifier(station, vault, post)
    retry = asyncio.create_task(_retry(notifier, station, stop))
    over = asyncio.Event()
    reporting = asyncio.create_task(_report(station, over))
    returns = Returns(mailbox, own, station.clock) if mailbox else None
    looking = asyncio.create_task(_look(returns, over))
    leaving = asyncio.create_task(_leave(notifier, stop))
    try:
        await asyncio.to_thread(notifier.recover)
        await catch_up(notifier, own, stop)
        await follow(WORKER, Urls(station.engines.nats[WORKER], own), notifier, ready, stop)
    finally:
        retry.cancel()
        leaving.cancel()
        over.set()
        await asyncio.to_thread(notifier.close)
        vault.close()
        await asyncio.gather(reporting, looking)


async def _report(station: Station, stop: asyncio.Event) -> None:
    """Tell the log what somebody of the team has to see to, until `stop`."""
    backoff = Backoff(REPORTED, REPORTED_AT_LATEST)
    async with asking(WORKER, station.engines.nats[WORKER]) as ask:
        reports = Reports(station.engines.programme[WORKER], ask, station.clock)
        leaving = asyncio.create_task(_leave(reports, stop))
        try:
            while not await stopped(stop, backoff.pause()):
                try:
                    if await asyncio.to_thread(reports.tell):
                        backoff.reset()
                except (psycopg.Error, nats.errors.Error, OSError) as error:
                    logger.warning("notices.not-reported", problem=kind_of(error).problem)
                except Exception:
                    logger.exception("notices.not-reported")
        finally:
            leaving.cancel()
            await asyncio.to_thread(reports.close)


async def _look(returns: Returns | None, stop: asyncio.Event) -> None:
    """Look for what mail servers sent back, until `stop`, if there is a mailbox for it."""
    if returns is None:
        return
    leaving, pause = asyncio.create_task(_leave(returns, stop)), 0.0
    while not await stopped(stop, pause):
        pause = LOOKS
        try:
            await asyncio.to_thread(returns.look)
        except Exception:
            logger.exception("mailbox.failed")
    leaving.cancel()
    await asyncio.to_thread(returns.close)


async def _leave(one: Notifier | Reports | Returns, stop: asyncio.Event) -> None:
    await stop.wait()
    one.leave()


async def _retry(notifier: Notifier, station: Station, stop: asyncio.Event) -> None:
    """What waits goes when it may. What the mail server refused is tried again: soon, and then
    later and later.
    """
    backoff, wake = Backoff(SOONEST, LATEST), station.wake_letters
    while not await stopped(stop, backoff.pause(), wake):
        wake.clear()  # before the look: a clock that moves meanwhile wakes again
        try:
            still = await asyncio.to_thread(notifier.send_due)
        except NotThisLog:
            still = True
        except Exception:
            logger.exception("notices.not-tried-again")
            still = True
        if not still:
            backoff.reset()
