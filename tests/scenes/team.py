"""Who runs the programme: Ruth coordinates it, and others act in the roles that they were granted.

Whoever asks for something in a scene needs a right to it, which is a fact like all others.
"""

from collections.abc import Iterator
from contextlib import closing
from datetime import date
from pathlib import Path

import psycopg

from domain.decision import Act
from events.envelope import Origin, head_of
from events.event import Event
from events.ids import PROGRAMME, CohortId, CommandId, PersonId
from events.roles import RoleGranted
from events.terms import Role, Side
from services.engines.addresses import Engines
from services.log.log import Stored, head_of_log, turn, write
from services.log.sealing import shut
from services.vault.epochs import EpochKeys
from services.vault.vault import Vault
from tests.scenes.cast import registered
from tests.scenes.given import NOON, person

RUTH = person("Ruth")
LONG_BEFORE = date(2016, 4, 1)
BEFORE = 2
"""How many facts stand before whatever a scene is about: Ruth is known, and coordinates."""


def granted(
    who: PersonId,
    role: Role,
    cohort_id: CohortId | None = None,
    *,
    side: Side | None = None,
    starts_on: date = LONG_BEFORE,
    ends_on: date | None = None,
) -> RoleGranted:
    """Somebody may act in a role, for a cohort or for all."""
    return RoleGranted(
        person_id=who,
        cohort_id=cohort_id,
        programme_id=PROGRAMME if cohort_id is None or role is Role.COORDINATOR else None,
        role=role,
        side=side,
        starts_on=starts_on,
        ends_on=ends_on,
    )


def in_office(who: PersonId = RUTH) -> Iterator[Event]:
    """Somebody is known, and coordinates the whole programme."""
    yield registered(who, "Ruth Pascoe")
    yield granted(who, Role.COORDINATOR)


def ruth_is_there(engines: Engines, vault: Vault) -> None:
    """Ruth coordinates, if nothing has happened yet."""
    url = engines.programme["commands"]
    with psycopg.connect(url, autocommit=True) as connection:
        if head_of_log(connection):
            return
        vault.prove(begin=True)
        vault.welcome([RUTH])
        rows = list(_rows(vault))
        with turn(connection) as my:  # others may have come to it at the same moment
            if not my.head:
                write(my, rows)


def ruth_comes(data: Path, engines: Engines) -> None:
    """The same for engines whose keys are in a data folder, and may not have begun."""
    keys = EpochKeys(data / "master.key", data / "epochs.keys")
    with closing(Vault(engines.vault["commands"], keys)) as vault:
        ruth_is_there(engines, vault)


def _rows(vault: Vault) -> Iterator[Stored]:
    before: dict[str, int] = {}
    for position, fact in enumerate(in_office(), 1):
        origin = _origin(position)
        act = Act(CommandId(origin.command_id), NOON, origin.actor, Role.SYSTEM)
        (one,) = shut([fact], act, origin, vault)
        context = one.stored.context()
        document = head_of(position, before.get(context, 0), NOON) + one.body
        before[context] = position
        yield Stored(position, one.stored.wire_name(), one.tags, document)


def _origin(number: int) -> Origin:
    command_id = CommandId.derived(NOON, "Ruth comes", str(number))
    return Origin(
        command_id=command_id,
        digest="0" * 32,
        actor="system:command-line",
        role="system",
        source="uk.nhs.leading-together/tests",
        time=NOON,
        traceparent="00-" + "1" * 32 + "-" + "2" * 16 + "-01",
        correlation_id=command_id,
        causation_id=command_id,
    )
