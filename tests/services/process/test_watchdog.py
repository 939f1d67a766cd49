import asyncio
import time
from threading import Event as Flag

from structlog.testing import capture_logs

from services.process.watchdog import Watchdog, end_within


def test_a_loop_that_is_stuck_is_noticed_from_outside_it() -> None:
    ended = Flag()

    async def stuck() -> None:
        with Watchdog(every=0.02, patience=3, end=ended.set):
            await asyncio.sleep(0)
            deadline = time.monotonic() + 20
            while not ended.is_set() and time.monotonic() < deadline:
                time.sleep(0.01)  # noqa: ASYNC251 - this is the fault

    with capture_logs() as said:
        asyncio.run(stuck())
    assert ended.is_set()
    (entry,) = said
    assert entry["event"] == "watchdog.stuck"
    assert any("test_watchdog.py" in where for where in entry["where"])


def test_a_loop_that_waits_or_works_in_pieces_is_left_alone() -> None:
    ended = Flag()

    async def busy() -> None:
        with Watchdog(every=0.02, patience=25, end=ended.set):
            for _ in range(100):
                await asyncio.sleep(0.005)

    asyncio.run(busy())
    assert not ended.is_set()


def test_a_process_ends_though_one_of_its_threads_never_comes_back() -> None:
    ended = Flag()
    with capture_logs() as said:
        end_within(0.02, ended.set)
        assert ended.wait(20)
    assert said[0]["event"] == "watchdog.not-stopped"
