"""`show`: what the read models say, opened and told for the owner of a data folder, or as somebody
may read it.
"""

import asyncio
import json
from collections.abc import Callable, Mapping
from contextlib import closing, nullcontext
from datetime import date
from functools import partial
from pathlib import Path
from sys import maxsize
from typing import Any, Final, NamedTuple

import click

from events.calendar import local_day
from services.cli.conditions import TASKS, columns_of, conditions_in, with_ids
from services.cli.console import (
    AT_MOST,
    Installation,
    data_option,
    print_csv,
    print_err,
    print_json,
    print_out,
    print_table,
    run_until_interrupted,
    table_options,
)
from services.cli.leaving import INVALID, fail, guarded, wants_csv
from services.cli.naming import Names, Nowhere
from services.cli.reading import LATE, Follows, ToldNames, as_option, as_somebody
from services.cli.rows import MORE, cells_of, print_rows, whole
from services.door.requests import queries
from services.engines.addresses import only_the_bus
from services.reading.asking import EVENTS, FIND, OPENINGS, SHARED

MOST: Final = 500  # rows, if nobody wishes more
NOT_FOLLOWED: Final = (
    "{} is a list that is made when somebody asks, and can't be followed. Follow what it is made"
    " of: {}."
)
LEDGER: Final = "notices"
OF_THE_LEDGER: Final = "What was each person told, when, why, and what became of it?"
NOT_SHOWN: Final = (FIND, SHARED, EVENTS)
FOR_OPERATORS: Final = (
    "{} is for whoever runs the system, and read by nobody else: call it where the programme's"
    " database is named."
)
LAST: Final = date.max.isoformat()
Rows = list[dict[str, Any]]


def questions() -> dict[str, str]:
    """What there is to be shown, and which question each answers."""
    asked = {name: one["says"] for name, one in queries().items() if name not in NOT_SHOWN}
    return {**asked, LEDGER: OF_THE_LEDGER}


class ToShow(NamedTuple):
    """What is to be shown, how, and which columns it can have."""

    name: str
    columns: list[str]
    limit: int
    today: date | None
    follow: bool
    as_json: bool


@click.command()
@click.argument("projection", metavar="[NAME]", required=False)
@click.option(
    "--where",
    "conditions",
    multiple=True,
    metavar="COLUMN=[VALUE | @FILE | -]",
    help="Only rows with this value; `key` is the row's own. May be given often. Where ids stand, a"
    " name, a title or the end of an id will do. What is said of people is given in a file (@FILE)"
    " or on the input (-): everybody on this machine sees what is an argument, and your shell keeps"
    " it. So is a value that begins with @ itself, or is -.",
)
@click.option("--columns", "only_columns", is_flag=True, help="Name the columns that NAME has.")
@click.option("--follow", is_flag=True, help="Show again what changes, until Ctrl-C.")
@click.option(
    "--limit",
    type=AT_MOST,
    default=MOST,
    show_default=True,
    help="At most so many rows; if there are more, that is said.",
)
@as_option
@table_options
@data_option
@guarded
def show(  # noqa: PLR0917 - click hands options over by name
    projection: str | None,
    conditions: tuple[str, ...],
    only_columns: bool,
    follow: bool,
    limit: int,
    person: str | None,
    as_json: bool,
    data: Path | None,
) -> None:
    """Show a read model; without a name, which there are and what each answers.

    On a terminal people and things have their names beside the end of their ids, and a table has
    the columns for which there is room. One row alone is shown whole, with whole ids; --csv, --json
    and what is piped have all of every row.

    Whoever owns the data folder sees all of it, and it is kept whose values they opened. With --as,
    and on engines elsewhere, the worker `reader` answers what that person, or who is signed in, may
    read; followed, it is opened again where what is not sealed has changed. What was sent is for
    whoever runs the system.

    Exit codes: 0 done, 1 not yours to read, 2 no such read model, column or condition, or several
    that a name may mean, 3 engines unreachable.
    """
    if projection is None:
        _list(as_json=as_json)
        return
    _must_be_shown(projection, follow=follow)
    if only_columns and projection != LEDGER:
        _name_columns(columns_of(projection), as_json=as_json)
        return
    installation = Installation(data)
    if projection == LEDGER and person is None and not only_the_bus():
        from services.cli.looking import columns_of_the_ledger  # noqa: PLC0415 - as below

        url = installation.engines().programme["console"]
        columns = columns_of_the_ledger(url)
        if only_columns:
            _name_columns(columns, as_json=as_json)
            return
    else:
        url, columns = "", columns_of(projection) if projection != LEDGER else []
    today = _today(installation) if projection == TASKS else None
    asked = ToShow(projection, columns, limit, today, follow, as_json)
    if url:
        _show_sent(installation, url, conditions, asked)
    elif somebody := as_somebody(installation, person):
        if projection == LEDGER:
            fail(FOR_OPERATORS.format(projection), INVALID)
        names = Names(ToldNames(somebody))
        where = with_ids(conditions_in(conditions, projection, columns), projection, names)
        rows = partial(somebody.rows, projection, {"where": where}, late_too=True)
        again = Follows(somebody, projection, where, limit + 1) if follow else None
        _tell(asked, names, rows, again)
    else:
        _show_at_home(installation, conditions, asked)


def _today(installation: Installation) -> date:
    from services.identity.at_home import HomeClock  # noqa: PLC0415 - of all else no day is asked

    return local_day(HomeClock(installation.settings.data).now())


def _show_sent(
    installation: Installation, url: str, conditions: tuple[str, ...], asked: ToShow
) -> None:
    """What was sent to whom: whoever runs the system elsewhere is told no names."""
    from services.cli.looking import AtHome, sent  # noqa: PLC0415 - as below

    given = conditions_in(conditions, asked.name, asked.columns)
    vault = installation.vault("home") if installation.is_at_home() else None
    with closing(vault) if vault else nullcontext():
        home = installation.engines().programme["home"] if vault else ""
        names = Names(AtHome(installation, home, vault) if vault else Nowhere())
        where = with_ids(given, asked.name, names)
        _tell(asked, names, partial(sent, url, where))


def _show_at_home(installation: Installation, conditions: tuple[str, ...], asked: ToShow) -> None:
    from services.cli.looking import AtHome  # noqa: PLC0415 - to open it needs the models of all

    if asked.name == OPENINGS:
        fail("Whose openings? Name a person with --as.", INVALID)
    given = conditions_in(conditions, asked.name, asked.columns)
    vault = installation.vault("home")
    url = installation.engines().programme["home"]
    with closing(vault) if vault else nullcontext():
        home = AtHome(installation, url, vault)
        if not asked.follow and not home.is_by_now(asked.name):
            print_err(LATE)
        names = Names(home)
        where = with_ids(given, asked.name, names)
        rows = partial(home.rows, asked.name, where)
        _tell(asked, names, rows, partial(rows, asked.limit + 1, {}))


def by_day(projection: str, rows: Rows, today: date | None) -> Rows:
    """Tasks: the first day first, and each with whether its day is over. All else as it is."""
    if projection != TASKS or today is None:
        return rows
    judged = [{**row, "overdue": (row.get("day") or LAST) < today.isoformat()} for row in rows]
    return sorted(judged, key=lambda row: row.get("day") or LAST)


def _tell(
    asked: ToShow,
    names: Names,
    rows: Callable[[int], Rows],
    again: Callable[[], Rows] | None = None,
) -> None:
    """Rows up to so many, or what is found `again` and again."""
    if asked.follow:
        run_until_interrupted(_follow(asked, names, again or partial(rows, asked.limit + 1)))
        return
    most = maxsize if asked.name == TASKS else asked.limit + 1  # the last may be most urgent
    found = by_day(asked.name, rows(most), asked.today)
    print_rows(
        questions()[asked.name], asked.columns, found, asked.limit, names, as_json=asked.as_json
    )


def _must_be_shown(projection: str, *, follow: bool) -> None:
    if projection not in questions():
        there = ", ".join(questions())
        fail(f"There is no read model {projection[:80]}. There are: {there}.", INVALID)
    if follow and projection != LEDGER and (of := queries()[projection].get("of")):
        fail(NOT_FOLLOWED.format(projection, ", ".join(of)), INVALID)


def _list(*, as_json: bool) -> None:
    if as_json:
        print_json(questions())
    elif wants_csv():
        print_table("", ["name", "question"], [*questions().items()])
    else:
        for name, question in questions().items():
            print_out(f"{name:<20}{question}")


def _name_columns(columns: list[str], *, as_json: bool) -> None:
    if as_json:
        print_json(columns)
    elif wants_csv():
        print_csv(["column"], *([one] for one in columns))
    else:
        print_out(*columns)


async def _follow(asked: ToShow, names: Names, rows: Callable[[], Rows]) -> None:
    """Print each row when it is new or has changed."""
    seen: dict[str, str] = {}
    if wants_csv():
        print_csv(asked.columns)
    told = False
    while True:
        found = await asyncio.to_thread(rows)
        for row in found[: asked.limit]:
            text = json.dumps(row, ensure_ascii=False, default=str)
            if seen.get(row["key"]) != text:
                seen[row["key"]] = text
                await asyncio.to_thread(_print_one, row, asked, names)
        if len(found) > asked.limit and not told:
            print_err(MORE.format(limit=asked.limit))
            told = True
        await asyncio.sleep(0.5)


def _print_one(row: Mapping[str, Any], asked: ToShow, names: Names) -> None:
    if asked.as_json:
        print_json(row)
    elif wants_csv():
        print_csv(cells_of(row, asked.columns))
    else:
        print_out(*whole({**row}, names), "")
