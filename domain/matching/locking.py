"""What may happen before two people are matched: they are locked together, and no more."""

from collections.abc import Iterator
from enum import StrEnum
from typing import Annotated, ClassVar

from domain.cohorts.cohort import Cohort
from domain.decision import Act, Command, Decides, Know, Refusal
from domain.in_confidence import NoConcern
from domain.matching.apart import must_be_for_them
from domain.pairings.compatibility import Circle
from domain.pairings.proposals import Two, possible, two_of
from domain.people.person import Person
from events.event import Event
from events.ids import CohortId, PersonId
from events.matching import PairLocked, PairUnlocked
from events.terms import Role


class LockReason(StrEnum):
    """Why two people are to lead together, whatever else speaks for it."""

    ASKED_BY_BOTH = "asked-by-both"
    WORK_IN_HAND = "work-in-hand"
    TEAM = "team"
    OTHER = "other"


class UnlockReason(StrEnum):
    """Why a run may choose again for two people who were locked."""

    ASKED_BY_ONE = "asked-by-one"
    HOLDS_NO_MORE = "holds-no-more"
    MISTAKE = "mistake"
    OTHER = "other"


class LockedWithAnother(Refusal):
    """One of the two is locked with somebody else in this cohort. Take that lock back first."""

    code = "matching.locked-with-another"


class LockPair(Command, Decides[Cohort, Two]):
    """A coordinator has two people lead together: the next run takes that as given, and finds the
    best for all others.

    Nobody hears of it before they are asked. It stands until they are, or until it is taken back;
    if something keeps the two apart meanwhile the run says that it could not be.
    """

    name: ClassVar = "matching.lock-pair"
    roles: ClassVar = frozenset({Role.COORDINATOR})
    cohort_id: CohortId
    patient_leader_id: PersonId
    healthcare_leader_id: PersonId
    reason: Annotated[LockReason, NoConcern]

    def needs(self, know: Know) -> tuple[Cohort, Two]:
        two = two_of(know, self.cohort_id, self.patient_leader_id, self.healthcare_leader_id)
        return know(Cohort(self.cohort_id)), two

    def decide(self, act: Act, cohort: Cohort, two: Two) -> Iterator[Event]:
        cohort_id, ids = cohort.known.cohort_id, (self.patient_leader_id, self.healthcare_leader_id)
        possible(ids, two)
        must_be_for_them(act, *two[2:4])
        for one in (*two[:2], *two[4:]):
            one.must_be_free()
        for circle, other in zip(two[2:4], ids[::-1], strict=True):
            if circle.locked_with(cohort_id) - {other}:
                raise LockedWithAnother
        if two[2].locked.get((cohort_id, ids[1])) != self.reason.value:
            yield PairLocked(**self.model_dump())


class UnlockPair(Command, Decides[Person, Person, Circle, Circle]):
    """A coordinator takes back that two people are locked, for a reason: a run chooses for them as
    for all others.
    """

    name: ClassVar = "matching.unlock-pair"
    roles: ClassVar = frozenset({Role.COORDINATOR})
    cohort_id: CohortId
    patient_leader_id: PersonId
    healthcare_leader_id: PersonId
    reason: UnlockReason

    def needs(self, know: Know) -> tuple[Person, Person, Circle, Circle]:
        one, other = self.patient_leader_id, self.healthcare_leader_id
        return know(Person(one)), know(Person(other)), know(Circle(one)), know(Circle(other))

    def decide(
        self, act: Act, person: Person, partner: Person, one: Circle, other: Circle
    ) -> Iterator[Event]:
        person.must_be_known()
        partner.must_be_known()
        must_be_for_them(act, one, other)
        pair, reason = (self.cohort_id, self.healthcare_leader_id), self.reason.value
        if pair in one.locked or one.unlocked.get(pair) not in (None, reason):
            yield PairUnlocked(**self.model_dump())
