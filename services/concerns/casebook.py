"""What was told in confidence, decided and shown: one request at a time, in one thread."""

from collections.abc import Callable, Iterable
from typing import Any, Final

from domain.concerns.concern import LEADS, Concern, ListConcerns, NoSuchConcern, ReadConcern
from events.catalogue import OF_CONCERNS, Recorded, decode
from events.concerns import ConcernDecided, ConcernLeadTold, ConcernRead
from events.event import Event
from events.ids import ConcernId
from events.one_person import OnePerson
from services.clock import Clock
from services.door.answers import BUSY
from services.door.replies import Reply
from services.door.wire import Parsed
from services.door.wishing import wish_of
from services.engines.connections import KeptConnection
from services.log.authorities import authority_of, one_person_of
from services.log.finding import MOST, DatabaseSource, Needed, prepare_to_find
from services.log.log import BEHIND_ALL, PAGE_SIZE, page
from services.log.statements import CONCERNS
from services.log.wishes import Accepted, Refused, Wish
from services.log.writer import Writer
from services.vault.opening import Reading, opened
from services.vault.vault import Vault

KINDS: Final = tuple(OF_CONCERNS)


class Casebook:
    """The log of what is told in confidence. For one thread."""

    def __init__(
        self, url: str, vault: Vault, clock: Clock, source: str, fresh: Callable[[], str]
    ) -> None:
        """`url` is that of the database, `fresh` gives text that never repeats."""
        self._vault, self._clock, self._source, self._fresh = vault, clock, source, fresh
        self._writer = Writer(url, vault, clock, CONCERNS)
        self._connection = KeptConnection(url, prepare_to_find)

    def close(self) -> None:
        """Give all connections back."""
        self._writer.close()
        self._connection.close()

    def wish(self, parsed: Parsed) -> Wish:
        """What somebody wishes, under an id that stays however often it is tried. Malformed."""
        return wish_of(parsed, self._clock.now(), self._vault, self._source, self._fresh)

    def answer(self, wish: Wish) -> Reply:
        """Decide, and only when that is durable show what may be read. psycopg.Error if the
        database is away: ask again.
        """
        self._know_who(wish)
        while wish.answer is None:
            self._writer.decide([wish])
        return self._reply(wish)

    def _know_who(self, wish: Wish) -> None:
        """What whoever asks may do, and who is one person, as the programme's log has it at this
        moment.
        """
        with self._connection.used() as connection:
            wish.one_person = one = one_person_of(connection)
            wish.authority = authority_of(connection, wish.act.person, one)

    def _reply(self, wish: Wish) -> Reply:
        answer = wish.answer
        if isinstance(answer, Refused):
            code, sentence = answer.code, answer.sentence
            return Reply(status="refused", command=wish.sent, code=code, sentence=sentence)
        if not isinstance(answer, Accepted):
            sentence = answer.problem if answer else BUSY
            return Reply(status="failed", command=wish.sent, sentence=sentence)
        # Where it stands would say how much was told by others.
        ids = {"concern_id": answer.written[0].subject} if answer.written else None
        repeated = answer.repeated or None
        # An id that was used before says neither that they may read now, nor that it is recorded.
        told = None if answer.repeated else self._told(wish)
        return Reply(status="accepted", command=wish.sent, ids=ids, repeated=repeated, told=told)

    def _told(self, wish: Wish) -> dict[str, Any] | None:
        if isinstance(wish.command, ListConcerns):
            return {"concerns": self._all(wish)}
        if isinstance(wish.command, ReadConcern):
            return self._one(wish.command.concern_id, wish)
        return None

    def _all(self, wish: Wish) -> list[dict[str, Any]]:
        """Each with its state, but for what is about whoever reads."""
        found: dict[ConcernId, tuple[str, Concern]] = {}
        after, reading = 0, Reading(self._vault, nothing_beside)
        with self._connection.used() as connection, connection.cursor(binary=True) as cursor:
            while rows := page(cursor, after, PAGE_SIZE, of=CONCERNS):
                for row in rows:
                    fact: Recorded[Any] = decode(row.document)
                    at, concern_id = fact.envelope.recorded.isoformat(), fact.event.concern_id
                    new = at, Concern(concern_id)
                    found.setdefault(concern_id, new)[1].learn(reading(fact.event))
                after = rows[-1].position
        one = wish.one_person or OnePerson()
        mine = one.named(wish.act).person
        return [
            {"concern_id": name, "raised_at": at, "state": state_of(concern)}
            for name, (at, concern) in found.items()
            if one.named(concern).whom != mine
        ]

    def _one(self, concern_id: ConcernId, wish: Wish) -> dict[str, Any]:
        """All of it for who looks after it; for who told it what they said, and how it stands."""
        facts = self._facts_of(concern_id)
        concern = Concern(concern_id)
        reading = Reading(self._vault, nothing_beside)
        for fact in facts:
            concern.learn(reading(fact.event))
        told = self._open(facts[0].event)
        shown = {
            "concern_id": concern_id,
            "raised_at": facts[0].envelope.recorded.isoformat(),
            "words": told["words"],
            "state": "closed" if concern.closed else "open",
        }
        if not self._leads(facts, wish):
            return shown
        return {
            **shown,
            "state": state_of(concern),
            "about": concern.whom,
            **_some(told, ("raised_by", "raised_for")),
            "decided": self._each(facts, ConcernDecided, ("decision", "note", "about")),
            "read": self._each(facts, ConcernRead, ("read_by",)),
            "written_to": self._each(facts, ConcernLeadTold, ("lead_id", "heard")),
        }

    def _leads(self, facts: Iterable[Recorded[Any]], wish: Wish) -> bool:
        """In which role it was read is recorded with that."""
        mine = (one for one in facts if one.envelope.origin.command_id == wish.act.command_id)
        by = next((self._open(one.event)["by"] for one in mine), None)
        if by is None:
            raise NoSuchConcern
        return by["actorrole"] in LEADS

    def _each(
        self, facts: Iterable[Recorded[Any]], kind: type[Event], names: tuple[str, ...]
    ) -> list[dict[str, Any]]:
        found = ((one, self._open(one.event)) for one in facts if isinstance(one.event, kind))
        return [
            {
                "at": one.envelope.recorded.isoformat(),
                "by": it["by"]["actor"],
                **_some(it, names),
            }
            for one, it in found
        ]

    def _facts_of(self, concern_id: ConcernId) -> list[Recorded[Any]]:
        needed: list[Needed] = [{"number": 0, "after": 0, "tag": concern_id, "types": KINDS}]
        with self._connection.used() as connection, connection.cursor(binary=True) as cursor:
            rows = DatabaseSource(cursor, CONCERNS).find(needed, BEHIND_ALL, MOST)
        return [decode(document) for *_, document in rows]

    def _open(self, fact: Event) -> dict[str, Any]:
        found: dict[str, Any] = opened(fact.model_dump(mode="json"), self._vault)
        return found


def state_of(concern: Concern) -> str:
    """How a concern stands, for those who look after it."""
    if concern.holds_out:
        return "held-out"
    return "closed" if concern.closed else "open"


def nothing_beside(digest: str) -> bytes:
    """Nothing of a concern is kept beside its log."""
    raise LookupError(digest)


def _some(found: dict[str, Any], names: tuple[str, ...]) -> dict[str, Any]:
    return {name: found[name] for name in names if found.get(name) is not None}
