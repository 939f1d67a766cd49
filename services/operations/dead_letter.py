"""One dead letter whole: its event, its fault, what waits behind it, what was done about it."""

from typing import Any, Final

import psycopg

from events.envelope import read_document
from services.dead_letters.orders import Order, naming
from services.dead_letters.parking import Listed, behind, numbered, queues
from services.log.log import document_at
from services.vault.opening import opened

FEW: Final = 10  # dead letters that are named of those that wait
OF_ORDERS: Final = ("number", "verb", "who", "reason", "given_at", "finished_at", "outcome")


def whole(connection: psycopg.Connection, letter: int) -> dict[str, Any] | None:
    """Everything on a dead letter, what is personal in it sealed; None if there is no such one."""
    found = numbered(connection, [letter])
    return _whole(connection, found[0]) if found else None


def _whole(connection: psycopg.Connection, one: Listed) -> dict[str, Any]:
    return {
        **one._asdict(),
        "waiting": queues(connection, [one.letter]).get(one.letter, 0),
        "first_waiting": behind(connection, one.letter, FEW),
        "event": _event(connection, one.position),
        "orders": [_order(order) for order in naming(connection, one.letter)],
    }


def _event(connection: psycopg.Connection, position: int) -> dict[str, Any] | str:
    """The event as it is in the log, sealed values left out."""
    document = document_at(connection, position)
    if document is None:
        return "The log has no such position."
    try:
        envelope, content = read_document(document)
    except ValueError:
        return f"It can't be read: {len(document)} bytes that are no event of this programme."
    origin = envelope.origin
    return {
        "type": envelope.type,
        "id": envelope.id,
        "subject": envelope.subject,
        "time": envelope.time,
        "recorded": envelope.recorded,
        "actor": origin.actor,
        "role": origin.role,
        "command": origin.command_id,
        "caused_by": origin.causation_id,
        "data": opened(content, None),
    }


def _order(order: Order) -> dict[str, Any]:
    whole_order = order._asdict()
    return {name: whole_order[name] for name in OF_ORDERS}
