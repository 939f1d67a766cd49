"""The writer: commands that wait together are decided and committed together, in one turn.

Cold knowledge is loaded before the turn. Inside it the tail is read first, so every decision is
taken on all that was committed before; what a failed commit taught is forgotten whole.
Why the decision is taken inside the turn and not before it: docs/decisions/003-writer.md.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Final

import psycopg
import structlog

from domain.decision import Act, Refusal, decided
from events.catalogue import CATALOGUE
from events.envelope import (
    EventTooLarge,
    Origin,
    encode,
    head_of,
    read_document,
    recorded_time,
)
from events.event import Event
from events.ids import derived_uuid
from events.personal import Embargoed, Personal
from services.clock import Clock
from services.engines.connections import KeptConnection
from services.log.log import Stored, Turn, page, turn, write
from services.log.memory import Memory
from services.log.statements import LAST_OF_TYPES, LOOK_UP, RECORDED
from services.vault.vault import ErasedAudience, Vault

FAR_BEHIND: Final = 10_000  # a tail longer than this is not learned; knowledge is loaded anew
# Nobody waits for the turn for ever, and a writer that freezes in its turn loses it.
BOUNDS: Final = "SET lock_timeout = '5s'; SET idle_in_transaction_session_timeout = '30s'"
EPOCH: Final = datetime.fromtimestamp(0, UTC)
logger = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Written:
    """A fact that a command has brought about, and where it stands."""

    position: int
    name: str
    subject: str


@dataclass(frozen=True, slots=True)
class Accepted:
    """The command is durable. No facts means that it was already so."""

    written: tuple[Written, ...] = ()


@dataclass(frozen=True, slots=True)
class Refused:
    """A rule says no: its code, and the sentence that people are shown."""

    code: str
    sentence: str


@dataclass(frozen=True, slots=True)
class Failed:
    """The command could not be decided, through no fault of its sender; nothing was recorded."""

    problem: str


Answer = Accepted | Refused | Failed

REUSED: Final = Refused(
    code="command.reused",
    sentence="This command id was used before with other content. Use a new id for a new wish.",
)
TOO_LARGE: Final = Refused(
    code="command.too-large", sentence="There is too much text. Please make it shorter."
)
ERASED: Final = Refused(
    code="person.erased", sentence="This person asked to be forgotten; nothing new can be kept."
)


@dataclass
class Wish:
    """A command on its way through the writer, and at last its answer."""

    command: Any
    act: Act
    origin: Origin
    answer: Answer | None = None
    events: list[tuple[Event, bytes]] = field(default_factory=list)


class Writer:
    """Decides groups of wishes on one connection. One thread at a time; processes take turns."""

    def __init__(self, url: str, vault: Vault, clock: Clock) -> None:
        self._vault, self._clock = vault, clock
        self._connection = KeptConnection(url, self._begin)
        self._memory = Memory(0, self._open)
        self._recorded = EPOCH
        self._contexts: dict[str, int] = {}

    def close(self) -> None:
        """Give the connection back."""
        self._connection.close()

    def decide(self, group: Sequence[Wish]) -> None:
        """Answer the wishes of a group; psycopg.Error if the database is away (ask again).

        A wish stays without an answer while what it must know is loaded, part by part: ask again.

        After an error nobody knows whether the group was committed: the next call takes the
        writer's turn before it looks, and then finds what was.
        """
        for wish in group:
            wish.answer, wish.events = None, []
        try:
            with self._connection.used() as connection:
                self._prepare(connection, group)
                rows = self._take_turn(connection, group)
        except BaseException:
            self._connection.close()  # and with it, at the next call, all that was learned
            for wish in group:
                wish.answer = None  # what was said before the commit does not stand
            raise
        self._memory.forget_some()
        if rows:
            logger.debug("group.committed", commands=len(group), facts=len(rows), head=rows[-1])

    def _begin(self, connection: psycopg.Connection) -> None:
        """Know nothing yet; what a lost connection had begun to commit is seen from here on."""
        connection.execute(LOOK_UP)
        connection.execute(BOUNDS)
        # Waiting for the turn once means that no commit of a lost connection is on its way.
        with turn(connection) as my:
            self._begin_at(my.cursor, my.head)

    def _begin_at(self, cursor: psycopg.Cursor[Any], head: int) -> None:
        self._memory = Memory(head, self._open)
        last = page(cursor, head - 1, 1)
        self._recorded = _recorded(last[0]) if last else EPOCH
        self._contexts = _last_of_contexts(cursor)

    def _prepare(self, connection: psycopg.Connection, group: Sequence[Wish]) -> None:
        """Outside the turn: catch up, recognise repeated commands, load what is cold."""
        with connection.cursor(binary=True) as cursor:
            self._catch_up(cursor, self._recognise(cursor, group))
            open_wishes = [wish for wish in group if wish.answer is None]
            try:
                self._memory.fill(cursor, [_asking(wish, self._memory) for wish in open_wishes])
            except psycopg.Error:
                raise
            except Exception:
                # Each is asked again in its turn, and the one at fault is answered there.
                logger.exception("group.not-prepared", commands=len(group))

    def _catch_up(self, cursor: psycopg.Cursor[Any], head: int) -> list[Stored]:
        """Learn what others wrote; the rows, so that their commands can be recognised."""
        if head - self._memory.head > FAR_BEHIND:
            self._begin_at(cursor, head)
        learned = []
        while self._memory.head < head:
            rows = page(cursor, self._memory.head, 1000, head)
            for row in rows:
                self._take_in(row)
            learned += rows
        return learned

    def _take_in(self, row: Stored) -> None:
        if row.type in CATALOGUE:
            self._memory.learn_stored(row)
            self._contexts[_context(row.type)] = row.position
            self._recorded = recorded_time(row.document)
        self._memory.head = row.position

    def _recognise(self, cursor: psycopg.Cursor[Any], group: Sequence[Wish]) -> int:
        """Answer the commands that were recorded before; the head, found on the same way."""
        cursor.execute(RECORDED, ([wish.act.command_id for wish in group],))
        rows = [Stored(*row) for row in cursor]
        self._answer_repeated(rows, group)
        return rows[-1].position if rows else 0

    def _answer_repeated(self, rows: Sequence[Stored], group: Sequence[Wish]) -> None:
        known: dict[str, list[Stored]] = {}
        for row in rows:
            known.setdefault(row.tags[-1] if row.tags else "", []).append(row)
        for wish in group:
            if stored := known.get(wish.act.command_id):
                wish.answer = _as_before(stored, wish.origin.digest)

    def _take_turn(self, connection: psycopg.Connection, group: Sequence[Wish]) -> list[int]:
        with turn(connection) as my:
            self._look_again(my, group)
            accepted: dict[str, Wish] = {}
            rows: list[Stored] = []
            for wish in group:
                before = accepted.get(wish.act.command_id)
                if wish.answer is None and self._decide_one(my.cursor, wish, before):
                    rows += self._positioned(wish, my.head + len(rows))
                    if wish.events:
                        accepted[wish.act.command_id] = wish
            if rows:
                write(my, rows)
        self._memory.advance(my.head + len(rows))
        return [row.position for row in rows]

    def _look_again(self, my: Turn, group: Sequence[Wish]) -> None:
        """Whoever wrote since we prepared may have taken the same command, or changed a mind."""
        far = my.head - self._memory.head > FAR_BEHIND
        rows = self._catch_up(my.cursor, my.head)
        if far:
            self._recognise(my.cursor, group)  # what was passed over holds commands too
        else:
            self._answer_repeated(rows, group)

    def _decide_one(self, cursor: psycopg.Cursor[Any], wish: Wish, earlier: Wish | None) -> bool:
        """False if the wish must wait until all that it needs is known."""
        if earlier:
            same = earlier.origin.digest == wish.origin.digest
            wish.answer = earlier.answer if same else REUSED
            return True
        try:
            found = self._memory.fill(cursor, [_asking(wish, self._memory)], heavy=False)
            if found is None:
                return False
            wish.events = self._encoded(decided(wish.command, wish.act, found[0]), wish)
        except Refusal as refusal:
            wish.answer = Refused(code=refusal.code, sentence=refusal.sentence)
        except EventTooLarge:
            wish.answer = TOO_LARGE
        except ErasedAudience:
            wish.answer = ERASED
        except psycopg.Error:
            raise
        except Exception:
            # A fault of ours in one decision: the others of its group go on.
            logger.exception("command.failed", command=wish.command.name)
            wish.answer = Failed(problem="The command could not be decided. We were told.")
        return True

    def _encoded(self, facts: Sequence[Event], wish: Wish) -> list[tuple[Event, bytes]]:
        """Each fact as rules may know it, and as it is stored."""
        pairs = []
        for number, fact in enumerate(facts):
            event_id = str(derived_uuid(wish.act.time, wish.act.command_id, "event", str(number)))
            known = self._vault.seal(fact, event_id, Personal)
            stored = self._vault.seal(known, event_id, Embargoed)
            pairs.append((known, encode(stored, event_id, wish.origin)))
        return pairs

    def _positioned(self, wish: Wish, head: int) -> list[Stored]:
        """Give a wish's facts their positions, learn them, and answer."""
        if wish.answer is not None:
            return []
        now = self._recorded = max(self._recorded, self._clock.now())
        rows = []
        for position, (event, body) in enumerate(wish.events, head + 1):
            kind, tags = event.wire_name(), [*event.tags(), wish.act.command_id]
            before = self._contexts.get(event.context(), 0)
            rows.append(Stored(position, kind, tags, head_of(position, before, now) + body))
            self._contexts[event.context()] = position
            self._memory.anticipate(event, tags)
        wish.answer = Accepted(
            tuple(
                Written(row.position, event.name, event.subject_id())
                for row, (event, _) in zip(rows, wish.events, strict=True)
            )
        )
        return rows

    def _open(self, event: Event) -> Event:
        return self._vault.opened(event, Embargoed)


def _asking(wish: Wish, memory: Memory) -> Any:
    return lambda: wish.command.needs(memory.know)


def _as_before(stored: Sequence[Stored], digest: str) -> Answer:
    """The answer that a command had when it was accepted."""
    envelopes = [read_document(row.document)[0] for row in stored]
    if any(envelope.origin.digest != digest for envelope in envelopes):
        return REUSED
    return Accepted(
        written=tuple(
            Written(
                position=row.position,
                name=CATALOGUE[row.type].name,
                subject=envelope.subject,
            )
            for row, envelope in zip(stored, envelopes, strict=True)
        )
    )


def _context(wire_name: str) -> str:
    return wire_name.split(".", 1)[0]


def _recorded(row: Stored) -> datetime:
    return recorded_time(row.document) if row.type in CATALOGUE else EPOCH


def _last_of_contexts(cursor: psycopg.Cursor[Any]) -> dict[str, int]:
    cursor.execute(LAST_OF_TYPES, (list(CATALOGUE),))
    last: dict[str, int] = {}
    for kind, position in cursor:
        last[_context(kind)] = max(last.get(_context(kind), 0), position or 0)
    return last
