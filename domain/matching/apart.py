"""Who a coordinator keeps apart when people are matched, and does not any more."""

from collections.abc import Iterator
from enum import StrEnum
from typing import Annotated, ClassVar

from domain.decision import Act, Command, Decides, Know, Refusal
from domain.in_confidence import NoConcern
from domain.pairings.compatibility import Circle
from domain.pairings.engagement import Engagement
from domain.people.person import Person, SamePerson
from events.event import Event
from events.ids import CohortId, PersonId
from events.matching import PairAllowed, PairForbidden
from events.terms import Role, Side


class ForbidReason(StrEnum):
    """Why a coordinator keeps two people apart."""

    KNOWN_CONFLICT = "known-conflict"
    ASKED_BY_ONE = "asked-by-one"
    TEAM = "team"
    OTHER = "other"


class AllowReason(StrEnum):
    """Why a coordinator does not keep two people apart any more."""

    SETTLED = "settled"
    ASKED_BY_BOTH = "asked-by-both"
    MISTAKE = "mistake"
    OTHER = "other"


class NotForYouToAllow(Refusal):
    """Only a coordinator can do so who is neither of the two, nor close to one of them."""

    code = "matching.not-for-you-to-allow"


def must_be_for_them(act: Act, one: Circle, other: Circle) -> None:
    """Refuses who is one of the two, or close to one."""
    if act.person and act.person in {one.person_id, other.person_id, *one.close, *other.close}:
        raise NotForYouToAllow


class ForbidPair(Command, Decides[Engagement, Engagement, Circle]):
    """A coordinator keeps two people of a cohort apart, for a reason."""

    name: ClassVar = "matching.forbid-pair"
    cohort_id: CohortId
    patient_leader_id: PersonId
    healthcare_leader_id: PersonId
    reason: Annotated[ForbidReason, NoConcern]

    def needs(self, know: Know) -> tuple[Engagement, Engagement, Circle]:
        one = know(Engagement(self.cohort_id, self.patient_leader_id))
        other = know(Engagement(self.cohort_id, self.healthcare_leader_id))
        return one, other, know(Circle(self.patient_leader_id))

    def decide(
        self, act: Act, one: Engagement, other: Engagement, circle: Circle
    ) -> Iterator[Event]:
        if self.patient_leader_id == self.healthcare_leader_id:
            raise SamePerson
        one.must_be_from(Side.PATIENT_LEADER)
        other.must_be_from(Side.HEALTHCARE_LEADER)
        kept = self.cohort_id, self.healthcare_leader_id
        if kept not in circle.forbidden or circle.forbidden[kept] != self.reason.value:
            yield PairForbidden(**self.model_dump())


class AllowPair(Command, Decides[Person, Person, Circle, Circle]):
    """A coordinator does not keep two people of a cohort apart any more, for a reason.

    Whatever else is between the two counts as before.
    """

    name: ClassVar = "matching.allow-pair"
    roles: ClassVar = frozenset({Role.COORDINATOR})
    cohort_id: CohortId
    patient_leader_id: PersonId
    healthcare_leader_id: PersonId
    reason: AllowReason

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
        if pair in one.forbidden or one.allowed.get(pair) not in (None, reason):
            yield PairAllowed(**self.model_dump())
