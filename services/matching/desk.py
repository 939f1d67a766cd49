"""Runs that were asked for and are not made yet: computed one after another, and handed in.

Nothing of it is kept but in the log: what was asked for and is not made is found there again at
each start, and is handed in under an id that derives from the fact, so nothing is done twice.
"""

from collections.abc import Awaitable, Callable
from functools import partial
from hashlib import blake2b
from threading import Lock
from typing import Any, Final, NamedTuple

import psycopg
import structlog

from domain.decision import Command
from domain.matching.certificate import Solution
from domain.matching.recording import GivenUpReason, GiveUpRun, RecordRun
from events.catalogue import Recorded, decode
from events.event import Event
from events.ids import CommandId, MatchingRunId
from events.matching import (
    Inputs,
    MatchingRunAsked,
    MatchingRunDiscarded,
    MatchingRunGivenUp,
    MatchingRunMade,
)
from services.door.asking import by_itself, following
from services.door.replies import Reply
from services.engines.connections import KeptConnection
from services.log.log import borne, next_of_kind, sealed_part
from services.matching.computing import Computing, Ended, NotComputed, record_of
from services.matching.solving import Table
from services.vault.opening import Reading
from services.vault.vault import Vault

SETTLED: Final = (MatchingRunMade, MatchingRunGivenUp, MatchingRunDiscarded)
SEED: Final = "matching"  # the purpose of the key by which seeds are made
LATER: Final = frozenset({"busy", "unanswered"})
Ask = Callable[[str, dict[str, Any]], Awaitable[Reply]]
logger = structlog.get_logger()


class Handed(NamedTuple):
    """What is handed in of a run: a command by its name, with its body."""

    run_id: MatchingRunId
    name: str
    body: dict[str, Any]


def is_computing(connection: psycopg.Connection) -> bool:
    """Whether a run was asked for and is not settled; without the tags, which not all may read."""
    asked = _runs(connection, MatchingRunAsked)
    return bool(asked) and not asked <= _runs(connection, *SETTLED)


def _runs(connection: psycopg.Connection, *kinds: type[Event]) -> set[str]:
    """The runs of which facts of these kinds tell."""
    rows = (row for kind in kinds for row in next_of_kind(connection, kind, 0))
    return {decode(row.document).event.subject_id() for row in rows}


class MatchingDesk:
    """Computes what was asked for. `work` is for one thread, `hand_in` for the event loop."""

    def __init__(
        self, url: str, vault: Vault, solve: Callable[[Table], Solution] | None = None
    ) -> None:
        """`url` is that of the log."""
        self._connection = KeptConnection(url)
        self._turn = Lock()
        self._vault, self._computing = vault, Computing()
        self._solve = solve or self._computing
        self._position = 0
        self._asked: dict[MatchingRunId, Recorded[MatchingRunAsked]] = {}
        self._found: list[Handed] = []

    def _seed(self, digest: str) -> str:
        """For the same inputs always the same; who has no master key can't foretell it."""
        return blake2b(digest.encode(), key=self._vault.own_key(SEED), digest_size=32).hexdigest()

    def close(self) -> None:
        """Let go what is computed just now, and give the connection back."""
        self._computing.end()
        with self._turn:
            self._connection.close()

    def work(self) -> None:
        """Compute the next run that is asked for and not settled, if there is one. Raises
        psycopg.Error, and Ended once it was closed.
        """
        with self._turn:
            self._computing.go_on()
            self._work()

    def _work(self) -> None:
        with self._connection.used() as connection:
            self._read(connection)
            if not self._asked:
                return
            settled = borne(connection, self._asked, SETTLED)
            self._asked = {name: it for name, it in self._asked.items() if name not in settled}
            self._found = [one for one in self._found if one.run_id not in settled]
            at_hand = {one.run_id for one in self._found}
            name = next((one for one in self._asked if one not in at_hand), None)
            inputs = self._opened(connection, self._asked[name]) if name else None
        if name and inputs is None:
            del self._asked[name]  # of somebody who was erased: it can be put aside, and no more
        elif name and inputs:
            self._found.append(self._computed(self._asked[name], inputs))

    def _read(self, connection: psycopg.Connection) -> None:
        for row in next_of_kind(connection, MatchingRunAsked, self._position):
            fact: Recorded[Any] = decode(row.document)
            self._asked[fact.event.run_id] = fact
            self._position = row.position

    def _opened(
        self, connection: psycopg.Connection, fact: Recorded[MatchingRunAsked]
    ) -> Inputs | None:
        reading = Reading(self._vault, partial(sealed_part, connection))
        opened = reading(fact.event)
        inputs = opened.inputs if isinstance(opened, MatchingRunAsked) else None
        return inputs if isinstance(inputs, Inputs) else None

    def _computed(self, fact: Recorded[MatchingRunAsked], inputs: Inputs) -> Handed:
        run_id = fact.event.run_id
        try:
            record = record_of(run_id, inputs, self._seed, self._solve)
        except Ended:
            raise
        except NotComputed as problem:
            logger.error("matching.not-computed", run_id=run_id, reason=problem.reason.value)  # noqa: TRY400 - it says it all
            return _found(fact, GiveUpRun(run_id=run_id, reason=problem.reason))
        except Exception:
            logger.exception("matching.not-computed", run_id=run_id)
            return _found(fact, GiveUpRun(run_id=run_id, reason=GivenUpReason.FAILED))
        return _found(fact, record)

    async def hand_in(self, asking: Ask) -> None:
        """Ask for what was found; what the door can't take waits for the next time."""
        for one in [*self._found]:
            reply = await asking(one.name, one.body)
            if reply.status in LATER:
                return
            self._found.remove(one)
            fact = self._asked.pop(one.run_id)
            if reply.status == "accepted":
                continue
            code = reply.code or reply.status
            logger.error("matching.not-recorded", run_id=one.run_id, code=code)
            if one.name == RecordRun.name:  # it will not be otherwise the next time
                self._asked[one.run_id] = fact
                wish = GiveUpRun(run_id=one.run_id, reason=GivenUpReason.FAILED)
                self._found.append(_found(fact, wish))


def _found(fact: Recorded[MatchingRunAsked], command: Command) -> Handed:
    cause = fact.envelope
    named = CommandId.derived(cause.recorded, cause.id, command.name)
    body = by_itself(named, command.model_dump(mode="json"))
    return Handed(fact.event.run_id, command.name, following(body, cause.origin, cause.id))
