"""Waits at the terminal until orders are carried out, and says what came of them."""

from collections.abc import Callable, Sequence
from typing import Any, Final

import psycopg
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from services.cli.console import print_err, print_json, print_out
from services.cli.leaving import DONE, REFUSED, also_saying
from services.dead_letters import parking
from services.dead_letters.orders import Order, numbered
from services.dead_letters.parking import Listed
from services.operations.waiting import carried_out, heard_between_looks

SHOWN: Final = 20  # letters that are named one by one
QUIET: Final = (
    "Nothing was seen to be done for ten seconds: `leading-together status` tells whether {worker}"
    " stands still. Ctrl-C ends the waiting, not the order."
)
STANDS: Final = "The order stands: `leading-together ops orders` tells what comes of it."


def awaited(
    connection: psycopg.Connection,
    numbers: Sequence[int],
    look: Callable[[list[Order]], None],
    pressed: list[int],
    *,
    wait: bool,
) -> str | None:
    """Wait, if wanted, until these orders are carried out; or a word on why they stand.

    Nobody waits for a worker that rests or does not run. Ctrl-C, when it is `pressed`, ends the
    waiting, not the order.
    """
    if not wait:
        return STANDS
    with also_saying(STANDS):
        idle = carried_out(connection, numbers, look, pressed, _say_quiet)
    if pressed:
        return STANDS
    return f"{idle} {STANDS}" if idle else None


def _say_quiet(worker: str) -> None:
    print_err(QUIET.format(worker=worker))


def wait_for(
    connection: psycopg.Connection, numbers: Sequence[int], *, wait: bool, as_json: bool
) -> None:
    """Tell what became of orders about letters, and leave; with `wait` once they are done."""
    console = Console()
    hidden = as_json or not wait or not console.is_terminal
    with heard_between_looks() as pressed, progress_on(console, hidden=hidden) as progress:
        every = numbered(connection, numbers)
        task = progress.add_task("taken in", total=sum(len(one.letters) for one in every))

        def look(orders: list[Order]) -> None:
            counts = (parking.handled(connection, one.letters, one.given_at) for one in orders)
            progress.update(task, completed=sum(counts))

        idle = awaited(connection, numbers, look, pressed, wait=wait)
    orders = numbered(connection, numbers)
    named = parking.numbered(connection, [letter for one in orders for letter in one.letters])
    if as_json:
        print_json(_as_json(orders, named, idle))
    else:
        print_out(*_words(connection, orders, named, idle))
    raise SystemExit(DONE if not wait or all(map(all_done, orders)) else REFUSED)


def all_done(one: Order) -> bool:
    """Whether an order was carried out, and nothing stood in the way of any part of it."""
    return one.outcome is not None and not {"failed", "problem"} & {
        what for what, number in one.outcome.items() if number
    }


def came_of(one: Order) -> str:
    """What came of an order, in words."""
    if one.finished_at is None:
        return "to be carried out"
    return ", ".join(f"{what} {number}" for what, number in (one.outcome or {}).items() if number)


def progress_on(console: Console, *, hidden: bool) -> Progress:
    """What is done of how much, and the time to go."""
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn())
    return Progress(*columns, TimeRemainingColumn(), console=console, disable=hidden)


def _as_json(orders: Sequence[Order], named: Sequence[Listed], idle: str | None) -> dict[str, Any]:
    return {
        "orders": [one._asdict() for one in orders],
        "letters": [
            {"letter": one.letter, "state": one.state, "error": one.error, "problem": one.problem}
            for one in named
        ],
        "note": idle,
    }


def _words(
    connection: psycopg.Connection,
    orders: Sequence[Order],
    named: Sequence[Listed],
    idle: str | None,
) -> list[str]:
    lines = [f"Order {one.number}: {came_of(one)}" for one in orders]
    if idle:
        return [*lines, idle]
    waiting = parking.queues(connection, [one.letter for one in named])
    lines += [f"  {_became(one, waiting.get(one.letter, 0))}" for one in named[:SHOWN]]
    if len(named) > SHOWN:
        lines.append(f"  … and {len(named) - SHOWN} more")
    return lines


def _became(one: Listed, waiting: int) -> str:
    name = f"letter {one.letter} ({one.key})"
    if one.state != "dead":
        return f"{name} is {one.state}"
    return f"{name} failed again: {one.error}: {one.problem}; {waiting} wait behind it"
