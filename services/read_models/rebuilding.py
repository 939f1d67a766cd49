"""Builds a read model anew beside the one that serves, compares them, and lets it take over.

Orders of operators, and of a changed version at the start, are carried out one after the other in
a thread of the projector's; an interrupted one goes on where it was. docs/decisions/010-rebuild.md
"""

import threading
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Any, Final, LiteralString

import psycopg
import structlog

from events.catalogue import Recorded
from projections.projection import Projection
from services.clock import Clock
from services.crew import PROJECTOR
from services.dead_letters.faults import Fault, passes
from services.dead_letters.orders import OF_READ_MODELS, By, Order, finish, give_once, standing
from services.dead_letters.parking import (
    blocked,
    discard_all,
    given_up,
    open_dead_letters,
)
from services.engines.connecting import connect
from services.engines.turns import HeldTurn, held
from services.log.log import head_of_log, page
from services.read_models.builds import (
    Build,
    Compared,
    builds,
    change_state,
    changed,
    compared,
    drop,
    make,
    move,
    of_state,
    point_view,
    store,
)
from services.read_models.folding import EVERY_ROW, CantBeRead, Folding, LogEntry, entry

CHUNK: Final = 5000  # events for each commit of a build that nobody reads yet
NEAR: Final = 1000  # events behind the head at which it is time to take over
ITSELF: Final = f"system:{PROJECTOR}"  # who orders what a new version needs
NOTHING_KEPT: Final = "no older build is kept: there is nothing to go back to"
PAUSE: Final = 2.0  # seconds until what could not be gone on with is tried again
STAYS: Final = "What is shown stays as it is, and nothing of the new rows is kept"
DISCARD: Final = (
    "`leading-together ops discard {letter}` gives it up, if it need not be taken in; then order it"
    " again"
)
ALTERED: Final = (
    "No dead letter tells of it, so it was taken in before: somebody has altered it since, or this"
    " code is older than what wrote it. `leading-together ops check` tells what else can't be read;"
    " restore it, or put newer code in place, and order it again"
)
# The lock of whoever carries out orders about read models.
REBUILDERS_TURN: Final[LiteralString] = (
    "LOCK TABLE read.rebuilders_turn IN SHARE UPDATE EXCLUSIVE MODE"
)
logger = structlog.get_logger()


class CantBeDone(RuntimeError):
    """An order that makes no sense as things are; the text says why."""


def why_not(connection: psycopg.Connection, verb: str, projection: str, first: int) -> str | None:
    """Why an order about a read model makes no sense as things are, if so. `first` is the position
    from which it is to be replayed.
    """
    kept = of_state(connection, projection, "kept")
    serves = of_state(connection, projection, "serving")
    if verb == "rollback" and kept is None:
        return NOTHING_KEPT
    if verb == "rollback" and kept and not kept.holds:
        return "the build that is kept was folded from another log"
    if verb == "replay" and serves and not serves.holds:
        return "it was folded from another log: rebuild it"
    if verb == "replay" and serves and serves.position < first:
        return f"it is at position {serves.position}: it has still to take in {first}"
    return None


class Rebuilding:
    """What the projector builds beside its daily work. `carry_out` is its only daily part."""

    def __init__(self, url: str, clock: Clock, projections: Iterable[Projection[Any]]) -> None:
        self._url, self._clock = url, clock
        self._projections = {one.name: one for one in projections}
        self._thread: threading.Thread | None = None
        self._stop = threading.Event()

    def close(self) -> None:
        """Stop after the chunk in hand; the next start goes on from there."""
        self._stop.set()
        if self._thread:
            self._thread.join()

    def order_changed(self, connection: psycopg.Connection) -> None:
        """Order what serves with another version than the code's to be built anew, once."""
        serves = {one.projection: one for one in builds(connection) if one.state == "serving"}
        for name, projection in self._projections.items():
            if serves[name].version != projection.version:
                reason = f"version {projection.version} follows version {serves[name].version}"
                give_once(connection, "rebuild", name, By(ITSELF, reason, self._clock.now()))

    def carry_out(self, connection: psycopg.Connection) -> None:
        """Begin with what is ordered, if nothing is in hand."""
        if self._thread and self._thread.is_alive():
            return
        found = standing(connection, OF_READ_MODELS, of=self._projections)
        if found:
            order = found[0]
            self._thread = threading.Thread(
                target=self._work, args=(order,), name=f"{order.verb} {order.worker}"
            )
            self._thread.start()

    def _work(self, order: Order) -> None:
        try:
            with (
                held(self._url, REBUILDERS_TURN) as mine,
                connect(self._url, autocommit=True) as connection,
            ):
                if mine:
                    projection = self._projections[order.worker]
                    one = ReadModelRebuild(connection, projection, self._clock, self._stop, mine)
                    one.carry_out(order)
        except Exception:
            logger.exception("order.interrupted", order=order.number, worker=order.worker)
            self._stop.wait(PAUSE)


class ReadModelRebuild:
    """One projection's builds, on a connection of one's own, as long as one has the turn."""

    def __init__(
        self,
        connection: psycopg.Connection,
        projection: Projection[Any],
        clock: Clock,
        stop: threading.Event,
        turn: HeldTurn,
    ) -> None:
        self._connection, self._projection = connection, projection
        self._clock, self._stop, self._turn = clock, stop, turn

    def carry_out(self, order: Order) -> None:
        """Do what is ordered, and say what came of it; nothing if it was stopped before the end."""
        logger.info("order.begun", order=order.number, verb=order.verb, worker=order.worker)
        try:
            outcome = self._outcome(order)
        except CantBeDone as error:
            outcome = {"problem": str(error)}
        except CantBeRead as error:
            outcome = {"problem": self._what_to_do(error)}
        except Exception as error:
            if passes(error):
                raise
            logger.exception("order.failed", order=order.number, worker=order.worker)
            fault = Fault.of(error)
            outcome = {"problem": f"it failed: {fault.error}: {fault.problem}. {STAYS}"}
        if outcome is not None:
            self._finish(order, outcome)

    def _finish(self, order: Order, outcome: dict[str, Any]) -> None:
        """What came of it. Of a build that can't go on nothing is left: nobody would go on with
        it, and whoever looks would take it for one that stands still.
        """
        with self._changing():
            new = self._of_state("building") if order.verb == "rebuild" else None
            if new and "problem" in outcome:
                self._drop(new)
            finish(self._connection, order.number, outcome, self._clock.now())
        logger.info("order.finished", order=order.number, verb=order.verb, worker=order.worker)

    def _what_to_do(self, error: CantBeRead) -> str:
        """An event that what is shown could not take in either has a dead letter there."""
        serves = self._of_state("serving")
        letters = open_dead_letters(self._connection, serves.name, EVERY_ROW) if serves else []
        letter = next((one.letter for one in letters if one.position == error.position), None)
        advice = ALTERED if letter is None else DISCARD.format(letter=letter)
        return f"{error}. {STAYS}. {advice}"

    def _outcome(self, order: Order) -> dict[str, Any] | None:
        match order.verb:
            case "rebuild":
                found = self.rebuild()
                return found and found._asdict()
            case "rollback":
                return {"serving": self.roll_back()}
            case _:
                return {"rows": self.replay(int(order.details["from"]))}

    def rebuild(self) -> Compared | None:
        """Fill a build from the log, and let it take over; None if stopped before."""
        new = self._of_state("building")
        if new and not (new.version == self._projection.version and new.holds):
            with self._changing():
                self._drop(new)  # begun by other code, or from another log
            new = None
        if new is None:
            with self._changing():
                new = make(self._connection, self._projection, "building")
        folding = Folding(self._projection, new, self._clock.now)
        while not self._stop.is_set():
            if self._head() - new.position <= NEAR:
                return self._take_over(folding, new)
            with self._changing():
                new = self._chunk(folding, new)
        return None

    def roll_back(self) -> str:
        """Let the build that was kept serve again; its name. CantBeDone if there is none."""
        with self._changing():
            self._must_make_sense("rollback")
            kept, old = self._of_state("kept"), self._of_state("serving")
            if kept is None or old is None:
                raise CantBeDone(NOTHING_KEPT)
            if kept.version != self._projection.version:
                raise CantBeDone(
                    f"the build that is kept has version {kept.version}, and this code folds"
                    f" version {self._projection.version}: put the older code in place first"
                )
            self._swap(old, kept)
        return kept.name

    def replay(self, first: int) -> int:
        """Fold the rows that events from position `first` on touched anew; how many those were.

        In one transaction, in which the projector waits.
        """
        with self._changing():
            build = self._of_state("serving", lock=True)
            self._must_make_sense("replay", first)
            if build is None or build.version != self._projection.version:
                raise CantBeDone("no build of this version serves: rebuild it first")
            keys = self._touched(first, build.position) - blocked(self._connection, build.name)
            rows = self._folded(keys, build.position)
            store(self._connection, build, {**dict.fromkeys(keys), **rows})
            changed(self._connection, build)
        return len(keys)

    @contextmanager
    def _changing(self) -> Iterator[None]:
        """A transaction that comes to nothing if the turn was lost before its end."""
        with self._connection.transaction():
            yield
            self._turn.must_last()

    def _must_make_sense(self, verb: str, first: int = 1) -> None:
        if problem := why_not(self._connection, verb, self._projection.name, first):
            raise CantBeDone(problem)

    def _folded(self, keys: set[str], upto: int) -> dict[str, Any]:
        rows: dict[str, Any] = {}
        for fact, touched in self._facts(0, upto):
            for key in keys.intersection(touched):
                try:
                    rows[key] = self._projection.fold(rows.get(key), fact, key)
                except Exception:
                    if not self._given_up(key, fact.envelope.position):
                        raise
        return rows

    def _touched(self, first: int, upto: int) -> set[str]:
        return {key for _, touched in self._facts(first - 1, upto) for key in touched}

    def _facts(self, after: int, upto: int) -> Iterator[tuple[Recorded[Any], list[str]]]:
        """What happened, with the keys of each, but for what can't be read and was given up."""
        for event in self._events(after, upto):
            try:
                fact = event.known()
                keys = list(self._projection.keys(fact.event))
            except Exception:
                if not self._given_up(EVERY_ROW, event.row.position):
                    raise
            else:
                yield fact, keys

    def _given_up(self, key: str, position: int) -> bool:
        return given_up(self._connection, self._projection.name, key, position)

    def _events(self, after: int, upto: int) -> Iterator[LogEntry]:
        while after < upto:
            with self._connection.cursor(binary=True) as cursor:
                rows = page(cursor, after, CHUNK, upto)
            yield from map(entry, rows)
            after = rows[-1].position

    def _chunk(self, folding: Folding, new: Build, upto: int | None = None) -> Build:
        """Fold the next events; the build as it is then."""
        with self._connection.cursor(binary=True) as cursor:
            events = [entry(row) for row in page(cursor, new.position, CHUNK, upto)]
        moved = folding.fold(self._connection, new, events, blocked(self._connection, new.name))
        move(self._connection, {new: moved})
        logger.info("rebuild.progress", build=new.name, position=moved)
        return new._replace(position=moved)

    def _take_over(self, folding: Folding, new: Build) -> Compared:
        """Fold what is left while the old one rests, compare, and switch: one transaction."""
        with self._changing():
            old = self._of_state("serving", lock=True)
            # One that was folded from another log is not to be caught up with.
            upto = max(old.position if old and old.holds else self._head(), new.position)
            while new.position < upto:
                new = self._chunk(folding, new, upto)
            found = compared(self._connection, old, new) if old else Compared(0, 0, 0, 0, [])
            self._swap(old, new)
        logger.info("rebuild.switched", build=new.name, **found._asdict())
        return found

    def _swap(self, old: Build | None, new: Build) -> None:
        """`new` serves; `old` is kept, and one that was kept till now is dropped."""
        kept = self._of_state("kept")
        if kept and kept.build != new.build:
            self._drop(kept)
        if old:
            change_state(self._connection, old, "kept")
        change_state(self._connection, new, "serving")
        point_view(self._connection, new)

    def _drop(self, build: Build) -> None:
        """A build is no more, nor is what could not be taken in for it of any concern."""
        drop(self._connection, build)
        discard_all(self._connection, build.name)

    def _of_state(self, state: str, *, lock: bool = False) -> Build | None:
        return of_state(self._connection, self._projection.name, state, lock=lock)

    def _head(self) -> int:
        return head_of_log(self._connection)
