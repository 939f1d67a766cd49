"""What the team does about whatever waits for it; and what should wait, and does not."""

from collections.abc import Iterator, Mapping
from typing import Final

from domain.invariants.chronicle.chronicle import Chronicle
from domain.invariants.tasks import all_that_waits, waits
from domain.tasks.doing import HowDone
from events.cohorts import CohortStarted
from events.event import Event
from events.ids import NoticeId, TaskId
from events.notices import NoticeUndelivered
from events.offers import OfferMade
from events.pairings import PairingHeld
from events.people import PersonDetailsChanged
from events.terms import Lack, Role
from events.what_waits import ALL
from projections.tasks import TASKS, TaskRow, TaskState
from tests.scenes.given import NOON
from tests.walk.lives import Lives, after

MAKERS: Final = tuple(dict.fromkeys(kind for need in ALL for kind in need.made))
VISIBLE: Final = (TaskState.OPEN, TaskState.TAKEN)


@after(*MAKERS)
def something_waits(lives: Lives, fact: Event) -> None:
    """Now and then somebody takes it on, hands it on, and does it, or did not after all."""
    for key in TASKS.keys(fact):
        this = {"task_id": TaskId(key)}
        lives.will(0.1, 3, "task.take", **this)
        lives.will(0.04, 5, "task.hand-on", **this)
        how = lives.chance.choice(tuple(HowDone))
        lives.will(0.05, 8, "task.done", **this, how=how.value)
        lives.will(0.03, 12, "task.reopen", **this)


@after(OfferMade, PairingHeld, PersonDetailsChanged)
def is_not_delivered(lives: Lives, fact: Event) -> None:
    """Of a message about it somebody has to hear, once or twice."""
    one = NoticeId.derived(NOON, str(lives.chance.random()))
    about = {"notice_id": one, "cohort_id": getattr(fact, "cohort_id", None)}
    for days in (1, 4):
        lives.will(0.2, days, "notice.report", role=Role.SYSTEM, **about)


@after(NoticeUndelivered)
def is_seen_to(lives: Lives, fact: NoticeUndelivered) -> None:
    """Somebody sees to it, or whoever runs the system does; it may be said again, or too often."""
    this = {"notice_id": fact.notice_id}
    lives.will(0.5, 2, "notice.done", **this)
    lives.will(0.3, 3, "notice.send-again", **this)
    lives.will(0.3, 3, "notice.settle", role=Role.SYSTEM, **this)


@after(CohortStarted, PairingHeld)
def is_not_taken_in(lives: Lives, fact: CohortStarted | PairingHeld) -> None:
    """Something may be lacking for a while, of a cohort or of none; and it is said too often."""
    of = lives.chance.choice(({"cohort_id": fact.cohort_id}, {"cohort_id": None}))
    this = {**of, "lacks": lives.chance.choice(tuple(Lack)).value}
    for likely, days, name in ((0.6, 2, "note"), (0.2, 3, "note"), (0.5, 6, "settle")):
        lives.will(likely, days, f"trouble.{name}", role=Role.SYSTEM, **this)


def wrongly_listed(log: Chronicle, rows: Mapping[str, TaskRow]) -> Iterator[TaskId]:
    """The tasks that are open though nothing waits, and those that are missing though it does."""
    shown = {TaskId(key) for key, row in rows.items() if row.state in VISIBLE}
    yield from (one for one in shown if waits(log, one) is False)
    for one in all_that_waits(log):
        row = rows.get(one)
        if one not in shown and not (row and row.state is TaskState.DONE):
            yield one
