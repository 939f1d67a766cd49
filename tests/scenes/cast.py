"""A cast of invented people and one cohort, so that a test reads like a scene."""

from collections.abc import Iterator
from datetime import date

from domain.applications.application import digest_of
from events.applications import (
    ApplicationStarted,
    ApplicationSubmitted,
    EligibilityConfirmed,
    Profile,
)
from events.cohorts import ApplicationsOpened, CohortPlanned, Criterion
from events.event import Event
from events.ids import ApplicationId, CohortId, PersonId
from events.offers import PlaceConfirmed
from events.people import Contact, PersonRegistered
from events.terms import Area, Channel, Side
from tests.scenes.given import NOON, person

AUTUMN = CohortId.derived(NOON, "autumn")
SPRING = CohortId.derived(NOON, "spring")

ADA, AMINA, AOIFE = person("Ada"), person("Amina"), person("Aoife")  # patient leaders
BEN, BOLA, BARTEK = person("Ben"), person("Bola"), person("Bartek")  # healthcare leaders
CLEO, CARYS, COLM = person("Cleo"), person("Carys"), person("Colm")  # assessors, Cleo is lay
NOBODY = person("nobody was registered under this id")

PATIENT, HEALTHCARE = Side.PATIENT_LEADER, Side.HEALTHCARE_LEADER


def registered(who: PersonId, name: str = "A Person") -> PersonRegistered:
    return PersonRegistered(
        person_id=who,
        full_name=name,
        contact=Contact(email="someone@example.org"),
        reached_by=(Channel.EMAIL,),
    )


def planned(cohort: CohortId = AUTUMN, places: int = 10) -> CohortPlanned:
    return CohortPlanned(
        cohort_id=cohort,
        title="Autumn 2024",
        opens_on=date(2024, 9, 2),
        closes_on=date(2024, 10, 11),
        decisions_on=date(2024, 11, 4),
        starts_on=date(2024, 11, 25),
        ends_on=date(2025, 5, 30),
        places_per_side=places,
        criteria=(
            Criterion(code="interest", title="Interest in healthcare", weight=2),
            Criterion(code="leadership", title="Some leadership experience"),
        ),
    )


def opened(cohort: CohortId = AUTUMN, places: int = 10) -> Iterator[Event]:
    yield planned(cohort, places)
    yield ApplicationsOpened(cohort_id=cohort)


def application(who: PersonId, cohort: CohortId = AUTUMN) -> ApplicationId:
    return ApplicationId.derived(NOON, who, cohort)


def applied(who: PersonId, side: Side, cohort: CohortId = AUTUMN) -> Iterator[Event]:
    """Registered, started and submitted."""
    yield registered(who)
    mine = application(who, cohort)
    yield ApplicationStarted(application_id=mine, cohort_id=cohort, person_id=who, side=side)
    yield ApplicationSubmitted(
        application_id=mine,
        cohort_id=cohort,
        person_id=who,
        side=side,
        profile=Profile(area=Area.DEVON),
        experiences=1,
        interest="I want to help.",
        leadership="I run a newsletter.",
        words_digest=digest_of("I want to help.", "I run a newsletter.", None),
    )


def eligible(who: PersonId, side: Side, cohort: CohortId = AUTUMN) -> Iterator[Event]:
    yield from applied(who, side, cohort)
    yield EligibilityConfirmed(
        application_id=application(who, cohort), cohort_id=cohort, person_id=who, side=side
    )


def confirmed(who: PersonId, side: Side, cohort: CohortId = AUTUMN) -> Iterator[Event]:
    """On the cohort."""
    yield from eligible(who, side, cohort)
    yield PlaceConfirmed(
        application_id=application(who, cohort), cohort_id=cohort, person_id=who, side=side
    )
