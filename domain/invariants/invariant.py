"""What every invariant has in common: a name for ever, the rules that it holds, and its fold."""

from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta
from typing import Any, ClassVar, Final, NamedTuple

from domain.invariants.chronicle.chronicle import Chronicle
from domain.invariants.chronicle.cohorts import CohortLife
from domain.invariants.learning import Learner
from events.catalogue import Recorded

LATE: Final = timedelta(days=2)
"""So long what is due may wait while other things happen, before it counts as forgotten."""
SOON: Final = timedelta(hours=1)
"""So long what follows by itself may take while other things happen."""


class Finding(NamedTuple):
    """A state that should not exist: which invariant it breaks, about which things and people, and
    the positions of the facts that led there, in order; the last one brought it about.
    """

    invariant: str
    about: tuple[str, ...]
    led_there: tuple[int, ...]


class Invariant(Learner):
    """One thing that must hold at every prefix of history.

    The docstring of each kind is the sentence that people are shown when it does not hold: it says
    what has come about. Each state is told once, at the fact that brought it about. What an
    invariant can't read, because it fell with somebody who was erased, it says nothing about.
    """

    name: ClassVar[str]
    """`<subject>.<what-must-hold>`, never renamed."""
    rules: ClassVar[tuple[int, ...]] = ()
    """The rules that it holds, by their numbers in docs/rules.md."""
    opens: ClassVar[bool] = False
    """Whether it rests on what is sealed, so that without keys it finds nothing."""
    of_a_case: ClassVar[bool] = False
    """Whether it rests on who ended a pairing, which is for those who look after the case alone."""

    def __init__(self, chronicle: Chronicle) -> None:
        """`chronicle` learns each fact before this invariant does."""
        self.log = chronicle

    def learn(self, fact: Recorded[Any]) -> Iterator[Finding]:
        """What this fact brought about that must not be."""
        for name in self.methods.get(type(fact.event), ()):
            yield from getattr(self, name)(fact) or ()

    def settled(self) -> Iterator[Finding]:
        """What must not be once all facts of a command are known."""
        return iter(())

    def standing(self, now: datetime) -> Iterator[Finding]:
        """What must not stand at this moment, although no fact is new."""
        return iter(())

    def found(self, about: Iterable[str | None], *led_there: int) -> Finding:
        """A finding of this invariant; ids that are absent, and positions that are 0, are left
        out.
        """
        ids = tuple(dict.fromkeys(str(one) for one in about if one is not None))
        return Finding(self.name, ids, tuple(sorted({one for one in led_there if one})))

    def waits(self, since: datetime, now: datetime, patience: timedelta = LATE) -> bool:
        """Whether something has waited too long since a moment, while other facts were recorded."""
        return since + patience <= min(now, self.log.latest)

    def waits_in(
        self, cohort: CohortLife, since: datetime, now: datetime, patience: timedelta = LATE
    ) -> bool:
        """The same of what rests while its cohort is over: where that is taken back, it waits from
        then on.
        """
        over = cohort.completed_at or cohort.cancelled_at
        return not over and self.waits(max(since, cohort.on_again), now, patience)

    @classmethod
    def sentence(cls) -> str:
        """What has come about, and should not exist."""
        return " ".join((cls.__doc__ or "").split())
