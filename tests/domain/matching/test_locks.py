"""Two people are locked together before a run, which takes that as given, or says why it can't."""

from collections.abc import Iterable
from itertools import permutations
from random import Random
from typing import Any

import pytest

from domain.cohorts.cohort import UnknownCohort
from domain.matching.apart import NotForYouToAllow
from domain.matching.certificate import PARTNERS_TAKEN, certified
from domain.matching.explanation import Verdict, why
from domain.matching.locking import (
    LockedWithAnother,
    LockPair,
    LockReason,
    UnlockPair,
    UnlockReason,
)
from domain.matching.locks import LOCKED, NOT_FREE, WITH_ANOTHER
from domain.matching.runs import ApproveRun, PublishRun, RunIsStale
from domain.matching.supposing import supposed
from domain.offers.offer import NotOnTheCohort
from domain.pairings.availability import NotNow, PairedElsewhere
from domain.pairings.compatibility import KeptApart
from domain.pairings.engagement import AlreadyPaired, WrongSide
from domain.people.person import SamePerson, UnknownPerson
from events.applications import Profile
from events.event import Event
from events.ids import PersonId
from events.matching import Matching, MatchingRunApproved, PairForbidden, PairLocked, PairUnlocked
from events.pairings import PersonHeldOut
from events.people import PersonErased, RelationshipDeclared
from events.terms import Area, Day, Relationship, Role, Theme
from tests.domain.matching.verifier import verify
from tests.scenes.cast import (
    ADA,
    AMINA,
    AOIFE,
    AUTUMN,
    BEN,
    BOLA,
    CLEO,
    HEALTHCARE,
    NOBODY,
    PATIENT,
    SPRING,
    confirmed,
    opened,
    registered,
)
from tests.scenes.given import given, person
from tests.scenes.pairs import active, cohort_of, declined, left, place, proposed
from tests.scenes.runs import (
    chosen,
    co_chairs_of_runs,
    found_by,
    locked,
    made_from,
    run_over,
    signed_run,
    solve,
    the_run,
    vetoes,
    why_left,
)

FOUR = [*cohort_of(ADA, AMINA, beside=(BEN, BOLA))]


def lock(
    one: PersonId = ADA, other: PersonId = BEN, reason: LockReason = LockReason.ASKED_BY_BOTH
) -> LockPair:
    return LockPair(
        cohort_id=AUTUMN, patient_leader_id=one, healthcare_leader_id=other, reason=reason
    )


def unlock(
    one: PersonId = ADA, other: PersonId = BEN, reason: UnlockReason = UnlockReason.MISTAKE
) -> UnlockPair:
    return UnlockPair(
        cohort_id=AUTUMN, patient_leader_id=one, healthcare_leader_id=other, reason=reason
    )


def unlocked(one: PersonId = ADA, other: PersonId = BEN) -> PairUnlocked:
    return PairUnlocked(**unlock(one, other).model_dump())


def test_a_coordinator_locks_two_and_takes_it_back() -> None:
    here = given(FOUR).when(lock()).then(locked())
    here.when(lock()).then_already_so()
    other = here.when(lock(reason=LockReason.TEAM)).then(locked(reason="team"))
    back = other.when(unlock()).then(unlocked())
    back.when(unlock()).then_already_so()
    put_right = unlock(reason=UnlockReason.ASKED_BY_ONE)
    back.when(put_right).then(PairUnlocked(**put_right.model_dump()))
    back.when(lock()).then_kinds(PairLocked)
    given(FOUR).when(unlock()).then_already_so()
    here.when(unlock(AMINA, BOLA)).then_already_so()


FORBIDS: dict[str, list[Event]] = {
    "a tie": [RelationshipDeclared(person_id=BEN, other_id=ADA, kind=Relationship.TREATS)],
    "a veto": [vetoes(ADA, BEN)],
    "kept apart": [
        PairForbidden(
            cohort_id=AUTUMN, patient_leader_id=ADA, healthcare_leader_id=BEN, reason="other"
        )
    ],
    "declined": [proposed(), declined()],
}


@pytest.mark.parametrize("why", FORBIDS)
def test_nobody_is_locked_with_whom_a_rule_keeps_them_apart(why: str) -> None:
    given(FOUR, FORBIDS[why]).when(lock()).then_refused(KeptApart)


def test_only_two_of_the_cohort_who_are_free_are_locked() -> None:
    here = given(FOUR, confirmed(person("Sam"), HEALTHCARE, SPRING))
    here.when(lock(BEN, ADA)).then_refused(WrongSide)
    here.when(lock(ADA, ADA)).then_refused(SamePerson)
    here.when(lock(ADA, AMINA)).then_refused(WrongSide)
    here.when(lock(NOBODY, BEN)).then_refused(NotOnTheCohort)
    here.when(lock(ADA, person("Sam"))).then_refused(NotOnTheCohort)
    given(FOUR, left(BEN, HEALTHCARE)).when(lock()).then_refused(NotOnTheCohort)
    given(FOUR, active(ADA, BOLA)).when(lock()).then_refused(AlreadyPaired)
    there = proposed(ADA, person("Sam")).model_copy(update={"cohort_id": SPRING})
    given(FOUR, confirmed(ADA, PATIENT, SPRING), there).when(lock()).then_refused(PairedElsewhere)
    held = PersonHeldOut(person_id=BEN, reason="team")
    given(FOUR, held).when(lock()).then_refused(NotNow)
    given(FOUR, PersonErased(person_id=BEN)).when(lock()).then_refused(NotOnTheCohort)
    given(confirmed(ADA, PATIENT), confirmed(BEN, HEALTHCARE)).when(lock()).then_refused(
        UnknownCohort
    )
    here.when(unlock(NOBODY, BEN)).then_refused(UnknownPerson)


def test_nobody_is_locked_with_two() -> None:
    here = given(FOUR, locked())
    here.when(lock(ADA, BOLA)).then_refused(LockedWithAnother)
    here.when(lock(AMINA, BEN)).then_refused(LockedWithAnother)
    here.when(lock(AMINA, BOLA)).then_kinds(PairLocked)
    given(FOUR, locked(), unlocked()).when(lock(ADA, BOLA)).then_kinds(PairLocked)


@pytest.mark.parametrize(("who", "other"), [(ADA, BOLA), (AMINA, BEN)])
def test_who_was_locked_with_somebody_who_was_erased_can_be_locked_again(
    who: PersonId, other: PersonId
) -> None:
    """Nobody could take that lock back: commands know no more of who was erased."""
    (gone,) = {ADA, BEN} - {who, other}
    given(FOUR, locked(), PersonErased(person_id=gone)).when(lock(who, other)).then_kinds(
        PairLocked
    )


@pytest.mark.parametrize("order", [(BEN, BOLA), (BOLA, BEN)])
def test_of_two_locks_that_meet_in_one_person_each_can_be_taken_back(
    order: tuple[PersonId, PersonId],
) -> None:
    here = given(FOUR, locked(), locked(ADA, BOLA))
    here.when(lock()).then_refused(LockedWithAnother)
    first, second = order
    once = here.when(unlock(ADA, first)).then(unlocked(ADA, first))
    once.when(lock(ADA, first)).then_refused(LockedWithAnother)
    assert lost(run_over(once.facts)) == {(ADA, second): None}
    once.when(unlock(ADA, second)).then(unlocked(ADA, second))


def test_who_is_one_of_them_or_close_locks_nobody_and_takes_nothing_back() -> None:
    near = RelationshipDeclared(person_id=CLEO, other_id=BEN, kind=Relationship.FAMILY)
    for who, more in ((ADA, []), (BEN, []), (CLEO, [registered(CLEO), near])):
        given(FOUR, more).when(lock(), by=who).then_refused(NotForYouToAllow)
        given(FOUR, more, locked()).when(unlock(), by=who).then_refused(NotForYouToAllow)


DEVON, KENT = Profile(area=Area.DEVON, themes=(Theme.CARERS,)), Profile(area=Area.KENT)


def apart() -> Iterable[Event]:
    """Ada and Bola have much in common, and so have Amina and Ben."""
    return [
        *opened(),
        *place(ADA, PATIENT, DEVON),
        *place(AMINA, PATIENT, KENT),
        *place(BEN, HEALTHCARE, KENT),
        *place(BOLA, HEALTHCARE, DEVON),
    ]


def lost(run: Matching) -> dict[tuple[PersonId, PersonId], Any]:
    return {one.both: one.lost for one in run.locks}


def proven(run: Matching) -> bool:
    verify(run.model_dump(mode="json"), AUTUMN)
    return certified(run, AUTUMN)


def test_a_run_takes_two_who_are_locked_as_given() -> None:
    assert chosen(run_over(apart())) == {(ADA, BOLA), (AMINA, BEN)}
    run = run_over(apart(), [locked()])
    assert chosen(run) == {(ADA, BEN), (AMINA, BOLA)}
    assert [(one.both, one.reason, one.lost) for one in run.locks] == [
        ((ADA, BEN), "asked-by-both", None)
    ]
    assert proven(run)
    assert why(run, ADA, BOLA, solve).rule == LOCKED
    assert why(run, ADA, BEN, solve).answer is Verdict.TOGETHER
    assert run_over(apart(), [locked(), unlocked()]) == run_over(apart())


def test_who_is_locked_needs_no_day_in_common() -> None:
    monday, friday = (Profile(area=Area.DEVON, days=(it,)) for it in (Day.MONDAY, Day.FRIDAY))
    people = [*opened(), *place(ADA, PATIENT, monday), *place(BEN, HEALTHCARE, friday)]
    assert not run_over(people).pairs
    run = run_over(people, [locked()])
    assert chosen(run) == {(ADA, BEN)}
    assert proven(run)


def test_whoever_has_nobody_left_but_who_is_locked_is_told_that_they_are_taken() -> None:
    """No rule has anything against her."""
    people = [*cohort_of(ADA, AMINA, beside=(BEN, BOLA))]
    run = run_over(people, [locked(), vetoes(AMINA, BOLA)])
    assert why_left(run)[AMINA] == PARTNERS_TAKEN
    assert proven(run)


LOSES: dict[str, tuple[list[Event], str]] = {
    "a tie is found": (
        [RelationshipDeclared(person_id=BEN, other_id=ADA, kind=Relationship.TREATS)],
        "rule.treats",
    ),
    "the place is given up": ([*left(BEN, HEALTHCARE)], NOT_FREE),
    "one has a partner": ([*active(AOIFE, BEN)], NOT_FREE),
    "one is held out": ([PersonHeldOut(person_id=BEN, reason="team")], NOT_FREE),
}


@pytest.mark.parametrize("what", LOSES)
def test_a_lock_that_holds_no_more_is_said_and_all_are_matched_as_well_as_can_be(what: str) -> None:
    news, code = LOSES[what]
    run = run_over(apart(), confirmed(AOIFE, PATIENT), [locked()], news)
    assert lost(run) == {(ADA, BEN): code}
    assert (ADA, BEN) not in chosen(run)
    assert ADA not in why_left(run)
    assert LOCKED not in run.weighed.kinds
    assert proven(run)


def test_nothing_is_said_of_a_lock_with_somebody_who_was_erased() -> None:
    run = run_over(FOUR, [locked(), PersonErased(person_id=BEN)])
    assert run.locks == ()
    assert BEN not in run.people


def test_a_run_goes_with_whoever_a_lock_names_though_it_did_not_weigh_them() -> None:
    made = made_from(given(FOUR, locked(), left(BEN, HEALTHCARE), co_chairs_of_runs()))
    run = the_run(made)
    assert BEN not in found_by(run).weighed.people
    sign = ApproveRun(run_id=run.run_id, side=PATIENT)
    made.when(sign, role=Role.CO_CHAIR, by=CLEO).then_kinds(MatchingRunApproved)
    erased = given(made.facts, PersonErased(person_id=BEN))
    erased.when(sign, role=Role.CO_CHAIR, by=CLEO).then_refused(RunIsStale)


def test_a_lock_is_over_once_the_two_are_asked() -> None:
    run = run_over(FOUR, [locked(), proposed(), declined()])
    assert run.locks == ()
    stays = run_over(FOUR, [locked(), proposed(ADA, BOLA), declined(ADA, BOLA)])
    assert lost(stays) == {(ADA, BEN): None}


def test_of_two_locks_that_meet_in_one_person_neither_is_taken() -> None:
    """As after two registrations of Ada turned out to be one person's, each of which was locked."""
    run = run_over(FOUR, [locked(), locked(ADA, BOLA)])
    assert lost(run) == {(ADA, BEN): WITH_ANOTHER, (ADA, BOLA): WITH_ANOTHER}
    assert len(run.pairs) == 2
    assert proven(run)


@pytest.mark.parametrize("news", [[locked(AMINA, BOLA)], [unlocked()]], ids=["one more", "none"])
def test_a_run_is_stale_once_other_two_are_locked(news: list[Event]) -> None:
    after = signed_run(FOUR, [locked()])
    wish = PublishRun(run_id=the_run(after).run_id)
    given(after.facts, news).when(wish).then_refused(RunIsStale)
    assert after.when(wish).refusal is None


def test_other_weights_leave_locks_as_they_are() -> None:
    run = run_over(apart(), [locked(), locked(AMINA, BOLA, "team")])
    assert supposed(run, AUTUMN, {"area.same": 1}).locks == run.locks


@pytest.mark.parametrize("seed", range(15))
def test_with_locks_nothing_is_better_of_all_that_has_them(seed: int) -> None:
    """Every matching with the locked pairs, of the same people without locks, is held beside."""
    chance = Random(seed)
    ours, theirs = ([person(f"{side} {it}") for it in range(4)] for side in ("P", "H"))
    people = [*opened()]
    for side, some in ((PATIENT, ours), (HEALTHCARE, theirs)):
        for who in some:
            area, themes = chance.choice([*Area][:3]), chance.sample([*Theme][:4], 2)
            people += place(who, side, Profile(area=area, themes=tuple(themes)))
    vetoed = [vetoes(chance.choice(ours), chance.choice(theirs)) for _ in range(3)]
    two = [*zip(chance.sample(ours, 2), chance.sample(theirs, 2), strict=True)]
    run = run_over(people, vetoed, [locked(*it) for it in two])
    free = run_over(people, vetoed)
    assert proven(run)
    held = {it for it, lost_by in lost(run).items() if lost_by is None}
    assert held == {it for it in two if it not in {(one.person_id, one.other_id) for one in vetoed}}
    points = {
        (row.patient_leader_id, other): sum(kind)
        for row in free.weighed.rows
        for other, cell in zip(free.weighed.healthcare_leader_ids, row.cells, strict=True)
        if not isinstance(kind := free.weighed.kinds[cell], str)
    }
    orders = (zip(ours, order, strict=True) for order in permutations(theirs))
    matchings = ([two for two in order if two in points] for order in orders)
    best = max(
        (len(pairs), sum(points[two] for two in pairs)) for pairs in matchings if held <= set(pairs)
    )
    assert (len(run.pairs), sum(one.points for one in run.pairs)) == best
    assert held <= chosen(run)
