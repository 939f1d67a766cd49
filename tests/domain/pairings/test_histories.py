"""Rules 13 and 15 at every prefix of histories that nobody thought of."""

from collections import Counter
from collections.abc import Sequence

from hypothesis import given as over
from hypothesis import settings
from hypothesis import strategies as st

from domain.decision import Command
from domain.matching.apart import ForbidPair, ForbidReason
from domain.matching.asking import AnotherRunReason, AskForRun
from domain.matching.runs import ApproveRun, PublishRun, Run
from domain.pairings.endings import EndForLeaver, EndPairing, EndReason
from domain.pairings.pairing import (
    CompletePairing,
    Pairing,
    PairingState,
    PausePairing,
    PauseReason,
)
from domain.pairings.proposals import (
    AcceptPairing,
    DeclinePairing,
    DeclineReason,
    LapsePairing,
    ProposePairing,
)
from events.event import Event
from events.ids import PersonId
from events.pairings import PairingActivated, PairingProposed
from events.terms import Role, Side
from tests.scenes.cast import ADA, AMINA, AUTUMN, BEN, BOLA, HEALTHCARE, PATIENT
from tests.scenes.given import NOON, Given, folded, given
from tests.scenes.pairs import AFTER_ACCEPT_BY, cohort_of, left
from tests.scenes.runs import CHAIRS, co_chairs_of_runs, computed, the_run

Step = tuple[str, int, int]
VERBS = (
    "propose",
    "accept",
    "accept",
    "accept",
    "decline",
    "lapse",
    "end",
    "pause",
    "complete",
    "leave",
    "forbid",
    "match",
)


def proposals(facts: Sequence[Event]) -> list[PairingProposed]:
    return [fact for fact in facts if isinstance(fact, PairingProposed)]


def wish_for(step: Step, facts: Sequence[Event]) -> Command:
    verb, one, two = step
    patient, professional = (ADA, AMINA)[one], (BEN, BOLA)[two]
    who = (patient, professional)[two]
    if verb == "propose" or not proposals(facts):
        return ProposePairing(
            cohort_id=AUTUMN, patient_leader_id=patient, healthcare_leader_id=professional
        )
    some = proposals(facts)[-1 - one if len(proposals(facts)) > one else -1]
    which = some.pairing_id
    who = (some.patient_leader_id, some.healthcare_leader_id)[two]
    wishes: dict[str, Command] = {
        "accept": AcceptPairing(pairing_id=which, person_id=who),
        "decline": DeclinePairing(pairing_id=which, person_id=who, reason=DeclineReason.TOO_FAR),
        "lapse": LapsePairing(pairing_id=which),
        "end": EndPairing(pairing_id=which, reported_by=who, reason=EndReason.OTHER),
        "pause": PausePairing(pairing_id=which, reason=PauseReason.AWAY),
        "complete": CompletePairing(pairing_id=which),
        "leave": EndForLeaver(cohort_id=AUTUMN, person_id=who),
        "forbid": ForbidPair(
            cohort_id=AUTUMN,
            patient_leader_id=patient,
            healthcare_leader_id=professional,
            reason=ForbidReason.OTHER,
        ),
    }
    return wishes[verb]


def after(stage: Given, step: Step, name: str) -> Given:
    """The history one step later; what is refused changes nothing."""
    if step[0] == "match":
        return matched(stage, name)
    wish = wish_for(step, stage.facts)
    facts = stage.facts
    if isinstance(wish, EndForLeaver):
        side = PATIENT if wish.person_id in (ADA, AMINA) else HEALTHCARE
        facts = [*facts, *left(wish.person_id, side)]
    at = AFTER_ACCEPT_BY if isinstance(wish, LapsePairing) else NOON
    result = Given(facts).when(wish, named=name, at=at)
    return Given([*result.facts, *result.new])


def matched(stage: Given, name: str) -> Given:
    """Made, signed and published, as far as the rules let it."""
    again = AskForRun(cohort_id=AUTUMN, reason=AnotherRunReason.OTHER)
    asked = stage.when(again, named=name)
    made = computed(given(asked.facts, asked.new)) if asked.new else stage
    facts = [*made.facts, *co_chairs_of_runs()]
    for run in [the_run(made)] if asked.new else []:
        assert folded(Run(run.run_id), facts).made == run
        for side in Side:
            wish = ApproveRun(run_id=run.run_id, side=side)
            chair = Given(facts).when(wish, role=Role.CO_CHAIR, by=CHAIRS[side], named=name + side)
            facts += chair.new
        facts += Given(facts).when(PublishRun(run_id=run.run_id), named=f"{name} published").new
    return Given(facts)


def live(facts: Sequence[Event]) -> list[Pairing]:
    known = [folded(Pairing(it.pairing_id), facts) for it in proposals(facts)]
    return [
        it
        for it in known
        if it.state in (PairingState.PROPOSED, PairingState.ACTIVE, PairingState.PAUSED)
    ]


def busy(facts: Sequence[Event]) -> Counter[PersonId]:
    return Counter(who for pairing in live(facts) for who in pairing.both)


@settings(max_examples=60, deadline=None)
@over(
    st.lists(st.tuples(st.sampled_from(VERBS), st.integers(0, 1), st.integers(0, 1)), max_size=14)
)
def test_nobody_ever_has_two_partners_and_nobody_leads_without_both_yeses(
    steps: list[Step],
) -> None:
    stage = given(cohort_of(ADA, AMINA, beside=(BEN, BOLA)))
    for number, step in enumerate(steps):
        stage = after(stage, step, f"step {number}")
        assert max(busy(stage.facts).values(), default=0) <= 1
        for fact in stage.facts:
            if isinstance(fact, PairingActivated):
                pairing = folded(Pairing(fact.pairing_id), stage.facts)
                assert pairing.accepted == set(pairing.both)


def test_the_steps_reach_active_pairings_and_new_partners() -> None:
    """The histories above would prove nothing if they never got so far."""
    stage = given(cohort_of(ADA, AMINA, beside=(BEN, BOLA)))
    steps: list[Step] = [
        ("match", 0, 0),
        ("accept", 0, 0),
        ("accept", 0, 1),
        ("accept", 1, 0),
        ("accept", 1, 1),
        ("end", 0, 0),
        ("end", 1, 0),
        ("match", 0, 0),
        ("accept", 0, 0),
        ("accept", 0, 1),
    ]
    for number, step in enumerate(steps):
        stage = after(stage, step, f"step {number}")
    names = Counter(fact.name for fact in stage.facts)
    assert names["pairing.activated"] == 3
    assert names["pairing.partner-replaced"] == 2, "both had lost one"
