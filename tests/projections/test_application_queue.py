from typing import Any

import pytest

from events.assessments import (
    AssessmentSubmitted,
    AssessorAssigned,
    ConflictDeclared,
    DecisionMade,
    ModerationHeld,
)
from events.ids import PersonId
from events.offers import OfferMade
from events.personal import Sealed
from events.terms import Outcome, Relationship
from projections.application_queue import APPLICATION_QUEUE, ApplicationRow
from tests.scenes.cast import (
    ADA,
    CARYS,
    CLEO,
    COLM,
    PATIENT,
    application,
    applied,
    eligible,
)
from tests.scenes.given import NOON
from tests.scenes.history_choosing import about
from tests.scenes.scribe import Facts, shown

READY = tuple(eligible(ADA, PATIENT))


def queued(*facts: Facts) -> ApplicationRow:
    return shown(APPLICATION_QUEUE, application(ADA), *facts)


def assigned(assessor: PersonId) -> Any:
    return about(AssessorAssigned, ADA, assessor_id=assessor, lay=assessor == CLEO)


def assessed(assessor: PersonId) -> Any:
    given = {"scores": {"interest": 4}, "recommendation": Outcome.OFFER}
    lay = assessor == CLEO
    return about(AssessmentSubmitted, ADA, assessor_id=assessor, lay=lay, **given)


def conflict(assessor: PersonId, *, hard: bool) -> Any:
    kind = Relationship.TEAM if hard else Relationship.ACQUAINTED
    return about(ConflictDeclared, ADA, assessor_id=assessor, kind=kind, hard=hard)


@pytest.mark.parametrize(
    ("facts", "waits_for"),
    [
        ((), "an assessor"),
        ((assigned(CARYS),), "a lay assessor"),
        ((assigned(CARYS), assigned(COLM)), "a lay assessor"),
        ((assigned(CLEO),), "an assessor"),
        ((assigned(CLEO), assigned(CARYS)), "2 assessments"),
        ((assigned(CLEO), assigned(CARYS), assessed(CLEO)), "1 assessment"),
        (
            (assigned(CLEO), assigned(CARYS), assigned(COLM), assessed(CARYS), assessed(COLM)),
            "1 assessment by a lay assessor",
        ),
        ((assigned(CLEO), assigned(CARYS), assessed(CLEO), assessed(CARYS)), "a decision"),
    ],
)
def test_an_eligible_application_says_what_it_waits_for(facts: Any, waits_for: str) -> None:
    assert queued(*READY, *facts).waits_for == waits_for


def test_an_application_waits_to_be_handed_in_and_then_for_a_check() -> None:
    _, started, submitted = applied(ADA, PATIENT)
    assert queued(started).waits_for == "to be handed in"
    row = queued(started, submitted)
    assert (row.waits_for, row.submitted_at) == ("an eligibility check", NOON)


def test_a_hard_conflict_ends_an_assessors_part_and_a_soft_one_is_recorded() -> None:
    both = (assigned(CLEO), assigned(CARYS), assessed(CARYS))
    assert queued(*READY, *both, conflict(CARYS, hard=True)).waits_for == "an assessor"
    soft = queued(*READY, *both, conflict(CARYS, hard=False))
    assert soft.waits_for == "1 assessment by a lay assessor"
    assert [one.conflict for one in soft.assessors] == [None, Relationship.ACQUAINTED]


def test_somebody_who_only_said_that_they_know_the_applicant_is_no_assessor() -> None:
    row = queued(*READY, conflict(COLM, hard=False), assigned(CLEO))
    assert row.waits_for == "an assessor"


def test_a_decided_application_waits_for_the_release_and_then_for_nothing() -> None:
    decided = about(DecisionMade, ADA, outcome=Outcome.OFFER, score=700, reasons=())
    row = queued(*READY, about(ModerationHeld, ADA), decided)
    assert (row.waits_for, row.waiting, row.moderated) == ("the release of decisions", True, True)
    row = queued(*READY, decided, about(OfferMade, ADA, accept_by="2024-11-14"))
    assert (row.waits_for, row.waiting, row.stage) == ("nothing", False, "offered")


def test_what_the_applicant_wrote_stays_sealed() -> None:
    row = queued(*READY)
    assert isinstance(row.interest, Sealed)
    assert isinstance(row.leadership, Sealed)
    assert row.interest.audience == ADA
