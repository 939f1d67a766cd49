"""Days and deadlines as people in England count them: the log keeps UTC, rules think in London."""

from calendar import monthrange
from datetime import UTC, date, datetime, time, timedelta
from typing import Final
from zoneinfo import ZoneInfo

LONDON: Final = ZoneInfo("Europe/London")
A_DAY: Final = timedelta(days=1)


def local_day(moment: datetime) -> date:
    """The calendar day in London at an aware moment."""
    return moment.astimezone(LONDON).date()


def start_of(day: date) -> datetime:
    """The local midnight at which a day begins, in UTC."""
    return datetime.combine(day, time(), LONDON).astimezone(UTC)


def end_of(day: date) -> datetime:
    """The local midnight after a day, in UTC: a deadline on that day is over then (half-open)."""
    return start_of(day + A_DAY)


def at(day: date, hour: int, minute: int = 0) -> datetime:
    """A local time of day, in UTC."""
    return datetime.combine(day, time(hour, minute), LONDON).astimezone(UTC)


def months_after(day: date, months: int) -> date:
    """The same day some calendar months later, clipped to the end of a shorter month."""
    years, month = divmod(day.month - 1 + months, 12)
    year, month = day.year + years, month + 1
    return date(year, month, min(day.day, monthrange(year, month)[1]))


def full_months(since: date, day: date) -> int:
    """How many calendar months are over on a day since another; none, if that is later."""
    months = 12 * (day.year - since.year) + day.month - since.month
    return max(0, months - (months_after(since, months) > day))
