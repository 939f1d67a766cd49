"""`register`: who came to a workshop, by names, in one call."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final, NamedTuple, NoReturn

import click
from nats.aio.client import Client

from services.cli.console import (
    Installation,
    data_option,
    print_err,
    print_out,
    print_table,
    run,
)
from services.cli.finding import Finder, NotOne
from services.cli.given import must_agree, words_in
from services.cli.ids import called_or_end, fits, piece_in
from services.cli.leaving import INTERRUPTED, INVALID, REFUSED, fail, guarded
from services.cli.many import (
    STOPPED,
    Acting,
    Line,
    Many,
    exit_code,
    shown_progress,
    totals_in_words,
)
from services.cli.meant import not_one
from services.cli.rows_given import AskedRow, rows_of
from services.cli.signing import Shows, shows
from services.engines.addresses import BusAddress
from services.reading.rows_read import CantLook
from services.stream.connections import connection_of
from services.vault.words import same_name

RECORD: Final = "workshop.record-attendance"
CLOSE: Final = "workshop.close-register"
CAME: Final = frozenset({"attended", "made-up"})
ONE_OF_TWO: Final = (
    "Say who came (--came FILE), or who did not (--absent FILE, `-` for the input): a name, or the"
    " end of an id, on each line."
)
IS_OVER: Final = "This register is closed: `do workshop.correct-attendance` mends it."
NOBODY_BOOKED: Final = "Nobody has a place on this workshop."
UNKNOWN: Final = (
    "Nobody who has a place on it is meant by line {}. Who came without one is a walk-in:"
    " --walk-ins takes them so."
)
SEVERAL: Final = "More than one who has a place on it may be meant by line {}: say more there."
Names = dict[str, str]


class AtTheWorkshop(NamedTuple):
    """A workshop as it stands: who has a place, what they are called, and who is recorded."""

    row: Mapping[str, Any]
    names: Names
    recorded: set[str]


class WhoCame(NamedTuple):
    """Who is to be recorded, who of them has no place, and who of the others did not come."""

    came: list[str]
    walk_ins: set[str]
    absent: list[str]


class _Records(NamedTuple):
    """Where and as whom it is called."""

    bus: BusAddress
    token: Shows


@click.command()
@click.argument("workshop")
@click.option("--cohort", metavar="COHORT", help="Of which cohort, if the title does not tell.")
@click.option("--came", metavar="[FILE | -]", help="Who came: a name on each line.")
@click.option(
    "--absent", metavar="[FILE | -]", help="Who did not, though they have a place: all others came."
)
@click.option("--walk-ins", is_flag=True, help="Who came without a place is a walk-in.")
@click.option("--leave-open", is_flag=True, help="Leave the register open: more may be recorded.")
@click.option("--yes", is_flag=True, help="Do it without asking.")
@click.option("--as", "by", metavar="PERSON", help="Who does it, as with `do`.")
@data_option
@guarded
def register(  # noqa: PLR0917 - click hands options over by name
    workshop: str,
    cohort: str | None,
    came: str | None,
    absent: str | None,
    walk_ins: bool,
    leave_open: bool,
    yes: bool,
    by: str | None,
    data: Path | None,
) -> None:
    """Say who came to WORKSHOP (its title or number, or an id), and close its register.

    Who came, or who did not, stands in a file or on the input, a name on each line: everybody on
    this machine sees what is an argument. It is shown, and done with a yes: whoever came is
    recorded as from its beginning, and with the register closed all others missed it. Called again,
    nobody is recorded twice.

    Exit codes: 0 done, 1 refused, or no yes, 2 not found or not confirmed, 3 engines unreachable or
    busy.
    """
    if (came is None) is (absent is None):
        fail(ONE_OF_TWO, INVALID)
    text = _given(came or absent or "")
    lines = {at: one.strip() for at, one in enumerate(text.splitlines(), 1) if one.strip()}
    installation = Installation(data)
    call = _Records(installation.bus(), shows(installation, by))
    seen, plan = run(_look(call, workshop, cohort, lines, came is not None, walk_ins))
    _show(seen, plan)
    must_agree("Record this?" if leave_open else "Record this, and close the register?", yes=yes)
    done = dict[int, Line]()
    try:
        closed = run(_carry_out(call, seen, plan, done, close=not leave_open))
    except KeyboardInterrupt:
        fail(STOPPED, INTERRUPTED)
    _end(done, closed)


def _given(file: str) -> str:
    return words_in(file if file == "-" else f"@{file}") or ""


async def _look(  # noqa: PLR0917 - each is one thing that was said
    call: _Records,
    workshop: str,
    cohort: str | None,
    lines: Mapping[int, str],
    came: bool,
    walk_ins: bool,
) -> tuple[AtTheWorkshop, WhoCame]:
    """What is to be recorded. It ends the call if that can't be told."""
    try:
        async with connection_of("client", call.bus) as client:
            finder = Finder(client, call.token)
            of = await finder.one("cohort", "cohort", cohort) if cohort else None
            within = {"cohort_id": of.id} if of else {}
            found = await finder.one("workshop", "workshop", workshop, within)
            seen = await _seen(finder, found.id)
            return seen, await _plan(finder, seen, lines, came=came, walk_ins=walk_ins)
    except (NotOne, CantLook) as problem:
        not_one(problem)


async def _seen(finder: Finder, workshop_id: str) -> AtTheWorkshop:
    rows = await finder.rows("workshop_register", {"key": workshop_id})
    if not rows:
        raise NotOne("workshop", "it is not to be read")
    if rows[0]["state"] == "held":
        fail(IS_OVER, REFUSED)
    places = rows[0].get("places") or []
    booked = [one["person_id"] for one in places if one["has_place"] or one["state"] in CAME]
    recorded = {one["person_id"] for one in places if one["state"] in CAME}
    return AtTheWorkshop(rows[0], await finder.names_of(booked), recorded)


async def _plan(
    finder: Finder, seen: AtTheWorkshop, lines: Mapping[int, str], *, came: bool, walk_ins: bool
) -> WhoCame:
    meant = {at: _booked(line, seen.names) for at, line in lines.items()}
    several = [str(at) for at, found in meant.items() if len(found) > 1]
    unknown = [at for at, found in meant.items() if not found]
    if several:
        fail(SEVERAL.format(", ".join(several)), INVALID)
    if unknown and not (came and walk_ins):
        fail(UNKNOWN.format(", ".join(map(str, unknown))), INVALID)
    named = {one for found in meant.values() for one in found}
    new = {(await finder.one("person", "came", one)).id for one in map(lines.__getitem__, unknown)}
    seen.names.update(await finder.names_of(new))
    there = named | new if came else {*seen.names} - named
    absent = {*seen.names} - there - seen.recorded
    by_name = sorted(seen.names, key=lambda one: seen.names[one])
    to_record = [one for one in by_name if one in there - seen.recorded]
    return WhoCame(to_record, new, [one for one in by_name if one in absent])


def _booked(said: str, names: Names) -> list[str]:
    """Those who have a place and are meant by a name, or by the end of their id."""
    whole = [who for who, name in names.items() if name and same_name(name) == same_name(said)]
    piece = piece_in(said)
    by_end = [who for who in names if piece and piece.is_of(who)]
    return whole or by_end or [who for who, name in names.items() if fits(said, name)]


def _show(seen: AtTheWorkshop, plan: WhoCame) -> None:
    """What is to be recorded, with names."""
    row = seen.row
    if not seen.names:
        fail(NOBODY_BOOKED, REFUSED)
    print_out(f"{row['title']}, {str(row['starts_at'])[:10]}, {row['venue']}")
    rows = [(called_or_end(one, seen.names), _came(one, plan)) for one in plan.came]
    rows += [
        (called_or_end(one, seen.names), "came, as is recorded") for one in sorted(seen.recorded)
    ]
    rows += [(called_or_end(one, seen.names), "did not come") for one in plan.absent]
    print_table("", ["who", "whether they came"], rows)


def _came(person: str, plan: WhoCame) -> str:
    return "came, without a place" if person in plan.walk_ins else "came"


async def _carry_out(
    call: _Records, seen: AtTheWorkshop, plan: WhoCame, done: dict[int, Line], *, close: bool
) -> Line | None:
    """Record all, and close the register if all could be; what became of that."""
    async with connection_of("client", call.bus) as client:
        same = {"workshop_id": seen.row["workshop_id"], "scanned_at": seen.row["starts_at"]}
        rows = rows_of(same, [_attendance(seen, plan, one) for one in plan.came])
        await _ask(client, call, RECORD, rows, done)
        if not close or exit_code(done):
            return None
        last = dict[int, Line]()
        closing = AskedRow(1, {"workshop_id": seen.row["workshop_id"]}, str(seen.row["position"]))
        await _ask(client, call, CLOSE, [closing], last)
        return last[1]


async def _ask(
    client: Client, call: _Records, name: str, rows: Sequence[AskedRow], done: dict[int, Line]
) -> None:
    with shown_progress(name, len(rows)) as progress:
        await Many(client, call.token, name, Acting({}), "register", done).run(rows, progress)


def _attendance(seen: AtTheWorkshop, plan: WhoCame, person: str) -> dict[str, Any]:
    """A scan that stands for a line of a list on paper: its id says whose it is, and where."""
    of = seen.row["workshop_id"].partition("_")[2]
    scan = f"list.{of}.{person.partition('_')[2]}"
    return {"person_id": person, "scan_id": scan, "walk_in": person in plan.walk_ins}


def _end(done: dict[int, Line], closed: Line | None) -> NoReturn:
    """Say what came of it, and leave."""
    for number in sorted(done):
        if exit_code({number: done[number]}):
            print_err(done[number].in_words())
    print_out(f"{len(done)} recorded: {totals_in_words(done)}.")
    code = exit_code(done)
    if closed is not None and (code := exit_code({1: closed})):
        print_err(f"The register stays open: {closed.reply.sentence}")
    elif closed is not None:
        print_out("The register is closed.")
    raise SystemExit(code)
