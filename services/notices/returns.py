"""Looks for letters that mail servers sent back, in the mailbox in which they come in.

What is about a letter of ours is noted, and then flagged as seen; all else is left as it is, for
people. What was looked at before a restart is looked at again, which changes nothing.
"""

import imaplib
from collections.abc import Callable, Sequence
from contextlib import suppress
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, Final, NamedTuple

import psycopg
import structlog

from services.clock import Clock
from services.engines.connections import KeptConnection
from services.engines.faults import kind_of
from services.engines.wires import trusting
from services.notices import ledger, mailbox_state
from services.notices.bounces import LARGEST, Bounce, bounce_in
from services.notices.bounded import Bound
from services.notices.mailbox_host import CA_FILE, MailboxHost, what_is_wrong
from services.settings import Settings, WrongSetting

NOWHERE: Final = (
    "LT_RETURNS_TO: not set. Say the address of the mailbox that LT_IMAP_URL reads, so that mail"
    " servers send back there what they can't deliver."
)
LONGEST: Final = 30.0  # seconds for a whole look
TOO_SLOW: Final = "the mailbox took longer than {:g} seconds"
SINCE: Final = timedelta(days=14)  # after which mail servers say no more of a letter
AT_ONCE: Final = 50  # messages that are read in one look
REPORTS: Final = ("HEADER", "CONTENT-TYPE", "report")
MONTHS: Final = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]
Note = Callable[[Sequence[Bounce]], set[str]]
"""Notes what came back, and says which of it is about letters of ours."""
logger = structlog.get_logger()


class Unread(RuntimeError):
    """The mailbox can't be read now; the text says why, and what to do, and names nobody."""


class Looked(NamedTuple):
    """How many messages of one look said that a letter of ours came back, and how many of the last
    two weeks nobody has read yet.
    """

    ours: int
    unread: int


class Mailbox:
    """One mailbox, looked at again and again by one thread."""

    def __init__(self, host: MailboxHost, authority: Path | None = None) -> None:
        """`authority` is a file with the certificates to trust, those that the system trusts if
        None. WrongSetting if it is none.
        """
        self._host, self._trusted = host, trusting(authority, CA_FILE)
        self._validity, self._upto = "", 0
        self._bound: Bound | None = None
        self.leaving = False

    def leave(self) -> None:
        """End a look that goes on, and look no more."""
        self.leaving = True
        if bound := self._bound:
            bound.end()

    def look(self, now: datetime, note: Note) -> Looked:
        """Note what came back since the last look. Raises Unread, and whatever `note` does."""
        if self.leaving:
            return Looked(0, 0)
        with Bound(LONGEST) as bound:
            self._bound = bound
            try:
                server = self._host.opened(self._trusted, bound)
                try:
                    return self._looked(server, now, note)
                finally:
                    server.shutdown()
            except (OSError, imaplib.IMAP4.error) as error:
                why = TOO_SLOW.format(LONGEST) if bound.is_over else what_is_wrong(error)
                raise Unread(why) from error
            finally:
                self._bound = None

    def _looked(self, server: imaplib.IMAP4, now: datetime, note: Note) -> Looked:
        self._open(server)
        since = ("SINCE", _day(now - SINCE))
        new = ("UID", f"{self._upto + 1}:*", *since)
        every = self._found(server, *new)
        reports = self._found(server, *new, *REPORTS)[:AT_ONCE]
        found = {uid: one for uid in reports if (one := bounce_in(_fetched(server, uid)))}
        ours = note(list(found.values())) if found else set()
        seen = [uid for uid, one in found.items() if one.message in ours]
        if seen:
            _ok(server.uid("STORE", ",".join(map(str, seen)), "+FLAGS.SILENT", r"(\Seen)"))
        last = reports[-1] if len(reports) == AT_ONCE else max(every, default=0)
        self._upto = max(self._upto, last)
        unread = _numbers(server, "UNSEEN", *since)
        return Looked(len(seen), len(unread))

    def _open(self, server: imaplib.IMAP4) -> None:
        """If its numbers count anew, so do we."""
        _ok(server.select(f'"{self._host.folder}"'))
        (validity,) = server.response("UIDVALIDITY")[1] or (b"",)
        said = (validity or b"").decode("ascii", "replace")
        if said != self._validity:
            self._validity, self._upto = said, 0

    def _found(self, server: imaplib.IMAP4, *what: str) -> list[int]:
        """The numbers of the new messages, in order: a server names the last one always."""
        return sorted(one for one in _numbers(server, *what) if one > self._upto)


class Returns:
    """Notes in the ledger behind `url` what comes back into a mailbox. For one thread."""

    def __init__(self, mailbox: Mailbox, url: str, clock: Clock) -> None:
        self._mailbox, self._kept, self._clock = mailbox, KeptConnection(url), clock
        self._said = ""
        self.leave = mailbox.leave

    def close(self) -> None:
        """Give the connection back."""
        self._kept.close()

    def look(self) -> None:
        """Look once, and say for `status` how it was; what stands in the way is logged once."""
        problem, unread = "", None
        try:
            looked = self._mailbox.look(self._clock.now(), self._note)
            unread = looked.unread
            if looked.ours:
                logger.info("mailbox.read", came_back=looked.ours, unread=unread)
        except (Unread, psycopg.Error) as error:
            problem = str(error) if isinstance(error, Unread) else kind_of(error).problem
        if not self._mailbox.leaving:
            self._tell(problem, unread)

    def _tell(self, problem: str, unread: int | None) -> None:
        if problem and problem != self._said:
            logger.warning("mailbox.unread", problem=problem)
        self._said = problem
        with suppress(psycopg.Error), self._kept.used() as connection:
            mailbox_state.tell(connection, problem, unread)

    def _note(self, bounces: Sequence[Bounce]) -> set[str]:
        with self._kept.used() as connection:
            problems = {one.message: one.problem for one in bounces}
            return ledger.came_back(connection, problems).ours


def mailbox_for(settings: Settings) -> Mailbox | None:
    """The mailbox that is to be read, if any; WrongSetting if what is said of it is wrong."""
    if not settings.imap_url:
        return None
    if not settings.returns_to:
        raise WrongSetting(NOWHERE)
    return Mailbox(MailboxHost.at(settings.imap_url), settings.imap_ca_file)


def _day(moment: datetime) -> str:
    """As IMAP has it, in English."""
    return f"{moment.day}-{MONTHS[moment.month - 1]}-{moment.year}"


def _numbers(server: imaplib.IMAP4, *what: str) -> list[int]:
    """The numbers of the messages for which all that holds."""
    lines = _ok(server.uid("SEARCH", *what))
    return [int(one) for line in lines if line for one in line.split() if one.isdigit()]


def _fetched(server: imaplib.IMAP4, uid: int) -> bytes:
    """A message as far as it is read, which does not flag it as seen; nothing if it is gone."""
    lines = _ok(server.uid("FETCH", str(uid), f"(BODY.PEEK[]<0.{LARGEST + 1}>)"))
    return next((one[1] for one in lines if isinstance(one, tuple)), b"")


def _ok(answer: tuple[str, list[Any]]) -> list[Any]:
    kind, lines = answer
    if kind != "OK":
        raise imaplib.IMAP4.error("it says no")
    return lines
