"""What was seen as JSON, for scripts; what each key means stands in docs/runbook.md."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from services.crew import NAMES
from services.operations.bus import DOOR
from services.operations.places import age
from services.operations.standstill import beyond_the_log, of_worker
from services.operations.status import Look


def as_json(seen: Look) -> dict[str, Any]:
    """All that was seen; null is what an engine keeps from us."""
    database, bus = seen.database, seen.bus
    return {
        "at": seen.at,
        "postgresql": database and database.version,
        "nats": bus and bus.version,
        "faults": {name: fault._asdict() for name, fault in seen.faults.items()},
        "disk": {"free": seen.free},
        "log": database
        and {"head": database.head, "recorded": database.recorded, "ahead": database.ahead},
        "stream": _stream(seen),
        "workers": {name: _worker(seen, name) for name in NAMES},
        "places": [one._asdict() for one in seen.places],
        **_waiting(seen),
    }


def _stream(seen: Look) -> dict[str, Any] | None:
    if not (seen.bus and seen.bus.stream):
        return None
    stream = seen.bus.stream
    return {
        "first": stream.first,
        "last": stream.last,
        "messages": stream.messages,
        "bytes": stream.size,
        "room": stream.room,
        "otherwise": stream.otherwise,
        "quiet": stream.quiet,
        "is_the_log": seen.is_the_log,
        "saved_consumers": seen.database and seen.database.saved_consumers,
    }


def _worker(seen: Look, name: str) -> dict[str, Any]:
    consumer = seen.bus and seen.bus.consumers.get(name)
    answers = consumer and consumer.asking > 0
    database = seen.database
    rest = database and database.paused.get(name)
    complaint = database and database.complaints.get(name)
    return {
        "runs": seen.runs(name),
        "answers": seen.bus and seen.bus.door_answers if name == DOOR else answers,
        "in_hand": consumer and consumer.in_hand,
        "rests": rest and rest._asdict(),
        "complaint": complaint and complaint._asdict(),
        "troubles": [*beyond_the_log(seen, seen.of(name)), *of_worker(seen, database, name)]
        if database
        else [],
    }


def _waiting(seen: Look) -> dict[str, Any]:
    database = seen.database
    if database is None:
        return {}
    return {
        "notices": {
            one.state: {"number": one.number, **_aged(seen, one.oldest)} for one in database.notices
        },
        "notices_problem": database.problem,
        "mailbox": database.mailbox and database.mailbox._asdict(),
        "letters": {
            one.worker: {"dead": one.dead, "waiting": one.waiting, **_aged(seen, one.oldest)}
            for one in database.letters
        },
        "orders": [
            {**one._asdict(), "seconds": age(one.given_at, seen.at)} for one in database.orders
        ],
    }


def _aged(seen: Look, oldest: datetime) -> Mapping[str, Any]:
    return {"oldest": oldest, "seconds": age(oldest, seen.at)}
