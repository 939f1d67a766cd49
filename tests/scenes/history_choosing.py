"""The first part of the history: how the cohort's people were found and chosen."""

from datetime import UTC, date, datetime
from typing import Any, Final

from events.applications import (
    ApplicationReinstated,
    ApplicationWithdrawn,
    EligibilityConfirmed,
    EligibilityFailed,
)
from events.assessments import (
    AssessmentSubmitted,
    AssessorAppointed,
    AssessorAssigned,
    ConflictDeclared,
    DecisionChanged,
    DecisionMade,
    ModerationHeld,
)
from events.cohorts import (
    ApplicationsClosed,
    CohortStarted,
    DecisionsReleased,
    ExtensionGranted,
)
from events.ids import PersonId
from events.interest import InterestExpressed, InvitedToApply
from events.offers import (
    EmployerReleaseConfirmed,
    OfferAccepted,
    OfferDeclined,
    OfferLapsed,
    OfferMade,
    PlaceConfirmed,
    ReserveListed,
    ReservePromoted,
)
from events.people import (
    AccessNeedsStated,
    ConsentGiven,
    ContactPreferenceStated,
    RelationshipDeclared,
)
from events.terms import Channel, Format, Outcome, Relationship, Side
from tests.scenes.cast import (
    ADA,
    AMINA,
    AOIFE,
    AUTUMN,
    BARTEK,
    BEN,
    BOLA,
    CARYS,
    CLEO,
    COLM,
    HEALTHCARE,
    PATIENT,
    application,
    applied,
    opened,
    registered,
)
from tests.scenes.given import person
from tests.scenes.scribe import Scribe

DILYS, EDITH, FERN = person("Dilys"), person("Edith"), person("Fern")  # patient leaders
GWEN = person("Gwen")
SIDES: Final[dict[PersonId, Side]] = {
    **dict.fromkeys((ADA, AMINA, AOIFE, DILYS, EDITH, FERN), PATIENT),
    **dict.fromkeys((BEN, BOLA, BARTEK), HEALTHCARE),
}
ASSESSED: Final = (ADA, AMINA, AOIFE, DILYS, BEN, BOLA, BARTEK)


def day(year: int, month: int, of_month: int, hour: int = 10) -> datetime:
    return datetime(year, month, of_month, hour, tzinfo=UTC)


def about(kind: Any, who: PersonId, /, **more: Any) -> Any:
    """A fact about somebody's application."""
    ids = {"application_id": application(who), "cohort_id": AUTUMN, "person_id": who}
    side = {"side": SIDES[who]} if "side" in kind.model_fields else {}
    return kind(**ids, **side, **more)


def choosing(scribe: Scribe) -> None:
    planning(scribe)
    applying(scribe)
    assessing(scribe)
    releasing(scribe)


def planning(scribe: Scribe) -> None:
    scribe.tell(day(2024, 8, 20), opened(places=3))
    interested = InterestExpressed(person_id=GWEN, words="How can I help?")
    scribe.tell(day(2024, 8, 28), registered(GWEN), interested, by=GWEN)
    scribe.tell(day(2024, 8, 30), InvitedToApply(person_id=GWEN, cohort_id=AUTUMN))


def applying(scribe: Scribe) -> None:
    for number, who in enumerate(SIDES):
        scribe.tell(day(2024, 9, 10 + number), applied(who, SIDES[who]), by=who)
    scribe.tell(
        day(2024, 9, 20),
        ContactPreferenceStated(person_id=ADA, channel=Channel.POST, format=Format.EASY_READ),
        AccessNeedsStated(person_id=ADA, needs="A seat near the door.", supporter_comes=True),
        ConsentGiven(person_id=ADA),
        RelationshipDeclared(person_id=COLM, other_id=BEN, kind=Relationship.TEAM),
    )
    withdrawn = about(ApplicationWithdrawn, FERN, reason="other")
    scribe.tell(day(2024, 9, 25), withdrawn, by=FERN)
    scribe.tell(day(2024, 9, 27), about(ApplicationReinstated, FERN, reason="asked-to-return"))
    scribe.tell(day(2024, 9, 30), withdrawn, by=FERN)
    until = date(2024, 10, 18)
    extension = ExtensionGranted(cohort_id=AUTUMN, person_id=DILYS, until=until, reason="illness")
    scribe.tell(day(2024, 10, 9), extension)
    scribe.tell(day(2024, 10, 11, 23), ApplicationsClosed(cohort_id=AUTUMN), by="system:scheduler")


def assessing(scribe: Scribe) -> None:
    scribe.tell(day(2024, 10, 14), *(about(EligibilityConfirmed, who) for who in ASSESSED))
    scribe.tell(day(2024, 10, 14, 12), about(EligibilityFailed, EDITH, reasons=("interest.none",)))
    for assessor in (CLEO, CARYS, COLM):
        lay = assessor == CLEO
        scribe.tell(
            day(2024, 10, 15),
            AssessorAppointed(cohort_id=AUTUMN, assessor_id=assessor, lay=lay),
        )
    for who in ASSESSED:
        second = CARYS if who == BEN else COLM
        assess(scribe, who, CLEO, score=4)
        assess(scribe, who, second, score=1 if who == AMINA else 3)
    scribe.tell(day(2024, 10, 25), about(ModerationHeld, AMINA))
    for who in ASSESSED:
        outcome = Outcome.RESERVE if who == DILYS else Outcome.OFFER
        decided = {"outcome": outcome, "score": 700, "reasons": ()}
        scribe.tell(day(2024, 10, 28), about(DecisionMade, who, **decided))
    changed = {"outcome": Outcome.OFFER, "score": 710, "reasons": (), "reason": "second-look"}
    scribe.tell(day(2024, 10, 29), about(DecisionChanged, AOIFE, **changed))


def assess(scribe: Scribe, who: PersonId, assessor: PersonId, score: int) -> None:
    lay = assessor == CLEO
    if who == BEN and assessor == CARYS:
        scribe.tell(day(2024, 10, 16), about(AssessorAssigned, who, assessor_id=COLM, lay=False))
        conflict = {"assessor_id": COLM, "kind": Relationship.TEAM, "hard": True}
        scribe.tell(day(2024, 10, 16, 12), about(ConflictDeclared, who, **conflict), by=COLM)
    scribe.tell(day(2024, 10, 17), about(AssessorAssigned, who, assessor_id=assessor, lay=lay))
    assessment = {
        "assessor_id": assessor,
        "lay": lay,
        "scores": {"interest": score, "leadership": score},
        "recommendation": Outcome.OFFER,
        "comment": "A kind application.",
    }
    scribe.tell(day(2024, 10, 21), about(AssessmentSubmitted, who, **assessment), by=assessor)


def releasing(scribe: Scribe) -> None:
    accept_by = date(2024, 11, 14)
    offered = [who for who in ASSESSED if who != DILYS]
    scribe.tell(
        day(2024, 11, 4),
        DecisionsReleased(cohort_id=AUTUMN),
        *(about(OfferMade, who, accept_by=accept_by) for who in offered),
        about(ReserveListed, DILYS, place=1, reasons=("places.taken",)),
    )
    scribe.tell(day(2024, 11, 5), about(OfferDeclined, AOIFE, reason="no-time"), by=AOIFE)
    promoted = about(OfferMade, DILYS, accept_by=date(2024, 11, 15))
    scribe.tell(day(2024, 11, 5, 11), about(ReservePromoted, DILYS), promoted)
    for who in (ADA, AMINA):
        accepted = (about(OfferAccepted, who), about(PlaceConfirmed, who))
        scribe.tell(day(2024, 11, 6), *accepted, by=who)
    for who in (BEN, BOLA, BARTEK):
        scribe.tell(day(2024, 11, 7), about(OfferAccepted, who), by=who)
        released = about(EmployerReleaseConfirmed, who)
        scribe.tell(day(2024, 11, 8), released, about(PlaceConfirmed, who))
    scribe.tell(day(2024, 11, 16, 0), about(OfferLapsed, DILYS), by="system:scheduler")
    scribe.tell(day(2024, 11, 25), CohortStarted(cohort_id=AUTUMN))
