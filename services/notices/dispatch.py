"""Sends what the ledger says is due: once, by one of us at a time, and keeps what became of it."""

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import Final, LiteralString

import psycopg
import structlog

from events.terms import Channel
from services.clock import Clock
from services.engines.connecting import connect
from services.engines.turns import HeldTurn, held
from services.log.statements import LOOK_UP
from services.notices import ledger
from services.notices.ledger import Became, LedgerEntry, NoticeKey
from services.notices.letters import as_email, message_id, write
from services.notices.post import Away, Post, Unconfirmed, Undeliverable, Unsent, for_staff
from services.vault.vault import UNOPENED, Vault

# The lock of whoever hands messages over.
SENDERS_TURN: Final[LiteralString] = "LOCK TABLE work.senders_turn IN SHARE UPDATE EXCLUSIVE MODE"
logger = structlog.get_logger()


class NotDue(Exception):
    """Somebody has settled a message while it was about to be handed over."""


class Dispatch:
    """Hands messages over. Who is killed meanwhile leaves `sending` in the ledger, and whoever has
    the turn next knows that nobody is at it: such a message is unconfirmed, and not repeated. What
    nobody can have yet, since its last byte was not sent, is due all the while.
    """

    def __init__(
        self,
        url: str,
        vault: Vault,
        post: Post,
        clock: Clock,
        *,
        sender: str,
        outbox: Path,
        may_go: Callable[[psycopg.Connection, LedgerEntry], bool],
    ) -> None:
        """`may_go` says whether a letter may still go to whom it is for."""
        self._url, self._vault, self._post, self._clock = url, vault, post, clock
        self._sender, self._outbox, self._may_go = sender, outbox, may_go
        self.leaving = False
        self._turn: HeldTurn | None = None
        self._unsaid: dict[NoticeKey, tuple[Became, datetime | None]] = {}

    @contextmanager
    def turn(self) -> Iterator[psycopg.Connection]:
        """Nobody else hands anything over meanwhile. Raises psycopg.Error."""
        with (
            held(self._url, SENDERS_TURN, wait=True) as self._turn,
            connect(self._url, autocommit=True) as connection,
        ):
            connection.execute(LOOK_UP)
            self._say(connection)
            if lost := ledger.give_up_on_interrupted(connection):
                logger.warning("notices.unconfirmed", number=lost)
            yield connection

    def send(self, connection: psycopg.Connection, entries: Iterable[LedgerEntry]) -> None:
        """What is still due of these, within a turn; if nobody takes mail, the rest stays due.

        Each is asked for when it is its turn, so after the first that can't be handed over no
        other is worded, nor waited for.
        """
        with suppress(Away):
            for one in entries:
                if self.leaving:
                    return
                if ledger.begin(connection, one):
                    with suppress(NotDue):
                        self._send(connection, one)

    def _claim(self, connection: psycopg.Connection, one: LedgerEntry) -> None:
        """From now on it counts as being sent. Raises NotDue, or psycopg.Error."""
        if self._turn:
            self._turn.must_last()
        self._unsaid[one.key] = Became("due"), None  # if nobody hears whether this is done
        if not ledger.claim(connection, one):
            del self._unsaid[one.key]
            raise NotDue
        del self._unsaid[one.key]

    def _say(self, connection: psycopg.Connection) -> None:
        """What became of messages when the database was away, as soon as it is back."""
        for key, (became, at) in list(self._unsaid.items()):
            ledger.settle(connection, key, became, at)
            del self._unsaid[key]

    def _send(self, connection: psycopg.Connection, one: LedgerEntry) -> None:
        now = self._clock.now()
        try:
            became = self._tried(connection, one, now)
        except Unsent as error:
            self._unsaid[one.key] = Became("due", problem=str(error)), None
            ledger.postpone(connection, one.key, str(error), now)
            logger.warning("notice.unsent", template=one.notice.template, problem=str(error))
            del self._unsaid[one.key]
            if isinstance(error, Away):
                raise
        else:
            self._unsaid[one.key] = became, now
            self._say(connection)

    def _tried(self, connection: psycopg.Connection, one: LedgerEntry, now: datetime) -> Became:
        """What became of it; raises Unsent if it can be tried again, psycopg.Error or NotDue if it
        was not handed over.
        """
        try:
            return self._handed_over(connection, one, now)
        except (Unsent, NotDue, psycopg.Error):
            raise
        except Unconfirmed as error:
            return Became("unconfirmed", Channel.EMAIL, str(error))
        except Undeliverable as error:
            return Became("failed", Channel.EMAIL, str(error))
        except Exception as error:
            # A fault of ours in one message: the others go on.
            logger.exception("notice.failed", template=one.notice.template)
            return Became("failed", problem=type(error).__name__)

    def _handed_over(
        self, connection: psycopg.Connection, one: LedgerEntry, now: datetime
    ) -> Became:
        try:
            may_go = self._may_go(connection, one)
            letter = write(one.notice, one.reach, self._vault.open) if may_go else None
        except (psycopg.Error, *UNOPENED) as error:
            raise Away("the vault can't be opened") from error
        if letter is None:
            return Became("withheld", problem="we may not, or can't, write to this person")
        named = message_id(*one.key, self._sender)
        if letter.channel is Channel.EMAIL:
            email = as_email(letter, named, self._sender, now)
            self._post.send(email, partial(self._claim, connection, one))
            return Became("sent", letter.channel)
        self._claim(connection, one)
        for_staff(self._outbox, letter, named.strip("<>").partition("@")[0])
        return Became("for-staff", letter.channel)
