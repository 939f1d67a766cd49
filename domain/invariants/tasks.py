"""What must hold of tasks: somebody takes on, and does, only what waits; and how one can tell that
without the table of what waits.
"""

from collections.abc import Callable, Iterator, Mapping
from types import MappingProxyType
from typing import Any, ClassVar, Final

from domain.invariants.chronicle.chronicle import Chronicle
from domain.invariants.invariant import Finding, Invariant
from domain.invariants.learning import learns
from events.catalogue import Recorded
from events.ids import Id, TaskId
from events.needs import Kind
from events.tasks import TaskDone, TaskHandedOn, TaskReopened, TaskTaken
from events.terms import Lack

Tells = Callable[[Chronicle, Any], bool]


def _silent_employer(log: Chronicle, about: Any) -> bool:
    one = log.places.all.get(about)
    return one is not None and one.holds == "accepted" and bool(one.silent_at)


def _lost_release(log: Chronicle, about: Any) -> bool:
    one = log.places.all.get(about)
    return one is not None and one.unreleased and bool(one.lost_at)


def _on_a_break(log: Chronicle, about: Any) -> bool:
    one = log.pairs.get(about)
    return one is not None and one.state == "paused"


def _held(log: Chronicle, about: Any) -> bool:
    one = log.pairs.get(about)
    return one is not None and one.state == "held"


def _open_register(log: Chronicle, about: Any) -> bool:
    one = log.workshops.all.get(about)
    if one is None or one.held_at or one.cancelled_at:
        return False
    asked = (told.get(one.register_due, 0) for told in (one.late, one.near))
    return any(at > one.moved_at for at in asked) or one.reopened is not None


def _no_host(log: Chronicle, about: Any) -> bool:
    one = log.projects.all.get(about)
    return one is not None and one.live and not one.host_at


def _to_approve(log: Chronicle, about: Any) -> bool:
    one = log.projects.all.get(about)
    return one is not None and one.status == "proposed"


def _late_milestone(log: Chronicle, about: Any) -> bool:
    one = log.projects.all.get(about)
    late = (it for it in one.milestones if it.due_on in it.overdue) if one and one.live else ()
    return any(it.ahead and not it.reached for it in late)


def _silent_contact(log: Chronicle, about: Any) -> bool:
    one = log.contacts.open.get(about)
    return one is not None and bool(one.unanswered_at) and not (one.agreed_at or one.declined_at)


def _undelivered(log: Chronicle, about: Any) -> bool:
    return about in log.notices.open


def _lacks(what: Lack) -> Tells:
    return lambda log, about: log.troubles.open.get(about) is what


TELLS: Final[Mapping[Kind, Tells]] = MappingProxyType(
    {
        Kind.EMPLOYER: _silent_employer,
        Kind.LOST: _lost_release,
        Kind.PAUSED: _on_a_break,
        Kind.HELD: _held,
        Kind.REGISTER: _open_register,
        Kind.HOST: _no_host,
        Kind.PROJECT: _to_approve,
        Kind.MILESTONE: _late_milestone,
        Kind.CONTACT: _silent_contact,
        Kind.NOTICE: _undelivered,
        Kind.MESSAGE_LACKS: _lacks(Lack.MESSAGE),
        Kind.LIST_LACKS: _lacks(Lack.LIST),
        Kind.STEP_LACKS: _lacks(Lack.NEXT_STEP),
    }
)
"""Of which tasks one can tell by the state of the thing alone whether something waits."""


def waits(log: Chronicle, task_id: TaskId) -> bool | None:
    """Whether something waits, by the state of the thing; None where that does not tell."""
    tells = TELLS.get(Kind(task_id.kind))
    return tells(log, task_id.about) if tells else None


def all_that_waits(log: Chronicle) -> Iterator[TaskId]:
    """The tasks that should be open, of those of which one can tell."""
    things: dict[Kind, Mapping[Any, object]] = {
        **dict.fromkeys((Kind.EMPLOYER, Kind.LOST), log.places.all),
        **dict.fromkeys((Kind.PAUSED, Kind.HELD), log.pairs.live),
        **dict.fromkeys((Kind.HOST, Kind.PROJECT, Kind.MILESTONE), log.projects.going_on),
        Kind.REGISTER: log.workshops.all,
        Kind.CONTACT: log.contacts.open,
        Kind.NOTICE: log.notices.open,
        **dict.fromkeys((Kind.MESSAGE_LACKS, Kind.LIST_LACKS, Kind.STEP_LACKS), log.troubles.open),
    }
    for kind, found in things.items():
        yield from (TaskId.of(kind, one) for one in found if TELLS[kind](log, one))


class OfWhatWaits(Invariant):
    """Somebody took on, or did, a task for which nothing waited."""

    name: ClassVar = "tasks.of-what-waits"

    @learns(TaskTaken, TaskHandedOn, TaskDone)
    def happened(self, fact: Recorded[Any]) -> list[Finding] | None:
        """Where the state of the thing tells."""
        task_id, at = fact.event.task_id, fact.envelope.position
        if waits(self.log, task_id) is not False:
            return None
        about: Id = task_id.about
        return [self.found((about,), at)]


class NotAboutThemselves(Invariant):
    """Somebody has a task about themselves and their partner."""

    name: ClassVar = "tasks.not-about-themselves"

    @learns(TaskTaken, TaskHandedOn)
    def owned(self, fact: Recorded[Any]) -> list[Finding] | None:
        """Of those that are about a pair."""
        pair, who = self.log.pairs.get(fact.event.task_id.about), fact.event.person_id
        if pair is None or who not in pair.both:
            return None
        return [self.found((pair.pairing_id, who), pair.proposed_at, fact.envelope.position)]


class DoneWithATask(Invariant):
    """A task was opened again that nobody had said was done."""

    name: ClassVar = "tasks.done-with-a-task"

    def __init__(self, chronicle: Chronicle) -> None:
        super().__init__(chronicle)
        self._done = set[TaskId]()

    @learns(TaskDone)
    def done(self, fact: Recorded[TaskDone]) -> None:
        """It may come again, and be done again."""
        self._done.add(fact.event.task_id)

    @learns(TaskReopened)
    def reopened(self, fact: Recorded[TaskReopened]) -> list[Finding] | None:
        """Once for each time that it was done."""
        task_id = fact.event.task_id
        if task_id not in self._done:
            return [self.found((task_id.about,), fact.envelope.position)]
        self._done.remove(task_id)
        return None
