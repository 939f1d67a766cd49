"""Two with whom it came to nothing are asked once more only if both wish it."""

import pytest

from domain.decision import NotYours
from domain.pairings.compatibility import KeptApart
from domain.pairings.notices import wish_noted
from domain.pairings.proposals import AcceptPairing, ProposePairing
from domain.pairings.wishing import NeverAsked, WishAgain
from events.continuation import ContinuationEnded
from events.event import Event
from events.ids import CohortId, PersonId
from events.pairings import (
    PairingAccepted,
    PairingDeclined,
    PairingLapsed,
    PairingProposed,
    PartnerWishedAgain,
)
from events.terms import Role
from tests.scenes.cast import ADA, AMINA, AUTUMN, BEN, BOLA, HEALTHCARE, PATIENT, SPRING, confirmed
from tests.scenes.given import Given, Sharing, given
from tests.scenes.pairs import (
    TWO,
    active,
    cohort_of,
    completed,
    ended,
    pairing,
    proposed,
    recorded,
)
from tests.scenes.runs import chosen, forbidden, found_by, made_from, the_run

NO = PairingDeclined.model_validate({**TWO, "declined_by": BEN, "reason": "other-interests"})
LAPSED = PairingLapsed.model_validate(TWO)
WAYS: list[list[Event]] = [
    [proposed(), NO],
    [proposed(), LAPSED],
    [*active(), ended(reason="moved-away")],
]


def everybody(*facts: Event) -> Given:
    """Ada and Ben are in both cohorts."""
    return given(
        cohort_of(ADA, AMINA, beside=(BEN, BOLA)),
        confirmed(ADA, PATIENT, SPRING),
        confirmed(BEN, HEALTHCARE, SPRING),
        facts,
    )


def propose(
    one: PersonId = ADA, other: PersonId = BEN, cohort: CohortId = AUTUMN
) -> ProposePairing:
    return ProposePairing(cohort_id=cohort, patient_leader_id=one, healthcare_leader_id=other)


def wish(who: PersonId, other: PersonId) -> WishAgain:
    return WishAgain(person_id=who, other_id=other)


@pytest.mark.parametrize("way", WAYS, ids=["declined", "lapsed", "ended"])
@pytest.mark.parametrize("cohort", [AUTUMN, SPRING])
def test_two_are_asked_again_only_if_both_wish_it(way: list[Event], cohort: CohortId) -> None:
    stage = everybody(*way)
    stage.when(propose(cohort=cohort)).then_refused(KeptApart)
    one = stage.when(wish(ADA, BEN), by=ADA, role=Role.PARTICIPANT).then(
        PartnerWishedAgain(person_id=ADA, other_id=BEN)
    )
    one.when(wish(ADA, BEN)).then_already_so()
    one.when(propose(cohort=cohort)).then_refused(KeptApart)
    both = one.when(wish(BEN, ADA)).then_kinds(PartnerWishedAgain)
    asked = both.when(propose(cohort=cohort)).then_kinds(PairingProposed)
    fact = asked.facts[-1]
    assert isinstance(fact, PairingProposed)
    yes = AcceptPairing(pairing_id=fact.pairing_id, person_id=ADA)
    asked.when(yes).then_kinds(PairingAccepted)


def test_a_wish_is_good_for_one_more_time() -> None:
    wishes = [
        PartnerWishedAgain(person_id=ADA, other_id=BEN),
        PartnerWishedAgain(person_id=BEN, other_id=ADA),
    ]
    everybody(proposed(), NO, *wishes, proposed(), NO).when(propose()).then_refused(KeptApart)


def test_who_parted_over_the_relationship_is_never_asked_again_whatever_they_wish() -> None:
    over = ContinuationEnded.model_validate({**TWO, "reason": "relationship"})
    for facts in ([*active(), ended(reason="relationship")], [*completed(), over]):
        stage = everybody(*facts)
        stage.when(propose(cohort=SPRING)).then_refused(KeptApart)
        one = stage.when(wish(ADA, BEN)).then_kinds(PartnerWishedAgain)
        both = one.when(wish(BEN, ADA)).then_kinds(PartnerWishedAgain)
        both.when(propose(cohort=SPRING)).then_refused(KeptApart)


def test_who_went_their_ways_after_completing_may_lead_together_again() -> None:
    over = ContinuationEnded.model_validate({**TWO, "reason": "goal-reached"})
    everybody(*completed(), over).when(propose(cohort=SPRING)).then_kinds(PairingProposed)


def test_everybody_wishes_for_themselves_and_only_what_was_before() -> None:
    stage = everybody(*WAYS[0])
    stage.when(wish(ADA, BEN), by=BEN, role=Role.PARTICIPANT).then_refused(NotYours)
    stage.when(wish(ADA, BOLA)).then_refused(NeverAsked)
    stage.when(wish(ADA, ADA)).then_refused(NeverAsked)


def test_the_next_run_asks_somebody_else() -> None:
    """Amina and Ben declined each other, and there are no others: Ada and Ben are asked."""
    no = NO.model_copy(update={"patient_leader_id": AMINA, "pairing_id": pairing(AMINA, BEN)})
    stage = given(cohort_of(ADA, AMINA, beside=(BEN,)), proposed(AMINA, BEN), no)
    run = found_by(the_run(made_from(stage)))
    assert chosen(run) == {(ADA, BEN)}
    assert forbidden(run) == {(AMINA, BEN): "rule.asked-before"}


def test_a_wish_is_told_to_whoever_wished_and_to_nobody_else() -> None:
    fact = PartnerWishedAgain(person_id=ADA, other_id=BEN)
    (said,) = wish_noted(recorded(fact), Sharing(everybody(*WAYS[0]).facts))
    assert said.to == ADA
