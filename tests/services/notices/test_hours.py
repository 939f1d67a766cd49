from datetime import UTC, datetime

import pytest

from services.notices.hours import Hours

CONSIDERATE = Hours(wait=True)


def moment(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


@pytest.mark.parametrize(
    ("falls_due", "goes"),
    [
        ("2025-01-15 12:00", "2025-01-15 12:15"),
        ("2025-01-15 12:14:59", "2025-01-15 12:15"),
        ("2025-01-15 12:15", "2025-01-15 12:30"),
        ("2025-01-15 19:44", "2025-01-15 19:45"),
        ("2025-01-15 19:45", "2025-01-16 08:00"),
        ("2025-01-15 23:59", "2025-01-16 08:00"),
        ("2025-01-16 00:01", "2025-01-16 08:00"),
        ("2025-01-16 07:44", "2025-01-16 08:00"),
        ("2025-01-16 07:45", "2025-01-16 08:00"),
        ("2025-07-15 18:50", "2025-07-16 07:00"),  # ten to eight in the evening in London
        ("2025-07-15 23:30", "2025-07-16 07:00"),  # half past midnight in London
        ("2025-03-29 23:00", "2025-03-30 07:00"),  # the clocks go forward this night
        ("2025-10-25 21:00", "2025-10-26 08:00"),  # and back this night
        ("2025-10-26 00:30", "2025-10-26 08:00"),  # in the hour that comes twice
        ("2025-10-26 01:30", "2025-10-26 08:00"),
    ],
)
def test_what_is_not_urgent_goes_with_its_quarter_of_an_hour_or_in_the_morning(
    falls_due: str, goes: str
) -> None:
    found = CONSIDERATE.goes_at(moment(falls_due), urgent=False)
    assert found == moment(goes)
    assert not CONSIDERATE.only_urgent(found)


def test_what_is_urgent_goes_at_once_and_so_does_all_where_nothing_waits() -> None:
    night = moment("2025-01-15 23:59")
    assert CONSIDERATE.goes_at(night, urgent=True) == night
    assert Hours(wait=False).goes_at(night, urgent=False) == night
    assert not Hours(wait=False).only_urgent(night)


@pytest.mark.parametrize(
    ("now", "night"),
    [
        ("2025-01-15 07:59", True),
        ("2025-01-15 08:00", False),
        ("2025-01-15 19:59", False),
        ("2025-01-15 20:00", True),
        ("2025-07-15 06:59", True),
        ("2025-07-15 07:00", False),
        ("2025-07-15 19:00", True),
    ],
)
def test_nothing_but_what_is_urgent_goes_between_eight_and_eight_in_london(
    now: str, night: bool
) -> None:
    assert CONSIDERATE.only_urgent(moment(now)) is night
