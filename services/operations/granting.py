"""The first coordinator: made by who may write to the log, since nobody else can grant it yet."""

from contextlib import closing
from datetime import datetime
from typing import Final
from uuid import uuid4

from domain.roles.granting import MakeCoordinator
from events.ids import CommandId, PersonId
from events.terms import Role, System
from services.door.wire import Parsed, Request, act_of, content_of, origin_of, tool
from services.log.writer import Answer, Wish, Writer
from services.process.station import Station
from services.vault.vault import Vault

ACTOR: Final = f"system:{System.COMMAND_LINE}"
WRITER: Final = "commands"


def make_coordinator(station: Station, person_id: PersonId, reason: str | None = None) -> Answer:
    """Have somebody coordinate the whole programme, and say what came of it.

    It is written with the rights of the worker `commands`, as a fact like all others. Where there
    is a coordinator it is refused without a `reason`; with one, all coordinators are told.
    psycopg.Error if the database is away, ValueError (pydantic's) if the reason is too long.
    """
    command = MakeCoordinator(person_id=person_id, reason=reason)
    with (
        closing(station.vault(WRITER)) as vault,
        closing(Writer(station.engines.programme[WRITER], vault, station.clock)) as writer,
    ):
        wish = wish_of(command, vault, station.clock.now(), station.settings.source)
        while wish.answer is None:
            writer.decide([wish])
        return wish.answer


def wish_of(command: MakeCoordinator, vault: Vault, now: datetime, source: str) -> Wish:
    """What the door would make of it, if it took it."""
    sent = CommandId.derived(now, uuid4().hex)
    parsed = Parsed(command, Request(id=sent, role=Role.SYSTEM, data={}), tool(ACTOR))
    act = act_of(parsed, now, vault.command_id(ACTOR, sent))
    return Wish(command, act, origin_of(parsed, act, source), content_of(parsed), sent)
