"""What `status` says to people, and what of it somebody has to look into."""

from collections.abc import Iterator
from typing import Any, Final

AWAY: Final = "does not answer: start it or correct its URL, and the workers go on by themselves"
LOST: Final = ("failed", "unconfirmed")


def in_words(told: dict[str, Any]) -> list[str]:
    """Engines, log and stream, workers, read models, letters and notices: a line each."""
    lines = [
        f"PostgreSQL  {told['postgresql'] or AWAY}",
        f"NATS        {told['nats'] or AWAY}",
    ]
    if "log" in told:
        lines.append(f"Log         head {told['log']['head']}")
    if told.get("stream"):
        lines.append(f"Stream      last {told['stream']['last']}")
    lines += [_worker(name, worker, told) for name, worker in told["workers"].items()]
    lines += [_read_model(one) for one in told.get("projections", ())]
    for worker, letters in told.get("letters", {}).items():
        lines.append(f"Letters     {worker}: {letters['dead']} dead, {letters['waiting']} waiting")
    if told.get("notices"):
        counts = ", ".join(f"{number} {state}" for state, number in told["notices"].items())
        lines.append(f"Notices     {counts}")
    return lines


def _worker(name: str, worker: dict[str, Any], told: dict[str, Any]) -> str:
    waiting = f", {worker['waiting']} waiting" if worker.get("waiting") else ""
    place = told.get("places", {}).get(name)
    rests = ", told to rest" if name in told.get("paused", {}) else ""
    return f"{name:<12}{_running(worker)}{rests}{waiting}" + (f", place {place}" if place else "")


def _running(worker: dict[str, Any]) -> str:
    """A follower that asks for nothing at this moment has something in hand, or is stuck."""
    if worker.get("answers"):
        return "running"
    return "busy" if worker.get("connected") else "not running"


def _read_model(one: dict[str, Any]) -> str:
    building = ", being built" if one["state"] == "building" else ""
    return f"  {one['name']} v{one['version']}: place {one['position']}{building}"


def troubles(told: dict[str, Any]) -> list[str]:
    """What somebody has to look into, a sentence each; none if all is well."""
    return [*_of_engines(told), *_of_workers(told), *_of_messages(told)]


def _of_engines(told: dict[str, Any]) -> Iterator[str]:
    for key, name in (("postgresql", "PostgreSQL"), ("nats", "NATS")):
        if not told[key]:
            yield f"{name} does not answer."
    if told.get("saved_consumers"):
        yield (
            "The stream is being made anew, or was not to its end: if nobody is at it, call"
            " `leading-together ops stream rebuild` again."
        )
    elif told["nats"] and not told.get("stream"):
        yield "The stream is not there: run `leading-together provision`."
    elif told["nats"] and told["stream"]["is_the_log"] is False:
        yield (
            "The stream is not what the log is, so the relay has stopped:"
            " see `leading-together ops stream verify`."
        )


def _of_workers(told: dict[str, Any]) -> Iterator[str]:
    for name, worker in told["workers"].items():
        if name in (paused := told.get("paused", {})):
            rest = paused[name]
            yield (
                f"{name} was told to rest by {rest['who']}: {rest['reason']}."
                f" `leading-together ops resume {name}` lets it go on."
            )
        elif not worker.get("answers") and not worker.get("connected"):
            yield f"{name} is not running."
        elif not worker.get("answers") and name == "commands":
            yield "commands runs, and does not answer."


def _of_messages(told: dict[str, Any]) -> Iterator[str]:
    letters = told.get("letters", {}).values()
    if number := sum(one["dead"] + one["waiting"] for one in letters):
        yield f"Events not taken in: {number}. See `leading-together ops dead-letters`."
    for state in LOST:
        if number := told.get("notices", {}).get(state):
            yield f"Notices {state}: {number}. See `leading-together ops dead-letters`."
