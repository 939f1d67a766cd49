"""Waits until the projector has done what was ordered about a read model, and tells the outcome."""

import time
from typing import Any, Final, NoReturn

import psycopg
from rich.console import Console

from services.cli.console import print_json, print_out
from services.cli.leaving import DONE, REFUSED
from services.cli.ops.waiting import awaited, progress_on
from services.dead_letters.orders import Order, numbered
from services.operations.waiting import heard_between_looks, how_far

SAY: Final = 5.0  # seconds between two lines where there is no terminal


def watch(connection: psycopg.Connection, number: int, *, wait: bool, as_json: bool) -> NoReturn:
    """Tell what became of an order, with progress, and leave. Ctrl-C ends the watching only."""
    console, said = Console(), time.monotonic()
    hidden = as_json or not wait or not console.is_terminal
    with heard_between_looks() as pressed, progress_on(console, hidden=hidden) as progress:
        task = progress.add_task("events", total=None)

        def look(orders: list[Order]) -> None:
            nonlocal said
            if orders[0].finished_at:
                return  # what was being built serves by now
            at, head = how_far(connection, orders[0])
            progress.update(task, total=head, completed=at)
            off_terminal = not as_json and not console.is_terminal
            if off_terminal and at and time.monotonic() - said > SAY:
                said = time.monotonic()
                print_out(f"{orders[0].worker}: {at} of {head} events")

        idle = awaited(connection, [number], look, pressed, wait=wait)
    (order,) = numbered(connection, [number])
    if as_json:
        print_json({**order._asdict(), "note": idle})
    else:
        print_out(f"Order {number}: " + (idle or in_words(order)))
    failed = order.outcome is not None and "problem" in order.outcome
    raise SystemExit(REFUSED if failed or (wait and order.finished_at is None) else DONE)


def in_words(order: Order) -> str:
    """What came of an order about a read model."""
    outcome: dict[str, Any] = order.outcome or {}
    if problem := outcome.get("problem"):
        return f"it was not done: {problem}."
    match order.verb:
        case "rollback":
            return f"{outcome['serving']} serves again; the other build is kept."
        case "replay":
            return f"{outcome['rows']} rows of {order.worker} are folded anew."
        case _:
            differ = f"{outcome['changed']} changed, {outcome['only_old']} gone"
            words = f"{outcome['same']} rows are the same, {differ}, {outcome['only_new']} new."
            keys = ", ".join(outcome["keys"])
            some = f" Some that differ: {keys}." if keys else ""
            return f"{order.worker} is built anew and serves: {words}{some}"
