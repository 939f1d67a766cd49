"""`ops pause`, `ops resume` and `ops replay`: what whole workers are told."""

from pathlib import Path
from typing import Final

import click

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
from services.crew import NAMES, WITH_CHECKPOINT
from services.dead_letters.orders import By
from services.log.log import BEHIND_ALL
from services.operations import acts

ONLY_MISSING: Final = "only-missing"


@click.command()
@click.argument("worker", type=click.Choice(NAMES))
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
    with as_operator(data) as connection:
        before = acts.pause(connection, worker, me)
    if before:
        said = f"told by {before.who}: {before.reason}"
        words = f"{worker} rests already since {before.since:%Y-%m-%d %H:%M}, {said}"
    else:
        words = f"{worker} rests from now on."
    tell({"worker": worker, "paused": True, "new": before is None}, words, as_json=as_json)


@click.command()
@click.argument("worker", type=click.Choice(NAMES))
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
    with as_operator(data) as connection:
        rested = acts.resume(connection, worker, me)
    words = f"{worker} goes on." if rested else f"{worker} was not told to rest."
    tell({"worker": worker, "paused": False, "new": rested}, words, as_json=as_json)


@click.command()
@click.argument("worker")
@click.option(
    "--from",
    "first",
    type=click.IntRange(1, BEHIND_ALL - 1),
    required=True,
    help="The first position that is taken in again.",
)
@click.option(
    "--effects",
    type=click.Choice([ONLY_MISSING]),
    help=f"Needed for {' and '.join(WITH_CHECKPOINT)}: do what is missing, repeat nothing.",
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
    """Have a read model or a worker take in again what happened from a position on.

    Of a read model, the rows that were touched since are folded anew. A worker only does what is
    missing: --effects only-missing says that you mean it.

    Exit codes: 0 done, 1 refused, 2 a wrong call, 3 engines unreachable.
    """
    me = by(data, who, reason)
    if worker in PROJECTIONS:
        sure(f"Fold the rows of {worker} that were touched since?", yes=yes, as_json=as_json)
        _fold_again(worker, first, me, data, as_json=as_json)
        return
    try:
        warning = acts.what_a_replay_does(worker)
    except acts.CantBeReplayed as error:
        fail(f"{worker} can't be replayed. {error}", REFUSED)
    except LookupError:
        fail(f"There is no worker or read model {worker}.", INVALID)
    if effects != ONLY_MISSING:
        fail(f"{warning} If you want that, say --effects {ONLY_MISSING}.", REFUSED)
    sure(f"{warning} Go back to position {first}?", yes=yes, as_json=as_json)
    _go_back(worker, first, me, data, as_json=as_json)


def _go_back(worker: str, first: int, me: By, data: Path | None, *, as_json: bool) -> None:
    try:
        with as_operator(data) as connection:
            before = acts.go_back(connection, worker, first, me)
    except acts.CantBeReplayed as error:
        fail(str(error), REFUSED)
    words = f"{worker} was at position {before}, and takes in again what follows {first - 1}."
    tell({"worker": worker, "from": first, "place_before": before}, words, as_json=as_json)


def _fold_again(name: str, first: int, me: By, data: Path | None, *, as_json: bool) -> None:
    """The projector does it, who alone may write rows."""
    with as_operator(data) as connection:
        try:
            order = acts.order(connection, "replay", name, me, first)
        except acts.CantBeOrdered as error:
            fail(str(error), REFUSED)
        watch(connection, order, wait=True, as_json=as_json)
