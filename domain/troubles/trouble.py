"""Something that may be lacking: that it is noted, and settled, by the scheduler of itself."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar

from domain.cohorts.cohort import Cohort
from domain.decision import Act, Command, Decides, Know, Knowledge, learns
from events.event import Event
from events.ids import CohortId, TroubleId
from events.terms import BEGUN, Lack, Role, System
from events.troubles import TroubleNoted, TroubleSettled


@dataclass
class Trouble(Knowledge):
    """Whether a trouble is noted, and not settled since."""

    trouble_id: TroubleId | None
    stands: bool = False

    @property
    def tags(self) -> tuple[str | None, ...]:
        return (self.trouble_id,)

    @learns(TroubleNoted)
    def noted(self, _: TroubleNoted) -> None:
        self.stands = True

    @learns(TroubleSettled)
    def settled(self, _: TroubleSettled) -> None:
        self.stands = False


class OfATrouble:
    """What both wishes have in common: what lacks, in a cohort or beside all, is one trouble."""

    roles: ClassVar = frozenset({Role.SYSTEM})
    systems: ClassVar = frozenset({System.SCHEDULER})
    cohort_id: CohortId | None
    lacks: Lack

    @property
    def trouble_id(self) -> TroubleId:
        """The same whenever the same lacks."""
        return TroubleId.derived(BEGUN, self.lacks, self.cohort_id or "")

    def needs(self, know: Know) -> tuple[Trouble, Cohort]:
        return know(Trouble(self.trouble_id)), know(Cohort(self.cohort_id))


class NoteTrouble(OfATrouble, Command, Decides[Trouble, Cohort]):
    """Something that a worker can't take in is left as it is for minutes, so something may lack."""

    name: ClassVar = "trouble.note"
    cohort_id: CohortId | None = None
    lacks: Lack

    def decide(self, _: Act, trouble: Trouble, cohort: Cohort) -> Iterator[Event]:
        cohort.must_be_planned()
        if not trouble.stands:
            yield TroubleNoted(
                trouble_id=self.trouble_id, cohort_id=self.cohort_id, lacks=self.lacks
            )


class SettleTrouble(OfATrouble, Command, Decides[Trouble, Cohort]):
    """Nothing is left that could not be taken in, so nothing lacks any more."""

    name: ClassVar = "trouble.settle"
    cohort_id: CohortId | None = None
    lacks: Lack

    def decide(self, _: Act, trouble: Trouble, cohort: Cohort) -> Iterator[Event]:
        cohort.must_be_planned()
        if trouble.stands:
            yield TroubleSettled(trouble_id=self.trouble_id, cohort_id=self.cohort_id)
