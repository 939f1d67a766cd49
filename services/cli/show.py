"""`show`: what the read models say, opened and told for the owner of a data folder, or as somebody
may read it.
"""

import asyncio
import json
from collections.abc import Callable, Iterable, Mapping
from contextlib import closing, nullcontext
from datetime import date
from functools import partial
from itertools import islice
from pathlib import Path
from sys import maxsize
from typing import Any, Final

import click
import psycopg

from events.calendar import local_day
from projections.catalogue import LISTS, PROJECTIONS
from projections.tasks import TASKS
from services.cli.console import (
    Installation,
    data_option,
    details,
    is_short,
    json_option,
    print_err,
    print_json,
    print_out,
    print_table,
    run_until_interrupted,
)
from services.cli.given import words_in
from services.cli.leaving import INVALID, UNREACHABLE, fail, guarded
from services.cli.reading import Follows, as_option, as_somebody
from services.engines.addresses import only_the_bus
from services.engines.connecting import connect
from services.identity.at_home import HomeClock
from services.notices.ledger import ROWS
from services.read_models.builds import shown_position, view
from services.read_models.looking import AT_ONCE, Kept, look_at
from services.reading.pages import holds
from services.reading.table import EVENTS, FIND, OPENINGS, SHARED, TABLE
from services.reading.trail import BY_OWNER, Noting, NotNoted
from services.vault.vault import Vault

LEDGER = "notices"
NOT_FOLLOWED: Final = (
    "{} is a list that is made when somebody asks, and can't be followed. Follow what it is made"
    " of: {}."
)
QUESTIONS = {
    **{name: one.question for name, one in TABLE.items() if name not in (FIND, SHARED, EVENTS)},
    **{name: one.question for name, one in LISTS.items()},
    LEDGER: "What was each person told, when, why, and what became of it?",
}
FOR_OPERATORS: Final = (
    "{} is for whoever runs the system, and read by nobody else: call it where the programme's"
    " database is named."
)
LAST: Final = date.max.isoformat()
Rows = list[dict[str, Any]]


@click.command()
@click.argument("projection", required=False)
@click.option(
    "--where",
    "conditions",
    multiple=True,
    metavar="KEY=[VALUE | @FILE | -]",
    help="Only rows with this value; `key` is the row's own. May be given often. What is said of"
    " people is given in a file (@FILE) or on the input (-): everybody on this machine sees what is"
    " an argument, and your shell keeps it. So is a value that begins with @ itself, or is -.",
)
@click.option("--follow", is_flag=True, help="Show again what changes, until Ctrl-C.")
@click.option("--limit", type=click.IntRange(1), default=500, help="At most so many rows.")
@as_option
@json_option
@data_option
@guarded
def show(  # noqa: PLR0917 - click hands options over by name
    projection: str | None,
    conditions: tuple[str, ...],
    follow: bool,
    limit: int,
    person: str | None,
    as_json: bool,
    data: Path | None,
) -> None:
    """Show a read model; without a name, which there are.

    Whoever owns the data folder sees all of it, and it is kept whose values they opened. With --as,
    and on engines elsewhere, the worker `reader` answers what that person, or who is signed in, may
    read; followed, it is opened again where what is not sealed has changed. What was sent is for
    whoever runs the system.

    Exit codes: 0 done, 1 not yours to read, 2 no such read model or condition, 3 engines
    unreachable.
    """
    if projection is None:
        _list(as_json=as_json)
        return
    _must_be_shown(projection, follow=follow)
    installation = Installation(data)
    where, today = _where(conditions), local_day(HomeClock(installation.settings.data).now())
    how: Any = {"today": today, "follow": follow, "as_json": as_json}
    if projection == LEDGER and person is None and not only_the_bus():
        url = installation.engines().programme["console"]
        sent = partial(_sent, url, where)
        _tell(projection, sent, partial(sent, limit), limit, **how)
        return
    if somebody := as_somebody(installation, person):
        if projection == LEDGER:
            fail(FOR_OPERATORS.format(projection), INVALID)
        asked = partial(somebody.rows, projection, {"where": where})
        again = Follows(somebody, projection, where, limit) if follow else partial(asked, limit)
        _tell(projection, asked, again, limit, **how)
        return
    if projection == OPENINGS:
        fail("Whose openings? Name a person with --as.", INVALID)
    vault = installation.vault("home")
    url = installation.engines().programme["home"]
    with closing(vault) if vault else nullcontext():
        looked_at = _listed if projection in LISTS else _rows
        rows = partial(looked_at, url, projection, where, vault)
        again = partial(rows, limit, Kept())
        _tell(projection, rows, again, limit, **how)


def by_day(projection: str, rows: Rows, today: date) -> Rows:
    """Tasks: the first day first, and each with whether its day is over. All else as it is."""
    if projection != TASKS.name:
        return rows
    judged = [{**row, "overdue": (row.get("day") or LAST) < today.isoformat()} for row in rows]
    return sorted(judged, key=lambda row: row.get("day") or LAST)


def _tell(
    projection: str,
    rows: Callable[[int], Rows],
    again: Callable[[], Rows],
    limit: int,
    *,
    today: date,
    follow: bool,
    as_json: bool,
) -> None:
    """Rows up to so many, or what is found `again` and again."""
    if follow:
        run_until_interrupted(_follow(again, as_json=as_json))
    else:
        most = maxsize if projection == TASKS.name else limit + 1  # the last may be most urgent
        found = by_day(projection, rows(most), today)
        _print(projection, found, limit, as_json=as_json)


def _must_be_shown(projection: str, *, follow: bool) -> None:
    if projection not in QUESTIONS:
        fail(f"There is no read model {projection}. There are: {', '.join(QUESTIONS)}.", INVALID)
    if follow and projection in LISTS:
        fail(NOT_FOLLOWED.format(projection, ", ".join(LISTS[projection].of)), INVALID)


def _list(*, as_json: bool) -> None:
    if as_json:
        print_json(QUESTIONS)
        return
    for name, question in QUESTIONS.items():
        print_out(f"{name:<20}{question}")


def _where(conditions: Iterable[str]) -> dict[str, str]:
    """The values that are asked for, by their names."""
    given = dict(map(_condition, conditions))
    if [*given.values()].count("-") > 1:
        fail("Only one value can be on the input: give the others in files, with @FILE.", INVALID)
    return {key: _value(value) for key, value in given.items()}


def _condition(text: str) -> tuple[str, str]:
    key, equals, value = text.partition("=")
    if not equals or not key:
        fail(f"A condition looks like KEY=VALUE, not {text}.", INVALID)
    return key, value


def _value(given: str) -> str:
    """It, or what is in its file or on the input, without the end of the last line."""
    found = words_in(given)
    return given if found is None else found.removesuffix("\n").removesuffix("\r")


def _rows(  # noqa: PLR0917 - each is one thing that is asked
    url: str,
    projection: str,
    where: Mapping[str, str],
    vault: Vault | None,
    limit: int,
    kept: Kept | None = None,
) -> Rows:
    known = PROJECTIONS[projection]
    try:
        with connect(url) as connection, connect(url, autocommit=True) as noting:
            position = shown_position(noting, projection)
            note = Noting(noting, f"show {projection}", BY_OWNER, position)
            before = note.rows if vault else list
            at_once = min(limit, AT_ONCE)
            found = look_at(
                connection, view(projection), known, where, vault, before, at_once, kept
            )
            return list(islice(found, limit))
    except psycopg.errors.UndefinedTable:
        fail("This read model is not there yet: start the worker `projector`.", UNREACHABLE)
    except NotNoted as problem:
        fail(str(problem), UNREACHABLE)


def _listed(
    url: str,
    projection: str,
    where: Mapping[str, str],
    vault: Vault | None,
    limit: int,
    _kept: Kept | None = None,
) -> Rows:
    """A list, made of whole read models."""

    def ask(name: str, chosen: Mapping[str, str]) -> Rows:
        return _rows(url, name, chosen, vault, maxsize)

    made = LISTS[projection].rows(ask, where)
    return list(islice((row for row in made if holds(row, where)), limit))


def _sent(url: str, where: Mapping[str, str], limit: int) -> Rows:
    """The ledger, in which nothing is sealed."""
    with connect(url) as connection:
        return list(islice(look_at(connection, ROWS, None, where, None), limit))


def _print(projection: str, found: Rows, limit: int, *, as_json: bool) -> None:
    rows = found[:limit]
    if as_json:
        for row in rows:
            print_json(row)
    elif len(rows) == 1:
        print_out(*details(rows[0]))
    elif rows:
        columns = [key for key in rows[0] if any(is_short(row.get(key)) for row in rows)]
        cells = [[_cell(row.get(column)) for column in columns] for row in rows]
        print_table(QUESTIONS.get(projection, projection), columns, cells)
    else:
        print_out("Nothing to show.")
    if len(found) > limit:
        print_err("There are more: say which with --where, or give a larger --limit.")


def _cell(value: Any) -> str:
    return "" if value is None else str(value)


async def _follow(rows: Callable[[], Rows], *, as_json: bool) -> None:
    """Print each row when it is new or has changed."""
    seen: dict[str, str] = {}
    while True:
        for row in await asyncio.to_thread(rows):
            text = json.dumps(row, ensure_ascii=False, default=str)
            if seen.get(row["key"]) != text:
                seen[row["key"]] = text
                print_out(*([text] if as_json else [*details(row), ""]))
        await asyncio.sleep(0.5)
