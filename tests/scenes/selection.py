"""The panel at work, so that a test of what it may do reads like a scene."""

from collections.abc import Iterable, Iterator
from datetime import UTC, date, datetime, timedelta
from typing import Any

from domain.offers.signing import SignRelease
from events.applications import ApplicationReinstated, ApplicationWithdrawn
from events.assessments import (
    AssessmentsAwaited,
    AssessmentSubmitted,
    AssessorAppointed,
    AssessorAssigned,
    ConflictDeclared,
    DecisionMade,
    PanelDidNothing,
)
from events.event import Event
from events.ids import CohortId, PersonId
from events.offers import EmployerAwaited, OfferAccepted, OfferMade, PlaceConfirmed, ReserveListed
from events.rules import FIRST
from events.terms import Outcome, Relationship, Role, Side
from tests.scenes.cast import (
    AUTUMN,
    CARYS,
    CLEO,
    HEALTHCARE,
    PATIENT,
    application,
    eligible,
    registered,
)
from tests.scenes.given import Given, given, person
from tests.scenes.team import granted

WYN, SARA = person("Wyn"), person("Sara")
CO_CHAIRS = {PATIENT: WYN, HEALTHCARE: SARA}
BEFORE_RELEASE = datetime(2024, 11, 3, 23, 59, tzinfo=UTC)
RELEASE_DAY = datetime(2024, 11, 4, 9, tzinfo=UTC)
ANSWER_BY = date(2024, 11, 25)
ACCEPT_BY = date(2024, 11, 14)
OFFER_REMINDER = timedelta(days=FIRST.offer_reminder_days or 0)
SCORE_BY = date(2024, 9, 16) + timedelta(days=FIRST.assessment_days)
LAST_MOMENT = datetime(2024, 11, 14, 23, 59, tzinfo=UTC)
TOO_LATE = datetime(2024, 11, 15, tzinfo=UTC)


def by_id(facts: Iterable[Any]) -> list[Any]:
    """In the order of their applications' ids, in which no score shows."""
    return sorted(facts, key=lambda fact: fact.application_id)


def appointed(who: PersonId, *, lay: bool = False, cohort: CohortId = AUTUMN) -> Iterator[Event]:
    yield registered(who)
    yield AssessorAppointed(cohort_id=cohort, assessor_id=who, lay=lay)


def assigned(who: PersonId, applicant: PersonId, *, lay: bool = False) -> AssessorAssigned:
    return AssessorAssigned(
        application_id=application(applicant),
        cohort_id=AUTUMN,
        person_id=applicant,
        assessor_id=who,
        lay=lay,
        score_by=SCORE_BY,
        remind_on=SCORE_BY - timedelta(days=FIRST.assessment_reminder_days),
    )


SAID = AssessmentsAwaited(
    cohort_id=AUTUMN,
    score_by=SCORE_BY,
    remind_on=SCORE_BY - timedelta(days=FIRST.assessment_reminder_days),
)
"""By when that is to be scored which is given to somebody now."""


def scored(
    who: PersonId, applicant: PersonId, interest: int = 4, leadership: int = 4, *, lay: bool = False
) -> Iterator[Event]:
    """Appointed, assigned and submitted. Interest counts twice, and both go to 5."""
    yield from appointed(who, lay=lay)
    yield assigned(who, applicant, lay=lay)
    yield AssessmentSubmitted(
        application_id=application(applicant),
        cohort_id=AUTUMN,
        person_id=applicant,
        assessor_id=who,
        lay=lay,
        scores={"interest": interest, "leadership": leadership},
        recommendation=Outcome.OFFER,
    )


def assessed(applicant: PersonId, side: Side) -> Iterator[Event]:
    """Eligible, and scored by Cleo, who is lay, and by Carys, who is not."""
    yield from eligible(applicant, side)
    yield from scored(CLEO, applicant, 4, 4, lay=True)
    yield from scored(CARYS, applicant, 3, 4)


def conflict(who: PersonId, applicant: PersonId, kind: Relationship) -> ConflictDeclared:
    return ConflictDeclared(
        application_id=application(applicant),
        cohort_id=AUTUMN,
        person_id=applicant,
        assessor_id=who,
        kind=kind,
        hard=kind is not Relationship.ACQUAINTED,
    )


def nothing(applicant: PersonId) -> PanelDidNothing:
    """What the panel did about somebody, for the sake of the others."""
    return PanelDidNothing(
        application_id=application(applicant), cohort_id=AUTUMN, person_id=applicant
    )


def decision(
    applicant: PersonId,
    side: Side,
    outcome: Outcome = Outcome.OFFER,
    score: int = 800,
    reasons: tuple[str, ...] = (),
) -> DecisionMade:
    return DecisionMade(
        application_id=application(applicant),
        cohort_id=AUTUMN,
        person_id=applicant,
        side=side,
        outcome=outcome,
        score=score,
        reasons=reasons,
    )


def decided(
    applicant: PersonId,
    side: Side,
    outcome: Outcome = Outcome.OFFER,
    score: int = 800,
    reasons: tuple[str, ...] = (),
) -> Iterator[Event]:
    yield from eligible(applicant, side)
    yield decision(applicant, side, outcome, score, reasons)


def offer(who: PersonId, side: Side, accept_by: date = ACCEPT_BY) -> OfferMade:
    return OfferMade(
        application_id=application(who),
        cohort_id=AUTUMN,
        person_id=who,
        side=side,
        accept_by=accept_by,
        remind_on=accept_by - OFFER_REMINDER,
    )


def offered(who: PersonId, side: Side) -> Iterator[Event]:
    yield from eligible(who, side)
    yield offer(who, side)


def accepted(who: PersonId, side: Side) -> OfferAccepted:
    return OfferAccepted(
        application_id=application(who), cohort_id=AUTUMN, person_id=who, side=side
    )


def awaited(who: PersonId, answer_by: date = ANSWER_BY) -> EmployerAwaited:
    return EmployerAwaited(
        application_id=application(who),
        cohort_id=AUTUMN,
        person_id=who,
        side=HEALTHCARE,
        answer_by=answer_by,
        remind_on=answer_by - timedelta(days=FIRST.employer_reminder_days),
    )


def place(who: PersonId, side: Side, cohort_id: CohortId = AUTUMN) -> PlaceConfirmed:
    return PlaceConfirmed(
        application_id=application(who), cohort_id=cohort_id, person_id=who, side=side
    )


def turn(who: PersonId, side: Side, number: int, *reasons: str) -> ReserveListed:
    return ReserveListed(
        application_id=application(who),
        cohort_id=AUTUMN,
        person_id=who,
        side=side,
        place=number,
        reasons=reasons or ("score.others-higher",),
    )


def waits(who: PersonId, side: Side, number: int) -> Iterator[Event]:
    yield from eligible(who, side)
    yield turn(who, side, number)


def withdrawn(who: PersonId, side: Side) -> ApplicationWithdrawn:
    return ApplicationWithdrawn(
        application_id=application(who),
        cohort_id=AUTUMN,
        person_id=who,
        side=side,
        reason="application.changed-mind",
    )


def reinstated(who: PersonId, side: Side) -> ApplicationReinstated:
    return ApplicationReinstated(
        application_id=application(who),
        cohort_id=AUTUMN,
        person_id=who,
        side=side,
        reason="application.mistake",
    )


def co_chairs() -> Iterator[Event]:
    """Wyn and Sara are known, and co-chairs of their sides."""
    for side, who in CO_CHAIRS.items():
        yield registered(who)
        yield granted(who, Role.CO_CHAIR, side=side)


def signed(scene: Given, at: datetime = RELEASE_DAY) -> Given:
    """With the signatures of both co-chairs under what is decided, as far as they may sign."""
    scene = given(scene.facts, co_chairs())
    for side, who in CO_CHAIRS.items():
        wish = SignRelease(cohort_id=AUTUMN, side=side)
        new = scene.when(wish, by=who, role=Role.CO_CHAIR, at=at, named=f"{who} signs").new
        scene = given(scene.facts, new)
    return scene
