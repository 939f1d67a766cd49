"""How a call of the command line ends: exit codes, and one clear line instead of a traceback."""

import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import wraps
from typing import Any, Final, NoReturn, TypeVar

import click
import nats.errors
import psycopg
from pydantic import ValidationError

from services.diagnostics import set_up
from services.door.wire import Reply
from services.engines.addresses import EnginesUnavailable
from services.engines.embedded import AlreadyRunning
from services.engines.schema import NO_TABLES, WrongFormat
from services.process.health import CantListen
from services.settings import Settings
from services.vault.vault import UNOPENED

DONE, REFUSED, INVALID, UNREACHABLE = 0, 1, 2, 3
INTERRUPTED: Final = 130
NOT_PROVISIONED: Final = (*NO_TABLES, psycopg.errors.InsufficientPrivilege)
NO_BUS: Final = (
    nats.errors.NoServersError,
    nats.errors.TimeoutError,
    ConnectionRefusedError,
    ConnectionResetError,
)
TABLES_MISSING: Final = (
    "The tables are not there, or not for this role: run `leading-together provision` as owner."
)
F = TypeVar("F", bound=Callable[..., Any])


def guarded(command: F) -> F:
    """Turns what can go wrong outside into one clear line and the exit code for it."""

    @wraps(command)
    def run(*args: Any, **given: Any) -> Any:
        try:
            set_up(environment().log_level if "LT_LOG_LEVEL" in os.environ else "warning")
            with _engines_explained():
                return command(*args, **given)
        except AlreadyRunning as error:
            click.echo(str(error))
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
    except (EnginesUnavailable, WrongFormat, CantListen, *UNOPENED) as error:
        fail(" ".join(str(error).split()), UNREACHABLE)
    except NOT_PROVISIONED:
        fail(TABLES_MISSING, UNREACHABLE)
    except psycopg.OperationalError:
        fail("PostgreSQL does not answer. `leading-together status` tells more.", UNREACHABLE)
    except NO_BUS:
        fail("NATS does not answer. `leading-together status` tells more.", UNREACHABLE)


def environment() -> Settings:
    """The settings; one that is wrong ends this call with a line that names it."""
    try:
        return Settings()
    except ValidationError as error:
        wrong = (f"LT_{one['loc'][0]}".upper() + f": {one['msg']}." for one in error.errors())
        fail(" ".join(wrong), INVALID)


def fail(sentence: str, code: int) -> NoReturn:
    """One line to the error stream, and out; with --json also an answer formed as the door's."""
    context = click.get_current_context(silent=True)
    if context and context.params.get("as_json") and code in (INVALID, UNREACHABLE):
        reply = Reply(status="invalid" if code == INVALID else "busy", sentence=sentence)
        click.echo(reply.model_dump_json(exclude_none=True))
    click.echo(sentence, err=True)
    raise SystemExit(code)
