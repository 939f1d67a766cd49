"""How people stand to each other: how that begins, how it ends, and what rules know of it."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from typing import Annotated, ClassVar

from domain.decision import Act, Command, Decides, Know, Knowledge, Refusal, learns
from domain.in_confidence import NoConcern
from domain.people.person import BY_OR_FOR_A_PERSON, HARD, Between, Person, SamePerson
from domain.people.tie import DIRECTED, NEVER_WAS, OF_ONE, Tie, tie_of
from events.applications import ApplicationStarted
from events.event import Event
from events.ids import PersonId
from events.people import PersonStated, RelationshipDeclared, RelationshipEnded
from events.personal import plain
from events.terms import Code, ProgrammeDay, Relationship, Role, Side


@dataclass
class TiesOf(Knowledge):
    """How one person stands to everybody else, as long as it lasts.

    None is a kind that was erased: it may have been any, and nobody can say that it is over.
    """

    finds_concealed: ClassVar = True
    person_id: PersonId | None
    lasting: set[Tie] = field(default_factory=set)
    erased: set[PersonId] = field(default_factory=set)
    may_treat: set[PersonId] = field(default_factory=set)

    @property
    def tags(self) -> tuple[str | None, ...]:
        return (self.person_id,)

    @property
    def related(self) -> set[tuple[PersonId, Relationship | None]]:
        """The others, each with what is between them."""
        found = {(self._other(tie), tie[2]) for tie in self.lasting}
        return {*found, *((other, None) for other in self.erased)}

    @property
    def treats(self) -> set[PersonId]:
        """Whom they treat, or may have treated."""
        mine = {other for one, other, kind in self.lasting if self._treats(one, kind)}
        return mine | self.may_treat

    @property
    def family(self) -> set[PersonId]:
        """Their family and household, and who may have been."""
        near = (Relationship.FAMILY, Relationship.HOUSEHOLD, None)
        return {other for other, kind in self.related if kind in near}

    @property
    def close(self) -> set[PersonId]:
        """Everybody to whom they are closer than acquainted, or may have been."""
        return {other for other, kind in self.related if kind is None or kind in HARD}

    def _other(self, tie: Tie) -> PersonId:
        return tie[1] if tie[0] == self.person_id else tie[0]

    def _treats(self, one: PersonId, kind: Relationship) -> bool:
        return one == self.person_id and kind is Relationship.TREATS

    @learns(RelationshipDeclared)
    def stands(self, event: RelationshipDeclared) -> None:
        if (kind := plain(event.kind)) is not None:
            self.lasting.add(tie_of(event.person_id, event.other_id, kind))
        elif event.person_id == self.person_id:
            self.erased.add(event.other_id)
            self.may_treat.add(event.other_id)
        else:
            self.erased.add(event.person_id)

    @learns(RelationshipEnded)
    def stood_until(self, event: RelationshipEnded) -> None:
        if (kind := plain(event.kind)) is not None:
            self.lasting.discard(tie_of(event.person_id, event.other_id, kind))

    @learns(PersonStated)
    def stood(self, event: PersonStated) -> None:
        """Somebody who was erased stood to them in a way that nobody can tell any more."""
        if event.person_id != self.person_id:
            self.erased.add(event.person_id)


@dataclass
class AppliedFrom(Knowledge):
    """From which sides somebody ever began to apply."""

    unopened: ClassVar = True
    person_id: PersonId | None
    sides: set[Side] = field(default_factory=set)

    @property
    def tags(self) -> tuple[str | None, ...]:
        return (self.person_id,)

    @learns(ApplicationStarted)
    def begun(self, event: ApplicationStarted) -> None:
        self.sides.add(event.side)


class RelationshipEndReason(StrEnum):
    """Why nothing is between two people any more; a mistake says that it never was."""

    OVER = "relationship.over"
    MOVED_ON = "relationship.moved-on"
    SETTLED = "relationship.settled"
    MISTAKE = NEVER_WAS


class TheOtherWayRound(Refusal):
    """A patient leader would treat a healthcare leader. Name first who treats the other; if it is
    just so, a coordinator can keep the two apart.
    """

    code = "relationship.the-other-way-round"


class NothingBetweenThem(Refusal):
    """We know nothing like this between the two. Check who of them is named first, and the kind."""

    code = "relationship.unknown"


class NotForYouToEnd(Refusal):
    """Only who asked for it can take it back; somebody on the team can note it on their behalf."""

    code = "relationship.not-for-you-to-end"


class ForACoordinatorToEnd(Refusal):
    """Only a coordinator can say so who is neither of the two, nor close to one of them."""

    code = "relationship.for-a-coordinator"


class EndsOnADayToCome(Refusal):
    """The day is still to come. Please say so when it is over."""

    code = "relationship.day-to-come"


class DeclareRelationship(
    Command, Decides[Person, Person, Between, tuple[AppliedFrom, AppliedFrom]]
):
    """Somebody says how two people stand to each other, so that rules keep them apart.

    Whoever treats, manages or refers is named first, and either of the two may say so. Everything
    else is said by who is named first. What worries somebody about somebody is told in confidence
    (`concern.raise`), and not here.
    """

    name: ClassVar = "person.declare-relationship"
    roles: ClassVar = BY_OR_FOR_A_PERSON
    of_people: ClassVar = True
    person_id: PersonId
    other_id: PersonId
    kind: Annotated[Relationship, NoConcern]

    @property
    def is_their_word(self) -> bool:
        """What one of the two alone can say; what is so between two, the team may know as well."""
        return self.kind in OF_ONE

    def needs(self, know: Know) -> tuple[Person, Person, Between, tuple[AppliedFrom, AppliedFrom]]:
        between = know(Between(self.person_id, self.other_id))
        sides = know(AppliedFrom(self.person_id)), know(AppliedFrom(self.other_id))
        return know(Person(self.person_id)), know(Person(self.other_id)), between, sides

    def decide(
        self,
        act: Act,
        person: Person,
        other: Person,
        between: Between,
        applied: tuple[AppliedFrom, AppliedFrom],
    ) -> Iterator[Event]:
        speaks = _whoever_speaks(act, self.person_id, self.other_id)
        act.must_speak_for(speaks if self.kind in DIRECTED else self.person_id)
        person.must_be_known()
        other.must_be_known()
        if self.person_id == self.other_id:
            raise SamePerson
        if tie_of(self.person_id, self.other_id, self.kind) in between.ties:
            return
        _must_be_the_right_way_round(self.kind, *applied)
        yield RelationshipDeclared(person_id=self.person_id, other_id=self.other_id, kind=self.kind)


class EndRelationship(Command, Decides[Person, Person, Between, tuple[TiesOf, TiesOf]]):
    """What was between two people is over, from a day on, or never was.

    The two and the kind are named as they were declared. Who asked not to be paired with somebody
    may take that back, and nobody else. What was noted by mistake is settled by a coordinator who
    is neither of the two nor close to one of them.
    """

    name: ClassVar = "person.end-relationship"
    roles: ClassVar = BY_OR_FOR_A_PERSON
    of_people: ClassVar = True
    person_id: PersonId
    other_id: PersonId
    kind: Annotated[Relationship, NoConcern]
    reason: RelationshipEndReason
    ended_on: ProgrammeDay | None = None
    """The day in London from which it is over; today, if none is said."""

    @property
    def is_their_word(self) -> bool:
        """Only who asked not to be paired can take it back."""
        return self.kind is Relationship.VETO

    def needs(self, know: Know) -> tuple[Person, Person, Between, tuple[TiesOf, TiesOf]]:
        between = know(Between(self.person_id, self.other_id))
        ties = know(TiesOf(self.person_id)), know(TiesOf(self.other_id))
        return know(Person(self.person_id)), know(Person(self.other_id)), between, ties

    def decide(
        self,
        act: Act,
        person: Person,
        other: Person,
        between: Between,
        ties: tuple[TiesOf, TiesOf],
    ) -> Iterator[Event]:
        self._must_be_theirs_to_end(act, *ties)
        person.must_be_known()
        other.must_be_known()
        tie = tie_of(self.person_id, self.other_id, self.kind)
        lasts, before = tie in between.ties, between.over.get(tie)
        known = before[1] if before and not lasts else act.today
        said = self.reason.value, self.ended_on or known
        if said[1] > act.asked_on:
            raise EndsOnADayToCome
        if not lasts and before is None and not self._never_was:
            raise NothingBetweenThem
        if lasts or before not in (None, said):
            yield self._ended(*said)

    def _ended(self, reason: Code, day: date) -> RelationshipEnded:
        two = {"person_id": self.person_id, "other_id": self.other_id}
        return RelationshipEnded(**two, kind=self.kind, reason=reason, ended_on=day)

    @property
    def _never_was(self) -> bool:
        return self.reason is RelationshipEndReason.MISTAKE

    def _must_be_theirs_to_end(self, act: Act, one: TiesOf, other: TiesOf) -> None:
        """Refuses whoever may not say that it is over."""
        two = {self.person_id, self.other_id}
        if self.kind is Relationship.VETO:
            if self.person_id not in (act.person, act.on_behalf_of) or act.person == self.other_id:
                raise NotForYouToEnd
            return
        if self._never_was:
            near = two | one.close | other.close
            if act.role is not Role.COORDINATOR or act.person in near:
                raise ForACoordinatorToEnd
            return
        act.must_speak_for(_whoever_speaks(act, self.person_id, self.other_id))


def _whoever_speaks(act: Act, one: PersonId, other: PersonId) -> PersonId:
    """Of two people, either of whom may say it, the other if they do, or somebody for them."""
    return other if other == (act.on_behalf_of or act.actor) else one


def _must_be_the_right_way_round(kind: Relationship, one: AppliedFrom, other: AppliedFrom) -> None:
    """Refuses that who leads as a patient alone treats who leads as a professional alone."""
    patient, professional = {Side.PATIENT_LEADER}, {Side.HEALTHCARE_LEADER}
    if kind is Relationship.TREATS and (one.sides, other.sides) == (patient, professional):
        raise TheOtherWayRound
