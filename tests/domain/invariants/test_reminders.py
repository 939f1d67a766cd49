"""Reminders that should not have gone out are found."""

from datetime import datetime, timedelta
from typing import Any

import pytest

from events.calendar import at
from events.event import Event
from events.offers import OfferReminderDue
from events.pairings import ProposalReminderDue
from events.workshops import RegisterReminderDue, WorkshopHeld
from tests.scenes.cast import ADA, AUTUMN, PATIENT, application, opened
from tests.scenes.judged import breaks, judged, told
from tests.scenes.pairs import ACCEPT_BY as ANSWER_BY
from tests.scenes.pairs import PROPOSAL_REMINDER, TWO, active, proposed
from tests.scenes.selection import ACCEPT_BY, OFFER_REMINDER, accepted, offer
from tests.scenes.training import SKILLS_DAY, skills_day

NAME = "everywhere.reminded-once"
ADAS = {"application_id": application(ADA), "cohort_id": AUTUMN, "person_id": ADA, "side": PATIENT}
SKILLS = {"workshop_id": SKILLS_DAY, "cohort_id": AUTUMN}
REGISTER = skills_day()
CASES: list[Any] = [
    pytest.param(
        offer(ADA, PATIENT),
        accepted(ADA, PATIENT),
        OfferReminderDue.model_validate(ADAS),
        at(ACCEPT_BY - OFFER_REMINDER, 9),
        id="offer",
    ),
    pytest.param(
        proposed(),
        list(active())[-1],
        ProposalReminderDue.model_validate(TWO),
        at(ANSWER_BY - PROPOSAL_REMINDER, 9),
        id="proposal",
    ),
    pytest.param(
        REGISTER,
        WorkshopHeld.model_validate(SKILLS),
        RegisterReminderDue.model_validate({**SKILLS, "close_by": REGISTER.close_by}),
        at(REGISTER.close_by - timedelta(days=1), 9),
        id="register",
    ),
]


@pytest.mark.parametrize(("asked", "answered", "reminder", "morning"), CASES)
def test_a_last_day_is_reminded_of_once_in_time_and_while_nobody_has_answered(
    asked: Event, answered: Event, reminder: Event, morning: datetime
) -> None:
    here, said = [*opened(), asked], told(reminder, at=morning)
    assert judged([*here, said]).of(NAME) == []
    assert judged([*here, said, told(asked, at=morning), said]).of(NAME) == [], "asked anew"
    breaks(NAME, [*here, said], told(reminder, at=morning + timedelta(days=1)))
    breaks(NAME, here, told(reminder, at=morning - timedelta(days=1)))
    breaks(NAME, [*here, told(answered, at=morning)], said)
    breaks(NAME, list(opened()), said)


def test_of_what_has_no_day_for_a_reminder_nobody_is_reminded() -> None:
    old = offer(ADA, PATIENT).model_copy(update={"remind_on": None})
    reminder = OfferReminderDue.model_validate(ADAS)
    breaks(NAME, [*opened(), old], told(reminder, at=at(ACCEPT_BY, 9)))
