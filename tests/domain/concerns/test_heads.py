"""At fixed hours it is noted where the log of what is told in confidence ends."""

from datetime import datetime, timedelta
from typing import Any

import pytest

from domain.concerns.heads import APART, HourNotCome, NoFixedHour, NoteHead, fixed_hour
from domain.decision import NotYourRole
from events.heads import ConcernsHeadNoted
from events.ids import PROGRAMME
from events.terms import Role
from tests.scenes.given import NOON, given

ONE, OTHER = "0" * 32, "1" * 32
HOUR = fixed_hour(NOON)
BY: Any = {"by": "system:safeguarding", "role": Role.SYSTEM}


def noted(hour: datetime = HOUR, digest: str = ONE) -> ConcernsHeadNoted:
    return ConcernsHeadNoted(programme_id=PROGRAMME, hour=hour, digest=digest)


def note(hour: datetime = HOUR, digest: str = ONE) -> NoteHead:
    return NoteHead(hour=hour, digest=digest)


def test_the_hours_are_those_of_each_day_whatever_happens() -> None:
    day = HOUR.replace(hour=0)
    found = {fixed_hour(day + timedelta(minutes=one)) for one in range(24 * 60)}
    assert found == {day + number * APART for number in range(4)}


def test_each_hour_is_noted_once_and_none_after_a_later_one() -> None:
    given().when(note(), **BY).then(noted())
    given(noted()).when(note(digest=OTHER), **BY).then_already_so()
    given(noted()).when(note(HOUR - APART), **BY).then_already_so()
    given(noted(HOUR - APART)).when(note(digest=OTHER), **BY).then(noted(digest=OTHER))


def test_nothing_is_noted_at_another_time() -> None:
    given().when(note(HOUR + timedelta(minutes=1)), **BY).then_refused(NoFixedHour)
    given().when(note(HOUR + APART), **BY).then_refused(HourNotCome)


@pytest.mark.parametrize("role", [Role.COORDINATOR, Role.SAFEGUARDING_LEAD])
def test_nobody_but_the_worker_notes_it(role: Role) -> None:
    given().when(note(), role=role).then_refused(NotYourRole)
