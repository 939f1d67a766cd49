"""Nobody can tell what the panel found by how often it acted."""

from collections import Counter
from collections.abc import Iterable, Sequence
from itertools import takewhile
from typing import Any, Final, NamedTuple

import pytest
from hypothesis import given as over
from hypothesis import settings
from hypothesis import strategies as st

from domain.applications.application import Application, Stage
from domain.assessments.assessment import SubmitAssessment
from domain.assessments.assessors import AssignAssessor, DeclareConflict
from domain.assessments.panel import (
    ChangeDecision,
    DecisionChangeReason,
    DecisionReason,
    HoldModeration,
    MakeDecision,
)
from domain.decision import Command
from domain.offers.release import ReleaseDecisions
from domain.offers.results import Results
from events.applications import EligibilityConfirmed
from events.assessments import (
    AssessmentSubmitted,
    AssessorAssigned,
    ConflictDeclared,
    DecisionChanged,
    DecisionMade,
    ModerationHeld,
    PanelActed,
    PanelDidNothing,
)
from events.cohorts import DecisionsReleased
from events.event import Event
from events.ids import ApplicationId, PersonId
from events.people import PersonErased
from events.terms import Outcome, Relationship, Side
from tests.scenes.cast import (
    ADA,
    AMINA,
    AOIFE,
    AUTUMN,
    BEN,
    BOLA,
    CARYS,
    CLEO,
    COLM,
    HEALTHCARE,
    PATIENT,
    SPRING,
    application,
    applied,
    eligible,
    opened,
)
from tests.scenes.given import Given, folded, given
from tests.scenes.history import happened
from tests.scenes.selection import (
    RELEASE_DAY,
    SAID,
    appointed,
    assessed,
    assigned,
    by_id,
    conflict,
    decision,
    nothing,
    reinstated,
    signed,
    withdrawn,
)

SIDES: Final[dict[PersonId, Side]] = {
    **dict.fromkeys((ADA, AMINA, AOIFE), PATIENT),
    **dict.fromkeys((BEN, BOLA), HEALTHCARE),
}
BOLA_COMES_LATE: Final = EligibilityConfirmed(
    application_id=application(BOLA), cohort_id=AUTUMN, person_id=BOLA, side=HEALTHCARE
)
RELEASE: Final = ReleaseDecisions(cohort_id=AUTUMN)


def assign(who: PersonId, assessor: PersonId) -> AssignAssessor:
    return AssignAssessor(application_id=application(who), assessor_id=assessor)


def submit(who: PersonId, assessor: PersonId, score: int = 4) -> SubmitAssessment:
    return SubmitAssessment(
        application_id=application(who),
        assessor_id=assessor,
        scores={"interest": score, "leadership": score},
        recommendation=Outcome.OFFER,
    )


def declare(
    who: PersonId, assessor: PersonId, kind: Relationship = Relationship.TEAM
) -> DeclareConflict:
    return DeclareConflict(application_id=application(who), assessor_id=assessor, kind=kind)


def talk(who: PersonId) -> HoldModeration:
    return HoldModeration(application_id=application(who))


def decide(who: PersonId) -> MakeDecision:
    return MakeDecision(application_id=application(who), outcome=Outcome.OFFER)


def change(who: PersonId) -> ChangeDecision:
    return ChangeDecision(
        application_id=application(who),
        outcome=Outcome.DECLINE,
        reason=DecisionChangeReason.PANEL_REVIEW,
        reasons=(DecisionReason.MIX_OF_PEOPLE,),
    )


def before_the_panel() -> Given:
    """Four are eligible, Bola is not looked at yet; all three assessors are appointed, and it is
    said by when what is given to them today is to be scored.
    """
    four = [fact for who, side in SIDES.items() if who != BOLA for fact in eligible(who, side)]
    panel = (appointed(CLEO, lay=True), appointed(CARYS), appointed(COLM))
    return given(opened(), four, applied(BOLA, HEALTHCARE), *panel, SAID)


def test_what_everybody_has_comes_alone() -> None:
    scene = before_the_panel()
    for who in (BEN, ADA, AOIFE):
        regular: list[tuple[Command, type[Event]]] = [
            (assign(who, CLEO), AssessorAssigned),
            (assign(who, CARYS), AssessorAssigned),
            (submit(who, CLEO), AssessmentSubmitted),
            (submit(who, CARYS), AssessmentSubmitted),
            (decide(who), DecisionMade),
        ]
        for wish, kind in regular:
            scene = scene.when(wish).then_kinds(kind)


class Irregular(NamedTuple):
    """What not every application has: what came before it, who wishes it, and what it is."""

    before: Sequence[Event]
    wish: Command
    kind: type[Event]


def irregular(who: PersonId) -> dict[str, Irregular]:
    third = [assigned(COLM, who)]
    made = [decision(who, SIDES[who])]
    undone = [*third, *made, conflict(COLM, who, Relationship.TEAM)]
    soft = declare(who, CLEO, Relationship.ACQUAINTED)
    return {
        "a third assessor": Irregular([], assign(who, COLM), AssessorAssigned),
        "a third assessment": Irregular(third, submit(who, COLM), AssessmentSubmitted),
        "a hard conflict": Irregular(third, declare(who, COLM), ConflictDeclared),
        "a soft conflict": Irregular([], soft, ConflictDeclared),
        "a talk": Irregular([], talk(who), ModerationHeld),
        "a second decision": Irregular(undone, decide(who), DecisionMade),
        "a changed decision": Irregular(made, change(who), DecisionChanged),
    }


@pytest.mark.parametrize("who", [ADA, AMINA, AOIFE, BEN])
@pytest.mark.parametrize("what", irregular(ADA))
def test_what_not_everybody_has_comes_with_nothing_about_all_others(
    what: str, who: PersonId
) -> None:
    before, wish, kind = irregular(who)[what]
    found = given(before_the_panel().facts, assessed(who, SIDES[who]), before).when(wish)
    assert found.refusal is None
    (act,) = (fact for fact in found.new if type(fact) is kind)
    others = [one for one in SIDES if one not in (who, BOLA)]
    assert list(found.new) == by_id([act, *map(nothing, others)])


def test_nothing_is_said_of_another_cohort() -> None:
    elsewhere = decision(BOLA, HEALTHCARE).model_copy(update={"cohort_id": SPRING})
    scene = given(opened(), assessed(ADA, PATIENT), elsewhere)
    scene.when(talk(ADA)).then_kinds(ModerationHeld)


def test_who_withdrew_is_not_left_out() -> None:
    gone = given(before_the_panel().facts, assessed(ADA, PATIENT), withdrawn(BEN, HEALTHCARE))
    found = gone.when(talk(ADA)).new
    assert nothing(BEN) in found
    assert len(found) == 4


def test_of_who_was_erased_nothing_more_is_said() -> None:
    scene = given(before_the_panel().facts, assessed(ADA, PATIENT), PersonErased(person_id=BEN))
    found = scene.when(talk(ADA)).new
    assert nothing(BEN) not in found
    assert len(found) == 3


def test_what_is_missing_is_made_up_for_at_the_release_by_application() -> None:
    scene = given(
        opened(),
        assessed(ADA, PATIENT),
        decision(ADA, PATIENT),
        eligible(AMINA, PATIENT),
        decision(AMINA, PATIENT),
        eligible(BEN, HEALTHCARE),
        withdrawn(BEN, HEALTHCARE),
    )
    found = signed(scene).when(RELEASE, at=RELEASE_DAY).new
    filling = list(takewhile(lambda fact: isinstance(fact, PanelDidNothing), found))
    assert filling == by_id([nothing(AMINA)] * 4 + [nothing(BEN)] * 5)
    assert isinstance(found[len(filling)], DecisionsReleased)


def test_in_a_whole_history_all_have_had_the_same_number_by_the_release() -> None:
    facts = happened()
    acts = acts_in(facts[: facts.index(DecisionsReleased(cohort_id=AUTUMN))])
    assert len(acts) == 7
    assert len(set(acts.values())) == 1
    assert acts == acts_in(facts)


def acts_in(facts: Iterable[Event]) -> Counter[ApplicationId]:
    """As somebody without a key can count them."""
    acts: list[Any] = [fact for fact in facts if fact.stored_as() is PanelActed]
    return Counter(fact.application_id for fact in acts)


VERBS: Final[dict[str, tuple[Any, ...]]] = {
    "assess": (
        lambda who: assign(who, CLEO),
        lambda who: assign(who, CARYS),
        lambda who: submit(who, CLEO),
        lambda who: submit(who, CARYS),
    ),
    "assess otherwise": (lambda who: assign(who, COLM), lambda who: submit(who, COLM, 0)),
    "fall out": (lambda who: declare(who, CARYS),),
    "know": (lambda who: declare(who, CLEO, Relationship.ACQUAINTED),),
    "talk": (talk,),
    "decide": (decide,),
    "change": (change,),
    "withdraw": (lambda who: withdrawn(who, SIDES[who]),),
    "go on": (lambda who: reinstated(who, SIDES[who]),),
    "come late": (lambda _: BOLA_COMES_LATE,),
    "erase": (lambda who: PersonErased(person_id=who),),
}
USUAL: Final = ("assess", "assess", "decide", "decide")
STEPS: Final = st.lists(
    st.tuples(st.sampled_from((*USUAL, *VERBS)), st.sampled_from(list(SIDES))), max_size=25
)


def may_happen(fact: Event, who: PersonId, scene: Given) -> bool:
    """Whether somebody can withdraw, go on or be erased now."""
    if isinstance(fact, PersonErased):
        return True
    stage = folded(Application(application(who)), scene.facts).stage
    if fact == BOLA_COMES_LATE:
        return stage is Stage.SUBMITTED
    return (stage is Stage.WITHDRAWN) is (fact == reinstated(who, SIDES[who]))


def is_erased(who: PersonId, scene: Given) -> bool:
    return PersonErased(person_id=who) in scene.facts


def after(scene: Given, verb: str, who: PersonId) -> Given:
    """What is refused changes nothing, and of who was erased nothing can be written any more."""
    for make in VERBS[verb]:
        wish = make(who)
        about = BOLA if wish == BOLA_COMES_LATE else who
        if is_erased(about, scene):
            continue
        if isinstance(wish, Event):
            scene = given(scene.facts, [wish] if may_happen(wish, about, scene) else [])
        else:
            new = scene.when(wish).new
            assert len(new) in (0, 1, len(with_the_panel(scene)))
            assert max(acts_in(new).values(), default=1) == 1
            scene = given(scene.facts, new)
    return scene


def with_the_panel(scene: Given) -> set[PersonId]:
    came = {fact.person_id for fact in scene.facts if isinstance(fact, EligibilityConfirmed)}
    return {who for who in came if not is_erased(who, scene)}


def all_settled(scene: Given) -> Given:
    """Whoever waits for a decision takes their application back, so that all can be told."""
    results = folded(Results(AUTUMN), scene.facts)
    open_ones = results.live - results.decisions.keys()
    return given(
        scene.facts,
        [withdrawn(who, side) for who, side in SIDES.items() if application(who) in open_ones],
    )


@settings(max_examples=80, deadline=None)
@over(STEPS)
def test_by_the_release_all_have_had_the_same_number_whatever_was_done(
    steps: list[tuple[str, PersonId]],
) -> None:
    scene = before_the_panel()
    for verb, who in steps:
        scene = after(scene, verb, who)
    scene = all_settled(scene)
    done = signed(scene).when(RELEASE, at=RELEASE_DAY)
    assert done.refusal is None
    acts = acts_in([*done.facts, *done.new])
    present = with_the_panel(scene)
    assert len({acts[application(who)] for who in present}) <= 1
    assert {fact.person_id for fact in done.new if isinstance(fact, PanelDidNothing)} <= present


def test_the_steps_reach_every_kind_of_act() -> None:
    """The sequences above would prove nothing if they never got so far."""
    steps = ("assess otherwise", "assess", "talk", "know", "decide", "change", "fall out")
    scene = before_the_panel()
    for verb in ("come late", *steps):
        scene = after(scene, verb, BOLA)
    kinds = {type(fact) for fact in scene.facts if fact.stored_as() is PanelActed}
    assert len(kinds) == 7
