"""What operators do themselves, each act on record in the transaction that brings it about."""

import psycopg

from services.crew import NAMES, worker
from services.dead_letters.orders import By, record
from services.notices.ledger import NoticeKey, found_sent, make_due
from services.process import rest
from services.process.checkpoints import place_of, set_back


class CantBeReplayed(RuntimeError):
    """A worker can't take that in again; the text says why."""


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
        if first > before:
            raise CantBeReplayed(
                f"{name} is at position {before}: it has still to take in {first}."
            )
        set_back(connection, name, first - 1)
        record(connection, "replay", name, by, {"from": first, "place_before": before})
    return before


def settle_notice(connection: psycopg.Connection, key: NoticeKey, by: By, *, sent: bool) -> bool:
    """Say that a lost notice was sent, or have it sent again; False if nobody waits for such a
    word. The notifier sends what is due within some minutes.
    """
    with connection.transaction():
        found = (found_sent if sent else make_due)(connection, key, by.now)
        if found:
            outcome = {**key._asdict(), "state": "sent" if sent else "due"}
            record(connection, "settle", "notifier", by, outcome)
    return found
