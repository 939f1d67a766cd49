"""The first part of the history: how the cohort's people were found and chosen."""

from collections.abc import Iterator
from datetime import UTC, date, datetime
from typing import Any, Final

from domain.assessments.evenness import PanelActs
from domain.offers.results import Results
from events.applications import (
    ApplicationReinstated,
    ApplicationSubmitted,
    ApplicationWithdrawn,
    EligibilityConfirmed,
    EligibilityFailed,
    Profile,
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
    ReleaseSigned,
)
from events.event import Event
from events.ids import ImportId, PersonId
from events.imports import FileRead, ImportBegun, ImportEnded, ImportTakenBack, RowEnds
from events.interest import InterestExpressed, InvitedToApply
from events.offers import (
    EmployerAwaited,
    EmployerReleaseConfirmed,
    OfferAccepted,
    OfferDeclined,
    OfferLapsed,
    OfferMade,
    PlaceConfirmed,
    ReserveClosed,
    ReserveListed,
    ReserveOpened,
    ReservePromoted,
)
from events.people import (
    AccessNeedsStated,
    ConsentGiven,
    ContactPreferenceStated,
    RelationshipDeclared,
)
from events.terms import (
    Area,
    Background,
    Channel,
    Format,
    Outcome,
    Profession,
    Relationship,
    Role,
    Side,
    Theme,
)
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
from tests.scenes.given import folded, person
from tests.scenes.scribe import Scribe
from tests.scenes.selection import CO_CHAIRS, by_id
from tests.scenes.team import granted

DILYS, EDITH, FERN = person("Dilys"), person("Edith"), person("Fern")  # patient leaders
GWEN = person("Gwen")
ONE_ROW: Final = FileRead(rows=1, digest="0" * 64)
ALL_IN: Final = RowEnds(accepted=1, already=0, refused=0, to_be_asked_about=0)
A_FILE: Final = ImportId.derived(datetime(2024, 9, 9, tzinfo=UTC), "a file")
SIDES: Final[dict[PersonId, Side]] = {
    **dict.fromkeys((ADA, AMINA, AOIFE, DILYS, EDITH, FERN), PATIENT),
    **dict.fromkeys((BEN, BOLA, BARTEK), HEALTHCARE),
}
ASSESSED: Final = (ADA, AMINA, AOIFE, DILYS, BEN, BOLA, BARTEK)
SCORED: Final = tuple(
    (who, assessor, score)
    for who in ASSESSED
    for assessor, score in (
        (CLEO, 4),
        (CARYS if who == BEN else COLM, 1 if who == AMINA else 3),
    )
)
"""Whom each assessor scored, and how. Colm knows Ben."""
THEMES: Final[dict[PersonId, tuple[Theme, ...]]] = {
    **dict.fromkeys((ADA, BEN), (Theme.CARERS,)),
    **dict.fromkeys((AMINA, BARTEK), (Theme.MENTAL_HEALTH,)),
}
"""What the pairs of this history have in common."""


def day(year: int, month: int, of_month: int, hour: int = 10) -> datetime:
    return datetime(year, month, of_month, hour, tzinfo=UTC)


def about(kind: Any, who: PersonId, /, **more: Any) -> Any:
    """A fact about somebody's application."""
    ids = {"application_id": application(who), "cohort_id": AUTUMN, "person_id": who}
    side = {"side": SIDES[who]} if "side" in kind.model_fields else {}
    if "score_by" in kind.model_fields:
        more = {"score_by": date(2024, 10, 30), "remind_on": date(2024, 10, 27), **more}
    return kind(**ids, **side, **more)


def choosing(scribe: Scribe) -> None:
    planning(scribe)
    applying(scribe)
    panel = Panel(scribe)
    assessing(scribe, panel)
    releasing(scribe, panel)


def planning(scribe: Scribe) -> None:
    scribe.tell(day(2024, 8, 20), opened(places=3))
    interested = InterestExpressed(person_id=GWEN, words="How can I help?")
    scribe.tell(day(2024, 8, 28), registered(GWEN), interested, by=GWEN)
    for who in (CLEO, CARYS, COLM):
        scribe.tell(day(2024, 8, 29), registered(who))
    scribe.tell(day(2024, 8, 30), InvitedToApply(person_id=GWEN, cohort_id=AUTUMN))


def handed_in(who: PersonId) -> Iterator[Event]:
    """Registered, started and submitted; Edith has led nothing yet."""
    told = {"profile": profile_of(who)}
    nothing = {"experiences": 0, "leadership": None} if who == EDITH else {}
    for fact in applied(who, SIDES[who]):
        submitted = isinstance(fact, ApplicationSubmitted)
        yield fact.model_copy(update={**told, **nothing}) if submitted else fact


def profile_of(who: PersonId) -> Profile:
    if SIDES[who] is PATIENT:
        return Profile(area=Area.DEVON, themes=THEMES.get(who, ()), background=Background.CARER)
    return Profile(area=Area.DEVON, themes=THEMES.get(who, ()), profession=Profession.NURSE)


def applying(scribe: Scribe) -> None:
    file: dict[str, Any] = {"import_id": A_FILE, "cohort_id": AUTUMN}
    scribe.tell(day(2024, 9, 9), ImportBegun(**file, file=ONE_ROW))
    scribe.tell(day(2024, 9, 9, 11), ImportEnded(**file, ends=ALL_IN))
    scribe.tell(day(2024, 9, 9, 12), ImportTakenBack(**file, reason="import.wrong-file"))
    for number, who in enumerate(SIDES):
        scribe.tell(day(2024, 9, 10 + number), handed_in(who), by=who)
    scribe.tell(
        day(2024, 9, 20),
        ContactPreferenceStated(person_id=ADA, channel=Channel.POST, format=Format.EASY_READ),
        AccessNeedsStated(person_id=ADA, needs="A seat near the door.", supporter_comes=True),
        ConsentGiven(person_id=ADA),
        RelationshipDeclared(person_id=COLM, other_id=BEN, kind=Relationship.TEAM),
    )
    withdrawn = about(ApplicationWithdrawn, FERN, reason="application.changed-mind")
    scribe.tell(day(2024, 9, 25), withdrawn, by=FERN)
    back = about(ApplicationReinstated, FERN, reason="application.circumstances-changed")
    scribe.tell(day(2024, 9, 27), back)
    scribe.tell(day(2024, 9, 30), withdrawn, by=FERN)
    longer: dict[str, Any] = {"until": date(2024, 10, 18), "reason": "extension.circumstances"}
    scribe.tell(day(2024, 10, 9), ExtensionGranted(cohort_id=AUTUMN, person_id=DILYS, **longer))
    scribe.tell(day(2024, 10, 11, 23), ApplicationsClosed(cohort_id=AUTUMN), by="system:scheduler")


class Panel:
    """Tells what the panel does, with all that makes its acts alike."""

    def __init__(self, scribe: Scribe) -> None:
        self._scribe, self.known = scribe, PanelActs(AUTUMN)

    def acts(self, when: datetime, act: Any, by: str = "system:policies") -> None:
        facts = tuple(self.known.alike(act))
        for fact in facts:
            self.known.learn(fact)
        self._scribe.tell(when, *facts, by=by)


def assessing(scribe: Scribe, panel: Panel) -> None:
    for who in ASSESSED:
        eligible = about(EligibilityConfirmed, who)
        panel.known.learn(eligible)
        scribe.tell(day(2024, 10, 14), eligible)
    lacking = about(EligibilityFailed, EDITH, reasons=("eligibility.no-leadership-experience",))
    scribe.tell(day(2024, 10, 14, 12), lacking)
    for assessor in (CLEO, CARYS, COLM):
        lay = assessor == CLEO
        scribe.tell(
            day(2024, 10, 15),
            AssessorAppointed(cohort_id=AUTUMN, assessor_id=assessor, lay=lay),
        )
    panel.acts(day(2024, 10, 16), about(AssessorAssigned, BEN, assessor_id=COLM, lay=False))
    conflict = {"assessor_id": COLM, "kind": Relationship.TEAM, "hard": True}
    panel.acts(day(2024, 10, 16, 12), about(ConflictDeclared, BEN, **conflict), by=COLM)
    for who, assessor, _ in SCORED:
        until = {"score_by": date(2024, 10, 31), "remind_on": date(2024, 10, 28)}
        mine = {"assessor_id": assessor, "lay": assessor == CLEO, **until}
        panel.acts(day(2024, 10, 17), about(AssessorAssigned, who, **mine))
    for who, assessor, score in SCORED:
        panel.acts(day(2024, 10, 21), assessment(who, assessor, score), by=assessor)
    panel.acts(day(2024, 10, 25), about(ModerationHeld, AMINA))
    deciding(panel)


def assessment(who: PersonId, assessor: PersonId, score: int) -> AssessmentSubmitted:
    found: AssessmentSubmitted = about(
        AssessmentSubmitted,
        who,
        assessor_id=assessor,
        lay=assessor == CLEO,
        scores={"interest": score, "leadership": score},
        recommendation=Outcome.OFFER,
        comment="A kind application.",
    )
    return found


def deciding(panel: Panel) -> None:
    """Aoife is to wait at first, and is offered a place in the end."""
    waits = {"outcome": Outcome.RESERVE, "reasons": ("score.others-higher",)}
    goes = {"outcome": Outcome.OFFER, "reasons": ()}
    for who in ASSESSED:
        decided = waits if who in (AOIFE, DILYS) else goes
        score = 500 if who == AMINA else 700
        panel.acts(day(2024, 10, 28), about(DecisionMade, who, score=score, **decided))
    changed = {"score": 700, "reason": "decision.panel-review"}
    panel.acts(day(2024, 10, 29), about(DecisionChanged, AOIFE, **goes, **changed))


def signing(scribe: Scribe) -> None:
    """Both co-chairs sign what was decided."""
    decisions = folded(Results(AUTUMN), scribe.facts()).digest
    for side, who in CO_CHAIRS.items():
        scribe.tell(day(2024, 9, 1), registered(who), granted(who, Role.CO_CHAIR, side=side))
        mine = {"cohort_id": AUTUMN, "side": side, "signed_by": who, "decisions": decisions}
        scribe.tell(day(2024, 11, 1), ReleaseSigned.model_validate(mine), by=who)


def releasing(scribe: Scribe, panel: Panel) -> None:
    signing(scribe)
    accept_by = date(2024, 11, 14)
    heard = [about(OfferMade, who, accept_by=accept_by) for who in ASSESSED if who != DILYS]
    heard.append(about(ReserveListed, DILYS, place=1, reasons=("score.others-higher",)))
    scribe.tell(
        day(2024, 11, 4),
        panel.known.evened(AUTUMN),
        DecisionsReleased(cohort_id=AUTUMN),
        ReserveOpened(cohort_id=AUTUMN, closes_on=date(2024, 11, 24)),
        *by_id(heard),
    )
    no = about(OfferDeclined, AOIFE, reason="offer.dates-do-not-fit")
    scribe.tell(day(2024, 11, 5), no, by=AOIFE)
    promoted = about(OfferMade, DILYS, accept_by=date(2024, 11, 15))
    scribe.tell(day(2024, 11, 5, 11), about(ReservePromoted, DILYS), promoted)
    for who in (ADA, AMINA):
        accepted = (about(OfferAccepted, who), about(PlaceConfirmed, who))
        scribe.tell(day(2024, 11, 6), *accepted, by=who)
    for who in (BEN, BOLA, BARTEK):
        waits = about(
            EmployerAwaited, who, answer_by=date(2024, 11, 28), remind_on=date(2024, 11, 21)
        )
        scribe.tell(day(2024, 11, 7), about(OfferAccepted, who), waits, by=who)
        released = about(EmployerReleaseConfirmed, who)
        scribe.tell(day(2024, 11, 8), released, about(PlaceConfirmed, who))
    scribe.tell(day(2024, 11, 16, 0), about(OfferLapsed, DILYS), by="system:scheduler")
    scribe.tell(day(2024, 11, 25, 0), ReserveClosed(cohort_id=AUTUMN), by="system:scheduler")
    scribe.tell(day(2024, 11, 25), CohortStarted(cohort_id=AUTUMN))
