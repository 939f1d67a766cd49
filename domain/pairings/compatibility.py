"""Who may never be paired: rule 14, as a list of small rules that each give their reason."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Final

from domain.decision import Refusal, learns
from domain.pairings.engagement import Engagement
from domain.people.ties import TiesOf
from events.continuation import ContinuationEnded
from events.ids import CohortId, PairingId, PersonId
from events.matching import PairAllowed, PairForbidden, PairLocked, PairUnlocked
from events.pairings import (
    PairingDeclined,
    PairingEnded,
    PairingLapsed,
    PairingProposed,
    PairingStepTakenBack,
    PairingTakenBack,
    PartnerWishedAgain,
)
from events.personal import plain
from events.terms import Code, Relationship

Parting = PairingDeclined | PairingEnded | PairingLapsed | ContinuationEnded
COHORT_CANCELLED: Final = "cohort-cancelled"
"""Why two do not lead together who have nothing against it."""
TEAM: Final[Code] = "team"
"""Why the team holds somebody out, or ends a pairing: the one reason, whatever it is."""
OVER_THE_RELATIONSHIP: Final = frozenset({"relationship", TEAM})
"""After these two are never paired again; what the team does not say may have been any."""


@dataclass
class Circle(TiesOf):
    """How one person stands to everybody else, as far as it decides whom they may lead with.

    One knowledge for each person, not for each pair, so that a clinician and the family of
    somebody they treat are kept apart too. Two who parted over the relationship stay apart, also
    when what was between them is over. With whom they `parted` over the relationship, or were
    `asked` and it came to nothing, is kept by the pairing. `forbidden` has the reasons, None where
    one was erased, and `allowed` those for which that is over. With whom they are `locked`, and
    why, until the two are asked, or one is erased, whose lock nobody could take back; `unlocked`
    has why no more.
    """

    parted: dict[PairingId, PersonId] = field(default_factory=dict)
    asked: dict[PairingId, PersonId] = field(default_factory=dict)
    wishes: set[PersonId] = field(default_factory=set)
    forbidden: dict[tuple[CohortId, PersonId], Code | None] = field(default_factory=dict)
    allowed: dict[tuple[CohortId, PersonId], Code | None] = field(default_factory=dict)
    locked: dict[tuple[CohortId, PersonId], Code] = field(default_factory=dict)
    unlocked: dict[tuple[CohortId, PersonId], Code | None] = field(default_factory=dict)

    @learns(PairingDeclined, PairingEnded, ContinuationEnded)
    def parts(self, event: PairingDeclined | PairingEnded | ContinuationEnded) -> None:
        if (reason := plain(event.reason)) == COHORT_CANCELLED:
            return
        over = reason is None or reason in OVER_THE_RELATIONSHIP
        if over or not isinstance(event, ContinuationEnded):
            self._came_to_nothing(event, self.parted if over else self.asked)

    @learns(PairingLapsed)
    def did_not_answer(self, event: PairingLapsed) -> None:
        self._came_to_nothing(event, self.asked)

    def _came_to_nothing(self, event: Parting, among: dict[PairingId, PersonId]) -> None:
        for other in {event.patient_leader_id, event.healthcare_leader_id} - {self.person_id}:
            among[event.pairing_id] = other
            self.wishes.discard(other)

    @learns(PairingTakenBack, PairingStepTakenBack)
    def put_right(self, event: PairingTakenBack | PairingStepTakenBack) -> None:
        self.parted.pop(event.pairing_id, None)
        self.asked.pop(event.pairing_id, None)

    @learns(PartnerWishedAgain)
    def wished_again(self, event: PartnerWishedAgain) -> None:
        if event.person_id == self.person_id:
            self.wishes.add(event.other_id)

    @learns(PairForbidden)
    def kept_apart(self, event: PairForbidden) -> None:
        for one in {event.patient_leader_id, event.healthcare_leader_id} - {self.person_id}:
            self.forbidden[event.cohort_id, one] = plain(event.reason)

    @learns(PairAllowed)
    def not_kept_apart(self, event: PairAllowed) -> None:
        for one in {event.patient_leader_id, event.healthcare_leader_id} - {self.person_id}:
            self.forbidden.pop((event.cohort_id, one), None)
            self.allowed[event.cohort_id, one] = plain(event.reason)

    def locked_with(self, cohort_id: CohortId) -> set[PersonId]:
        """With whom they are locked in a cohort."""
        return {other for cohort, other in self.locked if cohort == cohort_id}

    @learns(PairLocked)
    def is_locked(self, event: PairLocked) -> None:
        if reason := plain(event.reason):
            for one in {event.patient_leader_id, event.healthcare_leader_id} - {self.person_id}:
                self.locked[event.cohort_id, one] = reason

    @learns(PairUnlocked, PairingProposed)
    def is_not_locked(self, event: PairUnlocked | PairingProposed) -> None:
        for one in {event.patient_leader_id, event.healthcare_leader_id} - {self.person_id}:
            self.locked.pop((event.cohort_id, one), None)
            if isinstance(event, PairUnlocked):
                self.unlocked[event.cohort_id, one] = plain(event.reason)


@dataclass(frozen=True, slots=True)
class Leader:
    """Somebody who may be paired, with what is known of them in the cohort and of their circle."""

    person_id: PersonId
    engagement: Engagement
    circle: Circle

    def on(self, day: date) -> "Leader":
        """The same, as long as they have waited on a day."""
        waits = self.engagement.on(day)
        return self if waits is self.engagement else replace(self, engagement=waits)


@dataclass(frozen=True, slots=True)
class Possible:
    """A patient leader and a healthcare leader of one cohort who might lead together."""

    patient_leader: Leader
    healthcare_leader: Leader

    def on(self, day: date) -> "Possible":
        """The same, as long as they have waited on a day."""
        return Possible(self.patient_leader.on(day), self.healthcare_leader.on(day))

    def related(self, *kinds: Relationship) -> bool:
        """Whether somebody declared one of these between the two, in either direction."""
        other = self.healthcare_leader.person_id
        return any((other, kind) in self.patient_leader.circle.related for kind in kinds)


def not_known_any_more(pair: Possible) -> bool:
    """They stood to each other in a way that was erased, so it may have been any."""
    one, other = pair.patient_leader, pair.healthcare_leader
    return any(
        (there.person_id, None) in here.circle.related
        for here, there in ((one, other), (other, one))
    )


def same_person(pair: Possible) -> bool:
    """Nobody is their own partner."""
    return pair.patient_leader.person_id == pair.healthcare_leader.person_id


def treats(pair: Possible) -> bool:
    """One of the two treats the other."""
    return pair.related(Relationship.TREATS)


def treats_family(pair: Possible) -> bool:
    """One of the two treats somebody of the other's family."""
    one, other = pair.patient_leader.circle, pair.healthcare_leader.circle
    return bool(one.treats & other.family or other.treats & one.family)


def one_family(pair: Possible) -> bool:
    """The two are family."""
    return pair.related(Relationship.FAMILY)


def one_household(pair: Possible) -> bool:
    """The two live together."""
    return pair.related(Relationship.HOUSEHOLD)


def manages(pair: Possible) -> bool:
    """One of the two is the other's manager."""
    return pair.related(Relationship.MANAGES)


def one_team(pair: Possible) -> bool:
    """The two work in one team."""
    return pair.related(Relationship.TEAM)


def veto(pair: Possible) -> bool:
    """One of the two asked not to be paired with the other."""
    return pair.related(Relationship.VETO)


def parted_before(pair: Possible) -> bool:
    """The two parted over the relationship, before or after completing, in whichever cohort."""
    return pair.healthcare_leader.person_id in pair.patient_leader.circle.parted.values()


def asked_before(pair: Possible) -> bool:
    """The two were asked before, or led together, it came to nothing, and not both wish for more.

    In whichever cohort.
    """
    one, other = pair.patient_leader, pair.healthcare_leader
    both_wish = other.person_id in one.circle.wishes and one.person_id in other.circle.wishes
    return other.person_id in one.circle.asked.values() and not both_wish


def forbidden_by_a_coordinator(pair: Possible) -> bool:
    """A coordinator keeps the two apart in this cohort."""
    cohort_id = pair.patient_leader.engagement.cohort_id
    mine = pair.patient_leader.circle.forbidden
    return (cohort_id, pair.healthcare_leader.person_id) in mine


RULES: Final[tuple[tuple[Code, Callable[[Possible], bool]], ...]] = (
    ("rule.same-person", same_person),
    ("rule.not-known-any-more", not_known_any_more),
    ("rule.treats", treats),
    ("rule.treats-family", treats_family),
    ("rule.one-family", one_family),
    ("rule.one-household", one_household),
    ("rule.manages", manages),
    ("rule.one-team", one_team),
    ("rule.veto", veto),
    ("rule.parted-before", parted_before),
    ("rule.asked-before", asked_before),
    ("rule.forbidden-by-coordinator", forbidden_by_a_coordinator),
)


def forbidden(pair: Possible) -> Code | None:
    """The first rule that keeps the two apart, if any."""
    return next((code for code, applies in RULES if applies(pair)), None)


def may_be_forbidden(
    ours: Sequence[Leader], theirs: Sequence[Leader]
) -> Iterator[tuple[Leader, int]]:
    """The pairs among which are all that a rule forbids, each by who is ours and the place of who
    is theirs: so that not every pair has to be held against every rule.

    Each rule goes by who is known to the other, or by somebody who is known to both.
    """
    known_to_them: dict[PersonId, set[int]] = {}
    for place, other in enumerate(theirs):
        for who in {other.person_id, *_known_to(other.circle)}:
            known_to_them.setdefault(who, set()).add(place)
    for one in ours:
        places: set[int] = set()
        for who in {one.person_id, *_known_to(one.circle)}:
            places |= known_to_them.get(who, set())
        for place in sorted(places):
            yield one, place


def _known_to(circle: Circle) -> Iterator[PersonId]:
    """Everybody whom a rule may mean."""
    yield from (other for other, _ in circle.related)
    yield from (*circle.treats, *circle.family)
    yield from (*circle.parted.values(), *circle.asked.values())
    yield from (other for _, other in circle.forbidden)


def must_be_allowed(pair: Possible) -> None:
    """Refuses two people whom a rule keeps apart, without saying which."""
    if forbidden(pair):
        raise KeptApart


class KeptApart(Refusal):
    """A rule of the programme keeps these two people apart. Please choose another partner."""

    code = "pairing.kept-apart"
