"""What may happen to an expression of interest, which comes before any application."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import ClassVar, Final

from domain.cohorts.cohort import Cohort
from domain.decision import Act, Command, Decides, Know, Knowledge, Refusal, learns
from domain.people.person import BY_OR_FOR_A_PERSON, Person, UnknownPerson
from events.event import Event
from events.ids import CohortId, PersonId
from events.interest import InterestExpressed, InterestWithdrawn, InvitedToApply
from events.personal import Words
from events.terms import Code, Side

SAYS: Final = ("side", "heard_through", "words")
"""What somebody may say of their interest."""


@dataclass
class Interest(Knowledge):
    """Whether somebody would like to hear more, and to which cohorts we have invited them."""

    unopened: ClassVar = True
    person_id: PersonId | None
    expressed: InterestExpressed | None = None
    withdrawn: bool = False
    invited: set[CohortId] = field(default_factory=set)

    @property
    def tags(self) -> tuple[str | None, ...]:
        return (self.person_id,)

    def must_be_known(self) -> None:
        """Refuses somebody who never told us that they are interested."""
        if not self.expressed:
            raise UnknownInterest

    def must_last(self) -> None:
        """Refuses somebody who does not want to hear from us any more."""
        self.must_be_known()
        if self.withdrawn:
            raise NoLongerInterested

    @learns(InterestExpressed)
    def came(self, event: InterestExpressed) -> None:
        self.expressed, self.withdrawn = event, False

    @learns(InvitedToApply)
    def asked(self, event: InvitedToApply) -> None:
        self.invited.add(event.cohort_id)

    @learns(InterestWithdrawn)
    def lost(self, event: InterestWithdrawn) -> None:
        self.withdrawn = True
        self.invited.clear()


class UnknownInterest(Refusal):
    """We don't know that this person is interested. Note their interest first."""

    code = "interest.unknown"


class NoLongerInterested(Refusal):
    """The person is not interested any more, so please don't write to them about this."""

    code = "interest.withdrawn"


class ExpressInterest(Command, Decides[Person, Interest]):
    """Somebody would like to know more, or to help. Whoever says more of it later has it noted
    beside what they said before; no rule reads their words.
    """

    name: ClassVar = "interest.express"
    roles: ClassVar = BY_OR_FOR_A_PERSON
    of_people: ClassVar = True
    person_id: PersonId
    side: Side | None = None
    heard_through: Code | None = None
    words: Words | None = None

    def needs(self, know: Know) -> tuple[Person, Interest]:
        return know(Person(self.person_id)), know(Interest(self.person_id))

    def decide(self, act: Act, person: Person, interest: Interest) -> Iterator[Event]:
        act.must_speak_for(self.person_id)
        person.must_take_part()
        given = {name: it for name in SAYS if (it := getattr(self, name)) is not None}
        before = interest.expressed
        if before is None or interest.withdrawn:
            yield InterestExpressed.model_validate({"person_id": self.person_id, **given})
        elif given and given != {"side": before.side}:
            yield before.model_copy(update=given)


class InviteToApply(Command, Decides[Cohort, Person, Interest]):
    """A coordinator tells somebody who is interested about a cohort, while they can still apply.

    It may be told before the cohort opens, so that people can get ready.
    """

    name: ClassVar = "interest.invite"
    cohort_id: CohortId
    person_id: PersonId

    def needs(self, know: Know) -> tuple[Cohort, Person, Interest]:
        person_id = self.person_id
        return know(Cohort(self.cohort_id)), know(Person(person_id)), know(Interest(person_id))

    def decide(
        self, act: Act, cohort: Cohort, person: Person, interest: Interest
    ) -> Iterator[Event]:
        person.must_be_known()
        interest.must_last()
        if cohort.known and self.cohort_id in interest.invited:
            return
        cohort.must_not_be_over(act, self.person_id)
        yield InvitedToApply(person_id=self.person_id, cohort_id=self.cohort_id)


class WithdrawInterest(Command, Decides[Person, Interest]):
    """Somebody is not interested any more."""

    name: ClassVar = "interest.withdraw"
    roles: ClassVar = BY_OR_FOR_A_PERSON
    of_people: ClassVar = True
    person_id: PersonId

    def needs(self, know: Know) -> tuple[Person, Interest]:
        return know(Person(self.person_id)), know(Interest(self.person_id))

    def decide(self, act: Act, person: Person, interest: Interest) -> Iterator[Event]:
        act.must_speak_for(self.person_id)
        person.must_be_known()
        interest.must_be_known()
        if not interest.withdrawn:
            yield InterestWithdrawn(person_id=self.person_id)


class EndInterestOf(Command, Decides[Person, Interest]):
    """Somebody does not agree to the use of their data any more, so nobody writes to them."""

    name: ClassVar = "interest.end-that-of"
    of_people: ClassVar = True
    person_id: PersonId

    def needs(self, know: Know) -> tuple[Person, Interest]:
        return know(Person(self.person_id)), know(Interest(self.person_id))

    def decide(self, act: Act, person: Person, interest: Interest) -> Iterator[Event]:
        if not person.registered:
            raise UnknownPerson
        if person.takes_no_part and interest.expressed and not interest.withdrawn:
            yield InterestWithdrawn(person_id=self.person_id)
