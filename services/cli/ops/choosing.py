"""Which dead letters an order names, and what would follow from it: seen before it is given."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby
from operator import attrgetter
from typing import Any, Final

import psycopg

from services.cli.leaving import REFUSED, fail
from services.dead_letters.looking import Filter, Found, letters, queues, these
from services.dead_letters.orders import ordered

EFFECTS: Final = {
    "policies": "what was asked for before is recognised by its id, and is not done twice",
    "notifier": "what was sent before stands in the ledger, and is not sent twice",
}
ROWS: Final = "only rows of the read model change; nothing is asked for or sent"


def by_number(connection: psycopg.Connection, numbers: Sequence[int]) -> list[Found]:
    """The dead letters with these numbers; ends this call if one of them is none."""
    found = {one.letter: one for one in these(connection, numbers)}
    given = ordered(connection)
    wrong = [why for number in numbers if (why := _objection(number, found.get(number), given))]
    if wrong:
        fail(" ".join([*wrong, "Nothing was ordered."]), REFUSED)
    return list(found.values())


def _objection(number: int, letter: Found | None, given: dict[int, int]) -> str | None:
    if letter is None:
        return f"There is no letter {number}."
    if letter.state == "waiting" and letter.ahead:
        return f"Letter {number} waits behind letter {letter.ahead}: name that one."
    if letter.state != "dead":
        return f"Letter {number} is {letter.state}."
    if number in given:
        return f"Letter {number} is named in order {given[number]}, which still stands."
    return None


def by_filter(connection: psycopg.Connection, which: Filter) -> list[Found]:
    """The dead letters that are meant, without those which a standing order names already."""
    given = ordered(connection)
    found = letters(connection, which._replace(states=("dead",)))
    return [one for one in found if one.letter not in given]


@dataclass(frozen=True)
class Part:
    """What one worker is told: its dead letters in order, and how many wait behind them."""

    worker: str
    letters: list[Found]
    waiting: int

    @property
    def numbers(self) -> list[int]:
        """Its letters by number."""
        return [one.letter for one in self.letters]

    def told(self) -> dict[str, Any]:
        """For scripts."""
        return {"worker": self.worker, "letters": self.numbers, "waiting": self.waiting}

    def words(self) -> list[str]:
        """For people: how many, of what cause, with what effects."""
        causes = [f"{one.fact}: {one.error}: {one.problem}" for one in self.letters]
        return [
            f"{self.worker}: {_letters(len(self.letters))}, and {self.waiting} behind",
            *(f"  {causes.count(cause)} of {cause}" for cause in dict.fromkeys(causes)),
            f"  {EFFECTS.get(self.worker, ROWS)}",
        ]


def _letters(number: int) -> str:
    return f"{number} dead letter" + ("" if number == 1 else "s")


def parts(connection: psycopg.Connection, chosen: Sequence[Found]) -> list[Part]:
    """What each worker is told."""
    waiting = queues(connection, [one.letter for one in chosen])
    in_turn = sorted(chosen, key=attrgetter("worker", "position"))
    told = {worker: list(found) for worker, found in groupby(in_turn, attrgetter("worker"))}
    return [
        Part(worker, found, sum(waiting.get(one.letter, 0) for one in found))
        for worker, found in told.items()
    ]


def plan(verb: str, told: Sequence[Part], per_second: float | None) -> str:
    """What would be ordered, in words."""
    lines = [f"To {verb}, in order of position:", *(line for one in told for line in one.words())]
    number = sum(len(one.letters) + one.waiting for one in told)
    if per_second:
        lines.append(f"At {per_second:g} a second it takes about {number / per_second:.3g} s.")
    return "\n".join(lines)
