"""Sends what the ledger says is due: once, by one of us at a time, and keeps what became of it."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import Final, LiteralString, NamedTuple

import psycopg
import structlog

from domain.contacts.reaching import Reached
from domain.notices.undelivered import HowTold
from events.terms import Channel
from services.clock import Clock
from services.engines.connecting import connect
from services.engines.turns import HeldTurn, held
from services.log.statements import LOOK_UP
from services.notices import ledger
from services.notices.emails import as_email, message_id
from services.notices.entering import LedgerEntry, NoticeKey
from services.notices.ledger import Became
from services.notices.letters import Letter, write
from services.notices.office import Office
from services.notices.pages import page
from services.notices.post import (
    Away,
    Post,
    Unconfirmed,
    Undeliverable,
    Unsent,
    for_staff,
    stem,
)
from services.vault.vault import UNOPENED, Vault

# The lock of whoever hands messages over.
SENDERS_TURN: Final[LiteralString] = "LOCK TABLE work.senders_turn IN SHARE UPDATE EXCLUSIVE MODE"
MAY_NOT: Final = Became("withheld", problem="we may not, or can't, write to this person")
TICK_OFF: Final = (
    'leading-together do notice.done \'{{"notice_id": "{}", "how": "{}"}}\' --as PERSON'
)
logger = structlog.get_logger()
Known = Callable[[psycopg.Connection, LedgerEntry], Reached | None]


class NotDue(Exception):
    """Somebody has settled a message while it was about to be handed over."""


class NotTogether(Exception):
    """One of several notices can't be worded; the others can, each in a letter of its own."""


class Wording(NamedTuple):
    """A letter, the notices that are in it, and those that nobody may hear any more."""

    letter: Letter | None
    inside: list[NoticeKey]
    withheld: list[NoticeKey]


def together(entries: Sequence[LedgerEntry]) -> list[list[LedgerEntry]]:
    """What goes in one letter: all that one person is to hear, but what is urgent, and what goes
    where they were before.
    """
    found: dict[object, list[LedgerEntry]] = {}
    for one in entries:
        alone = one.notice.urgent or one.notice.formerly is not None
        found.setdefault(one.key if alone else one.notice.to, []).append(one)
    return list(found.values())


class Dispatch:
    """Hands messages over. Who is killed meanwhile leaves `sending` in the ledger, and whoever has
    the turn next knows that nobody is at it: such a message is unconfirmed, and not repeated. What
    nobody can have yet, since its last byte was not sent, is due all the while. What goes in one
    letter is claimed, and settled, at once: all of it or nothing.
    """

    def __init__(
        self,
        url: str,
        vault: Vault,
        post: Post,
        clock: Clock,
        *,
        office: Office,
        outbox: Path,
        reached_now: Known,
    ) -> None:
        """`reached_now` says how whom a letter is for is reached; None if it may not go to them."""
        self._url, self._vault, self._post, self._clock = url, vault, post, clock
        self._office, self._outbox, self._reached_now = office, outbox, reached_now
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

    def send(
        self, connection: psycopg.Connection, letters: Iterable[Sequence[LedgerEntry]]
    ) -> None:
        """What is still due of these, within a turn; if nobody takes mail, the rest stays due.

        Each letter is asked for when it is its turn, so after the first that can't be handed over
        no other is worded, nor waited for.
        """
        with suppress(Away):
            for several in letters:
                if self.leaving:
                    return
                if again := ledger.begin(connection, several):
                    due = [one for one in several if one.key in again]
                    with suppress(NotDue):
                        self._send(connection, due, again)

    def _claim(
        self, connection: psycopg.Connection, keys: Sequence[NoticeKey], message: str
    ) -> None:
        """From now on it counts as being sent. Raises NotDue, or psycopg.Error."""
        if self._turn:
            self._turn.must_last()
        for key in keys:
            self._unsaid[key] = Became("due"), None  # if nobody hears whether this is done
        ours = ledger.claim(connection, keys, message)
        for key in keys:
            del self._unsaid[key]
        if not ours:
            raise NotDue

    def _say(self, connection: psycopg.Connection) -> None:
        """What became of messages when the database was away, as soon as it is back."""
        while self._unsaid:
            said = next(iter(self._unsaid.values()))
            keys = [key for key, other in self._unsaid.items() if other == said]
            ledger.settle(connection, keys, *said)
            for key in keys:
                del self._unsaid[key]

    def _settled(
        self, connection: psycopg.Connection, keys: Iterable[NoticeKey], became: Became
    ) -> None:
        now = self._clock.now()
        self._unsaid |= dict.fromkeys(keys, (became, now))
        self._say(connection)

    def _send(
        self,
        connection: psycopg.Connection,
        several: Sequence[LedgerEntry],
        again: dict[NoticeKey, int],
    ) -> None:
        inside = [one.key for one in several]
        try:
            worded = self._worded(connection, several)
            self._settled(connection, worded.withheld, MAY_NOT)
            inside = worded.inside
            if worded.letter:
                named = message_id(((*key, again[key]) for key in inside), self._office)
                became = self._handed_over(connection, worded.letter, inside, named)
                self._settled(connection, inside, became)
        except Unsent as error:
            self._postponed(connection, inside, str(error))
            if isinstance(error, Away):
                raise
        except NotTogether:
            for one in several:
                with suppress(NotDue):
                    self._send(connection, [one], again)
        except (NotDue, psycopg.Error):
            raise
        except Exception as error:
            # A fault of ours in one message: the others go on.
            templates = sorted({one.notice.template for one in several})
            logger.exception("notice.failed", templates=templates)
            self._settled(connection, inside, Became("failed", problem=type(error).__name__))

    def _postponed(
        self, connection: psycopg.Connection, keys: Sequence[NoticeKey], problem: str
    ) -> None:
        self._unsaid |= dict.fromkeys(keys, (Became("due", problem=problem), None))
        ledger.postpone(connection, keys, problem, self._clock.now())
        for key in keys:
            logger.warning("notice.unsent", template=key.template, problem=problem)
            del self._unsaid[key]

    def _worded(self, connection: psycopg.Connection, several: Sequence[LedgerEntry]) -> Wording:
        """All in one letter that may still be said, to where the person is reached by now; raises
        Away if the vault can't be opened.
        """
        try:
            reached = {one.key: self._reached_now(connection, one) for one in several}
            said = [one for one in several if reached[one.key] is not None]
            reach = reached[said[-1].key] if said else None
            notices = [one.notice for one in said]
            letter = write(notices, reach, self._vault.open, self._office) if reach else None
        except (psycopg.Error, *UNOPENED) as error:
            raise Away("the vault can't be opened") from error
        except Exception as error:
            if len(several) > 1:
                raise NotTogether from error
            raise
        inside = [one.key for one in said] if letter else []
        return Wording(letter, inside, [one.key for one in several if one.key not in inside])

    def _handed_over(
        self, connection: psycopg.Connection, letter: Letter, keys: list[NoticeKey], named: str
    ) -> Became:
        """What became of it; raises Unsent if it can be tried again, psycopg.Error or NotDue if it
        was not handed over.
        """
        claim = partial(self._claim, connection, keys, stem(named))
        if letter.is_by_hand:
            claim()
            how = HowTold.RANG if letter.channel is Channel.PHONE else HowTold.SENT
            names = ledger.named(connection, keys, self._clock.now())
            ticking_off = [TICK_OFF.format(names[key], how.value) for key in keys]
            for_staff(self._outbox, letter.channel, named, page(letter, ticking_off))
            return Became(ledger.BY_HAND, letter.channel)
        email = as_email(letter, named, self._office, self._clock.now())
        try:
            self._post.send(email, claim)
        except Unconfirmed as error:
            return Became("unconfirmed", Channel.EMAIL, str(error))
        except Undeliverable as error:
            return Became("refused", Channel.EMAIL, str(error))
        return Became("sent", Channel.EMAIL)
