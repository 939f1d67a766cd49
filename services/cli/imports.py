"""`import list`, `show` and `take-back`: an import is one thing, and goes as one."""

import sys
from collections import Counter
from collections.abc import Mapping
from functools import partial
from pathlib import Path
from typing import Any, Final

import click

from domain.imports.taking_back import TakingBackReason
from events.ids import ApplicationId, ImportId
from services.cli.console import (
    Installation,
    answer,
    data_option,
    details,
    json_option,
    print_err,
    print_json,
    print_nothing,
    print_out,
    print_table,
    run,
    table_options,
)
from services.cli.finding import NOTHING, NotOne
from services.cli.ids import SHORTEST, ends_of
from services.cli.leaving import (
    DONE,
    INTERRUPTED,
    INVALID,
    REFUSED,
    UNREACHABLE,
    fail,
    guarded,
)
from services.cli.many import shown_progress
from services.cli.meant import meant, not_one
from services.cli.reading import AsSomebody, Rows, as_option
from services.cli.signing import Shows, shows
from services.door.replies import Reply
from services.engines.addresses import BusAddress
from services.importing.report import End
from services.importing.taking_back import LEFT, take_back
from services.stream.connections import connection_of

MOST: Final = 10_000
IMPORTS, QUEUE = "imports", "application_queue"
SHORT: Final[Mapping[End, str]] = {
    "accepted": "in",
    "already": "was in",
    "refused": "refused",
    "to_be_asked_about": "to ask",
}
"""How rows ended, in a word each: the table has many columns."""
REGISTERED: Final = (
    "{came} registered with it: known, with what they said of themselves, also if it is taken back,"
    " so that a right file finds them again."
    " `leading-together show people --where import_id={end}` tells who they are."
)
COLUMNS: Final = ("id", "begun at", "state", *SHORT.values(), "came", "went")
OVER: Final = ("withdrawn", "ineligible")
CALL_AGAIN: Final = "What went is gone; call it again for the rest: nothing is done twice."
NOT_ANSWERED: Final = f"The door took no more. {CALL_AGAIN}"
Fates = Mapping[ApplicationId, Reply]


@click.command(name="list")
@click.option("--cohort", metavar="COHORT", help="Of this cohort alone: its title, or an id.")
@as_option
@table_options
@data_option
@guarded
def list_imports(cohort: str | None, person: str | None, as_json: bool, data: Path | None) -> None:
    """List the imports, the last one first: when, by whom, and how their rows ended.

    Exit codes: 0 done, 1 not yours to read, 2 a wrong call, 3 engines unreachable.
    """
    somebody = _somebody(data, person)
    where = {}
    if cohort is not None:
        where["cohort_id"] = meant(somebody.bus, somebody.token, "cohort", "--cohort", cohort)
    found = somebody.rows(IMPORTS, {"where": where}, MOST)
    found.sort(key=lambda row: str(row.get("begun_at")), reverse=True)
    if as_json:
        for row in found:
            print_json(row)
    elif found:
        _print_imports(found)
    else:
        print_nothing("Nothing was imported yet.", COLUMNS)


def _print_imports(rows: Rows) -> None:
    ends = ends_of(str(row["import_id"]) for row in rows)
    cells = []
    for end, row in zip(ends, rows, strict=True):
        told: Any = row.get("ends") if isinstance(row.get("ends"), dict) else {}
        counts = [str(told.get(one, "")) for one in SHORT]
        begun = str(row["begun_at"])[:16].replace("T", " ")
        cells.append(
            [end, begun, str(row["state"]), *counts, _said(row, "came"), _said(row, "went")]
        )
    print_table("", COLUMNS, cells, numbers={*SHORT.values(), "came", "went"})


def _said(row: Mapping[str, Any], name: str) -> str:
    value = row.get(name)
    return "" if value is None else str(value)


@click.command(name="show")
@click.argument("import_id", metavar="IMPORT")
@as_option
@json_option
@data_option
@guarded
def show_import(import_id: str, person: str | None, as_json: bool, data: Path | None) -> None:
    """Show one import: of which file, how its rows ended, and what became of whoever and whatever
    came with it.

    IMPORT is its id, or the end of it. `file.digest` is the SHA-256 of the file's bytes.

    Exit codes: 0 done, 1 not yours to read, 2 no such import, 3 engines unreachable.
    """
    somebody = _somebody(data, person)
    found = meant(somebody.bus, somebody.token, "import", "IMPORT", import_id)
    rows = somebody.rows(IMPORTS, {"where": {"import_id": found}}, 1)
    if not rows:
        not_one(NotOne("IMPORT", NOTHING))
    row = rows[0]
    came = somebody.rows(QUEUE, {"where": {"import_id": found}}, MOST)
    if as_json:
        print_json({**row, "applications": came})
        return
    print_out(*details(row))
    stages = Counter(str(one.get("stage")) for one in came)
    for stage, many in sorted(stages.items()):
        print_out(f"{many} of what came: {stage}")
    if registered := row.get("registered"):
        end = found[-SHORTEST:]
        print_out(REGISTERED.format(came=_people(str(registered)), end=end))


@click.command(name="take-back")
@click.argument("import_id", metavar="IMPORT")
@click.option(
    "--reason",
    required=True,
    type=click.Choice([one.value for one in TakingBackReason]),
    help="Why it was a mistake.",
)
@click.option("--yes", is_flag=True, help="Take it back without being asked.")
@as_option
@json_option
@data_option
@guarded
def take_import_back(  # noqa: PLR0917 - click hands options over by name
    import_id: str, reason: str, yes: bool, person: str | None, as_json: bool, data: Path | None
) -> None:
    """Take an import back as a whole: each application that came with it goes.

    What somebody has done anything with since stays, and is told: what was changed, given to
    assessors, or decided on. Whoever had a letter hears that it was a mistake. Whoever was
    registered with it stays known, with what they said of themselves (`import show` tells how many
    they are). The file can be imported again, or a right one.

    Exit codes: 0 all of it is gone, 1 something stays, or it was refused, 2 a wrong call or no yes,
    3 engines unreachable.
    """
    somebody = _somebody(data, person)
    found = ImportId(meant(somebody.bus, somebody.token, "import", "IMPORT", import_id))
    came = somebody.rows(QUEUE, {"where": {"import_id": found}}, MOST)
    going = [one for one in came if one.get("stage") not in OVER]
    _must_be_meant(len(going), yes=yes, as_json=as_json)
    ids = [ApplicationId(str(one["application_id"])) for one in going]
    taking = partial(_take_back, somebody, found, TakingBackReason(reason), ids)
    try:
        whole, fates = run(taking())
    except KeyboardInterrupt:
        fail(f"Stopped. {CALL_AGAIN}", INTERRUPTED)
    if whole.status != "accepted":
        answer(whole, as_json=as_json)
    if as_json:
        told = {one: reply.model_dump(exclude_none=True) for one, reply in fates.items()}
        print_json({"import_id": found, "applications": told})
    else:
        _tell(ids, fates)
    raise SystemExit(_code(ids, fates))


def _people(many: str) -> str:
    """So many, as the beginning of a sentence."""
    return "1 person was" if many == "1" else f"{many} people were"


def _must_be_meant(going: int, *, yes: bool, as_json: bool) -> None:
    if yes:
        return
    words = f"{going} applications came with it and go, unless they were touched since."
    if as_json or not sys.stdin.isatty():
        fail(f"{words} Nothing was taken back: call it again with --yes.", INVALID)
    print_err(words)
    if not click.confirm("Take it back?", err=True):
        fail("Nothing was taken back.", INVALID)


async def _take_back(
    somebody: AsSomebody,
    import_id: ImportId,
    reason: TakingBackReason,
    ids: list[ApplicationId],
) -> tuple[Reply, Fates]:
    async with connection_of("client", somebody.bus) as client:
        with shown_progress("Taking back", len(ids)) as progress:
            return await take_back(
                client, import_id, reason, ids, shows=somebody.token, progress=progress
            )


def _tell(ids: list[ApplicationId], fates: Fates) -> None:
    stays = [(one, reply) for one, reply in fates.items() if reply.status != "accepted"]
    if stays:
        ends = ends_of(one for one, _ in stays)
        rows = [
            (end, reply.sentence or reply.status)
            for end, (_, reply) in zip(ends, stays, strict=True)
        ]
        print_table("", ["application", "why it stays"], rows)
    gone = len(fates) - len(stays)
    print_out(f"{gone} of {len(ids)} applications are taken back, {len(stays)} stay.")
    if len(fates) < len(ids):
        print_err(NOT_ANSWERED)


def _code(ids: list[ApplicationId], fates: Fates) -> int:
    if len(fates) < len(ids) or any(
        one.status not in ("accepted", "refused") for one in fates.values()
    ):
        return UNREACHABLE
    return REFUSED if any(one.code == LEFT for one in fates.values()) else DONE


def _somebody(data: Path | None, person: str | None) -> AsSomebody:
    installation = Installation(data)
    bus: BusAddress = installation.bus()
    token: Shows = shows(installation, person)
    return AsSomebody(bus, token)
