"""Read models as the projector leaves them, folded from facts that are sealed in earnest."""

from collections.abc import Sequence
from functools import cache
from operator import attrgetter

import psycopg

from events.catalogue import Recorded, decode
from events.event import Event
from projections.catalogue import ALL, PROJECTIONS
from projections.replay import folded
from services.engines.addresses import Engines
from services.read_models.builds import prepare, serving, store
from services.vault.vault import Vault
from tests.scenes.history_choosing import choosing, day
from tests.scenes.history_learning import learning, partnerships
from tests.scenes.scribe import Scribe, Written
from tests.scenes.told import sealed

RELEASED = day(2024, 11, 4)


@cache
def commands() -> Sequence[Written]:
    """What was told of the whole small cohort, in the order of time."""
    scribe = Scribe()
    choosing(scribe)
    learning(scribe)
    partnerships(scribe)
    return sorted(scribe._commands, key=attrgetter("time"))


def before_the_release() -> Sequence[Written]:
    return [one for one in commands() if one.time < RELEASED]


def in_the_log(told: Sequence[Written], vault: Vault) -> list[Recorded[Event]]:
    """What the log would hold of this."""
    return [decode(one.row.document) for one in sealed(told, vault)]


def filled(engines: Engines, told: Sequence[Written], vault: Vault) -> Engines:
    """The engines with all read models once this has happened."""
    facts = in_the_log(told, vault)
    with psycopg.connect(engines.programme["projector"]) as connection:
        prepare(connection, ALL)
        for build in serving(connection, ALL):
            store(connection, build, folded(PROJECTIONS[build.projection], facts))
    return engines
