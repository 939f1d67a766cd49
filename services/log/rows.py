"""What a writer reads in the rows of its log."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

import psycopg

from events.catalogue import STORED
from events.envelope import read_document, recorded_time
from services.log.log import Stored
from services.log.statements import LAST_OF_TYPES, LOG, Schema


class LogShortened(psycopg.Error):
    """The log has no more what its writer knew; nothing is decided before somebody has looked."""


def context_of(wire_name: str) -> str:
    """The part of the programme that a kind of fact is of: `workshop` for `workshop.booked.v1`."""
    return wire_name.split(".", 1)[0]


def when_recorded(rows: Sequence[Stored]) -> datetime:
    """When the last of these facts was recorded; long ago if there is none, or it can't be read."""
    known = rows and rows[-1].type in STORED
    return recorded_time(rows[-1].document) if known else datetime.fromtimestamp(0, UTC)


def digest_in(row: Stored) -> str:
    """The digest of a command that was accepted, in what it wrote; one that wrote nothing has it
    as a tag.
    """
    if not row.position:
        return row.tags[0]
    return read_document(row.document)[0].origin.digest


def last_of_contexts(cursor: psycopg.Cursor[Any], of: Schema = LOG) -> dict[str, int]:
    """The last position of each context in which anything has happened."""
    cursor.execute(of(LAST_OF_TYPES), (list(STORED),))
    last: dict[str, int] = {}
    for kind, position in cursor:
        last[context_of(kind)] = max(last.get(context_of(kind), 0), position or 0)
    return last
