from typing import Any

import pytest

from domain.decision import NotYourRole
from domain.matching.asking import SayWhyOnceMore
from domain.matching.certificate import MORE_ON_YOUR_SIDE
from domain.matching.recording import (
    GivenUpReason,
    GiveUpRun,
    NotProven,
    OtherInputs,
    RecordRun,
)
from domain.matching.runs import (
    ApproveRun,
    DiscardReason,
    DiscardRun,
    NotComputedYet,
    NotSignedByBoth,
    PublishRun,
    RunIsStale,
    RunProvesNothing,
    RunWasDiscarded,
    RunWasGivenUp,
    RunWasPublished,
    SomebodyClose,
    UnknownRun,
)
from domain.pairings.engagement import LEADS_ELSEWHERE
from domain.roles.signing import SignedForTheOtherSide
from events.event import Event
from events.ids import PROGRAMME, MatchingRunId, PersonId
from events.matching import (
    LeftUnpaired,
    MatchingRunApproved,
    MatchingRunAsked,
    MatchingRunDiscarded,
    MatchingRunGivenUp,
    MatchingRunPublished,
    PairForbidden,
)
from events.pairings import PairingProposed
from events.people import PersonErased, RelationshipDeclared
from events.roles import RoleWithdrawn
from events.terms import Relationship, Role, Side
from services.matching.computing import record_of
from tests.scenes.cast import (
    ADA,
    AMINA,
    AUTUMN,
    BEN,
    BOLA,
    CARYS,
    CLEO,
    HEALTHCARE,
    PATIENT,
    SPRING,
    confirmed,
    registered,
)
from tests.scenes.given import NOON, Given, given
from tests.scenes.pairs import ada_lost_ben, cohort_of, left, pairing, proposed
from tests.scenes.runs import (
    CHAIRS,
    COMMANDS,
    SEED,
    ask_for,
    computed,
    found_by,
    inputs_of,
    made_from,
    signed_run,
    solve,
    the_asked,
    the_run,
    vetoes,
)
from tests.scenes.team import granted

UNKNOWN_RUN = MatchingRunId.derived(NOON, "never made")


def test_both_sides_sign_and_each_signs_once() -> None:
    after = signed_run(cohort_of(ADA, beside=(BEN,)))
    again = ApproveRun(run_id=the_run(after).run_id, side=PATIENT)
    after.when(again, role=Role.CO_CHAIR, by=CLEO).then_already_so()
    after.when(again, role=Role.COORDINATOR).then_refused(NotYourRole)
    given().when(ApproveRun(run_id=UNKNOWN_RUN, side=PATIENT), role=Role.CO_CHAIR).then_refused(
        UnknownRun
    )


def test_nobody_signs_for_both_sides() -> None:
    after = made_from(given(cohort_of(ADA, beside=(BEN,))))
    run_id = the_run(after).run_id
    after.when(ApproveRun(run_id=run_id, side=PATIENT), role=Role.CO_CHAIR, by=CLEO).then_kinds(
        MatchingRunApproved
    ).when(ApproveRun(run_id=run_id, side=HEALTHCARE), role=Role.CO_CHAIR, by=CLEO).then_refused(
        SignedForTheOtherSide
    )


@pytest.mark.parametrize("kind", [Relationship.FAMILY, Relationship.ACQUAINTED])
def test_nobody_signs_who_is_close_to_somebody_matched(kind: Relationship) -> None:
    tie = RelationshipDeclared(person_id=BEN, other_id=CLEO, kind=kind)
    after = made_from(given(cohort_of(ADA, beside=(BEN,)), tie))
    wish = ApproveRun(run_id=the_run(after).run_id, side=PATIENT)
    found = after.when(wish, role=Role.CO_CHAIR, by=CLEO)
    if kind is Relationship.FAMILY:
        found.then_refused(SomebodyClose)
        after.when(wish, role=Role.CO_CHAIR, by=CARYS).then_kinds(MatchingRunApproved)
    else:
        found.then_kinds(MatchingRunApproved)


def test_over_the_same_people_there_is_one_run_in_hand() -> None:
    stage = given(cohort_of(ADA, AMINA, beside=(BEN,)))
    asked = stage.when(ask_for()).then_kinds(MatchingRunAsked)
    asked.when(ask_for(), named="again").then_already_so()
    made = computed(asked)
    again = ask_for(again=True)
    made.when(again, named="again").then_already_so()
    otherwise = ask_for(again=True, area_same=1)
    made.when(otherwise, named="otherwise").then_kinds(MatchingRunAsked)
    news = given(made.facts, confirmed(BOLA, HEALTHCARE))
    news.when(again, named="news").then_kinds(MatchingRunAsked)
    put_aside = DiscardRun(run_id=the_run(made).run_id, reason=DiscardReason.OTHER)
    made.when(put_aside).then_kinds(MatchingRunDiscarded).when(again, named="anew").then_kinds(
        MatchingRunAsked
    )


def test_another_run_names_the_one_before_and_says_why() -> None:
    made = made_from(given(cohort_of(ADA, AMINA, beside=(BEN,))))
    first = the_asked(made)
    assert (first.former_run_id, first.reason) == (None, None)
    made.when(ask_for(area_same=1), named="otherwise").then_refused(SayWhyOnceMore)
    other = made_from(made, ask_for(again=True, area_same=1), "otherwise")
    assert the_asked(other).former_run_id == first.run_id
    assert the_asked(other).reason == "other"
    third = other.when(ask_for(again=True, area_same=2), named="third")
    assert the_asked(third.then_kinds(MatchingRunAsked)).former_run_id == the_run(other).run_id


def test_the_one_before_is_what_was_asked_for_last_whichever_is_computed_last() -> None:
    stage = given(cohort_of(ADA, AMINA, beside=(BEN,)))
    first = stage.when(ask_for()).then_kinds(MatchingRunAsked)
    otherwise = ask_for(again=True, area_same=1)
    second = first.when(otherwise, named="second").then_kinds(MatchingRunAsked)
    aside = DiscardRun(run_id=the_asked(second).run_id, reason=DiscardReason.OTHER)
    put_aside = second.when(aside).then_kinds(MatchingRunDiscarded)
    late = given(put_aside.facts, the_run(computed(first)))
    third = late.when(ask_for(again=True, area_same=2), named="third").then_kinds(MatchingRunAsked)
    assert the_asked(third).former_run_id == the_asked(second).run_id


def test_a_run_that_is_not_computed_yet_is_neither_signed_nor_published() -> None:
    asked = given(cohort_of(ADA, beside=(BEN,))).when(ask_for()).then_kinds(MatchingRunAsked)
    run_id = the_asked(asked).run_id
    sign = ApproveRun(run_id=run_id, side=PATIENT)
    asked.when(sign, role=Role.CO_CHAIR, by=CLEO).then_refused(NotComputedYet)
    asked.when(PublishRun(run_id=run_id)).then_refused(NotSignedByBoth)
    aside = asked.when(DiscardRun(run_id=run_id, reason=DiscardReason.OTHER))
    aside.then_kinds(MatchingRunDiscarded).when(ask_for(again=True), named="anew").then_kinds(
        MatchingRunAsked
    )


def test_a_run_that_can_not_be_computed_is_given_up_and_another_is_asked_for() -> None:
    asked = given(cohort_of(ADA, beside=(BEN,))).when(ask_for()).then_kinds(MatchingRunAsked)
    run_id = the_asked(asked).run_id
    wish = GiveUpRun(run_id=run_id, reason=GivenUpReason.TOOK_TOO_MUCH)
    over = asked.when(wish, role=Role.SYSTEM, by=COMMANDS).then_kinds(MatchingRunGivenUp)
    over.when(wish, role=Role.SYSTEM, by=COMMANDS, named="again").then_already_so()
    sign = ApproveRun(run_id=run_id, side=PATIENT)
    over.when(sign, role=Role.CO_CHAIR, by=CLEO).then_refused(RunWasGivenUp)
    over.when(ask_for(again=True), named="anew").then_kinds(MatchingRunAsked)
    made = computed(asked)
    made.when(wish, role=Role.SYSTEM, by=COMMANDS, named="late").then_already_so()


def record(asked: Given, **otherwise: Any) -> RecordRun:
    fact = the_asked(asked)
    right = record_of(fact.run_id, inputs_of(fact), lambda _: SEED, solve)
    return right.model_copy(update=otherwise)


def test_only_a_run_that_proves_itself_is_taken_in() -> None:
    people = cohort_of(ADA, AMINA, beside=(BEN, BOLA))
    asked = given(people).when(ask_for()).then_kinds(MatchingRunAsked)
    right = record(asked)
    for wrong in (
        {"columns": right.columns[::-1]},
        {"columns": (None, *right.columns[1:])},
        {"columns": right.columns[:1]},
        {"columns": (0, 0)},
        {"columns": (7, *right.columns[1:])},
        {"row_prices": (right.row_prices[0] + 1, *right.row_prices[1:])},
        {"row_prices": right.row_prices[:1]},
        {"column_prices": (*right.column_prices, 0)},
        {"seed": "ab" * 32},
    ):
        asked.when(record(asked, **wrong), role=Role.SYSTEM, by=COMMANDS).then_refused(NotProven)
    other = record(asked, inputs_digest="0" * 64)
    asked.when(other, role=Role.SYSTEM, by=COMMANDS).then_refused(OtherInputs)
    made = computed(asked)
    made.when(right, role=Role.SYSTEM, by=COMMANDS, named="again").then_already_so()
    aside = asked.when(DiscardRun(run_id=right.run_id, reason=DiscardReason.OTHER))
    gone = aside.then_kinds(MatchingRunDiscarded)
    gone.when(right, role=Role.SYSTEM, by=COMMANDS, named="late").then_refused(RunWasDiscarded)
    erased = given(asked.facts, PersonErased(person_id=ADA))
    erased.when(right, role=Role.SYSTEM, by=COMMANDS).then_refused(RunIsStale)
    unknown = right.model_copy(update={"run_id": UNKNOWN_RUN})
    given().when(unknown, role=Role.SYSTEM, by=COMMANDS).then_refused(UnknownRun)


def test_a_run_that_does_not_prove_itself_is_neither_signed_nor_published() -> None:
    after = signed_run(cohort_of(ADA, AMINA, beside=(BEN,)))
    fact = the_run(after)
    found = found_by(fact)
    worse = fact.model_copy(update={"found": found.model_copy(update={"pairs": ()})})
    lied = given([worse if one is fact else one for one in after.facts])
    lied.when(PublishRun(run_id=fact.run_id)).then_refused(RunProvesNothing)
    unsigned = [one for one in lied.facts if not isinstance(one, MatchingRunApproved)]
    sign = ApproveRun(run_id=fact.run_id, side=PATIENT)
    given(unsigned).when(sign, role=Role.CO_CHAIR, by=CLEO).then_refused(RunProvesNothing)


def test_who_leads_in_another_cohort_is_left_out_and_told_why() -> None:
    """Ada leads with Bola in spring."""
    there = proposed(ADA, BOLA).model_copy(update={"cohort_id": SPRING})
    spring = [*confirmed(ADA, PATIENT, SPRING), *confirmed(BOLA, HEALTHCARE, SPRING), there]
    after = signed_run(cohort_of(ADA, AMINA, beside=(BEN,)), spring)
    wish = PublishRun(run_id=the_run(after).run_id)
    asked, alone = (
        after.when(wish).then_kinds(MatchingRunPublished, PairingProposed, LeftUnpaired).facts[-2:]
    )
    assert isinstance(asked, PairingProposed)
    assert isinstance(alone, LeftUnpaired)
    assert asked.patient_leader_id == AMINA
    assert (alone.person_id, alone.side, alone.reason) == (ADA, PATIENT, LEADS_ELSEWHERE)


def test_what_one_side_has_not_signed_is_not_published() -> None:
    after = made_from(given(cohort_of(ADA, beside=(BEN,))))
    run_id = the_run(after).run_id
    after.when(PublishRun(run_id=run_id)).then_refused(NotSignedByBoth)
    after.when(ApproveRun(run_id=run_id, side=PATIENT), role=Role.CO_CHAIR).then_kinds(
        MatchingRunApproved
    ).when(PublishRun(run_id=run_id)).then_refused(NotSignedByBoth)
    given().when(PublishRun(run_id=UNKNOWN_RUN)).then_refused(UnknownRun)


def test_a_published_run_proposes_its_pairs_and_tells_the_others() -> None:
    after = signed_run(cohort_of(ADA, AMINA, beside=(BEN,)))
    wish = PublishRun(run_id=the_run(after).run_id)
    after_it = after.when(wish).then_kinds(MatchingRunPublished, PairingProposed, LeftUnpaired)
    after_it.when(wish, named="again").then_already_so()
    asked, alone = after_it.facts[-2], after_it.facts[-1]
    assert isinstance(asked, PairingProposed)
    assert isinstance(alone, LeftUnpaired)
    assert str(asked.accept_by) == "2024-09-26"
    assert {asked.patient_leader_id, alone.person_id} == {ADA, AMINA}
    assert (alone.side, alone.reason) == (Side.PATIENT_LEADER, MORE_ON_YOUR_SIDE)


@pytest.mark.parametrize(
    "news",
    [
        [vetoes(ADA, BEN)],
        list(confirmed(AMINA, PATIENT)),
        list(left(ADA, PATIENT)),
        [proposed()],
        [
            PairForbidden(
                cohort_id=AUTUMN, patient_leader_id=ADA, healthcare_leader_id=BEN, reason="other"
            )
        ],
    ],
    ids=["a veto", "one more", "one less", "a proposal", "kept apart"],
)
def test_a_run_is_stale_once_the_cohort_has_changed(news: list[Event]) -> None:
    after = signed_run(cohort_of(ADA, beside=(BEN,)))
    Given([*after.facts, *news]).when(PublishRun(run_id=the_run(after).run_id)).then_refused(
        RunIsStale
    )


@pytest.mark.parametrize("gone", [ADA, AMINA, BEN])
def test_a_run_goes_with_anybody_whom_it_weighed(gone: PersonId) -> None:
    """Of Ada and Amina one was left over, and the run goes with either."""
    signed = signed_run(cohort_of(ADA, AMINA, beside=(BEN,)))
    run_id = the_run(signed).run_id
    after = given(signed.facts, PersonErased(person_id=gone))
    for side in Side:
        sign = ApproveRun(run_id=run_id, side=side)
        after.when(sign, role=Role.CO_CHAIR, by=CLEO).then_refused(RunIsStale)
    after.when(PublishRun(run_id=run_id)).then_refused(RunIsStale)
    after.when(DiscardRun(run_id=run_id, reason=DiscardReason.SOMETHING_CHANGED)).then_kinds(
        MatchingRunDiscarded
    )
    again = after.when(ask_for(again=True), named="again")
    assert (again.refusal is None) is (gone != BEN)


def test_a_run_that_nobody_signed_is_not_signed_once_somebody_in_it_was_erased() -> None:
    after = made_from(given(cohort_of(ADA, beside=(BEN,))))
    sign = ApproveRun(run_id=the_run(after).run_id, side=PATIENT)
    given(after.facts, PersonErased(person_id=ADA)).when(sign, role=Role.CO_CHAIR).then_refused(
        RunIsStale
    )


def test_a_run_was_published_even_if_somebody_in_it_was_erased() -> None:
    after = signed_run(cohort_of(ADA, beside=(BEN,)))
    wish = PublishRun(run_id=the_run(after).run_id)
    published = after.when(wish).then_kinds(MatchingRunPublished, PairingProposed)
    given(published.facts, PersonErased(person_id=ADA)).when(wish).then_already_so()


def withdrawn_from(who: PersonId) -> RoleWithdrawn:
    return RoleWithdrawn(
        person_id=who, programme_id=PROGRAMME, role=Role.CO_CHAIR, reason="role.left"
    )


def test_a_signature_counts_only_while_whoever_gave_it_is_co_chair_of_that_side() -> None:
    signed = signed_run(cohort_of(ADA, beside=(BEN,)))
    run_id = the_run(signed).run_id
    after = given(signed.facts, withdrawn_from(CHAIRS[HEALTHCARE]))
    after.when(PublishRun(run_id=run_id)).then_refused(NotSignedByBoth)
    sign = ApproveRun(run_id=run_id, side=HEALTHCARE)
    known = registered(BOLA), granted(BOLA, Role.CO_CHAIR, AUTUMN, side=HEALTHCARE)
    anew = given(after.facts, known).when(sign, role=Role.CO_CHAIR, by=BOLA)
    out = anew.then_kinds(MatchingRunApproved).when(PublishRun(run_id=run_id))
    assert out.refusal is None
    done = given(out.facts, out.new, withdrawn_from(BOLA))
    done.when(sign, role=Role.CO_CHAIR, by=CARYS).then_already_so()


def test_news_of_others_makes_no_run_stale() -> None:
    after = signed_run(cohort_of(ADA, beside=(BEN,)))
    news = [*confirmed(BOLA, HEALTHCARE, SPRING), vetoes(ADA, BOLA)]
    Given([*after.facts, *news]).when(PublishRun(run_id=the_run(after).run_id)).then_kinds(
        MatchingRunPublished, PairingProposed
    )


def test_a_new_partner_follows_the_one_who_left() -> None:
    after = signed_run(ada_lost_ben())
    after_it = after.when(PublishRun(run_id=the_run(after).run_id)).then_kinds(
        MatchingRunPublished, PairingProposed
    )
    asked = after_it.facts[-1]
    assert isinstance(asked, PairingProposed)
    assert asked.former_pairing_id == pairing(ADA, BEN)


def test_a_published_run_is_never_changed() -> None:
    after = signed_run(cohort_of(ADA, beside=(BEN,)))
    run_id = the_run(after).run_id
    published = after.when(PublishRun(run_id=run_id)).then_kinds(
        MatchingRunPublished, PairingProposed
    )
    published.when(DiscardRun(run_id=run_id, reason=DiscardReason.OTHER)).then_refused(
        RunWasPublished
    )


def test_a_discarded_run_is_neither_signed_nor_published() -> None:
    after = signed_run(cohort_of(ADA, beside=(BEN,)))
    run_id = the_run(after).run_id
    wish = DiscardRun(run_id=run_id, reason=DiscardReason.SOMETHING_CHANGED)
    gone = after.when(wish).then(
        MatchingRunDiscarded(run_id=run_id, cohort_id=AUTUMN, reason="something-changed")
    )
    gone.when(wish).then_already_so()
    gone.when(PublishRun(run_id=run_id)).then_refused(RunWasDiscarded)
    gone.when(ApproveRun(run_id=run_id, side=PATIENT), role=Role.CO_CHAIR).then_refused(
        RunWasDiscarded
    )
    given().when(DiscardRun(run_id=UNKNOWN_RUN, reason=DiscardReason.OTHER)).then_refused(
        UnknownRun
    )
