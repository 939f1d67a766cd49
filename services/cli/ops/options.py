"""What the operators' commands share: who acts and why, how sure they are, on what."""

import getpass
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final, TypeVar

import click
import psycopg

from events.characters import unfit
from services.cli.console import Installation, print_json, print_out
from services.cli.leaving import INVALID, REFUSED, UNREACHABLE, fail
from services.clock import SystemClock
from services.crew import FOLLOWERS
from services.dead_letters.orders import By
from services.dead_letters.parking import Filter
from services.engines.connecting import connect
from services.engines.connections import BOUNDED
from services.escaping import line
from services.operations.choosing import HAVING_DEAD_LETTERS, may_have_dead_letters
from services.operations.stream import OPERATOR

F = TypeVar("F", bound=Callable[..., Any])
WHO: Final = "Say who you are, with --who or LT_OPERATOR: it is kept with what you do."
WHY: Final = "Say why, with --reason: it is kept with what you do. Name no person in it."


def who_option(command: F) -> F:
    """`--who NAME`, on every command that changes something."""
    return click.option(
        "--who",
        metavar="NAME",
        help="Who you are (default: LT_OPERATOR, else your login name).",
    )(command)


def reason_option(command: F) -> F:
    """`--reason TEXT`, on every command that changes something."""
    return click.option(
        "--reason", metavar="TEXT", help="Why; kept with what you do. Name no person in it."
    )(command)


def yes_option(command: F) -> F:
    """`--yes`, on commands that ask first."""
    return click.option("--yes", is_flag=True, help="Don't ask first; needed off a terminal.")(
        command
    )


def filter_options(command: F) -> F:
    """`--worker`, `--key` and `--cause`: which dead letters are meant."""
    for option in (
        click.option("--cause", metavar="TEXT", help="Only those with this in error or place."),
        click.option("--key", help="Only those of this key."),
        click.option(
            "--worker",
            metavar="WORKER",
            help=f"Only those of {', '.join(FOLLOWERS)} (projector: all read models), of one"
            " read model, or of one build of it.",
        ),
    ):
        command = option(command)
    return command


@contextmanager
def as_operator(data: Path | None) -> Iterator[psycopg.Connection]:
    """A connection with the rights of an operator, and no more. Nobody waits long for what a worker
    holds, which may be frozen.
    """
    url = Installation(data).engines().programme.get(OPERATOR)
    if url is None:
        fail(
            "The engines were started by an older version: stop them, and start again.", UNREACHABLE
        )
    with connect(url, **BOUNDED) as connection:
        yield connection


def by(data: Path | None, who: str | None, reason: str | None) -> By:
    """Who acts, why and when; a call without a reason ends here."""
    if not (reason or "").strip():
        fail(WHY, INVALID)
    why = _as_a_line("--reason", str(reason).strip())
    return By(name_of(data, who), why, SystemClock().now())


def name_of(data: Path | None, who: str | None) -> str:
    """Under which name it is kept what somebody does."""
    return _as_a_line("--who", who or Installation(data).settings.operator or _login())


def _as_a_line(option: str, words: str) -> str:
    if problem := unfit(words):
        fail(f"{option} {problem}.", INVALID)
    return words


def _login() -> str:
    try:
        return getpass.getuser()
    except (KeyError, OSError):  # a container's user has no name
        fail(WHO, INVALID)


def chosen(worker: str | None, key: str | None, cause: str | None) -> Filter:
    """The filter, if there may be dead letters of such a worker."""
    if worker and not may_have_dead_letters(worker):
        fail(f"{worker} has no dead letters. There are: {', '.join(HAVING_DEAD_LETTERS)}.", INVALID)
    return Filter(worker, key, cause)


def sure(question: str, *, yes: bool, as_json: bool) -> None:
    """Ask on a terminal, unless --yes was given; a script must give it."""
    if yes:
        return
    if as_json or not (sys.stdin.isatty() and sys.stdout.isatty()):
        fail("A script has to say --yes; what would be done, it may see with --dry-run.", INVALID)
    if not click.confirm(line(question), default=False):
        fail("Nothing was done.", REFUSED)


def tell(answer: Mapping[str, Any], *words: str, as_json: bool) -> None:
    """One answer, for scripts or for people, in lines."""
    if as_json:
        print_json(answer)
    else:
        print_out(*words)
