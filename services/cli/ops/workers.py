"""`ops pause`, `ops resume` and `ops replay`: what whole workers are told."""

from pathlib import Path
from typing import Final

import click
import psycopg

from projections.catalogue import PROJECTIONS
from services.cli.console import data_option, json_option
from services.cli.leaving import INVALID, REFUSED, fail, guarded
from services.cli.ops.building import watch
from services.cli.ops.options import (
    as_operator,
    by,
    reason_option,
    sure,
    tell,
    who_option,
    yes_option,
)
from services.dead_letters.orders import By, give, record
from services.process.checkpoints import place_of
from services.process.presence import WORKERS

ONLY_MISSING: Final = "only-missing"
NOT_REPLAYED: Final = {
    "commands": "It has no place: it decides what comes in, and what it decided stands for ever.",
    "relay": "Its place is the stream's tail. If the stream is not what the log is, see"
    " `leading-together ops stream verify`.",
    "scheduler": "It has no place: it looks at what is due now, and asks for each thing once.",
    "projector": "Name one read model, or rebuild it with `leading-together ops rebuild`.",
}
WARNED: Final = {
    "policies": "What was asked for and accepted before is recognised by its command's id and not"
    " done again. What was refused, or never asked for, is asked for now and judged by what is"
    " known now.",
    "notifier": "What stands in the ledger is not sent again. What is missing there is sent now,"
    " worded as it would have been then.",
}


@click.command()
@click.argument("worker", type=click.Choice(WORKERS))
@reason_option
@who_option
@json_option
@data_option
@guarded
def pause(
    worker: str, reason: str | None, who: str | None, as_json: bool, data: Path | None
) -> None:
    """Tell a worker to rest: it takes nothing in, and loses nothing, until `ops resume`.

    It rests within some seconds, also when it is started again. While `commands` rests, whoever
    asks is answered "busy".
    """
    me = by(data, who, reason)
    with as_operator(data) as connection, connection.transaction():
        new = connection.execute(
            "INSERT INTO work.paused (worker, since, who, reason) VALUES (%s, %s, %s, %s)"
            " ON CONFLICT DO NOTHING",
            (worker, me.now, me.who, me.reason),
        ).rowcount
        if new:
            record(connection, "pause", worker, me, {})
        words = f"{worker} rests from now on." if new else _rests(connection, worker)
    tell({"worker": worker, "paused": True, "new": bool(new)}, words, as_json=as_json)


def _rests(connection: psycopg.Connection, worker: str) -> str:
    row = connection.execute(
        "SELECT since, who, reason FROM work.paused WHERE worker = %s", (worker,)
    ).fetchone()
    since, who, reason = row or ("?", "?", "?")
    return f"{worker} rests already since {since:%Y-%m-%d %H:%M}, told by {who}: {reason}"


@click.command()
@click.argument("worker", type=click.Choice(WORKERS))
@reason_option
@who_option
@json_option
@data_option
@guarded
def resume(
    worker: str, reason: str | None, who: str | None, as_json: bool, data: Path | None
) -> None:
    """Let a worker that rests go on, from where it stands."""
    me = by(data, who, reason)
    with as_operator(data) as connection, connection.transaction():
        gone = connection.execute("DELETE FROM work.paused WHERE worker = %s", (worker,)).rowcount
        if gone:
            rested = {"rested": True}
            record(connection, "resume", worker, me, rested)
    words = f"{worker} goes on." if gone else f"{worker} was not told to rest."
    tell({"worker": worker, "paused": False, "new": bool(gone)}, words, as_json=as_json)


@click.command()
@click.argument("worker")
@click.option(
    "--from",
    "first",
    type=click.IntRange(1),
    required=True,
    help="The first position that is taken in again.",
)
@click.option(
    "--effects",
    type=click.Choice([ONLY_MISSING]),
    help="Needed for policies and notifier: do what is missing, repeat nothing.",
)
@reason_option
@who_option
@yes_option
@json_option
@data_option
@guarded
def replay(  # noqa: PLR0917 - click hands options over by name
    worker: str,
    first: int,
    effects: str | None,
    reason: str | None,
    who: str | None,
    yes: bool,
    as_json: bool,
    data: Path | None,
) -> None:
    """Have a read model, policies or notifier take in again what happened from a position on.

    Of a read model, the rows that were touched since are folded anew. policies and notifier only
    do what is missing: --effects only-missing says that you mean it.

    Exit codes: 0 done, 1 refused, 2 a wrong call, 3 engines unreachable.
    """
    me = by(data, who, reason)
    if worker in PROJECTIONS:
        sure(f"Fold the rows of {worker} that were touched since?", yes=yes, as_json=as_json)
        _fold_again(worker, first, me, data, as_json=as_json)
        return
    if worker in NOT_REPLAYED:
        fail(f"{worker} can't be replayed. {NOT_REPLAYED[worker]}", REFUSED)
    if worker not in WARNED:
        fail(f"There is no worker or read model {worker}.", INVALID)
    if effects != ONLY_MISSING:
        fail(f"{WARNED[worker]} If you want that, say --effects {ONLY_MISSING}.", REFUSED)
    sure(f"{WARNED[worker]} Go back to position {first}?", yes=yes, as_json=as_json)
    _go_back(worker, first, me, data, as_json=as_json)


def _go_back(worker: str, first: int, me: By, data: Path | None, *, as_json: bool) -> None:
    """Set the place back, under the lock that keeps the worker from moving it meanwhile."""
    with as_operator(data) as connection, connection.transaction():
        place = place_of(connection, worker, lock=True)
        if first > place:
            fail(f"{worker} is at position {place}: it has still to take in {first}.", REFUSED)
        connection.execute(
            "UPDATE work.places SET position = %s WHERE worker = %s", (first - 1, worker)
        )
        moved = {"from": first, "place_before": place}
        record(connection, "replay", worker, me, moved)
    words = f"{worker} takes in again what happened from position {first} to {place}."
    tell({"worker": worker, **moved}, words, as_json=as_json)


def _fold_again(name: str, first: int, me: By, data: Path | None, *, as_json: bool) -> None:
    """The projector does it, who alone may write rows."""
    with as_operator(data) as connection:
        order = give(connection, "replay", name, me, details={"from": first})
        watch(connection, order, wait=True, as_json=as_json)
