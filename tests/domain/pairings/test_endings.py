from collections.abc import Callable

import pytest

from domain.decision import Command, NotYours
from domain.offers.offer import NotOnTheCohort
from domain.pairings.compatibility import COHORT_CANCELLED, Circle
from domain.pairings.endings import (
    EndForLeaver,
    EndPairing,
    EndReason,
    NeverActive,
    StillOnTheCohort,
    WhoLeaves,
)
from domain.pairings.pairing import (
    NotYourPairing,
    PairingIsCompleted,
    SaidOtherwise,
    UnknownPairing,
)
from domain.pairings.policies import when_application_withdrawn, when_place_given_up
from events.applications import ApplicationWithdrawn
from events.cohorts import CohortCancelled
from events.event import Event
from events.ids import PairingId, PersonId
from events.offers import PlaceGivenUp
from events.pairings import PairingDeclined, PairingEnded, PairingTakenBack, RepairingAsked
from events.people import PersonErased
from events.personal import plain
from events.terms import Role
from tests.scenes.cast import (
    ADA,
    AMINA,
    AUTUMN,
    BEN,
    BOLA,
    CLEO,
    HEALTHCARE,
    NOBODY,
    PATIENT,
    SPRING,
    application,
    applied,
)
from tests.scenes.given import NOON, Given, folded, given
from tests.scenes.judged import judged, told
from tests.scenes.pairs import (
    active,
    asked_again,
    cohort_of,
    completed,
    ended,
    left,
    on_a_break,
    pairing,
    proposed,
    recorded,
    yes,
)

PAUSED = on_a_break("away")


def ends(
    reason: EndReason = EndReason.CHANGED_JOB,
    leaver: PersonId | None = None,
    reported_by: PersonId = ADA,
) -> EndPairing:
    return EndPairing(pairing_id=pairing(), reported_by=reported_by, reason=reason, leaver=leaver)


def leaves(who: PersonId) -> EndForLeaver:
    return EndForLeaver(cohort_id=AUTUMN, person_id=who)


def leading() -> Given:
    return given(cohort_of(ADA, beside=(BEN,)), active())


def test_who_stays_goes_to_the_front_and_is_never_removed() -> None:
    leading().when(ends(leaver=BEN)).then(
        ended(reason="changed-job"), asked_again(ADA, PATIENT)
    ).when(ends(leaver=BEN)).then_already_so()


def test_if_nobody_leaves_both_wait_for_another_partner() -> None:
    leading().when(ends(EndReason.RELATIONSHIP)).then(
        ended(reason="relationship"), asked_again(ADA, PATIENT), asked_again(BEN, HEALTHCARE)
    )


def test_a_pairing_on_a_break_ends_as_well() -> None:
    given(cohort_of(ADA, beside=(BEN,)), active(), [PAUSED]).when(ends(leaver=BEN)).then_kinds(
        PairingEnded, RepairingAsked
    )


def test_the_note_goes_with_the_end() -> None:
    wish = ends().model_copy(update={"note": "We did not find the time."})
    after = leading().when(wish).then_kinds(PairingEnded, RepairingAsked, RepairingAsked)
    fact = next(fact for fact in after.facts if isinstance(fact, PairingEnded))
    assert fact.note == "We did not find the time."


def test_only_the_two_are_part_of_an_end() -> None:
    leading().when(ends(reported_by=AMINA)).then_refused(NotYourPairing)
    leading().when(ends(leaver=AMINA)).then_refused(NotYourPairing)
    leading().when(ends(reported_by=ADA), by=BEN, role=Role.PARTICIPANT).then_refused(NotYours)
    leading().when(ends(), by=ADA, role=Role.PARTICIPANT).then_kinds(
        PairingEnded, RepairingAsked, RepairingAsked
    )


def test_only_what_has_begun_can_end() -> None:
    given(cohort_of(ADA, beside=(BEN,)), [proposed()]).when(ends()).then_refused(NeverActive)
    given(cohort_of(ADA, beside=(BEN,)), completed()).when(ends()).then_refused(PairingIsCompleted)
    leading().when(
        EndPairing(
            pairing_id=PairingId.derived(NOON, "none"), reported_by=ADA, reason=EndReason.OTHER
        )
    ).then_refused(UnknownPairing)


def test_the_partner_of_a_leaver_keeps_their_place_at_the_front() -> None:
    given(cohort_of(ADA, beside=(BEN,)), active(), left(ADA, PATIENT)).when(leaves(ADA)).then(
        ended(), asked_again(BEN, HEALTHCARE)
    ).when(leaves(ADA)).then_already_so()


@pytest.mark.parametrize("answers", [[], [yes(BEN)]])
def test_a_leaver_frees_whoever_was_asked_to_lead_with_them(answers: list[Event]) -> None:
    no = PairingDeclined(
        pairing_id=pairing(),
        cohort_id=AUTUMN,
        patient_leader_id=ADA,
        healthcare_leader_id=BEN,
        declined_by=ADA,
        reason="left-programme",
    )
    given(cohort_of(ADA, beside=(BEN,)), [proposed()], answers, left(ADA, PATIENT)).when(
        leaves(ADA)
    ).then(no, asked_again(BEN, HEALTHCARE)).when(leaves(ADA)).then_already_so()


def test_a_cohort_that_is_cancelled_parts_two_who_have_nothing_against_it() -> None:
    off = CohortCancelled(cohort_id=AUTUMN, reason="cohort.no-venue")
    gone = [off, *left(ADA, PATIENT), *left(BEN, HEALTHCARE)]
    over = given(cohort_of(ADA, beside=(BEN,)), active(), gone).when(leaves(ADA))
    over.then_kinds(PairingEnded)
    assert plain(getattr(over.new[0], "reason", None)) == COHORT_CANCELLED
    asked = given(cohort_of(ADA, beside=(BEN,)), [proposed()], gone).when(leaves(ADA))
    asked.then_kinds(PairingTakenBack)
    for result in (over, asked):
        circle = folded(Circle(ADA), [*result.facts, *result.new])
        assert (circle.parted, circle.asked) == ({}, {})


def test_nobody_is_first_in_turn_in_a_cohort_that_was_cancelled() -> None:
    """Though their partner had left before, and they still have their place for a moment."""
    off = CohortCancelled(cohort_id=AUTUMN, reason="cohort.no-venue")
    gone = given(cohort_of(ADA, beside=(BEN,)), active(), left(BEN, HEALTHCARE), off)
    over = gone.when(leaves(BEN))
    over.then_kinds(PairingEnded)
    found = {one.invariant for one in judged([*gone.facts, told(*over.new)]).found}
    assert not {one for one in found if one.startswith(("pairings.", "cohorts.nothing"))}


def test_when_both_leave_nobody_waits() -> None:
    cohort = [*cohort_of(ADA, beside=(BEN,)), *active(), *left(ADA, PATIENT)]
    gone = given(cohort, left(BEN, HEALTHCARE)).when(leaves(ADA)).then_kinds(PairingEnded)
    gone.when(leaves(BEN)).then_already_so()


def test_nothing_follows_for_a_leaver_without_a_partner() -> None:
    given(cohort_of(ADA, beside=(BEN,)), left(ADA, PATIENT)).when(leaves(ADA)).then_already_so()
    given(cohort_of(ADA, beside=(BEN,)), completed(), left(ADA, PATIENT)).when(
        leaves(ADA)
    ).then_already_so()


def test_only_who_has_left_is_a_leaver() -> None:
    leading().when(leaves(ADA)).then_refused(StillOnTheCohort)
    leading().when(leaves(NOBODY)).then_refused(NotOnTheCohort)
    given(cohort_of(ADA, beside=(BEN,)), active(), left(ADA, PATIENT, SPRING)).when(
        leaves(ADA)
    ).then_refused(StillOnTheCohort)


def withdrawn(who: PersonId) -> ApplicationWithdrawn:
    return ApplicationWithdrawn(
        application_id=application(who),
        cohort_id=AUTUMN,
        person_id=who,
        side=PATIENT,
        reason="moved-away",
    )


def test_a_place_given_up_ends_the_pairing() -> None:
    fact = next(iter(left(ADA, PATIENT)))
    assert isinstance(fact, PlaceGivenUp)
    assert list(when_place_given_up(recorded(fact))) == [leaves(ADA)]


def test_a_withdrawn_application_ends_the_pairing_if_there_is_one() -> None:
    fact = withdrawn(ADA)
    (wish,) = when_application_withdrawn(recorded(fact))
    given(cohort_of(ADA, beside=(BEN,)), active(), [fact]).when(wish).then_kinds(
        PairingEnded, RepairingAsked
    )
    given(applied(ADA, PATIENT), [fact]).when(wish).then_already_so()


@pytest.mark.parametrize(
    "wish", [lambda: ends(leaver=BEN), lambda: leaves(BOLA)], ids=["end", "leaver"]
)
def test_an_end_in_another_pairing_is_no_end_of_this_one(wish: Callable[[], Command]) -> None:
    other = given(
        cohort_of(ADA, AMINA, beside=(BEN, BOLA)),
        active(),
        active(AMINA, BOLA),
        left(BOLA, HEALTHCARE),
    ).when(wish())
    (end, again) = other.new
    assert isinstance(end, PairingEnded)
    assert isinstance(again, RepairingAsked)
    assert again.person_id in (end.patient_leader_id, end.healthcare_leader_id)


def test_an_old_application_taken_back_takes_no_place_away() -> None:
    old = withdrawn(ADA).model_copy(update={"application_id": application(ADA, SPRING)})
    given(cohort_of(ADA, beside=(BEN,)), active(), [old]).when(leaves(ADA)).then_refused(
        StillOnTheCohort
    )


def test_who_has_left_does_not_wait_and_whoever_is_left_by_all_others_does() -> None:
    """Also if they name themselves, or their partner was erased."""
    again = asked_again(BEN, HEALTHCARE)
    for gone in (left(ADA, PATIENT), [PersonErased(person_id=ADA)]):
        stage = given(cohort_of(ADA, beside=(BEN,)), active(), gone)
        for leaver in (None, BEN):
            wish = ends(EndReason.NO_TIME, leaver=leaver, reported_by=BEN)
            end, *asked = stage.when(wish, by=BEN, role=Role.PARTICIPANT).new
            assert isinstance(end, PairingEnded)
            assert asked == [again]


def test_a_participant_names_only_themselves_as_leaving() -> None:
    """Ben can't put Ada out, not even where he coordinates too."""
    for role in (Role.PARTICIPANT, Role.COORDINATOR):
        wish = ends(EndReason.RELATIONSHIP, leaver=ADA, reported_by=BEN)
        leading().when(wish, by=BEN, role=role).then_refused(NotYours)
        own = ends(EndReason.NO_TIME, leaver=BEN, reported_by=BEN)
        leading().when(own, by=BEN, role=role).then_kinds(PairingEnded, RepairingAsked)


def test_who_leaves_the_programme_gives_up_the_place_with_it() -> None:
    own = ends(EndReason.LEFT_THE_PROGRAMME, reported_by=BEN)
    leading().when(own).then_refused(WhoLeaves)
    for wish, by in ((own, BEN), (own.model_copy(update={"leaver": BEN}), CLEO)):
        role = Role.PARTICIPANT if by == BEN else Role.COORDINATOR
        after = (
            leading()
            .when(wish, by=by, role=role)
            .then_kinds(PairingEnded, PlaceGivenUp, RepairingAsked)
        )
        _, place, first = after.facts[-3:]
        assert isinstance(place, PlaceGivenUp)
        assert isinstance(first, RepairingAsked)
        assert (place.person_id, place.application_id) == (BEN, application(BEN))
        assert first.person_id == ADA
        (follows,) = when_place_given_up(recorded(place))
        after.when(follows).then_already_so()


def test_what_was_said_otherwise_is_not_lost_and_tells_the_other_one_nothing() -> None:
    """Whatever Ben tries, he does not learn by it what Ada has said."""
    over = (
        leading()
        .when(ends(EndReason.NO_TIME))
        .then_kinds(PairingEnded, RepairingAsked, RepairingAsked)
    )
    over.when(ends(EndReason.NO_TIME)).then_already_so()
    over.when(ends(EndReason.RELATIONSHIP)).then_refused(SaidOtherwise)
    for reason in EndReason:
        mine = ends(reason, reported_by=BEN)
        over.when(mine, by=BEN, role=Role.PARTICIPANT).then_refused(SaidOtherwise)
