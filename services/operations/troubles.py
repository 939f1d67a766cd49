"""What of all that `status` sees somebody has to look into, in a sentence each."""

from collections.abc import Iterator
from typing import Any

from services.notices.ledger import LOST


def troubles(state: dict[str, Any]) -> list[str]:
    """What somebody has to look into, a sentence each; none if all is well."""
    return [*_of_engines(state), *_of_workers(state), *_of_messages(state)]


def _of_engines(state: dict[str, Any]) -> Iterator[str]:
    for key, name in (("postgresql", "PostgreSQL"), ("nats", "NATS")):
        if not state[key]:
            yield f"{name} does not answer."
    if state.get("saved_consumers"):
        yield (
            "The stream is being made anew, or was not to its end: if nobody is at it, call"
            " `leading-together ops stream rebuild` again."
        )
    elif state["nats"] and not state.get("stream"):
        yield "The stream is not there: run `leading-together provision`."
    elif state["nats"] and state["stream"]["is_the_log"] is False:
        yield (
            "The stream is not what the log is, so the relay has stopped:"
            " see `leading-together ops stream verify`."
        )


def _of_workers(state: dict[str, Any]) -> Iterator[str]:
    for name, worker in state["workers"].items():
        if name in (paused := state.get("paused", {})):
            rest = paused[name]
            yield (
                f"{name} was told to rest by {rest['who']}: {rest['reason']}."
                f" `leading-together ops resume {name}` lets it go on."
            )
        elif not worker.get("answers") and not worker.get("connected"):
            yield f"{name} is not running."
        elif not worker.get("answers") and name == "commands":
            yield "commands runs, and does not answer."


def _of_messages(state: dict[str, Any]) -> Iterator[str]:
    letters = state.get("letters", {}).values()
    if number := sum(one["dead"] + one["waiting"] for one in letters):
        yield f"Events not taken in: {number}. See `leading-together ops dead-letters`."
    for fate in LOST:
        if number := state.get("notices", {}).get(fate):
            yield f"Notices {fate}: {number}. See `leading-together ops dead-letters`."
