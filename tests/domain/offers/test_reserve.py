from datetime import UTC, date, datetime
from typing import Any

import pytest

from domain.applications.application import ApplicationIsWithdrawn, UnknownApplication
from domain.cohorts.cohort import CohortIsCancelled, UnknownCohort
from domain.decision import Act, NotYourRole
from domain.offers.policies import when_a_cohort_goes_on_after_all, when_somebody_waits
from domain.offers.reserve import (
    CloseReserve,
    ListAgain,
    NoSuchTurn,
    NotForTheList,
    NotOnTheList,
    PromoteFromReserve,
    RelistReason,
    ReorderReason,
    ReorderReserve,
    ReserveIsClosed,
    ReserveNotOpen,
    ReserveStillOpen,
)
from events.cohorts import (
    CohortCancelled,
    CohortCompleted,
    CohortCompletionTakenBack,
    CohortStarted,
)
from events.ids import PersonId
from events.offers import (
    ApplicationDeclined,
    OfferLapsed,
    OfferMade,
    ReserveClosed,
    ReserveEnded,
    ReserveOpened,
    ReservePromoted,
    ReserveReordered,
)
from events.terms import Role, Side
from tests.scenes.cast import (
    ADA,
    AMINA,
    AOIFE,
    AUTUMN,
    BEN,
    BOLA,
    HEALTHCARE,
    PATIENT,
    SPRING,
    application,
    eligible,
    opened,
)
from tests.scenes.given import Given, command_id, folded, given
from tests.scenes.pairs import recorded
from tests.scenes.selection import (
    RELEASE_DAY,
    decided,
    offer,
    offered,
    place,
    reinstated,
    turn,
    waits,
    withdrawn,
)
from tests.scenes.team import RUTH

LIST_OPENS = ReserveOpened(cohort_id=AUTUMN, closes_on=date(2024, 11, 24))
LAST_DAY = datetime(2024, 11, 24, 23, 59, tzinfo=UTC)
LIST_OVER = datetime(2024, 11, 25, tzinfo=UTC)
CLOSE = CloseReserve(cohort_id=AUTUMN)
NEXT = PromoteFromReserve(cohort_id=AUTUMN, side=PATIENT)


def lapsed(who: PersonId, side: Side) -> OfferLapsed:
    return OfferLapsed(application_id=application(who), cohort_id=AUTUMN, person_id=who, side=side)


def ended(who: PersonId, side: Side) -> ReserveEnded:
    return ReserveEnded(application_id=application(who), cohort_id=AUTUMN, person_id=who, side=side)


def promoted(who: PersonId, side: Side) -> ReservePromoted:
    return ReservePromoted(
        application_id=application(who), cohort_id=AUTUMN, person_id=who, side=side
    )


def moves(who: PersonId, number: int) -> ReorderReserve:
    return ReorderReserve(
        application_id=application(who), place=number, reason=ReorderReason.BALANCE
    )


def again(who: PersonId) -> ListAgain:
    return ListAgain(application_id=application(who), reason=RelistReason.ANSWERED_LATE)


def one_place_two_wait() -> Given:
    """Ada has the only offer; Amina and then Aoife wait, and on the other side Ben."""
    return given(
        opened(places=1),
        offered(ADA, PATIENT),
        waits(AMINA, PATIENT, 1),
        waits(AOIFE, PATIENT, 2),
        waits(BEN, HEALTHCARE, 1),
    )


def test_while_no_place_is_free_nobody_is_next() -> None:
    one_place_two_wait().when(NEXT, at=RELEASE_DAY).then_already_so()


def test_a_free_place_goes_to_the_first_on_that_side_and_to_no_other() -> None:
    given(one_place_two_wait().facts, lapsed(ADA, PATIENT)).when(NEXT, at=RELEASE_DAY).then(
        promoted(AMINA, PATIENT), offer(AMINA, PATIENT)
    ).when(NEXT, at=RELEASE_DAY).then_already_so()


def test_all_free_places_are_offered_at_once() -> None:
    given(opened(places=5), waits(AMINA, PATIENT, 1), waits(AOIFE, PATIENT, 2)).when(
        NEXT, at=RELEASE_DAY
    ).then_kinds(ReservePromoted, OfferMade, ReservePromoted, OfferMade)


def test_a_withdrawn_offer_and_a_withdrawn_turn_are_free() -> None:
    given(one_place_two_wait().facts, withdrawn(ADA, PATIENT), withdrawn(AMINA, PATIENT)).when(
        NEXT, at=RELEASE_DAY
    ).then(promoted(AOIFE, PATIENT), offer(AOIFE, PATIENT))


def test_a_withdrawn_confirmed_place_is_free() -> None:
    given(one_place_two_wait().facts, place(ADA, PATIENT), withdrawn(ADA, PATIENT)).when(
        NEXT, at=RELEASE_DAY
    ).then(promoted(AMINA, PATIENT), offer(AMINA, PATIENT))


def test_who_waits_for_another_cohort_is_not_next_here() -> None:
    given(opened(SPRING), opened(), waits(AMINA, PATIENT, 1)).when(
        PromoteFromReserve(cohort_id=SPRING, side=PATIENT)
    ).then_already_so()


def test_a_cohort_that_does_not_exist_has_no_next() -> None:
    given(waits(AMINA, PATIENT, 1)).when(NEXT).then_refused(UnknownCohort)


def test_a_cancelled_cohort_has_no_next() -> None:
    off = CohortCancelled(cohort_id=AUTUMN, reason="cohort.too-few")
    given(opened(), waits(AMINA, PATIENT, 1), off).when(NEXT).then_refused(CohortIsCancelled)


def test_free_places_are_offered_until_the_last_day_of_the_list_is_over() -> None:
    begun = given(opened(), LIST_OPENS, waits(AMINA, PATIENT, 1), CohortStarted(cohort_id=AUTUMN))
    begun.when(NEXT, role=Role.SYSTEM, at=LAST_DAY).then_kinds(ReservePromoted, OfferMade)
    begun.when(NEXT, role=Role.SYSTEM, at=LIST_OVER).then_already_so()
    begun.when(NEXT, at=LIST_OVER).then_already_so()
    given(begun.facts, CohortCompleted(cohort_id=AUTUMN)).when(NEXT).then_already_so()


def test_the_list_closes_once_its_last_day_is_over_and_who_waits_is_told() -> None:
    scene = given(one_place_two_wait().facts, LIST_OPENS)
    scene.when(CLOSE, at=LAST_DAY).then_refused(ReserveStillOpen)
    one_place_two_wait().when(CLOSE, at=LIST_OVER).then_refused(ReserveNotOpen)
    closed = scene.when(CLOSE, at=LIST_OVER).then(
        ended(AMINA, PATIENT),
        ended(AOIFE, PATIENT),
        ended(BEN, HEALTHCARE),
        ReserveClosed(cohort_id=AUTUMN),
    )
    closed.when(CLOSE, at=LIST_OVER).then_already_so()
    given(closed.facts, lapsed(ADA, PATIENT)).when(NEXT, at=LIST_OVER).then_already_so()
    closed.when(again(AMINA), at=LIST_OVER).then_refused(ReserveIsClosed)


def test_who_comes_on_the_list_beside_a_free_place_is_asked_at_once() -> None:
    beside = given(opened(places=2), offered(ADA, PATIENT), waits(AMINA, PATIENT, 1))
    wanted = list(when_somebody_waits(recorded(turn(AMINA, PATIENT, 1))))
    assert wanted == [NEXT]
    beside.when(NEXT, at=RELEASE_DAY).then(promoted(AMINA, PATIENT), offer(AMINA, PATIENT))


def test_what_came_free_just_before_a_cohort_was_over_is_offered_once_it_goes_on() -> None:
    begun = given(opened(places=1), LIST_OPENS, offered(ADA, PATIENT), waits(AMINA, PATIENT, 1))
    over = given(begun.facts, lapsed(ADA, PATIENT), CohortCompleted(cohort_id=AUTUMN))
    over.when(NEXT, role=Role.SYSTEM, at=RELEASE_DAY).then_already_so()
    back = CohortCompletionTakenBack(cohort_id=AUTUMN, reason="cohort.step-mistake")
    goes_on = given(over.facts, back)
    other = PromoteFromReserve(cohort_id=AUTUMN, side=HEALTHCARE)
    assert [*when_a_cohort_goes_on_after_all(recorded(back))] == [NEXT, other]
    goes_on.when(NEXT, role=Role.SYSTEM, at=RELEASE_DAY).then(
        promoted(AMINA, PATIENT), offer(AMINA, PATIENT)
    )


def test_people_have_their_days_from_when_it_was_asked_for() -> None:
    scene = given(opened(), waits(AMINA, PATIENT, 1))
    asked: Any = {"asked_at": LAST_DAY, "reason": "systems.away"}
    act = Act(command_id(), RELEASE_DAY, RUTH, Role.COORDINATOR, **asked)
    known = NEXT.needs(lambda wanted: folded(wanted, scene.facts))
    *_, made = NEXT.decide(act, *known)
    assert made == offer(AMINA, PATIENT, date(2024, 12, 4))


def test_a_turn_changes_with_a_reason_and_the_list_follows() -> None:
    changed = (
        given(opened(places=1), waits(AMINA, PATIENT, 1), waits(AOIFE, PATIENT, 2))
        .when(moves(AOIFE, 1))
        .then(
            ReserveReordered(
                application_id=application(AOIFE),
                cohort_id=AUTUMN,
                person_id=AOIFE,
                side=PATIENT,
                place=1,
                reason="reserve.mix-of-people",
            )
        )
    )
    changed.when(moves(AOIFE, 1)).then_already_so()
    changed.when(NEXT, at=RELEASE_DAY).then(promoted(AOIFE, PATIENT), offer(AOIFE, PATIENT))


def test_a_turn_that_the_list_does_not_have_is_refused() -> None:
    one_place_two_wait().when(moves(AMINA, 3)).then_refused(NoSuchTurn)


def test_only_who_waits_has_a_turn() -> None:
    one_place_two_wait().when(moves(ADA, 1)).then_refused(NotOnTheList)
    given(opened(), eligible(BOLA, HEALTHCARE)).when(moves(BOLA, 1)).then_refused(NotOnTheList)
    given(opened()).when(moves(BOLA, 1)).then_refused(UnknownApplication)


@pytest.mark.parametrize("role", [Role.APPLICANT, Role.SYSTEM])
def test_only_the_panel_changes_turns(role: Role) -> None:
    one_place_two_wait().when(moves(AOIFE, 1), by=AOIFE, role=role).then_refused(NotYourRole)


def test_who_lost_an_offer_can_wait_again_at_the_end() -> None:
    given(one_place_two_wait().facts, lapsed(ADA, PATIENT)).when(again(ADA)).then(
        turn(ADA, PATIENT, 3, "reserve.answered-late")
    ).when(again(ADA)).then_already_so()


def test_an_application_that_goes_on_after_the_release_can_wait_again() -> None:
    gone = given(one_place_two_wait().facts, withdrawn(AMINA, PATIENT))
    gone.when(again(AMINA)).then_refused(ApplicationIsWithdrawn)
    given(gone.facts, reinstated(AMINA, PATIENT)).when(again(AMINA)).then(
        turn(AMINA, PATIENT, 2, "reserve.answered-late")
    )


def test_nobody_comes_on_the_list_past_the_panel() -> None:
    no = ApplicationDeclined(
        application_id=application(BOLA),
        cohort_id=AUTUMN,
        person_id=BOLA,
        side=HEALTHCARE,
        reasons=("dates.do-not-fit",),
    )
    given(opened(), decided(BOLA, HEALTHCARE), no).when(again(BOLA)).then_refused(NotForTheList)
    given(opened(), decided(BOLA, HEALTHCARE)).when(again(BOLA)).then_refused(NotForTheList)
    given(opened()).when(again(BOLA)).then_refused(UnknownApplication)


def test_who_holds_an_offer_does_not_wait() -> None:
    one_place_two_wait().when(again(ADA)).then_refused(NotForTheList)
