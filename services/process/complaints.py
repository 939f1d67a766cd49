"""What keeps a worker from its work, in its own words, as long as it does: for `status`.

How far it is tells its place; why it stands there, a full store say, only itself may know. Here
stands all SQL on `work.complaints`.
"""

import asyncio
from contextlib import suppress
from datetime import datetime
from typing import Final, LiteralString, NamedTuple

import psycopg

from services.crew import NAMES
from services.engines.connecting import connect
from services.engines.faults import EngineFault, Kind

TOLD: Final = 3.0  # seconds between two times that it is told
LASTS: Final = 45.0  # seconds for which it may be why: some try again after half a minute only
TO_CONNECT: Final = 3  # seconds: where that takes longer, everybody sees what is the matter
APART: Final = EngineFault("other-fault", "Stream and log differ, so it does nothing.")
"""What somebody has to say who has stopped on purpose: which side is right, others decide."""
TELL: Final[LiteralString] = (
    "INSERT INTO work.complaints AS c (worker, fault, problem) VALUES (%s, %s, %s)"
    " ON CONFLICT (worker) DO UPDATE SET fault = excluded.fault, problem = excluded.problem,"
    " told_at = now(), since = CASE WHEN c.problem = excluded.problem"
    " AND c.told_at > now() - make_interval(secs => %s) THEN c.since ELSE now() END"
)


def begin(connection: psycopg.Connection) -> None:
    """Make room for what each worker may have to say: on a full disk there is none for more."""
    connection.execute(
        "INSERT INTO work.complaints (worker, fault, problem, told_at)"
        " SELECT worker, 'other-fault', '', 'epoch' FROM unnest(%s::text[]) AS worker"
        " ON CONFLICT DO NOTHING",
        (list(NAMES),),
    )


class Complaint(NamedTuple):
    """What stands in a worker's way, which kind of fault that is, since when, and when it was told
    for the last time.
    """

    worker: str
    kind: Kind
    problem: str
    since: datetime
    told_at: datetime


class Complaints:
    """What one worker complains of. Nobody waits until it is told, nor for a database that is away:
    that one is, everybody sees.
    """

    def __init__(self, url: str, worker: str) -> None:
        self._url, self._worker = url, worker
        self._telling: asyncio.Task[None] | None = None
        self._next = 0.0

    def tell(self, fault: EngineFault) -> None:
        """Say what is the matter, now and then; to be called in the event loop."""
        now = asyncio.get_running_loop().time()
        if now >= self._next and (self._telling is None or self._telling.done()):
            self._next = now + TOLD
            self._telling = asyncio.create_task(asyncio.to_thread(self._tell, fault))

    def _tell(self, fault: EngineFault) -> None:
        with (
            suppress(psycopg.Error),
            connect(self._url, autocommit=True, connect_timeout=TO_CONNECT) as connection,
        ):
            connection.execute(TELL, (self._worker, *fault, LASTS))


def complaints(connection: psycopg.Connection) -> dict[str, Complaint]:
    """What workers complain of now."""
    rows = connection.execute(
        "SELECT worker, fault, problem, since, told_at FROM work.complaints"
        " WHERE told_at > now() - make_interval(secs => %s) ORDER BY worker",
        (LASTS,),
    )
    return {row[0]: Complaint(*row) for row in rows}
