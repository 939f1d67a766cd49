"""What `status` has seen, in words: a table of places, what waits, what is to be looked into."""

from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Final

from rich.console import Console
from rich.text import Text

from services.cli.console import print_out, print_table
from services.cli.tables import styled
from services.crew import NAMES
from services.notices.ledger import LOST
from services.operations.database import Database
from services.operations.places import Lag, age
from services.operations.standstill import stands_still, waits_for_relay
from services.operations.status import ENGINES, Look
from services.operations.words import ago, events

COLUMNS: Final = ["who", "how", "place", "behind", "first missing", "moved"]
NUMBERS: Final = ("place", "behind")
WELL: Final = "All is well."
MOVING: Final = "Nothing stands still: who is behind moves, or has been so for seconds only."
WAITS = "waits for relay"
RUNS, GONE, RESTS, SILENT = "running", "not running", "rests", "does not answer"
ALARM, STANDS, HELD_UP, MOVES, BEHIND = "not this log", "stands still", "held up", "+", "behind"
STYLES: Final = {
    "": "",
    RUNS: "green",
    RESTS: "yellow",
    WAITS: "yellow",
    MOVES: "yellow",
    BEHIND: "yellow",
}
WORST_FIRST: Final = (ALARM, STANDS, HELD_UP, WAITS, MOVES, BEHIND, RUNS)
OPEN: Final = ("due", "sending", *LOST)


def print_in_words(seen: Look, wrong: Sequence[str]) -> None:
    """Engines, places, what waits, and what somebody has to look into."""
    console = Console()
    for line in _heads(seen):
        _print(console, line)
    if seen.database:
        _print(console, "")
        print_table("", COLUMNS, list(_rows(seen)), NUMBERS)
        waiting = [*_waiting(seen, seen.database)]
        for line in ["", *waiting] if waiting else ():
            _print(console, line)
    _print(console, "")
    for line in wrong:
        _print(console, f"! {line}", "red")
    if not wrong:
        _print(console, WELL if seen.is_level else MOVING, "green")


def _print(console: Console, line: str, style: str = "") -> None:
    """On a terminal in colour, and broken between words; off one a line as it is."""
    if console.is_terminal:
        console.print(Text.assemble(styled(line), style=style))
    elif line:
        print_out(line)


def _line(label: str, words: str) -> str:
    return f"{label:<13}{words}"


def _heads(seen: Look) -> Iterator[str]:
    """Engines, log and stream."""
    there = {"postgresql": seen.database, "nats": seen.bus}
    for engine, name in ENGINES.items():
        found, fault = there[engine], seen.faults.get(engine)
        problem = fault.problem.removeprefix(f"{name} ") if fault else ""
        yield _line(name, found.version if found else problem)
    if database := seen.database:
        last = f", the last {ago(age(database.recorded, seen.at))}" if database.recorded else ""
        yield _line("Log", events(database.head) + last)
    if seen.bus and (stream := seen.bus.stream):
        of = f" of {stream.last:,}" if stream.lost else ""
        has = f"{stream.messages:,}{of} events" if of else events(stream.messages)
        yield _line("Stream", f"{has}, {stream.size / 1e6:,.1f} MB")


def _rows(seen: Look) -> Iterator[list[str | Text]]:
    """Workers in turn, read models only where they differ, and who subscribes."""
    for name in NAMES:
        lags = [one for one in seen.of(name) if one.kind != "writer"]
        most = Counter((one.kind, one.position, _of_one(seen, one)) for one in lags).most_common(1)
        alike = [one for one in lags if (one.kind, one.position, _of_one(seen, one)) == most[0][0]]
        together = alike[0] if alike and len(alike) == len(lags) else None
        yield _row(seen, name, _of_worker(seen, name), together)
        if together is None and alike:
            others = [one for one in lags if one not in alike]
            yield from (_row(seen, f"  {one.name}", _of_one(seen, one), one) for one in others)
            yield _row(seen, f"  {len(alike)} others", _of_one(seen, alike[0]), alike[0])
    for one in seen.places:
        if one.kind == "subscriber":
            yield _row(seen, f"{one.name} (subscriber)", "", one)


def _of_worker(seen: Look, name: str) -> str:
    """How a worker is: as the worst of its places is."""
    if seen.database and name in seen.database.paused:
        return RESTS
    if not seen.runs(name):
        return GONE
    if name == "commands" and seen.bus and not seen.bus.door_answers:
        return SILENT
    return min((_of_one(seen, one) for one in seen.of(name)), key=_badness, default=RUNS)


def _badness(how: str) -> int:
    return next(number for number, one in enumerate(WORST_FIRST) if how.startswith(one))


def _of_one(seen: Look, one: Lag) -> str:
    """How one place is, with its pace while it moves."""
    if one.beyond:
        return ALARM
    if one.held_up:
        return HELD_UP
    if one.behind and waits_for_relay(one, seen):
        return WAITS
    if stands_still(one, seen):
        return STANDS
    if one.behind and one.pace:
        return f"{MOVES}{one.pace:,.0f}/s"
    return BEHIND if one.behind else RUNS


def _row(seen: Look, who: str, how: str, lag: Lag | None) -> list[str | Text]:
    style = STYLES.get(MOVES if how.startswith(MOVES) else how, "red")
    cells: list[str | Text] = [who, Text(how, style)]
    if lag is None:
        return [*cells, "", "", "", ""]
    missing = "" if lag.seconds is None else ago(lag.seconds)
    moved = "" if lag.moved_at is None else ago(age(lag.moved_at, seen.at) or 0.0)
    place = "" if lag.position is None else f"{lag.position:,}"
    return [*cells, place, f"{lag.behind:,}", missing, moved]


def _waiting(seen: Look, database: Database) -> Iterator[str]:
    """What waits or is lost: how much, and since when the oldest."""
    if counts := [f"{one.number:,} {one.state}" for one in database.notices]:
        oldest = min((one.oldest for one in database.notices if one.state in OPEN), default=None)
        since = f"; the oldest open one {ago(age(oldest, seen.at))}" if oldest else ""
        yield _line("Notices", ", ".join(counts) + since)
    if mailbox := database.mailbox:
        read = f"read {ago(age(mailbox.looked_at, seen.at))}"
        how = "can't be read" if mailbox.problem else read
        unread = "" if mailbox.unread is None else f"; unread there: {mailbox.unread:,}"
        yield _line("Mailbox", how + unread)
    for letters in database.letters:
        since = ago(age(letters.oldest, seen.at))
        numbers = f"{letters.dead} dead, {letters.waiting} waiting; the oldest {since}"
        yield _line("Dead letters", f"{letters.worker}: {numbers}")
    if database.orders:
        oldest = min(one.given_at for one in database.orders)
        words = f"{len(database.orders)} to be carried out; the oldest {ago(age(oldest, seen.at))}"
        yield _line("Orders", words)
