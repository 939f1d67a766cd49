"""How the database is: the log, who goes through it, and what waits there for how long."""

from datetime import datetime
from typing import Any, Final, NamedTuple

import psycopg

from services.dead_letters.orders import OF_LETTERS, OF_READ_MODELS, Order, standing
from services.dead_letters.parking import OpenLetters, counted, last_handled
from services.log.clocks import ahead
from services.log.log import recorded_at
from services.notices import ledger
from services.notices.ledger import InState
from services.notices.mailbox_state import MailboxState, mailbox_state
from services.operations.bus import DOOR
from services.operations.places import Lag, age, places
from services.process.complaints import Complaint, complaints
from services.process.presence import connected
from services.process.rest import Resting, resting
from services.read_models.builds import hidden
from services.stream.consumers import saved_consumers
from services.workers.scheduler import WORKER as SCHEDULER
from services.workers.scheduler import last_settled, overdue

ORDERED: Final = (*OF_LETTERS, *OF_READ_MODELS, "rebuild-stream")


class StandingOrder(NamedTuple):
    """An order that is still to be carried out. `moved_at` is when something of it was last done,
    None if nothing was or it can't be seen.
    """

    number: int
    verb: str
    worker: str
    given_at: datetime
    moved_at: datetime | None


class Database(NamedTuple):
    """The database at a moment by its own clock. `ahead` is by how many seconds the last recorded
    time lies before that moment's (below zero as a rule); `problem` what stood in the way of
    messages that are due. `mailbox` is the one into which letters come back, if somebody reads it.
    """

    version: str
    at: datetime
    head: int
    recorded: datetime | None
    ahead: float
    places: list[Lag]
    connected: set[str]
    complaints: dict[str, Complaint]
    paused: dict[str, Resting]
    notices: list[InState]
    problem: str | None
    mailbox: MailboxState | None
    letters: list[OpenLetters]
    orders: list[StandingOrder]
    saved_consumers: int


def in_database(connection: psycopg.Connection) -> Database:
    """All that can be seen there. Raises psycopg.Error."""
    version, at = _row(connection, "SELECT current_setting('server_version'), clock_timestamp()")
    head, found = places(connection, at)
    due, since = overdue(connection, at)
    writer = Lag("writer", DOOR, DOOR, head, 0)
    settled = last_settled(connection)
    scheduler = Lag("scheduler", SCHEDULER, SCHEDULER, None, due, age(since, at), settled)
    return Database(
        version=version,
        at=at,
        head=head,
        recorded=recorded_at(connection, [head]).get(head),
        ahead=ahead(connection).total_seconds(),
        places=[writer, *found, scheduler],
        connected=connected(connection),
        complaints=complaints(connection),
        paused=resting(connection),
        notices=ledger.ages(connection),
        problem=ledger.last_problem(connection),
        mailbox=mailbox_state(connection),
        letters=counted(connection, hidden(connection)),
        orders=[_order(connection, one) for one in standing(connection, ORDERED)],
        saved_consumers=saved_consumers(connection),
    )


def _row(connection: psycopg.Connection, query: Any) -> tuple[Any, ...]:
    row = connection.execute(query).fetchone()
    return row or ()


def _order(connection: psycopg.Connection, one: Order) -> StandingOrder:
    moved = last_handled(connection, one.letters) if one.letters else None
    return StandingOrder(one.number, one.verb, one.worker, one.given_at, moved)
