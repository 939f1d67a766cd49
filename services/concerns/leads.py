"""Safeguarding leads hear at once that there is something to look at, and nothing else.

It goes past the ledger (services/notices/at_once.py), so neither that nor the programme's log has a
row of it; what became of it is a fact of the case. Nobody is written to where no mail server is
named: a letter that is kept as a file would tell whoever looks there that something was told.
"""

import asyncio
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any, Final, NamedTuple

import psycopg
import structlog

from domain.concerns.concern import Concern, NoteLead
from domain.notice import Notice
from domain.people.person import Reach
from events.calendar import local_day
from events.catalogue import Recorded, decode
from events.concerns import ConcernRaised
from events.envelope import data_of
from events.ids import CommandId, ConcernId, PersonId
from events.one_person import OnePerson
from events.roles import RoleGranted
from events.terms import LeadHeard, Role, System
from services.clock import Clock
from services.concerns.casebook import Casebook, nothing_beside
from services.concerns.effects import DONE
from services.door.wire import Parsed, Request, tool
from services.engines.connections import KeptConnection
from services.log.authorities import authority_of, one_person_of
from services.log.finding import DatabaseSource, prepare_to_find
from services.log.log import BEHIND_ALL, PAGE_SIZE, head_of_log, page
from services.log.memory import Memory
from services.log.statements import CONCERNS
from services.notices.at_once import AtOnce
from services.notices.letters import write
from services.notices.office import Office, office_for
from services.notices.post import Away, Unconfirmed, Undeliverable, Unsent, smtp_for
from services.process.station import Station
from services.settings import WrongSetting
from services.vault.opening import Reading
from services.vault.vault import Vault

LEAD: Final = Role.SAFEGUARDING_LEAD
SUBJECT: Final = "There is something for you to look at"
PARAGRAPHS: Final = (
    "There is something that waits for you. Please look at it as soon as you can.",
    "You see it in your list, with `leading-together do concern.list`.",
    "This letter says no more, so that nobody can learn more from it.",
)
logger = structlog.get_logger()


class Writing(NamedTuple):
    """By what leads are written to."""

    at_once: AtOnce
    office: Office


def writing_for(station: Station) -> Writing | None:
    """None where no mail server is named; or, which is said, where what is set is wrong: what is
    told is taken in all the same.
    """
    settings = station.settings
    try:
        if (post := smtp_for(settings)) is None:
            return None
        office = office_for(settings, own_engines=station.engines.are_ours)
    except WrongSetting as problem:
        logger.error("safeguarding.writes-to-nobody", problem=str(problem))  # noqa: TRY400
        return None
    return Writing(AtOnce(post, office, station.clock), office)


class News(NamedTuple):
    """A case of which a lead is still to hear, and the id under which it is noted what became of
    it.
    """

    concern_id: ConcernId
    lead: PersonId
    named: CommandId


class Leads:
    """Tells each lead once, as far as we can know. All is done in a thread of its own, since a mail
    server may take its time.
    """

    def __init__(
        self, url: str, vault: Vault, clock: Clock, casebook: Casebook, writing: Writing
    ) -> None:
        """`url` is that of the database; `casebook` is for this alone."""
        self._connection = KeptConnection(url, prepare_to_find)
        self._vault, self._clock, self._casebook, self._writing = vault, clock, casebook, writing
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="leads")
        self._reading = Reading(vault, nothing_beside)
        self._position = 0
        self._cases: dict[ConcernId, tuple[Recorded[Any], Concern]] = {}
        self._became: dict[News, LeadHeard] = {}
        self._leaving = False

    def close(self) -> None:
        """Hand over what is in hand, and no more."""
        self._leaving = True
        self._thread.shutdown(wait=True)
        self._casebook.close()
        self._connection.close()

    async def tell(self) -> None:
        """Whoever has not heard does, as far as the mail server takes it. Raises psycopg.Error."""
        await asyncio.get_running_loop().run_in_executor(self._thread, self._tell)

    def _tell(self) -> None:
        self._note()
        for one in self._news():
            if self._leaving:
                return
            try:
                self._became[one] = self._heard(one.lead)
            except Away:  # nobody can be written to now
                return
            except Unsent:  # it is tried again; the others' mailboxes may take it
                continue
            self._note()

    def _note(self) -> None:
        """What became of it, in the log; what can't be noted yet is not sent once more for that."""
        for one, heard in [*self._became.items()]:
            wish = NoteLead(concern_id=one.concern_id, lead_id=one.lead, heard=heard)
            data = wish.model_dump(mode="json")
            request = Request(id=one.named, role=Role.SYSTEM, data=data)
            parsed = Parsed(wish, request, tool(f"system:{System.SAFEGUARDING}"))
            if self._casebook.answer(self._casebook.wish(parsed)).status in DONE:
                del self._became[one]

    def _news(self) -> list[News]:
        with self._connection.used() as connection, connection.cursor(binary=True) as cursor:
            self._read(cursor)
            if all(one.closed for _, one in self._cases.values()):
                return []
            one_person = one_person_of(connection)
            leads = [*self._leads(connection, cursor, one_person)]
            cases = self._cases.items()
            known = [(name, raised, one_person.named(it)) for name, (raised, it) in cases]
        found = (
            News(name, lead, _named(raised, lead))
            for name, raised, concern in known
            for lead in leads
            if concern.is_news_to(lead)
        )
        return [one for one in found if one not in self._became]

    def _read(self, cursor: psycopg.Cursor[Any]) -> None:
        while rows := page(cursor, self._position, PAGE_SIZE, of=CONCERNS):
            for row in rows:
                fact: Recorded[Any] = decode(row.document)
                name = fact.event.concern_id
                if isinstance(fact.event, ConcernRaised):
                    self._cases[name] = fact, Concern(name)
                self._cases[name][1].learn(self._reading(fact.event))
                self._position = row.position

    def _leads(
        self, connection: psycopg.Connection, cursor: psycopg.Cursor[Any], one: OnePerson
    ) -> Iterator[PersonId]:
        """Whoever holds the role today."""
        today = local_day(self._clock.now())
        documents = DatabaseSource(cursor).of_type(RoleGranted.wire_name(), BEHIND_ALL)
        granted = (RoleGranted.model_validate_json(data_of(found)) for found in documents)
        for who in sorted({one.kept(it.person_id) for it in granted if it.role is LEAD}):
            lead = PersonId(who)
            tenures = authority_of(connection, lead, one).tenures(LEAD, None)
            if any(tenure.holds(today) for tenure in tenures):
                yield lead

    def _heard(self, lead: PersonId) -> LeadHeard:
        """What became of it. Raises Unsent if it is to be tried again."""
        notice = Notice(template="concern.raised", to=lead, subject=SUBJECT, paragraphs=PARAGRAPHS)
        letter = write([notice], self._reach(lead), self._vault.open, self._writing.office)
        if letter is None or letter.is_by_hand or not letter.address:
            return LeadHeard.NOT_BY_EMAIL
        send: Callable[..., None] = self._writing.at_once.send_now
        try:
            send(letter.name, letter.address, letter.subject, *PARAGRAPHS)
        except Undeliverable:
            return LeadHeard.REFUSED
        except Unconfirmed:
            return LeadHeard.UNCONFIRMED
        return LeadHeard.SENT

    def _reach(self, lead: PersonId) -> Reach:
        """How they are reached by now, as the programme's log has it."""
        with self._connection.used() as connection, connection.cursor(binary=True) as cursor:
            memory = Memory(head_of_log(connection), Reading(self._vault, nothing_beside))
            source, found = DatabaseSource(cursor), None
            while found is None:
                found = memory.fill(source, [lambda: memory.know(Reach(lead))])
        (reach,) = found
        return reach


def _named(raised: Recorded[Any], lead: PersonId) -> CommandId:
    cause = raised.envelope
    return CommandId.derived(cause.recorded, cause.id, "lead", lead)
