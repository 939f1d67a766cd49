from datetime import date, timedelta

from events.continuation import CheckInDue
from events.pairings import (
    PairingAccepted,
    PairingActivated,
    PairingDeclined,
    PairingEnded,
    PairingLapsed,
    PairingProposed,
    PairingStepTakenBack,
    PairingTakenBack,
    ProposalExtended,
    RepairingAsked,
)
from events.personal import Sealed
from events.projects import MilestoneReported
from projections.pairing_board import PAIRING_BOARD, PairingRow
from projections.pairing_states import BoardState, ProjectOnBoard
from projections.replay import folded
from tests.projections.edge import told
from tests.scenes.cast import ADA, AMINA, BARTEK, BEN, BOLA, COLM, PATIENT
from tests.scenes.given import NOON
from tests.scenes.history import history
from tests.scenes.history_choosing import day
from tests.scenes.history_learning import (
    ADA_AND_BEN,
    AMINA_AND_BARTEK,
    AMINA_AND_BOLA,
    APPRAISAL,
    QUESTIONS,
    of_pair,
)
from tests.scenes.scribe import Scribe, shown

PROPOSED = of_pair(PairingProposed, ADA_AND_BEN, accept_by=date(2024, 12, 12))
ADA_SAYS_YES = of_pair(PairingAccepted, ADA_AND_BEN, person_id=ADA)


def why(row: PairingRow) -> object:
    return told(PAIRING_BOARD, row)["because"]


def at_the_end() -> dict[str, PairingRow]:
    return folded(PAIRING_BOARD, history())


def test_a_proposal_shows_who_said_yes_and_until_when_it_is_open() -> None:
    row = shown(PAIRING_BOARD, ADA_AND_BEN, PROPOSED, ADA_SAYS_YES)
    assert (row.state, row.accepted_by) == (BoardState.PROPOSED, (ADA,))
    assert row.accept_by == date(2024, 12, 12)


def test_a_proposal_that_came_to_nothing_says_why() -> None:
    declined = of_pair(PairingDeclined, ADA_AND_BEN, declined_by=BEN, reason="too-far")
    row = shown(PAIRING_BOARD, ADA_AND_BEN, PROPOSED, declined)
    assert (row.state, why(row)) == (BoardState.DECLINED, "too-far")
    row = shown(PAIRING_BOARD, ADA_AND_BEN, PROPOSED, of_pair(PairingLapsed, ADA_AND_BEN))
    assert (row.state, row.because) == (BoardState.LAPSED, None)


def test_what_was_put_right_stands_as_before() -> None:
    slip = {"reason": "pairing.mistake"}
    longer = of_pair(ProposalExtended, ADA_AND_BEN, accept_by=date(2024, 12, 20))
    row = shown(PAIRING_BOARD, ADA_AND_BEN, PROPOSED, longer)
    assert (row.state, row.accept_by) == (BoardState.PROPOSED, date(2024, 12, 20))
    back = of_pair(PairingTakenBack, ADA_AND_BEN, **slip)
    row = shown(PAIRING_BOARD, ADA_AND_BEN, PROPOSED, back)
    assert (row.state, why(row)) == (BoardState.TAKEN_BACK, "pairing.mistake")
    lost = [
        of_pair(PairingActivated, ADA_AND_BEN),
        of_pair(PairingEnded, ADA_AND_BEN, reported_by=ADA, reason="no-time"),
        of_pair(RepairingAsked, ADA_AND_BEN, person_id=ADA, side=PATIENT),
    ]
    right = of_pair(PairingStepTakenBack, ADA_AND_BEN, step="end", stands="active", **slip)
    row = shown(PAIRING_BOARD, ADA_AND_BEN, PROPOSED, *lost, right)
    assert (row.state, row.because, row.new_partner_for) == (BoardState.ACTIVE, None, ())


def test_a_silent_partner_stands_out() -> None:
    scribe = Scribe()
    scribe.tell(NOON, PROPOSED)
    scribe.tell(NOON + timedelta(days=1), ADA_SAYS_YES, by=ADA)
    row = folded(PAIRING_BOARD, scribe.recorded())[ADA_AND_BEN]
    assert row.heard_from == {ADA: NOON + timedelta(days=1)}
    assert BEN not in row.heard_from


def test_what_a_coordinator_does_for_somebody_is_a_sign_of_life_but_a_workers_doing_is_not() -> (
    None
):
    scribe = Scribe()
    scribe.tell(NOON, PROPOSED, by=COLM)
    lapsed = of_pair(PairingLapsed, ADA_AND_BEN)
    scribe.tell(NOON + timedelta(days=1), lapsed, by="system:scheduler", on_behalf_of=BEN)
    assert folded(PAIRING_BOARD, scribe.recorded())[ADA_AND_BEN].heard_from == {}
    scribe.tell(NOON + timedelta(days=2), lapsed, by=COLM, on_behalf_of=BEN)
    heard = folded(PAIRING_BOARD, scribe.recorded())[ADA_AND_BEN].heard_from
    assert heard == {BEN: NOON + timedelta(days=2)}


def test_a_report_that_somebody_typed_in_after_a_call_is_a_sign_of_life() -> None:
    scribe = Scribe()
    scribe.tell(NOON, PROPOSED)
    mine = {"milestone_id": QUESTIONS, "project_id": APPRAISAL, "person_id": ADA}
    reported = of_pair(MilestoneReported, ADA_AND_BEN, words="The poster hangs.", **mine)
    scribe.tell(NOON + timedelta(days=1), reported, by=COLM)
    asked = of_pair(CheckInDue, ADA_AND_BEN, months=3)
    scribe.tell(NOON + timedelta(days=2), asked, by="system:scheduler")
    heard = folded(PAIRING_BOARD, scribe.recorded())[ADA_AND_BEN].heard_from
    assert heard == {ADA: NOON + timedelta(days=1)}


def test_who_reported_an_end_does_not_show() -> None:
    ended = of_pair(
        PairingEnded, ADA_AND_BEN, reason="relationship", reported_by=ADA, note="Please."
    )
    scribe = Scribe()
    scribe.tell(NOON, PROPOSED)
    scribe.tell(NOON + timedelta(days=1), ended, by=ADA)
    row = folded(PAIRING_BOARD, scribe.recorded())[ADA_AND_BEN]
    assert (row.state, row.heard_from) == (BoardState.ENDED, {})
    assert not {"reported_by", "note"} & told(PAIRING_BOARD, row).keys()


def test_a_project_outlives_a_change_of_partner() -> None:
    former, following = at_the_end()[AMINA_AND_BARTEK], at_the_end()[AMINA_AND_BOLA]
    assert (former.state, why(former)) == (BoardState.ENDED, "left-the-programme")
    assert former.new_partner_for == (AMINA,)
    assert former.following_pairing_id == AMINA_AND_BOLA
    assert former.project_state is ProjectOnBoard.HANDED_ON
    assert following.former_pairing_id == AMINA_AND_BARTEK
    assert (following.project_id, following.project_state) == (APPRAISAL, "completed")
    assert (following.patient_leader_id, following.healthcare_leader_id) == (AMINA, BOLA)
    assert former.heard_from.keys() == {AMINA, BARTEK}


def test_until_its_end_is_told_a_project_that_was_taken_over_says_so() -> None:
    handed_on = [fact for fact in history() if fact.event.name != "project.completed"]
    row = folded(PAIRING_BOARD, handed_on)[AMINA_AND_BOLA]
    assert row.project_state is ProjectOnBoard.TAKEN_OVER


def test_a_pair_that_completed_is_followed_up() -> None:
    row = at_the_end()[ADA_AND_BEN]
    assert (row.state, row.completed_on) == (BoardState.CONTINUING, date(2025, 5, 30))
    assert [one.months for one in row.check_ins] == [3, 6, 12]
    assert all(isinstance(one.leading_together[ADA], Sealed) for one in row.check_ins)
    answers = [one["leading_together"] for one in told(PAIRING_BOARD, row)["check_ins"]]
    assert answers == [{ADA: True}] * 3
    assert at_the_end()[AMINA_AND_BOLA].state is BoardState.CLOSED


def test_a_break_is_over_when_the_two_go_on() -> None:
    paused = [fact for fact in history() if fact.envelope.time < day(2025, 3, 15)]
    row = folded(PAIRING_BOARD, paused)[ADA_AND_BEN]
    assert (row.state, why(row)) == (BoardState.PAUSED, "exams")
    assert at_the_end()[ADA_AND_BEN].because is None
