"""How a call of the command line ends: exit codes, and one clear line instead of a traceback."""

import errno
import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from functools import wraps
from pathlib import Path
from typing import Any, Final, Literal, NoReturn, TypeVar

import click
import psycopg
from nats.errors import Error as NatsError
from nats.js.errors import NotFoundError
from pydantic import ValidationError

from services.diagnostics import set_up
from services.door.replies import Reply
from services.engines.addresses import AlreadyRunning, EnginesUnavailable
from services.engines.faults import Kind, kind_of
from services.engines.schema import NO_TABLES, WrongFormat
from services.escaping import line
from services.files import WrongFile, why_not_made
from services.log.lost import LostPart
from services.patience import in_haste
from services.process.health import CantListen
from services.secrecy import no_core_dumps
from services.settings import Settings, WrongSetting
from services.vault.vault import UNOPENED

DONE, REFUSED, INVALID, UNREACHABLE = 0, 1, 2, 3
INTERRUPTED: Final = 130
AS_CSV: Final = "as_csv"  # in what click keeps of a call
ENGINES_FAULTS: Final = (psycopg.Error, NatsError, OSError, ExceptionGroup)
TABLES_MISSING: Final = (
    "The tables are not there, or not for this role: run `leading-together provision` as owner."
)
HELD: Final = (
    "Somebody else holds what this needs, and does not let it go: a worker that has frozen, say."
    " `leading-together status` tells more; then call it again."
)
WHAT_TO_DO: Final[dict[Kind, str]] = {
    "away": "`leading-together status` tells more.",
    "refused": (
        "Is it the right user's URL? `leading-together provision` gives the roles of the database"
        " their rights; those of NATS users stand in its configuration."
    ),
    "unsafe": "Then call it again.",
    "full": "Make room, and call it again.",
}
OF_FOLDERS: Final = frozenset(
    {errno.EACCES, errno.EPERM, errno.ENOTDIR, errno.ENAMETOOLONG, errno.ELOOP, errno.EROFS}
)
NotDone = Literal["invalid", "busy", "unanswered"]
F = TypeVar("F", bound=Callable[..., Any])
_CALL: ContextVar[click.Context | None] = ContextVar("call", default=None)
"""What was called, also for threads of ours, which click knows nothing of."""


def guarded(command: F) -> F:
    """Turns what can go wrong outside into one clear line and the exit code for it."""

    @wraps(command)
    def run(*args: Any, **given: Any) -> Any:
        no_core_dumps()
        _CALL.set(click.get_current_context(silent=True))
        try:
            if wants_csv() and wants_json():
                fail("Say --csv or --json, not both.", INVALID)
            settings = environment()
            set_up(settings.log_level if "LT_LOG_LEVEL" in os.environ else "warning")
            with in_haste(), _engines_explained():
                return command(*args, **given)
        except AlreadyRunning as error:
            fail(str(error), REFUSED)
        except WrongFile as error:
            fail(str(error), INVALID)
        except BrokenPipeError:  # whoever read our output has seen enough
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return None

    return run  # type: ignore[return-value]  # the same signature


@contextmanager
def _engines_explained() -> Iterator[None]:
    try:
        yield
    except (EnginesUnavailable, WrongFormat, CantListen, LostPart, *UNOPENED) as error:
        fail(" ".join(str(error).split()), UNREACHABLE)
    except BrokenPipeError:
        raise
    except ENGINES_FAULTS as error:
        sentence = explained(error)
        if sentence is None:
            raise
        fail(" ".join([sentence, *getattr(error, "__notes__", ())]), UNREACHABLE)


def explained(error: BaseException) -> str | None:
    """What the fault of an engine means and what to do; None if the engines are not to blame."""
    kind, problem = kind_of(error)
    if kind in WHAT_TO_DO:
        return f"{problem} {WHAT_TO_DO[kind]}"
    if isinstance(error, OSError) and error.errno in OF_FOLDERS and error.filename:
        return why_not_made(Path(os.fsdecode(error.filename)), error)
    sentences: tuple[tuple[type[BaseException] | tuple[type[BaseException], ...], str], ...] = (
        (NO_TABLES, TABLES_MISSING),
        (NotFoundError, problem),
        (psycopg.errors.LockNotAvailable, HELD),
        (
            psycopg.OperationalError,
            f"PostgreSQL could not do it now ({problem}): call it again.",
        ),
    )
    return next((words for kinds, words in sentences if isinstance(error, kinds)), None)


@contextmanager
def also_saying(words: str) -> Iterator[None]:
    """If this is interrupted by the fault of an engine, these words are said too."""
    try:
        yield
    except ENGINES_FAULTS as error:
        error.add_note(words)
        raise


def environment() -> Settings:
    """The settings; one that is wrong ends this call with a line that names it."""
    from services.cli.settings_that_work import must_work  # noqa: PLC0415 - it fails by this module

    try:
        must_work()
        return Settings()
    except WrongSetting as error:
        fail(str(error), INVALID)
    except ValidationError as error:
        wrong = (f"LT_{one['loc'][0]}".upper() + f": {one['msg']}." for one in error.errors())
        fail(" ".join(wrong), INVALID)


def wants_json() -> bool:
    """Whether whoever calls wants JSON, asked from whichever thread."""
    context = _CALL.get()
    return bool(context and context.params.get("as_json"))


def wants_csv() -> bool:
    """The same of CSV."""
    context = _CALL.get()
    return bool(context and context.meta.get(AS_CSV))


def fail(sentence: str, code: int, status: NotDone | None = None) -> NoReturn:
    """One line to the error stream, and out; with --json also an answer formed as the door's.

    `status` is that answer's, if not what follows from the exit code.
    """
    if wants_json() and code in (INVALID, UNREACHABLE):
        status = status or ("invalid" if code == INVALID else "busy")
        context = _CALL.get()
        command = context.params.get("command_id") if context else None
        reply = Reply(status=status, command=command, sentence=sentence)
        click.echo(line(reply.model_dump_json(exclude_none=True)), file=sys.stdout)
    click.echo(line(sentence), file=sys.stderr)
    raise SystemExit(code)
