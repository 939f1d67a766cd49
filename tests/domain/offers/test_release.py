from datetime import UTC, date, datetime
from typing import Any

import pytest

from domain.cohorts.cohort import CohortIsCancelled, UnknownCohort
from domain.decision import NotYourRole
from domain.offers.release import ReleaseDecisions, TooEarlyToRelease
from domain.offers.results import NotAllDecided, StillTakingApplications
from domain.offers.signing import SignedOtherwise
from events.applications import (
    ApplicationAmended,
    ApplicationStarted,
    EligibilityConfirmed,
    Profile,
)
from events.cohorts import (
    CohortCancelled,
    DecisionsReleased,
    ExtensionGranted,
    ExtensionWithdrawn,
)
from events.ids import PersonId
from events.offers import ApplicationDeclined, ReserveOpened
from events.people import PersonErased
from events.terms import Area, Outcome, Relationship, Role
from tests.scenes.cast import (
    ADA,
    AMINA,
    AOIFE,
    AUTUMN,
    BEN,
    BOLA,
    CARYS,
    HEALTHCARE,
    PATIENT,
    SPRING,
    application,
    applied,
    eligible,
    opened,
)
from tests.scenes.given import Given, Result, given
from tests.scenes.selection import (
    BEFORE_RELEASE,
    RELEASE_DAY,
    by_id,
    conflict,
    decided,
    decision,
    nothing,
    offer,
    reinstated,
    signed,
    turn,
    withdrawn,
)

LONGER = ExtensionGranted(
    cohort_id=AUTUMN, person_id=ADA, until=date(2024, 11, 10), reason="extension.our-delay"
)
OUT = (
    DecisionsReleased(cohort_id=AUTUMN),
    ReserveOpened(cohort_id=AUTUMN, closes_on=date(2024, 11, 24)),
)
LET_GO = ReleaseDecisions(cohort_id=AUTUMN)
RESERVE, DECLINE = Outcome.RESERVE, Outcome.DECLINE


def released(scene: Given, at: datetime = RELEASE_DAY) -> Result:
    return signed(scene, at).when(LET_GO, at=at)


def declined(who: PersonId, *reasons: str) -> ApplicationDeclined:
    return ApplicationDeclined(
        application_id=application(who),
        cohort_id=AUTUMN,
        person_id=who,
        side=PATIENT,
        reasons=reasons,
    )


def test_everybody_is_told_at_once_and_once() -> None:
    scene = given(
        opened(),
        decided(ADA, PATIENT),
        decided(AMINA, PATIENT, RESERVE, 500, ("group.mix-of-people",)),
        decided(AOIFE, PATIENT, DECLINE, 300, ("dates.do-not-fit", "interest.not-clear")),
        decided(BEN, HEALTHCARE, score=610),
    )
    done = released(scene).then(
        *OUT,
        *by_id(
            [
                offer(ADA, PATIENT),
                turn(AMINA, PATIENT, 1, "group.mix-of-people"),
                declined(AOIFE, "dates.do-not-fit", "interest.not-clear"),
                offer(BEN, HEALTHCARE),
            ]
        ),
    )
    released(done).then_already_so()


def test_whom_the_panel_wished_to_offer_a_place_waits_before_whom_it_put_in_reserve() -> None:
    scene = given(
        opened(places=1),
        decided(ADA, PATIENT, score=700),
        decided(AMINA, PATIENT, score=900),
        decided(AOIFE, PATIENT, RESERVE, 800, ("group.mix-of-people",)),
        decided(BEN, HEALTHCARE, score=1),
    )
    released(scene).then(
        *OUT,
        *by_id(
            [
                offer(AMINA, PATIENT),
                turn(ADA, PATIENT, 1, "places.taken"),
                turn(AOIFE, PATIENT, 2, "group.mix-of-people"),
                offer(BEN, HEALTHCARE),
            ]
        ),
    )


def test_equal_scores_go_by_the_applications_id_whatever_came_first() -> None:
    first, second = sorted([ADA, AMINA], key=application)
    for order in ([first, second], [second, first]):
        scene = given(opened(places=1), *(decided(who, PATIENT) for who in order))
        released(scene).then(*OUT, offer(first, PATIENT), turn(second, PATIENT, 1, "places.taken"))


def test_nobody_is_told_while_one_is_undecided() -> None:
    scene = given(
        opened(), decided(ADA, PATIENT), eligible(AMINA, PATIENT), eligible(BEN, HEALTHCARE)
    )
    result = released(scene)
    result.then_refused(NotAllDecided)
    assert result.refusal
    assert result.refusal.sentence.startswith("2 applications of this cohort are not decided yet.")


def test_an_application_that_nobody_checked_is_not_forgotten() -> None:
    result = released(given(opened(), decided(ADA, PATIENT), applied(BOLA, HEALTHCARE)))
    result.then_refused(NotAllDecided)
    assert result.refusal
    assert result.refusal.sentence.startswith("One application of this cohort")


def test_undecided_applications_of_another_cohort_hold_nothing_up() -> None:
    released(
        given(opened(), opened(SPRING), decided(ADA, PATIENT), eligible(BEN, HEALTHCARE, SPRING))
    ).then(*OUT, offer(ADA, PATIENT))


def test_who_withdrew_is_not_told_and_holds_nothing_up() -> None:
    scene = given(
        opened(),
        decided(ADA, PATIENT),
        eligible(AMINA, PATIENT),
        withdrawn(ADA, PATIENT),
        withdrawn(AMINA, PATIENT),
    )
    released(scene).then(nothing(AMINA), *OUT)


def test_who_goes_on_after_withdrawing_is_told_too() -> None:
    scene = given(
        opened(), decided(ADA, PATIENT), withdrawn(ADA, PATIENT), reinstated(ADA, PATIENT)
    )
    released(scene).then(*OUT, offer(ADA, PATIENT))


def test_who_was_erased_is_not_told_and_holds_nothing_up() -> None:
    scene = given(
        opened(),
        decided(ADA, PATIENT),
        eligible(AMINA, PATIENT),
        applied(BEN, HEALTHCARE),
        decided(BOLA, HEALTHCARE),
    )
    released(scene).then_refused(NotAllDecided)
    gone = [PersonErased(person_id=who) for who in (AMINA, BEN, BOLA)]
    released(given(scene.facts, gone)).then(*OUT, offer(ADA, PATIENT))


def test_the_place_of_who_was_erased_goes_to_the_next_by_score() -> None:
    scene = given(
        opened(places=1), decided(ADA, PATIENT, score=900), decided(AMINA, PATIENT, score=500)
    )
    released(scene).then(
        *OUT, *by_id([offer(ADA, PATIENT), turn(AMINA, PATIENT, 1, "places.taken")])
    )
    released(given(scene.facts, PersonErased(person_id=ADA))).then(*OUT, offer(AMINA, PATIENT))


def test_no_act_of_the_panel_is_made_up_for_who_was_erased() -> None:
    scene = given(opened(), decided(ADA, PATIENT), eligible(BEN, HEALTHCARE))
    gone = PersonErased(person_id=BEN)
    released(given(scene.facts, gone)).then(*OUT, offer(ADA, PATIENT))


def test_the_longer_time_of_who_was_erased_holds_nothing_up() -> None:
    longer = ExtensionGranted(
        cohort_id=AUTUMN, person_id=BOLA, until=RELEASE_DAY.date(), reason="extension.illness"
    )
    scene = given(opened(), longer, decided(ADA, PATIENT), PersonErased(person_id=BOLA))
    released(scene).then(*OUT, offer(ADA, PATIENT))


def test_a_decision_that_a_conflict_undid_is_taken_again_first() -> None:
    scene = given(opened(), decided(ADA, PATIENT), conflict(CARYS, ADA, Relationship.TEAM))
    released(scene).then_refused(NotAllDecided)


def test_a_soft_conflict_undoes_nothing() -> None:
    scene = given(opened(), decided(ADA, PATIENT), conflict(CARYS, ADA, Relationship.ACQUAINTED))
    released(scene).then(*OUT, offer(ADA, PATIENT))


def test_nobody_is_told_before_the_day() -> None:
    scene = given(opened(), decided(ADA, PATIENT))
    released(scene, BEFORE_RELEASE).then_refused(TooEarlyToRelease)
    released(scene, datetime(2024, 11, 4, tzinfo=UTC)).then(*OUT, offer(ADA, PATIENT))


def test_nobody_is_told_while_somebody_may_still_apply() -> None:
    longer = ExtensionGranted(
        cohort_id=AUTUMN, person_id=BOLA, until=RELEASE_DAY.date(), reason="extension.illness"
    )
    scene = given(opened(), longer, decided(ADA, PATIENT))
    released(scene).then_refused(StillTakingApplications)
    released(scene, datetime(2024, 11, 5, tzinfo=UTC)).then_kinds(
        DecisionsReleased, ReserveOpened, type(offer(ADA, PATIENT))
    )


def test_a_cohort_that_does_not_exist_releases_nothing() -> None:
    released(given(opened(SPRING), decided(ADA, PATIENT))).then_refused(UnknownCohort)


def test_a_cancelled_cohort_releases_nothing() -> None:
    off = CohortCancelled(cohort_id=AUTUMN, reason="cohort.too-few")
    released(given(opened(), decided(ADA, PATIENT), off)).then_refused(CohortIsCancelled)


@pytest.mark.parametrize("role", [Role.APPLICANT, Role.ASSESSOR, Role.SYSTEM, Role.IMPORTER])
def test_only_the_panel_releases(role: Role) -> None:
    given(opened(), decided(ADA, PATIENT)).when(
        LET_GO, by=ADA, role=role, at=RELEASE_DAY
    ).then_refused(NotYourRole)


@pytest.mark.parametrize(
    "done",
    [
        tuple(decided(ADA, PATIENT)),
        (*applied(ADA, PATIENT), withdrawn(ADA, PATIENT)),
    ],
    ids=["decided on", "withdrew"],
)
def test_an_extension_that_was_used_keeps_nobody_waiting(done: tuple[Any, ...]) -> None:
    scene = given(opened(), decided(BEN, HEALTHCARE), LONGER, done)
    assert OUT[0] in released(scene).new


def test_whoever_has_longer_and_did_not_hand_in_is_waited_for() -> None:
    nothing_yet = given(opened(), decided(BEN, HEALTHCARE), LONGER)
    began = ApplicationStarted(
        application_id=application(ADA), cohort_id=AUTUMN, person_id=ADA, side=PATIENT
    )
    for scene in (nothing_yet, given(nothing_yet.facts, began)):
        released(scene).then_refused(StillTakingApplications)
    gone = ExtensionWithdrawn(cohort_id=AUTUMN, person_id=ADA, reason="extension.not-needed")
    assert OUT[0] in released(given(nothing_yet.facts, gone)).new


def test_what_was_changed_after_the_decision_is_decided_on_again() -> None:
    other = ApplicationAmended(
        application_id=application(ADA),
        cohort_id=AUTUMN,
        person_id=ADA,
        side=PATIENT,
        profile=Profile(area=Area.DEVON),
        experiences=2,
        interest="I want to help more.",
    )
    scene = signed(given(opened(), decided(ADA, PATIENT), decided(BEN, HEALTHCARE)))
    late = given(scene.facts, other, eligible_again())
    late.when(LET_GO, at=RELEASE_DAY).then_refused(NotAllDecided)
    again = given(late.facts, decision(ADA, PATIENT))
    again.when(LET_GO, at=RELEASE_DAY).then_refused(SignedOtherwise)
    assert OUT[0] in released(again).new


def eligible_again() -> EligibilityConfirmed:
    return EligibilityConfirmed(
        application_id=application(ADA), cohort_id=AUTUMN, person_id=ADA, side=PATIENT
    )
