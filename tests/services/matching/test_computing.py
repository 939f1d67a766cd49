"""The process in which a run is computed: it gets numbers alone, and no more than it may take."""

import os
import subprocess
import sys
from pathlib import Path
from threading import Timer

import pytest

from domain.matching.recording import GivenUpReason
from services.matching.computing import Computing, Ended, NotComputed, RunLimits
from services.matching.solving import Table, solved

PARENT = """
import sys
from services.matching.computing import Computing
print("begun", flush=True)
Computing()([[(row + 1) * (column + 1) for column in range(600)] for row in range(600)])
"""
HARD = [[(row + 1) * (column + 1) for column in range(400)] for row in range(400)]


def test_the_process_finds_what_we_would() -> None:
    table: Table = [[3, None, 10**30], [None, None, None], [5, 4, 2]]
    columns, ours, theirs = Computing()(table)
    assert (columns, ours, theirs) == tuple(map(list, solved(table)))
    assert list(columns) == [2, None, 0]


@pytest.mark.parametrize(
    ("table", "limits"),
    [(HARD, RunLimits(seconds=1)), ([[1] * 1000] * 1000, RunLimits(memory=64 * 2**20))],
    ids=["time", "memory"],
)
def test_a_run_that_takes_too_much_is_given_up(table: Table, limits: RunLimits) -> None:
    with pytest.raises(NotComputed) as problem:
        Computing(limits)(table)
    assert problem.value.reason is GivenUpReason.TOOK_TOO_MUCH


def test_what_is_no_table_is_not_computed() -> None:
    with pytest.raises(NotComputed) as problem:
        Computing()([[1, 2], "none"])  # type: ignore[list-item]
    assert problem.value.reason is GivenUpReason.FAILED


def test_who_is_told_to_stop_waits_for_nothing() -> None:
    computing = Computing()
    timer = Timer(0.3, computing.end)
    timer.start()
    with pytest.raises(Ended):
        computing(HARD)
    timer.join()
    with pytest.raises(Ended):
        computing([[1]])


def test_the_process_dies_with_its_parent() -> None:
    parent = subprocess.Popen([sys.executable, "-c", PARENT], stdout=subprocess.PIPE)
    assert parent.stdout
    assert parent.stdout.readline() == b"begun\n"
    children: list[int] = []
    while not children:
        assert parent.poll() is None
        children = solvers_of(parent.pid)
    parent.kill()
    parent.wait()
    parent.stdout.close()
    for child in children:
        while is_running(child):
            os.kill(child, 0)


def solvers_of(pid: int) -> list[int]:
    found = Path(f"/proc/{pid}/task").glob("*/children")
    pids = [int(one) for path in found for one in path.read_text().split()]
    return [one for one in pids if b"solving.py" in Path(f"/proc/{one}/cmdline").read_bytes()]


def is_running(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except (FileNotFoundError, ProcessLookupError):
        return False
