"""What takes part in a race: a log and a writer behind two small interfaces, ours or another's."""

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Protocol

from eventsourcing.dcb.api import DCBRecorder

from services.engines.addresses import Engines
from services.log.wishes import Wish


class Decider(Protocol):
    """Decides groups of commands and records what follows; each thread has one of its own."""

    def decide(self, group: Sequence[Wish]) -> None:
        """Answer every wish; after an error, which may hide a commit, the same group again."""


@dataclass(frozen=True)
class Contender:
    """Opens logs and writers on a database; `prepare` makes tables of its own, if it needs any.

    `settles` says whether it remembers commands that had no effect.
    """

    name: str
    recorder: Callable[[Engines], AbstractContextManager[DCBRecorder]]
    decider: Callable[[Engines], AbstractContextManager[Decider]]
    prepare: Callable[[Engines], None] = lambda _engines: None
    settles: bool = True
