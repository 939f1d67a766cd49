"""All read models from the log, beside reading and parsing that log alone."""

from collections.abc import Iterator
from time import perf_counter

import psycopg
from psycopg.sql import SQL

from benchmarks.bench import bench, child
from benchmarks.history import append, lives
from benchmarks.pace import Pace
from benchmarks.table import Row, alternated, beside
from events.catalogue import decode
from projections.catalogue import PROJECTIONS
from services.clock import SystemClock
from services.log.log import Log
from services.process.running import collect_seldom
from services.read_models.builds import builds
from services.read_models.rebuilding import CHUNK
from services.workers.projector import Projector


def rows(pace: Pace) -> Iterator[Row]:
    """The row on rebuilding."""
    with bench() as at, child() as ours, child() as peer:
        append(at, lives(0, pace.rebuilt_people))
        url = at.engines.programme["projector"]
        ours_rate, parsed_rate = alternated(
            pace.rounds,
            lambda: ours.submit(rebuilt, url, at.engines.programme["owner"]).result(),
            lambda: peer.submit(parsed, url).result(),
        )
    name = f"rebuild of all {len(PROJECTIONS)} read models, beside reading and parsing"
    yield beside(name, ours_rate, parsed_rate, "events/s", least=0.5)


def rebuilt(url: str, owner: str) -> float:
    """Events per second."""
    collect_seldom()  # as every worker does
    with psycopg.connect(owner, autocommit=True) as connection:
        for build in builds(connection):
            connection.execute(SQL("DROP TABLE {} CASCADE").format(build.table))
        connection.execute("DELETE FROM read.builds")
        head = connection.execute("SELECT max(position) FROM log.events").fetchone()
    projector = Projector(url, SystemClock(), batch=CHUNK)
    projector.prepare()
    began = perf_counter()
    projector.take((head and head[0]) or 0)
    seconds = perf_counter() - began
    projector.close()
    return (head[0] if head else 0) / seconds


def parsed(url: str) -> float:
    """Events per second."""
    collect_seldom()
    log = Log(url)
    head = log.head()
    began = perf_counter()
    for row in log.pages(0, head):
        decode(row.document)
    seconds = perf_counter() - began
    log.close()
    return head / seconds
