"""`ops redrive`, `ops discard` and `ops orders`: what workers are told about their dead letters."""

from collections.abc import Callable
from pathlib import Path
from typing import Any, Final, TypeVar

import click
import psycopg

from services.cli.console import (
    AT_MOST,
    data_option,
    json_option,
    print_json,
    print_nothing,
    print_out,
    print_table,
    said_if_more,
    table_options,
)
from services.cli.leaving import INVALID, REFUSED, fail, guarded
from services.cli.ops.options import (
    as_operator,
    by,
    chosen,
    filter_options,
    reason_option,
    sure,
    tell,
    who_option,
    yes_option,
)
from services.cli.ops.waiting import came_of, wait_for
from services.dead_letters.orders import Order, give, latest
from services.dead_letters.parking import Filter
from services.operations.choosing import (
    Draft,
    NotChosen,
    by_filter,
    by_number,
    drafts,
    plan,
)

F = TypeVar("F", bound=Callable[..., Any])
COLUMNS: Final = ["order", "what", "worker", "who", "why", "given", "came of it"]
NOTHING: Final = "There is no such dead letter, or all are named in orders that still stand."


def choosing_options(command: F) -> F:
    """The arguments and options that `redrive` and `discard` have in common."""
    for part in (
        data_option,
        json_option,
        click.option(
            "--wait/--no-wait", default=True, help="Wait until it is done (default), or don't."
        ),
        click.option("--dry-run", is_flag=True, help="Show what would be ordered; order nothing."),
        yes_option,
        who_option,
        reason_option,
        click.option("--limit", type=AT_MOST, help="At most so many dead letters."),
        filter_options,
        click.argument("numbers", nargs=-1, type=int, metavar="[LETTER]..."),
    ):
        command = part(command)
    return command


@click.command()
@click.option(
    "--rate",
    "per_second",
    type=click.FloatRange(0, min_open=True),
    help="At most so many events a second (default: as fast as it goes).",
)
@choosing_options
@guarded
def redrive(per_second: float | None, **given: Any) -> None:
    """Have dead letters taken in once more, and what waits behind them, in order.

    The worker that failed does it; where one fails again, the rest of its key waits on.
    Without numbers or filters all dead letters are meant.

    Exit codes: 0 done, 1 refused or not all of it done, 2 a wrong call, 3 engines unreachable.
    """
    _act("redrive", per_second, **given)


@click.command()
@choosing_options
@guarded
def discard(**given: Any) -> None:
    """Give dead letters up for good; what waits behind them is taken in.

    Exit codes: 0 done, 1 refused or not all of it done, 2 a wrong call, 3 engines unreachable.
    """
    if not any(given[name] for name in ("numbers", "worker", "key", "cause")):
        fail("Say which dead letters: by number, or by --worker, --key or --cause.", INVALID)
    _act("discard", None, **given)


def _act(
    verb: str,
    per_second: float | None,
    *,
    dry_run: bool,
    yes: bool,
    wait: bool,
    who: str | None,
    reason: str | None,
    as_json: bool,
    data: Path | None,
    **which: Any,
) -> None:
    me = None if dry_run else by(data, who, reason)
    with as_operator(data) as connection:
        drafted = _drafts(connection, **which)
        words = plan(verb, drafted, per_second) if drafted else [NOTHING]
        if me is None or not drafted:
            orders = {"orders": [one.as_json() for one in drafted], "dry_run": dry_run}
            tell(orders, *words, as_json=as_json)
            return
        if not as_json:
            print_out(*words)
        sure(f"{verb.capitalize()} them?", yes=yes, as_json=as_json)
        with connection.transaction():
            given = [
                give(connection, verb, one.worker, me, letters=one.numbers, per_second=per_second)
                for one in drafted
            ]
        wait_for(connection, given, wait=wait, as_json=as_json)


def _drafts(
    connection: psycopg.Connection,
    *,
    numbers: tuple[int, ...],
    worker: str | None,
    key: str | None,
    cause: str | None,
    limit: int | None,
) -> list[Draft]:
    which = chosen(worker, key, cause)
    if numbers and which != Filter():
        fail("Give numbers or filters, not both.", INVALID)
    try:
        found = by_number(connection, numbers) if numbers else by_filter(connection, which)
    except NotChosen as error:
        fail(str(error), REFUSED)
    return drafts(connection, found[:limit])


@click.command()
@click.option("--limit", type=AT_MOST, default=50, help="At most so many, newest first.")
@table_options
@data_option
@guarded
def orders(limit: int, as_json: bool, data: Path | None) -> None:
    """Show what operators did and ordered: who, when, why, and what came of it."""
    with as_operator(data) as connection:
        given = said_if_more(latest(connection, limit + 1), limit)
    if as_json:
        for one in given:
            print_json(one._asdict())
    elif given:
        print_table("Orders", COLUMNS, [_row(one) for one in given])
    else:
        print_nothing("No orders were given yet.", COLUMNS)


def _row(one: Order) -> list[str]:
    what = f"{one.verb} {len(one.letters)} letters" if one.letters else one.verb
    given = f"{one.given_at:%Y-%m-%d %H:%M}"
    came = came_of(one) or "done"
    return [str(one.number), what, one.worker, one.who, one.reason, given, came]
