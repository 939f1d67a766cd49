"""What a stream had that the log had not, kept before the stream was made anew.

Here stands all SQL on `work.replaced`.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

import psycopg

from services.stream.comparing import Difference
from services.stream.reading import headers_of, sequence_of


class Replaced(NamedTuple):
    """A message that is no more: of which stream, where it stood, its bytes, when it had come and
    when the stream was made anew.
    """

    epoch: str
    sequence: int
    subject: str
    document: bytes
    stored_at: datetime
    replaced_at: datetime


async def keep(
    connection: psycopg.AsyncConnection, epoch: str, differences: Sequence[Difference]
) -> None:
    """Keep what the stream of an epoch has where it differs from the log."""
    async with connection.cursor() as cursor:
        for message in (one.message for one in differences if one.message):
            headers = headers_of(message)
            await cursor.execute(
                "INSERT INTO work.replaced (epoch, sequence, subject, document, stored_at)"
                " VALUES (%s, %s, %s, %s, %s::timestamptz) ON CONFLICT DO NOTHING",
                (
                    epoch,
                    sequence_of(message),
                    headers["Nats-Subject"],
                    message.data or b"",
                    headers["Nats-Time-Stamp"],
                ),
            )


async def number_kept(connection: psycopg.AsyncConnection, epoch: str | None) -> int:
    """How many messages of the stream of an epoch are kept."""
    found = await connection.execute(
        "SELECT count(*) FROM work.replaced WHERE epoch = %s", (epoch,)
    )
    row = await found.fetchone()
    return row[0] if row else 0


def replaced(connection: psycopg.Connection, limit: int) -> list[Replaced]:
    """What was replaced, the newest first."""
    rows = connection.execute(
        "SELECT epoch, sequence, subject, document, stored_at, replaced_at FROM work.replaced"
        " ORDER BY replaced_at DESC, epoch, sequence LIMIT %s",
        (limit,),
    )
    return [Replaced(*row) for row in rows]


def replaced_at(connection: psycopg.Connection, sequence: int) -> list[Replaced]:
    """What stood at a sequence in streams that are no more, the newest first."""
    rows = connection.execute(
        "SELECT epoch, sequence, subject, document, stored_at, replaced_at FROM work.replaced"
        " WHERE sequence = %s ORDER BY replaced_at DESC",
        (sequence,),
    )
    return [Replaced(*row) for row in rows]
