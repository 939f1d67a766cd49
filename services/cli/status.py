"""`status`: what is away, behind, waiting or lost, and for how long."""

import asyncio
from pathlib import Path
from typing import Final

import click

from services.cli.console import (
    Installation,
    data_option,
    json_option,
    print_json,
    print_out,
    run,
)
from services.cli.leaving import DONE, REFUSED, UNREACHABLE, guarded
from services.cli.status_words import print_in_words
from services.engines.addresses import Engines
from services.operations.status import Look, look, look_twice
from services.operations.status_json import as_json as told
from services.operations.troubles import troubles

EVERY: Final = 2.0  # seconds between two looks that are shown
AGAIN: Final = "{at:%H:%M:%S} UTC; again every {every:g} s, until Ctrl-C."


@click.command()
@click.option("--watch", is_flag=True, help="Look again every two seconds, until Ctrl-C.")
@json_option
@data_option
@guarded
def status(watch: bool, as_json: bool, data: Path | None) -> None:
    """Engines, workers, how far each is and for how long, and what somebody has to look into.

    What each key of --json means stands in docs/runbook.md; with --watch each look is a line.

    Exit codes: 0 all is well, 1 somebody has to look into something, 3 an engine does not answer
    or does not let us look. With --watch that of the last look.
    """
    installation = Installation(data)
    engines, folder = installation.engines(), installation.settings.data
    if watch:
        seen = _watch(engines, folder, as_json=as_json)
    else:
        seen = run(look_twice(engines, folder))
        _print(seen, as_json=as_json)
    raise SystemExit(code_of(seen))


def code_of(seen: Look | None) -> int:
    """The exit code for what was seen."""
    if seen is None or seen.faults:
        return UNREACHABLE
    return REFUSED if troubles(seen) else DONE


def _watch(engines: Engines, folder: Path, *, as_json: bool) -> Look | None:
    """Look and show again and again; the last look, once somebody has seen enough."""
    last: Look | None = None

    async def watching() -> None:
        nonlocal last
        while True:
            last = await look(engines, last, data=folder)
            if not as_json:
                click.clear()
            _print(last, as_json=as_json)
            if not as_json:
                print_out(AGAIN.format(at=last.at, every=EVERY))
            await asyncio.sleep(EVERY)

    try:
        run(watching())
    except KeyboardInterrupt:
        return last
    return last


def _print(seen: Look, *, as_json: bool) -> None:
    wrong = troubles(seen)
    if as_json:
        print_json({**told(seen), "troubles": wrong})
    else:
        print_in_words(seen, wrong)
