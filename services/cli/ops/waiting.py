"""Waits until workers have carried out what they were told, and says what came of it."""

import time
from collections.abc import Sequence
from typing import Any, Final

import psycopg
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from services.cli.console import print_json, print_out
from services.cli.leaving import DONE, REFUSED
from services.dead_letters.looking import OWN_LETTERS, Found, queues, these
from services.dead_letters.orders import Given, numbered
from services.dead_letters.parking import paused
from services.process.presence import connected

LOOK: Final = 0.2  # seconds between two looks
PATIENCE: Final = 5.0  # seconds for a worker that is just starting again
SHOWN: Final = 20  # letters that are told one by one
STANDS: Final = "The order stands: `leading-together ops orders` tells what comes of it."


def wait_for(
    connection: psycopg.Connection, numbers: Sequence[int], *, wait: bool, as_json: bool
) -> None:
    """Tell what became of orders, and leave; with `wait` once they are carried out.

    Nobody waits for a worker that rests or does not run. Ctrl-C ends the waiting, not the order.
    """
    idle: str | None = STANDS
    if wait:
        try:
            idle = _waited(connection, numbers, quiet=as_json)
        except KeyboardInterrupt:
            idle = STANDS
    given = numbered(connection, numbers)
    letters = these(connection, [letter for one in given for letter in one.letters])
    if as_json:
        print_json(_told(given, letters, idle))
    else:
        print_out("\n".join(_words(connection, given, letters, idle)))
    raise SystemExit(DONE if not wait or all(map(all_done, given)) else REFUSED)


def all_done(one: Given) -> bool:
    """Whether an order was carried out, and nothing stood in the way of any part of it."""
    return one.outcome is not None and not {"failed", "problem"} & {
        what for what, number in one.outcome.items() if number
    }


def came_of(one: Given) -> str:
    """What came of an order, in words."""
    if one.finished_at is None:
        return "to be carried out"
    return ", ".join(f"{what} {number}" for what, number in (one.outcome or {}).items() if number)


def _waited(connection: psycopg.Connection, numbers: Sequence[int], *, quiet: bool) -> str | None:
    """Wait until all are finished; or why nobody carries them out now."""
    given = numbered(connection, numbers)
    seen = time.monotonic()
    console = Console()
    with progress_on(console, hidden=quiet or not console.is_terminal) as progress:
        task = progress.add_task("taken in", total=sum(len(one.letters) for one in given))
        while standing := [one for one in numbered(connection, numbers) if not one.finished_at]:
            progress.update(task, completed=_handled(connection, given))
            idle = [why for one in standing if (why := why_idle(connection, one.worker))]
            if not idle:
                seen = time.monotonic()
            elif len(idle) == len(standing) and time.monotonic() - seen > PATIENCE:
                return " ".join([*dict.fromkeys(idle), STANDS])
            time.sleep(LOOK)
        progress.update(task, completed=_handled(connection, given))
    return None


def progress_on(console: Console, *, hidden: bool) -> Progress:
    """What is done of how much, and the time to go."""
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn())
    return Progress(*columns, TimeRemainingColumn(), console=console, disable=hidden)


def _handled(connection: psycopg.Connection, given: Sequence[Given]) -> int:
    """How many of the letters the workers have had in hand since."""
    row = connection.execute(
        "SELECT count(*) FROM work.orders AS o JOIN work.letters AS l ON l.letter = ANY(o.letters)"
        " WHERE o.number = ANY(%s) AND (l.state <> 'dead' OR l.last_at >= o.given_at)",
        ([one.number for one in given],),
    ).fetchone()
    return int(row[0]) if row else 0


def why_idle(connection: psycopg.Connection, worker: str) -> str | None:
    """Why nobody carries out orders to this worker now, if so."""
    process = worker if worker in OWN_LETTERS else "projector"
    if process not in connected(connection):
        return f"The worker {process} is not running: it does this when it starts."
    if paused(connection, process):
        return f"The worker {process} was told to rest: it does this when it is resumed."
    return None


def _told(given: Sequence[Given], letters: Sequence[Found], idle: str | None) -> dict[str, Any]:
    return {
        "orders": [one._asdict() for one in given],
        "letters": [
            {"letter": one.letter, "state": one.state, "error": one.error, "problem": one.problem}
            for one in letters
        ],
        "note": idle,
    }


def _words(
    connection: psycopg.Connection,
    given: Sequence[Given],
    letters: Sequence[Found],
    idle: str | None,
) -> list[str]:
    lines = [f"Order {one.number}: {came_of(one)}" for one in given]
    if idle:
        return [*lines, idle]
    waiting = queues(connection, [one.letter for one in letters])
    lines += [f"  {_became(one, waiting.get(one.letter, 0))}" for one in letters[:SHOWN]]
    if len(letters) > SHOWN:
        lines.append(f"  … and {len(letters) - SHOWN} more")
    return lines


def _became(one: Found, waiting: int) -> str:
    named = f"letter {one.letter} ({one.key})"
    if one.state != "dead":
        return f"{named} is {one.state}"
    return f"{named} failed again: {one.error}: {one.problem}; {waiting} wait behind it"
