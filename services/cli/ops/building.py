"""Waits until the projector has done what was ordered about a read model, and tells the outcome."""

import time
from typing import Any, Final, NoReturn

import psycopg
from rich.console import Console
from rich.progress import Progress, TaskID

from services.cli.console import print_json, print_out
from services.cli.leaving import DONE, REFUSED
from services.cli.ops.waiting import LOOK, PATIENCE, STANDS, progress_on, why_idle
from services.dead_letters.orders import Given, numbered
from services.read_models.builds import builds

SAY: Final = 5.0  # seconds between two lines where there is no terminal


def watch(connection: psycopg.Connection, number: int, *, wait: bool, as_json: bool) -> NoReturn:
    """Tell what became of an order, with progress, and leave. Ctrl-C ends the watching only."""
    idle: str | None = STANDS
    if wait:
        try:
            idle = _waited(connection, number, quiet=as_json)
        except KeyboardInterrupt:
            idle = STANDS
    (given,) = numbered(connection, [number])
    if as_json:
        print_json({**given._asdict(), "note": idle})
    else:
        print_out(f"Order {number}: " + (idle or in_words(given)))
    failed = given.outcome is not None and "problem" in given.outcome
    raise SystemExit(REFUSED if failed or (wait and given.finished_at is None) else DONE)


def _waited(connection: psycopg.Connection, number: int, *, quiet: bool) -> str | None:
    """Wait until it is carried out; or why nobody does it now."""
    said = seen = time.monotonic()
    console = Console()
    with progress_on(console, hidden=quiet or not console.is_terminal) as progress:
        task = progress.add_task("events", total=None)
        while not (given := numbered(connection, [number])[0]).finished_at:
            at, head = _advance(connection, given, progress, task)
            now = time.monotonic()
            if not (why := why_idle(connection, given.worker)):
                seen = now
            elif now - seen > PATIENCE:
                return f"{why} {STANDS}"
            if not quiet and not console.is_terminal and at and now - said > SAY:
                said = now
                print_out(f"{given.worker}: {at} of {head} events")
            time.sleep(LOOK)
    return None


def _advance(
    connection: psycopg.Connection, given: Given, progress: Progress, task: TaskID
) -> tuple[int, int]:
    """How far the new build is, and how far it has to go."""
    row = connection.execute("SELECT max(position) FROM log.events").fetchone()
    head = (row and row[0]) or 0
    mine = (one for one in builds(connection) if one.projection == given.worker)
    at = next((one.position for one in mine if one.state == "building"), 0)
    progress.update(task, total=head, completed=at)
    return at, head


def in_words(given: Given) -> str:
    """What came of an order about a read model."""
    outcome: dict[str, Any] = given.outcome or {}
    if problem := outcome.get("problem"):
        return f"it was not done: {problem}."
    match given.verb:
        case "rollback":
            return f"{outcome['serving']} serves again; the other build is kept."
        case "replay":
            return f"{outcome['rows']} rows of {given.worker} are folded anew."
        case _:
            differ = f"{outcome['changed']} changed, {outcome['only_old']} gone"
            words = f"{outcome['same']} rows are the same, {differ}, {outcome['only_new']} new."
            keys = ", ".join(outcome["keys"])
            some = f" Some that differ: {keys}." if keys else ""
            return f"{given.worker} is built anew and serves: {words}{some}"
