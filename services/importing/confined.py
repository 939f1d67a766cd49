"""Examines a file in a process of its own, which has no more memory and time than it may need.

Bounds hold against what somebody thought of; this holds against the rest. What goes beyond ends
that process alone, and whoever imports is told.
"""

import resource
import signal
from collections.abc import Callable
from contextlib import suppress
from multiprocessing import get_context
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Final

from services.importing.cells import NotATable
from services.importing.examining import Examined, examine
from services.secrecy import no_core_dumps

MEMORY: Final = 2**30  # bytes of addresses
SECONDS: Final = 60  # of a processor
BEYOND: Final = (
    f"The file takes more than {MEMORY // 2**20} MiB of memory or {SECONDS} seconds to be read."
    " Please split it."
)
OUR_FAULT: Final = "The file can't be read, by a fault of ours ({}). Nothing was sent."
Examining = Callable[[Path], Examined]


def examined_apart(
    path: Path, examining: Examining = examine, *, seconds: int = SECONDS
) -> Examined:
    """As `examine`, and NotATable also if it takes more memory or time than a file should. Call it
    before there are keys, connections or threads: the other process has all that this one has.
    """
    # A copy of this one, which takes no time: whoever reads a file has opened nothing else yet.
    context = get_context("fork")
    hears, tells = context.Pipe(duplex=False)
    process = context.Process(target=_examine, args=(path, tells, examining, seconds), daemon=True)
    process.start()
    tells.close()
    try:
        told = hears.recv()
    except EOFError:  # it was ended
        raise NotATable(BEYOND) from None
    finally:
        process.kill()
        process.join()
        hears.close()
    if isinstance(told, str):
        raise NotATable(told)
    found: Examined = told
    return found


def _examine(path: Path, tells: Connection, examining: Examining, seconds: int) -> None:
    """What the other process does: it tells what it found, or a sentence."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # who started us ends us
    _confine(seconds)
    told: Examined | str
    try:
        told = examining(path)
    except NotATable as problem:
        told = str(problem)
    except MemoryError:
        told = BEYOND
    except Exception as fault:  # noqa: BLE001 - told by its kind: its words may be the file's
        told = OUR_FAULT.format(type(fault).__name__)
    with suppress(BrokenPipeError):
        tells.send(told)


def _confine(seconds: int) -> None:
    no_core_dumps()
    for kind, most in ((resource.RLIMIT_AS, MEMORY), (resource.RLIMIT_CPU, seconds)):
        with suppress(ValueError, OSError):  # where there is no such limit, or a lower one
            resource.setrlimit(kind, (most, most))
