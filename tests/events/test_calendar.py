from datetime import UTC, date, datetime

import pytest

from events.calendar import at, end_of, local_day, months_after, start_of


def test_a_deadline_is_over_at_the_local_midnight_after_its_day() -> None:
    assert end_of(date(2024, 10, 11)) == datetime(2024, 10, 11, 23, tzinfo=UTC)  # summer time
    assert end_of(date(2024, 12, 11)) == datetime(2024, 12, 12, 0, tzinfo=UTC)


def test_the_day_on_which_the_clocks_change_has_25_hours() -> None:
    day = date(2024, 10, 27)
    assert (end_of(day) - start_of(day)).total_seconds() == 25 * 3600


def test_a_moment_just_after_a_utc_midnight_in_winter_is_the_new_day_and_in_summer_too() -> None:
    assert local_day(datetime(2024, 7, 1, 23, 30, tzinfo=UTC)) == date(2024, 7, 2)
    assert local_day(datetime(2024, 12, 1, 23, 30, tzinfo=UTC)) == date(2024, 12, 1)
    assert at(date(2024, 7, 2), 9) == datetime(2024, 7, 2, 8, tzinfo=UTC)


@pytest.mark.parametrize(
    ("day", "months", "then"),
    [
        (date(2025, 5, 30), 3, date(2025, 8, 30)),
        (date(2025, 11, 30), 3, date(2026, 2, 28)),
        (date(2023, 11, 30), 3, date(2024, 2, 29)),
        (date(2025, 5, 31), 12, date(2026, 5, 31)),
    ],
)
def test_months_are_calendar_months_and_clipped(day: date, months: int, then: date) -> None:
    assert months_after(day, months) == then
