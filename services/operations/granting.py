"""The first coordinator: made by who may write to the log, since nobody else can grant it yet."""

from contextlib import ExitStack, closing
from typing import Final, NamedTuple
from uuid import uuid4

from domain.decision import Command
from domain.identities.first import MakeCoordinator
from events.ids import CommandId, PersonId, TieId
from events.terms import SYSTEM, Role, System
from services.door.ties import Tying
from services.door.wire import Parsed, Request, act_of, content_of, origin_of, tool
from services.identity.configuration import identity_file
from services.log.wishes import Accepted, Answer, Wish
from services.log.writer import Writer
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
    is a coordinator it is refused without a `reason`; with one, everybody who coordinates is told.
    How they sign in is tied to them as well, if it is given: who is to tie others has to come in
    first. All of it is recorded at once, or nothing.

    psycopg.Error if a database is away, ValueError (pydantic's) if the reason is too long or the
    sign-in none, WrongIdentityFile.
    """
    said = sign_in._asdict() if sign_in else {}
    command = MakeCoordinator(person_id=person_id, reason=reason, **said)
    url = station.engines.programme[WRITER]
    with ExitStack() as stack:
        vault = stack.enter_context(closing(station.vault(WRITER)))
        writer = stack.enter_context(closing(Writer(url, vault, station.clock)))
        wish = _wish(command, vault, station)
        if sign_in is None:
            return _decided(writer, wish)
        identities = stack.enter_context(
            closing(identity_file(station.settings).identities(station.clock))
        )
        tying = stack.enter_context(closing(Tying(url, vault, writer, identities.codes)))
        tying.look([wish])
        answer = _decided(writer, wish)
        if not isinstance(answer, Accepted):
            tying.leave([wish.act.new(TieId)])
        return answer


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
