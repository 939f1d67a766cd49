"""Holds answers against the log: what was promised must be there, and nothing else."""

from collections import Counter, defaultdict
from collections.abc import Sequence
from itertools import pairwise
from typing import Any, NamedTuple

import psycopg
from eventsourcing.dcb.api import DCBRecorder

from domain.workshops.bookings import BookWorkshop
from events.catalogue import decode
from events.event import Event
from events.ids import PersonId, WorkshopId
from events.workshops import WorkshopBooked
from services.engines.addresses import Engines
from services.log.wishes import Accepted, Refused, Wish
from services.log.writer import REUSED
from tests.races.findings import Failure, Findings

Booked = Counter[tuple[WorkshopId, PersonId]]


class Row(NamedTuple):
    """A fact as it stands in the log, with the id and the digest of its command."""

    position: int
    event: Event
    command_id: str
    digest: str


class Court:
    """The log when all is over, and what wishes were told on the way there."""

    def __init__(self, log: DCBRecorder, settled: set[str] | None, capacity: int) -> None:
        """`settled` is which commands had no effect; None if nobody remembers them."""
        self.rows = [_row(one.position, one.event.data) for one in log.read()]
        self.settled, self.capacity = settled, capacity
        self.booked: Booked = Counter()
        self.by_command: dict[str, list[Row]] = defaultdict(list)
        for row in self.rows:
            self.by_command[row.command_id].append(row)
            if isinstance(row.event, WorkshopBooked):
                self.booked[row.event.workshop_id, row.event.person_id] += 1

    def full(self, workshop_id: WorkshopId) -> bool:
        return sum(n for (at, _), n in self.booked.items() if at == workshop_id) >= self.capacity

    def of_the_log(self) -> Findings:
        """Positions without a gap, nobody twice, no place too many, no command twice."""
        positions = [row.position for row in self.rows]
        taken = Counter(workshop_id for workshop_id, _ in self.booked.elements())
        ids = [rows for key, rows in self.by_command.items() if "planted" not in key]
        both = self.by_command.keys() & (self.settled or ())
        return Findings(
            {
                Failure.GAP: sum(b - a != 1 for a, b in pairwise([0, *positions])),
                Failure.TWICE: len(positions) - len(set(positions)),
                Failure.TWO_WON: sum(n > 1 for n in self.booked.values()),
                Failure.PASSED: sum(n > self.capacity for n in taken.values()),
                Failure.REUSED: sum(len({row.digest for row in rows}) > 1 for rows in ids)
                + len(both),
                Failure.REPEATED: sum(len(rows) > 1 for rows in ids),
            }
        )

    def of(self, wish: Wish) -> Failure | None:
        """What is wrong with the answer to a booking, if anything is."""
        rows = self.by_command.get(wish.act.command_id, [])
        if isinstance(wish.answer, Accepted) and wish.answer.written:
            positions = [fact.position for fact in wish.answer.written]
            return _of_accepted(rows, positions, wish)
        # Nothing here is ever undone, so what was recorded is the answer for ever.
        if any(_follows(row, wish) for row in rows):
            return Failure.REPEATED
        return self._of_nothing_new(wish, bool(rows))

    def _of_nothing_new(self, wish: Wish, known: bool) -> Failure | None:
        settled = wish.act.command_id in (self.settled or ())
        match wish.answer:
            case Accepted():
                if self.settled is not None and not settled:
                    return Failure.LOST
                return None if self.booked[_key(wish)] else Failure.LEARNED
            case Refused(code=REUSED.code):
                return None if known or settled else Failure.REFUSED
            case Refused(code="workshop.full"):
                return None if self.full(wish.command.workshop_id) else Failure.REFUSED
        return Failure.THROWN


def _of_accepted(rows: Sequence[Row], positions: list[int], wish: Wish) -> Failure | None:
    if not rows or not set(positions) <= {row.position for row in rows}:
        return Failure.LOST
    if not all(_follows(row, wish) for row in rows):
        return Failure.REUSED
    return None if [row.position for row in rows] == positions else Failure.REPEATED


def _follows(row: Row, wish: Wish) -> bool:
    """Whether a fact is what a wish asks for; only bookings share ids."""
    if not isinstance(wish.command, BookWorkshop):
        return not isinstance(row.event, WorkshopBooked)
    event = row.event
    return isinstance(event, WorkshopBooked) and (event.workshop_id, event.person_id) == _key(wish)


def settled_in(engines: Engines) -> set[str]:
    """The ids of the commands that were accepted and had no effect."""
    with psycopg.connect(engines.programme["commands"]) as connection:
        rows = connection.execute("SELECT command FROM log.without_effect")
        return {command for (command,) in rows}


def judged(
    log: DCBRecorder, settled: set[str] | None, wishes: Sequence[Wish], capacity: int
) -> Findings:
    """All that is wrong with the log, and with what the wishes were told."""
    court = Court(log, settled, capacity)
    found = {wish.act.command_id for wish in wishes}
    unsent = [key for key in court.by_command if key not in found and "planted" not in key]
    verdicts = [court.of(wish) for wish in wishes if wish.answer is not None]
    unsent += [key for key in settled or () if key not in found]
    findings = court.of_the_log() + Findings({Failure.LOST: len(unsent)})
    findings += Findings({Failure.REUSED: _accepted_twice(wishes)})
    return findings + Findings(one for one in verdicts if one)


def _accepted_twice(wishes: Sequence[Wish]) -> int:
    """How many ids stand for more than one wish that was accepted."""
    contents: dict[str, set[bytes]] = defaultdict(set)
    for wish in wishes:
        if isinstance(wish.answer, Accepted):
            contents[wish.act.command_id].add(wish.content)
    return sum(len(different) > 1 for different in contents.values())


def _key(wish: Wish) -> tuple[WorkshopId, PersonId]:
    booking: BookWorkshop = wish.command
    return booking.workshop_id, booking.person_id


def _row(position: int, document: bytes) -> Row:
    recorded: Any = decode(document)
    cause = recorded.envelope.origin
    return Row(position, recorded.event, cause.command_id, cause.digest)
