"""The first coordinator: made by who may write to the log, since nobody else can grant it yet."""

from contextlib import ExitStack, closing
from typing import Final, NamedTuple
from uuid import uuid4

from domain.decision import Command
from domain.identities.tying import TieCoordinator
from domain.roles.granting import MakeCoordinator
from events.ids import CommandId, PersonId
from events.terms import SYSTEM, Role, System
from services.door.ties import Tying
from services.door.wire import Parsed, Request, act_of, content_of, origin_of, tool
from services.identity.configuration import identity_file
from services.log.writer import Accepted, Answer, Wish, Writer
from services.process.station import Station
from services.vault.vault import Vault

ACTOR: Final = f"{SYSTEM}{System.COMMAND_LINE}"
WRITER: Final = "commands"


class SignIn(NamedTuple):
    """How somebody signs in: the provider's code in the settings, and what it calls them."""

    issuer: str
    subject: str


def make_coordinator(
    station: Station,
    person_id: PersonId,
    reason: str | None = None,
    sign_in: SignIn | None = None,
) -> Answer:
    """Have somebody coordinate the whole programme, and say what came of it.

    It is written with the rights of the worker `commands`, as a fact like all others. Where there
    is a coordinator it is refused without a `reason`; with one, all coordinators are told. How they
    sign in is tied to them as well, if it is given: who is to tie others has to come in first.
    psycopg.Error if a database is away, ValueError (pydantic's) if the reason is too long or the
    sign-in none, WrongIdentityFile.
    """
    command = MakeCoordinator(person_id=person_id, reason=reason)
    tie = TieCoordinator(person_id=person_id, **sign_in._asdict()) if sign_in else None
    url = station.engines.programme[WRITER]
    with ExitStack() as stack:
        vault = stack.enter_context(closing(station.vault(WRITER)))
        writer = stack.enter_context(closing(Writer(url, vault, station.clock)))
        granted = _decided(writer, _wish(command, vault, station))
        if tie is None or not isinstance(granted, Accepted):
            return granted
        wish = _wish(tie, vault, station)
        identities = stack.enter_context(
            closing(identity_file(station.settings).identities(station.clock))
        )
        Tying(url, vault, writer, identities.codes).look([wish])
        tied = _decided(writer, wish)
    return Accepted((*granted.written, *tied.written)) if isinstance(tied, Accepted) else tied


def _decided(writer: Writer, wish: Wish) -> Answer:
    while wish.answer is None:
        writer.decide([wish])
    return wish.answer


def _wish(command: Command, vault: Vault, station: Station) -> Wish:
    """What the door would make of it, if it took it."""
    now = station.clock.now()
    sent = CommandId.derived(now, uuid4().hex)
    parsed = Parsed(command, Request(id=sent, role=Role.SYSTEM, data={}), tool(ACTOR))
    act = act_of(parsed, now, vault.command_id(ACTOR, sent))
    origin = origin_of(parsed, act, station.settings.source)
    return Wish(command, act, origin, content_of(parsed), sent)
