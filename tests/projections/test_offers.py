"""The team sees whose answer is waited for, or whose employer's, and until when."""

from datetime import date, timedelta
from typing import Any

import pytest

from events.catalogue import Recorded
from events.event import Event
from events.offers import (
    EmployerAwaited,
    EmployerReleaseConfirmed,
    EmployerReleaseLost,
    EmployerSilent,
    OfferAccepted,
    OfferDayChanged,
    OfferDeclined,
    OfferLapsed,
    OfferWithdrawn,
    PlaceConfirmed,
    PlaceGivenBack,
    PlaceGivenUp,
    PlaceUnconfirmed,
)
from projections.offers import OFFERS
from projections.replay import folded
from tests.scenes.cast import ADA, AUTUMN, PATIENT, application
from tests.scenes.history import history
from tests.scenes.scribe import shown
from tests.scenes.selection import ACCEPT_BY, offer, withdrawn

LATER, ANSWER_BY = ACCEPT_BY + timedelta(days=3), ACCEPT_BY + timedelta(days=9)
HERS: dict[str, Any] = {
    "application_id": application(ADA),
    "cohort_id": AUTUMN,
    "person_id": ADA,
    "side": PATIENT,
}
YES, PLACE = OfferAccepted(**HERS), PlaceConfirmed(**HERS)
AWAITED = EmployerAwaited(**HERS, answer_by=ANSWER_BY, remind_on=LATER)
SILENT = EmployerSilent(**HERS)


def row(*facts: Event) -> Any:
    return shown(OFFERS, application(ADA), offer(ADA, PATIENT), *facts)


def waits(*facts: Event) -> tuple[str, date | None]:
    found = row(*facts)
    return found.waits_for, found.until


def test_somebody_has_until_their_day_to_answer() -> None:
    assert waits() == ("their-answer", ACCEPT_BY)
    longer = OfferDayChanged(**HERS, accept_by=LATER, reason="offer.away")
    assert waits(longer) == ("their-answer", LATER)
    assert row(longer).accept_by == LATER
    assert waits(YES) == ("nobody", None)


def test_an_employer_is_waited_for_until_a_day_and_then_asked_about() -> None:
    assert waits(YES, AWAITED) == ("their-employer", ANSWER_BY)
    assert waits(YES, AWAITED, SILENT) == ("their-silent-employer", None)
    assert waits(YES, AWAITED, SILENT, AWAITED) == ("their-employer", ANSWER_BY)
    assert waits(YES, AWAITED, EmployerReleaseConfirmed(**HERS), PLACE) == ("nobody", None)
    lost = [EmployerReleaseLost(**HERS, reason="employer.cover"), PlaceUnconfirmed(**HERS)]
    assert waits(YES, AWAITED, PLACE, *lost) == ("their-employer", None)
    assert waits(YES, AWAITED, PLACE, *lost, AWAITED) == ("their-employer", ANSWER_BY)


@pytest.mark.parametrize(
    ("facts", "stands"),
    [
        ([OfferDeclined(**HERS, reason="offer.caring")], "offer-declined"),
        ([OfferLapsed(**HERS)], "lapsed"),
        ([OfferWithdrawn(**HERS, reason="offer.details-not-right")], "offer-withdrawn"),
        ([YES, PLACE], "confirmed"),
        ([YES, PLACE, PlaceGivenUp(**HERS, reason="place.work")], "given-up"),
        ([withdrawn(ADA, PATIENT)], "withdrawn"),
        (
            [
                *[YES, PLACE, PlaceGivenUp(**HERS, reason="place.work")],
                PlaceGivenBack(**HERS, reason="place.given-up-in-error"),
            ],
            "accepted",
        ),
    ],
)
def test_for_what_is_over_nobody_is_waited(facts: list[Event], stands: str) -> None:
    assert waits(*facts) == ("nobody", None)
    assert row(*facts).stands == stands


def test_there_is_nothing_to_see_before_an_offer() -> None:
    facts = [Recorded(one.envelope, withdrawn(ADA, PATIENT)) for one in history()[:1]]
    assert folded(OFFERS, facts) == {}
    assert {one.waits_for for one in folded(OFFERS, history()).values()} == {"nobody"}
