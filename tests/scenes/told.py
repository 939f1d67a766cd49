"""The history as the writer would keep it, sealed by a real vault."""

from collections.abc import Iterable, Iterator, Mapping
from datetime import timedelta
from operator import attrgetter
from typing import NamedTuple

from domain.decision import Act
from events.envelope import head_of
from events.event import Event
from events.ids import CommandId
from events.people import RelationshipDeclared
from events.terms import Relationship, Role
from services.log.log import Stored
from services.log.sealing import shut
from services.vault.vault import Vault
from tests.scenes.cast import ADA, BOLA
from tests.scenes.given import NOON
from tests.scenes.history_choosing import choosing
from tests.scenes.history_learning import learning, partnerships
from tests.scenes.scribe import Scribe, Written


class Told(NamedTuple):
    """A fact that was told: its row in the log, as it is stored, by which ids it is known, and
    what is kept beside it.
    """

    row: Stored
    stored: Event
    borne: frozenset[str]
    parts: Mapping[str, bytes]


def told(vault: Vault) -> list[Told]:
    """The whole history; at its end Bola asks not to be paired with Ada."""
    scribe = Scribe()
    choosing(scribe)
    learning(scribe)
    partnerships(scribe)
    veto = RelationshipDeclared(person_id=BOLA, other_id=ADA, kind=Relationship.VETO)
    scribe.tell(NOON + timedelta(days=800), veto)
    return list(sealed(sorted(scribe._commands, key=attrgetter("time")), vault))


def sealed(commands: Iterable[Written], vault: Vault, after: int = 0) -> Iterator[Told]:
    """What these commands brought about, at the positions after one."""
    for time, origin, facts in commands:
        act = Act(CommandId(origin.command_id), time, origin.actor, Role.COORDINATOR)
        for one in shut(facts, act, origin, vault):
            after += 1
            document = head_of(after, 0, time) + one.body
            row = Stored(after, one.stored.wire_name(), one.tags, document)
            yield Told(row, one.stored, frozenset(one.borne), one.parts)
