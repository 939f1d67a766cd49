"""Where the log of what is told in confidence ends, noted in the programme's own at fixed hours.

The digest is keyed, by the hour too: nobody can tell by it whether anything was told since the last
one. Who has the vault's keys can say which event it is of.
"""

from collections.abc import Sequence
from datetime import datetime
from hashlib import blake2b, sha256
from typing import Final

from domain.concerns.heads import NoteHead, fixed_hour
from events.catalogue import decode
from events.heads import ConcernsHeadNoted
from events.ids import CommandId
from services.concerns.effects import DONE, Ask
from services.door.asking import by_itself
from services.engines.connections import KeptConnection
from services.log.log import head_of_log, last_of_kind, page
from services.log.statements import CONCERNS
from services.vault.vault import Vault

PURPOSE: Final = "head of concerns"
SIZE: Final = 16  # bytes
NOTHING: Final = b""  # the digest of the end of a log in which there is nothing


def noted_digest(key: bytes, hour: datetime, position: int, digest: bytes) -> str:
    """What is noted for an hour: of the last position, and the digest (SHA-256) of what is there.

    `key` is the vault's own for this (`PURPOSE`).
    """
    said = f"{hour.timestamp():.0f}|{position}|".encode()
    return blake2b(said + digest, digest_size=SIZE, key=key).hexdigest()


def position_noted(
    key: bytes, noted: ConcernsHeadNoted, digests: Sequence[bytes], before: int
) -> int | None:
    """The position of which a digest was noted, not before that of an earlier one; None if it is of
    none. `digests` are those of all positions, from the first.
    """
    every = [NOTHING, *digests]
    for position in range(before, len(every)):
        if noted_digest(key, noted.hour, position, every[position]) == noted.digest:
            return position
    return None


class Heads:
    """Notes the end at each fixed hour. The first is that after the worker began for the first
    time; what it missed it notes when it is back. `look` is for one thread.
    """

    def __init__(self, url: str, vault: Vault) -> None:
        """`url` is that of the database."""
        self._connection, self._vault = KeptConnection(url), vault
        self._noted: datetime | None = None

    def close(self) -> None:
        """Give the connection back."""
        self._connection.close()

    def look(self, now: datetime) -> NoteHead | None:
        """What is to be noted now, if anything. Raises psycopg.Error."""
        hour = fixed_hour(now)
        if self._noted is None:
            self._noted = self._last() or hour
        return NoteHead(hour=hour, digest=self._digest(hour)) if hour > self._noted else None

    async def note(self, wish: NoteHead, asking: Ask) -> None:
        """Have it noted; if the door can't take it, it is asked again at the next look."""
        named = CommandId.derived(wish.hour, wish.name)
        reply = await asking(wish.name, by_itself(named, wish.model_dump(mode="json")))
        if reply.status in DONE and reply.time is None:  # else the door's clock is behind
            self._noted = wish.hour

    def _last(self) -> datetime | None:
        """The last hour for which it was noted, as the programme's log has it."""
        with self._connection.used() as connection:
            row = last_of_kind(connection, ConcernsHeadNoted)
        event = decode(row.document).event if row else None
        return event.hour if isinstance(event, ConcernsHeadNoted) else None

    def _digest(self, hour: datetime) -> str:
        with self._connection.used() as connection, connection.cursor(binary=True) as cursor:
            head = head_of_log(connection, CONCERNS)
            rows = page(cursor, head - 1, 1, of=CONCERNS) if head else []
        digest = sha256(rows[0].document).digest() if rows else NOTHING
        return noted_digest(self._vault.own_key(PURPOSE), hour, head, digest)
