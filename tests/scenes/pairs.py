"""Scenes with pairs: who is on the cohort, who was proposed to whom, and how far they came."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from typing import Any, TypeVar

from events.applications import ApplicationSubmitted, Profile
from events.catalogue import Recorded
from events.envelope import Envelope, Origin
from events.event import Event
from events.ids import CohortId, PairingId, PersonId
from events.offers import EmployerReleaseLost, PlaceGivenUp, PlaceUnconfirmed
from events.pairings import (
    PairingAccepted,
    PairingActivated,
    PairingCompleted,
    PairingDeclined,
    PairingEnded,
    PairingPaused,
    PairingProposed,
    RepairingAsked,
)
from events.personal import Closed
from events.rules import FIRST
from events.terms import Side
from tests.scenes.cast import (
    ADA,
    AUTUMN,
    BEN,
    BOLA,
    HEALTHCARE,
    PATIENT,
    SPRING,
    application,
    confirmed,
    opened,
)
from tests.scenes.given import NOON

Fact = TypeVar("Fact", bound=Event)

ACCEPT_BY = date(2024, 9, 26)
PROPOSAL_REMINDER = timedelta(days=FIRST.proposal_reminder_days or 0)
COMPLETED_ON = date(2025, 5, 30)
AFTER_ACCEPT_BY = datetime(2024, 9, 26, 23, 0, tzinfo=UTC)  # midnight in London


def pairing(one: PersonId = ADA, other: PersonId = BEN) -> PairingId:
    return PairingId.derived(NOON, one, other)


TWO: dict[str, Any] = {
    "pairing_id": pairing(),
    "cohort_id": AUTUMN,
    "patient_leader_id": ADA,
    "healthcare_leader_id": BEN,
}
"""The fields of a fact on Ada and Ben."""


def place(who: PersonId, side: Side, profile: Profile, experiences: int = 1) -> Iterator[Event]:
    """On the cohort, with more to match on than the cast has."""
    for fact in confirmed(who, side):
        if isinstance(fact, ApplicationSubmitted):
            found = {"profile": profile, "experiences": experiences}
            yield fact.model_copy(update=found)
        else:
            yield fact


def cohort_of(*patient_leaders: PersonId, beside: tuple[PersonId, ...]) -> Iterator[Event]:
    """The autumn cohort with these people from each side, and an empty one in spring."""
    yield from opened()
    yield from opened(SPRING)
    for who in patient_leaders:
        yield from confirmed(who, PATIENT)
    for who in beside:
        yield from confirmed(who, HEALTHCARE)


def proposed(
    one: PersonId = ADA, other: PersonId = BEN, follows: PairingId | None = None
) -> PairingProposed:
    return PairingProposed(
        pairing_id=pairing(one, other),
        cohort_id=AUTUMN,
        patient_leader_id=one,
        healthcare_leader_id=other,
        accept_by=ACCEPT_BY,
        former_pairing_id=follows,
        remind_on=ACCEPT_BY - PROPOSAL_REMINDER,
    )


def yes(who: PersonId, one: PersonId = ADA, other: PersonId = BEN) -> PairingAccepted:
    return PairingAccepted(pairing_id=pairing(one, other), cohort_id=AUTUMN, person_id=who)


def active(one: PersonId = ADA, other: PersonId = BEN) -> Iterator[Event]:
    yield proposed(one, other)
    yield yes(one, one, other)
    yield yes(other, one, other)
    yield PairingActivated(
        pairing_id=pairing(one, other),
        cohort_id=AUTUMN,
        patient_leader_id=one,
        healthcare_leader_id=other,
    )


def on_a_break(reason: str, one: PersonId = ADA, other: PersonId = BEN) -> PairingPaused:
    return PairingPaused(
        pairing_id=pairing(one, other),
        cohort_id=AUTUMN,
        patient_leader_id=one,
        healthcare_leader_id=other,
        reason=reason,
    )


def declined(
    one: PersonId = ADA, other: PersonId = BEN, reason: Closed[str] = "no-time"
) -> PairingDeclined:
    return PairingDeclined(
        pairing_id=pairing(one, other),
        cohort_id=AUTUMN,
        patient_leader_id=one,
        healthcare_leader_id=other,
        declined_by=other,
        reason=reason,
    )


def ended(
    one: PersonId = ADA, other: PersonId = BEN, reason: str = "left-programme"
) -> PairingEnded:
    return PairingEnded(
        pairing_id=pairing(one, other),
        cohort_id=AUTUMN,
        patient_leader_id=one,
        healthcare_leader_id=other,
        reported_by=one,
        reason=reason,
    )


def asked_again(
    who: PersonId, side: Side, one: PersonId = ADA, other: PersonId = BEN
) -> RepairingAsked:
    return RepairingAsked(
        pairing_id=pairing(one, other), cohort_id=AUTUMN, person_id=who, side=side
    )


def completed(one: PersonId = ADA, other: PersonId = BEN) -> Iterator[Event]:
    yield from active(one, other)
    yield PairingCompleted(
        pairing_id=pairing(one, other),
        cohort_id=AUTUMN,
        patient_leader_id=one,
        healthcare_leader_id=other,
        completed_on=COMPLETED_ON,
        check_in_months=FIRST.check_in_months,
    )


def ada_lost_ben() -> Iterator[Event]:
    """Ada waits for a new partner; Bola is free."""
    yield from cohort_of(ADA, beside=(BEN, BOLA))
    yield from active()
    yield from left(BEN, HEALTHCARE)
    yield ended()
    yield asked_again(ADA, PATIENT)


def left(who: PersonId, side: Side, cohort: CohortId = AUTUMN) -> Iterator[Event]:
    yield PlaceGivenUp(
        application_id=application(who, cohort),
        cohort_id=cohort,
        person_id=who,
        side=side,
        reason="ill-health",
    )


def unreleased(who: PersonId) -> Iterator[Event]:
    """Their employer does not let them take part any more, and they have a place."""
    ids = {"application_id": application(who), "cohort_id": AUTUMN, "person_id": who}
    mine = {**ids, "side": Side.HEALTHCARE_LEADER}
    lost = {**mine, "reason": "place.employer-takes-back"}
    yield EmployerReleaseLost.model_validate(lost)
    yield PlaceUnconfirmed.model_validate(mine)


def recorded(event: Fact) -> Recorded[Fact]:
    """A fact as a notice or policy gets it."""
    cause = Origin(
        command_id="command_00000000000000000000000000",
        digest="",
        actor="system:rehearsal",
        role="system",
        source="tests",
        time=NOON,
        traceparent="",
        correlation_id="",
        causation_id="",
    )
    envelope = Envelope(
        position=1,
        previous=0,
        recorded=NOON,
        id="1",
        type=event.wire_name(),
        subject=event.subject_id(),
        origin=cause,
    )
    return Recorded(envelope, event)
