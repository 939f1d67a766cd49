"""When a form was handed in, in the many ways in which spreadsheets and services write it.

`10/11/2026` is one day in London and another in New York: which, a column tells as a whole, or
nobody can. A library that reads any date (dateutil, dateparser) decides it row by row, and makes a
day of what is none.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, timezone, tzinfo
from typing import Final

from events.calendar import LONDON
from services.importing.cells import Cell, to_the_second
from services.importing.words import line

YEARS: Final = range(2016, 2100)  # the programme began in 2016
MONTHS: Final = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
DAY_0: Final = datetime(1899, 12, 30)  # noqa: DTZ001 - spreadsheets know no zone
SERIAL: Final = re.compile(r"(\d{5})(\.\d+|,\d+)?")
"""Days since DAY_0: so a spreadsheet keeps a date, and shows it in a column of numbers."""
CLOCK: Final = (
    r"(?:(?:,|\s+at)?(?:\s+|T)(?P<hour>\d{1,2})(?::(?P<minute>\d{2})(?::(?P<second>\d{2})"
    r"(?:[.,]\d+)?)?)?\s*(?P<half>[ap]\.?m\.?)?"
    r"\s*(?P<zone>Z|\(?(?:UTC|GMT|BST)(?:[+-]\d{1,2}(?::?\d{2})?)?\)?|[+-]\d{2}:?\d{2})?)?"
)
YEAR: Final = r"(?P<year>\d{4}|\d{2})"
NTH: Final = r"(?:st|nd|rd|th)?"
WEEKDAY: Final = r"(?:(?:mon|tues?|wed(?:nes)?|thu(?:rs?)?|fri|sat(?:ur)?|sun)(?:day)?\.?,?\s+)?"
YEAR_FIRST: Final = r"(?P<year>\d{4})(?P<sep>[/.-])(?P<month>\d{1,2})(?P=sep)(?P<day>\d{1,2})"
IN_NUMBERS: Final = rf"(?P<one>\d{{1,2}})(?P<sep>[/.-])(?P<two>\d{{1,2}})(?P=sep){YEAR}"
FORMS: Final = tuple(
    re.compile(form + CLOCK, re.IGNORECASE)
    for form in (
        YEAR_FIRST,
        IN_NUMBERS,
        rf"{WEEKDAY}(?P<day>\d{{1,2}}){NTH}[\s-](?P<name>[a-z]{{3,9}})\.?,?[\s-]{YEAR}",
        rf"{WEEKDAY}(?P<name>[a-z]{{3,9}})\.?\s(?P<day>\d{{1,2}}){NTH},?\s(?P<year>\d{{4}})",
    )
)
ZONE: Final = re.compile(r"\(?(?:(UTC|GMT|BST)|Z)?(?:([+-])(\d{1,2}):?(\d{2})?)?\)?", re.IGNORECASE)
BOTH_WAYS: Final = (
    "Some dates are written day first, and some month first. Those that can be read both ways were"
    " read day first."
)
NOT_TOLD: Final = (
    "Nothing tells whether the dates are written day first or month first. They were read day"
    " first, as in 31/12/2026."
)
BY_ORDER: Final = (
    "The dates were read month first, as in 12/31/2026: only so do the rows stand in their order."
)
FEWEST_IN_ORDER: Final = 4  # rows, whose order says something
MONTHS_IN_A_YEAR: Final = 12


@dataclass(frozen=True)
class Style:
    """How a column's dates are written: month first or not, and in which zone if they say none.

    `doubt` is a sentence for whoever has to say whether it was read rightly.
    """

    month_first: bool = False
    zone: tzinfo = LONDON
    doubt: str | None = None

    def moment(self, cell: Cell) -> datetime | None:
        """The moment, in UTC; None if it is none, or not of the programme's years.

        What names no offset is local time; the hour that comes twice in October counts as its
        first.
        """
        found = cell if isinstance(cell, datetime) else self._written(line(cell))
        if found is None or found.year not in YEARS:
            return None
        return (found if found.tzinfo else found.replace(tzinfo=self.zone)).astimezone(UTC)

    def _written(self, text: str) -> datetime | None:
        if serial := SERIAL.fullmatch(text):
            days = float(serial[0].replace(",", "."))
            return to_the_second(DAY_0 + timedelta(days=days))
        for form in FORMS:
            if found := form.fullmatch(text):
                return self._of(found)
        return None

    def _of(self, found: re.Match[str]) -> datetime | None:
        told = found.groupdict()
        year = int(told["year"]) + (2000 if len(told["year"]) == len("26") else 0)
        try:
            month, day = self._month_and_day(told)
            hour = _hour(int(told["hour"] or 0), told["half"])
            minute, second = int(told["minute"] or 0), int(told["second"] or 0)
            zone = _zone(told["zone"]) if told["zone"] else None
            return datetime(year, month, day, hour, minute, second, tzinfo=zone)
        except ValueError:
            return None

    def _month_and_day(self, told: dict[str, str]) -> tuple[int, int]:
        if name := told.get("name"):
            return MONTHS.index(name[:3].casefold()) + 1, int(told["day"])
        if "one" not in told:
            return int(told["month"]), int(told["day"])
        one, two = int(told["one"]), int(told["two"])
        if told["sep"] == ".":  # only written day first
            return two, one
        return (one, two) if self.month_first else (two, one)


DAY_FIRST: Final = Style()
MONTH_FIRST: Final = Style(month_first=True)


def style_of(cells: Iterable[Cell], *, zone: tzinfo = LONDON) -> Style:
    """How the dates of a column are written, by all that stand in it."""
    said = [line(cell) for cell in cells if isinstance(cell, str)]
    told = [found for one in said if (found := FORMS[1].fullmatch(one)) and found["sep"] != "."]
    day_first = any(int(one["one"]) > MONTHS_IN_A_YEAR for one in told)
    month_first = any(int(one["two"]) > MONTHS_IN_A_YEAR for one in told)
    if month_first or day_first:
        doubt = BOTH_WAYS if month_first and day_first else None
        return Style(month_first and not day_first, zone, doubt)
    if not any(one["one"] != one["two"] for one in told) or _in_order(DAY_FIRST, said):
        return Style(zone=zone)
    if _in_order(MONTH_FIRST, said):
        return Style(month_first=True, zone=zone, doubt=BY_ORDER)
    return Style(zone=zone, doubt=None if all(map(_is_british, told)) else NOT_TOLD)


def _is_british(told: re.Match[str]) -> bool:
    """Whether it is written as in `03/11/2026 14:05`: who writes the month first mostly writes no 0
    before it, or says am and pm.
    """
    return len(told["one"]) == len(told["two"]) == len("03") and told["half"] is None


def _in_order(style: Style, said: Sequence[str]) -> bool:
    """Whether the rows stand in their order, as services write them, if they are read so and not
    if they are read otherwise.
    """
    other = MONTH_FIRST if style is DAY_FIRST else DAY_FIRST
    return len(said) >= FEWEST_IN_ORDER and _ascend(style, said) and not _ascend(other, said)


def _ascend(style: Style, said: Sequence[str]) -> bool:
    moments = [found for one in said if (found := style.moment(one))]
    return moments == sorted(moments) or moments == sorted(moments, reverse=True)


def _hour(hour: int, half: str | None) -> int:
    if half is None:
        return hour
    if not 1 <= hour <= MONTHS_IN_A_YEAR:
        raise ValueError(hour)
    return hour % 12 + (12 if half[0].casefold() == "p" else 0)


def _zone(told: str) -> tzinfo:
    """ValueError if it is none."""
    found = ZONE.fullmatch(told)
    if found is None:
        raise ValueError(told)
    name, sign, hours, minutes = found.groups()
    offset = timedelta(hours=int(hours or 0), minutes=int(minutes or 0))
    summer = timedelta(hours=(name or "").upper() == "BST")
    return timezone((-offset if sign == "-" else offset) + summer)
