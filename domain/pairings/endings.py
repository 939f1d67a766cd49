"""How a pairing ends: with a reason, and never with the one who stays left behind."""

from collections.abc import Iterator
from enum import StrEnum
from typing import Annotated, Any, ClassVar, Final, NamedTuple

from domain.cohorts.cohort import Cohort
from domain.decision import Act, Command, Decides, Each, Know, NotYours, Refusal
from domain.in_confidence import NoConcern
from domain.offers.offer import NotOnTheCohort
from domain.offers.places import GiveUpReason
from domain.pairings.availability import Availability
from domain.pairings.compatibility import COHORT_CANCELLED, TEAM, Circle
from domain.pairings.engagement import Engagement
from domain.pairings.letting_in import ConcernsYou
from domain.pairings.pairing import OVER, Pairing, PairingState, SaidOfPairing, SaidOtherwise
from domain.pairings.watching import KEPT_APART
from domain.people.person import Person
from events.event import Event
from events.ids import CohortId, PairingId, PersonId
from events.offers import PlaceGivenUp
from events.pairings import PairingDeclined, PairingEnded, PairingTakenBack, RepairingAsked
from events.personal import Words
from events.terms import Role, System

LEFT_THE_PROGRAMME: Final = "left-programme"


class EndReason(StrEnum):
    """Why a pairing ends; after `relationship` the two are never paired again."""

    LEFT_THE_PROGRAMME = LEFT_THE_PROGRAMME
    ILL_HEALTH = "ill-health"
    CHANGED_JOB = "changed-job"
    MOVED_AWAY = "moved-away"
    NO_TIME = "no-time"
    RELATIONSHIP = "relationship"
    OTHER = "other"


class NeverActive(Refusal):
    """The two have not begun to lead together, so nothing can end. Decline instead."""

    code = "pairing.never-active"


class WhoLeaves(Refusal):
    """Say which of the two leaves the programme. Who stays keeps their place, and comes first."""

    code = "pairing.who-leaves"


class PairingAlreadyCompleted(Refusal):
    """The pairing is completed. If the two go separate ways now, end its continuation instead."""

    code = "pairing.already-completed"


class StillOnTheCohort(Refusal):
    """The person still has their place on the cohort. End their pairing with a reason instead."""

    code = "pairing.still-on-the-cohort"


def _asked_again(pairing: Pairing, *stay: Engagement) -> Iterator[RepairingAsked]:
    """Whoever stays on the cohort, and was not erased, goes to the front for a new partner."""
    for one in stay:
        if one.stays and not one.erased and one.person_id and one.side:
            yield RepairingAsked(
                pairing_id=pairing.known.pairing_id,
                cohort_id=pairing.known.cohort_id,
                person_id=one.person_id,
                side=one.side,
            )


class EndPairing(Command, Decides[Pairing, Engagement, Engagement, SaidOfPairing]):
    """A pairing ends for a reason. With nobody named as leaving, both stay and wait for another.

    Who leaves the programme gives up their place with it. A participant names only themselves.
    What worries somebody about somebody is no reason here: it is told in confidence
    (`concern.raise`).
    """

    name: ClassVar = "pairing.end"
    roles: ClassVar = frozenset({Role.PARTICIPANT, Role.COORDINATOR, Role.SYSTEM})
    pairing_id: PairingId
    reported_by: PersonId
    reason: Annotated[EndReason, NoConcern]
    note: Words | None = None
    leaver: PersonId | None = None

    def needs(self, know: Know) -> tuple[Pairing, Engagement, Engagement, SaidOfPairing]:
        pairing = know(Pairing(self.pairing_id))
        one, other = pairing.both if pairing.proposed else (None, None)
        cohort_id = pairing.cohort_id
        two = know(Engagement(cohort_id, one)), know(Engagement(cohort_id, other))
        return pairing, *two, know(SaidOfPairing(self.pairing_id))

    def decide(
        self,
        act: Act,
        pairing: Pairing,
        one: Engagement,
        other: Engagement,
        said: SaidOfPairing,
    ) -> Iterator[Event]:
        leaver = self._leaver(act, pairing)
        act.must_speak_for(self.reported_by)
        for who in filter(None, (self.reported_by, leaver)):
            pairing.must_include(who)
        if pairing.state is PairingState.ENDED:
            if act.person in pairing.both:
                raise SaidOtherwise
            said.must_be_the_same(self.reason)
            return
        _must_have_begun(pairing)
        if self.reason is EndReason.LEFT_THE_PROGRAMME and leaver is None:
            raise WhoLeaves
        yield self._ended(pairing)
        there = [it for it in (one, other) if it.stays]
        if self.reason is EndReason.LEFT_THE_PROGRAMME:
            yield from (_gives_up(it) for it in there if it.person_id == leaver)
            there = [it for it in there if it.person_id != leaver]
        yield from _asked_again(pairing, *self._first(there, leaver))

    def _leaver(self, act: Act, pairing: Pairing) -> PersonId | None:
        """Who leaves. Whoever is one of the two can't mean the other, in whatever role they act."""
        mine = act.person in pairing.both
        if mine and self.leaver not in (None, act.person):
            raise NotYours
        leaves = mine and self.reason is EndReason.LEFT_THE_PROGRAMME
        return act.person if leaves else self.leaver

    def _ended(self, pairing: Pairing) -> PairingEnded:
        return PairingEnded(
            **pairing.whose, reported_by=self.reported_by, reason=self.reason, note=self.note
        )

    def _first(self, there: list[Engagement], leaver: PersonId | None) -> list[Engagement]:
        """Who comes first: who does not leave, or whoever was left by all others."""
        stay = [it for it in there if not it.erased]
        return [it for it in stay if it.person_id != leaver] or stay


def _gives_up(leaver: Engagement) -> PlaceGivenUp:
    return PlaceGivenUp.model_validate(
        {
            "application_id": leaver.application_id,
            "cohort_id": leaver.cohort_id,
            "person_id": leaver.person_id,
            "side": leaver.side,
            "reason": GiveUpReason.NOT_SAID.value,
        }
    )


def _must_have_begun(pairing: Pairing) -> None:
    if pairing.state is PairingState.COMPLETED:
        raise PairingAlreadyCompleted
    if pairing.state not in (PairingState.ACTIVE, PairingState.PAUSED, PairingState.HELD):
        raise NeverActive


class EndForLeaver(Command, Decides[Engagement, Pairing, Engagement, Cohort]):
    """Whoever left a cohort leaves their partner or proposal too; the other goes to the front.

    Where the cohort was cancelled neither of them left: it says so, and keeps nobody apart.
    """

    name: ClassVar = "pairing.end-for-leaver"
    cohort_id: CohortId
    person_id: PersonId

    def needs(self, know: Know) -> tuple[Engagement, Pairing, Engagement, Cohort]:
        leaver = know(Engagement(self.cohort_id, self.person_id))
        pairing = know(Pairing(leaver.pairing_id))
        stays = pairing.other(self.person_id) if pairing.proposed else None
        cohort = know(Cohort(self.cohort_id))
        return leaver, pairing, know(Engagement(self.cohort_id, stays)), cohort

    def decide(
        self, act: Act, leaver: Engagement, pairing: Pairing, stays: Engagement, cohort: Cohort
    ) -> Iterator[Event]:
        if leaver.side is None:
            raise NotOnTheCohort
        if leaver.stays:
            raise StillOnTheCohort
        if pairing.proposed is None or pairing.state in (*OVER, PairingState.COMPLETED):
            return
        yield self._over(pairing, COHORT_CANCELLED if cohort.cancelled else LEFT_THE_PROGRAMME)
        if not cohort.cancelled:
            yield from _asked_again(pairing, stays)

    def _over(
        self, pairing: Pairing, reason: str
    ) -> PairingDeclined | PairingTakenBack | PairingEnded:
        if pairing.state is not PairingState.PROPOSED:
            return PairingEnded(**pairing.whose, reason=reason, reported_by=self.person_id)
        if reason == COHORT_CANCELLED:
            return PairingTakenBack(**pairing.whose, reason=reason)
        return PairingDeclined(**pairing.whose, reason=reason, declined_by=self.person_id)


class LedWith(NamedTuple):
    """A pairing that somebody is asked about, or leads in, what each of the two has, and in which
    cohort.
    """

    pairing: Pairing
    one: Engagement
    other: Engagement
    cohort: Cohort


def _led_with(know: Know, pairing_id: PairingId) -> LedWith:
    pairing = know(Pairing(pairing_id))
    one, other = pairing.both if pairing.proposed else (None, None)
    here = pairing.cohort_id
    two = know(Engagement(here, one)), know(Engagement(here, other))
    return LedWith(pairing, *two, know(Cohort(here)))


class EndForTeam(Command, Decides[Person, Circle, Each[LedWith]]):
    """The team ends it between somebody and their partner, for a reason that nobody else is told.

    Both keep their places and come first, so that nobody can tell by it whom it is about, and the
    two are never asked to lead together again. A proposal is taken back.
    """

    name: ClassVar = "pairing.end-for-team"
    roles: ClassVar = frozenset({Role.COORDINATOR, Role.SYSTEM})
    systems: ClassVar = frozenset({System.SAFEGUARDING})
    of_people: ClassVar = True
    person_id: PersonId

    def cohort(self, known: tuple[Any, ...]) -> None:
        """No cohort: it is about somebody wherever they are."""

    def needs(self, know: Know) -> tuple[Person, Circle, Each[LedWith]]:
        live = sorted(know(Availability(self.person_id)).live)
        each = Each(_led_with(know, one) for one in live)
        return know(Person(self.person_id)), know(Circle(self.person_id)), each

    def decide(
        self, act: Act, person: Person, circle: Circle, each: Each[LedWith]
    ) -> Iterator[Event]:
        person.must_be_known()
        theirs = {who for it in each for who in it.pairing.both}
        if act.person in {self.person_id, *circle.close, *theirs}:
            raise ConcernsYou
        for pairing, one, other, cohort in each:
            if pairing.state is PairingState.PROPOSED:
                yield PairingTakenBack(**pairing.whose, reason=KEPT_APART)
            else:
                yield PairingEnded(**pairing.whose, reason=TEAM)
                if not cohort.cancelled:
                    yield from _asked_again(pairing, one, other)
