"""Coordinators see who may be asked to lead with somebody, and of nobody why not."""

from typing import Any

import pytest

from events.event import Event
from events.ids import PersonId
from events.offers import OfferWithdrawn, PlaceConfirmed
from events.pairings import PairingLapsed, PairingStepTakenBack, PersonHeldOut, PersonLetIn
from events.people import AccessNeedsStated, RelationshipDeclared
from events.terms import Relationship
from projections.availability import AVAILABILITY
from tests.projections.edge import told, told_without_keys
from tests.scenes.cast import (
    ADA,
    AUTUMN,
    BEN,
    BOLA,
    COLM,
    HEALTHCARE,
    PATIENT,
    application,
    confirmed,
)
from tests.scenes.pairs import (
    TWO,
    active,
    asked_again,
    completed,
    ended,
    left,
    proposed,
    unreleased,
)
from tests.scenes.scribe import shown

ON = [*confirmed(ADA, PATIENT), *confirmed(BEN, HEALTHCARE)]
IN_CONFIDENCE = PersonHeldOut(person_id=BEN, reason="team")
BY_COLM = PersonHeldOut(person_id=BEN, reason="team", held_by=COLM)
HELD_OUT, FREE, NO_PLACE = "team-looks-first", "free", "no-place"
BENS = {
    "application_id": application(BEN),
    "cohort_id": AUTUMN,
    "person_id": BEN,
    "side": HEALTHCARE,
}
AGAIN = PlaceConfirmed.model_validate(BENS)
TAKEN_BACK = OfferWithdrawn.model_validate({**BENS, "reason": "offer.made-by-mistake"})


def row(who: PersonId, *facts: Event) -> Any:
    return shown(AVAILABILITY, who, *facts)


def state(who: PersonId, *facts: Event) -> str:
    return str(told(AVAILABILITY, row(who, *facts))["state"])


def test_somebody_is_free_asked_or_leads_with_somebody() -> None:
    assert state(ADA, *ON) == FREE
    assert state(ADA, *ON, proposed()) == "asked"
    assert state(BEN, *ON, *active()) == "leads"
    assert state(ADA, *ON, proposed(), PairingLapsed(**TWO)) == FREE
    assert state(ADA, *ON, *active(), ended()) == FREE
    assert state(ADA, *ON, *completed()) == "has-led"
    assert state(ADA, *ON, *left(ADA, PATIENT)) == NO_PLACE


def test_nobody_is_free_while_their_employer_does_not_release_them() -> None:
    assert state(BEN, *ON, *unreleased(BEN)) == NO_PLACE
    (here,) = told(AVAILABILITY, row(BEN, *ON, *unreleased(BEN)))["cohorts"]
    assert not here["has_place"]
    assert state(BEN, *ON, *unreleased(BEN), TAKEN_BACK) == NO_PLACE
    assert state(BEN, *ON, *unreleased(BEN), AGAIN) == FREE
    assert state(BEN, *ON, *completed(), *unreleased(BEN), AGAIN) == "has-led"


def test_whose_partner_left_comes_first_once_their_employer_releases_them_again() -> None:
    again = [*ON, asked_again(BEN, HEALTHCARE), *unreleased(BEN), AGAIN]
    (here,) = told(AVAILABILITY, row(BEN, *again))["cohorts"]
    assert here["first_in_line"]


def test_who_has_led_to_the_end_has_so_also_when_they_come_back() -> None:
    gone = [*left(BEN, HEALTHCARE)]
    assert state(BEN, *ON, *completed(), *gone, AGAIN) == "has-led"
    (here,) = told(AVAILABILITY, row(BEN, *ON, asked_again(BEN, HEALTHCARE), *gone, AGAIN))[
        "cohorts"
    ]
    assert not here["first_in_line"]


@pytest.mark.parametrize("held", [IN_CONFIDENCE, BY_COLM])
@pytest.mark.parametrize("before", [[], [*active(), ended(reason="team")]])
def test_somebody_is_held_out_until_who_holds_them_out_lets_them_in(
    held: PersonHeldOut, before: list[Event]
) -> None:
    here = [*ON, *before, held]
    assert state(BEN, *here) == HELD_OUT
    assert state(ADA, *here) == FREE
    for by in (None, COLM):
        let_in = PersonLetIn(person_id=BEN, reason="pairing.talked-over", held_by=by)
        assert state(BEN, *here, let_in) == (FREE if by == held.held_by else HELD_OUT)
        assert state(BEN, *here, let_in, held) == HELD_OUT


def test_what_was_said_before_somebody_had_a_place_counts() -> None:
    assert state(BEN, IN_CONFIDENCE, *ON) == HELD_OUT


def test_a_step_that_was_put_right_counts_no_more() -> None:
    for facts, step in (([*active(), ended()], "end"), ([*completed()], "completion")):
        back = PairingStepTakenBack.model_validate(
            {**TWO, "step": step, "stands": "active", "reason": "pairing.step-mistake"}
        )
        assert state(ADA, *ON, *facts, back) == "leads"
        assert state(ADA, *ON, *facts, back, ended()) == FREE


def test_whose_partner_left_comes_first_until_there_is_another() -> None:
    (here,) = told(AVAILABILITY, row(ADA, *ON, asked_again(ADA, PATIENT)))["cohorts"]
    assert here["first_in_line"]
    (here,) = told(AVAILABILITY, row(ADA, *ON, asked_again(ADA, PATIENT), *active()))["cohorts"]
    assert not here["first_in_line"]


def test_nobody_is_told_what_was_said_or_by_whom() -> None:
    """The row is the same, whoever holds them out."""
    one, other = (told(AVAILABILITY, row(BEN, *ON, why)) for why in (IN_CONFIDENCE, BY_COLM))
    assert one == other
    assert COLM not in str(other)


def test_nothing_else_that_is_said_holds_anybody_out() -> None:
    said: list[Event] = [
        AccessNeedsStated(person_id=BEN, needs="A seat near the door."),
        RelationshipDeclared(person_id=BEN, other_id=ADA, kind=Relationship.TREATS),
        RelationshipDeclared(person_id=BEN, other_id=BOLA, kind=Relationship.VETO),
    ]
    for one in said:
        assert state(BEN, *ON, one) == FREE


def test_without_keys_it_is_told_of_nobody_who_is_not_asked_and_leads_with_nobody() -> None:
    for facts in ([IN_CONFIDENCE], [AccessNeedsStated(person_id=BEN, needs="A seat.")]):
        assert told_without_keys(AVAILABILITY, row(BEN, *ON, *facts))["state"] == "(sealed)"
    assert (
        told_without_keys(AVAILABILITY, row(BEN, *ON, IN_CONFIDENCE, proposed()))["state"]
        == "asked"
    )
