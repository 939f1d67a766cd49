"""`ops dead-letters` and `ops show`: what is lost until somebody has resolved it."""

from collections.abc import Sequence
from pathlib import Path
from typing import Final

import click

from services.cli.console import (
    AT_MOST,
    data_option,
    details,
    json_option,
    print_beside,
    print_json,
    print_nothing,
    print_out,
    print_table,
    said_if_more,
    table_options,
)
from services.cli.leaving import REFUSED, fail, guarded
from services.cli.ops.options import as_operator, chosen, filter_options
from services.dead_letters import parking as dead
from services.dead_letters.parking import OPEN, STATES, FaultGroup, Filter, Listed
from services.notices.ledger import InState, lost
from services.operations.choosing import in_sight
from services.operations.dead_letter import whole

NONE: Final = "There are no dead letters."
GROUPS: Final = ["worker", "cause", "fact", "dead", "waiting", "oldest", "newest", "letter"]
LETTERS: Final = ["letter", "worker", "key", "position", "fact", "state", "cause", "attempts"]
LOST_NOTICES: Final = (
    "Notices {state}: {number}, due since {oldest:%Y-%m-%d %H:%M}; nobody may have had them. "
    "Look at them with `leading-together show notices --where state={state}`, and settle each "
    "with `leading-together ops notice`."
)


@click.command()
@filter_options
@click.option(
    "--state",
    type=click.Choice((*STATES, "all")),
    help="Only those in this state, also when it is settled (default: dead and waiting).",
)
@click.option("--group/--each", default=True, help="By cause (default), or one by one.")
@click.option("--limit", type=AT_MOST, default=500, help="With --each, at most so many.")
@table_options
@data_option
@guarded
def dead_letters(  # noqa: PLR0917 - click hands options over by name
    worker: str | None,
    key: str | None,
    cause: str | None,
    state: str | None,
    group: bool,
    limit: int,
    as_json: bool,
    data: Path | None,
) -> None:
    """Show what workers could not take in, by cause, and notices that may be lost."""
    states = {None: OPEN, "all": STATES}.get(state, (str(state),))
    which = chosen(worker, key, cause)
    with as_operator(data) as connection:
        notices = lost(connection) if which == Filter() and states == OPEN else []
        meant = in_sight(connection, which, states)
        if group:
            _print_groups(dead.grouped(connection, meant), notices, as_json=as_json)
        else:
            letters = said_if_more(dead.listed(connection, meant, limit + 1), limit)
            _print_letters(letters, as_json=as_json)


def _print_groups(found: list[FaultGroup], notices: list[InState], *, as_json: bool) -> None:
    if as_json:
        print_json(
            {
                "causes": [one._asdict() for one in found],
                "notices": [one._asdict() for one in notices],
            }
        )
        return
    if found:
        print_table("Dead letters", GROUPS, [_group_row(one) for one in found])
        print_beside("`leading-together ops show LETTER` tells more of one.")
    else:
        print_nothing(NONE, GROUPS)
    for one in notices:
        print_beside(LOST_NOTICES.format(**one._asdict()))


def _group_row(one: FaultGroup) -> list[str]:
    settled = {"done": one.done, "discarded": one.discarded}
    return [
        one.worker,
        ": ".join(filter(None, (one.error, one.problem))) or "waits for its turn",
        one.fact,
        ", ".join([str(one.dead), *(f"{n} {state}" for state, n in settled.items() if n)]),
        str(one.waiting),
        f"{one.oldest:%Y-%m-%d %H:%M}",
        f"{one.newest:%Y-%m-%d %H:%M}",
        str(one.sample),
    ]


def _print_letters(found: Sequence[Listed], *, as_json: bool) -> None:
    if as_json:
        for one in found:
            print_json(one._asdict())
    elif found:
        rows = [[*map(str, (one.letter, *one[1:6])), _why(one), str(one.attempts)] for one in found]
        print_table("Letters", LETTERS, rows)
    else:
        print_nothing(NONE, LETTERS)


def _why(one: Listed) -> str:
    if one.state == "waiting":
        return f"waits behind {one.ahead}" if one.ahead else "waits for its turn"
    return ": ".join(filter(None, (one.error, one.problem)))


@click.command(name="show")
@click.argument("letter", type=int)
@json_option
@data_option
@guarded
def show_letter(letter: int, as_json: bool, data: Path | None) -> None:
    """Show one dead letter: its event, its fault, what waits behind it, what was done about it.

    What is personal stays sealed. Exit codes: 0 done, 1 no such dead letter, 3 engines unreachable.
    """
    with as_operator(data) as connection:
        found = whole(connection, letter)
    if found is None:
        fail(f"There is no dead letter {letter}.", REFUSED)
    if as_json:
        print_json(found)
    else:
        print_out(*details(found))
