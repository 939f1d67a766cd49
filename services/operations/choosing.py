"""Which dead letters an order names, and what would follow from it: seen before it is given."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from operator import attrgetter
from typing import Any

import psycopg

from projections.catalogue import PROJECTIONS
from services.crew import PROJECTOR, WITH_CHECKPOINT, carrier_of, worker
from services.dead_letters.orders import ordered
from services.dead_letters.parking import OPEN, Filter, Listed, listed, numbered, queues
from services.read_models.builds import hidden

HAVING_DEAD_LETTERS = (*WITH_CHECKPOINT, PROJECTOR, *PROJECTIONS)


class NotChosen(RuntimeError):
    """A letter that was named can't be; the text says why, and nothing was ordered."""


def may_have_dead_letters(name: str) -> bool:
    """Whether there may be letters of a worker, a read model or a build of this name."""
    return name in HAVING_DEAD_LETTERS or any(name.startswith(f"{one}_v") for one in PROJECTIONS)


def in_sight(
    connection: psycopg.Connection, which: Filter, states: Collection[str] = OPEN
) -> Filter:
    """The same filter, in these states, without what is put aside for builds that don't serve."""
    return which._replace(states=states, hidden=hidden(connection))


def by_number(connection: psycopg.Connection, numbers: Sequence[int]) -> list[Listed]:
    """The dead letters with these numbers. Raises NotChosen if one of them is none."""
    found = {one.letter: one for one in numbered(connection, numbers)}
    given, unseen = ordered(connection), hidden(connection)
    wrong = [
        why
        for number in numbers
        if (why := _objection(number, found.get(number), given) or _unseen(number, found, unseen))
    ]
    if wrong:
        raise NotChosen(" ".join([*wrong, "Nothing was ordered."]))
    return list(found.values())


def _objection(number: int, letter: Listed | None, given: dict[int, int]) -> str | None:
    if letter is None:
        return f"There is no dead letter {number}."
    if letter.state == "waiting" and letter.ahead:
        return f"Dead letter {number} waits behind dead letter {letter.ahead}: name that one."
    if letter.state != "dead":
        return f"Dead letter {number} is {letter.state}."
    if number in given:
        return f"Dead letter {number} is named in order {given[number]}, which still stands."
    return None


def _unseen(number: int, found: Mapping[int, Listed], unseen: Collection[str]) -> str | None:
    """Orders to a build that does not serve, nobody carries out."""
    if found[number].worker not in unseen:
        return None
    return f"Dead letter {number} is of rows that don't serve now: `ops rollback` may show them."


def by_filter(connection: psycopg.Connection, which: Filter) -> list[Listed]:
    """The dead letters that are meant, without those which a standing order names already."""
    given = ordered(connection)
    found = listed(connection, in_sight(connection, which, ("dead",)))
    return [one for one in found if one.letter not in given]


@dataclass(frozen=True)
class Draft:
    """What one worker is to be ordered: its dead letters, and how many wait behind them."""

    worker: str
    letters: list[Listed]
    waiting: int

    @property
    def numbers(self) -> list[int]:
        """Its letters by number."""
        return [one.letter for one in self.letters]

    def as_json(self) -> dict[str, Any]:
        """For scripts."""
        return {"worker": self.worker, "letters": self.numbers, "waiting": self.waiting}

    def words(self) -> list[str]:
        """For people: how many, of what fault, with what effects."""
        faults = [f"{one.fact}: {one.error}: {one.problem}" for one in self.letters]
        return [
            f"{self.worker}: {_letters(len(self.letters))}, and {self.waiting} behind",
            *(f"  {faults.count(fault)} of {fault}" for fault in dict.fromkeys(faults)),
            f"  {worker(carrier_of(self.worker)).repeats}",
        ]


def _letters(number: int) -> str:
    return f"{number} dead letter" + ("" if number == 1 else "s")


def drafts(connection: psycopg.Connection, chosen: Sequence[Listed]) -> list[Draft]:
    """What each worker is to be ordered."""
    waiting = queues(connection, [one.letter for one in chosen])
    in_turn = sorted(chosen, key=attrgetter("worker", "position"))
    of_each = {name: list(found) for name, found in groupby(in_turn, attrgetter("worker"))}
    return [
        Draft(name, found, sum(waiting.get(one.letter, 0) for one in found))
        for name, found in of_each.items()
    ]


def plan(verb: str, drafted: Sequence[Draft], per_second: float | None) -> list[str]:
    """What would be ordered, in lines of words."""
    lines = [
        f"To {verb}, in order of position:",
        *(line for one in drafted for line in one.words()),
    ]
    number = sum(len(one.letters) + one.waiting for one in drafted)
    if per_second:
        lines.append(f"At {per_second:g} a second it takes about {number / per_second:.3g} s.")
    return lines
