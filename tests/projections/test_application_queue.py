from datetime import date
from typing import Any

import pytest

from events.applications import (
    ApplicationAmended,
    ApplicationReinstated,
    ApplicationWithdrawn,
    EligibilityConfirmed,
    Profile,
)
from events.assessments import (
    AssessmentAmended,
    AssessmentSubmitted,
    AssessorAssigned,
    AssessorAwaitedAgain,
    AssessorStoodDown,
    ConflictDeclared,
    DecisionChanged,
    DecisionMade,
    ModerationHeld,
    PanelDidNothing,
)
from events.ids import PersonId
from events.offers import OfferMade, ReserveListed
from events.personal import Sealed
from events.terms import Area, Outcome, Relationship
from projections.application_queue import APPLICATION_QUEUE, ApplicationRow
from projections.projection import Shown
from tests.projections.edge import told, told_without_keys
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
from tests.scenes.history_choosing import about
from tests.scenes.scribe import Facts, shown

READY = tuple(eligible(ADA, PATIENT))
NOTHING = about(PanelDidNothing, ADA)
SCORE_BY, LATER = date(2024, 10, 30), date(2024, 11, 4)
DECIDED = about(DecisionMade, ADA, outcome=Outcome.OFFER, score=731, reasons=())


def queued(*facts: Facts) -> ApplicationRow:
    return shown(APPLICATION_QUEUE, application(ADA), *facts)


def seen(*facts: Facts) -> Shown:
    return told(APPLICATION_QUEUE, queued(*facts))


def waits_for(*facts: Facts) -> str:
    return str(seen(*facts)["waits_for"])


def assigned(assessor: PersonId) -> Any:
    return about(AssessorAssigned, ADA, assessor_id=assessor, lay=assessor == CLEO)


def assessed(assessor: PersonId) -> Any:
    given = {"scores": {"interest": 4}, "recommendation": Outcome.RESERVE, "comment": "So kind."}
    lay = assessor == CLEO
    return about(AssessmentSubmitted, ADA, assessor_id=assessor, lay=lay, **given)


def conflict(assessor: PersonId, *, hard: bool) -> Any:
    kind = Relationship.TEAM if hard else Relationship.ACQUAINTED
    return about(ConflictDeclared, ADA, assessor_id=assessor, kind=kind, hard=hard)


BOTH_ASSESSED = (assigned(CLEO), assigned(CARYS), assessed(CLEO), assessed(CARYS))


AMENDED = about(
    ApplicationAmended,
    ADA,
    profile=Profile(area=Area.DEVON),
    experiences=3,
    interest="I want to help more.",
)


@pytest.mark.parametrize(
    ("facts", "phrase"),
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
        (BOTH_ASSESSED, "a decision"),
    ],
)
def test_an_eligible_application_says_what_it_waits_for(facts: Any, phrase: str) -> None:
    assert waits_for(*READY, *facts) == phrase


def test_an_application_waits_to_be_handed_in_and_then_for_a_check() -> None:
    _, started, submitted = applied(ADA, PATIENT)
    assert waits_for(started) == "to be handed in"
    row = seen(started, submitted)
    assert (row["stage"], row["waits_for"]) == ("submitted", "an eligibility check")
    assert row["submitted_at"] == "2024-09-16T11:00:00Z"


def test_an_application_is_assessed_as_soon_as_one_assessment_is_in() -> None:
    facts = (*READY, assigned(CLEO), assigned(CARYS))
    assert seen(*facts)["stage"] == "eligible"
    assert seen(*facts, assessed(CLEO))["stage"] == "assessed"


def test_a_hard_conflict_ends_an_assessors_part_and_a_soft_one_is_recorded() -> None:
    both = (assigned(CLEO), assigned(CARYS), assessed(CARYS))
    assert waits_for(*READY, *both, conflict(CARYS, hard=True)) == "an assessor"
    soft = seen(*READY, *both, conflict(CARYS, hard=False))
    assert soft["waits_for"] == "1 assessment by a lay assessor"
    assert [one["conflict"] for one in soft["assessors"]] == [None, "acquainted"]


def test_somebody_who_only_said_that_they_know_the_applicant_is_no_assessor() -> None:
    assert waits_for(*READY, conflict(COLM, hard=False), assigned(CLEO)) == "an assessor"


def test_a_decided_application_waits_for_the_release_and_then_for_nothing() -> None:
    row = seen(*READY, about(ModerationHeld, ADA), DECIDED)
    assert (row["stage"], row["waits_for"]) == ("decided", "the release of decisions")
    assert (row["waiting"], row["moderated"]) == (True, True)
    row = seen(*READY, DECIDED, about(OfferMade, ADA, accept_by="2024-11-14"))
    assert (row["waits_for"], row["waiting"], row["stage"]) == ("nothing", False, "offered")


def test_a_decision_is_taken_again_after_a_hard_conflict() -> None:
    clash = conflict(CARYS, hard=True)
    facts = (*READY, *BOTH_ASSESSED, DECIDED, clash)
    assert (seen(*facts)["stage"], waits_for(*facts)) == ("assessed", "an assessor")
    again = about(
        DecisionChanged, ADA, outcome=Outcome.RESERVE, score=700, reasons=(), reason="a.mistake"
    )
    assert seen(*facts, again)["stage"] == "decided"
    assert seen(*READY, *BOTH_ASSESSED, DECIDED, conflict(CARYS, hard=False))["stage"] == "decided"


def test_what_is_said_otherwise_is_shown_and_looked_at_again() -> None:
    facts = (*READY, *BOTH_ASSESSED, DECIDED, AMENDED)
    row = seen(*facts)
    assert (row["stage"], row["waits_for"]) == ("submitted", "an eligibility check")
    assert (row["experiences"], row["amended_at"]) == (3, "2024-09-16T11:00:00Z")
    again = (*facts, about(EligibilityConfirmed, ADA))
    assert (seen(*again)["stage"], waits_for(*again)) == ("eligible", "2 assessments")
    assert waits_for(*again, assessed(CLEO), assessed(CARYS)) == "a decision"


def test_what_is_said_otherwise_is_looked_at_by_as_many_as_the_rules_ask_for() -> None:
    three = {"needed": 3, "needed_lay": 2}
    panel = [
        about(AssessorAssigned, ADA, assessor_id=who, lay=True, **three) for who in (CLEO, CARYS)
    ]
    again = (*READY, *panel, AMENDED, about(EligibilityConfirmed, ADA))
    assert waits_for(*again) == "an assessor"


def test_whoever_applies_themselves_is_no_assessor() -> None:
    left = about(AssessorStoodDown, ADA, assessor_id=CARYS, scored=True)
    facts = (*READY, *BOTH_ASSESSED, DECIDED, left)
    assert (seen(*facts)["stage"], waits_for(*facts)) == ("assessed", "an assessor")


def test_an_assessment_that_came_later_was_not_talked_through() -> None:
    held = about(ModerationHeld, ADA)
    assert seen(*READY, *BOTH_ASSESSED, held)["moderated"] is True
    assert seen(*READY, *BOTH_ASSESSED, held, assigned(COLM), assessed(COLM))["moderated"] is False


def test_an_application_that_comes_back_stands_where_the_panel_left_it() -> None:
    gone = about(ApplicationWithdrawn, ADA, reason="other")
    back = about(ApplicationReinstated, ADA, reason="asked-to-return")
    before = (*READY, *BOTH_ASSESSED)
    assert (seen(*before, gone)["stage"], seen(*before, gone)["waiting"]) == ("withdrawn", False)
    assert seen(*before, gone, back)["stage"] == "assessed"
    listed = about(ReserveListed, ADA, place=1, reasons=("places.taken",))
    assert seen(*before, DECIDED, listed, gone, back)["stage"] == "decided"


def test_what_says_nothing_changes_nothing_but_the_number_of_acts() -> None:
    quiet, noisy = seen(*READY), seen(*READY, NOTHING, NOTHING)
    same = ("position", "acted_at")
    assert {**noisy, **{name: quiet[name] for name in same}} == quiet
    assert len(queued(*READY, NOTHING, NOTHING).acts) == 2


def test_a_row_tells_nothing_of_what_the_panel_does() -> None:
    for one, other in ((NOTHING, DECIDED), (assessed(CLEO), conflict(CARYS, hard=True))):
        before, after = (queued(*READY, fact).model_dump() for fact in (one, other))
        for row in (before, after):
            assert [act.pop("sealed") != "" for act in row["acts"]] == [True]
        assert before == after


def test_without_the_key_it_is_said_that_the_panels_part_is_sealed() -> None:
    row = told_without_keys(APPLICATION_QUEUE, queued(*READY, *BOTH_ASSESSED, DECIDED))
    assert (row["stage"], row["waiting"]) == ("eligible", True)
    assert row["waits_for"] == "the panel, whose part is sealed"
    assert (row["assessors"], row["moderated"], row["interest"]) == ("(sealed)",) * 3
    assert "acts" not in row


def test_what_nobody_has_to_open_is_told_without_the_key() -> None:
    row = told_without_keys(APPLICATION_QUEUE, queued(*READY))
    assert (row["stage"], row["waits_for"], row["assessors"]) == ("eligible", "an assessor", [])
    offered = about(OfferMade, ADA, accept_by="2024-11-14")
    row = told_without_keys(APPLICATION_QUEUE, queued(*READY, DECIDED, offered))
    assert (row["stage"], row["waits_for"], row["waiting"]) == ("offered", "nothing", False)


def test_of_somebody_who_was_erased_the_panels_part_is_erased() -> None:
    row = queued(*READY, assigned(CLEO)).model_dump(mode="json")
    row = APPLICATION_QUEUE.shown({**row, "acts": ["(erased)"]})
    assert (row["waits_for"], row["assessors"]) == ("the panel, whose part is erased", "(erased)")


def found(*facts: Facts) -> list[Any]:
    """Of each assessor their scores, recommendation and comment, as they count now."""
    told_of = seen(*facts)["assessors"]
    return [[one[it] for it in ("scores", "recommendation", "comment")] for one in told_of]


HERS = [{"interest": 4}, "reserve", "So kind."]
NOTHING_YET = [None, None, None]


def test_what_assessors_found_is_told_as_long_as_it_counts() -> None:
    one_is_in = (*READY, assigned(CLEO), assigned(CARYS), assessed(CLEO))
    assert found(*one_is_in) == [HERS, NOTHING_YET]
    better = {"scores": {"interest": 5}, "recommendation": Outcome.OFFER, "comment": None}
    again = about(AssessmentAmended, ADA, assessor_id=CLEO, lay=True, **better)
    assert found(*one_is_in, again) == [[{"interest": 5}, "offer", None], NOTHING_YET]
    assert found(*one_is_in, AMENDED) == [NOTHING_YET, NOTHING_YET]
    left = about(AssessorStoodDown, ADA, assessor_id=CLEO, scored=True)
    assert found(*one_is_in, left) == [NOTHING_YET, NOTHING_YET]


def test_an_assessor_has_a_day_until_what_they_score_is_another_thing() -> None:
    def day(*facts: Facts) -> Any:
        (cleo,) = seen(*READY, *facts)["assessors"]
        return cleo["score_by"]

    awaited = about(AssessorAwaitedAgain, ADA, assessor_id=CLEO, score_by=LATER, remind_on=LATER)
    assert day(assigned(CLEO)) == str(SCORE_BY)
    assert day(assigned(CLEO), AMENDED) is None
    assert day(assigned(CLEO), AMENDED, awaited) == str(LATER)
    row = queued(*READY, NOTHING, assigned(CLEO), NOTHING)
    (cleo,) = told(APPLICATION_QUEUE, row)["assessors"]
    assert (len(row.acts), cleo["asked_at"]) == (3, row.acted_at[1])


def test_it_is_to_be_scored_as_long_as_it_goes_on_and_is_not_decided() -> None:
    def to_score(*facts: Facts) -> list[bool]:
        return [one["to_score"] for one in seen(*READY, *facts)["assessors"]]

    both = (assigned(CLEO), assigned(CARYS))
    gone = about(ApplicationWithdrawn, ADA, reason="other")
    assert to_score(*both, assessed(CLEO)) == [False, True]
    assert to_score(*both, conflict(CARYS, hard=True)) == [True, False]
    for over in (DECIDED, gone, AMENDED):
        assert to_score(*both, over) == [False, False]
    assert to_score(*both, AMENDED, about(EligibilityConfirmed, ADA)) == [True, True]


def test_what_the_panel_decided_is_shown_to_nobody() -> None:
    row = seen(*READY, *BOTH_ASSESSED, about(ModerationHeld, ADA), DECIDED)
    assert not {"acts", "outcome", "score", "reasons"} & row.keys()
    assert not [secret for secret in ("731", "offer") if secret in str(row)]


def test_what_the_applicant_said_stays_sealed_in_the_row() -> None:
    row = queued(*READY)
    for said in (row.profile, row.experiences, row.interest, row.leadership, row.wishes):
        assert isinstance(said, Sealed)
    opened = seen(*READY)
    assert opened["wishes"] is None
    assert (opened["profile"]["area"], opened["experiences"]) == ("devon", 1)
