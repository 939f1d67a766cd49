"""Rules come into force when both sides have signed them and their day has come."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from pydantic import ValidationError

from domain.deciding import Known, decided
from domain.decision import Act
from domain.roles.signing import NotYourSide, SignedForTheOtherSide
from domain.rules.adopting import (
    BothHaveSigned,
    InForceAlready,
    NotToBeInForce,
    ProposeRules,
    RulesTakenBackReason,
    SignRules,
    TakeRulesBack,
    TooLittleNotice,
    UnknownRules,
)
from domain.rules_in_force import Rules
from events.ids import FIRST_RULES, PROGRAMME, PersonId, RulesId
from events.roles import RoleWithdrawn
from events.rules import (
    FIRST,
    FIRST_CRITERIA,
    RulesAdopted,
    RulesProposed,
    RulesSigned,
    RulesTakenBack,
)
from events.terms import HeadOfTheLine, Role, Side
from tests.scenes.cast import AUTUMN, HEALTHCARE, PATIENT
from tests.scenes.given import NOON, Given, Result, command_id, folded, given
from tests.scenes.programme_rules import IN_FORCE_FROM, NEW, adopted, numbers, proposed
from tests.scenes.selection import SARA, WYN, co_chairs
from tests.scenes.team import granted

DAY = timedelta(days=1)
THEN = datetime(2024, 10, 1, 8, tzinfo=UTC)
"""In the morning of the day from which they are in force."""


def propose(since: date = IN_FORCE_FROM, **other: Any) -> ProposeRules:
    return ProposeRules(in_force_from=since, rules=numbers(**other), criteria=FIRST_CRITERIA)


def sign(scene: Given, who: PersonId, side: Side, at: datetime = NOON) -> Result:
    wish = SignRules(rules_id=NEW, side=side)
    return scene.when(wish, by=who, role=Role.CO_CHAIR, at=at, named=f"{who} signs")


def take_back(
    scene: Given, role: Role = Role.COORDINATOR, at: datetime = NOON, rules_id: RulesId = NEW
) -> Result:
    wish = TakeRulesBack(rules_id=rules_id, reason=RulesTakenBackReason.MISTAKE)
    return scene.when(wish, by=WYN, role=role, at=at)


def on_paper() -> Given:
    return given(co_chairs(), proposed(proposal_days=14))


def rules_on(day: date, *facts: Any) -> RulesId:
    return folded(Rules(), given(*facts).facts).rules_on(day)


def test_somebody_proposes_all_rules_from_a_day_on_and_once() -> None:
    rules_id = RulesId.derived(NOON, command_id())
    one = (
        given().when(propose(proposal_days=14)).then(proposed(rules_id=rules_id, proposal_days=14))
    )
    one.when(propose(proposal_days=14), named="again").then_already_so()
    one.when(propose(proposal_days=15), named="others").then_kinds(RulesProposed)


def test_people_know_rules_some_days_before_they_are_in_force() -> None:
    first = NOON.date() + FIRST.notice_days * DAY
    given().when(propose(first - DAY)).then_refused(TooLittleNotice)
    given().when(propose(first)).then_kinds(RulesProposed)
    assert f"{first}" in TooLittleNotice(first).sentence
    longer = adopted(NOON.date() - DAY, notice_days=30)
    given(longer).when(propose(first)).then_refused(TooLittleNotice)


def test_with_the_second_sides_signature_rules_are_adopted() -> None:
    mine: dict[str, Any] = {"rules_id": NEW, "programme_id": PROGRAMME}
    one = sign(on_paper(), WYN, PATIENT).then(RulesSigned(**mine, side=PATIENT, signed_by=WYN))
    sign(one, WYN, PATIENT).then_already_so()
    both = sign(one, SARA, HEALTHCARE).then(
        RulesSigned(**mine, side=HEALTHCARE, signed_by=SARA), RulesAdopted(**mine)
    )
    sign(both, SARA, HEALTHCARE).then_already_so()


def test_two_people_sign_each_for_their_own_side() -> None:
    known = SignRules(rules_id=NEW, side=HEALTHCARE).needs(
        lambda wanted: folded(wanted, on_paper().facts)
    )
    act = Act(command_id(), NOON, WYN, Role.CO_CHAIR, side=PATIENT)
    with pytest.raises(NotYourSide):
        decided(SignRules(rules_id=NEW, side=HEALTHCARE), act, Known(known, (), known))
    one = sign(on_paper(), WYN, PATIENT).then_kinds(RulesSigned)
    moved = given(one.facts, granted(WYN, Role.CO_CHAIR, side=HEALTHCARE))
    sign(moved, WYN, HEALTHCARE).then_refused(SignedForTheOtherSide)


def test_who_is_co_chair_of_one_cohort_does_not_sign_for_all() -> None:
    scene = given(co_chairs(), proposed())
    one = sign(scene, WYN, PATIENT).then_kinds(RulesSigned)
    gone = RoleWithdrawn(
        person_id=WYN, programme_id=PROGRAMME, role=Role.CO_CHAIR, reason="role.left"
    )
    here = granted(WYN, Role.CO_CHAIR, AUTUMN, side=PATIENT)
    sign(given(one.facts, gone, here), SARA, HEALTHCARE).then_kinds(RulesSigned)


def test_a_signature_counts_while_its_co_chair_is_in_office() -> None:
    one = sign(on_paper(), WYN, PATIENT).then_kinds(RulesSigned)
    over = granted(WYN, Role.CO_CHAIR, side=PATIENT, ends_on=NOON.date() - DAY)
    two = sign(given(one.facts, over), SARA, HEALTHCARE).then_kinds(RulesSigned)
    back = granted(WYN, Role.CO_CHAIR, side=PATIENT)
    sign(given(two.facts, back), WYN, PATIENT).then_already_so()


def test_nobody_signs_what_could_not_be_known_in_time() -> None:
    late = datetime(2024, 9, 25, 12, tzinfo=UTC)
    one = sign(on_paper(), WYN, PATIENT).then_kinds(RulesSigned)
    sign(one, SARA, HEALTHCARE, at=late).then_refused(TooLittleNotice)


def test_rules_that_nobody_proposed_can_not_be_signed_or_taken_back() -> None:
    for side, who in ((PATIENT, WYN), (HEALTHCARE, SARA)):
        sign(given(co_chairs()), who, side).then_refused(UnknownRules)
    take_back(given(co_chairs())).then_refused(UnknownRules)
    take_back(given(co_chairs()), rules_id=FIRST_RULES).then_refused(UnknownRules)


def test_a_proposal_is_taken_back_once_and_then_nobody_signs_it() -> None:
    gone = take_back(on_paper()).then_kinds(RulesTakenBack)
    take_back(gone).then_already_so()
    sign(gone, WYN, PATIENT).then_refused(NotToBeInForce)
    gone.when(propose(proposal_days=14), named="again").then_kinds(RulesProposed)


def test_what_both_sides_signed_a_co_chair_takes_back_until_it_is_in_force() -> None:
    scene = given(co_chairs(), adopted())
    take_back(scene).then_refused(BothHaveSigned)
    take_back(scene, Role.CO_CHAIR, THEN).then_refused(InForceAlready)
    gone = take_back(scene, Role.CO_CHAIR).then_kinds(RulesTakenBack)
    assert rules_on(IN_FORCE_FROM, gone.facts) == FIRST_RULES


def test_rules_hold_from_their_day_on_until_others_do() -> None:
    other = RulesId.derived(NOON, "other rules")
    assert rules_on(IN_FORCE_FROM) == FIRST_RULES
    assert rules_on(IN_FORCE_FROM, proposed()) == FIRST_RULES
    assert rules_on(IN_FORCE_FROM - DAY, adopted()) == FIRST_RULES
    assert rules_on(IN_FORCE_FROM, adopted()) == NEW
    later = [*adopted(), *adopted(IN_FORCE_FROM + DAY, other)]
    assert rules_on(IN_FORCE_FROM, later) == NEW
    assert rules_on(IN_FORCE_FROM + DAY, later) == other
    assert rules_on(IN_FORCE_FROM, adopted(), adopted(IN_FORCE_FROM, other)) == other
    assert rules_on(IN_FORCE_FROM + DAY, adopted(IN_FORCE_FROM + DAY, other), adopted()) == other


@pytest.mark.parametrize(
    "other",
    [
        {"assessments": 2, "lay_assessments": 3},
        {"assessments": 1},
        {"weights": {"area.same": 1}},
        {"weights": {**FIRST.weights, "repairing.first": 1}},
        {"check_in_months": (6, 3)},
        {"check_in_months": (3, 3)},
        {"check_in_months": ()},
        {"moderation_gap": {"usual": 9, "least": 10, "most": 20}},
        {"proposal_days": 61},
        {"accept_within_days": {"usual": 10, "least": 1, "most": 61}},
        {"required_workshops": {"usual": 3, "least": 1, "most": 13}},
        {"notice_days": 0},
    ],
)
def test_rules_that_make_no_sense_are_not_proposed(other: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        propose(**other)


def test_each_criterion_is_proposed_once() -> None:
    twice = (*FIRST_CRITERIA, FIRST_CRITERIA[0])
    with pytest.raises(ValidationError):
        ProposeRules(in_force_from=IN_FORCE_FROM, rules=FIRST, criteria=twice)


def test_the_head_of_the_line_has_two_rules() -> None:
    assert len(HeadOfTheLine) == len({FIRST.head_of_the_line, *HeadOfTheLine}) == 2
