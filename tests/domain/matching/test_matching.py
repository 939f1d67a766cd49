import pytest
from hypothesis import given as over
from hypothesis import settings
from hypothesis import strategies as st
from pydantic import ValidationError

from domain.cohorts.cohort import UnknownCohort
from domain.matching.apart import ForbidPair, ForbidReason
from domain.matching.asking import AskForRun, NobodyToMatch
from domain.matching.certificate import (
    MORE_ON_YOUR_SIDE,
    NO_ALLOWED_PARTNER,
    PARTNERS_TAKEN,
    certified,
)
from domain.matching.explanation import Explanation, Verdict
from domain.matching.explanation import why as explained
from domain.offers.offer import NotOnTheCohort
from domain.pairings.engagement import WrongSide
from domain.pairings.suitability import FIRST
from domain.people.person import SamePerson
from events.applications import Profile
from events.ids import PersonId
from events.matching import Matching, PairForbidden
from events.pairings import PersonLetIn
from events.people import PersonErased
from events.terms import Area, Day, Standing, Theme
from tests.scenes.cast import (
    ADA,
    AMINA,
    AOIFE,
    AUTUMN,
    BARTEK,
    BEN,
    BOLA,
    HEALTHCARE,
    NOBODY,
    PATIENT,
    SPRING,
    confirmed,
    opened,
)
from tests.scenes.given import given, person
from tests.scenes.pairs import active, ada_lost_ben, cohort_of, left, place, proposed
from tests.scenes.runs import (
    ask_for,
    chosen,
    forbidden,
    found_by,
    left_over,
    made_from,
    run_over,
    solve,
    the_run,
    vetoes,
    why_left,
)

DEVON, KENT = Profile(area=Area.DEVON), Profile(area=Area.KENT)


def test_people_with_something_in_common_find_each_other() -> None:
    carers = Profile(area=Area.DEVON, themes=(Theme.CARERS,))
    run = run_over(
        opened(),
        place(ADA, PATIENT, carers),
        place(AMINA, PATIENT, KENT),
        place(BEN, HEALTHCARE, KENT),
        place(BOLA, HEALTHCARE, carers),
    )
    assert chosen(run) == {(ADA, BOLA), (AMINA, BEN)}
    best = next(pair for pair in run.pairs if pair.patient_leader_id == ADA)
    assert {reason.code: reason.points for reason in best.reasons} == {
        "themes.in-common": 20,
        "area.same": 15,
    }
    assert certified(run, AUTUMN)


def days(*some: Day) -> Profile:
    return Profile(area=Area.DEVON, days=some)


def test_two_who_can_never_meet_are_not_paired() -> None:
    """Who has not said when they can is taken to find a day."""
    cohort = [
        *opened(),
        *place(ADA, PATIENT, days(Day.MONDAY)),
        *place(AMINA, PATIENT, days()),
        *place(BEN, HEALTHCARE, days(Day.FRIDAY)),
        *place(BOLA, HEALTHCARE, days(Day.MONDAY, Day.FRIDAY)),
    ]
    run = run_over(iter(cohort))
    assert chosen(run) == {(ADA, BOLA), (AMINA, BEN)}
    assert forbidden(run) == {(ADA, BEN): "rule.no-common-day"}
    assert certified(run, AUTUMN)


def test_who_was_left_over_is_not_left_over_again() -> None:
    """Whom the lot has passed over once comes before whom it has not."""
    people = [*cohort_of(ADA, AMINA, AOIFE, beside=(BEN,))]
    for gone in (ADA, AMINA, AOIFE):
        before = [left_over(gone)]
        assert gone not in why_left(run_over(iter([*people]), before))
    held = [one.model_copy(update={"reason": "unpaired.team-looks-first"}) for one in before]
    assert run_over(iter([*people]), held).weighed == run_over(iter([*people])).weighed


def test_weights_change_who_fits() -> None:
    new = Profile(area=Area.DEVON, standing=Standing.ASPIRING)
    old = Profile(area=Area.KENT, standing=Standing.EXPERIENCED)
    cohort = [
        *opened(),
        *place(ADA, PATIENT, new),
        *place(BEN, HEALTHCARE, old),
        *place(BOLA, HEALTHCARE, DEVON),
    ]
    assert chosen(run_over(iter(cohort))) == {(ADA, BOLA)}
    assert chosen(run_over(iter(cohort), area_same=0)) == {(ADA, BEN)}


@pytest.mark.parametrize(
    "weights", [{"area.sane": 1}, {"area.same": 101}, {"area.same": -1}, {FIRST: 1}]
)
def test_a_weight_that_is_none_is_no_wish(weights: dict[str, int]) -> None:
    with pytest.raises(ValidationError):
        AskForRun.model_validate({"cohort_id": AUTUMN, "weights": weights})


def test_more_pairs_come_before_more_points() -> None:
    """Ada and Ben are made for each other, but then Amina and Bola would have nobody."""
    run = run_over(
        opened(),
        place(ADA, PATIENT, DEVON),
        place(AMINA, PATIENT, KENT),
        place(BEN, HEALTHCARE, DEVON),
        place(BOLA, HEALTHCARE, KENT),
        [vetoes(AMINA, BOLA)],
    )
    assert chosen(run) == {(ADA, BOLA), (AMINA, BEN)}
    assert certified(run, AUTUMN)


def test_whoever_is_left_over_is_told_why() -> None:
    run = run_over(
        cohort_of(ADA, AMINA, AOIFE, beside=(BEN, BOLA)), [vetoes(AOIFE, BEN), vetoes(BOLA, AOIFE)]
    )
    assert why_left(run) == {AOIFE: NO_ALLOWED_PARTNER}
    assert forbidden(run) == {(AOIFE, BEN): "rule.veto", (AOIFE, BOLA): "rule.veto"}


def test_a_side_with_more_people_leaves_some_without_a_partner() -> None:
    run = run_over(cohort_of(ADA, AMINA, beside=(BEN,)))
    assert list(why_left(run).values()) == [MORE_ON_YOUR_SIDE]
    assert len(run.pairs) == 1


def test_two_who_may_lead_with_the_same_person_only_can_not_both() -> None:
    run = run_over(
        cohort_of(ADA, AMINA, beside=(BEN, BOLA)), [vetoes(ADA, BOLA), vetoes(AMINA, BOLA)]
    )
    assert sorted(why_left(run).values()) == [NO_ALLOWED_PARTNER, PARTNERS_TAKEN]
    assert why_left(run)[BOLA] == NO_ALLOWED_PARTNER


def test_whoever_lost_a_partner_comes_first() -> None:
    """Amina and Bola have more in common, but Ada waits for a new partner."""
    run = run_over(ada_lost_ben(), place(AMINA, PATIENT, DEVON))
    assert chosen(run) == {(ADA, BOLA)}
    assert [reason.code for reason in run.pairs[0].reasons if reason.code == FIRST] == [FIRST]
    assert why_left(run) == {AMINA: MORE_ON_YOUR_SIDE}
    assert certified(run, AUTUMN)


def test_only_people_with_a_place_and_without_a_partner_are_matched() -> None:
    run = run_over(
        cohort_of(ADA, AMINA, AOIFE, beside=(BEN, BOLA, BARTEK)),
        active(),
        [proposed(AOIFE, BARTEK)],
        confirmed(person("Sam"), PATIENT, SPRING),
    )
    assert chosen(run) == {(AMINA, BOLA)}


def test_who_was_erased_is_not_weighed() -> None:
    run = run_over(
        cohort_of(ADA, AMINA, beside=(BEN, BOLA)),
        [PersonErased(person_id=ADA), PersonErased(person_id=BEN)],
    )
    assert set(run.people) == {AMINA, BOLA}
    assert chosen(run) == {(AMINA, BOLA)}


def test_what_was_erased_between_two_forbids_them() -> None:
    """Aoife may have been the patient of one and the family of the other."""
    run = run_over(
        cohort_of(ADA, AOIFE, beside=(BEN, BOLA)),
        [vetoes(BEN, AOIFE), vetoes(AOIFE, ADA), PersonErased(person_id=AOIFE)],
        [PersonLetIn(person_id=ADA, reason="pairing.no-ground")],
    )
    assert chosen(run) == {(ADA, BOLA)}
    assert why(run, ADA, BEN).rule == "rule.treats-family"


def test_nobody_is_kept_apart_from_who_was_erased() -> None:
    """They are on the cohort no more, and nothing new is kept about them."""
    given(cohort_of(ADA, beside=(BEN,)), [PersonErased(person_id=BEN)]).when(forbid()).then_refused(
        NotOnTheCohort
    )


def test_a_run_needs_people_of_both_sides_and_a_cohort() -> None:
    wish = ask_for()
    given(cohort_of(ADA, beside=())).when(wish).then_refused(NobodyToMatch)
    given(cohort_of(ADA, beside=(BEN,)), left(BEN, HEALTHCARE)).when(wish).then_refused(
        NobodyToMatch
    )
    given(confirmed(ADA, PATIENT), confirmed(BEN, HEALTHCARE)).when(wish).then_refused(
        UnknownCohort
    )


def test_the_same_people_give_the_same_digest_in_whatever_order_they_came() -> None:
    one = run_over(cohort_of(ADA, AMINA, beside=(BEN, BOLA)))
    other = run_over(cohort_of(AMINA, ADA, beside=(BOLA, BEN)))
    assert one == other
    assert run_over(cohort_of(ADA, AMINA, beside=(BEN,))).inputs_digest != one.inputs_digest
    assert run_over(cohort_of(ADA, AMINA, beside=(BEN, BOLA)), area_same=1).inputs_digest != (
        one.inputs_digest
    )


PATIENTS, PROFESSIONALS = (ADA, AMINA, AOIFE), (BEN, BOLA, BARTEK)
PROFILES = st.builds(
    Profile,
    area=st.sampled_from([Area.DEVON, Area.CORNWALL, Area.KENT]),
    themes=st.sets(st.sampled_from(list(Theme)[:4])).map(lambda some: tuple(sorted(some))),
)


@settings(max_examples=25)
@over(
    st.lists(PROFILES, min_size=1, max_size=3),
    st.lists(PROFILES, min_size=1, max_size=3),
    st.sets(st.tuples(st.sampled_from(PATIENTS), st.sampled_from(PROFESSIONALS)), max_size=5),
)
def test_every_run_proves_itself(
    one_side: list[Profile], other_side: list[Profile], vetoed: set[tuple[PersonId, PersonId]]
) -> None:
    facts = list(opened())
    for who, profile in zip(PATIENTS, one_side, strict=False):
        facts += place(who, PATIENT, profile)
    for who, profile in zip(PROFESSIONALS, other_side, strict=False):
        facts += place(who, HEALTHCARE, profile)
    run = run_over(iter(facts), iter([vetoes(*pair) for pair in sorted(vetoed)]))
    assert certified(run, AUTUMN)
    assert not chosen(run) & vetoed
    assert len(run.pairs) * 2 + len(run.unmatched) == len(one_side) + len(other_side)


def test_a_proof_that_was_tampered_with_proves_nothing() -> None:
    run = run_over(cohort_of(ADA, AMINA, beside=(BEN, BOLA)), place(AMINA, PATIENT, KENT))
    first, *rest = run.prices
    cheaper = first.model_copy(update={"points": first.points - 1})
    dearer = first.model_copy(update={"points": first.points + 1})
    for lie in (
        {"prices": (cheaper, *rest)},
        {"prices": (dearer, *rest)},
        {"prices": tuple(rest)},
        {"pairs": run.pairs[:1]},
        {"pairs": (run.pairs[0], run.pairs[0])},
        {"total": run.total + 1},
        {"per_pair": 0},
        {"pairs": (run.pairs[0].model_copy(update={"points": 99}), *run.pairs[1:])},
        {"pairs": (run.pairs[0].model_copy(update={"healthcare_leader_id": NOBODY}),)},
    ):
        assert not certified(run.model_copy(update=lie), AUTUMN), lie


def test_a_run_says_why_this_partner_and_why_not_that_one() -> None:
    carers = Profile(area=Area.DEVON, themes=(Theme.CARERS,))
    run = run_over(
        opened(),
        place(ADA, PATIENT, carers),
        place(AMINA, PATIENT, carers),
        place(BEN, HEALTHCARE, carers),
        place(BOLA, HEALTHCARE, KENT),
        [vetoes(AMINA, BOLA)],
    )
    assert chosen(run) == {(ADA, BOLA), (AMINA, BEN)}
    assert why(run, ADA, BOLA).answer is Verdict.TOGETHER
    assert why(run, BOLA, AMINA).rule == "rule.veto"
    not_that_one = why(run, BEN, ADA)
    assert not_that_one.answer is Verdict.BETTER_OTHERWISE
    assert not_that_one.partners == (AMINA, BOLA)
    assert sum(reason.points for reason in not_that_one.reasons) == 35
    assert (not_that_one.fewer_pairs, not_that_one.fewer_points) == (1, 10)
    assert why(run, ADA, AMINA).answer is Verdict.NOT_WEIGHED
    assert why(run, NOBODY, BEN).answer is Verdict.NOT_WEIGHED


def test_of_two_that_are_as_good_the_run_says_so() -> None:
    run = run_over(cohort_of(ADA, AMINA, beside=(BEN, BOLA)))
    (one, other), *_ = {(ADA, BEN), (ADA, BOLA)} - chosen(run)
    assert why(run, one, other).answer is Verdict.AS_GOOD


def why(run: Matching, one: PersonId, other: PersonId) -> Explanation:
    return explained(run, one, other, solve)


def forbid(one: PersonId = ADA, other: PersonId = BEN) -> ForbidPair:
    return ForbidPair(
        cohort_id=AUTUMN,
        patient_leader_id=one,
        healthcare_leader_id=other,
        reason=ForbidReason.KNOWN_CONFLICT,
    )


def test_a_coordinator_keeps_two_people_apart() -> None:
    apart = given(cohort_of(ADA, beside=(BEN,))).when(forbid()).then_kinds(PairForbidden)
    apart.when(forbid()).then_already_so()
    run = found_by(the_run(made_from(apart)))
    assert not run.pairs
    assert why(run, ADA, BEN).rule == "rule.forbidden-by-coordinator"


def test_only_two_of_the_cohort_from_each_side_are_kept_apart() -> None:
    cohort = given(cohort_of(ADA, beside=(BEN,)), confirmed(BOLA, HEALTHCARE, SPRING))
    cohort.when(forbid(BEN, ADA)).then_refused(WrongSide)
    cohort.when(forbid(ADA, ADA)).then_refused(SamePerson)
    cohort.when(forbid(NOBODY, BEN)).then_refused(NotOnTheCohort)
    cohort.when(forbid(ADA, BOLA)).then_refused(NotOnTheCohort)
