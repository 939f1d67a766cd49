"""What a walk finds, and how it is counted."""

from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from traceback import format_exc
from typing import Any, Final, NamedTuple

import structlog


class Found(NamedTuple):
    """Something that should not be: under which name, what it was in short, about which ids, and
    after how many steps. An invariant's name is the judge's; ours begin with `walk.`.
    """

    name: str
    what: str
    about: tuple[str, ...] = ()
    step: int = 0

    def __str__(self) -> str:
        about = ", ".join(self.about) or "-"
        return f"step {self.step}: {self.name}: {self.what} ({about})"


@dataclass
class Findings:
    """All that was found: how often, and the first of each name."""

    counts: Counter[str] = field(default_factory=Counter)
    first: dict[str, Found] = field(default_factory=dict)

    def add(self, one: Found) -> None:
        self.counts[one.name] += 1
        self.first.setdefault(one.name, one)

    def take_in(self, others: "Findings") -> None:
        """The findings of another walk as well."""
        self.counts += others.counts
        for name, one in others.first.items():
            self.first.setdefault(name, one)


_TROUBLES: Final[list[str]] = []


def keep_trouble(_: Any, __: str, said: Mapping[str, Any]) -> Any:
    """What our own code logs as a fault of ours; nothing is printed."""
    if said.get("exc_info"):
        _TROUBLES[:] = [format_exc(limit=-2).strip().replace("\n", " / ")]
    raise structlog.DropEvent


def trouble() -> str:
    """The last fault of ours."""
    return _TROUBLES[-1] if _TROUBLES else "nobody said what it was"


@contextmanager
def quietly() -> Iterator[None]:
    """While this lasts, faults of ours are kept and not printed."""
    before = structlog.get_config()
    structlog.configure(processors=[keep_trouble])
    try:
        yield
    finally:
        structlog.configure(**before)


CRASH: Final = "walk.nothing-crashes"
TWO_ANSWERS: Final = "walk.two-writers-give-one-answer"
HELD: Final = "walk.what-is-held-is-what-a-fold-gives"
ROW: Final = "walk.a-row-is-what-a-fold-gives"
REPEATED: Final = "walk.a-repeated-command-has-its-answer"
NOTICE: Final = "walk.every-notice-can-be-worded"
READ_MODEL: Final = "walk.every-row-can-be-shown"
DUE: Final = "walk.what-is-due-is-done"  # with the command
FOLLOWS: Final = "walk.what-follows-has-followed"  # with the command
DIRECTION: Final = "walk.who-treats-is-a-professional"
ONE_ID: Final = "walk.one-thing-stands-under-one-id"
TASK: Final = "walk.what-waits-is-a-task"
