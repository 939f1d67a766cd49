"""Our own log and writer, as they are and with another class in their place."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, closing, contextmanager
from functools import partial

from eventsourcing.dcb.api import DCBRecorder

from services.clock import SetClock
from services.engines.addresses import Engines
from services.log.recorder import Recorder
from services.log.writer import Writer
from tests.races.contenders import Contender
from tests.scenes.world import NOON, vault_of


def log_on(
    engines: Engines, kind: type[Recorder] = Recorder
) -> AbstractContextManager[DCBRecorder]:
    return closing(kind(engines.programme["commands"], connections=10))


@contextmanager
def writer_on(engines: Engines, kind: type[Writer] = Writer) -> Iterator[Writer]:
    with vault_of(engines) as vault:
        writer = kind(engines.programme["commands"], vault, SetClock(NOON))
        with closing(writer):
            yield writer


OURS = Contender("ours", log_on, writer_on)


def mutant(
    name: str,
    *,
    log: type[Recorder] = Recorder,
    writer: type[Writer] = Writer,
    prepare: Callable[[Engines], None] = lambda _engines: None,
) -> Contender:
    """Ours with a fault in one of its two parts."""
    return Contender(name, partial(log_on, kind=log), partial(writer_on, kind=writer), prepare)
