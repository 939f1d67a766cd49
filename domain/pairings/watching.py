"""What keeps two people apart is watched as long as they are asked to lead together, or do; and
what makes somebody too close to judge, as long as a decision rests on them.
"""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any, ClassVar, Final, NamedTuple

from domain.assessments.doubts import Decided, looked_at, resting_on
from domain.cohorts.cohort import Cohort
from domain.decision import Act, Command, Decides, Each, Know
from domain.pairings.availability import Availability
from domain.pairings.compatibility import RULES, Circle, KeptApart, Leader, Possible
from domain.pairings.engagement import Engagement
from domain.pairings.pairing import Pairing, PairingIsHeld, PairingState
from domain.people.person import Person, UnknownPerson
from events.event import Event
from events.ids import PairingId, PersonId
from events.pairings import PairingHeld, PairingResumed, PairingTakenBack
from events.terms import Code, Role

KEPT_APART: Final = "pairing.kept-apart"
"""Why a proposal is taken back: a rule keeps the two apart, and nobody is told which."""
BEFORE: Final = frozenset(
    {
        "rule.same-person",
        "rule.not-known-any-more",
        "rule.parted-before",
        "rule.asked-before",
    }
)
"""What is looked at before two are asked, and can't come between them afterwards."""


def not_released(pair: Possible) -> bool:
    """The employer of one of the two does not release them any more."""
    return pair.patient_leader.engagement.unreleased or pair.healthcare_leader.engagement.unreleased


WATCHED: Final = (
    *((code, applies) for code, applies in RULES if code not in BEFORE),
    ("rule.not-released", not_released),
)


Stands = tuple[Engagement, Circle, Availability]
HELD_OUT: Final = "rule.team-looks-first"


class Watched(NamedTuple):
    """A pairing, and how each of the two stands to others, on the cohort, and to the team."""

    pairing: Pairing
    one: Stands
    other: Stands


def watched(know: Know, pairing_id: PairingId | None) -> Watched:
    """What must be known to tell whether something came between two."""
    pairing = know(Pairing(pairing_id))
    one, other = pairing.both if pairing.proposed else (None, None)
    return Watched(pairing, _stands(know, pairing, one), _stands(know, pairing, other))


class InItsCohort(NamedTuple):
    """A pairing that is watched, in its cohort."""

    cohort: Cohort
    pair: Watched


def _in_its_cohort(know: Know, pairing_id: PairingId) -> InItsCohort:
    pair = watched(know, pairing_id)
    return InItsCohort(know(Cohort(pair.pairing.cohort_id)), pair)


def _stands(know: Know, pairing: Pairing, who: PersonId | None) -> Stands:
    return know(Engagement(pairing.cohort_id, who)), know(Circle(who)), know(Availability(who))


def came_between(it: Watched) -> Code | None:
    """The first rule that keeps two apart who lead together, or are asked to; or that the team
    holds one of them out.

    What was erased may have been anything. That is enough not to ask two people, and too little to
    part them.
    """
    one, other = (
        Leader(who, engagement, replace(circle, erased=set(), may_treat=set()))
        for who, (engagement, circle, _) in zip(it.pairing.both, it[1:], strict=True)
    )
    pair = Possible(one, other)
    held_out = any(availability.held_by for *_, availability in it[1:])
    rule = next((code for code, applies in WATCHED if applies(pair)), None)
    return rule or (HELD_OUT if held_out else None)


class KeepApart(Command, Decides[Person, Each[InItsCohort], Each[Decided]]):
    """Somebody may stand to others in another way than before, or their employer does not release
    them any more: whoever may not lead together is not asked to any more, and whoever does is held
    until a coordinator has spoken to both.

    Also where it concerns a third person, whom one treats and who is family of the other. And
    decisions that rest on an assessor who turns out to be too close are looked at again.
    """

    name: ClassVar = "pairing.keep-apart"
    roles: ClassVar = frozenset({Role.SYSTEM})
    of_people: ClassVar = True
    person_id: PersonId

    def cohort(self, known: tuple[Any, ...]) -> None:
        """No cohort: it is about somebody wherever they are."""

    def needs(self, know: Know) -> tuple[Person, Each[InItsCohort], Each[Decided]]:
        circle = know(Circle(self.person_id))
        near = {self.person_id, *(other for other, _ in circle.related)}
        found = {one for who in near for one in know(Availability(who)).live}
        pairings = Each(_in_its_cohort(know, one) for one in sorted(found))
        return know(Person(self.person_id)), pairings, resting_on(know, self.person_id)

    def decide(
        self, act: Act, person: Person, pairings: Each[InItsCohort], decisions: Each[Decided]
    ) -> Iterator[Event]:
        if not person.registered:
            raise UnknownPerson
        for _, pair in pairings:
            if rule := came_between(pair):
                yield _kept_apart(pair.pairing, rule)
        if not person.erased:
            yield from looked_at(decisions)


def _kept_apart(pairing: Pairing, rule: Code) -> Event:
    if pairing.state is PairingState.PROPOSED:
        return PairingTakenBack(**pairing.whose, reason=KEPT_APART)
    return PairingHeld(**pairing.whose, rule=rule)


class ResumePairing(Command, Decides[Pairing, Stands, Stands]):
    """Two partners go on after a break; or, once a coordinator spoke to both and nothing keeps them
    apart any more, after they were held.
    """

    name: ClassVar = "pairing.resume"
    roles: ClassVar = frozenset({Role.PARTICIPANT, Role.COORDINATOR})
    also_unasked: ClassVar = True
    pairing_id: PairingId

    def needs(self, know: Know) -> Watched:
        return watched(know, self.pairing_id)

    def decide(self, act: Act, pairing: Pairing, one: Stands, other: Stands) -> Iterator[Event]:
        pairing.must_be_theirs(act)
        if pairing.state not in (PairingState.PAUSED, PairingState.HELD):
            pairing.must_be_active()
            return
        if pairing.state is PairingState.HELD:
            _must_be_a_coordinator(act, pairing)
        if came_between(Watched(pairing, one, other)):
            raise KeptApart
        yield PairingResumed(pairing_id=self.pairing_id, cohort_id=pairing.known.cohort_id)


def _must_be_a_coordinator(act: Act, pairing: Pairing) -> None:
    """Refuses the two themselves, in whichever role."""
    if act.role is not Role.COORDINATOR or act.person in pairing.both:
        raise PairingIsHeld
