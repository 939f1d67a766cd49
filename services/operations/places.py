"""How far everybody who goes through the log has come: plain data, for whoever tells it in words,
on a page or as a number.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Literal, NamedTuple

import psycopg

from services.crew import PROJECTOR
from services.dead_letters.parking import blocked_of_each
from services.log.log import head_of_log, recorded_at
from services.process.checkpoints import Checkpoint, checkpoints
from services.read_models.builds import builds
from services.read_models.folding import EVERY_ROW

Kind = Literal["writer", "relay", "worker", "read model", "new build", "scheduler", "subscriber"]


class Lag(NamedTuple):
    """How far behind the log one of those is who go through it.

    `worker` is who takes it on. `position` is the last that is done with; None if there is no such
    thing, or it can't be seen. `behind` is how many events follow it, of a subscriber those that it
    has asked for, of the scheduler what is due; below zero it lies beyond the log's end. `seconds`
    is the age of the first of these; None if there is none, or its time is not known. `moved_at`
    is since when it stands there; `holds` whether the log has there still what was taken in;
    `held_up` whether it waits until somebody resolves a dead letter. `pace` is how many events a
    second it has taken in between two looks; None after one.
    """

    kind: Kind
    name: str
    worker: str
    position: int | None
    behind: int
    seconds: float | None = None
    moved_at: datetime | None = None
    holds: bool = True
    held_up: bool = False
    pace: float | None = None

    @property
    def beyond(self) -> bool:
        """Whether it lies where the log has nothing, or something else."""
        return self.behind < 0 or not self.holds


def places(connection: psycopg.Connection, now: datetime) -> tuple[int, list[Lag]]:
    """The log's head, and who keeps a checkpoint here, as of one moment."""
    found = [_of_worker(one) for one in checkpoints(connection)]
    every = [one for one in builds(connection) if one.state != "kept"]
    aside = blocked_of_each(connection, (one.name for one in every))
    for one in every:
        kind: Kind = "new build" if one.state == "building" else "read model"
        name = f"{one.projection} v{one.version}" + (" (new)" if kind == "new build" else "")
        lag = Lag(kind, name, PROJECTOR, one.position, 0, None, one.moved_at, one.holds)
        found.append(lag._replace(held_up=EVERY_ROW in aside[one.name]))
    head = head_of_log(connection)  # last, so that nobody lies beyond it by chance
    return head, aged(connection, head, found, now)


def _of_worker(one: Checkpoint) -> Lag:
    return Lag("worker", one.worker, one.worker, one.position, 0, None, one.moved_at, one.holds)


def aged(
    connection: psycopg.Connection, head: int, lags: Sequence[Lag], now: datetime
) -> list[Lag]:
    """The same, with how far each is behind the log's head and for how long."""
    missing = {one.position + 1 for one in lags if one.position is not None}
    times = recorded_at(connection, [position for position in missing if position <= head])
    return [_aged(one, head, times, now) for one in lags]


def _aged(one: Lag, head: int, times: Mapping[int, datetime], now: datetime) -> Lag:
    if one.position is None:
        return one
    behind = one.behind if one.kind == "subscriber" else head - one.position
    recorded = times.get(one.position + 1) if behind else None
    return one._replace(behind=behind, seconds=age(recorded, now))


def age(since: datetime | None, now: datetime) -> float | None:
    """Seconds since a moment; None if there is none, or a clock has it ahead of us."""
    return None if since is None or since > now else (now - since).total_seconds()


def paced(lags: Iterable[Lag], before: Iterable[Lag], seconds: float) -> list[Lag]:
    """The same, with what each has taken in since the look so many seconds before."""
    was = {(one.kind, one.name): one.position for one in before}
    return [one._replace(pace=_pace(one, was, seconds)) for one in lags]


def _pace(one: Lag, was: Mapping[tuple[Kind, str], int | None], seconds: float) -> float | None:
    before = was.get((one.kind, one.name))
    if before is None or one.position is None or seconds <= 0:
        return None
    return (one.position - before) / seconds
