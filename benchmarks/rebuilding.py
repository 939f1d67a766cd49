"""All read models from the log, beside reading and parsing that log alone."""

import asyncio
from collections.abc import Iterator
from time import perf_counter

import psycopg
from psycopg.sql import SQL

from benchmarks.history import append, lives
from benchmarks.pace import Pace
from benchmarks.stage import child, stage
from benchmarks.table import Row, alternated, beside
from events.catalogue import decode
from projections.catalogue import PROJECTIONS
from services.log import Log
from services.projector import Projector
from services.read_models import table


def rows(pace: Pace) -> Iterator[Row]:
    """The row on rebuilding."""
    with stage() as at, child() as ours, child() as peer:
        append(at.programme, lives(0, pace.rebuilt_people))
        url = at.engines.programme["projector"]
        ours_rate, parsed_rate = alternated(
            pace.rounds,
            lambda: ours.submit(rebuilt, url).result(),
            lambda: peer.submit(parsed, url).result(),
        )
    name = f"rebuild of all {len(PROJECTIONS)} read models, beside reading and parsing"
    yield beside(name, ours_rate, parsed_rate, "events/s", least=0.5)


def rebuilt(url: str) -> float:
    """Events per second."""
    with psycopg.connect(url) as connection:
        for projection in PROJECTIONS.values():
            connection.execute(SQL("DROP TABLE IF EXISTS {}").format(table(projection)))
        connection.execute("DELETE FROM read.places")
        head = connection.execute("SELECT max(position) FROM log.events").fetchone()
    projector = Projector(url)
    began = perf_counter()
    asyncio.run(projector.catch_up(asyncio.Event()))
    seconds = perf_counter() - began
    projector.close()
    return (head[0] if head else 0) / seconds


def parsed(url: str) -> float:
    """Events per second."""
    log = Log(url)
    head = log.head()
    began = perf_counter()
    for row in log.pages(0, head):
        decode(row.document)
    seconds = perf_counter() - began
    log.close()
    return head / seconds
