"""A lived programme at several moments, and who may ask in it."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from datetime import date, datetime
from typing import Any, Final, NamedTuple

import psycopg

from domain.decision import Act
from events.assessments import AssessmentSubmitted
from events.catalogue import Recorded
from events.cohorts import DecisionsReleased
from events.envelope import Origin, head_of, recorded_time
from events.event import Cover, Event
from events.ids import CohortId, CommandId, NoticeId, PersonId, TaskId, WorkshopId
from events.imports import ImportBegun, ImportEnded, ImportTakenBack
from events.needs import Kind
from events.notices import AboutNotice, NoticeUndelivered
from events.people import Contact, PersonRegistered
from events.reflections import ReflectionShared, ReflectionSubmitted, ReflectionWithdrawn
from events.roles import RoleGranted
from events.tasks import TaskTaken
from events.terms import NoticeTrouble, Role, Side
from events.workshops import RegisterOverdue
from services.clock import SetClock
from services.engines.addresses import Engines
from services.engines.connections import KeptConnections
from services.identity.comers import Comer
from services.log.log import Stored, document_at, turn, write
from services.log.rows import last_of_contexts
from services.log.sealing import shut
from services.reading.answering import Reader
from services.reading.askers import Askers
from services.reading.cells import Readable
from services.reading.questions import NamedQuery, Query
from services.reading.replies import ReadingReply
from services.vault.arrivals import Arrival
from services.vault.opening import Reading
from services.vault.vault import Vault
from services.vault.words import Card
from services.workers.projector import Projector
from tests.recorded.kept import Kept, load, put_into
from tests.scenes.cast import opened as another_cohort
from tests.scenes.cast import registered
from tests.scenes.given import NOON, person
from tests.scenes.history_choosing import A_FILE, ALL_IN, ONE_ROW
from tests.scenes.team import granted
from tests.scenes.world import KEYS

KEPT: Final = load()
ELSEWHERE: Final = CohortId.derived(NOON, "another cohort")
EXTRAS: Final = {
    "of this cohort": (Role.COORDINATOR, False),
    "of another cohort": (Role.COORDINATOR, True),
    "a facilitator of this one": (Role.FACILITATOR, False),
    "a facilitator elsewhere": (Role.FACILITATOR, True),
    "a host": (Role.HOST, False),
    "a co-chair of this one": (Role.CO_CHAIR, False),
    "an importer": (Role.IMPORTER, False),
}
OPERATOR, UNKNOWN = "an operator", "somebody unknown"
TOGETHER: Final = ("a facilitator of this one", "a host")
"""Two of these who share an address."""
Shown = dict[str, Any]


SYSTEM: Final = "system:command-line"


def add_facts(
    engines: Engines,
    vault: Vault,
    facts: Iterable[Event],
    actor: str = SYSTEM,
    role: Role = Role.SYSTEM,
) -> int:
    """The log takes these facts of somebody's at its end; the last position."""
    with (
        psycopg.connect(engines.programme["commands"], autocommit=True) as connection,
        turn(connection) as my,
    ):
        before = last_of_contexts(my.cursor)
        when = recorded_time(document_at(connection, my.head) or b"")
        at = my.head
        for at, fact in enumerate(facts, my.head + 1):
            origin = _origin(at, when, actor, role)
            act = Act(CommandId(origin.command_id), when, origin.actor, role)
            (one,) = shut([fact], act, origin, vault)
            context = one.stored.context()
            head = head_of(at, before.get(context, 0), when)
            before[context] = at
            write(my, [Stored(at, one.stored.wire_name(), one.tags, head + one.body)])
    return at


def _origin(at: int, when: datetime, actor: str, role: Role) -> Origin:
    command_id = CommandId.derived(when, "readable", str(at))
    return Origin(
        command_id=command_id,
        digest="0" * 32,
        actor=actor,
        role=role.value,
        source="uk.nhs.leading-together/tests",
        time=when,
        traceparent="00-" + "1" * 32 + "-" + "2" * 16 + "-01",
        correlation_id=command_id,
        causation_id=command_id,
    )


def fold_all(engines: Engines, upto: int) -> None:
    """All read models have taken in the log."""
    projector = Projector(engines.programme["projector"], SetClock(NOON))
    projector.prepare()
    projector.take(upto)
    projector.close()


def moments(vault: Vault) -> dict[str, int]:
    """Positions of the recorded log: one assessment is in; all is decided and nobody told; now."""
    reading = Reading(vault, KEPT.parts.__getitem__)
    known = [reading(fact.event) for fact in KEPT.facts]
    first = next(at for at, one in enumerate(known, 1) if isinstance(one, AssessmentSubmitted))
    told = next(at for at, one in enumerate(known, 1) if isinstance(one, DecisionsReleased))
    command = KEPT.facts[told - 1].envelope.origin.command_id
    acts = [at for at, one in enumerate(KEPT.facts, 1) if one.envelope.origin.command_id == command]
    return {"one assessment is in": first, "before the release": acts[0] - 1, "now": len(known)}


class WholeRow(NamedTuple):
    """A row of a read model as it stands, and as it is told: all opened, and all shut."""

    stored: Shown
    full: Shown
    closed: Shown


class Programme(NamedTuple):
    """A programme at one moment: who is in it, what has happened, and whoever answers."""

    engines: Engines
    vault: Vault
    reader: Reader
    people: dict[str, PersonId]
    facts: list[Event]
    now: datetime
    connections: KeptConnections
    askers: Askers
    rows: dict[str, dict[str, WholeRow]]
    judges: dict[str, Any]

    def asks(self, who: str, name: str, **question: Any) -> ReadingReply:
        """What somebody is answered."""
        comer = Comer(self.people[who], "own", "a token", self.people[who])
        asked = NamedQuery(name, Query(**{"open": True, "limit": 500, **question}))
        return self.reader.answer(asked, comer, self.now)

    def with_table(self, table: Mapping[str, Readable]) -> "Programme":
        """The same, answered by another table."""
        return self._replace(reader=Reader(self.connections, self.askers, self.vault, table))


def fill(engines: Engines, position: int) -> None:
    """Put the recorded programme as far as a position into empty engines, and some more people who
    look at it; all read models have taken it in.
    """
    put_into(engines, Kept(**{**KEPT._asdict(), "rows": KEPT.rows[:position], "settled": []}))
    with closing(Vault(engines.vault["commands"], KEYS)) as vault:
        more = list(_more(_cohort(), KEPT.facts[:position]))
        vault.people.meet(list(_arriving(more)), lambda _: set())
        fold_all(engines, add_facts(engines, vault, more))
        while vault.people.index(50):
            pass


@contextmanager
def programme_on(engines: Engines, position: int) -> Iterator[Programme]:
    """The programme on engines that were filled as far as a position."""
    facts = KEPT.facts[:position]
    url, how = engines.programme["reader"], {"autocommit": True}
    rows = KeptConnections(url, 4, settings=how)
    with closing(Vault(engines.vault["reader"], KEYS)) as vault, closing(rows):
        known = [*(_opened(one, vault) for one in facts), *_more(_cohort(), facts)]
        people, now = dict(_people(known)), facts[-1].envelope.recorded
        askers = Askers(rows)
        reader = Reader(rows, askers, vault)
        yield Programme(engines, vault, reader, people, known, now, rows, askers, {}, {})


def _cohort() -> CohortId:
    found = (getattr(one.event, "cohort_id", None) for one in KEPT.facts)
    return CohortId(next(one for one in found if one))


def _opened(fact: Recorded[Event], vault: Vault) -> Event:
    reading = Reading(vault, KEPT.parts.__getitem__)
    return reading(fact.event) if isinstance(fact.event, Cover) else fact.event


def _more(cohort: CohortId, facts: Iterable[Recorded[Event]]) -> Iterator[Event]:
    """Another cohort, which takes applications, people with roles here and there, and of what was
    written about workshops some that is shared, and some that is taken back again.
    """
    yield from another_cohort(ELSEWHERE)
    for name, (role, elsewhere) in EXTRAS.items():
        yield _arrived(name)
        side = Side.PATIENT_LEADER if role is Role.CO_CHAIR else None
        yield granted(person(name), role, ELSEWHERE if elsewhere else cohort, side=side)
    yield _arrived(OPERATOR)
    file: Any = {"import_id": A_FILE, "cohort_id": cohort}
    yield ImportBegun(**file, file=ONE_ROW)
    yield ImportEnded(**file, ends=ALL_IN)
    yield ImportTakenBack(**file, reason="import.wrong-file")
    written = [one.event for one in facts if isinstance(one.event, ReflectionSubmitted)]
    for number, one in enumerate(written):
        mine = one.model_dump(include={"reflection_id", "cohort_id", "person_id"})
        if number % 3:
            yield ReflectionShared(**mine)
        if number % 3 == 2:
            yield ReflectionWithdrawn(**mine)
    about = AboutNotice(
        to=person("a facilitator elsewhere"), template="offer.made", why=NoticeTrouble.BY_HAND
    )
    yield NoticeUndelivered(
        notice_id=NoticeId.derived(NOON, "by hand"), cohort_id=cohort, about=about
    )
    workshop, late = WorkshopId.derived(NOON, "a workshop elsewhere"), date(2024, 11, 1)
    yield RegisterOverdue(workshop_id=workshop, cohort_id=ELSEWHERE, close_by=late)
    yield TaskTaken(
        task_id=TaskId.of(Kind.REGISTER, workshop),
        cohort_id=ELSEWHERE,
        person_id=person("a facilitator elsewhere"),
    )


def _arrived(name: str) -> PersonRegistered:
    at = "together" if name in TOGETHER else name.replace(" ", "-")
    contact = Contact(email=f"{at}@example.org")
    return registered(person(name), name.capitalize()).model_copy(update={"contact": contact})


def _arriving(facts: Iterable[Event]) -> Iterator[Arrival]:
    for one in facts:
        if isinstance(one, PersonRegistered) and isinstance(one.contact, Contact):
            yield Arrival(one.person_id, Card(str(one.full_name), email=one.contact.email))


def _people(facts: Sequence[Event]) -> Iterator[tuple[str, PersonId]]:
    """Everybody who ever had a role, an application or a place, by what they are."""
    for name in (*EXTRAS, OPERATOR, UNKNOWN):
        yield name, person(name)
    counts: dict[str, int] = {}
    for fact in facts:
        for kind, who in (
            ("assessor", getattr(fact, "assessor_id", None)),
            (
                "applicant",
                getattr(fact, "person_id", None) if fact.name == "application.started" else None,
            ),
            (
                str(getattr(fact, "role", "")),
                getattr(fact, "person_id", None) if isinstance(fact, RoleGranted) else None,
            ),
        ):
            if who and who not in {person(one) for one in EXTRAS}:
                yield f"{kind} {counts.setdefault(f'{kind}{who}', len(counts))}", who
