"""The team sees who is interested, since when, and what has come of it."""

from typing import Any

from events.applications import ApplicationStarted
from events.event import Event
from events.interest import InterestExpressed, InterestWithdrawn, InvitedToApply
from projections.interest import INTEREST
from projections.replay import folded
from tests.scenes.cast import ADA, AUTUMN, PATIENT, application
from tests.scenes.history import history
from tests.scenes.scribe import shown

SAYS = InterestExpressed(person_id=ADA, side=PATIENT, words="Tell me more.")
ASKED = InvitedToApply(person_id=ADA, cohort_id=AUTUMN)
GONE = InterestWithdrawn(person_id=ADA)
BEGUN = ApplicationStarted(
    application_id=application(ADA), cohort_id=AUTUMN, person_id=ADA, side=PATIENT
)


def row(*facts: Event) -> Any:
    return shown(INTEREST, ADA, *facts)


def state(*facts: Event) -> tuple[str, str | None]:
    found = row(*facts)
    return found.state, found.led_to


def test_interest_leads_to_an_invitation_and_an_application() -> None:
    assert state(SAYS) == ("waiting", None)
    assert state(SAYS, ASKED) == ("invited", AUTUMN)
    assert state(SAYS, ASKED, BEGUN) == ("applied", AUTUMN)
    assert state(SAYS, ASKED, GONE) == ("withdrawn", None)
    assert state(SAYS, ASKED, GONE, SAYS) == ("waiting", None)


def test_who_says_more_is_not_asked_anew_and_waits_since_the_first_word() -> None:
    more = SAYS.model_copy(update={"heard_through": "the-web"})
    assert state(SAYS, ASKED, more) == ("invited", AUTUMN)
    assert row(SAYS, more).since == row(SAYS).since
    assert row(SAYS, more).heard_through is not None


def test_nobody_is_listed_who_never_told_of_any_interest() -> None:
    rows = folded(INTEREST, history())
    assert {
        one.event.person_id for one in history() if isinstance(one.event, InterestExpressed)
    } == {*rows}
    assert {one.state for one in rows.values()} <= {"waiting", "invited", "applied", "withdrawn"}
