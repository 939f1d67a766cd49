"""Times and numbers in people's words, with the unit."""

from typing import Final

UNITS: Final = ((86_400, "day"), (3_600, "h"), (60, "min"), (1, "s"))
FEW: Final = 3  # so many of a unit are told with what is left in the next smaller one


def for_so_long(seconds: float | None) -> str:
    """As in "for 40 s", "3 min", "2 h 5 min", "3 days"; "an unknown time" if nobody knows."""
    if seconds is None:
        return "an unknown time"
    left = max(0, round(seconds))
    for number, (size, unit) in enumerate(UNITS):
        if left >= size:
            many, rest = divmod(left, size)
            words = _of(many, unit)
            smaller = UNITS[number + 1] if number + 1 < len(UNITS) else None
            if many < FEW and smaller and rest >= smaller[0]:
                words += f" {_of(rest // smaller[0], smaller[1])}"
            return words
    return "less than 1 s"


def ago(seconds: float | None) -> str:
    """As in "3 min ago"."""
    return "at an unknown time" if seconds is None else f"{for_so_long(seconds)} ago"


def events(number: int) -> str:
    """As in "1 event", "800 events"."""
    return f"{number:,} event" + ("" if number == 1 else "s")


def _of(many: int, unit: str) -> str:
    return f"{many} {unit}" + ("s" if unit == "day" and many != 1 else "")
