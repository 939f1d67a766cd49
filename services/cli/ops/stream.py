"""`ops stream`: the stream held against the log, and made anew from it."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, Final, NoReturn

import click
import psycopg
from nats.js.errors import NotFoundError
from rich.console import Console

from services.cli.console import Installation, data_option, json_option, print_err, run
from services.cli.leaving import INTERRUPTED, REFUSED, UNREACHABLE, fail, guarded
from services.cli.ops.options import (
    as_operator,
    by,
    reason_option,
    sure,
    tell,
    who_option,
    yes_option,
)
from services.cli.ops.replaced import replaced_messages
from services.cli.ops.waiting import progress_on
from services.clock import SystemClock
from services.dead_letters.orders import give
from services.engines.addresses import Engines
from services.operations.stream import (
    VERB,
    finished,
    rebuilt,
    verified,
    was_begun,
    why_it_may_not_be_rebuilt,
)
from services.stream.advice import ADVICE, DECIDE
from services.stream.comparing import Verified
from services.stream.copying import StreamIsNotACopy
from services.stream.rebuilding import Elsewhere, NotDecided, Rebuilt

NO_STREAM: Final = "There is no stream: `leading-together provision` makes it."
UNDECIDED: Final = (
    "The stream was not made anew, because what it has instead of the log may be what is right: the"
    f" log may have been restored from an older backup, or tampered with. {DECIDE} If the log is"
    " right, say --log-is-right: what differs is kept then, for `leading-together ops stream"
    " replaced`."
)
HALF_WAY: Final = "Stopped half-way: call it again, and it goes on."
NO_RIGHT: Final = (
    "Nothing was ordered: {refusal} Making the stream anew takes the rights of `owner` and `relay`;"
    " in containers, `docker compose run --rm stream` has them."
)


@click.group()
def stream() -> None:
    """Hold the stream of events against the log, and make it anew from it."""


stream.add_command(replaced_messages)


@stream.command(name="verify")
@json_option
@data_option
@guarded
def verify_stream(as_json: bool, data: Path | None) -> None:
    """Compare every message of the stream with the log: position, bytes and subject.

    Nothing is changed, and the relay may go on meanwhile.

    Exit codes: 0 equal, 1 they differ, 3 engines unreachable.
    """
    found = _found(Installation(data).engines(), quiet=as_json)
    if found is None:
        fail(NO_STREAM, UNREACHABLE)
    tell(_as_json(found), *in_words(found), as_json=as_json)
    if found.differing:
        raise SystemExit(REFUSED)


def _found(engines: Engines, *, quiet: bool) -> Verified | None:
    """What a comparison finds; None if there is no stream."""
    with suppress(NotFoundError), _progress("messages", quiet=quiet) as progress:
        return run(verified(engines, progress))
    return None


def _as_json(found: Verified) -> dict[str, Any]:
    differences = [{"position": at, "problem": problem} for at, problem in found.differences]
    return {**found._asdict(), "problem": found.problem, "differences": differences}


def in_words(found: Verified) -> list[str]:
    """What a comparison has found, and what to do."""
    if found.differing:
        extent = (
            f"The stream is not what the log is: {found.differing} of {found.stream} messages"
            f" differ. Up to {found.equal} they are equal; the log ends at {found.log}."
        )
        each = (f"  {problem}" for _, problem in found.differences)
        return [extent, *each, *_and_more(found), ADVICE]
    late = found.log - found.equal
    behind = f" {late} events are still on their way: the relay brings them." if late > 0 else ""
    return [f"All {found.equal} messages are what the log holds, byte for byte.{behind}"]


def _and_more(found: Verified) -> Iterator[str]:
    if more := found.differing - len(found.differences):
        yield f"  … and {more} more"


@stream.command(name="rebuild")
@click.option("--force", is_flag=True, help="Even if nothing is wrong with it.")
@click.option(
    "--log-is-right",
    is_flag=True,
    help="Needed where the stream has what the log has not: you have found out that the log is"
    " right. What differs is kept, and can be looked at with `ops stream replaced`.",
)
@click.option("--dry-run", is_flag=True, help="Only tell what is wrong and would be done.")
@reason_option
@who_option
@yes_option
@json_option
@data_option
@guarded
def rebuild_stream(  # noqa: PLR0917 - click hands options over by name
    force: bool,
    log_is_right: bool,
    dry_run: bool,
    reason: str | None,
    who: str | None,
    yes: bool,
    as_json: bool,
    data: Path | None,
) -> None:
    """Make the stream anew from the log, with all durable consumers and their places.

    Subscribers wait meanwhile and then go on from where stream and log were equal; what they had
    acknowledged out of order comes to them again. Interrupted and called again, it goes on.

    Exit codes: 0 done, 1 refused, 2 a wrong call, 3 engines unreachable.
    """
    me = by(data, who, "dry run" if dry_run else reason)
    installation = Installation(data)
    engines = installation.engines()
    if not dry_run:
        _must_be_allowed(engines)
    found = _found(engines, quiet=as_json)
    if dry_run:
        _tell_what_would_be(found, as_json=as_json)
        return
    _must_make_sense(engines, found, force=force, log_is_right=log_is_right)
    sure("Delete the stream, and fill a new one from the log?", yes=yes, as_json=as_json)
    with as_operator(data) as connection:
        number = give(connection, VERB, "relay", me, details={"log_is_right": log_is_right})
    with _progress("messages", quiet=as_json) as progress, _on_record(engines, number):
        replicas = installation.settings.replicas
        done = run(rebuilt(engines, replicas, log_is_right=log_is_right, progress=progress))
    was = found and found.problem
    finished(engines, number, {"was": was, **done._asdict()}, SystemClock().now())
    tell({**done._asdict(), "done": True}, rebuilt_in_words(done), as_json=as_json)


def _must_be_allowed(engines: Engines) -> None:
    if refusal := run(why_it_may_not_be_rebuilt(engines)):
        fail(NO_RIGHT.format(refusal=refusal), REFUSED)


def _must_make_sense(
    engines: Engines, found: Verified | None, *, force: bool, log_is_right: bool
) -> None:
    """Before anything is ordered."""
    begun = was_begun(engines)
    if found is None and not begun:
        fail(NO_STREAM, REFUSED)
    if found and found.differing and not log_is_right:
        _fail_undecided(found)
    if found and not (found.differing or force or begun):
        fail("Nothing is wrong with the stream. To make it anew all the same: --force.", REFUSED)


def _fail_undecided(found: Verified) -> NoReturn:
    print_err(*in_words(found))
    fail(UNDECIDED, REFUSED)


def _tell_what_would_be(found: Verified | None, *, as_json: bool) -> None:
    if found is None:
        words, answer = [NO_STREAM], {"problem": "there is no stream"}
    else:
        words, answer = in_words(found), _as_json(found)
        what = "It would be made anew." if found.differing else "Nothing is wrong with it."
        words.append(what)
    tell({**answer, "done": False}, *words, as_json=as_json)


@contextmanager
def _on_record(engines: Engines, order: int) -> Iterator[None]:
    """Whatever stands in the way of an order, it is finished, and says so."""
    try:
        yield
    except Elsewhere as error:
        _not_done(engines, order, str(error))
        fail(f"{error}.", REFUSED)
    except NotDecided as error:
        _not_done(engines, order, str(error))
        _fail_undecided(error.found)
    except StreamIsNotACopy as error:
        _not_done(engines, order, "the new stream was spoiled half-way, or the log changed")
        fail(str(error), REFUSED)
    except KeyboardInterrupt:
        _not_done(engines, order, "stopped half-way")
        fail(HALF_WAY, INTERRUPTED)
    except BaseException as error:
        _not_done(engines, order, f"stopped half-way: {type(error).__name__}")
        error.add_note(HALF_WAY)
        raise


def _not_done(engines: Engines, order: int, problem: str) -> None:
    with suppress(psycopg.Error):  # the next one says that this was interrupted
        finished(engines, order, {"problem": problem}, SystemClock().now())


def rebuilt_in_words(done: Rebuilt) -> str:
    """What the new stream has."""
    again = ", ".join(done.consumers) or "none"
    lost = f" Without a durable name, and so gone: {', '.join(done.lost)}." if done.lost else ""
    what_was = (
        f" What the old one had instead of the log is kept (messages: {done.replaced}):"
        " `leading-together ops stream replaced` shows it."
    )
    return (
        f"The stream has {done.messages} messages again. Consumers: {again}.{lost}"
        f"{what_was if done.replaced else ''}"
    )


@contextmanager
def _progress(what: str, *, quiet: bool) -> Iterator[Callable[[int, int], None]]:
    console = Console()
    hidden = quiet or not console.is_terminal
    with progress_on(console, hidden=hidden) as progress:
        task = progress.add_task(what, total=None)
        yield lambda done, total: progress.update(task, completed=done, total=total)
