"""`ops stream`: the stream held against the log, and made anew from it."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import click
from nats.js.errors import NotFoundError
from rich.console import Console

from services.cli.console import Installation, data_option, json_option, run
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
from services.cli.ops.waiting import progress_on
from services.clock import SystemClock
from services.dead_letters.orders import give
from services.operations.stream import finished, rebuilt, verified, was_begun, what_is_wrong
from services.stream.comparing import Verified
from services.stream.rebuilding import Elsewhere, Rebuilt


@click.group()
def stream() -> None:
    """Hold the stream of events against the log, and make it anew from it."""


@stream.command(name="verify")
@json_option
@data_option
@guarded
def verify_stream(as_json: bool, data: Path | None) -> None:
    """Compare every message of the stream with the log: position, bytes and subject.

    Nothing is changed, and the relay may go on meanwhile.

    Exit codes: 0 equal, 1 they differ, 3 engines unreachable.
    """
    engines = Installation(data).engines()
    try:
        with _progress("messages", quiet=as_json) as progress:
            found = run(verified(engines, progress))
    except NotFoundError:
        fail("There is no stream: `leading-together provision` makes it.", UNREACHABLE)
    tell(found._asdict(), in_words(found), as_json=as_json)
    if found.problem:
        raise SystemExit(REFUSED)


def in_words(found: Verified) -> str:
    """What a comparison has found, and what to do."""
    if found.problem:
        return (
            f"The stream is not what the log is: {found.problem}. Up to {found.equal} they are"
            " equal. If the log was restored from an older backup, and there is a newer one,"
            " restore that first. Then `leading-together ops stream rebuild` makes the stream anew."
        )
    late = found.log - found.equal
    behind = f" {late} events are still on their way: the relay brings them." if late > 0 else ""
    return f"All {found.equal} messages are what the log holds, byte for byte.{behind}"


@stream.command(name="rebuild")
@click.option("--force", is_flag=True, help="Even if nothing is wrong with it.")
@click.option("--dry-run", is_flag=True, help="Only tell what is wrong and would be done.")
@reason_option
@who_option
@yes_option
@json_option
@data_option
@guarded
def rebuild_stream(  # noqa: PLR0917 - click hands options over by name
    force: bool,
    dry_run: bool,
    reason: str | None,
    who: str | None,
    yes: bool,
    as_json: bool,
    data: Path | None,
) -> None:
    """Make the stream anew from the log, with all durable consumers and their places.

    Subscribers wait meanwhile and then go on; what they had acknowledged out of order comes to
    them again. Interrupted and called again, it goes on.

    Exit codes: 0 done, 1 refused, 2 a wrong call, 3 engines unreachable.
    """
    me = by(data, who, "dry run" if dry_run else reason)
    installation = Installation(data)
    engines = installation.engines()
    problem = run(what_is_wrong(engines))
    if dry_run:
        words = f"It would be made anew: {problem}." if problem else "Nothing is wrong with it."
        tell({"problem": problem, "done": False}, words, as_json=as_json)
        return
    if not (problem or force or was_begun(engines)):
        fail("Nothing is wrong with the stream. To make it anew all the same: --force.", REFUSED)
    sure("Delete the stream, and fill a new one from the log?", yes=yes, as_json=as_json)
    with as_operator(data) as connection:
        number = give(connection, "rebuild-stream", "relay", me)
    try:
        with _progress("messages", quiet=as_json) as progress:
            replicas = installation.settings.replicas
            done = run(rebuilt(engines, replicas, progress))
    except Elsewhere as error:
        finished(engines, number, {"problem": str(error)}, SystemClock().now())
        fail(f"{error}.", REFUSED)
    except KeyboardInterrupt:
        finished(engines, number, {"problem": "stopped half-way"}, SystemClock().now())
        fail("Stopped half-way: call it again, and it goes on.", INTERRUPTED)
    finished(engines, number, {"was": problem, **done._asdict()}, SystemClock().now())
    tell({**done._asdict(), "done": True}, rebuilt_in_words(done), as_json=as_json)


def rebuilt_in_words(done: Rebuilt) -> str:
    """What the new stream has."""
    again = ", ".join(done.consumers) or "none"
    lost = f" Without a durable name, and so gone: {', '.join(done.lost)}." if done.lost else ""
    return f"The stream has {done.messages} messages again. Consumers: {again}.{lost}"


@contextmanager
def _progress(what: str, *, quiet: bool) -> Iterator[Callable[[int, int], None]]:
    console = Console()
    hidden = quiet or not console.is_terminal
    with progress_on(console, hidden=hidden) as progress:
        task = progress.add_task(what, total=None)
        yield lambda done, total: progress.update(task, completed=done, total=total)
