"""Somebody who was registered twice is one person; whoever was taken for one by mistake, two again.

What that means for everybody who folds facts says events/one_person.py.
"""

from collections.abc import Iterator, Sequence
from enum import StrEnum
from typing import Any, ClassVar

from domain.applications.application import APPLIES_THEMSELVES
from domain.cohorts.impartial import Impartial, impartial
from domain.decision import Act, Command, Decides, Know, Refusal, StandsInTheWay
from domain.merging.recorded import OneId, RecordedBetween, RecordedPair, ids_of, one_id
from domain.people.person import SamePerson
from domain.roles.authority import Authority
from domain.roles.granting import scope_of
from events.event import Event
from events.identities import IdentityUntied
from events.ids import PersonId
from events.people import PersonMerged, PersonParted
from events.roles import RoleWithdrawn
from events.terms import Role


class MergeReason(StrEnum):
    """Why two registrations are one person's."""

    REGISTERED_TWICE = "merge.registered-twice"
    ANOTHER_ADDRESS = "merge.came-with-another-address"
    ANOTHER_NAME = "merge.came-under-another-name"
    OTHER = "merge.other-reason"


class PartReason(StrEnum):
    """Why they are two people's after all."""

    TWO_PEOPLE = "part.two-people"
    MISTAKE = "part.mistake"
    OTHER = "part.other-reason"


NO_ROLE_ANY_MORE = "role.withdrawn-while-merged"
"""Why a role does not come back with the one who held it."""


class MergedAlready(Refusal):
    """What was registered here was merged already. Part it first if it is somebody else's."""

    code = "person.merged-already"


class OthersMergedInto(Refusal):
    """Others were merged into this registration. Merge the other way round, so that this one is
    kept.
    """

    code = "person.others-merged-into"


class NotMerged(Refusal):
    """What was registered here is not merged into another. Check the id."""

    code = "person.not-merged"


class TwoPeople(Refusal):
    """It is recorded how the two stand to each other, or that they were asked to lead together: so
    they are two people. If that was a mistake, put it right first.
    """

    code = "person.two-people"


class NotForYourself(Refusal):
    """Somebody else has to say whether two registrations are yours."""

    code = "person.not-for-yourself"


class BothGoOn(Refusal):
    """Both have something that goes on in one cohort. Take back what was begun twice first."""

    code = "person.both-go-on"

    def __init__(self, *cohorts: str) -> None:
        """`cohorts` are the ids of those in which both have something."""
        super().__init__(*cohorts)
        self.cohorts = cohorts

    @property
    def sentence(self) -> str:
        """Where."""
        where = f" ({', '.join(self.cohorts)})" if self.cohorts else ""
        return (
            f"Both have something that goes on in one cohort{where}. Take back what was begun twice"
            " first."
        )


def _must_be_for_others(act: Act, *ids: OneId) -> None:
    """Refuses whoever it is about."""
    if act.person in [one.who for one in ids]:
        raise NotForYourself


def _must_not_both_go_on(kept: Sequence[OneId], merged: OneId) -> None:
    """Refuses two of whom rules would say that one person has something twice."""
    live = {cohort for one in kept for cohort in one.live}
    if both := live & merged.live:
        raise BothGoOn(*sorted(both))
    led, theirs = {it for one in kept for it in one.available.live}, merged.available.live
    if led and theirs:
        raise StandsInTheWay(*(f"the pairing {one}" for one in sorted(led | theirs)))


def _no_longer_assess(every: Sequence[OneId]) -> Iterator[Event]:
    """Whoever applied for a cohort under one id is no assessor of it under another one."""
    for one in every:
        applied = {it for other in every if other is not one for it in other.involved.applied}
        for cohort_id in sorted(one.judged & applied):
            if one.who is not None:
                yield RoleWithdrawn(
                    person_id=one.who,
                    cohort_id=cohort_id,
                    role=Role.ASSESSOR,
                    reason=APPLIES_THEMSELVES,
                )


Standing = tuple[RecordedBetween, RecordedPair]


class MergePersons(Command, Decides[tuple[OneId, ...], OneId, tuple[Standing, ...], Impartial]):
    """Somebody was registered twice: what is known under either id is known of one person, whom
    rules know as `person_id`. It can be undone by `person.part`.

    Refused while both have something that goes on in one cohort, or a partner each. Whoever
    assesses a cohort for which they applied under the other id is no assessor of it any more.
    """

    name: ClassVar = "person.merge"
    roles: ClassVar = frozenset({Role.COORDINATOR})
    as_recorded: ClassVar = True
    person_id: PersonId
    merged_id: PersonId
    reason: MergeReason

    def cohort(self, known: tuple[Any, ...]) -> None:
        """No cohort: who somebody is holds for the whole programme."""

    def needs(self, know: Know) -> tuple[tuple[OneId, ...], OneId, tuple[Standing, ...], Impartial]:
        kept, merged = ids_of(know, self.person_id), one_id(know, self.merged_id)
        standing = tuple(
            (know(RecordedBetween(who, self.merged_id)), know(RecordedPair(who, self.merged_id)))
            for one in kept
            if (who := one.who) is not None
        )
        both = impartial(know, None, [self.person_id, self.merged_id])
        return kept, merged, standing, both

    def decide(
        self,
        act: Act,
        kept: tuple[OneId, ...],
        merged: OneId,
        standing: tuple[Standing, ...],
        impartial: Impartial,
    ) -> Iterator[Event]:
        if self.person_id == self.merged_id:
            raise SamePerson
        for one in (kept[0], merged):
            one.person.must_be_known()
            if one.merged.into is not None:
                raise MergedAlready
        if merged.merged.others:
            raise OthersMergedInto
        _must_be_for_others(act, *kept, merged)
        if any(between.acquainted or pair.asked for between, pair in standing):
            raise TwoPeople
        _must_not_both_go_on(kept, merged)
        there = {cohort for one in kept for cohort in one.involved.cohorts}
        yield PersonMerged(
            person_id=self.person_id,
            merged_id=self.merged_id,
            applications=tuple(sorted(merged.involved.begun)),
            cohorts=tuple(sorted(merged.live | (merged.involved.cohorts - there))),
            reason=self.reason.value,
        )
        yield from _no_longer_assess((*kept, merged))


class PartPersons(Command, Decides[tuple[OneId, ...], OneId, Authority, Impartial]):
    """Two people were taken for one by mistake: they are two again, as they were.

    What was recorded meanwhile stays with the id under which it stands: of an application, or in a
    cohort, with the one under which it began. A role or a sign-in that was taken from them
    meanwhile is taken from both.
    """

    name: ClassVar = "person.part"
    roles: ClassVar = frozenset({Role.COORDINATOR})
    as_recorded: ClassVar = True
    merged_id: PersonId
    reason: PartReason

    def cohort(self, known: tuple[Any, ...]) -> None:
        """No cohort, as above."""

    def needs(self, know: Know) -> tuple[tuple[OneId, ...], OneId, Authority, Impartial]:
        merged = one_id(know, self.merged_id)
        into = merged.merged.into
        kept = ids_of(know, into) if into else ()
        both = impartial(know, None, [self.merged_id, into])
        return kept, merged, know(Authority(into)), both

    def decide(
        self,
        act: Act,
        kept: tuple[OneId, ...],
        merged: OneId,
        authority: Authority,
        impartial: Impartial,
    ) -> Iterator[Event]:
        merged.person.must_be_known()
        into = merged.merged.into
        if into is None:
            raise NotMerged
        kept[0].person.must_be_known()
        _must_be_for_others(act, *kept, merged)
        yield PersonParted(person_id=into, merged_id=self.merged_id, reason=self.reason.value)
        for role, cohort_id in sorted(
            merged.authority.held.keys() - authority.held.keys(), key=str
        ):
            yield RoleWithdrawn(
                person_id=self.merged_id,
                **scope_of(role, cohort_id),
                role=role,
                reason=NO_ROLE_ANY_MORE,
            )
        for tie in sorted(merged.authority.ties - authority.ties):
            yield IdentityUntied(tie_id=tie, person_id=self.merged_id)
