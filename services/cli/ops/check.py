"""`ops check`: the whole log held against all that must never be."""

from collections.abc import Iterator
from contextlib import closing, nullcontext
from pathlib import Path
from typing import Any, Final

import click
import psycopg
from rich.console import Console

from events.ids import PROGRAMME
from services.cli.console import (
    Installation,
    data_option,
    json_option,
    print_json,
    print_out,
    run,
)
from services.cli.events import line_of
from services.cli.leaving import INTERRUPTED, REFUSED, UNREACHABLE, fail, guarded
from services.cli.ops.waiting import progress_on
from services.clock import SystemClock
from services.engines.connecting import connect
from services.engines.connections import BOUNDED
from services.log.log import head_of_log
from services.operations.checking import Checking, LedThere, WhoLooks, WrongState, who_looks
from services.operations.confidence import not_as_noted
from services.operations.ends import lost_end, not_seen
from services.operations.status import look
from services.reading.trail import Noting, NotNoted

CHECKER: Final = "checker"
EVERYBODY: Final = PROGRAMME  # whose values a check may open: it goes through the whole log
SHOWN: Final = 12  # events that are told of one state
STOPPED: Final = "Stopped after {read} events: what comes behind them was not looked at."
WHAT_NOW: Final = "Nothing was changed; docs/runbook.md says what to do about it."
WITHOUT_KEYS: Final = (
    "{number} more could not look, because what they rest on is sealed: call it where the vault's"
    " master key is at hand."
)
NOT_HELD: Final = "The log was not held against its stream and how far the workers are: {problem}"
BY_CHECK: Final = "whoever runs the system, shown ids alone"
OF_A_CASE: Final = (
    "{number} did not look: who ended a pairing is opened only for those who look after the case."
)


@click.command()
@json_option
@data_option
@guarded
def check(as_json: bool, data: Path | None) -> None:
    """Look in the whole log for states that should not exist, and tell what led there.

    Every event is held against all invariants (docs/rules.md names them by rule) and against the
    kind and the tags by which it is found; of the log of what is told in confidence digests against
    what was noted of its end; the end against the clock (what is long due and was
    forgotten, who waits beside what is free) and against the stream and the workers' places. With
    the vault's keys at hand it opens what rules read, tells no more than ids, and leaves a line on
    the trail of openings; without them it judges by what stands in the clear. Nothing is changed.

    Exit codes: 0 nothing found, 1 something found, 3 engines unreachable.
    """
    installation = Installation(data)
    url, vault = installation.engines().programme[CHECKER], installation.vault(CHECKER)
    with (
        closing(vault) if vault else nullcontext(),
        connect(url, **BOUNDED) as connection,
    ):
        if vault:
            _note(connection)
        checking = Checking(connection, vault)
        found = _looked(checking, quiet=as_json)
        found += not_as_noted(connection, vault) if vault else ()
    seen = run(look(installation.engines()))
    found += lost_end(seen)
    _tell(found, checking.read, who_looks(vault), not_seen(seen), as_json=as_json)
    if found:
        raise SystemExit(REFUSED)


def _note(connection: psycopg.Connection) -> None:
    """What is to be opened is on the trail, before it is: one line, for all of it."""
    try:
        Noting(connection, "ops check", BY_CHECK, head_of_log(connection)).people([EVERYBODY])
    except NotNoted as problem:
        fail(str(problem), UNREACHABLE)


def _looked(checking: Checking, *, quiet: bool) -> list[WrongState]:
    """All that is found, with progress on a terminal."""
    console = Console()
    with progress_on(console, hidden=quiet or not console.is_terminal) as progress:
        task = progress.add_task("events", total=None)

        def on(done: int, total: int) -> None:
            progress.update(task, completed=done, total=total)

        try:
            return list(checking.found(SystemClock().now, on))
        except KeyboardInterrupt:
            progress.stop()
            fail(STOPPED.format(read=checking.read), INTERRUPTED)


def _tell(
    found: list[WrongState], read: int, who: WhoLooks, problem: str | None, *, as_json: bool
) -> None:
    if as_json:
        print_json(
            {
                "events": read,
                "invariants": len(who.kinds),
                "left_out": {
                    "sealed": who.sealed,
                    "of_a_case": who.of_a_case,
                    "stream": problem,
                },
                "found": [_as_json(one) for one in found],
            }
        )
        return
    for one in found:
        print_out(*_in_words(one))
    print_out(*_in_short(found, read, who))
    if problem:
        print_out(NOT_HELD.format(problem=problem))


def _as_json(one: WrongState) -> dict[str, Any]:
    return {**one._asdict(), "events": [_event(it) for it in one.events]}


def _event(it: LedThere) -> dict[str, Any]:
    if it.envelope is None:
        return {"position": it.position}
    return {
        "position": it.position,
        "time": it.envelope.time,
        "type": it.envelope.type,
        "subject": it.envelope.subject,
        "actor": it.envelope.origin.actor,
    }


def _in_words(one: WrongState) -> Iterator[str]:
    rules = f" (rule {', '.join(map(str, one.rules))})" if one.rules else ""
    yield f"{one.invariant}{rules}: {one.sentence}"
    yield f"  about {', '.join(one.about)}"
    for it in one.events[-SHOWN:]:
        yield f"  {line_of(it.envelope)}" if it.envelope else f"  {it.position:>7}  not to be read"
    if (more := len(one.events) - SHOWN) > 0:
        yield f"  … and {more} before them"


def _in_short(found: list[WrongState], read: int, who: WhoLooks) -> Iterator[str]:
    number = len(who.kinds)
    if found:
        yield f"{len(found)} found in {read} events, by {number} invariants. {WHAT_NOW}"
    else:
        yield f"Nothing found in {read} events, by {number} invariants."
    if who.sealed:
        yield WITHOUT_KEYS.format(number=who.sealed)
    if who.of_a_case:
        yield OF_A_CASE.format(number=who.of_a_case)
