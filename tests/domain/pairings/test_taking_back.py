"""What the team asked or recorded by mistake is put right, while nothing rests on it."""

from datetime import date, timedelta
from typing import Any

import pytest

from domain.continuation.continuation import CheckIn, EndContinuation
from domain.continuation.leaving import LEFT
from domain.decision import NotYourRole, StandsInTheWay
from domain.offers.offer import NotOnTheCohort
from domain.pairings.compatibility import KeptApart
from domain.pairings.notices import step_taken_back
from domain.pairings.pairing import PairingIsOver, PausePairing, PauseReason, UnknownPairing
from domain.pairings.proposal_notices import longer, taken_back
from domain.pairings.proposals import (
    AcceptPairing,
    ExtendProposal,
    LapsePairing,
    NotAsked,
    NotLonger,
    ProposePairing,
    StillTimeToAccept,
)
from domain.pairings.taking_back import (
    LeadTogether,
    NoSuchStep,
    TakeBackProposal,
    TakeBackReason,
    TakeBackStep,
    TakenBackForAnother,
    YourOwnPairing,
)
from domain.people.person import PersonIsErased
from events.continuation import CheckInDue, ContinuationAgreed, ContinuationEnded
from events.event import Event
from events.ids import PairingId, PersonId
from events.pairings import (
    PairingAccepted,
    PairingDeclined,
    PairingLapsed,
    PairingPaused,
    PairingProposed,
    PairingStepTakenBack,
    PairingTakenBack,
    PersonHeldOut,
    ProposalExtended,
)
from events.people import ConsentGiven, ConsentWithdrawn, PersonErased, RelationshipDeclared
from events.terms import PairingStep, Purpose, Relationship, Role
from tests.scenes.cast import ADA, AMINA, AUTUMN, BEN, BOLA, HEALTHCARE, PATIENT
from tests.scenes.given import NOON, Given, Sharing, given
from tests.scenes.pairs import (
    AFTER_ACCEPT_BY,
    COMPLETED_ON,
    TWO,
    active,
    asked_again,
    cohort_of,
    completed,
    ended,
    left,
    on_a_break,
    pairing,
    proposed,
    recorded,
)

NO = PairingDeclined.model_validate({**TWO, "declined_by": BEN, "reason": "relationship"})
AGREED = ContinuationAgreed.model_validate(TWO)
OVER = ContinuationEnded.model_validate({**TWO, "reason": "relationship"})
ASKED = CheckInDue.model_validate({**TWO, "months": 3})
LOST = [
    ended(reason="relationship"),
    asked_again(ADA, PATIENT),
    asked_again(BEN, HEALTHCARE),
]
WITH_BEN: Any = {"person_id": ADA, "other_id": BEN}
UNKNOWN = PairingId.derived(NOON, "never proposed")
LATER = date(2024, 10, 10)


def takes_back(reason: TakeBackReason = TakeBackReason.MISTAKE) -> TakeBackProposal:
    return TakeBackProposal(pairing_id=pairing(), reason=reason)


def undoes(step: PairingStep) -> TakeBackStep:
    return TakeBackStep(pairing_id=pairing(), step=step, reason=TakeBackReason.MISTAKE)


def extends(day: date) -> ExtendProposal:
    return ExtendProposal(pairing_id=pairing(), accept_by=day)


def four(*facts: Event) -> Given:
    return given(cohort_of(ADA, AMINA, beside=(BEN, BOLA)), facts)


def propose() -> ProposePairing:
    return ProposePairing(cohort_id=AUTUMN, patient_leader_id=ADA, healthcare_leader_id=BEN)


def test_a_proposal_is_taken_back_and_nobody_has_said_no() -> None:
    after = (
        four(proposed())
        .when(takes_back())
        .then(PairingTakenBack.model_validate({**TWO, "reason": "pairing.mistake"}))
    )
    after.when(takes_back()).then_already_so()
    after.when(takes_back(TakeBackReason.OTHER)).then_refused(TakenBackForAnother)
    after.when(AcceptPairing(pairing_id=pairing(), person_id=ADA)).then_refused(PairingIsOver)
    after.when(LapsePairing(pairing_id=pairing()), at=AFTER_ACCEPT_BY).then_already_so()
    after.when(propose()).then_kinds(PairingProposed)


@pytest.mark.parametrize("answer", [NO, PairingLapsed.model_validate(TWO)])
def test_an_answer_that_was_recorded_by_mistake_keeps_nobody_apart(answer: Event) -> None:
    stage = four(proposed(), answer)
    stage.when(propose()).then_refused(KeptApart)
    stage.when(takes_back(TakeBackReason.SOMETHING_CHANGED)).then_refused(NotAsked)
    stage.when(takes_back()).then_kinds(PairingTakenBack).when(propose()).then_kinds(
        PairingProposed
    )


def test_only_the_team_takes_back_and_only_what_is_not_theirs() -> None:
    four(proposed()).when(takes_back(), role=Role.PARTICIPANT, by=ADA).then_refused(NotYourRole)
    four(proposed()).when(takes_back(), by=ADA).then_refused(YourOwnPairing)
    four(*active(), *LOST).when(undoes(PairingStep.END), by=BEN).then_refused(YourOwnPairing)
    four(*active()).when(takes_back()).then_refused(LeadTogether)
    four(*active(), *LOST).when(takes_back()).then_refused(NotAsked)
    for wish in (takes_back(), undoes(PairingStep.END), extends(LATER)):
        unknown = wish.model_copy(update={"pairing_id": UNKNOWN})
        four().when(unknown).then_refused(UnknownPairing)


def test_two_have_longer_to_answer() -> None:
    stage = four(proposed())
    after = stage.when(extends(LATER)).then(
        ProposalExtended.model_validate(
            {**TWO, "accept_by": LATER, "remind_on": LATER - timedelta(days=3)}
        )
    )
    after.when(extends(LATER)).then_already_so()
    after.when(LapsePairing(pairing_id=pairing()), at=AFTER_ACCEPT_BY).then_refused(
        StillTimeToAccept
    )
    yes = AcceptPairing(pairing_id=pairing(), person_id=ADA)
    after.when(yes, at=AFTER_ACCEPT_BY).then_kinds(PairingAccepted)
    for day in (date(2024, 9, 20), NOON.date() + timedelta(days=61)):
        after.when(extends(day)).then_refused(NotLonger)
    four(proposed(), NO).when(extends(LATER)).then_refused(PairingIsOver)


@pytest.mark.parametrize(
    ("step", "before", "facts", "stands"),
    [
        (PairingStep.PAUSE, active(), [on_a_break("away")], "active"),
        (PairingStep.END, active(), LOST, "active"),
        (PairingStep.END, [*active(), on_a_break("away")], LOST, "paused"),
        (PairingStep.COMPLETION, active(), [list(completed())[-1]], "active"),
        (PairingStep.AGREEMENT, completed(), [AGREED], "completed"),
        (PairingStep.CONTINUATION_END, completed(), [OVER], "completed"),
        (PairingStep.CONTINUATION_END, [*completed(), AGREED], [OVER], "continuing"),
    ],
)
def test_a_step_that_was_recorded_by_mistake_is_taken_back(
    step: PairingStep, before: list[Event], facts: list[Event], stands: str
) -> None:
    stage = four(*before, *facts)
    for another in PairingStep:
        if another is not step and not (AGREED in stage.facts and OVER not in stage.facts):
            stage.when(undoes(another)).then_refused(NoSuchStep)
    after = stage.when(undoes(step)).then(
        PairingStepTakenBack.model_validate(
            {**TWO, "step": step, "stands": stands, "reason": "pairing.mistake"}
        )
    )
    after.when(undoes(step)).then_already_so()


def test_after_an_end_that_was_a_mistake_the_two_lead_together_as_before() -> None:
    back = four(*active(), *LOST).when(undoes(PairingStep.END)).then_kinds(PairingStepTakenBack)
    pause = PausePairing(pairing_id=pairing(), reason=PauseReason.AWAY)
    back.when(pause).then_kinds(PairingPaused)
    other = propose().model_copy(update={"healthcare_leader_id": BOLA})
    assert back.when(other).refusal is not None
    again = given(back.facts, LOST, left(ADA, PATIENT))
    again.when(other).then_refused(NotOnTheCohort)


def test_what_rests_on_a_step_stands_in_the_way() -> None:
    end, completion = undoes(PairingStep.END), undoes(PairingStep.COMPLETION)
    gone = four(*active(), *LOST, *left(BEN, HEALTHCARE))
    new = four(*active(), *LOST, proposed(ADA, BOLA))
    apart = four(*active(), *LOST, RelationshipDeclared(**WITH_BEN, kind=Relationship.HOUSEHOLD))
    held = PersonHeldOut(person_id=BEN, reason="team")
    for stage, wish, thing in (
        (gone, end, BEN),
        (new, end, pairing(ADA, BOLA)),
        (apart, end, "apart"),
        (four(*active(), ended(reason="team"), held), end, "apart"),
        (four(*completed(), *left(BEN, HEALTHCARE)), completion, BEN),
        (four(*completed(), AGREED), completion, "agreement"),
        (four(*completed(), ASKED), completion, "check-in"),
    ):
        found = stage.when(wish)
        found.then_refused(StandsInTheWay)
        assert found.refusal is not None
        assert thing in found.refusal.sentence


@pytest.mark.parametrize("who", [ADA, BEN])
def test_what_ended_because_somebody_does_not_agree_any_more_stays_ended(who: PersonId) -> None:
    left_them = OVER.model_copy(update={"reason": LEFT})
    gone = four(*completed(), AGREED, ConsentWithdrawn(person_id=who, purpose=Purpose.PROGRAMME))
    over = given(gone.facts, left_them)
    stays = over.when(undoes(PairingStep.CONTINUATION_END))
    stays.then_refused(StandsInTheWay)
    assert f"consent that was taken back: {who}" in str(stays.refusal and stays.refusal.sentence)
    back = given(over.facts, ConsentGiven(person_id=who, purpose=Purpose.PROGRAMME))
    back.when(undoes(PairingStep.CONTINUATION_END)).then_kinds(PairingStepTakenBack)
    erased = given(over.facts, PersonErased(person_id=who))
    erased.when(undoes(PairingStep.CONTINUATION_END)).then_refused(PersonIsErased)


def test_after_a_completion_that_was_a_mistake_nobody_is_asked_how_they_go_on() -> None:
    back = four(*completed()).when(undoes(PairingStep.COMPLETION))
    after = back.then_kinds(PairingStepTakenBack)
    for wish in (
        CheckIn(pairing_id=pairing(), months=3),
        EndContinuation.model_validate({"pairing_id": pairing(), "reason": "other"}),
    ):
        asked = after.when(wish, at=NOON.replace(year=COMPLETED_ON.year + 2))
        assert asked.refusal is not None


def test_both_are_told_of_what_was_put_right() -> None:
    know = Sharing(four(proposed()).facts)
    back = PairingTakenBack.model_validate({**TWO, "reason": "pairing.mistake"})
    more = ProposalExtended.model_validate({**TWO, "accept_by": LATER})
    told = [*taken_back(recorded(back), know), *longer(recorded(more), know)]
    for step in PairingStep:
        slip = {"step": step, "stands": "active", "reason": "pairing.mistake"}
        fact = PairingStepTakenBack.model_validate({**TWO, **slip})
        told += step_taken_back(recorded(fact), know)
    assert [one.to for one in told] == [ADA, BEN] * (2 + len(PairingStep))
    assert all("thank you" not in " ".join(one.paragraphs).lower() for one in told)
