"""By what rules the programme goes: as they were proposed, with what came of them."""

from typing import Any

from events.assessments import AssessorAssigned
from events.ids import PROGRAMME
from events.rules import FIRST_CRITERIA, RulesAdopted, RulesSigned, RulesTakenBack
from projections.panel import panels_part, wanted_of
from projections.replay import folded
from projections.rules import RULES, RulesState
from tests.projections.edge import told, told_without_keys
from tests.scenes.cast import ADA, CARYS, CLEO, COLM, HEALTHCARE, PATIENT
from tests.scenes.programme_rules import IN_FORCE_FROM, NEW, adopted, numbers, proposed
from tests.scenes.scribe import Facts, shown, written_down
from tests.scenes.selection import SARA, WYN, assigned, scored

BACK = RulesTakenBack(rules_id=NEW, programme_id=PROGRAMME, reason="rules.not-agreed")


def row(*facts: Facts) -> Any:
    return shown(RULES, NEW, *facts)


def test_rules_are_shown_as_they_were_proposed_and_who_signed_them() -> None:
    on_paper = row(proposed(proposal_days=14))
    assert (on_paper.state, on_paper.signed) == (RulesState.PROPOSED, {})
    assert (on_paper.rules, on_paper.in_force_from) == (numbers(proposal_days=14), IN_FORCE_FROM)
    one = RulesSigned(rules_id=NEW, programme_id=PROGRAMME, side=PATIENT, signed_by=WYN)
    assert row(proposed(), one).signed == {PATIENT: WYN}
    both = row(adopted())
    assert (both.state, both.signed) == (RulesState.ADOPTED, {PATIENT: WYN, HEALTHCARE: SARA})


def test_why_they_were_taken_back_and_the_criteria_are_for_the_team() -> None:
    gone = row(adopted(), BACK)
    assert gone.state is RulesState.TAKEN_BACK
    seen, shut = told(RULES, gone), told_without_keys(RULES, gone)
    assert seen["because"] == "rules.not-agreed"
    assert [one["code"] for one in seen["criteria"]] == [one.code for one in FIRST_CRITERIA]
    assert (shut["because"], shut["criteria"]) == ("(sealed)", "(sealed)")


def test_nobody_signs_what_was_not_proposed() -> None:
    alone = written_down(RulesAdopted(rules_id=NEW, programme_id=PROGRAMME))
    assert folded(RULES, alone) == {}


def missing(*acts: Any, needed: int = 2, needed_lay: int = 1) -> str:
    """What the panel is said to have to do next."""
    by_the_rules = {"needed": needed, "needed_lay": needed_lay}
    facts = [
        one.model_copy(update=by_the_rules) if isinstance(one, AssessorAssigned) else one
        for one in acts
    ]
    return wanted_of(
        panels_part({"name": one.wire_name(), "data": one.model_dump()} for one in facts)
    )


def test_what_the_panel_waits_for_is_as_the_cohorts_rules_ask() -> None:
    lay, other = assigned(CLEO, ADA, lay=True), assigned(CARYS, ADA)
    assert missing(lay, other) == "2 assessments"
    assert missing(lay, other, needed=3) == "an assessor"
    assert missing(lay, other, needed_lay=2) == "a lay assessor"
    assert missing(other, needed=3) == "an assessor"
    third = assigned(COLM, ADA)
    *_, first = scored(CLEO, ADA, lay=True)
    *_, second = scored(CARYS, ADA)
    both = (lay, other, first, second)
    assert missing(*both) == "a decision"
    assert missing(*both, third, needed=3) == "1 assessment"
