"""Which workers stand still though there is something to do, and what each of them wants.

Judged by ages and deeds, whatever a worker says of itself: only why it stands is in its own words.
"""

from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby
from typing import Final

from services.crew import worker
from services.operations.bus import DOOR
from services.operations.database import Database
from services.operations.places import Lag, age
from services.operations.status import RELAY, Look
from services.operations.words import ago, events, for_so_long
from services.process.complaints import APART, Complaint
from services.workers.scheduler import WORKER as SCHEDULER

STILL: Final = 10.0  # seconds after which what has not moved stands still
LITTLE: Final = 256 * 1024  # bytes that one event may have
NATS_FULL: Final = (
    "NATS has no room for more events, so the relay, which runs, can't bring any. Make room on its"
    " disk, or raise `max_file_store`, and start nats-server anew: it fixes its limit when it"
    " starts. The relay goes on by itself."
)
STREAM_FULL: Final = (
    "The stream has come to its bound, so the relay, which runs, can't bring more events: raise the"
    " bound (`nats stream edit EVENTS --max-bytes=-1`). The relay goes on by itself."
)
BUS_TAKES_NOTHING: Final = (
    "The relay runs, and NATS, which answers, does not take what it brings ({problem}): most likely"
    " its disk is full. Make room on it, and start nats-server anew."
)


THEN: Final = {
    "full": " Make room for it: it goes on by itself.",
    "unsafe": " It goes on by itself.",
    "refused": " Correct the user or the password in its URL, or the seed, or give it the right.",
}


def of_worker(seen: Look, database: Database, name: str) -> Iterator[str]:
    """What is wrong with one worker: it rests, is away, or stands still."""
    late = [one for one in seen.of(name) if one.behind > 0 and not one.beyond]
    if rest := database.paused.get(name):
        yield (
            f"{name} was told to rest by {rest.who}, {ago(age(rest.since, seen.at))}:"
            f" {rest.reason}.{_behind(late)} `leading-together ops resume {name}` lets it go on."
        )
    elif not seen.runs(name):
        if worker(name).apart:  # nobody may want it here
            return
        yield f"{name} is not running.{_behind(late)} Start it; it goes on from where it stands."
    elif name == DOOR and seen.bus and not seen.bus.door_answers:
        yield f"commands runs, and does not answer. {_why(database.complaints.get(name))}"
    else:
        yield from _of_running(seen, database, name, late)


def beyond_the_log(seen: Look, lags: Iterable[Lag]) -> Iterator[str]:
    """Where the log has nothing, or something else, and who is there, a sentence for each place.

    Of the stream, whose place is the relay's, this is told elsewhere.
    """
    beyond = sorted((one for one in lags if one.beyond and one.kind != "relay"), key=_placed)
    for (position, is_short), alike in groupby(beyond, _placed):
        names = [one.name for one in alike]
        found = f"ends at {seen.head}" if is_short else "has another event there"
        are = "is" if len(names) == 1 else "are"
        yield f"{_together(names)} {are} at position {position}, and the log {found}."


def _placed(one: Lag) -> tuple[int, bool]:
    return one.position or 0, one.behind < 0


def _together(names: Sequence[str]) -> str:
    *others, last = names
    return f"{', '.join(others)} and {last}" if others else last


def _of_running(seen: Look, database: Database, name: str, late: Sequence[Lag]) -> Iterator[str]:
    held_up = [one for one in late if one.held_up]
    if held_up:
        names = ", ".join(one.name for one in held_up)
        yield f"A dead letter holds up {names}.{_behind(held_up)} See `ops dead-letters`."
    free = [one for one in late if not (one.held_up or waits_for_relay(one, seen))]
    still = [one for one in free if stands_still(one, seen)]
    complaint = database.complaints.get(name)
    if name == RELAY and late and (full := _why_full(seen, stands=bool(still))):
        yield full + _behind(late)
    elif still:
        yield _stands(seen, name, still, complaint)
    else:
        yield from _complains(seen, name)


def _complains(seen: Look, name: str) -> Iterator[str]:
    complaint = seen.complains(name)
    if complaint and complaint.problem != APART.problem:  # which is seen by who lies where
        waited = age(complaint.since, seen.at) or 0.0
        if waited > STILL:
            yield f"{name} can't work, for {for_so_long(waited)} now. {_why(complaint)}"


def waits_for_relay(one: Lag, seen: Look) -> bool:
    """Whether it has taken in all that the stream has, so that the relay is what it waits for."""
    stream = seen.bus.stream if seen.bus else None
    if stream is None or one.position is None or one.kind not in ("worker", "read model"):
        return False
    return one.position >= stream.last


def stands_still(one: Lag, seen: Look) -> bool:
    """Whether there is something to do, and nothing was done for ten seconds."""
    moved = age(one.moved_at, seen.at) if one.moved_at else None
    has_stood = moved is None or moved > STILL
    # Of unknown age if a clock was ahead: then two looks must tell.
    is_late = one.pace == 0 if one.seconds is None else one.seconds > STILL
    return one.behind > 0 and not one.pace and has_stood and is_late


def _why_full(seen: Look, *, stands: bool) -> str | None:
    """Which store has no room, if that keeps the relay from bringing what it has."""
    complaint, stream = seen.complains(RELAY), seen.bus.stream if seen.bus else None
    if stream and stream.room is not None and stream.room < LITTLE:
        return STREAM_FULL
    if complaint and complaint.kind == "full":
        return NATS_FULL
    if stands and seen.bus and complaint and _is_of_the_bus(complaint):
        return BUS_TAKES_NOTHING.format(problem=complaint.problem.rstrip("."))
    return None


def _is_of_the_bus(complaint: Complaint) -> bool:
    """Whether it is of an engine that takes nothing, and not of the database or a right."""
    of_postgresql = "SQLSTATE" in complaint.problem or "PostgreSQL" in complaint.problem
    return complaint.kind in ("away", "other-fault") and not of_postgresql


def _stands(seen: Look, name: str, still: Sequence[Lag], complaint: Complaint | None) -> str:
    why = _why(complaint)
    if name == SCHEDULER:
        (due,) = still
        for_long = for_so_long(due.seconds)
        return (
            f"scheduler stands still. Not settled of what fell due: {due.behind}, the oldest for"
            f" {for_long}. {why}"
        )
    partly = len(still) < len(seen.of(name))
    which = f" with {', '.join(one.name for one in still)}" if partly else ""
    for_long = for_so_long(max(_stood(one, seen) for one in still))
    return f"{name} stands still{which}, for {for_long} now.{_behind(still)} {why}"


def _why(complaint: Complaint | None) -> str:
    if complaint is None:
        return "It does not say why: see its log, and start it anew."
    return f"It says: {complaint.problem.rstrip('.')}.{THEN.get(complaint.kind, '')}"


def _stood(one: Lag, seen: Look) -> float:
    """For how long it has stood with something to do."""
    ages = [age(one.moved_at, seen.at), one.seconds]
    return min((seconds for seconds in ages if seconds is not None), default=0.0)


def _behind(late: Iterable[Lag]) -> str:
    """How far those are behind that are behind, as a sentence; empty if none is."""
    last = max((one for one in late if one.kind != "scheduler"), key=_how_far, default=None)
    if last is None:
        return ""
    since = f", the first of them recorded {ago(last.seconds)}" if last.seconds is not None else ""
    return f" It is {events(last.behind)} behind{since}."


def _how_far(one: Lag) -> int:
    return one.behind
