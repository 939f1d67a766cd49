import asyncio
import os
import signal
from pathlib import Path
from typing import Any

import psycopg
from nats.aio.client import Client

from services.door.asking import ask
from services.engines.addresses import find
from services.stream.connections import connection_of
from tests.scenes.at_work import eventually
from tests.scenes.calls import Calls
from tests.scenes.terminal import Terminal
from tests.scenes.watching import nothing_runs_in, until
from tests.scenes.world import a_plan

STOPPED = "Stopped; everything that was begun is finished.\n"


def test_sigterm_under_load_loses_nothing_that_was_answered_and_the_next_up_goes_on_until_ctrl_c(
    tmp_path: Path,
) -> None:
    data = tmp_path / "data"
    lt, calls = Terminal(LT_DATA=data), Calls(LT_DATA=data)
    with lt.up() as up:
        cohort = lt.planned()
        token = lt.token(lt.coordinator)
        answered = asyncio.run(load_until_it_stops(data, up.pid, token))
        said = up.wait()
        assert (said.code, said.out) == (0, STOPPED)
        for stalled in ("worker.failed", "worker.cancelled", "scheduler.postponed"):
            assert stalled not in said.err
    assert nothing_runs_in(data)
    assert len(answered) > 100
    stopped = calls("status", "--json")
    assert (stopped.code, stopped.json["status"]) == (3, "busy")
    with lt.up() as up:
        with psycopg.connect(find(data, {}).programme["console"]) as log:
            kept = {position for (position,) in log.execute("SELECT position FROM log.events")}
        assert answered <= kept
        assert kept == set(range(1, len(kept) + 1))
        until(lt.is_settled)
        assert cohort in {one["key"] for one in calls("show", "cohort_board", "--json").lines}
        ended = up.end()
        assert (ended.code, ended.out) == (0, STOPPED)
    assert nothing_runs_in(data)


async def load_until_it_stops(data: Path, pid: int, token: str) -> set[int]:
    """Plan cohorts, many at once, and stop `up` in the midst: the positions that were answered."""
    answered: set[int] = set()
    async with connection_of("client", find(data, {}).nats["client"]) as client:
        asking = [asyncio.create_task(plan_cohorts(client, token, answered)) for _ in range(32)]
        await eventually(lambda: len(answered) > 200)
        os.kill(pid, signal.SIGTERM)
        await asyncio.wait(asking, timeout=1)
        for one in asking:
            one.cancel()
        await asyncio.gather(*asking, return_exceptions=True)
    return answered


async def plan_cohorts(client: Client, token: str, answered: set[int]) -> None:
    def plan() -> dict[str, Any]:
        return {"data": a_plan()}

    while (reply := await ask(client, "cohort.plan", plan(), token=token)).status == "accepted":
        assert reply.events
        answered.add(reply.events[0].position)
