"""What must hold of two who are asked to lead together: each invariant has a breaking history."""

from datetime import date, timedelta

import pytest

from events.continuation import ContinuationEnded
from events.ids import PairingId, PersonId
from events.matching import PairAllowed, PairForbidden
from events.pairings import (
    PairingDeclined,
    PairingHeld,
    PairingLapsed,
    PairingProposed,
    PairingResumed,
    PairingStepTakenBack,
    PairingTakenBack,
    PartnerWishedAgain,
    ProposalExtended,
)
from events.people import PersonErased, RelationshipDeclared, RelationshipEnded
from events.personal import ERASED
from events.terms import PairingStep, Relationship
from tests.scenes.cast import (
    ADA,
    AMINA,
    AUTUMN,
    BEN,
    BOLA,
    HEALTHCARE,
    PATIENT,
    SPRING,
    confirmed,
)
from tests.scenes.given import NOON
from tests.scenes.judged import DAY, breaks, each, judged, stands, still_holds, told
from tests.scenes.pairs import (
    ACCEPT_BY,
    AFTER_ACCEPT_BY,
    active,
    cohort_of,
    completed,
    ended,
    left,
    on_a_break,
    pairing,
    proposed,
    unreleased,
    yes,
)
from tests.scenes.selection import place

FOUR = [*cohort_of(ADA, AMINA, beside=(BEN, BOLA))]
IN_SPRING = [*confirmed(ADA, PATIENT, SPRING), *confirmed(BEN, HEALTHCARE, SPRING)]
LAPSED = PairingLapsed(
    pairing_id=pairing(), cohort_id=AUTUMN, patient_leader_id=ADA, healthcare_leader_id=BEN
)
RESUMED = PairingResumed(pairing_id=pairing(), cohort_id=AUTUMN)
AGAIN = PairingId.derived(NOON, "again")


def once_more(one: str = ADA, other: str = BEN, cohort: str = AUTUMN) -> PairingProposed:
    new = {"pairing_id": AGAIN, "cohort_id": cohort}
    two = {"patient_leader_id": one, "healthcare_leader_id": other}
    return proposed().model_copy(update={**new, **two})


def tie(one: str, other: str, kind: Relationship) -> RelationshipDeclared:
    return RelationshipDeclared.model_validate({"person_id": one, "other_id": other, "kind": kind})


def declined(reason: str) -> PairingDeclined:
    fact = {**LAPSED.model_dump(), "declined_by": ADA, "reason": reason}
    return PairingDeclined.model_validate(fact)


def test_a_pair_is_one_of_each_side_both_on_the_cohort() -> None:
    name = "pairings.one-of-each-side"
    breaks(name, FOUR, once_more(BEN, ADA))
    breaks(name, FOUR, once_more(ADA, ADA))
    breaks(name, [*FOUR, *left(BEN, HEALTHCARE)], proposed())
    breaks(name, [*FOUR, proposed(), *left(BEN, HEALTHCARE)], yes(ADA))


def test_nobody_has_two_partners_in_one_cohort() -> None:
    name = "pairings.one-at-a-time"
    breaks(name, [*FOUR, proposed()], proposed(ADA, BOLA))
    paused = [*FOUR, *active(), on_a_break("work")]
    breaks(name, paused, proposed(AMINA, BEN))
    assert judged([*FOUR, proposed(), LAPSED, proposed(ADA, BOLA)]).of(name) == []


def test_nobody_has_two_partners_in_two_cohorts() -> None:
    name = "pairings.one-in-all-cohorts"
    before = [*FOUR, *IN_SPRING, *active()]
    breaks(name, before, once_more(ADA, BOLA, SPRING))
    assert judged([*before, ended(), once_more(ADA, BOLA, SPRING)]).of(name) == []


@pytest.mark.parametrize(
    "ties",
    [
        [tie(BEN, ADA, Relationship.TREATS)],
        [tie(ADA, BEN, Relationship.MANAGES)],
        [tie(BEN, ADA, Relationship.HOUSEHOLD)],
        [tie(ADA, BEN, Relationship.VETO)],
        [tie(BEN, AMINA, Relationship.TREATS), tie(AMINA, ADA, Relationship.FAMILY)],
        [tie(ADA, AMINA, Relationship.HOUSEHOLD), tie(BEN, AMINA, Relationship.TREATS)],
        [
            PairForbidden(
                cohort_id=AUTUMN, patient_leader_id=ADA, healthcare_leader_id=BEN, reason="other"
            )
        ],
    ],
    ids=lambda ties: "+".join(getattr(one, "kind", "forbidden") for one in ties),
)
def test_whom_a_rule_keeps_apart_is_not_proposed(ties: list[RelationshipDeclared]) -> None:
    name = "pairings.kept-apart"
    breaks(name, [*FOUR, *ties], proposed())
    breaks(name, [*FOUR, proposed(), *ties], yes(ADA))


def test_who_treats_somebody_may_lead_with_their_neighbour() -> None:
    name = "pairings.kept-apart"
    neighbours = [tie(BEN, AMINA, Relationship.TREATS), tie(AMINA, ADA, Relationship.ACQUAINTED)]
    other_way = [tie(AMINA, BEN, Relationship.TREATS), tie(AMINA, ADA, Relationship.FAMILY)]
    forgotten = [tie(BEN, ADA, Relationship.TREATS), PersonErased(person_id=ADA)]
    for ties in (neighbours, other_way, forgotten):
        assert judged([*FOUR, *ties, proposed()]).of(name) == []


def test_who_parted_over_the_relationship_is_never_proposed_again() -> None:
    name = "pairings.never-again"
    for parted in (
        [*active(), ended(reason="relationship")],
        [proposed(), declined("relationship")],
    ):
        breaks(name, [*FOUR, *IN_SPRING, *parted], once_more(cohort=SPRING))
        slip = [*FOUR, *parted, put_right() if len(parted) > 2 else BACK]
        assert judged([*slip, once_more()]).of(name) == []
    friendly = [*active(), ended(reason="moved-away").model_copy(update={"reason": ERASED})]
    assert judged([*FOUR, *friendly, once_more()]).of(name) == []


def test_nor_who_parted_so_after_completing() -> None:
    over = ContinuationEnded.model_validate({**LAPSED.model_dump(), "reason": "relationship"})
    before = [*FOUR, *IN_SPRING, *completed(), over]
    breaks("pairings.never-again-after-completing", before, once_more(cohort=SPRING))


WISHES = [
    PartnerWishedAgain(person_id=ADA, other_id=BEN),
    PartnerWishedAgain(person_id=BEN, other_id=ADA),
]
BACK = PairingTakenBack(
    pairing_id=pairing(),
    cohort_id=AUTUMN,
    patient_leader_id=ADA,
    healthcare_leader_id=BEN,
    reason="pairing.mistake",
)


def put_right(step: PairingStep = PairingStep.END) -> PairingStepTakenBack:
    how = {**BACK.model_dump(), "step": step, "stands": "active"}
    return PairingStepTakenBack.model_validate(how)


def test_with_whom_it_came_to_nothing_is_asked_again_only_if_both_wish_it() -> None:
    name = "pairings.asked-again-if-both-wish"
    for before in ([proposed(), LAPSED], [*active(), ended()]):
        over = [*FOUR, *IN_SPRING, *before]
        breaks(name, over, once_more(cohort=SPRING))
        breaks(name, [*over, WISHES[0]], once_more())
        breaks(name, [*over, *WISHES, *active(), ended()], once_more())
        assert judged([*over, *WISHES, once_more()]).of(name) == []
        assert judged([*over, once_more(ADA, BOLA)]).of(name) == []
    assert judged([*FOUR, proposed(), LAPSED, BACK, once_more()]).of(name) == []
    assert judged([*FOUR, *completed(), once_more()]).of(name) == []


def test_a_mistake_is_not_put_right_beside_another_partner() -> None:
    name = "pairings.one-when-put-right"
    gone = [*FOUR, *active(), ended()]
    breaks(name, [*gone, proposed(ADA, BOLA)], put_right())
    assert judged([*gone, put_right()]).of(name) == []
    breaks("pairings.one-at-a-time", [*gone, put_right()], once_more(ADA, BOLA))


def test_only_the_last_step_is_taken_back_and_a_day_is_moved_while_they_are_asked() -> None:
    name = "pairings.step-by-step"
    breaks(name, [*FOUR, *active()], put_right())
    breaks(name, [*FOUR, *active(), on_a_break("away")], put_right())
    breaks(name, [*FOUR, *active()], BACK)
    asked = {**BACK.model_dump(), "accept_by": ACCEPT_BY + timedelta(days=9)}
    longer = ProposalExtended.model_validate(asked)
    breaks(name, [*FOUR, *active()], longer)
    in_time = told(yes(ADA), at=AFTER_ACCEPT_BY)
    assert judged([*FOUR, proposed(), longer, in_time]).of(name) == []
    assert judged([*FOUR, proposed(), longer, in_time]).of("pairings.said-yes-in-time") == []


def test_whose_employer_takes_back_their_release_leads_with_nobody_as_if_nothing_were() -> None:
    name = "pairings.held-while-not-released"
    lost = told(*unreleased(BEN))
    for here in ([*active()], [proposed()], [*active(), on_a_break("work")]):
        stands(name, [*FOUR, *here, lost], until=NOON, from_then=NOON + 2 * HOUR)
    for then in (told(HELD), told(place(BEN, HEALTHCARE))):
        still_holds(name, [*FOUR, *active(), lost, then], NOON + DAY)


WATCHED = "pairings.watched-as-long-as-it-lasts"
HELD = PairingHeld(**LAPSED.model_dump(), rule="rule.treats")
HOUR = timedelta(hours=1)
LATER = told(tie(AMINA, BOLA, Relationship.ACQUAINTED), at=NOON + 9 * DAY)
"""Something else that happens when much time has passed."""


def is_over(first: PersonId, other: PersonId, kind: Relationship) -> RelationshipEnded:
    return RelationshipEnded(
        person_id=first,
        other_id=other,
        kind=kind,
        reason="relationship.over",
        ended_on=date(2024, 9, 16),
    )


def test_a_tie_that_begins_between_partners_has_a_consequence() -> None:
    treats = tie(BEN, ADA, Relationship.TREATS)
    forbids = PairForbidden(
        cohort_id=AUTUMN, patient_leader_id=ADA, healthcare_leader_id=BEN, reason="other"
    )
    for tied in (treats, forbids):
        for here in ([*active()], [proposed()], [*active(), on_a_break("work")]):
            since = [*FOUR, *here, tied]
            stands(WATCHED, since, until=NOON, from_then=NOON + 2 * HOUR)
        for held in ([HELD], [on_a_break("work"), HELD]):
            stopped = [*FOUR, *active(), tied, *held]
            assert judged([*stopped, LATER], NOON + 9 * DAY).of(WATCHED) == []
            breaks(WATCHED, stopped, RESUMED)
        taken_back = PairingTakenBack(**LAPSED.model_dump(), reason="pairing.kept-apart")
        for gone in ([*active(), tied, ended()], [proposed(), tied, taken_back]):
            assert judged([*FOUR, *gone, LATER], NOON + 9 * DAY).of(WATCHED) == []


def test_it_has_none_once_it_is_over() -> None:
    treats, over = (it(BEN, ADA, Relationship.TREATS) for it in (tie, is_over))
    held = [*FOUR, *active(), treats, HELD]
    assert judged([*held, over, RESUMED, LATER], NOON + 9 * DAY).of(WATCHED) == []
    reverse = is_over(ADA, BEN, Relationship.TREATS)
    breaks(WATCHED, [*held, reverse], RESUMED)
    forbids = PairForbidden(
        cohort_id=AUTUMN, patient_leader_id=ADA, healthcare_leader_id=BEN, reason="other"
    )
    allows = PairAllowed(**forbids.model_dump())
    again = [*FOUR, *active(), forbids, HELD, allows, RESUMED, LATER]
    assert judged(again, NOON + 9 * DAY).of(WATCHED) == []


def test_what_is_over_keeps_nobody_apart() -> None:
    name, alike = "pairings.kept-apart", Relationship.FAMILY
    tied = [*FOUR, tie(ADA, BEN, alike)]
    breaks(name, tied, proposed())
    assert judged([*tied, is_over(BEN, ADA, alike), proposed()]).of(name) == []
    other = is_over(ADA, BEN, Relationship.TEAM)
    breaks(name, [*tied, other], proposed())


def test_so_has_one_with_a_partners_family() -> None:
    family, treats = tie(AMINA, ADA, Relationship.FAMILY), tie(BEN, AMINA, Relationship.TREATS)
    for ties in ((family, treats), (treats, family)):
        together = [*FOUR, *active(), *ties]
        stands(WATCHED, together, until=NOON, from_then=NOON + 2 * HOUR)


def test_nobody_leads_without_both_yeses() -> None:
    asked, ada, ben, activated = active()
    breaks("pairings.both-said-yes", [*FOUR, asked, ada], activated)
    assert judged([*FOUR, asked, ada, ben, activated]).of("pairings.both-said-yes") == []


def test_a_pairing_goes_step_by_step() -> None:
    name = "pairings.step-by-step"
    breaks(name, [*FOUR, proposed(), LAPSED], *each(LAPSED))
    breaks(name, [*FOUR, proposed()], on_a_break("work"))
    breaks(name, [*FOUR, *active()], RESUMED)
    breaks(name, [*FOUR, proposed(), yes(ADA)], *each(yes(ADA)))
    breaks(name, [*FOUR, proposed()], yes(BOLA))
    breaks(name, [*FOUR, proposed(), LAPSED], yes(BEN))
    breaks(name, [*FOUR, *active()], proposed(AMINA, BOLA, follows=pairing()))


def test_a_yes_comes_in_time_and_a_lapse_not_before() -> None:
    late, early = AFTER_ACCEPT_BY, AFTER_ACCEPT_BY - timedelta(minutes=1)
    breaks("pairings.said-yes-in-time", [*FOUR, proposed()], told(yes(ADA), at=late))
    breaks("pairings.lapses-only-after-its-day", [*FOUR, proposed()], told(LAPSED, at=early))
    for right in (told(yes(ADA), at=early), told(LAPSED, at=late)):
        found = {one.invariant for one in judged([*FOUR, proposed(), right]).found}
        assert not found & {"pairings.said-yes-in-time", "pairings.lapses-only-after-its-day"}


def test_a_proposal_is_not_over_before_the_two_hear() -> None:
    name = "pairings.time-to-say-yes"
    late = {"recorded": NOON + 20 * DAY, "reason": "systems.away"}
    breaks(name, FOUR, told(proposed(), **late))
    assert proposed().accept_by == ACCEPT_BY == date(2024, 9, 26)


def test_a_proposal_that_nobody_lapses_is_found() -> None:
    name = "pairings.lapse-not-forgotten"
    asked = [*FOUR, proposed()]
    stands(name, asked, until=AFTER_ACCEPT_BY + DAY, from_then=AFTER_ACCEPT_BY + 3 * DAY)
