"""What must hold of places: when they are offered, to whom, how many, and until when."""

from collections import Counter
from collections.abc import Iterator
from datetime import date, datetime, timedelta
from itertools import chain
from typing import Any, ClassVar, Final

from domain.invariants.chronicle.chronicle import Chronicle
from domain.invariants.chronicle.cohorts import LONG_AGO
from domain.invariants.chronicle.places import TAKES_A_PLACE
from domain.invariants.invariant import Finding, Invariant
from domain.invariants.learning import learns
from events.calendar import end_of, local_day
from events.catalogue import Recorded
from events.cohorts import DecisionsReleased
from events.event import Event
from events.ids import ApplicationId
from events.offers import (
    ApplicationDeclined,
    EmployerReleaseConfirmed,
    EmployerReleaseLost,
    OfferAccepted,
    OfferDayChanged,
    OfferDeclined,
    OfferLapsed,
    OfferMade,
    OfferWithdrawn,
    PlaceConfirmed,
    PlaceGivenBack,
    PlaceGivenUp,
    PlaceUnconfirmed,
    ReserveEnded,
    ReserveListed,
    ReservePromoted,
)
from events.terms import Side

ANSWERS: Final = (OfferMade, ReserveListed, ApplicationDeclined)
"""What an applicant hears at the release."""
FROM: Final[dict[type[Event], frozenset[str]]] = {
    OfferAccepted: frozenset({"offered"}),
    OfferDeclined: frozenset({"offered"}),
    OfferLapsed: frozenset({"offered"}),
    OfferWithdrawn: frozenset({"offered", "accepted"}),
    PlaceConfirmed: frozenset({"accepted"}),
    PlaceGivenUp: frozenset({"accepted", "confirmed"}),
    PlaceUnconfirmed: frozenset({"confirmed"}),
    PlaceGivenBack: frozenset({"given-up"}),
    ReserveEnded: frozenset({"reserve"}),
}
"""What an application must have held before each step."""


class PlacesNeverExceeded(Invariant):
    """On one side more places are offered and taken than the cohort has."""

    name: ClassVar = "offers.places-never-exceeded"
    rules: ClassVar = (8,)

    @learns(OfferMade, OfferAccepted, PlaceConfirmed)
    def takes(self, fact: Recorded[Any]) -> list[Finding] | None:
        """At every prefix; told once as one more place is taken."""
        event, at = fact.event, fact.envelope.position
        plan = self.log.cohorts.get(event.cohort_id).plan
        taken = self.log.places.taken[event.cohort_id, event.side]
        new = taken.get(event.application_id) == at
        if plan is None or not new or len(taken) <= plan.places_per_side:
            return None
        return [self.found((event.cohort_id, *taken), *taken.values())]


class NothingBeforeTheRelease(Invariant):
    """Somebody heard what was decided before the release."""

    name: ClassVar = "offers.nothing-before-the-release"
    rules: ClassVar = (7,)

    @learns(*ANSWERS)
    def hears(self, fact: Recorded[Any]) -> list[Finding] | None:
        """An offer, a turn or a no."""
        event = fact.event
        if self.log.cohorts.get(event.cohort_id).released_at:
            return None
        return [self.found((event.application_id, event.cohort_id), fact.envelope.position)]


class AllHearTogether(Invariant):
    """Decisions were released, and somebody who waits for theirs did not hear, or heard twice."""

    name: ClassVar = "offers.all-hear-together"
    rules: ClassVar = (7, 11)

    def __init__(self, chronicle: Chronicle) -> None:
        super().__init__(chronicle)
        self._release: Recorded[DecisionsReleased] | None = None
        self._heard: Counter[ApplicationId] = Counter()

    @learns(DecisionsReleased)
    def released(self, fact: Recorded[DecisionsReleased]) -> None:
        """From here on they hear."""
        self._release = fact
        self._heard.clear()

    @learns(*ANSWERS)
    def hears(self, fact: Recorded[Any]) -> None:
        """One of them does."""
        if self._release:
            self._heard[fact.event.application_id] += 1

    def settled(self) -> Iterator[Finding]:
        """Whoever handed in and goes on, and was not erased, hears exactly once."""
        if self._release is None:
            return
        cohort_id, at = self._release.event.cohort_id, self._release.envelope.position
        self._release = None
        for life in self.log.places.of_cohort.get(cohort_id, ()):
            waits = life.in_hand and life.person_id not in self.log.people.erased
            heard = self._heard[life.application_id]
            if heard > 1 or (waits and not heard):
                yield self.found((life.application_id,), life.submitted_at, life.holds_at, at)


class OfferStepByStep(Invariant):
    """An offer was answered, lapsed or taken back when none was open, or a place confirmed or given
    up that nobody had taken.
    """

    name: ClassVar = "offers.step-by-step"
    rules: ClassVar = (9,)

    @learns(*FROM)
    def steps(self, fact: Recorded[Any]) -> list[Finding] | None:
        """So a lapse, as any answer, happens once."""
        life = self.log.places.of(fact.event)
        if life.held_before in FROM[type(fact.event)]:
            return None
        return [self.found((life.application_id,), life.offered_at, fact.envelope.position)]

    @learns(OfferMade)
    def offered(self, fact: Recorded[OfferMade]) -> list[Finding] | None:
        """Not to somebody who has an offer or a place."""
        life = self.log.places.of(fact.event)
        if life.held_before not in TAKES_A_PLACE:
            return None
        return [self.found((life.application_id,), life.begun_at, fact.envelope.position)]


class OfferedToTheEligible(Invariant):
    """Somebody was offered a place or a turn whose application was not eligible, or was taken
    back.
    """

    name: ClassVar = "offers.to-the-eligible"
    rules: ClassVar = (3,)

    @learns(OfferMade, ReserveListed, ReservePromoted)
    def offered(self, fact: Recorded[Any]) -> list[Finding] | None:
        """At the moment in which they hear."""
        life = self.log.places.of(fact.event)
        if life.stage in ("eligible", "submitted"):
            return None
        return [self.found((life.application_id,), life.stage_at, fact.envelope.position)]


class LapsesOnlyAfterItsDay(Invariant):
    """An offer lapsed before its day was over."""

    name: ClassVar = "offers.lapses-only-after-its-day"
    rules: ClassVar = (9,)

    @learns(OfferLapsed)
    def lapses(self, fact: Recorded[OfferLapsed]) -> list[Finding] | None:
        """The whole day, in London."""
        life = self.log.places.of(fact.event)
        if life.accept_by is None or fact.envelope.time >= end_of(life.accept_by):
            return None
        return [self.found((life.application_id,), life.offered_at, fact.envelope.position)]


class AcceptedInTime(Invariant):
    """An offer was accepted when its day was over."""

    name: ClassVar = "offers.accepted-in-time"
    rules: ClassVar = (9,)

    @learns(OfferAccepted)
    def accepted(self, fact: Recorded[OfferAccepted]) -> list[Finding] | None:
        """Until the midnight after it."""
        life = self.log.places.of(fact.event)
        if life.accept_by is None or fact.envelope.time < end_of(life.accept_by):
            return None
        return [self.found((life.application_id,), life.offered_at, fact.envelope.position)]


class TimeToAnswer(Invariant):
    """An offer leaves fewer days than the cohort promises, counted from when people can hear."""

    name: ClassVar = "offers.time-to-answer"
    rules: ClassVar = (9,)

    @learns(OfferMade)
    def offered(self, fact: Recorded[OfferMade]) -> list[Finding] | None:
        """What is said to have happened earlier is heard when it is recorded; a midnight may pass
        while it is.
        """
        event, envelope = fact.event, fact.envelope
        plan = self.log.cohorts.get(event.cohort_id).plan
        heard = envelope.recorded if envelope.origin.reason else envelope.time
        if plan is None:
            return None
        promised = local_day(heard) + timedelta(days=plan.accept_within_days - 1)
        if event.accept_by >= promised:
            return None
        return [self.found((event.application_id,), envelope.position)]


class LapseNotForgotten(Invariant):
    """An offer's day is long over, and nobody said so."""

    name: ClassVar = "offers.lapse-not-forgotten"
    rules: ClassVar = (9,)

    def standing(self, now: datetime) -> Iterator[Finding]:
        """Of cohorts that take place."""
        for life in self.log.places.offered.values():
            over = life.accept_by is not None and self.waits(end_of(life.accept_by), now)
            if over and not self.log.cohorts.get(life.cohort_id).cancelled_at:
                yield self.found((life.application_id, life.person_id), life.offered_at)


class ReleasedByTheEmployer(Invariant):
    """A healthcare leader's place was confirmed without their employer's release, or stays so once
    that is lost.
    """

    name: ClassVar = "offers.released-by-the-employer"
    rules: ClassVar = (10,)

    def __init__(self, chronicle: Chronicle) -> None:
        super().__init__(chronicle)
        self._lost: list[ApplicationId] = []

    @learns(PlaceConfirmed)
    def confirmed(self, fact: Recorded[PlaceConfirmed]) -> list[Finding] | None:
        """Before or after their yes."""
        life = self.log.places.of(fact.event)
        if life.side is not Side.HEALTHCARE_LEADER or life.released_at:
            return None
        return [self.found((life.application_id,), life.offered_at, fact.envelope.position)]

    @learns(EmployerReleaseLost)
    def lost(self, fact: Recorded[EmployerReleaseLost]) -> None:
        """By the same command they are not on the cohort any more."""
        self._lost.append(fact.event.application_id)

    def settled(self) -> Iterator[Finding]:
        """Once all facts of it are known."""
        lost, self._lost = self._lost, []
        for life in map(self.log.places.all.__getitem__, lost):
            if life.confirmed:
                yield self.found((life.application_id,), life.offered_at, life.lost_at)


class EmployerOnlyOfProfessionals(Invariant):
    """An employer's release was recorded for a patient leader, who needs none."""

    name: ClassVar = "offers.employer-only-of-professionals"
    rules: ClassVar = (10,)

    @learns(EmployerReleaseConfirmed)
    def released(self, fact: Recorded[EmployerReleaseConfirmed]) -> list[Finding] | None:
        """Rule 10 asks it of one side."""
        if fact.event.side is Side.HEALTHCARE_LEADER:
            return None
        return [self.found((fact.event.application_id,), fact.envelope.position)]


class EmployerNotForgotten(Invariant):
    """Somebody said yes, the day of their employer is long over, and nobody said so."""

    name: ClassVar = "offers.employer-not-forgotten"
    rules: ClassVar = (10,)

    def standing(self, now: datetime) -> Iterator[Finding]:
        """Of cohorts that take place: each yes of a professional is followed by the employer's day,
        or by the place.
        """
        for application_id in chain.from_iterable(self.log.places.taken.values()):
            life = self.log.places.all[application_id]
            cohort = self.log.cohorts.get(life.cohort_id)
            if life.holds != "accepted" or life.released_at or life.silent_at:
                continue
            known = LONG_AGO if life.answer_by is None else end_of(life.answer_by)
            if self.waits_in(cohort, known, now):
                yield self.found((application_id, life.person_id), life.holds_at)


class NeverLessInAHurry(Invariant):
    """An offer's day was made an earlier one, and left fewer days than the rules say."""

    name: ClassVar = "offers.never-less-in-a-hurry"
    rules: ClassVar = (9,)

    def __init__(self, chronicle: Chronicle) -> None:
        super().__init__(chronicle)
        self._days: dict[ApplicationId, tuple[date, int]] = {}

    @learns(OfferMade)
    def offered(self, fact: Recorded[OfferMade]) -> None:
        """What somebody was told first."""
        self._days[fact.event.application_id] = fact.event.accept_by, fact.envelope.position

    @learns(OfferDayChanged)
    def changed(self, fact: Recorded[OfferDayChanged]) -> list[Finding] | None:
        """Counted from when it is recorded; a midnight may pass while it is."""
        mine, at = fact.event.application_id, fact.envelope.position
        told, told_at = self._days.get(mine, (fact.event.accept_by, 0))
        self._days[mine] = fact.event.accept_by, at
        numbers = self.log.rules.of(self.log.cohorts.get(fact.event.cohort_id).plan)
        least = local_day(fact.envelope.recorded) + timedelta(days=numbers.days_left - 1)
        if fact.event.accept_by >= min(told, least):
            return None
        return [self.found((mine,), told_at, at)]
