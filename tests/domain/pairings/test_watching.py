"""What comes between two who are asked to lead together, or do, has its consequence at once."""

import pytest

from domain.catalogue import NOTICES, POLICIES
from domain.matching.apart import AllowPair, AllowReason, ForbidPair, NotForYouToAllow
from domain.pairings.compatibility import KeptApart
from domain.pairings.endings import EndForLeaver, EndPairing, EndReason, StillOnTheCohort
from domain.pairings.engagement import Engagement
from domain.pairings.pairing import (
    CompletePairing,
    PairingIsHeld,
    PairingIsOver,
    PausePairing,
    PauseReason,
    UnknownPairing,
)
from domain.pairings.proposals import AcceptPairing
from domain.pairings.watching import KEPT_APART, KeepApart, ResumePairing
from domain.people.person import UnknownPerson
from domain.workshops.bookings import ReleaseBookings
from events.event import Event
from events.ids import PersonId
from events.matching import PairAllowed, PairForbidden
from events.offers import OfferWithdrawn, PlaceGivenUp
from events.pairings import (
    PairingEnded,
    PairingHeld,
    PairingResumed,
    PairingTakenBack,
    RepairingAsked,
)
from events.people import PersonErased, PersonStated, RelationshipDeclared, RelationshipEnded
from events.personal import ERASED
from events.terms import Relationship, Role
from tests.domain.people.test_ties import declared, over
from tests.scenes.cast import (
    ADA,
    AMINA,
    AUTUMN,
    BEN,
    BOLA,
    CLEO,
    HEALTHCARE,
    NOBODY,
    SPRING,
    application,
    registered,
)
from tests.scenes.given import Given, folded, given
from tests.scenes.pairs import (
    TWO,
    active,
    cohort_of,
    completed,
    on_a_break,
    pairing,
    proposed,
    recorded,
    unreleased,
)
from tests.scenes.selection import place

FOUR = [*cohort_of(ADA, AMINA, beside=(BEN, BOLA)), registered(CLEO)]
BACK = PairingTakenBack(**TWO, reason=KEPT_APART)
RESUME = ResumePairing(pairing_id=pairing())
BARS = {
    Relationship.HOUSEHOLD: "rule.one-household",
    Relationship.FAMILY: "rule.one-family",
    Relationship.TREATS: "rule.treats",
    Relationship.MANAGES: "rule.manages",
    Relationship.TEAM: "rule.one-team",
    Relationship.VETO: "rule.veto",
}


def held(rule: str) -> PairingHeld:
    return PairingHeld(**TWO, rule=rule)


def kept_apart(reason: str = "team") -> PairForbidden:
    return PairForbidden(
        cohort_id=AUTUMN, patient_leader_id=ADA, healthcare_leader_id=BEN, reason=reason
    )


def leading(*facts: Event) -> Given:
    return given(FOUR, active(), *facts)


def looks(who: PersonId) -> KeepApart:
    return KeepApart(person_id=who)


@pytest.mark.parametrize("kind", BARS)
@pytest.mark.parametrize("first", [(ADA, BEN), (BEN, ADA)])
def test_who_leads_together_is_held_when_a_tie_begins(
    kind: Relationship, first: tuple[PersonId, PersonId]
) -> None:
    for here in (leading(), leading(on_a_break("caring"))):
        tied = given(here.facts, declared(first[0], kind, first[1]))
        stopped = tied.when(looks(first[0]), role=Role.SYSTEM).then(held(BARS[kind]))
        stopped.when(looks(first[0]), role=Role.SYSTEM).then_already_so()


@pytest.mark.parametrize("kind", BARS)
def test_what_was_proposed_is_taken_back_when_a_tie_begins(kind: Relationship) -> None:
    here = given(FOUR, proposed(), declared(BEN, kind, ADA))
    done = here.when(looks(BEN), role=Role.SYSTEM).then(BACK)
    done.when(looks(BEN), role=Role.SYSTEM).then_already_so()
    done.when(AcceptPairing(pairing_id=pairing(), person_id=ADA)).then_refused(PairingIsOver)


@pytest.mark.parametrize("says", [ADA, AMINA, BEN])
def test_a_tie_to_a_third_person_comes_between_two(says: PersonId) -> None:
    """Whoever of the three says it last: Ben treats Amina, who is Ada's family."""
    facts = {
        ADA: [declared(BEN, Relationship.TREATS, AMINA), declared(ADA, Relationship.FAMILY, AMINA)],
        AMINA: [
            declared(BEN, Relationship.TREATS, AMINA),
            declared(AMINA, Relationship.FAMILY, ADA),
        ],
        BEN: [declared(AMINA, Relationship.FAMILY, ADA), declared(BEN, Relationship.TREATS, AMINA)],
    }
    leading(*facts[says]).when(looks(says), role=Role.SYSTEM).then(held("rule.treats-family"))


def test_a_coordinator_keeps_apart_who_leads_together() -> None:
    leading(kept_apart()).when(looks(ADA), role=Role.SYSTEM).then(
        held("rule.forbidden-by-coordinator")
    )


def test_nothing_follows_for_others_or_of_what_bars_nobody() -> None:
    leading(declared(ADA, Relationship.ACQUAINTED, BEN)).when(
        looks(ADA), role=Role.SYSTEM
    ).then_already_so()
    leading(declared(ADA, Relationship.VETO, BOLA)).when(
        looks(ADA), role=Role.SYSTEM
    ).then_already_so()
    apart = declared(ADA, Relationship.VETO, BEN)
    leading(apart, over(ADA, Relationship.VETO, BEN)).when(
        looks(ADA), role=Role.SYSTEM
    ).then_already_so()
    given(FOUR, completed(), apart).when(looks(ADA), role=Role.SYSTEM).then_already_so()
    given(FOUR).when(looks(NOBODY), role=Role.SYSTEM).then_refused(UnknownPerson)


def test_what_was_erased_of_a_third_person_parts_nobody() -> None:
    """It may have been anything, as far as anybody can tell; nobody new is asked, that is all."""
    tied = [declared(BEN, Relationship.TREATS, AMINA), declared(AMINA, Relationship.TEAM, ADA)]
    leading(*tied, PersonErased(person_id=AMINA)).when(
        looks(ADA), role=Role.SYSTEM
    ).then_already_so()


def test_who_is_held_does_nothing_as_a_pair() -> None:
    here = leading(held("rule.veto"))
    here.when(PausePairing(pairing_id=pairing(), reason=PauseReason.WORK)).then_refused(
        PairingIsHeld
    )
    here.when(CompletePairing(pairing_id=pairing())).then_refused(PairingIsHeld)


def test_nobody_resumes_while_a_rule_keeps_them_apart() -> None:
    tie = declared(ADA, Relationship.HOUSEHOLD, BEN)
    paused, stopped = leading(on_a_break("work"), tie), leading(tie, held("rule.one-household"))
    for here, why in ((paused, KeptApart), (stopped, PairingIsHeld)):
        here.when(RESUME, by=ADA, role=Role.PARTICIPANT).then_refused(why)
        here.when(RESUME, by=CLEO).then_refused(KeptApart)


def test_a_coordinator_lets_two_go_on_when_the_tie_has_ended() -> None:
    kind = Relationship.HOUSEHOLD
    here = leading(declared(ADA, kind, BEN), held("rule.one-household"), over(ADA, kind, BEN))
    for who in (ADA, BEN):
        for role in (Role.PARTICIPANT, Role.COORDINATOR):
            here.when(RESUME, by=who, role=role).then_refused(PairingIsHeld)
    on = here.when(RESUME, by=CLEO).then(PairingResumed(pairing_id=pairing(), cohort_id=AUTUMN))
    on.when(RESUME).then_already_so()
    given(FOUR).when(RESUME).then_refused(UnknownPairing)


def test_a_pairing_that_is_held_may_end_and_both_wait_for_another() -> None:
    end = EndPairing(pairing_id=pairing(), reported_by=ADA, reason=EndReason.OTHER)
    leading(held("rule.veto")).when(end).then_kinds(PairingEnded, RepairingAsked, RepairingAsked)


def test_a_coordinator_allows_what_was_forbidden() -> None:
    wish = AllowPair(
        cohort_id=AUTUMN,
        patient_leader_id=ADA,
        healthcare_leader_id=BEN,
        reason=AllowReason.SETTLED,
    )
    here = leading(kept_apart(), held("rule.forbidden-by-coordinator"))
    here.when(RESUME, by=CLEO).then_refused(KeptApart)
    allowed = here.when(wish, by=CLEO).then(PairAllowed(**wish.model_dump()))
    allowed.when(wish, by=CLEO).then_already_so()
    allowed.when(RESUME, by=CLEO).then_kinds(PairingResumed)
    elsewhere = wish.model_copy(update={"cohort_id": SPRING})
    here.when(elsewhere, by=CLEO).then_already_so()
    near = declared(CLEO, Relationship.FAMILY, BEN)
    for who, more in ((ADA, []), (BEN, []), (CLEO, [near])):
        given(here.facts, more).when(wish, by=who).then_refused(NotForYouToAllow)
    unknown = wish.model_copy(update={"patient_leader_id": NOBODY})
    here.when(unknown, by=CLEO).then_refused(UnknownPerson)


def test_a_pair_may_be_forbidden_anew_and_for_another_reason() -> None:
    wish = ForbidPair(**kept_apart().model_dump())
    here = given(FOUR, kept_apart())
    here.when(wish).then_already_so()
    other = ForbidPair(**kept_apart("other").model_dump())
    here.when(other).then(kept_apart("other"))
    allowed = PairAllowed(**kept_apart("settled").model_dump())
    given(here.facts, allowed).when(wish).then(kept_apart())


def test_whatever_private_is_stated_is_looked_at() -> None:
    """Whoever follows facts can't tell what it is, nor whether anything follows."""
    assert {RelationshipDeclared, RelationshipEnded, PairForbidden, PairAllowed}.isdisjoint(
        POLICIES
    )
    fact = PersonStated(person_id=ADA, content=ERASED)
    asked = [wish for policy in POLICIES[PersonStated] for wish in policy(recorded(fact))]
    assert asked == [looks(ADA)]


def test_the_two_are_told_without_the_cause() -> None:
    facts = [*FOUR, *active()]
    for fact in (held("rule.veto"), BACK):
        (tells,) = NOTICES[type(fact)]
        letters = [*tells(recorded(fact), lambda wanted: folded(wanted, facts))]
        assert [one.to for one in letters] == [ADA, BEN]
        one, other = (one.paragraphs for one in letters)
        assert one == other
        assert "veto" not in " ".join(one)


def test_whose_employer_takes_back_their_release_waits_with_their_partner() -> None:
    lost = leading(*unreleased(BEN))
    waits = lost.when(looks(BEN), role=Role.SYSTEM).then(held("rule.not-released"))
    waits.when(RESUME).then_refused(KeptApart)
    erased = given(lost.facts, PersonErased(person_id=ADA))
    erased.when(looks(BEN), role=Role.SYSTEM).then(held("rule.not-released"))
    asked = given(FOUR, proposed(), unreleased(BEN))
    asked.when(looks(BEN), role=Role.SYSTEM).then(BACK)
    again = given(waits.facts, place(BEN, HEALTHCARE))
    again.when(RESUME).then_kinds(PairingResumed)
    given(FOUR, active(), on_a_break("work"), unreleased(BEN)).when(RESUME).then_refused(KeptApart)


def test_who_waits_for_their_employer_has_left_nobody_until_the_place_is_taken_back() -> None:
    waits = leading(*unreleased(BEN), held("rule.not-released"))
    over = EndForLeaver(cohort_id=AUTUMN, person_id=BEN)
    waits.when(over).then_refused(StillOnTheCohort)
    back = OfferWithdrawn(
        application_id=application(BEN),
        cohort_id=AUTUMN,
        person_id=BEN,
        side=HEALTHCARE,
        reason="offer.no-employer-release",
    )
    ended, first = given(waits.facts, back).when(over, role=Role.SYSTEM).new
    assert isinstance(ended, PairingEnded)
    assert isinstance(first, RepairingAsked)
    assert first.person_id == ADA


def test_who_waits_for_their_employer_stays_and_comes_first_when_their_partner_leaves() -> None:
    waits = leading(*unreleased(BEN), held("rule.not-released"))
    over = EndPairing(
        pairing_id=pairing(), reported_by=ADA, reason=EndReason.LEFT_THE_PROGRAMME, leaver=ADA
    )
    left = waits.when(over).then_kinds(PairingEnded, PlaceGivenUp, RepairingAsked)
    again = folded(Engagement(AUTUMN, BEN), [*left.facts, place(BEN, HEALTHCARE)])
    assert again.confirmed
    assert again.waits_first
    assert again.former_pairing_id == pairing()


def test_a_release_that_is_lost_has_its_consequence_by_itself() -> None:
    _, fact = unreleased(BEN)
    wishes = [wish for policy in POLICIES[type(fact)] for wish in policy(recorded(fact))]
    assert {type(wish) for wish in wishes} == {KeepApart, ReleaseBookings}
