"""`ops stream`: the stream held against the log, and made anew from it."""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from typing import Any

import click
import psycopg
from nats.aio.client import Client
from nats.js.errors import NotFoundError
from rich.console import Console

from services.cli.console import Place, data_option, json_option, run
from services.cli.leaving import INTERRUPTED, REFUSED, UNREACHABLE, fail, guarded
from services.cli.ops.options import (
    ROLE,
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
from services.dead_letters.parking import finish
from services.engines.addresses import Engines
from services.log.log import Log
from services.stream.connections import connected
from services.stream.rebuilding import Elsewhere, Rebuild, Rebuilt, Verified, verify


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
    told = run(_verified(Place(data).engines(), quiet=as_json))
    tell(told._asdict(), in_words(told), as_json=as_json)
    if told.problem:
        raise SystemExit(REFUSED)


async def _verified(engines: Engines, *, quiet: bool) -> Verified:
    log = Log(engines.programme[ROLE], connections=1)
    try:
        async with _client(engines, ROLE) as client:
            with _progress("messages", quiet=quiet) as progress:
                return await verify(client, log, progress)
    except NotFoundError:
        fail("There is no stream: `leading-together provision` makes it.", UNREACHABLE)
    finally:
        await asyncio.to_thread(log.close)


def in_words(told: Verified) -> str:
    """What a comparison has found, and what to do."""
    if told.problem:
        return (
            f"The stream is not what the log is: {told.problem}. Up to {told.equal} they are equal."
            " If the log was restored from an older backup, and there is a newer one, restore that"
            " first. Then `leading-together ops stream rebuild` makes the stream anew."
        )
    late = told.log - told.equal
    behind = f" {late} events are still on their way: the relay brings them." if late > 0 else ""
    return f"All {told.equal} messages are what the log holds, byte for byte.{behind}"


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
    place = Place(data)
    engines = place.engines()
    problem = run(_what_is_wrong(engines))
    if dry_run:
        words = f"It would be made anew: {problem}." if problem else "Nothing is wrong with it."
        tell({"problem": problem, "done": False}, words, as_json=as_json)
        return
    if not (problem or force or _was_begun(engines)):
        fail("Nothing is wrong with the stream. To make it anew all the same: --force.", REFUSED)
    sure("Delete the stream, and fill a new one from the log?", yes=yes, as_json=as_json)
    with as_operator(data) as connection:
        number = give(connection, "rebuild-stream", "relay", me)
    try:
        told = run(_rebuilt(engines, place.settings.replicas, quiet=as_json))
    except Elsewhere as error:
        _finished(engines, number, {"problem": str(error)})
        fail(f"{error}.", REFUSED)
    except KeyboardInterrupt:
        _finished(engines, number, {"problem": "stopped half-way"})
        fail("Stopped half-way: call it again, and it goes on.", INTERRUPTED)
    _finished(engines, number, {"was": problem, **told._asdict()})
    tell({**told._asdict(), "done": True}, rebuilt_in_words(told), as_json=as_json)


def _was_begun(engines: Engines) -> bool:
    """Whether somebody began to make it anew, and did not come to the end."""
    with psycopg.connect(engines.programme["owner"]) as connection:
        found = connection.execute("SELECT FROM work.saved_consumers LIMIT 1")
        return found.fetchone() is not None


def _finished(engines: Engines, number: int, outcome: dict[str, Any]) -> None:
    """What came of it, by the owner: operators don't change what is on record."""
    with psycopg.connect(engines.programme["owner"]) as connection:
        finish(connection, number, outcome, SystemClock().now())


async def _what_is_wrong(engines: Engines) -> str | None:
    log = Log(engines.programme[ROLE], connections=1)
    try:
        async with _client(engines, ROLE) as client:
            return (await verify(client, log)).problem
    except NotFoundError:
        return "there is no stream"
    finally:
        await asyncio.to_thread(log.close)


async def _rebuilt(engines: Engines, replicas: int, *, quiet: bool) -> Rebuilt:
    async with _client(engines, "owner") as owner, _client(engines, "relay") as filler:
        with _progress("messages", quiet=quiet) as progress:
            one = Rebuild(owner, filler, engines.programme["owner"], replicas=replicas)
            return await one.carry_out(progress)


def rebuilt_in_words(told: Rebuilt) -> str:
    """What the new stream has."""
    again = ", ".join(told.consumers) or "none"
    lost = f" Without a durable name, and so gone: {', '.join(told.lost)}." if told.lost else ""
    return f"The stream has {told.messages} messages again. Consumers: {again}.{lost}"


@asynccontextmanager
async def _client(engines: Engines, user: str) -> AsyncIterator[Client]:
    client = await connected(user, engines.nats[user])
    try:
        yield client
    finally:
        await client.close()


@contextmanager
def _progress(what: str, *, quiet: bool) -> Iterator[Callable[[int, int], None]]:
    console = Console()
    hidden = quiet or not console.is_terminal
    with progress_on(console, hidden=hidden) as progress:
        task = progress.add_task(what, total=None)
        yield lambda done, total: progress.update(task, completed=done, total=total)
