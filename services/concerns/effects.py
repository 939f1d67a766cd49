"""What follows in the programme from what was decided in confidence: somebody is held out of
leading with others, or let in again, or parted from their partner, and nothing says why.

All decisions are gone through again at each start, and whenever two people turn out to be one, or
two again. What was asked for has an id that derives from the decision, so nothing is done twice.
"""

from collections import defaultdict
from collections.abc import Awaitable, Callable, Iterable
from typing import Any, Final, NamedTuple

import structlog

from domain.concerns.concern import Concern
from domain.pairings.compatibility import TEAM
from domain.pairings.endings import EndForTeam
from domain.pairings.letting_in import HoldPersonOut, LetPersonIn
from events.catalogue import Recorded, decode
from events.concerns import ConcernDecided
from events.event import Event
from events.ids import CommandId, ConcernId, PersonId
from events.one_person import OnePerson
from events.people import PersonMerged
from events.terms import ConcernDecision
from services.concerns.casebook import nothing_beside
from services.door.asking import by_itself
from services.door.replies import Reply
from services.engines.connections import KeptConnection
from services.log.finding import DatabaseSource, joinings
from services.log.log import BEHIND_ALL, PAGE_SIZE, page
from services.log.statements import CONCERNS
from services.vault.opening import Reading
from services.vault.vault import Vault

DONE: Final = frozenset({"accepted", "refused"})
LATER: Final = frozenset({"busy", "unanswered"})
Ask = Callable[[str, dict[str, Any]], Awaitable[Reply]]
logger = structlog.get_logger()


class Effect(NamedTuple):
    """A command that is to be asked for, by its name, with its body, and whom it is about."""

    name: str
    body: dict[str, Any]
    whom: str


class Turned(NamedTuple):
    """A concern over which somebody was held out once, with the last fact that changed that."""

    concern: Concern
    whom: PersonId
    last: Recorded[Any]


class Effects:
    """Follows what was decided. `read` is for one thread, `ask` for the event loop."""

    def __init__(self, url: str, vault: Vault) -> None:
        """`url` is that of the database."""
        self._connection = KeptConnection(url)
        self._reading = Reading(vault, nothing_beside)
        self._position = 0
        self._concerns: dict[ConcernId, Concern] = {}
        self._changed: dict[ConcernId, Turned] = {}
        self._joined: list[Event] = []
        self._named = set[str]()
        self._pending = list[Effect]()
        self._complained = set[str]()

    def close(self) -> None:
        """Give the connection back."""
        self._connection.close()

    def read(self) -> None:
        """Read on from where it was. Raises psycopg.Error."""
        before = self._position
        with self._connection.used() as connection, connection.cursor(binary=True) as cursor:
            while rows := page(cursor, self._position, PAGE_SIZE, of=CONCERNS):
                for row in rows:
                    self._learn(decode(row.document))
                    self._position = row.position
            joined = [fact for _, fact in joinings(DatabaseSource(cursor), BEHIND_ALL)]
        if before != self._position or joined != self._joined:
            self._joined = joined
            self._weigh()

    def _learn(self, fact: Recorded[Any]) -> None:
        name: ConcernId = fact.event.concern_id
        concern = self._concerns.setdefault(name, Concern(name))
        known, before = self._reading(fact.event), concern.holds_out
        concern.learn(known)
        if not isinstance(known, ConcernDecided) or concern.whom is None:
            return
        if known.decision is ConcernDecision.END_PAIRING:
            self._follows(fact, EndForTeam.name, concern.whom, {})
        if concern.holds_out is not before:
            self._changed[name] = Turned(concern, concern.whom, fact)

    def _weigh(self) -> None:
        """Whoever is held out over any concern is held out, and whoever was, and is not now, is let
        in: under each id that is theirs, or was while somebody else's was theirs too.
        """
        one, of_whom = OnePerson(self._joined), _whose(self._joined)
        theirs = defaultdict[str, list[Turned]](list)
        for it in self._changed.values():
            for who in {one.kept(each) for each in of_whom.get(it.whom, {it.whom})}:
                theirs[who].append(it)
        for who, each in theirs.items():
            last = max((it.last for it in each), key=lambda it: it.envelope.position)
            if any(it.concern.holds_out and one.kept(it.whom) == who for it in each):
                self._follows(last, HoldPersonOut.name, who, {})
            else:
                self._follows(last, LetPersonIn.name, who, {"reason": TEAM})

    def _follows(self, cause: Recorded[Any], name: str, whom: str, more: dict[str, str]) -> None:
        """Have it asked for, once; what it comes in the place of is not asked for any more."""
        envelope = cause.envelope
        named = CommandId.derived(envelope.recorded, envelope.id, "effect", name, whom)
        if named in self._named:
            return
        self._named.add(named)
        if name != EndForTeam.name:
            self._pending = [
                it for it in self._pending if it.whom != whom or it.name == EndForTeam.name
            ]
        self._pending.append(Effect(name, by_itself(named, {"person_id": whom, **more}), whom))

    async def ask(self, asking: Ask) -> None:
        """Ask for what follows, in order; what the door can't take waits for the next time. One
        that it fails at holds up what follows for the same person, and nobody else.
        """
        stuck = set[str]()
        for one in [*self._pending]:
            if one.whom in stuck:
                continue
            reply = await asking(one.name, one.body)
            if reply.status in DONE:
                self._pending.remove(one)
            elif reply.status in LATER:
                return
            else:
                stuck.add(one.whom)
                self._complain(one, reply.status)

    def _complain(self, one: Effect, status: str) -> None:
        """Once of each; of whom, and what, nobody is to read in a log."""
        if one.body["id"] not in self._complained:
            self._complained.add(one.body["id"])
            logger.error("safeguarding.not-followed", status=status)


def _whose(joined: Iterable[Event]) -> dict[str, set[str]]:
    """By each id all that were ever one person's with it."""
    found: dict[str, set[str]] = {}
    for fact in joined:
        if isinstance(fact, PersonMerged):
            two = fact.person_id, fact.merged_id
            whole = set[str]().union(*(found.get(who, {who}) for who in two))
            found |= dict.fromkeys(whole, whole)
    return found
