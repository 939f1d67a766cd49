"""The door of a walk: a request becomes a wish there, as it does on the bus."""

from collections.abc import Sequence
from copy import copy
from dataclasses import dataclass
from datetime import date, datetime
from functools import partial
from typing import Any, NamedTuple

from pydantic_core import to_json

from domain.decision import Act
from domain.identities.tying import FoundTies, TieIdentity
from domain.people.person import Met, RegisterPerson
from domain.roles.acting import NotTied
from events.calendar import local_day
from events.ids import CommandId, PersonId, TieId
from events.people import PersonErased
from events.terms import Role, Way
from services.crew import OF_WORKERS, REQUESTS
from services.door.wire import (
    Malformed,
    Parsed,
    Request,
    act_of,
    content_of,
    origin_of,
    parse,
    tool,
)
from services.identity.showing import Comer
from services.log.sealing import shut
from services.log.wishes import Accepted, Answer, Refused, Wish
from services.vault.vault import Vault
from tests.walk.keys import PlainVault

SOURCE = "uk.nhs.leading-together/walk"
OURS = "system:command-line"
CREDENTIAL = "c" * 64


class Asked(NamedTuple):
    """A request: the command's name, all that goes over the bus, and who asks (`actor`), or on
    which worker's subject it comes.
    """

    name: str
    body: dict[str, Any]
    worker: str = ""

    @property
    def by(self) -> str:
        """Who asks."""
        return f"system:{self.worker}" if self.worker else str(self.body["actor"])

    @property
    def comer(self) -> Comer | None:
        """Who has come in: a person, or a stranger; None of a worker."""
        known = PersonId(self.by) if self.by.startswith("person_") else None
        return None if self.worker else Comer(known, "own", CREDENTIAL, self.by)

    @property
    def sent(self) -> dict[str, Any]:
        """What goes over the bus."""
        return {name: said for name, said in self.body.items() if name != "actor"}

    @property
    def data(self) -> dict[str, Any]:
        data: dict[str, Any] = self.body["data"]
        return data


@dataclass
class WalkClock:
    """A clock that goes wherever somebody sets it, backwards too."""

    moment: datetime

    def now(self) -> datetime:
        return self.moment


class WalkDoor:
    """Makes wishes of requests, and knows who registered under which address and name."""

    def __init__(self, clock: WalkClock, vault: PlainVault) -> None:
        self._clock, self._vault = clock, vault
        self._met: dict[tuple[str, str], list[PersonId]] = {}
        self._ties: dict[str, dict[TieId, PersonId]] = {}

    def wish(self, asked: Asked) -> Wish:
        """As the door makes it; Malformed if the form is wrong."""
        subjects = f"{OF_WORKERS}{asked.worker}." if asked.worker else REQUESTS
        parsed = parse(f"{subjects}{asked.name}", to_json(asked.sent), asked.comer)
        sent = CommandId(parsed.request.id or "")
        recorded = self._vault.command_id(parsed.asker.sender, sent)
        act = act_of(parsed, self._clock.now(), recorded)
        command = parsed.command
        if isinstance(command, RegisterPerson):
            newcomer = PersonId.derived(self._clock.now(), recorded)
            same = tuple(self._known_as(command))
            other = frozenset({Way.TOWN, Way.PHONE} if command.email else {Way.TOWN})
            command = command.having_met(Met(newcomer, same, dict.fromkeys(same, other)))
        wish = Wish(command, act, origin_of(parsed, act, SOURCE), content_of(parsed), sent)
        if isinstance(command, TieIdentity):
            wish.meet_again = partial(self._look, wish, act.new(TieId))
            wish.meet_again()
        return wish

    def _look(self, wish: Wish, mine: TieId) -> None:
        """Whose the subject may be: everybody to whom somebody ever wished to tie it."""
        command = wish.command
        subject = f"{command.issuer} {command.subject}"
        ties = self._ties.setdefault(subject, {})
        ties[mine] = command.person_id
        others = tuple((who, tie) for tie, who in sorted(ties.items()) if tie != mine)
        wish.command = command.having_found(FoundTies(subject, others))

    @property
    def today(self) -> date:
        """The day in London by the door's clock."""
        return local_day(self._clock.now())

    def inside(self, command: Any, number: int) -> Wish:
        """What is asked for by who may write to the log, and not at the door."""
        now = self._clock.now()
        sent = CommandId.derived(now, "inside", str(number))
        parsed = Parsed(command, Request(id=sent, role=Role.SYSTEM, data={}), tool(OURS))
        act = act_of(parsed, now, self._vault.command_id(OURS, sent))
        return Wish(command, act, origin_of(parsed, act, SOURCE), content_of(parsed), sent)

    def _known_as(self, command: RegisterPerson) -> Sequence[PersonId]:
        return self._met.get((command.email or command.phone or "", command.full_name), ())

    def answered(self, wish: Wish) -> None:
        """Who registered can be met from now on."""
        command = wish.command
        if isinstance(command, RegisterPerson) and isinstance(wish.answer, Accepted):
            for one in wish.about:
                name = (command.email or command.phone or "", command.full_name)
                known = self._met.setdefault(name, [])
                if one not in known:
                    known.append(PersonId(one))

    def erasing(self, person: PersonId, act: Act, vault: Vault) -> Wish:
        """The fact that somebody was erased, as it is to be written."""
        request = Request(id=act.command_id, role=act.role, data={})
        parsed = Parsed(None, request, tool(act.actor))
        wish = Wish(None, act, origin_of(parsed, act, SOURCE), b"", act.command_id)
        wish.facts = shut([PersonErased(person_id=person)], act, wish.origin, vault)
        return wish

    def forget(self, person: PersonId) -> None:
        """Nobody is met any more as somebody who was erased."""
        self._met = {name: [o for o in who if o != person] for name, who in self._met.items()}


def twin(wish: Wish) -> Wish:
    """The same wish, for another writer."""
    another = copy(wish)
    another.answer, another.facts, another.about = None, [], set()
    return another


def in_short(answer: Answer | None) -> str:
    """What was answered, without words: `accepted 3`, `again`, `refused offer.over`."""
    if isinstance(answer, Accepted):
        return "repeated" if answer.repeated else f"accepted {len(answer.written)}"
    if isinstance(answer, Refused):
        return f"refused {answer.code}"
    return "failed" if answer else "not answered"


__all__ = ["Asked", "Malformed", "NotTied", "WalkClock", "WalkDoor", "in_short", "twin"]
