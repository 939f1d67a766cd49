"""How the times that the log has recorded stand to the clock of its database."""

from contextlib import suppress
from datetime import datetime, timedelta

import psycopg

from events.catalogue import CATALOGUE
from events.envelope import recorded_time
from services.log.statements import LAST_AND_NOW


def ahead(connection: psycopg.Connection) -> timedelta:
    """By how much the last recorded time is ahead of the database's clock; below zero as a rule,
    and nothing for a log that is empty, or whose last event can't be read.

    Recorded times never go back. After the door's clock was far ahead for a moment, whatever
    follows bears that same time until it has come.
    """
    row = connection.execute(LAST_AND_NOW).fetchone()
    if row is None or row[0] not in CATALOGUE:
        return timedelta()
    now: datetime = row[2]
    with suppress(ValueError, TypeError):
        return recorded_time(bytes(row[1])) - now
    return timedelta()
