"""What all commands of the command line share: where our engines are, and JSON or words.

Whatever is printed goes through here, or through `fail`: so no word of anybody's is more than that.
"""

import asyncio
import json
import os
import sys
from collections.abc import Callable, Collection, Coroutine, Iterable, Iterator, Sequence
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, NoReturn, TypeVar

import click
import uvloop

from services.cli.leaving import (
    AS_CSV,
    DONE,
    INVALID,
    REFUSED,
    UNREACHABLE,
    environment,
    fail,
    wants_csv,
)
from services.door.replies import FieldProblem, Reply
from services.engines.addresses import BusAddress, Engines, find, find_buses, only_the_bus
from services.escaping import comma_separated, line, quotation, tab_separated
from services.files import why_no_folder
from services.process.station import keys_of
from services.vault.epochs import master_key
from services.vault.vault import Vault, WrongMasterKey

if TYPE_CHECKING:
    from rich.text import Text

OF_STATUS: Final = {
    "accepted": DONE,
    "refused": REFUSED,
    "invalid": INVALID,
    "unknown": INVALID,
    "busy": UNREACHABLE,
    "unanswered": UNREACHABLE,
    "failed": UNREACHABLE,
}
LIST_THEM: Final = "`leading-together do --list` shows which there are."
AT_MOST: Final = click.IntRange(1, 1_000_000)
"""How many rows somebody may ask for."""
MORE: Final = "There are more: {limit} are shown. Ask for fewer, or give a larger --limit."
F = TypeVar("F", bound=Callable[..., Any])
T = TypeVar("T")


class Installation:
    """Where this call of the command line finds its engines and the vault's key."""

    def __init__(self, data: Path | None) -> None:
        given = environment()
        if data and (problem := why_no_folder(data)):
            fail(f"--data must name a folder: {problem}", INVALID)
        self.settings = given.model_copy(update={"data": data}) if data else given
        self.data = data

    def engines(self) -> Engines:
        """The engines; raises EnginesUnavailable with what to do."""
        return find(self.data)

    def buses(self) -> Engines:
        """The engines without a database, for who needs none; raises EnginesUnavailable."""
        return find_buses(self.data)

    def bus(self) -> BusAddress:
        """The bus, as the command line comes in there. Raises EnginesUnavailable."""
        return self.buses().nats["client"]

    def is_at_home(self) -> bool:
        """Whether the engines are embedded in the data folder of whoever calls, and run: they alone
        may look into the databases. Raises EnginesUnavailable.
        """
        return not only_the_bus() and self.engines().are_ours

    def vault(self, role: str) -> Vault | None:
        """The vault as this role, or None if we don't hold its master key."""
        try:
            master_key(self.settings.master_key)
        except WrongMasterKey:
            return None
        return Vault(self.engines().vault[role], keys_of(self.settings))


def data_option(command: F) -> F:
    """`--data DIR`, on every command that needs engines."""
    return click.option(
        "--data",
        type=click.Path(path_type=Path),
        help="The data folder of the embedded engines (default: LT_DATA, else var).",
    )(command)


def json_option(command: F) -> F:
    """`--json`, on every command that prints."""
    return click.option("--json", "as_json", is_flag=True, help="Print JSON, for scripts.")(command)


def table_options(command: F) -> F:
    """`--csv` and `--json`, on every command that prints a table."""
    csv = click.option(
        "--csv",
        is_flag=True,
        expose_value=False,
        callback=_as_csv,
        help="Print CSV (RFC 4180), for spreadsheets: what could be a formula begins with '.",
    )
    return csv(json_option(command))


def _as_csv(context: click.Context, _: click.Parameter, wanted: bool) -> None:
    context.meta[AS_CSV] = wanted


def run(work: Coroutine[Any, Any, T]) -> T:
    """Run to the end, on uvloop."""
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        return runner.run(work)


def run_until_interrupted(work: Coroutine[Any, Any, None]) -> None:
    """Run what has no end of its own: Ctrl-C is how people end it."""
    with suppress(KeyboardInterrupt):
        run(work)


def print_out(*lines: str) -> None:
    """Lines for people. Each is one, whatever is in it: a line end in somebody's words is told."""
    for one in lines:
        click.echo(line(one), file=sys.stdout)


def print_err(*lines: str) -> None:
    """The same, beside what is printed."""
    for one in lines:
        click.echo(line(one), file=sys.stderr)


def print_json(value: Any) -> None:
    """One line of JSON."""
    print_out(json.dumps(value, ensure_ascii=False, default=str))


def print_table(
    title: str,
    columns: Sequence[str],
    rows: Sequence[Sequence["str | Text"]],
    numbers: Collection[str] = (),
) -> None:
    """A table that a screen reader can follow too: a header, no box drawings off a terminal.

    There it is one that a spreadsheet can open; with --csv it is a file of one. `numbers` are the
    columns that end where their header ends.
    """
    if wants_csv():
        print_csv(columns, *([str(cell) for cell in row] for row in rows))
    elif is_on_a_terminal():
        from services.cli.tables import print_laid_out  # noqa: PLC0415 - programs need none of it

        print_laid_out(title, columns, rows, numbers)
    else:
        for row in [columns, *rows]:
            click.echo(tab_separated(row), file=sys.stdout)


def is_on_a_terminal() -> bool:
    """Whether somebody sees what is printed, as it is printed."""
    if not (sys.stdout.isatty() or os.environ.get("FORCE_COLOR")):
        return False
    from rich.console import Console  # noqa: PLC0415 - it knows of more terminals

    return Console().is_terminal


def print_csv(*rows: Sequence[object]) -> None:
    """Rows of CSV, each with the line end that RFC 4180 wants."""
    for row in rows:
        click.echo(f"{comma_separated(row)}\r", file=sys.stdout)


def print_beside(*lines: str) -> None:
    """What is said of a table: on the output, but with --csv, which holds nothing else."""
    (print_err if wants_csv() else print_out)(*lines)


def print_nothing(sentence: str, columns: Sequence[str]) -> None:
    """That there are no rows: with --csv beside what is printed, which has a header alone."""
    if wants_csv():
        print_csv(columns)
    print_beside(sentence)


def said_if_more(found: Sequence[T], limit: int) -> Sequence[T]:
    """Up to so many of what was found, and a word if there is more."""
    if len(found) > limit:
        print_err(MORE.format(limit=limit))
    return found[:limit]


def answer(reply: Reply, *, as_json: bool, beside: str | None = None) -> NoReturn:
    """Print what the door said, and leave with the exit code for it; `beside` is said after words,
    and on the error stream.
    """
    if as_json:
        print_out(reply.model_dump_json(exclude_none=True))
    else:
        say = print_out if reply.status == "accepted" else print_err
        say(*words_for(reply))
        print_err(*([beside] if beside else ()))
    raise SystemExit(OF_STATUS[reply.status])


def words_for(reply: Reply) -> list[str]:
    """An answer in words."""
    match reply.status:
        case "accepted":
            return _done(reply)
        case "refused":
            return [f"Refused ({reply.code}): {reply.sentence}"]
        case "invalid":
            said = "The command is not well-formed; nothing was recorded."
            return [said, *problems(reply.fields)]
        case "unknown":
            near = f"Did you mean: {', '.join(reply.near)}?" if reply.near else LIST_THEM
            return [f"There is no such command. {near}"]
        case _:
            return [reply.sentence or reply.status]


def _done(reply: Reply) -> list[str]:
    """What was accepted; of what is told in confidence there are no positions."""
    if reply.told is not None:
        return json.dumps(reply.told, ensure_ascii=False, indent=2).splitlines()
    if reply.events is None and reply.ids:
        return [f"Done: {', '.join(reply.ids.values())}"]
    if reply.events:
        return [f"{one.position}  {one.name}  {one.subject}" for one in reply.events]
    return ["It was so already; nothing was recorded."]


def problems(fields: Iterable[FieldProblem] | None) -> Iterator[str]:
    """What is wrong with a request, a line for each field."""
    for one in fields or ():
        yield f"  {one.field or 'the request'}: {one.problem}"


def details(value: Any, indent: int = 0) -> Iterator[str]:
    """One row, whole: a line per value, parts indented; words of several lines as a quotation."""
    blanks = "  " * indent
    pairs = (
        value.items() if isinstance(value, dict) else ((f"{n}.", v) for n, v in enumerate(value, 1))
    )
    for key, part in pairs:
        if isinstance(part, dict | list) and part:
            if all(is_short(one) for one in (part if isinstance(part, list) else ())) and (
                isinstance(part, list)
            ):
                yield f"{blanks}{key}: {', '.join(map(_short, part))}"
            else:
                yield f"{blanks}{key}:"
                yield from details(part, indent + 1)
        elif isinstance(part, str) and len(part.splitlines()) > 1:
            yield f"{blanks}{key}:"
            yield from (f"{blanks}  {one}" for one in quotation(part))
        elif part not in (None, [], {}):
            yield f"{blanks}{key}: {_short(part)}"


def _short(value: Any) -> str:
    return json.dumps(value) if isinstance(value, bool) else str(value)


def is_short(value: Any) -> bool:
    """Whether a value fits into a cell or line of its own."""
    return value is not None and not isinstance(value, list | dict)
