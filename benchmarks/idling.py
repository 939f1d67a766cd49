"""What the workers take when there is nothing to do, and how soon `up` is ready."""

import os
import time
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

from benchmarks.bench import bench, started, stop, until, workers
from benchmarks.pace import Pace
from benchmarks.table import Row, alone
from services.crew import NAMES

LIGHT: Final = 100  # MiB
SETTLED: Final = 2.0  # seconds
TICKS: Final = os.sysconf("SC_CLK_TCK")
PAGE: Final = os.sysconf("SC_PAGE_SIZE")


def rows(pace: Pace) -> Iterator[Row]:
    """The rows on idle workers and on the start."""
    with bench() as at, workers(at, *NAMES) as pids:
        time.sleep(SETTLED)
        before = {name: _cpu_seconds(pid) for name, pid in pids.items()}
        time.sleep(pace.idle)
        for name, pid in pids.items():
            share = (_cpu_seconds(pid) - before[name]) / pace.idle * 100
            yield alone(f"idle worker {name}, CPU", share, "% of a core", most=1)
        for name, pid in pids.items():
            bound = LIGHT if name == "web" else None
            yield alone(f"idle worker {name}, memory", resident_mib(pid), "MiB", most=bound)
    with TemporaryDirectory(prefix="leading-together-") as folder:
        yield alone("`up` in an empty data folder, until ready", _start(folder), "s", most=5)
        yield alone("`up` again, until ready", _start(folder), "s", most=5)


def _cpu_seconds(pid: int) -> float:
    fields = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / TICKS


def resident_mib(pid: int) -> float:
    """What a process holds in memory."""
    pages = int(Path(f"/proc/{pid}/statm").read_text(encoding="utf-8").split()[1])
    return pages * PAGE / 2**20


def _start(folder: str) -> float:
    said = Path(folder) / "said"
    began = time.monotonic()
    with said.open("wb") as out, started("up", "--data", f"{folder}/data", out=out) as process:
        until(lambda: b"workers.ready" in said.read_bytes(), "everything")
        seconds = time.monotonic() - began
        stop(process)
    return seconds
