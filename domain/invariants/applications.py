"""What must hold of applications until the panel has them."""

from collections.abc import Iterator
from typing import Any, ClassVar, Final

from domain.invariants.chronicle.chronicle import Chronicle
from domain.invariants.invariant import Finding, Invariant
from domain.invariants.learning import learns
from events.applications import (
    ApplicationAmended,
    ApplicationReinstated,
    ApplicationStarted,
    ApplicationSubmitted,
    ApplicationWithdrawn,
    EligibilityConfirmed,
    EligibilityFailed,
    Profile,
)
from events.calendar import end_of, start_of
from events.catalogue import EVERY, Recorded
from events.event import Event
from events.ids import ApplicationId, PersonId
from events.offers import ApplicationDeclined, ReserveListed
from events.personal import Erased, Sealed
from events.terms import Side

OF_AN_APPLICATION: Final = tuple(
    kind for kind in EVERY if {"application_id", "person_id"} <= kind.model_fields.keys()
)
FROM: Final[dict[type[Event], frozenset[str]]] = {
    ApplicationSubmitted: frozenset({"draft"}),
    ApplicationAmended: frozenset({"submitted", "eligible"}),
    EligibilityConfirmed: frozenset({"submitted"}),
    EligibilityFailed: frozenset({"submitted"}),
    ApplicationWithdrawn: frozenset({"draft", "submitted", "eligible"}),
}
"""The stages from which each step is taken."""


class OneLiveApplication(Invariant):
    """Somebody has two live applications for one cohort."""

    name: ClassVar = "applications.one-live"
    rules: ClassVar = (1,)

    @learns(ApplicationStarted, ApplicationReinstated)
    def goes_on(self, fact: Recorded[Any]) -> list[Finding] | None:
        """One that was withdrawn or is not eligible makes room for another."""
        event, at = fact.event, fact.envelope.position
        theirs = self.log.places.of_person[event.cohort_id, event.person_id]
        if len(theirs) < 2:  # noqa: PLR2004 - another one
            return None
        others = [one for one in theirs if one.live and one.application_id != event.application_id]
        if not others:
            return None
        about = (event.person_id, event.cohort_id, *(one.application_id for one in others))
        led = (max(one.begun_at, one.stage_at) for one in others)
        return [self.found((*about, event.application_id), *led, at)]


class OfOnePerson(Invariant):
    """One application stands for two people, or for both sides."""

    name: ClassVar = "applications.of-one-person"
    rules: ClassVar = (3,)

    def __init__(self, chronicle: Chronicle) -> None:
        super().__init__(chronicle)
        self._first: dict[ApplicationId, tuple[PersonId, Side | None, int]] = {}

    @learns(*OF_AN_APPLICATION)
    def names(self, fact: Recorded[Any]) -> list[Finding] | None:
        """As its first fact says."""
        event, at = fact.event, fact.envelope.position
        if event.application_id is None:
            return None
        side = getattr(event, "side", None)
        first = self._first.setdefault(event.application_id, (event.person_id, side, at))
        if event.person_id == first[0] and (side is None or side == first[1]):
            return None
        if event.person_id == first[0] and first[1] is None:
            self._first[event.application_id] = (first[0], side, at)
            return None
        about = event.application_id, first[0], event.person_id
        return [self.found(about, first[2], at)]


class InsideTheWindow(Invariant):
    """An application was begun, handed in or changed outside the days for it, and outside any
    extension.
    """

    name: ClassVar = "applications.inside-the-window"
    rules: ClassVar = (2,)

    @learns(ApplicationStarted, ApplicationSubmitted, ApplicationAmended)
    def comes_in(self, fact: Recorded[Any]) -> list[Finding] | None:
        """Whoever's extension can't be read may have come in time."""
        event, at, time = fact.event, fact.envelope.position, fact.envelope.time
        cohort = self.log.cohorts.get(event.cohort_id)
        if cohort.plan is None:
            return None
        last, longer = cohort.plan.closes_on, cohort.extensions.get(event.person_id)
        if longer is not None:
            if isinstance(longer[0], Sealed | Erased):
                return None
            last = max(last, longer[0])
        opened = cohort.opened_at and time >= start_of(cohort.plan.opens_on)
        if opened and time < end_of(last) and not cohort.released_at:
            return None
        about = event.application_id, event.cohort_id
        led = cohort.planned_at, cohort.opened_at, cohort.released_at, longer[1] if longer else 0
        return [self.found(about, *led, at)]


class CompleteWhenEligible(Invariant):
    """An application counts as eligible without a leadership experience, or without what its side
    must tell.
    """

    name: ClassVar = "applications.complete-when-eligible"
    rules: ClassVar = (3,)
    opens: ClassVar = True

    def __init__(self, chronicle: Chronicle) -> None:
        super().__init__(chronicle)
        self._told: dict[ApplicationId, tuple[bool, int]] = {}

    @learns(ApplicationSubmitted, ApplicationAmended)
    def handed_in(self, fact: Recorded[ApplicationSubmitted | ApplicationAmended]) -> None:
        """What it tells, as far as that can be read."""
        event, profile = fact.event, fact.event.profile
        if isinstance(profile, Profile) and isinstance(event.experiences, int):
            patient = event.side is Side.PATIENT_LEADER
            said = profile.background if patient else profile.profession
            complete = event.experiences > 0 and said is not None
            self._told[event.application_id] = complete, fact.envelope.position

    @learns(EligibilityConfirmed)
    def goes_on(self, fact: Recorded[EligibilityConfirmed]) -> list[Finding] | None:
        """It goes to the assessors."""
        mine, at = fact.event.application_id, fact.envelope.position
        complete, told_at = self._told.pop(mine, (True, 0))
        return None if complete else [self.found((mine,), told_at, at)]


class ToldWhyNotEligible(Invariant):
    """Somebody is not eligible, and no reason says why."""

    name: ClassVar = "applications.told-why-not-eligible"
    rules: ClassVar = (11,)
    opens: ClassVar = True

    @learns(EligibilityFailed)
    def not_eligible(self, fact: Recorded[EligibilityFailed]) -> list[Finding] | None:
        """At least one code."""
        if fact.event.reasons:
            return None
        return [self.found((fact.event.application_id,), fact.envelope.position)]


class ApplicationStepByStep(Invariant):
    """An application took a step that does not follow from where it stood."""

    name: ClassVar = "applications.step-by-step"
    rules: ClassVar = (2, 3)

    @learns(*FROM)
    def steps(self, fact: Recorded[Any]) -> list[Finding] | None:
        """Begun, handed in, checked; taken back from any of them."""
        event, at = fact.event, fact.envelope.position
        life = self.log.places.of(event)
        if life.stage_before in FROM[type(event)]:
            return None
        return [self.found((event.application_id,), life.begun_at, life.submitted_at, at)]

    @learns(ApplicationReinstated)
    def comes_back(self, fact: Recorded[ApplicationReinstated]) -> list[Finding] | None:
        """Only what was taken back."""
        life = self.log.places.of(fact.event)
        if life.stage_before == "withdrawn":
            return None
        return [self.found((life.application_id,), life.begun_at, fact.envelope.position)]


class GoesOnToSomething(Invariant):
    """An application goes on after everybody heard, and nothing says what becomes of it."""

    name: ClassVar = "applications.goes-on-to-something"
    rules: ClassVar = (7,)

    def __init__(self, chronicle: Chronicle) -> None:
        super().__init__(chronicle)
        self._goes_on: dict[ApplicationId, int] = {}

    @learns(ApplicationReinstated)
    def comes_back(self, fact: Recorded[ApplicationReinstated]) -> None:
        """Before the release it goes on from where it was."""
        if self.log.cohorts.get(fact.event.cohort_id).released_at:
            self._goes_on[fact.event.application_id] = fact.envelope.position

    @learns(ReserveListed, ApplicationDeclined)
    def hears(self, fact: Recorded[ReserveListed | ApplicationDeclined]) -> None:
        """A turn, or a no."""
        self._goes_on.pop(fact.event.application_id, None)

    def settled(self) -> Iterator[Finding]:
        """Once the command is over."""
        while self._goes_on:
            mine, at = self._goes_on.popitem()
            yield self.found((mine,), at)
