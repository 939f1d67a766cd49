"""What must hold when all is over: each check yields what it found wrong."""

import asyncio
import sqlite3
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import closing
from functools import partial
from pathlib import Path
from typing import Any, Final, NamedTuple

import psycopg
from psycopg.sql import SQL

from domain.catalogue import NOTICES, POLICIES
from domain.policy import rule_of
from events.applications import ApplicationStarted
from events.calendar import end_of
from events.catalogue import Recorded, decode
from events.cohorts import ApplicationsClosed, CohortPlanned
from events.ids import CommandId
from events.interest import InterestExpressed
from events.needs import Kind
from events.notices import NoticeUndelivered
from events.people import PersonRegistered
from events.personal import Erased, Sealed
from projections.catalogue import ALL
from projections.replay import folded
from services.door.ties import TiedPeople
from services.identity.at_home import NOBODY_YET
from services.identity.configuration import OWN
from services.log.finding import DatabaseSource
from services.log.log import Log, sealed_part
from services.log.memory import Memory
from services.log.statements import LOOK_UP
from services.notices import entering
from services.notices.emails import message_id
from services.notices.ledger import WAITING
from services.read_models.builds import serving, view
from services.stream.comparing import verify
from services.stream.connections import connected
from services.vault.opening import Reading
from services.vault.vault import Vault
from tests.chaos.crew import Crew
from tests.chaos.load import PERSONAL, Load
from tests.chaos.questions import ANSWERED
from tests.scenes.judging import all_rows
from tests.scenes.leaks import leaks
from tests.scenes.office import OFFICE

SHOWN: Final = 5
ENDED: Final = ("sent", "unconfirmed", "withheld", "for-staff", "failed", "refused")


class Checks:
    """The checks of one run, on engines that are well again and workers that are quiet."""

    def __init__(self, crew: Crew, load: Load) -> None:
        self._crew, self._load = crew, load
        log = Log(crew.engines.programme["home"], connections=1)
        self._rows = list(log.pages(0, log.head()))
        log.close()
        self._facts = [decode(row.document) for row in self._rows]
        self._vault = Vault(crew.engines.vault["notifier"], crew.keys)
        self.counts: Counter[str] = Counter()

    def close(self) -> None:
        """Give all connections back."""
        self._vault.close()

    def all(self) -> list[tuple[str, Callable[[], Iterator[str]]]]:
        """Each check with what it asks."""
        return [
            ("positions without a gap", self.positions),
            ("every answer in the log once", self.answers),
            ("nobody was answered wrongly", lambda: iter(self._load.wrong)),
            ("what was said at the command line", lambda: iter(self._crew.wrong)),
            ("the stream equal to the log", self.stream),
            ("the subscriber's events are the log's", self.subscriber),
            ("read models equal to a fresh fold", self.read_models),
            ("a task for each need, once", self.tasks),
            ("no worker behind", self.reached),
            ("what follows was asked for once", self.policies),
            ("what was due was done", self.due),
            ("every question answered rightly", self.questions),
            ("the reader's answers are the read models'", self.read_as_it_stands),
            ("who opened whose values is on the trail", self.trail),
            ("nothing in the log that should not be", self.log),
            ("each notice once", self.notices),
            ("each task of a notice once", self.reports),
            ("no dead letter left", self.letters),
            ("all that is sealed can be opened", self.opens),
            ("everybody who is known is found", self.found),
            ("nothing personal in any log file", self.log_files),
        ]

    def positions(self) -> Iterator[str]:
        found = [row.position for row in self._rows]
        self.counts["events"] = len(found)
        if found != list(range(1, len(found) + 1)):
            yield f"positions are not 1 to {len(found)}"

    def answers(self) -> Iterator[str]:
        """What was answered stands where it was said to, and nothing else under its id."""
        by_command: dict[str, list[int]] = {one: [] for one in self._settled()}
        for row in self._rows:
            by_command.setdefault(row.tags[-1], []).append(row.position)
        for identity, reply in self._load.answers.items():
            accepted = reply.status == "accepted"
            said = [one.position for one in reply.events or ()] if accepted else None
            found = by_command.get(self._recorded(self._load.senders[identity], identity))
            self.counts["answers"] += 1
            if found != said:
                yield f"{identity} was answered with {said}, and has {found}"
        if self._load.unknown:
            yield f"{len(self._load.unknown)} commands were never answered"

    def _recorded(self, sender: str, sent: str) -> str:
        """The id under which the log has a command."""
        if sender == NOBODY_YET:
            sender = TiedPeople("", self._vault).stranger(OWN, sender)
        return self._vault.command_id(sender, CommandId(sent))

    def _settled(self) -> set[str]:
        """The commands that were accepted and brought about nothing."""
        with psycopg.connect(self._crew.engines.programme["commands"]) as connection:
            rows = connection.execute("SELECT command FROM log.without_effect")
            return {command for (command,) in rows}

    def stream(self) -> Iterator[str]:
        async def compared() -> Any:
            client = await connected("operator", self._crew.engines.nats["operator"])
            log = Log(self._crew.engines.programme["operator"], connections=1)
            try:
                return await verify(client, log)
            finally:
                await client.close()
                log.close()

        verified = asyncio.run(compared())
        self.counts["messages"] = verified.equal
        if verified.problem or not verified.equal == verified.stream == verified.log == len(
            self._rows
        ):
            ends = f"stream {verified.stream}, log {verified.log}"
            yield f"equal {verified.equal}, {ends}: {verified.problem}"

    def subscriber(self) -> Iterator[str]:
        """Each once, in order, byte for byte, through streams made anew."""
        with closing(sqlite3.connect(self._crew.taken_in)) as taken:
            rows = taken.execute("SELECT position, bytes FROM events ORDER BY rowid").fetchall()
            undone = taken.execute("SELECT count(*) FROM undone").fetchone()
        self.counts["events taken in outside"] = len(rows)
        if rows != [(row.position, bytes(row.document)) for row in self._rows]:
            yield f"it has {len(rows)} events, and the log {len(self._rows)}"
        if undone != (0,):
            yield f"it has undone {undone} events"

    def read_models(self) -> Iterator[str]:
        with psycopg.connect(self._crew.engines.programme["console"]) as connection:
            for projection in ALL:
                query = SQL("SELECT key, row::text FROM {}").format(view(projection.name))
                rows = {
                    key: projection.row.model_validate_json(row)
                    for key, row in connection.execute(query)
                }
                fresh = folded(projection, self._facts)
                self.counts["rows"] += len(rows)
                if rows != fresh:
                    differ = [key for key in fresh.keys() | rows if fresh.get(key) != rows.get(key)]
                    yield f"{projection.name}: {len(differ)} rows differ: {differ[:SHOWN]}"

    def tasks(self) -> Iterator[str]:
        """Whoever is interested, and has not applied since, is to be written to, once."""
        interested = set[str]()
        for fact in self._facts:
            match fact.event:
                case InterestExpressed(person_id=who):
                    interested.add(who)
                case ApplicationStarted(person_id=who):
                    interested.discard(who)
        found = self._tasks(Kind.INTEREST)
        self.counts["tasks"] = len(found)
        if sorted(found) != sorted(interested):
            yield f"{len(found)} tasks for {len(interested)} who are interested"

    def _tasks(self, need: Kind) -> list[str]:
        """What the open tasks of a kind are about."""
        query = (
            "SELECT row->>'about' FROM read.tasks WHERE (row->>'state', row->>'need') = (%s, %s)"
        )
        with psycopg.connect(self._crew.engines.programme["console"]) as connection:
            return [about for (about,) in connection.execute(query, ("open", need))]

    def reached(self) -> Iterator[str]:
        seen = Looking(self._crew.engines.programme["console"]).look()
        for worker, at in seen.reached.items():
            if at != len(self._rows):
                yield f"{worker} is at {at} of {len(self._rows)}"

    def policies(self) -> Iterator[str]:
        """Each wish that follows was answered: its effect is in the log, or was refused."""
        known = {row.tags[-1] for row in self._rows} | self._settled()
        missing = 0
        for fact in self._facts:
            for policy in POLICIES.get(type(fact.event), ()):
                for number, _ in enumerate(policy(fact)):
                    cause = fact.envelope
                    named = CommandId.derived(
                        cause.recorded, cause.id, rule_of(policy), str(number)
                    )
                    self.counts["wishes"] += 1
                    missing += self._recorded("system:policies", named) not in known
        if missing:
            yield f"{missing} wishes had no effect"

    def due(self) -> Iterator[str]:
        """Each cohort whose time to apply is over was closed, once."""
        over = {
            fact.event.cohort_id
            for fact in self._facts
            if isinstance(fact.event, CohortPlanned)
            and end_of(fact.event.closes_on) < fact.envelope.recorded
        }
        closed = Counter(
            fact.event.cohort_id
            for fact in self._facts
            if isinstance(fact.event, ApplicationsClosed)
        )
        self.counts["things due"] += len(over)
        for cohort in over:
            if closed[cohort] != 1:
                yield f"{cohort} was closed {closed[cohort]} times"

    def questions(self) -> Iterator[str]:
        """None was wrong, and some were answered."""
        asked = self._load.questions
        self.counts["questions"] = asked.counts.total()
        yield from asked.wrong
        if not asked.counts[ANSWERED]:
            yield "no question was answered"

    def read_as_it_stands(self) -> Iterator[str]:
        rows = dict(all_rows(self._crew.engines, self._vault))
        self.counts["rows read"] = sum(map(len, self._load.questions.at_last.values()))
        yield from self._load.questions.unlike(rows)

    def trail(self) -> Iterator[str]:
        """A line for each time that somebody's values were opened, by whom it was."""
        with psycopg.connect(self._crew.engines.programme["owner"]) as connection:
            lines = connection.execute(
                "SELECT opener, query, whose, count(*) FROM trail.openings GROUP BY 1, 2, 3"
            )
            noted = {tuple(one): number for *one, number in lines}
        opened = self._load.questions.opened
        self.counts["values opened"] = opened.total()
        missing = [one for one, number in opened.items() if noted.get(one, 0) < number]
        if missing:
            yield f"{len(missing)} were opened and not noted: {missing[:SHOWN]}"

    def log(self) -> Iterator[str]:
        """By all invariants, as an operator asks for it."""
        said = asyncio.run(self._crew.typed("ops", "check"))
        if said.code != 0:
            yield f"ops check: exit {said.code}: {said.out[-2000:]}{said.errors[-500:]}"

    def notices(self) -> Iterator[str]:
        entered = self._ledger()
        wanted = set(self._wanted())
        self.counts["notices"] = len(wanted)
        keys = Counter(key for key, _ in entered)
        if twice := [key for key, number in keys.items() if number > 1]:
            yield f"{len(twice)} notices stand in the ledger twice"
        if wanted != set(keys):
            yield f"{len(wanted - set(keys))} notices missing, {len(set(keys) - wanted)} too many"
        taken = self._crew.mail.taken
        for key, state in entered:
            number = taken[message_id([(*key, 0)], OFFICE)]
            self.counts[f"notices {state}"] += 1
            if state not in ENDED:
                yield f"a notice is still {state}"
            if number > 1:
                yield f"a {state} message was handed over {number} times"
            if state == "sent" and number == 0:
                yield "a message counts as sent, and nobody took it"
            if state == "failed" and number:
                yield "a message counts as failed, and was taken"

    def reports(self) -> Iterator[str]:
        """Of each notice that somebody of the team has to see to the log tells, and once."""
        told = Counter(
            one.event.notice_id for one in self._facts if isinstance(one.event, NoticeUndelivered)
        )
        self.counts["notices told"] = told.total()
        with psycopg.connect(self._crew.engines.programme["console"]) as connection:
            rows = connection.execute("SELECT notice, state, reported FROM work.notices").fetchall()
        for notice, state, reported in rows:
            waits = state in WAITING
            if (reported, told[notice]) != (state if waits else None, waits):
                yield f"of a {state} notice the log tells {told[notice]} times, as {reported}"
        if sorted(self._tasks(Kind.NOTICE)) != sorted(told):
            yield "not each notice that waits is one task"

    def _ledger(self) -> list[tuple[tuple[str, str, str], str]]:
        with psycopg.connect(self._crew.engines.programme["console"]) as connection:
            rows = connection.execute("SELECT cause, person, template, state FROM work.notices")
            return [((cause, person, template), state) for cause, person, template, state in rows]

    def _wanted(self) -> Iterator[tuple[str, str, str]]:
        """What the log says is to be told, worked out anew."""
        with psycopg.connect(self._crew.engines.programme["notifier"]) as connection:
            connection.execute(LOOK_UP)
            source = DatabaseSource(connection.cursor(binary=True))
            memory = Memory(0, Reading(self._vault, partial(sealed_part, connection)))
            for row, fact in zip(self._rows, self._facts, strict=True):
                memory.learn_stored(row)
                memory.head = row.position
                opened = Recorded(fact.envelope, memory.opened(fact.event, source))
                if type(opened.event) in NOTICES:
                    yield from (one.key for one in entering.entries_for(opened, memory, source))

    def letters(self) -> Iterator[str]:
        with psycopg.connect(self._crew.engines.programme["console"]) as connection:
            rows = connection.execute(
                "SELECT worker, state, count(*) FROM work.letters GROUP BY 1, 2"
            )
            for worker, state, number in rows:
                self.counts[f"letters {state}"] += number
                if state in ("dead", "waiting"):
                    yield f"{number} letters of {worker} are {state}"

    def opens(self) -> Iterator[str]:
        """Whatever keys were turned meanwhile."""
        for fact in self._facts:
            for one in vars(fact.event).values():
                if not isinstance(one, Sealed):
                    continue
                self.counts["sealed values"] += 1
                if isinstance(self._vault.open(one), Erased):
                    yield f"position {fact.envelope.position}: {one.field} is erased"

    def found(self) -> Iterator[str]:
        """By their address, under the epoch's present key."""
        reader = Vault(self._crew.engines.vault["home"], self._crew.keys)
        try:
            for fact in self._facts:
                if isinstance(fact.event, PersonRegistered):
                    self.counts["people"] += 1
                    who = fact.event.person_id
                    card = reader.people.card_of(who)
                    found = reader.people.find(card.email or card.phone or "") if card else []
                    if who not in {one.person for one in found}:
                        yield f"{who} is not found"
        finally:
            reader.close()

    def log_files(self) -> Iterator[str]:
        for file in (*self._crew.folder.glob("*.log"), *self._crew.data.glob("log/*")):
            self.counts["log files"] += 1
            if found := leaks(PERSONAL, file.read_bytes()):
                yield f"{Path(file).name} holds {len(found)} texts of people"


def taken_in(file: Path) -> int:
    """How many events the subscriber has."""
    with closing(sqlite3.connect(file)) as taken:
        (number,) = taken.execute("SELECT count(*) FROM events").fetchone()
    return int(number)


class Sight(NamedTuple):
    """How far the log and each follower are, by their own word."""

    number: int
    head: int
    reached: dict[str, int]


class Looking:
    """Looks at the database itself, on one connection as long as that lasts."""

    def __init__(self, url: str) -> None:
        self._url = url
        self._connection: psycopg.Connection | None = None

    def look(self, number: int = 0) -> Sight:
        """How it is now. Raises psycopg.Error while the database is away."""
        if self._connection is None or self._connection.closed:
            self._connection = psycopg.connect(self._url, autocommit=True, connect_timeout=5)
        try:
            return self._look(self._connection, number)
        except psycopg.Error:
            self._connection.close()
            raise

    def _look(self, connection: psycopg.Connection, number: int) -> Sight:
        found = {one.name: one.position for one in serving(connection, ALL)}
        rows = connection.execute("SELECT worker, position FROM work.places").fetchall()
        head = connection.execute("SELECT max(position) FROM log.events").fetchone()
        return Sight(number, (head and head[0]) or 0, found | dict(rows))
