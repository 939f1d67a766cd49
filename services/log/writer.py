"""The writer: commands that wait together are decided and committed together, in one turn.

Cold knowledge is loaded before the turn. Inside it the tail is read first, so every decision is
taken on all that was committed before; what a failed commit taught is forgotten whole.
Why the decision is taken inside the turn and not before it: docs/decisions/003-writer.md.
"""

from collections.abc import Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import Any, Final

import psycopg
import structlog

from domain.deciding import Known, decided, known_for
from domain.decision import Refusal, rules_named
from domain.roles.acting import authorised
from domain.roles.authority import Authority
from events.catalogue import STORED
from events.envelope import EventTooLarge, head_of, read_document, recorded_time
from events.identities import IdentityTied
from events.people import PersonRegistered
from services.clock import Clock
from services.engines import together
from services.engines.connections import KeptConnection
from services.log.asking import Inquiry
from services.log.finding import DatabaseSource, Source
from services.log.log import Settled, Stored, Turn, page, sealed_part, turn, write
from services.log.memory import Memory
from services.log.rows import LogShortened, context_of, digest_in, last_of_contexts, when_recorded
from services.log.sealing import (
    people_named,
    people_of,
    people_told_of,
    shown_tags,
    shut,
    tells_of_people,
)
from services.log.statements import LOG, LOOK_UP, RECORDED, Schema
from services.log.wishes import UNKNOWN, Accepted, Answer, Failed, Refused, Wish
from services.log.written import Written
from services.vault.opening import Reading
from services.vault.vault import ErasedAudience, TooMuchToSeal, Vault

FAR_BEHIND: Final = 10_000  # a tail longer than this is not learned; knowledge is loaded anew
# Nobody waits for the turn for ever, and a writer that freezes in its turn loses it.
BOUNDS: Final = "SET lock_timeout = '5s'; SET idle_in_transaction_session_timeout = '30s'"
TO_BE_MET: Final = frozenset({PersonRegistered.wire_name(), IdentityTied.wire_name()})
logger = structlog.get_logger()


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


class Writer:
    """Decides groups of wishes on one connection. One thread at a time; processes take turns."""

    def __init__(self, url: str, vault: Vault, clock: Clock, of: Schema = LOG) -> None:
        """`of` is the schema in which the log is."""
        self._vault, self._clock, self._of = vault, clock, of
        self._connection = KeptConnection(url, self._begin)
        self._other_thread = ThreadPoolExecutor(1, thread_name_prefix="keys")
        self._recorded = when_recorded(())
        self._contexts, self._parts = dict[str, int](), dict[str, bytes]()
        self._last_settled, self._last = UNKNOWN, b""
        self._memory = self._memory_at(0)
        self.shortened = False
        """Whether the log lost what we knew. Nothing is decided until somebody takes it back."""
        self.others = 0
        """How often others registered or tied somebody: whoever was met before is met again."""

    def close(self) -> None:
        """Give the connection back."""
        self._connection.close()
        self._other_thread.shutdown()

    def decide(self, group: Sequence[Wish]) -> None:
        """Answer the wishes of a group; psycopg.Error if the database is away (ask again).

        A wish stays without an answer while what it must know is loaded, part by part: ask again.

        After an error nobody knows whether the group was committed: the next call takes the
        writer's turn before it looks, and then finds what was.
        """
        for wish in group:
            wish.answer, wish.facts = None, []
        try:
            with self._connection.used() as connection:
                self._prepare(connection, group)
                rows = self._take_turn(connection, group)
        except BaseException:
            self._connection.close()  # and with it, at the next call, all that was learned
            for wish in group:
                # What was said before the commit does not stand, and may be recorded all the same.
                answer, wish.answer = wish.answer, None
                wish.unsure |= isinstance(answer, Accepted) and not answer.repeated
            raise
        for wish in group:
            wish.inquiry = wish.inquiry if wish.answer is None else None
        self._memory.forget_some()
        if rows and self._of.announced:
            logger.debug("group.committed", commands=len(group), facts=len(rows), head=rows[-1])

    def _begin(self, connection: psycopg.Connection) -> None:
        """Know nothing yet; what a lost connection had begun to commit is seen from here on."""
        connection.execute(LOOK_UP)
        connection.execute(BOUNDS)
        # Waiting for the turn once means that no commit of a lost connection is on its way.
        with turn(connection, self._of) as my:
            self._begin_at(my.cursor, my.head)

    def _begin_at(self, cursor: psycopg.Cursor[Any], head: int) -> None:
        self.others, self._memory = self.others + 1, self._memory_at(head)
        last = page(cursor, head - 1, 1, of=self._of)
        self._last, self._recorded = last[0].document if last else b"", when_recorded(last)
        self._contexts = last_of_contexts(cursor, self._of)

    def _prepare(self, connection: psycopg.Connection, group: Sequence[Wish]) -> None:
        """Outside the turn: catch up, recognise repeated commands, load what is cold."""
        saying = [one.command for one in group if tells_of_people(one.command)]
        named = {who for command in saying for who in people_named(command)}
        # Two databases are waited for at once.
        keys = self._other_thread.submit(self._vault.hold, named) if named else None
        with connection.cursor(binary=True) as cursor:
            source = DatabaseSource(cursor, self._of, self._recorded_of(group))
            concerned = set[str]()
            try:
                found = self._memory.fill(source, self._inquiries(group))
                for wish, (known, _) in zip(group, found or (), strict=False):
                    if tells_of_people(wish.command):
                        concerned |= set(people_of(wish.command, known.needs))
                if keys:
                    keys.result()
                self._vault.hold(concerned)
            except psycopg.Error:
                raise
            except Exception:
                # Each is asked again in its turn, and the one at fault is answered there.
                logger.exception("group.not-prepared", commands=len(group))
            self._catch_up(cursor, *self._recognise(source.came_along(), group))

    def _catch_up(self, cursor: psycopg.Cursor[Any], head: int, last: bytes | None = None) -> None:
        """Learn what others wrote. `last` is what the log has at its head, if that is known.

        LogShortened if it has no more what we know, which is forgotten then.
        """
        known = self._memory.head
        if known and (last is None or head != known):
            last = next((row.document for row in page(cursor, known - 1, 1, of=self._of)), None)
        if known and last != self._last:
            self.shortened = True
            logger.critical("log.shortened", known=known, head=head)
        if self.shortened:
            raise LogShortened
        if head - known > FAR_BEHIND:
            self._begin_at(cursor, head)
        while self._memory.head < head:
            for row in page(cursor, self._memory.head, 1000, head, self._of):
                self._take_in(row)

    def _take_in(self, row: Stored) -> None:
        self.others += row.type in TO_BE_MET
        if row.type in STORED:
            self._memory.learn_stored(row)
            self._contexts[context_of(row.type)] = row.position
            self._recorded = recorded_time(row.document)
        self._memory.head, self._last = row.position, row.document

    def _recorded_of(self, group: Sequence[Wish]) -> together.WithValues:
        return self._of.together(RECORDED)([one.act.command_id for one in group])

    def _recognise(
        self, found: Iterable[tuple[Any, ...]], group: Sequence[Wish]
    ) -> tuple[int, bytes | None]:
        """Answer the commands that were accepted before; the head, found on the same way, and what
        is there.
        """
        rows = [Stored(*row) for row in found]
        known: dict[str, list[Stored]] = {}
        for row in rows:
            known.setdefault(row.tags[-1] if row.tags else "", []).append(row)
        for wish in group:
            if stored := known.get(wish.act.command_id):
                wish.answer = self._as_before(stored, wish)
        return (rows[-1].position, rows[-1].document) if rows else (0, None)

    def _as_before(self, stored: Sequence[Stored], wish: Wish) -> Answer:
        """The answer that a command had when it was accepted, if it asks for the same."""
        tags = [row.tags[:-1] for row in stored]
        kinds = [STORED[row.type] for row in stored if row.position]
        if not tells_of_people(wish.command, kinds):
            people = set()
        elif kinds:
            people = people_told_of(wish.command, tags)
        else:
            people = set(self._vault.open_names(stored[0].document, wish.act.command_id))
        wish.about = people
        digest = self._vault.digest(wish.content, people)
        if any(digest_in(row) != digest for row in stored):
            return ERASED if self._vault.lacks(people) else REUSED
        written = tuple(_written(row) for row in stored if row.position)
        return Accepted(written, repeated=not wish.unsure)

    def _take_turn(self, connection: psycopg.Connection, group: Sequence[Wish]) -> list[int]:
        with turn(connection, self._of) as my:
            self._look_again(my, group)
            rows = self._decide_all(my, group, DatabaseSource(my.cursor, self._of))
            if rows:
                write(my, rows)
        self._memory.advance(my.head + len(rows))
        self._last = rows[-1].document if rows else self._last
        self._last_settled = UNKNOWN if my.settled else my.last_settled
        self._parts = {}
        return [row.position for row in rows]

    def _decide_all(self, my: Turn, group: Sequence[Wish], source: Source) -> list[Stored]:
        """Decide those that have no answer yet, one after the other; the rows to be written."""
        self._parts = my.parts
        self._recorded = max(self._recorded, self._clock.now())
        accepted: dict[str, Wish] = {}
        rows: list[Stored] = []
        for wish in group:
            before = accepted.get(wish.act.command_id)
            self._meet_again(wish)
            if wish.answer is None and self._decide_one(source, wish, before):
                if wish.answer is None:
                    accepted[wish.act.command_id] = wish
                rows += self._positioned(my, wish, my.head + len(rows))
        return rows

    def _look_again(self, my: Turn, group: Sequence[Wish]) -> None:
        """Whoever wrote since we prepared may have taken the same command, or changed a mind."""
        if my.head != self._memory.head or my.last_settled != self._last_settled:
            self._catch_up(my.cursor, my.head)
            found = together.found(my.cursor.connection, self._recorded_of(group))
            self._recognise(found, group)

    def _meet_again(self, wish: Wish) -> None:
        """Whoever registered meanwhile may be the same, and was not when we looked."""
        if wish.meet_again and wish.answer is None and wish.met_at != self.others:
            wish.meet_again()
            wish.met_at = self.others

    def _decide_one(self, source: Source, wish: Wish, earlier: Wish | None) -> bool:
        """False if the wish must wait until all that it needs is known."""
        if earlier:
            same, wish.about = earlier.content == wish.content, earlier.about
            wish.answer = _repeated(earlier.answer) if same else REUSED
            return True
        try:
            found = self._memory.fill(source, self._inquiries([wish]), heavy=False)
            if found is None:
                wish.met_at = UNKNOWN  # others are decided before
                return False
            self._decided(wish, *found[0])
        except Refusal as refusal:
            wish.answer = Refused(code=refusal.code, sentence=refusal.sentence)
        except (EventTooLarge, TooMuchToSeal):
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

    def _decided(self, wish: Wish, known: Known, authority: Authority) -> None:
        one = self._memory.one_person
        if wish.one_person:  # what is known names people as they are recorded here
            one, known = wish.one_person, wish.one_person.named(known)
        command = one.meant(wish.command)
        act = authorised(command, one.named(wish.act), wish.authority or authority, known.needs)
        facts = tuple(map(one.recorded, decided(command, act, known)))
        if not tells_of_people(wish.command, map(type, facts)):
            wish.about = set()
        elif facts:
            wish.about = people_told_of(wish.command, map(shown_tags, facts))
        else:
            wish.about = set(people_of(wish.command, known.needs))
        digest, rules = self._vault.digest(wish.content, wish.about), rules_named(known.needs, act)
        wish.origin = wish.origin._replace(role=str(act.role), digest=digest, rules=rules)
        wish.facts = shut(facts, act, wish.origin, self._vault)

    def _positioned(self, my: Turn, wish: Wish, head: int) -> list[Stored]:
        """Give a wish's facts their positions, learn them, and answer."""
        if wish.answer is not None:
            return []
        if not wish.facts:
            mine = wish.origin
            about = self._vault.seal_names(wish.about, mine.command_id)
            sender = self._vault.sender(mine.actor)
            my.settled.append(Settled(mine.command_id, sender, mine.digest, about))
        rows, written = [], []
        for position, fact in enumerate(wish.facts, head + 1):
            stored, context = fact.stored, fact.stored.context()
            document = head_of(position, self._contexts.get(context, 0), self._recorded) + fact.body
            rows.append(Stored(position, stored.wire_name(), fact.tags, document))
            written.append(Written(position, stored.name, stored.subject_id()))
            self.others += isinstance(stored, IdentityTied)  # others were met before it
            self._contexts[context] = position
            my.parts.update(fact.parts)
            self._memory.anticipate(stored, fact.known, fact.borne)
        wish.answer = Accepted(tuple(written))
        return rows

    def _inquiries(self, group: Iterable[Wish]) -> list[Inquiry[tuple[Known, Authority]]]:
        """What each command must know, and what its actor may do."""
        for wish in group:
            if not (wish.inquiry and wish.inquiry.asks(self._memory, wish.command)):
                wish.inquiry = _asking(wish, self._memory)
        return [wish.inquiry for wish in group if wish.inquiry]

    def _memory_at(self, head: int) -> Memory:
        return Memory(head, Reading(self._vault, self._part))

    def _part(self, digest: str) -> bytes:
        """What is kept beside the log, also what this turn is about to keep."""
        if digest in self._parts:
            return self._parts[digest]
        with self._connection.used() as connection:
            return sealed_part(connection, digest, self._of)


def _asking(wish: Wish, memory: Memory) -> Inquiry[tuple[Known, Authority]]:
    command, act, know = wish.command, wish.act, memory.know
    meant = memory.one_person.meant
    return Inquiry(
        memory,
        command,
        lambda: (known_for(meant(command), know, act.import_id), know(Authority(act.person))),
    )


def _repeated(answer: Answer | None) -> Answer | None:
    return replace(answer, repeated=True) if isinstance(answer, Accepted) else answer


def _written(row: Stored) -> Written:
    return Written(row.position, STORED[row.type].name, read_document(row.document)[0].subject)
