"""Faults during which somebody looks on at the command line: what it says is true, said in a
sentence, and said in time. What was wrong with it is kept in `crew.wrong`.
"""

import asyncio
import json
import signal
from functools import partial
from random import Random
from typing import Any, Final, NamedTuple

import psycopg

from services.crew import WITH_CHECKPOINT
from tests.chaos.crew import Crew
from tests.scenes.watching import frozen

FROZEN: Final = 13.0  # seconds; a standstill of ten is to be told
PROMISED: Final = 10.0  # seconds in which every command answers
STARTING: Final = 8.0  # seconds for Python itself, beside all that is going on
LEFT: Final = (0, 1, 3)  # done, refused or something wrong, unreachable
NOBODY: Final = '{"person_id": "person_00000000000000000000000000"}'
WORDS: Final = (
    ("status",),
    ("status", "--json"),
    ("do", "interest.express", NOBODY),
    ("events", "--to", "3"),
    ("show", "application_queue"),
    ("people", "shared"),
    ("ops", "orders"),
    ("ops", "dead-letters"),
    ("ops", "stream", "verify"),
    ("vault", "status"),
)


async def engine_silent(engine: str, crew: Crew, random: Random) -> None:
    """An engine is frozen while somebody types: each command ends in time, with a sentence."""
    with frozen(crew.data, engine):
        typed = [crew.typed(*words) for words in random.sample(WORDS, 2)]
        await asyncio.gather(*(_ended_well(crew, engine, one) for one in typed))


async def _ended_well(crew: Crew, engine: str, typing: Any) -> None:
    said = await typing
    named = f"{' '.join(said.words)}, {engine} frozen"
    if said.seconds > PROMISED + STARTING:
        crew.wrong.append(f"{named}: took {said.seconds:.0f} s")
    if said.code not in LEFT or "Traceback" in said.errors:
        crew.wrong.append(f"{named}: exit {said.code}: {said.errors[-300:]}")


class Behind(NamedTuple):
    """How many events a worker has not taken in, and since how many seconds the first waits."""

    events: int
    seconds: float


async def standstill(worker: str, crew: Crew, _: Random) -> None:
    """A worker is frozen for longer than ten seconds under load: `status` says so."""
    process = crew.processes[worker]
    process.send_signal(signal.SIGSTOP)
    try:
        await asyncio.sleep(FROZEN)
        before = await asyncio.to_thread(behind, worker, crew.engines.programme["console"])
        said = await crew.typed("status", "--json")
        still_it = crew.processes[worker] is process and process.poll() is None
        clocks_agree = "commands" not in crew.launched  # or ages tell nothing
    finally:
        process.send_signal(signal.SIGCONT)
    if not (still_it and clocks_agree and before and before.seconds > FROZEN - 2):
        return
    if said.code == 0:
        crew.wrong.append(f"status: all is well, and {worker} stood still, {before} behind")
    if said.code == 1:
        troubles = json.loads(said.out.splitlines()[-1])["troubles"]
        if not any(worker in one or "read model" in one for one in troubles):
            crew.wrong.append(
                f"status: {worker} stood still, {before} behind, and only: {troubles}"
            )


def behind(worker: str, url: str) -> Behind | None:
    """As the database at `url` sees it; None while that is away, or if nothing waits."""
    if worker not in WITH_CHECKPOINT:
        return None
    query = (
        "SELECT (SELECT max(position) FROM log.events) - position, coalesce((SELECT extract("
        "epoch FROM now() - (convert_from(document, 'UTF8')::jsonb->>'recordedtime')::timestamptz)"
        " FROM log.events e WHERE e.position = p.position + 1), 0) FROM work.places p"
        " WHERE worker = %s"
    )
    try:
        with psycopg.connect(url, connect_timeout=2) as connection:
            row = connection.execute(query, (worker,)).fetchone()
    except psycopg.Error:
        return None
    return Behind(row[0], float(row[1])) if row and row[0] else None


STANDING: Final = {worker: partial(standstill, worker) for worker in WITH_CHECKPOINT}
SILENT: Final = {engine: partial(engine_silent, engine) for engine in ("postgres", "nats")}
