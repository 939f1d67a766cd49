"""What must hold of whom the team holds out: each invariant has a history that breaks it."""

from events.pairings import PairingResumed, PersonHeldOut, PersonLetIn
from tests.scenes.cast import ADA, AMINA, AUTUMN, BEN, BOLA, COLM
from tests.scenes.judged import breaks, judged
from tests.scenes.pairs import active, cohort_of, on_a_break, pairing, proposed

FOUR = [*cohort_of(ADA, AMINA, beside=(BEN, BOLA))]
HELD = PersonHeldOut(person_id=BEN, reason="team")
BY_COLM = HELD.model_copy(update={"held_by": COLM})
LET_IN = PersonLetIn(person_id=BEN, reason="team")
NAME = "pairings.held-out-by-the-team"


def test_nobody_whom_the_team_holds_out_is_asked_or_goes_on() -> None:
    resumed = PairingResumed(pairing_id=pairing(), cohort_id=AUTUMN)
    for held in (HELD, BY_COLM):
        breaks(NAME, [*FOUR, held], proposed())
        breaks(NAME, [*FOUR, *active(), on_a_break("work"), held], resumed)
    assert judged([*FOUR, HELD, LET_IN, proposed()]).of(NAME) == []
    assert judged([*FOUR, HELD, proposed(AMINA, BOLA)]).of(NAME) == []


def test_each_of_the_team_lets_in_for_themselves() -> None:
    breaks(NAME, [*FOUR, HELD, BY_COLM, LET_IN], proposed())
