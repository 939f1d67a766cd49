"""What follows in the programme from what was decided in confidence: somebody is held out of
leading with others, or let in again, and nothing says why.

All decisions are gone through again at each start. What was asked for has an id that derives from
the decision, so nothing is done twice.
"""

from collections.abc import Awaitable, Callable
from typing import Any, Final, NamedTuple

import structlog

from domain.concerns.concern import Concern
from domain.pairings.letting_in import TEAM, HoldPersonOut, LetPersonIn
from events.catalogue import Recorded, decode
from events.ids import CommandId, ConcernId, PersonId
from events.one_person import OnePerson
from services.concerns.casebook import nothing_beside
from services.door.asking import by_itself
from services.door.replies import Reply
from services.engines.connections import KeptConnection
from services.log.authorities import one_person_of
from services.log.log import PAGE_SIZE, page
from services.log.statements import CONCERNS
from services.vault.opening import Reading
from services.vault.vault import Vault

DONE: Final = frozenset({"accepted", "refused"})
LATER: Final = frozenset({"busy", "unanswered"})
Ask = Callable[[str, dict[str, Any]], Awaitable[Reply]]
logger = structlog.get_logger()


class Effect(NamedTuple):
    """A command that is to be asked for, by its name, with its body."""

    name: str
    body: dict[str, Any]


class Effects:
    """Follows what was decided. `read` is for one thread, `ask` for the event loop."""

    def __init__(self, url: str, vault: Vault) -> None:
        """`url` is that of the database."""
        self._connection = KeptConnection(url)
        self._reading = Reading(vault, nothing_beside)
        self._position = 0
        self._concerns: dict[ConcernId, Concern] = {}
        self._pending = list[Effect]()
        self._complained = set[str]()

    def close(self) -> None:
        """Give the connection back."""
        self._connection.close()

    def read(self) -> None:
        """Read on from where it was. Raises psycopg.Error."""
        with self._connection.used() as connection, connection.cursor(binary=True) as cursor:
            while rows := page(cursor, self._position, PAGE_SIZE, of=CONCERNS):
                one = one_person_of(connection)
                for row in rows:
                    self._learn(decode(row.document), one)
                    self._position = row.position

    def _learn(self, fact: Recorded[Any], one: OnePerson) -> None:
        """A decision has an effect, unless whom it is about is held out over another concern."""
        name: ConcernId = fact.event.concern_id
        concern = self._concerns.setdefault(name, Concern(name))
        before = concern.holds_out
        concern.learn(self._reading(fact.event))
        if concern.whom is None or concern.holds_out is before:
            return
        ids = one.ids(concern.whom)
        others = (it for it in self._concerns.values() if it is not concern)
        if not any(it.holds_out and it.whom in ids for it in others):
            self._pending.append(_effect(fact, concern.whom, holds_out=concern.holds_out))

    async def ask(self, asking: Ask) -> None:
        """Ask for what follows, in order; what the door can't take waits for the next time. One
        that it fails at holds up what follows for the same person, and nobody else.
        """
        stuck = set[str]()
        for one in [*self._pending]:
            whom = one.body["data"]["person_id"]
            if whom in stuck:
                continue
            reply = await asking(*one)
            if reply.status in DONE:
                self._pending.remove(one)
            elif reply.status in LATER:
                return
            else:
                stuck.add(whom)
                self._complain(one, reply.status)

    def _complain(self, one: Effect, status: str) -> None:
        """Once of each; of whom, and what, nobody is to read in a log."""
        if one.body["id"] not in self._complained:
            self._complained.add(one.body["id"])
            logger.error("safeguarding.not-followed", status=status)


def _effect(fact: Recorded[Any], whom: PersonId, *, holds_out: bool) -> Effect:
    cause = fact.envelope
    named = CommandId.derived(cause.recorded, cause.id, "effect")
    if holds_out:
        return Effect(HoldPersonOut.name, by_itself(named, {"person_id": whom}))
    return Effect(LetPersonIn.name, by_itself(named, {"person_id": whom, "reason": TEAM}))
