"""Whoever was invited and has not applied when applications close has let it lapse."""

from datetime import date, timedelta

from events.cohorts import (
    ApplicationsClosed,
    CohortCancelled,
    ExtensionGranted,
    ExtensionWithdrawn,
)
from events.event import Event
from projections.projection import Shown
from tests.projections.test_interest import ASKED, BEGUN, GONE, SAYS
from tests.projections.test_lists import made
from tests.scenes.cast import ADA, AUTUMN, SPRING, opened
from tests.scenes.given import NOON
from tests.scenes.scribe import written_down

OPEN = [*opened(), *opened(SPRING)]
CLOSED = ApplicationsClosed(cohort_id=AUTUMN)
UNTIL = date(2024, 9, 30)
LONGER = ExtensionGranted(cohort_id=AUTUMN, person_id=ADA, until=UNTIL, reason="extension.health")
CANCELLED = CohortCancelled(cohort_id=AUTUMN, reason="cohort.no-venue")
NO_LONGER = ExtensionWithdrawn(cohort_id=AUTUMN, person_id=ADA, reason="extension.mistake")


def listed(*facts: Event, **asked: str) -> list[Shown]:
    return made("invitations", written_down(facts), **asked)


def state(*facts: Event) -> str | None:
    found = listed(*OPEN, *facts)
    return found[0]["state"] if found else None


def test_an_invitation_waits_is_answered_or_lapses_when_applications_close() -> None:
    assert state(SAYS) is None, "nobody has answered them yet: `show interest` has them"
    assert state(SAYS, ASKED) == "waiting"
    assert state(SAYS, ASKED, BEGUN, CLOSED) == "answered"
    assert state(SAYS, ASKED, CLOSED) == "lapsed"
    assert state(SAYS, ASKED, CANCELLED) == "lapsed"
    assert state(SAYS, ASKED, GONE, CLOSED) is None, "they wish to hear nothing more"


def test_another_invitation_waits_though_the_first_has_lapsed() -> None:
    again = ASKED.model_copy(update={"cohort_id": SPRING})
    assert state(SAYS, ASKED, CLOSED, again) == "waiting"
    assert state(SAYS, ASKED, LONGER, again, ApplicationsClosed(cohort_id=SPRING)) == "lapsed"


def test_whoever_has_longer_has_not_let_it_lapse() -> None:
    (row,) = listed(*OPEN, SAYS, ASKED, LONGER, CLOSED)
    assert (row["state"], row["until"]) == ("has-longer", UNTIL.isoformat())
    assert state(SAYS, ASKED, LONGER, NO_LONGER, CLOSED) == "lapsed"
    other = LONGER.model_copy(update={"cohort_id": SPRING})
    assert state(SAYS, ASKED, other, CLOSED) == "lapsed"
    assert state(SAYS, LONGER, ASKED, CLOSED) == "has-longer"
    assert state(SAYS, ASKED, LONGER, CLOSED, BEGUN) == "answered"
    assert state(SAYS, ASKED, LONGER, CLOSED, CANCELLED) == "lapsed"


def test_it_is_asked_by_person_cohort_and_state() -> None:
    facts = [*OPEN, SAYS, ASKED, CLOSED]
    for asked in ({"person_id": ADA}, {"cohort_id": AUTUMN}, {"state": "lapsed"}):
        (row,) = listed(*facts, **asked)
        assert row["closes_on"] > (NOON - timedelta(days=400)).date().isoformat()
    assert listed(*facts, state="waiting") == listed(*facts, cohort_id=SPRING) == []
