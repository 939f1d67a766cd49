"""A way past the ledger, for what must go at once and is never kept: a link to sign in, say.

No row, no file, no entry in a log is made of it, and nothing sends it again: whoever asked for it
is told that it did not go, and asks once more.
"""

from email.utils import make_msgid
from threading import BoundedSemaphore

from events.terms import Channel
from services.clock import Clock
from services.escaping import one_line
from services.notices.emails import as_email
from services.notices.letters import Letter, framed
from services.notices.mailboxes import is_mailbox
from services.notices.office import Office
from services.notices.post import Away, Smtp, Undeliverable

MOST = 4  # conversations with the mail server at the same time, each bounded by `post.LONGEST`


class AtOnce:
    """Hands e-mails over at once, or says why not; to a mail server alone, since a file is kept."""

    def __init__(self, post: Smtp, office: Office, clock: Clock) -> None:
        self._post, self._office, self._clock = post, office, clock
        self._room = BoundedSemaphore(MOST)

    def send_now(self, name: str, address: str, subject: str, *paragraphs: str) -> None:
        """Whoever is at this address gets it now, at any hour.

        Raises Unsent or Away (nobody can have it), Undeliverable (nor will they), or Unconfirmed
        (they may have it); none says whom it was for, nor what stood in it.
        """
        if not is_mailbox(address):
            raise Undeliverable("this is no address that mail servers take")
        if not self._room.acquire(blocking=False):
            raise Away("too many letters go at this moment; ask again in a minute")
        try:
            body = framed(one_line(name), map(one_line, paragraphs), self._office)
            letter = Letter(Channel.EMAIL, one_line(name), address, one_line(subject), body, "")
            named = make_msgid(domain=self._office.sender.domain)
            self._post.send(as_email(letter, named, self._office, self._clock.now()))
        finally:
            self._room.release()
