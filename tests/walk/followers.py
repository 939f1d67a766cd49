"""What follows from facts, in a walk: wishes of policies, what is due, letters, and read models."""

from collections import defaultdict
from collections.abc import Callable, Iterator
from datetime import datetime
from random import Random
from typing import Any, NamedTuple

from domain.catalogue import NOTICES, POLICIES
from domain.policy import rule_of
from events.catalogue import Recorded
from events.event import Event
from events.ids import CommandId
from projections.agenda import AGENDA, AgendaRow
from projections.catalogue import ALL
from projections.dues import Due
from projections.projection import Projection, Row
from projections.tasks import TASKS, TaskRow
from services.door.asking import by_itself, following
from services.door.replies import Reply
from services.log.wishes import Accepted, Answer, Refused
from services.notices.emails import as_email, message_id
from services.notices.entering import LedgerEntry, entries_for
from services.notices.letters import PLACEHOLDER, write
from services.notices.pages import page
from services.vault.opening import Reading, opened
from services.workers import policies, scheduler
from services.workers.notifier import TOLD
from services.workers.scheduler import Asked as WasAsked
from services.workers.scheduler import DueRequest, Name
from tests.scenes.office import OFFICE
from tests.walk.door import Asked, WalkClock
from tests.walk.keys import KeyStore, PlainVault
from tests.walk.log import WalkLog
from tests.walk.writer import WatchedMemory

Keyed = tuple[str, str]
"""A read model and the key of one of its rows."""


class WalkPolicies:
    """Reads facts in order, and asks for what follows from them. It may be behind."""

    def __init__(self, log: WalkLog) -> None:
        self._log, self.checkpoint = log, 0

    @property
    def behind(self) -> bool:
        return self.checkpoint < self._log.head

    def next(self) -> Iterator[Asked]:
        """What follows from the next fact."""
        fact = self._log.facts[self.checkpoint]
        self.checkpoint += 1
        for policy in POLICIES.get(type(fact.event), ()):
            for number, command in enumerate(policy(fact)):
                cause = fact.envelope
                named = CommandId.derived(cause.recorded, cause.id, rule_of(policy), str(number))
                data = command.model_dump(mode="json", exclude_none=True)
                body = following(by_itself(named, data), cause.origin, cause.id)
                yield Asked(command.name, body, policies.WORKER)


class WalkScheduler:
    """Asks for what the agenda says is due; its clock is its own. What is asked for again, and
    when, is the scheduler's own code.
    """

    def __init__(self, agenda: Callable[[], dict[str, AgendaRow]]) -> None:
        self._agenda = agenda
        self.asked: dict[Name, WasAsked] = {}

    def due(self, now: datetime) -> list[DueRequest]:
        """What is to be asked for at `now`, the oldest first."""
        found = [one for one in self.waiting(now) if one.asked is None or one.asked.is_over(now)]
        return sorted(found, key=lambda one: (one.at, one.key))

    def waiting(self, now: datetime) -> Iterator[DueRequest]:
        """All that is due, with what came of it."""
        for key, row in self._agenda().items():
            if row.next_at is not None and row.next_at <= now:
                for one in row.due:
                    if one.at <= now:
                        yield self._request(key, row, one)

    def _request(self, key: str, row: AgendaRow, one: Due) -> DueRequest:
        found = DueRequest(key, one.command, one.at, dict(one.data), row.position)
        return found._replace(asked=self.asked.get(found.name))

    def next_at(self) -> datetime | None:
        """When the next thing falls due, or is asked for again, that is not settled."""
        moments = []
        for key, row in self._agenda().items():
            for one in row.due:
                asked = self._request(key, row, one).asked
                if asked is None or not asked.settled:
                    moments.append(asked.again_at if asked else one.at)
        return min(moments, default=None)

    def answered(self, one: DueRequest, answer: Answer | None, now: datetime) -> None:
        """What comes of it by this answer."""
        self.asked[one.name] = one.after(reply_of(answer), now)


def reply_of(answer: Answer | None) -> Reply:
    """An answer as it goes over the bus, as far as the scheduler reads it."""
    if isinstance(answer, Accepted):
        return Reply(status="accepted")
    if isinstance(answer, Refused):
        return Reply(status="refused", code=answer.code)
    return Reply(status="failed")


def asked_for(one: DueRequest) -> Asked:
    """The request of the scheduler."""
    return Asked(one.command, by_itself(one.command_id, one.data), scheduler.WORKER)


class WalkNotifier:
    """Words each notice when its fact has happened, on what was known then."""

    def __init__(self, log: WalkLog, store: KeyStore, clock: WalkClock) -> None:
        self._log, self._store, self._clock = log, store, clock
        self.go_on_at(0)
        self.letters = 0

    def begin(self) -> None:
        """A new process, which goes on where the last one was."""
        self.go_on_at(self.memory.head)

    def go_on_at(self, head: int) -> None:
        """All before was told by somebody else."""
        self._vault = PlainVault(self._store)
        self.memory = self._memory_at(head)

    @property
    def behind(self) -> bool:
        return self.memory.head < self._log.head

    def next(self) -> None:
        """Word what answers the next fact. Raises whatever stands in the way."""
        row = self._log.rows[self.memory.head]
        self.memory.learn_stored(row)
        self.memory.head = row.position
        for one in self._entries(row.position, self.memory):
            self._written(one)
        self.memory.forget_some()

    def again(self, position: int) -> None:
        """As when a notice is due for longer: worded once more, with nothing at hand."""
        for one in self._entries(position, self._memory_at(position)):
            self._written(one)

    def _entries(self, position: int, memory: WatchedMemory) -> list[LedgerEntry]:
        fact = self._log.facts[position - 1]
        if type(fact.event) not in TOLD:
            return []
        known = Recorded(fact.envelope, memory.opened(fact.event, self._log))
        return entries_for(known, memory, self._log) if type(known.event) in NOTICES else []

    def _written(self, one: LedgerEntry) -> None:
        letter = write([one.notice], one.reach, self._vault.open, OFFICE)
        if letter is None:
            return
        self.letters += 1
        said = f"{letter.subject}\n{letter.body}"
        if not letter.subject or PLACEHOLDER.search(said) or "erased" in said:
            raise ValueError(f"{one.notice.template} says {said!r}")
        if letter.is_by_hand:
            page(letter, ["done"])
        elif self.letters % 10 == 0:
            named = message_id([(*one.key, 0)], OFFICE)
            as_email(letter, named, OFFICE, self._clock.now()).as_bytes()

    def _memory_at(self, head: int) -> WatchedMemory:
        return WatchedMemory(head, Reading(self._vault, _nothing_beside), 4000)


def _nothing_beside(_: str) -> bytes:
    raise LookupError("no notice tells what is kept beside the log")


class RowKey(NamedTuple):
    projection: Projection[Any]
    key: str


class WalkProjector:
    """Folds each fact into all read models. Now and then a row is stored and read again."""

    def __init__(self, log: WalkLog, chance: Random) -> None:
        self._log, self._chance, self.checkpoint = log, chance, 0
        self.rows: defaultdict[str, dict[str, Row]] = defaultdict(dict)
        self.touched: dict[RowKey, None] = {}

    @property
    def behind(self) -> bool:
        return self.checkpoint < self._log.head

    def next(self) -> None:
        """Fold the next fact. Raises what a fold raises."""
        fact = self._log.facts[self.checkpoint]
        self.checkpoint += 1
        for projection in ALL:
            rows = self.rows[projection.name]
            for key in projection.keys(fact.event):
                self._fold(projection, rows, fact, key)

    def _fold(
        self, projection: Projection[Any], rows: dict[str, Row], fact: Recorded[Event], key: str
    ) -> None:
        row = projection.fold(rows.pop(key, None), fact, key)
        if row is not None:
            if self._chance.random() < 0.05:
                row = projection.row.model_validate_json(row.model_dump_json())
            rows[key] = row
        self.touched[RowKey(projection, key)] = None

    def agenda(self) -> dict[str, AgendaRow]:
        """What waits, by what it is about."""
        return self.rows[AGENDA.name]  # type: ignore[return-value]  # they are its rows

    def tasks(self) -> dict[str, TaskRow]:
        """What waits for a person, by the task's id."""
        return self.rows[TASKS.name]  # type: ignore[return-value]  # as above

    def shown(self, one: RowKey, vault: PlainVault | None) -> Any:
        """What people are shown of a row, with or without keys; None if they are shown none."""
        row = self.rows[one.projection.name].get(one.key)
        stored = row.model_dump(mode="json") if row else None
        if stored is None or one.projection.is_unseen(stored):
            return None
        return one.projection.shown(opened(stored, vault))
