"""Whose a provider's subject is: the vault leads to somebody, and a recorded tie makes it so."""

from collections.abc import Iterable, Mapping, Sequence
from contextlib import closing, suppress
from functools import partial
from typing import Any, Final

import psycopg

from domain.decision import Refusal
from domain.identities.tying import FoundTies
from domain.roles.acting import authorised
from events.catalogue import decode
from events.identities import IdentityTied, IdentityUntied
from events.ids import PersonId, TieId
from events.personal import plain
from services.clock import Clock
from services.engines.connections import KeptConnection
from services.identity.comers import Comers, Tied
from services.identity.configuration import OWN_CODE, identity_file
from services.log.authorities import authority_of, one_person_of
from services.log.finding import DatabaseSource, Needed, prepare_to_find
from services.log.log import BEHIND_ALL
from services.log.wishes import Wish
from services.log.writer import Writer
from services.settings import Settings
from services.vault.opening import Reading
from services.vault.ties import MOST, TieRow, subject_digest
from services.vault.vault import Vault

TIED: Final = IdentityTied.wire_name()
UNTIED: Final = IdentityUntied.wire_name()
STRANGER: Final = "stranger_"
MANY: Final = 1000  # rows that are looked at together


class TiedPeople:
    """Tells whose a subject is. One thread at a time."""

    def __init__(self, url: str, vault: Vault) -> None:
        """`url` is the database of the programme, in which it only reads."""
        self._vault = vault
        self._reading = Reading(vault, _nothing_beside)
        self._connection = KeptConnection(url, prepare_to_find)

    def close(self) -> None:
        """Give the connection back."""
        self._connection.close()

    def whose(self, issuer: str, subject: str) -> Tied | None:
        """As `KnownTies` has it: by a tie that stands recorded, of this very subject."""
        digest = subject_digest(issuer, subject)
        rows = self._vault.ties.of(digest)
        standing = self._standing([one.tie for one in rows]) if rows else {}
        for row in rows:
            fact = standing.get(row.tie)
            if fact and fact.person_id == row.person and self._is_of(fact, digest):
                return Tied(fact.person_id, fact.tie_id)
        return None

    def _is_of(self, fact: IdentityTied, digest: str) -> bool:
        read = self._reading(fact)
        return isinstance(read, IdentityTied) and plain(read.subject) == digest

    def stranger(self, issuer: str, subject: str) -> str:
        """As `KnownTies` has it."""
        return STRANGER + self._vault.sender(f"{issuer}\0{subject}")

    def _standing(self, ties: Sequence[str]) -> Mapping[str, IdentityTied]:
        with self._connection.used() as connection:
            return standing_ties(connection, ties)


def comers_from(settings: Settings, clock: Clock, url: str, vault: Vault) -> Comers:
    """Who comes in, by these settings, judged by this clock; `url` is as for `TiedPeople`.

    Raises WrongIdentityFile.
    """
    return Comers(identity_file(settings).identities(clock), TiedPeople(url, vault))


class Tying:
    """Finds out before the writer's turn whose a subject may be that is to be tied. One thread at a
    time, and another one for `sweep`.
    """

    def __init__(self, url: str, vault: Vault, writer: Writer, codes: Mapping[str, str]) -> None:
        """`url` is as above; `codes` are those of all issuers, by their names."""
        self._url, self._vault, self._writer = url, vault, writer
        self._connection = KeptConnection(url, prepare_to_find)
        self._issuers = {code: name for name, code in codes.items() if code != OWN_CODE}

    def close(self) -> None:
        """Give the connection back."""
        self._connection.close()

    def look(self, wishes: Iterable[Wish]) -> None:
        """Tell each of these wishes whose its subject may be, and keep a row for its own tie, so
        that it is found once it is recorded. Of who may not wish for it nothing is looked up, and
        nothing kept: the writer refuses them.

        psycopg.Error if a database is away.
        """
        for wish in wishes:
            others = self._writer.others  # who is tied from now on, we may not see
            issuer = self._issuers.get(wish.command.issuer)
            if issuer is None or not self._may(wish):
                _having_found(wish, FoundTies(None, whole=issuer is None))
                continue
            subject, mine = subject_digest(issuer, wish.command.subject), wish.act.new(TieId)
            kept = self._vault.ties.keep(mine, wish.command.person_id, subject)
            again = partial(_tell, wish, self._vault, subject, mine, kept=kept)
            again()
            wish.met_at, wish.meet_again = others, again

    def _may(self, wish: Wish) -> bool:
        """Whether who wishes may, as the log has it now."""
        with self._connection.used() as connection:
            authority = authority_of(connection, wish.act.person, one_person_of(connection))
        with suppress(Refusal):
            return bool(authorised(wish.command, wish.act, authority, ()))
        return False

    def leave(self, ties: Sequence[TieId]) -> None:
        """Keep no row of those of these ties that were not recorded. psycopg.Error if a database is
        away.
        """
        with self._connection.used() as connection:
            standing = standing_ties(connection, ties)
        self._vault.ties.leave([one for one in ties if one not in standing])

    def sweep(self) -> None:
        """Keep no row of ties that were never recorded, or were undone, and are older than an
        hour. On a connection of its own.
        """
        after = ""
        with closing(KeptConnection(self._url, prepare_to_find)) as mine:
            while ties := self._vault.ties.old(after, MANY):
                with mine.used() as connection:
                    standing = standing_ties(connection, ties)
                self._vault.ties.leave_old([one for one in ties if one not in standing])
                after = ties[-1]


def standing_ties(connection: psycopg.Connection, ties: Iterable[str]) -> dict[str, IdentityTied]:
    """Those of some ties that are recorded and were not undone."""
    types = TIED, UNTIED
    needed = [Needed(number=0, after=0, tag=tie, types=types) for tie in ties]
    with connection.cursor(binary=True) as cursor:
        rows = DatabaseSource(cursor).find(needed, BEHIND_ALL, 1)
    tied = {tag: document for _, tag, _, kind, _, document in rows if kind == TIED}
    gone = {tag for _, tag, _, kind, *_ in rows if kind == UNTIED}
    facts: dict[str, Any] = {tie: decode(tied[tie]).event for tie in tied.keys() - gone}
    return facts


def _tell(wish: Wish, vault: Vault, subject: str, mine: TieId, *, kept: bool) -> None:
    found: list[TieRow] = vault.ties.of(subject)
    others = tuple((PersonId(one.person), TieId(one.tie)) for one in found if one.tie != mine)
    _having_found(wish, FoundTies(subject, others, whole=kept and len(found) < MOST))


def _having_found(wish: Wish, found: FoundTies) -> None:
    wish.command = wish.command.having_found(found)


def _nothing_beside(digest: str) -> bytes:
    raise LookupError(digest)
