"""Has a table solved by a process of its own, with limits, that dies when we do."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from threading import Lock
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


class Ended(RuntimeError):
    """We are to stop, so nothing is computed any more."""


class Computing:
    """Has tables solved, one after another. Safe for the thread that ends it."""

    def __init__(self, limits: RunLimits | None = None) -> None:
        self._limits = limits or RunLimits()
        self._turn = Lock()
        self._process: subprocess.Popen[bytes] | None = None
        self._ended = False

    def end(self) -> None:
        """Let the process go, if there is one, and begin none any more."""
        with self._turn:
            self._ended = True
            if self._process:
                self._process.kill()

    def go_on(self) -> None:
        """Ended, if it was."""
        if self._ended:
            raise Ended(Ended.__doc__)

    def __call__(self, table: Table) -> Solution:
        """The solution of a table. NotComputed if it takes too much, or goes wrong; Ended.

        The process gets numbers alone: no id, no seed, no key. To be called in a thread that
        outlives it.
        """
        content = json.dumps(table, separators=(",", ":")).encode()
        with self._begun() as process:
            try:
                told, _ = process.communicate(content, timeout=2 * self._limits.seconds + 1)
            except subprocess.TimeoutExpired:
                process.kill()
                raise NotComputed(GivenUpReason.TOOK_TOO_MUCH) from None
        self.go_on()
        if process.returncode in BEYOND:
            raise NotComputed(GivenUpReason.TOOK_TOO_MUCH)
        if process.returncode:
            raise NotComputed(GivenUpReason.FAILED)
        return Solution(*json.loads(told))

    def _begun(self) -> subprocess.Popen[bytes]:
        memory, seconds = self._limits
        solver = [sys.executable, "-I", "-S", str(SOLVER), str(memory), str(seconds)]
        with self._turn:
            self.go_on()
            self._process = subprocess.Popen(  # noqa: S603 - our own script, without a shell
                launch(solver, signal.SIGKILL, None),
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                env=ENVIRONMENT,
            )
            return self._process


def record_of(
    run_id: MatchingRunId,
    inputs: Inputs,
    seed_of: Callable[[str], str],
    solve: Callable[[Table], Solution],
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
