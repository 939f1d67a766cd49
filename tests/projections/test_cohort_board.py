from datetime import date
from typing import Any

from events.applications import (
    ApplicationReinstated,
    ApplicationWithdrawn,
    EligibilityFailed,
)
from events.assessments import AssessmentSubmitted, DecisionMade, PanelDidNothing
from events.cohorts import (
    ApplicationsClosed,
    CohortCancelled,
    CohortCompleted,
    CohortCompletionTakenBack,
    CohortPlanAmended,
    CohortStarted,
    CohortStartTakenBack,
    DecisionsReleased,
)
from events.offers import (
    ApplicationDeclined,
    OfferLapsed,
    OfferMade,
    PlaceGivenUp,
    ReserveListed,
    ReservePromoted,
)
from events.personal import Sealed
from events.terms import Outcome
from events.workshops import TrainingCompleted, TrainingReopened
from projections.cohort_board import COHORT_BOARD, CohortRow, CohortState
from projections.replay import folded
from tests.projections.edge import told
from tests.scenes.cast import (
    ADA,
    AMINA,
    AOIFE,
    AUTUMN,
    BEN,
    CLEO,
    HEALTHCARE,
    PATIENT,
    applied,
    eligible,
)
from tests.scenes.cast import confirmed as on_the_cohort
from tests.scenes.cast import opened as opened_cohort
from tests.scenes.history import history
from tests.scenes.history_choosing import about
from tests.scenes.scribe import Facts, shown

ACCEPT_BY = "2024-11-14"


def board(*facts: Facts) -> CohortRow:
    return shown(COHORT_BOARD, AUTUMN, opened_cohort(), *facts)


def offered(who: Any) -> Any:
    return about(OfferMade, who, accept_by=ACCEPT_BY)


def assessed(who: Any) -> Any:
    given = {"scores": {"interest": 4}, "recommendation": Outcome.OFFER}
    return about(AssessmentSubmitted, who, assessor_id=CLEO, lay=True, **given)


def decided(who: Any) -> Any:
    return about(DecisionMade, who, outcome=Outcome.OFFER, score=700, reasons=())


def test_a_planned_cohort_shows_its_title_and_dates() -> None:
    row = shown(COHORT_BOARD, AUTUMN, next(opened_cohort(places=12)))
    assert (row.places_per_side, row.state) == (12, "planned")
    assert isinstance(row.title, Sealed)
    assert told(COHORT_BOARD, row)["title"] == "Autumn 2024"
    assert (str(row.opens_on), str(row.ends_on)) == ("2024-09-02", "2025-05-30")


def test_each_side_is_counted_on_its_own() -> None:
    row = board(eligible(ADA, PATIENT), applied(AMINA, PATIENT), applied(BEN, HEALTHCARE))
    assert (row.patient_leaders.submitted, row.patient_leaders.eligible) == (2, 1)
    assert (row.healthcare_leaders.submitted, row.healthcare_leaders.eligible) == (1, 0)


def test_an_application_that_came_further_is_still_counted_where_it_came_by() -> None:
    here = board(eligible(ADA, PATIENT), offered(ADA)).patient_leaders
    assert (here.started, here.submitted, here.eligible, here.offered) == (1,) * 4
    assert here.accepted == 0


def test_how_far_the_panel_is_shows_in_no_number() -> None:
    before = board(eligible(ADA, PATIENT))
    after = board(eligible(ADA, PATIENT), assessed(ADA), decided(ADA), assessed(ADA))
    assert after.patient_leaders == before.patient_leaders
    assert after.applicants == before.applicants
    nothing = board(eligible(ADA, PATIENT), *[about(PanelDidNothing, ADA)] * 3)
    assert after == nothing


def test_an_application_that_comes_back_after_the_release_is_eligible() -> None:
    gone = (
        about(ReserveListed, ADA, place=1, reasons=()),
        about(ApplicationWithdrawn, ADA, reason="other"),
    )
    back = about(ApplicationReinstated, ADA, reason="asked-to-return")
    row = board(eligible(ADA, PATIENT), *gone, back)
    assert [one.progress.stage for one in row.applicants.values()] == ["eligible"]
    assert (row.patient_leaders.withdrawn, row.patient_leaders.reserve) == (0, 0)


def test_a_withdrawn_application_that_comes_back_is_withdrawn_no_more() -> None:
    gone = (*eligible(ADA, PATIENT), about(ApplicationWithdrawn, ADA, reason="other"))
    assert board(*gone).patient_leaders.withdrawn == 1
    back = board(*gone, about(ApplicationReinstated, ADA, reason="asked-to-return"))
    assert (back.patient_leaders.withdrawn, back.patient_leaders.eligible) == (0, 1)


def test_a_place_does_not_come_back_with_the_application() -> None:
    row = board(
        on_the_cohort(ADA, PATIENT),
        about(ApplicationWithdrawn, ADA, reason="other"),
        about(ApplicationReinstated, ADA, reason="asked-to-return"),
    )
    assert row.patient_leaders.on_the_cohort == 0
    assert row.patient_leaders.confirmed == 1  # it once was


def test_every_answer_to_an_application_has_its_number() -> None:
    listed = about(ReserveListed, AMINA, place=1, reasons=("places.taken",))
    declined = about(ApplicationDeclined, AOIFE, reasons=("interest.unclear",))
    everybody = [fact for who in (ADA, AMINA, AOIFE) for fact in eligible(who, PATIENT)]
    row = board(*everybody, offered(ADA), listed, declined).patient_leaders
    assert (row.open_offers, row.reserve, row.declined) == (1, 1, 1)
    lapsed = (about(OfferLapsed, ADA), about(ReservePromoted, AMINA), offered(AMINA))
    row = board(*everybody, offered(ADA), listed, declined, *lapsed).patient_leaders
    assert (row.open_offers, row.reserve, row.lapsed, row.offered) == (1, 0, 1, 2)


def test_a_place_given_up_is_free_again() -> None:
    row = board(on_the_cohort(ADA, PATIENT), about(PlaceGivenUp, ADA, reason="ill"))
    assert (row.patient_leaders.on_the_cohort, row.patient_leaders.given_up) == (0, 1)


def test_who_is_not_eligible_is_counted_so() -> None:
    row = board(applied(ADA, PATIENT), about(EligibilityFailed, ADA, reasons=("interest.none",)))
    assert (row.patient_leaders.ineligible, row.patient_leaders.eligible) == (1, 0)


def test_training_that_was_counted_too_early_is_taken_back() -> None:
    done = TrainingCompleted(person_id=ADA, cohort_id=AUTUMN)
    row = board(on_the_cohort(ADA, PATIENT), done)
    assert row.patient_leaders.training_completed == 1
    row = board(on_the_cohort(ADA, PATIENT), done, TrainingReopened(**done.model_dump()))
    assert row.patient_leaders.training_completed == 0


def test_a_closed_cohort_is_assessing_once_the_panel_has_acted() -> None:
    closed = ApplicationsClosed(cohort_id=AUTUMN)
    ready = (*eligible(ADA, PATIENT), closed)
    assert board(*ready).state is CohortState.CLOSED
    assert board(*ready, assessed(ADA)).state is CohortState.ASSESSING
    assert board(eligible(ADA, PATIENT), assessed(ADA), closed).state is CohortState.ASSESSING
    released = DecisionsReleased(cohort_id=AUTUMN)
    assert board(*ready, assessed(ADA), released).state is CohortState.DECISIONS_RELEASED
    cancelled = CohortCancelled(cohort_id=AUTUMN, reason="too-few")
    assert board(*ready, cancelled).state is CohortState.CANCELLED


def test_the_numbers_of_a_whole_cohort() -> None:
    row = folded(COHORT_BOARD, history())[AUTUMN]
    patients, professionals = row.patient_leaders, row.healthcare_leaders
    assert row.state is CohortState.COMPLETED
    assert (patients.started, patients.ineligible, patients.withdrawn) == (6, 1, 1)
    assert (patients.offered, patients.offer_declined, patients.lapsed) == (4, 1, 1)
    assert (professionals.confirmed, professionals.given_up) == (3, 1)
    assert (patients.paired, professionals.paired) == (2, 2)
    assert (patients.training_completed, professionals.training_completed) == (1, 1)
    assert (patients.projects, patients.completed_pairings, patients.continuing) == (1, 2, 1)


CLOSED, HEARD = ApplicationsClosed(cohort_id=AUTUMN), DecisionsReleased(cohort_id=AUTUMN)


def test_a_close_that_comes_late_does_not_put_the_board_back() -> None:
    assert board(HEARD, CLOSED).state is CohortState.DECISIONS_RELEASED
    assert board(HEARD, CohortStarted(cohort_id=AUTUMN), CLOSED).state is CohortState.RUNNING


def test_the_board_shows_the_plan_as_it_is_now() -> None:
    change: dict[str, Any] = {"starts_on": date(2024, 11, 26), "places_per_side": 12}
    row = board(CohortPlanAmended(cohort_id=AUTUMN, reason="cohort.plan-venue", **change))
    assert (row.starts_on, row.places_per_side) == (date(2024, 11, 26), 12)
    assert (row.ends_on, row.state) == (date(2025, 5, 30), CohortState.OPEN)


def test_a_later_close_shows_the_cohort_as_open_again() -> None:
    later = CohortPlanAmended(
        cohort_id=AUTUMN, reason="cohort.plan-demand", closes_on=date(2024, 10, 20)
    )
    assert board(CLOSED, later).state is CohortState.OPEN
    assert board(HEARD, later).state is CohortState.DECISIONS_RELEASED


def test_a_step_that_was_taken_back_is_not_shown() -> None:
    started, over = CohortStarted(cohort_id=AUTUMN), CohortCompleted(cohort_id=AUTUMN)
    not_over = CohortCompletionTakenBack(cohort_id=AUTUMN, reason="cohort.step-mistake")
    not_started = CohortStartTakenBack(cohort_id=AUTUMN, reason="cohort.step-mistake")
    assert board(HEARD, started, over, not_over).state is CohortState.RUNNING
    assert board(HEARD, started, not_started).state is CohortState.DECISIONS_RELEASED
