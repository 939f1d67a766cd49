"""What operators do themselves, each act on record in the transaction that brings it about."""

from collections.abc import Iterable

import psycopg

from services.crew import NAMES, worker
from services.dead_letters.orders import OF_READ_MODELS, By, give, record, standing
from services.log.log import head_of_log
from services.notices import ledger
from services.notices.bounces import Bounce
from services.notices.entering import NoticeKey
from services.notices.ledger import found_sent, make_due
from services.process import rest
from services.process.checkpoints import place_of, set_back
from services.read_models.rebuilding import why_not


class CantBeReplayed(RuntimeError):
    """A worker can't take that in again; the text says why."""


class CantBeOrdered(RuntimeError):
    """Nobody could carry that out as things are; the text says why, and nothing was ordered."""


def order(
    connection: psycopg.Connection, verb: str, projection: str, by: By, first: int | None = None
) -> int:
    """Order the projector to do something about a read model, from a position on if it is to be
    replayed; the order's number. Raises CantBeOrdered, unless orders stand that come before.
    """
    with connection.transaction():
        if not standing(connection, OF_READ_MODELS, of=(projection,)):
            problem = why_not(connection, verb, projection, first or 1)
            if problem:
                raise CantBeOrdered(f"Nothing was ordered about {projection}: {problem}.")
        details = {"from": first} if first else {}
        return give(connection, verb, projection, by, details=details)


def pause(connection: psycopg.Connection, name: str, by: By) -> rest.Resting | None:
    """Tell a worker to rest. If it was told so before, how: that stays as it is."""
    with connection.transaction():
        if rest.pause(connection, name, by):
            record(connection, "pause", name, by, {})
            return None
        return rest.resting(connection)[name]


def resume(connection: psycopg.Connection, name: str, by: By) -> bool:
    """Let a worker go on; False if it was not told to rest."""
    with connection.transaction():
        rested = rest.resume(connection, name)
        if rested:
            record(connection, "resume", name, by, {"rested": True})
    return rested


def what_a_replay_does(name: str) -> str:
    """What comes of it when a worker takes in again what it took in before.

    Raises CantBeReplayed, and LookupError if there is no such worker.
    """
    if name not in NAMES:
        raise LookupError(name)
    one = worker(name)
    if not one.checkpoint:
        raise CantBeReplayed(one.no_replay)
    return one.replay


def go_back(connection: psycopg.Connection, name: str, first: int, by: By) -> int:
    """Have a worker take in again what happened from a position on; where it was before.

    Under the lock that keeps it from moving meanwhile. Raises CantBeReplayed.
    """
    with connection.transaction():
        before = place_of(connection, name, lock=True).position
        head = head_of_log(connection)
        if first > head + 1:
            raise CantBeReplayed(f"the log ends at {head}: name a position up to {head + 1}.")
        if first > before:
            raise CantBeReplayed(
                f"{name} is at position {before}: it has still to take in {first}."
            )
        set_back(connection, name, first - 1)
        record(connection, "replay", name, by, {"from": first, "place_before": before})
    return before


def note_bounces(
    connection: psycopg.Connection, bounces: Iterable[Bounce], by: By
) -> ledger.CameBack:
    """Note which messages came back; the notifier tells the log of them, so that somebody of the
    team looks after whom they were for.
    """
    problems = {one.message: one.problem for one in bounces}
    with connection.transaction():
        found = ledger.came_back(connection, problems)
        if found.new:
            record(connection, "settle", "notifier", by, {"bounced": len(found.new)})
    return found


def settle_notice(connection: psycopg.Connection, key: NoticeKey, by: By, *, sent: bool) -> bool:
    """Say that a lost notice was sent, or one by hand done, or have any sent again; False if nobody
    waits for such a word. The notifier sends what is due within some minutes.
    """
    with connection.transaction():
        found = (found_sent if sent else make_due)(connection, key, by.now)
        if found:
            outcome = {**key._asdict(), "state": "sent" if sent else "due"}
            record(connection, "settle", "notifier", by, outcome)
    return found
