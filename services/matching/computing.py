"""Has a table solved by a process of its own, with limits, that dies when we do."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Final, NamedTuple

from domain.matching.canon import digest_of
from domain.matching.certificate import Solution
from domain.matching.recording import GivenUpReason, RecordRun
from domain.matching.worth import scale_of, worths
from events.ids import MatchingRunId
from events.matching import Inputs
from services.engines.children import launch
from services.matching.solving import TOO_MUCH, Table

SOLVER: Final = Path(__file__).with_name("solving.py")
BEYOND: Final = (TOO_MUCH, -signal.SIGXCPU, -signal.SIGKILL)  # the kernel ends it at its limits
ENVIRONMENT: Final = {"LC_ALL": "C.UTF-8", "PATH": os.defpath}
"""Nothing of ours: it needs no secret, and has none."""


class RunLimits(NamedTuple):
    """How much the process may take: bytes of addresses, and seconds, of a processor and in all."""

    memory: int = 2**30
    seconds: int = 60


class NotComputed(RuntimeError):
    """The table was not solved; the run is given up for this `reason`."""

    def __init__(self, reason: GivenUpReason) -> None:
        super().__init__(f"a matching run was not computed: {reason}")
        self.reason = reason


def computed(table: Table, limits: RunLimits | None = None) -> Solution:
    """The solution of a table. NotComputed if it takes too much, or goes wrong.

    The process gets numbers alone: no id, no seed, no key. To be called in a thread that outlives
    it.
    """
    memory, seconds = limits or RunLimits()
    solver = [sys.executable, "-I", "-S", str(SOLVER), str(memory), str(seconds)]
    try:
        done = subprocess.run(  # noqa: S603 - our own script, without a shell
            launch(solver, signal.SIGKILL, None),
            input=json.dumps(table, separators=(",", ":")).encode(),
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env=ENVIRONMENT,
            timeout=2 * seconds + 1,
            check=False,
        )
    except subprocess.TimeoutExpired:
        raise NotComputed(GivenUpReason.TOOK_TOO_MUCH) from None
    if done.returncode in BEYOND:
        raise NotComputed(GivenUpReason.TOOK_TOO_MUCH)
    if done.returncode:
        raise NotComputed(GivenUpReason.FAILED)
    return Solution(*json.loads(done.stdout))


def record_of(
    run_id: MatchingRunId,
    inputs: Inputs,
    seed_of: Callable[[str], str],
    solve: Callable[[Table], Solution] = computed,
) -> RecordRun:
    """What is to be recorded of a run over these inputs; `seed_of` gives the seed by their digest.

    NotComputed if it can't be found out.
    """
    digest = digest_of(inputs)
    seed = seed_of(digest)
    found = solve(worths(inputs.weighed, scale_of(inputs.weighed), seed))
    return RecordRun(
        run_id=run_id,
        inputs_digest=digest,
        seed=seed,
        columns=tuple(found.columns),
        row_prices=tuple(found.row_prices),
        column_prices=tuple(found.column_prices),
    )
