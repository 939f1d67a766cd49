"""The whole log held against all invariants, page by page: each state that should not exist, and
the events that led there.
"""

from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from dataclasses import replace
from datetime import datetime
from functools import partial
from typing import Any, Final, NamedTuple

import psycopg

from domain.invariants.catalogue import INVARIANTS, Judge
from domain.invariants.invariant import Finding, Invariant
from events.catalogue import Recorded, decode
from events.envelope import Envelope, Origin, read_document
from events.event import Cover, Event
from events.ids import PersonId
from events.one_person import OnePerson
from services.log.finding import DatabaseSource, joinings
from services.log.log import (
    BEHIND_ALL,
    Stored,
    document_at,
    head_of_log,
    misplaced,
    page,
    sealed_part,
)
from services.operations.indexed import (
    FOUND_AS_IT_SAYS,
    IN_THE_INDEX,
    NOT_AS_IT_SAYS,
    NOT_IN_THE_INDEX,
    is_found_as_it_says,
)
from services.vault.opening import Reading
from services.vault.vault import Vault

PAGE: Final = 500
MOST: Final = 100  # events that are named of one state
BY_NAME: Final = {kind.name: kind for kind in INVARIANTS}
Progress = Callable[[int, int], None]
"""Is told how many events were read, of how many."""
UNREADABLE: Final = "everywhere.can-be-read"
NOT_READ: Final = (
    "An event of the log can't be read: this version does not know its kind, or its form is not"
    " ours, or something of it was tampered with or is missing."
)


class LedThere(NamedTuple):
    """An event that led to a state; without an envelope if even that can't be read."""

    position: int
    envelope: Envelope | None


class WrongState(NamedTuple):
    """A state that should not exist: the invariant, the rules that it holds, a sentence that says
    what has come about, the ids of what and whom it is about, and the events that led there.
    """

    invariant: str
    rules: tuple[int, ...]
    sentence: str
    about: tuple[str, ...]
    events: tuple[LedThere, ...]


class WhoLooks(NamedTuple):
    """Which invariants can look, and how many can't: those that rest on what is sealed, where there
    are no keys, and those that rest on who ended a pairing, which is not opened here.
    """

    kinds: tuple[type[Invariant], ...]
    sealed: int
    of_a_case: int


def who_looks(vault: Vault | None) -> WhoLooks:
    """What can be judged with these keys."""
    clear = [kind for kind in INVARIANTS if vault or not kind.opens]
    kinds = tuple(kind for kind in clear if not kind.of_a_case)
    of_a_case = sum(kind.of_a_case for kind in INVARIANTS)
    return WhoLooks(kinds, len(INVARIANTS) - len(kinds) - of_a_case, of_a_case)


class Joined:
    """Who is one person by now. The whole log is read so, from its beginning; what would have been
    wrong in it before two were known as one, or as two again, is not.
    """

    def __init__(self, facts: Iterable[tuple[int, Event]]) -> None:
        """`facts` are those that join and part, each with its position."""
        found = list(facts)
        self.one_person = OnePerson(fact for _, fact in found)
        self.since = {who: at for at, fact in found for who in fact.tags()}
        """The position since which somebody is known as they are now."""

    def after(self, people: Iterable[str], position: int) -> bool:
        """Whether any of them is known as they are now only since after a position."""
        return any(self.since.get(who, 0) >= position for who in people)


class Checking:
    """One look at a log, on a connection of its own, from its beginning to its head."""

    def __init__(self, connection: psycopg.Connection, vault: Vault | None) -> None:
        """`vault` opens what rules read; without it the log is judged by what stands in the
        clear.
        """
        self._connection = connection
        self._reading = Reading(vault, partial(sealed_part, connection)) if vault else None
        self._judge = Judge(who_looks(vault).kinds)
        self._joined = Joined(())
        self.read = 0
        """How many events were read."""

    def found(self, now: Callable[[], datetime], progress: Progress) -> Iterator[WrongState]:
        """Each state that should not exist, as it is come upon; at the end what should not stand
        `now`.

        Raises what the vault raises if it can't be opened, or lacks a key that was never destroyed.
        """
        with self._connection.cursor(binary=True) as cursor:
            self._joined = Joined(joinings(DatabaseSource(cursor), BEHIND_ALL))
        after, head = 0, head_of_log(self._connection)
        while rows := self._page(after):
            self._hold(rows)
            for row in rows:
                yield from self._judged(row)
                self.read += 1
            after = rows[-1].position
            progress(after, max(head, after))
        yield from self._misplaced()
        for finding in self._judge.standing(now()):
            yield self._explained(finding)

    def _misplaced(self) -> Iterator[WrongState]:
        """One state for all, since all of a table may be gone; of the events the first ones."""
        if positions := misplaced(self._connection):
            number = f"{len(positions)} event{'' if len(positions) == 1 else 's'}"
            events = tuple(map(self._at, positions[:MOST]))
            yield WrongState(IN_THE_INDEX, (), NOT_IN_THE_INDEX, (number,), events)

    def _page(self, after: int) -> list[Stored]:
        with self._connection.cursor(binary=True) as cursor:
            return page(cursor, after, PAGE)

    def _hold(self, rows: list[Stored]) -> None:
        """The keys of all people of a page at one look."""
        if self._reading:
            tags = {tag for row in rows for tag in row.tags}
            self._reading.hold(tag for tag in tags if tag.startswith(PersonId.prefix))

    def _judged(self, row: Stored) -> Iterator[WrongState]:
        try:
            fact = decode(row.document)
        except (ValueError, LookupError) as error:
            self._judge.pass_over(row.position)
            yield self._unread(row, error)
            return
        try:
            if not is_found_as_it_says(row, fact, self._reading):
                yield self._not_as_it_says(row, fact)
            fact = self._opened(fact)
        except (ValueError, LookupError) as error:
            yield self._unread(row, error)  # what stands in the clear is judged all the same
        for finding in self._judge.learn(self._joined.one_person.named(fact)):
            if not self._is_of_before(finding):
                yield self._explained(finding)

    def _is_of_before(self, finding: Finding) -> bool:
        """Whether it is about somebody as they were not known then: as one, or as two."""
        if not self._joined.since:
            return False
        borne = {tag for one in finding.led_there for tag in self._borne_at(one)}
        return self._joined.after({*finding.about, *borne}, max(finding.led_there, default=0))

    def _borne_at(self, position: int) -> set[str]:
        """The ids of whom and what an event is about, also beneath a cover, as far as it opens."""
        found = set[str]()
        with suppress(ValueError, LookupError):
            fact = decode(document_at(self._connection, position) or b"")
            found.update(fact.event.tags())
            found.update(self._opened(fact).event.tags())
        return found

    def _opened(self, fact: Recorded[Event]) -> Recorded[Event]:
        """As rules know it, and with who acted, where a cover keeps that from the envelope."""
        if self._reading is None:
            return fact
        event, envelope = self._reading(fact.event), fact.envelope
        if isinstance(fact.event, Cover):
            origin = _told(envelope.origin, self._reading.said_by(fact.event))
            envelope = replace(envelope, origin=origin)
        return Recorded(envelope, event)

    def _explained(self, finding: Finding) -> WrongState:
        kind = BY_NAME[finding.invariant]
        events = tuple(map(self._at, finding.led_there))
        return WrongState(kind.name, kind.rules, kind.sentence(), finding.about, events)

    def _not_as_it_says(self, row: Stored, fact: Recorded[Event]) -> WrongState:
        about, there = (fact.envelope.id,), (self._at(row.position),)
        return WrongState(FOUND_AS_IT_SAYS, (), NOT_AS_IT_SAYS, about, there)

    def _unread(self, row: Stored, error: Exception) -> WrongState:
        """Never with what the fault says: it may repeat what stands there."""
        about = row.type, type(error).__name__
        return WrongState(UNREADABLE, (), NOT_READ, about, (self._at(row.position),))

    def _at(self, position: int) -> LedThere:
        """An event as it is stored: of what is veiled, no more than anybody may see."""
        with suppress(ValueError):
            if document := document_at(self._connection, position):
                return LedThere(position, read_document(document)[0])
        return LedThere(position, None)


def _told(origin: Origin, by: Any) -> Origin:
    """An origin with what a veil leaves out."""
    if not by:
        return origin
    return origin._replace(
        actor=by["actor"],
        role=by["actorrole"],
        on_behalf_of=by.get("onbehalfof"),
        asked=by.get("asked"),
        reason=by.get("reason"),
        rules=by.get("rules"),
        correlation_id=by["correlationid"],
        causation_id=by["causationid"],
    )
