"""`status`: what is away, behind, waiting or lost."""

from pathlib import Path
from typing import Any, Final

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
from services.operations.status import look
from services.operations.troubles import troubles

AWAY: Final = "does not answer: start it or correct its URL, and the workers go on by themselves"


@click.command()
@json_option
@data_option
@guarded
def status(as_json: bool, data: Path | None) -> None:
    """Engines, workers, head of the log and stream, places, and what somebody has to look into.

    Exit codes: 0 all is well, 1 somebody has to look into something, 3 an engine does not answer.
    """
    state = run(look(Installation(data).engines()))
    wrong = troubles(state)
    if as_json:
        print_json({**state, "troubles": wrong})
    else:
        print_out("\n".join([*in_words(state), *(wrong or ["All is well."])]))
    if not state["postgresql"] or not state["nats"]:
        raise SystemExit(UNREACHABLE)
    raise SystemExit(REFUSED if wrong else DONE)


def in_words(state: dict[str, Any]) -> list[str]:
    """Engines, log and stream, workers, read models, letters and notices: a line each."""
    lines = [
        f"PostgreSQL  {state['postgresql'] or AWAY}",
        f"NATS        {state['nats'] or AWAY}",
    ]
    if "log" in state:
        lines.append(f"Log         head {state['log']['head']}")
    if state.get("stream"):
        lines.append(f"Stream      last {state['stream']['last']}")
    lines += [_worker(name, worker, state) for name, worker in state["workers"].items()]
    lines += [_read_model(one) for one in state.get("projections", ())]
    for worker, letters in state.get("letters", {}).items():
        lines.append(f"Letters     {worker}: {letters['dead']} dead, {letters['waiting']} waiting")
    if state.get("notices"):
        counts = ", ".join(f"{number} {fate}" for fate, number in state["notices"].items())
        lines.append(f"Notices     {counts}")
    return lines


def _worker(name: str, worker: dict[str, Any], state: dict[str, Any]) -> str:
    waiting = f", {worker['waiting']} waiting" if worker.get("waiting") else ""
    place = state.get("places", {}).get(name)
    rests = ", told to rest" if name in state.get("paused", {}) else ""
    return f"{name:<12}{_running(worker)}{rests}{waiting}" + (f", place {place}" if place else "")


def _running(worker: dict[str, Any]) -> str:
    """A follower that asks for nothing at this moment has something in hand, or is stuck."""
    if worker.get("answers"):
        return "running"
    return "busy" if worker.get("connected") else "not running"


def _read_model(one: dict[str, Any]) -> str:
    building = ", being built" if one["state"] == "building" else ""
    return f"  {one['name']} v{one['version']}: place {one['position']}{building}"
