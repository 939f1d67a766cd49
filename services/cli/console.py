"""What all commands of the command line share: exit codes, JSON or words, and where to find us."""

import asyncio
import json
import os
import sys
from collections.abc import Callable, Coroutine, Iterator
from contextlib import contextmanager, suppress
from functools import wraps
from pathlib import Path
from typing import Any, Final, NoReturn, TypeVar

import click
import nats.errors
import psycopg
import uvloop
from pydantic import ValidationError
from rich.console import Console
from rich.table import Table

from services.embedded import AlreadyRunning
from services.engines import Engines, EnginesUnavailable, find
from services.logs import set_up
from services.requests import Reply
from services.schema import WrongFormat
from services.settings import Settings
from services.vault import Vault, WrongMasterKey, master_key

DONE, REFUSED, INVALID, UNREACHABLE = 0, 1, 2, 3
OF_STATUS: Final = {
    "accepted": DONE,
    "refused": REFUSED,
    "invalid": INVALID,
    "unknown": INVALID,
    "busy": UNREACHABLE,
    "failed": UNREACHABLE,
}
INTERRUPTED: Final = 130
LIST_THEM: Final = "`leading-together do --list` shows which there are."
NOT_PROVISIONED: Final = (
    psycopg.errors.UndefinedTable,
    psycopg.errors.InvalidSchemaName,
    psycopg.errors.InsufficientPrivilege,
)
NO_BUS: Final = (
    nats.errors.NoServersError,
    nats.errors.TimeoutError,
    ConnectionRefusedError,
    ConnectionResetError,
)
NO_TABLES: Final = (
    "The tables are not there, or not for this role: run `leading-together provision` as owner."
)
F = TypeVar("F", bound=Callable[..., Any])
T = TypeVar("T")


class Place:
    """Where this call of the command line finds its engines and the vault's key."""

    def __init__(self, data: Path | None) -> None:
        given = environment()
        self.settings = given.model_copy(update={"data": data}) if data else given
        self.data = data

    def engines(self) -> Engines:
        """The engines; raises EnginesUnavailable with what to do."""
        return find(self.data)

    def vault(self) -> Vault | None:
        """The vault as a reader, or None if we don't hold its master key."""
        try:
            master = master_key(self.settings.master_key)
        except WrongMasterKey:
            return None
        return Vault(self.engines().vault["reader"], master)


def environment() -> Settings:
    """The settings; one that is wrong ends this call with a line that names it."""
    try:
        return Settings()
    except ValidationError as error:
        wrong = (f"LT_{one['loc'][0]}".upper() + f": {one['msg']}." for one in error.errors())
        fail(" ".join(wrong), INVALID)


def data_option(command: F) -> F:
    """`--data DIR`, on every command that needs engines."""
    return click.option(
        "--data",
        type=click.Path(file_okay=False, path_type=Path),
        help="The data folder of the embedded engines (default: LT_DATA, else var).",
    )(command)


def json_option(command: F) -> F:
    """`--json`, on every command that prints."""
    return click.option("--json", "as_json", is_flag=True, help="Print JSON, for scripts.")(command)


def guarded(command: F) -> F:
    """Turns what can go wrong outside into one clear line and the exit code for it."""

    @wraps(command)
    def run(*args: Any, **given: Any) -> Any:
        try:
            set_up(environment().log_level if "LT_LOG_LEVEL" in os.environ else "warning")
            with _engines_explained():
                return command(*args, **given)
        except AlreadyRunning as error:
            print_out(str(error))
        except BrokenPipeError:  # whoever read our output has seen enough
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        except KeyboardInterrupt:
            fail("Stopped.", INTERRUPTED)
        return None

    return run  # type: ignore[return-value]  # the same signature


@contextmanager
def _engines_explained() -> Iterator[None]:
    try:
        yield
    except (EnginesUnavailable, WrongMasterKey, WrongFormat) as error:
        fail(str(error), UNREACHABLE)
    except NOT_PROVISIONED:
        fail(NO_TABLES, UNREACHABLE)
    except psycopg.OperationalError:
        fail("PostgreSQL does not answer. `leading-together status` tells more.", UNREACHABLE)
    except NO_BUS:
        fail("NATS does not answer. `leading-together status` tells more.", UNREACHABLE)


def run(work: Coroutine[Any, Any, T]) -> T:
    """Run to the end, on uvloop."""
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        return runner.run(work)


def run_until_interrupted(work: Coroutine[Any, Any, None]) -> None:
    """Run what has no end of its own: Ctrl-C is how people end it."""
    with suppress(KeyboardInterrupt):
        run(work)


def fail(sentence: str, code: int) -> NoReturn:
    """One line to the error stream, and out; with --json also an answer formed as the door's."""
    context = click.get_current_context(silent=True)
    if context and context.params.get("as_json") and code in (INVALID, UNREACHABLE):
        reply = Reply(status="invalid" if code == INVALID else "busy", sentence=sentence)
        click.echo(reply.model_dump_json(exclude_none=True))
    click.echo(sentence, err=True)
    raise SystemExit(code)


def print_out(text: str) -> None:
    """One or more lines for people."""
    click.echo(text)


def print_json(value: Any) -> None:
    """One line of JSON."""
    click.echo(json.dumps(value, ensure_ascii=False, default=str))


def print_table(title: str, columns: list[str], rows: list[list[str]]) -> None:
    """A table that a screen reader can follow too: a header, no box drawings off a terminal."""
    console = Console(soft_wrap=False)
    if not console.is_terminal:
        for line in [columns, *rows]:
            click.echo("\t".join(line))
        return
    table = Table(title=title, title_justify="left", box=None, pad_edge=False)
    for column in columns:
        table.add_column(column, overflow="fold")
    for row in rows:
        table.add_row(*row)
    console.print(table, markup=False)


def answer(reply: Reply, *, as_json: bool) -> NoReturn:
    """Print what the door said, and leave with the exit code for it."""
    if as_json:
        click.echo(reply.model_dump_json(exclude_none=True))
    else:
        for line in words_for(reply):
            click.echo(line, err=reply.status != "accepted")
    raise SystemExit(OF_STATUS[reply.status])


def words_for(reply: Reply) -> list[str]:
    """An answer in words."""
    match reply.status:
        case "accepted" if reply.events:
            return [f"{one.position}  {one.name}  {one.subject}" for one in reply.events]
        case "accepted":
            return ["It was so already; nothing was recorded."]
        case "refused":
            return [f"Refused ({reply.code}): {reply.sentence}"]
        case "invalid":
            fields = [
                f"  {one.field or 'the request'}: {one.problem}" for one in reply.fields or ()
            ]
            return ["The command is not well-formed; nothing was recorded.", *fields]
        case "unknown":
            near = f"Did you mean: {', '.join(reply.near)}?" if reply.near else LIST_THEM
            return [f"There is no such command. {near}"]
        case _:
            return [reply.sentence or reply.status]
