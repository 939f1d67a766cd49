"""Several writer processes at once: how they share the log, and how long each waits at worst."""

import logging
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from multiprocessing import get_context
from random import Random
from typing import NamedTuple

import psycopg
import structlog

from domain.cohorts.cohort import PlanCohort
from services.engines.addresses import Engines
from services.log.log import turn
from services.log.wishes import Wish
from services.vault.vault import Vault
from tests.races.booking import begin, insisted, verdict
from tests.races.findings import Failure, Findings
from tests.races.ours import OURS
from tests.races.scene import Plan, plan
from tests.scenes.world import PLAN, apart, vault_of, wish, writer_on

DAYS, WISHES, GROUP = 10, 60, 8
READY = 60.0  # seconds in which all processes have come


class Share(NamedTuple):
    """What one process did: its wishes with their answers, and the seconds each group took."""

    plan: Plan
    thrown: int
    waits: Sequence[float]


def compete(engines: Engines, number: int, seconds: float) -> Share:
    """Book what all the others book; then write as much as it can, group after group."""
    with vault_of(engines) as vault, writer_on(engines, vault) as writer:
        mine = plan(vault, Random(number), DAYS, WISHES)
        insisted(writer, [], READY)  # all wait here until the turn is given free
        thrown = sum(not insisted(writer, group, 0) for group in mine)
        waits = []
        over = time.monotonic() + seconds
        while (began := time.monotonic()) < over:
            mine.append([_new(vault, f"{number} {began} {one}") for one in range(GROUP)])
            writer.decide(mine[-1])
            waits.append(time.monotonic() - began)
        return Share(mine, thrown, waits)


def _new(vault: Vault, named: str) -> Wish:
    return wish(vault, PlanCohort.model_validate({**PLAN, **apart(named)}), named)


def be_quiet() -> None:
    """Errors are what races are about; they are counted, not logged."""
    logging.disable(logging.CRITICAL)
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL))


def together(engines: Engines, processes: int, seconds: float) -> tuple[list[Share], Findings]:
    """That many processes, released at one moment; what they did and what went wrong."""
    begin(OURS, engines, DAYS)
    spawn = get_context("spawn")
    with ProcessPoolExecutor(processes, spawn, initializer=be_quiet) as pool:
        with _turn_kept(engines, processes):
            numbers = range(processes)
            running = [pool.submit(compete, engines, one, seconds) for one in numbers]
        shares = [one.result() for one in running]
    thrown = Findings({Failure.THROWN: sum(share.thrown for share in shares)})
    return shares, verdict(OURS, engines, [share.plan for share in shares]) + thrown


@contextmanager
def _turn_kept(engines: Engines, processes: int) -> Iterator[None]:
    """Let nobody write until all of them wait for it."""
    url = engines.programme["commands"]
    with psycopg.connect(url, autocommit=True) as holder, turn(holder):
        yield
        deadline = time.monotonic() + READY
        while _waiting(holder) < processes:
            assert time.monotonic() < deadline, "not all processes have come"
            time.sleep(0.01)


def _waiting(connection: psycopg.Connection) -> int:
    row = connection.execute(
        "SELECT count(*) FROM pg_locks WHERE relation = 'log.writers_turn'::regclass"
        " AND NOT granted"
        " AND database = (SELECT oid FROM pg_database WHERE datname = current_database())"
    ).fetchone()
    return int(row[0]) if row else 0
