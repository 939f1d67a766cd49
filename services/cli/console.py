"""What all commands of the command line share: exit codes, JSON or words, and where to find us."""

import asyncio
import json
import os
import sys
from collections.abc import Callable, Coroutine
from functools import wraps
from pathlib import Path
from typing import Any, Final, NoReturn, TypeVar

import click
import nats.errors
import psycopg
import uvloop
from rich.console import Console
from rich.table import Table

from services.embedded import AlreadyRunning
from services.engines import Engines, EnginesUnavailable, find
from services.logs import set_up
from services.requests import Reply
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
F = TypeVar("F", bound=Callable[..., Any])
T = TypeVar("T")


class Place:
    """Where this call of the command line finds its engines and the vault's key."""

    def __init__(self, data: Path | None) -> None:
        given = Settings()
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
        set_up(os.environ.get("LT_LOG_LEVEL", "warning"))
        try:
            return command(*args, **given)
        except (EnginesUnavailable, WrongMasterKey) as error:
            fail(str(error), UNREACHABLE)
        except AlreadyRunning as error:
            print_out(str(error))
        except psycopg.OperationalError:
            fail("PostgreSQL does not answer. `leading-together status` tells more.", UNREACHABLE)
        except (nats.errors.NoServersError, nats.errors.TimeoutError, ConnectionError):
            fail("NATS does not answer. `leading-together status` tells more.", UNREACHABLE)
        except BrokenPipeError:
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        except KeyboardInterrupt:
            fail("Stopped.", 130)
        return None

    return run  # type: ignore[return-value]  # the same signature


def run(work: Coroutine[Any, Any, T]) -> T:
    """Run to the end, on uvloop."""
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        return runner.run(work)


def fail(sentence: str, code: int) -> NoReturn:
    """One line to the error stream, and out."""
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
            near = ", ".join(reply.near or ()) or "see `leading-together do --list`"
            return [f"There is no such command. Did you mean: {near}?"]
        case _:
            return [reply.sentence or reply.status]
