"""`assign`: assessors for each application of a cohort, by load, shown before it is done."""

from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Final, NamedTuple

import click
from nats.aio.client import Client

from services.cli.assigning import NOT_THEM, Sighted, ToAssess, Wanting, planned, sighted
from services.cli.console import (
    Installation,
    data_option,
    json_option,
    print_err,
    print_json,
    print_out,
    print_table,
    run,
)
from services.cli.finding import Finder, NotOne
from services.cli.given import must_agree
from services.cli.ids import called_or_end
from services.cli.leaving import DONE, INTERRUPTED, REFUSED, fail, guarded
from services.cli.many import Acting, Line, Many, exit_code, shown_progress
from services.cli.meant import not_one
from services.cli.rows_given import AskedRow
from services.cli.signing import Shows, shows
from services.engines.addresses import BusAddress
from services.reading.rows_read import CantLook
from services.stream.connections import connection_of

ASSIGN: Final = "assessment.assign"
NOBODY_ASSESSES: Final = (
    "Nobody assesses for this cohort yet: `leading-together do assessment.appoint-assessor`."
)
NOTHING: Final = "Nothing is to be assigned: each application has its assessors, or waits for none."
HIDDEN: Final = "Of {} applications it can't be seen who assesses them; they are left as they are."
SHORT: Final = "For {} applications nobody is left who may assess them, or nobody who is lay: {}."
FEW: Final = 10
STOPPED: Final = "Stopped. What is assigned stays; call it again for the rest."


class Shares(NamedTuple):
    """What is to be done, what all are called, and for what nobody is left."""

    seen: Sighted
    assignments: Sequence[ToAssess]
    short: Sequence[Wanting]
    names: dict[str, str]


@click.command()
@click.argument("cohort")
@click.option(
    "--of-each",
    type=click.IntRange(1, 6),
    default=2,
    show_default=True,
    help="Assessors of each application.",
)
@click.option(
    "--lay",
    type=click.IntRange(0, 6),
    default=1,
    show_default=True,
    help="How many of them are lay, at least.",
)
@click.option("--yes", is_flag=True, help="Do it without asking.")
@click.option("--as", "by", metavar="PERSON", help="Who does it, as with `do`.")
@json_option
@data_option
@guarded
def assign(  # noqa: PLR0917 - click hands options over by name
    cohort: str,
    of_each: int,
    lay: int,
    yes: bool,
    by: str | None,
    as_json: bool,
    data: Path | None,
) -> None:
    """Give each application of COHORT (a title, or an id) to assessors who have least to score.

    What is planned is shown, and done with a yes. Nobody gets an application whose applicant they
    are too close to, or their own: what the door refuses goes to somebody else. Called again, only
    what is missing is assigned.

    Exit codes: 0 each has its assessors, 1 nobody is left for some, or no yes, 2 not found or not
    confirmed, 3 engines unreachable or busy.
    """
    installation = Installation(data)
    call = _Assigns(installation.bus(), shows(installation, by), of_each, lay)
    plan = run(_look(call, cohort))
    if not plan.assignments:
        _end(plan.short, plan.names, {}, as_json=as_json)
    if not as_json:
        _show(plan)
    must_agree(f"Assign these {len(plan.assignments)}?", yes=yes)
    lines = dict[int, Line]()
    try:
        short = run(_carry_out(call, plan, lines, quiet=as_json))
    except KeyboardInterrupt:
        fail(STOPPED, INTERRUPTED)
    _end(short, plan.names, lines, as_json=as_json)


class _Assigns(NamedTuple):
    """Where and as whom it is called, and what for."""

    bus: BusAddress
    token: Shows
    of_each: int
    lay: int


async def _look(call: _Assigns, cohort: str) -> Shares:
    """The plan, with everybody's name. It ends the call if there is none to be made."""
    try:
        async with connection_of("client", call.bus) as client:
            finder = Finder(client, call.token)
            where = {"cohort_id": (await finder.one("cohort", "cohort", cohort)).id}
            boards = await finder.rows("cohort_board", where)
            members = [one for board in boards for one in board.get("assessors") or ()]
            if not members:
                fail(NOBODY_ASSESSES, REFUSED)
            seen = sighted(members, await finder.rows("application_queue", where))
            assignments, short = planned(seen.assessors, seen.wanting, call.of_each, call.lay)
            asked = {one.application_id for one in assignments}
            asked |= {one.application_id for one in short}
            people = [one.person_id for one in seen.wanting if one.application_id in asked]
            return Shares(
                seen, assignments, short, await finder.names_of([*people, *seen.assessors])
            )
    except (NotOne, CantLook) as problem:
        not_one(problem)


def _show(plan: Shares) -> None:
    """What is planned, an application a line, and how much each assessor then has to score."""
    people = {one.application_id: one.person_id for one in plan.seen.wanting}
    new = dict[str, list[str]]()
    for application, assessor in plan.assignments:
        new.setdefault(application, []).append(called_or_end(assessor, plan.names))
    rows = [(called_or_end(people[one], plan.names), ", ".join(new[one])) for one in new]
    print_table("", ["applicant", "is assessed by"], sorted(rows))
    more = Counter(one.assessor_id for one in plan.assignments)
    print_table(
        "",
        ["assessor", "lay", "to score", "with these"],
        [
            (
                called_or_end(who, plan.names),
                "yes" if it.lay else "no",
                str(it.to_score),
                str(it.to_score + more[who]),
            )
            for who, it in plan.seen.assessors.items()
        ],
        numbers=("to score", "with these"),
    )
    if plan.seen.hidden:
        print_err(HIDDEN.format(plan.seen.hidden))


async def _carry_out(
    call: _Assigns, plan: Shares, lines: dict[int, Line], *, quiet: bool
) -> Sequence[Wanting]:
    """Ask for all, and for somebody else where the door refuses somebody; for what nobody is left.
    `lines` gets what became of each.
    """
    assignments, short = plan.assignments, plan.short
    async with connection_of("client", call.bus) as client:
        while assignments:
            refused = await _ask(client, call, plan.seen, assignments, lines, quiet=quiet)
            if not refused:
                break
            assignments, short = planned(
                plan.seen.assessors, plan.seen.wanting, call.of_each, call.lay
            )
    return short


async def _ask(
    client: Client,
    call: _Assigns,
    seen: Sighted,
    assignments: Sequence[ToAssess],
    lines: dict[int, Line],
    *,
    quiet: bool,
) -> bool:
    """Ask for these, and keep what became of them; whether somebody else is to be asked."""
    of = {one.application_id: one for one in seen.wanting}
    first = max(lines, default=0) + 1
    rows = [
        AskedRow(number, one._asdict(), f"{of[one.application_id].acts}")
        for number, one in enumerate(assignments, first)
    ]
    with shown_progress(ASSIGN, len(rows), quiet=quiet) as progress:
        done = dict[int, Line]()
        await Many(client, call.token, ASSIGN, Acting({}), "assign", done).run(rows, progress)
    replaceable = False
    for number, (application, assessor) in enumerate(assignments, first):
        line = done[number]
        if line.outcome == "refused" and line.reply.code in NOT_THEM:
            of[application].never.add(assessor)
            replaceable = True
            continue
        lines[number] = line
        if line.outcome in ("accepted", "already"):
            of[application].taking_part.add(assessor)
            seen.assessors[assessor].to_score += 1
    return replaceable


def _end(
    short: Sequence[Wanting], names: dict[str, str], lines: dict[int, Line], *, as_json: bool
) -> None:
    """Say what came of it, and leave."""
    done = sum(line.outcome in ("accepted", "already") for line in lines.values())
    if as_json:
        print_json({"assigned": done, "short": [one.application_id for one in short]})
    else:
        for number in sorted(lines):
            if lines[number].outcome not in ("accepted", "already"):
                print_err(lines[number].in_words())
        print_out(f"{done} assigned." if lines or short else NOTHING)
        if short:
            whose = [called_or_end(one.person_id, names) for one in short[:FEW]]
            whose += [f"{len(short) - FEW} more"] if len(short) > FEW else []
            print_out(SHORT.format(len(short), "; ".join(whose)))
    raise SystemExit(exit_code(lines) or (REFUSED if short else DONE))
