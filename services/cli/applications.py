"""`import applications`: a spreadsheet of applications, through the door."""

import os
import sys
from collections.abc import Iterator
from contextlib import closing, suppress
from pathlib import Path
from typing import Final

import click
import psycopg

from events.ids import CohortId
from services.cli.console import Installation, data_option, json_option, print_out, run
from services.cli.leaving import (
    DONE,
    ENGINES_FAULTS,
    INTERRUPTED,
    INVALID,
    REFUSED,
    UNREACHABLE,
    explained,
    fail,
    guarded,
)
from services.cli.meant import meant
from services.cli.signing import Shows, shows
from services.door.asking import BUSY
from services.door.replies import TO_BE_ASKED_AGAIN
from services.engines.addresses import BusAddress, EnginesUnavailable
from services.engines.connecting import connect
from services.files import UntrustedFile
from services.importing import (
    Examined,
    NotATable,
    Report,
    RowResult,
    examined_apart,
    import_applications,
    noting_known,
)
from services.log.log import head_of_log
from services.reading.trail import BY_OWNER, SEARCHED, Noting, NotNoted
from services.stream.connections import connection_of

EXIT_CODES: Final = (
    ("failed", UNREACHABLE),
    ("invalid", INVALID),
    ("refused", REFUSED),
)
STAYS: Final = "What is in stays; run the import again for the rest."
NOT_TAKEN: Final = (
    "The door takes nothing in now, or can't say whether it did: `leading-together status` tells"
    " why."
)
UNSEEN: Final = (
    "Whether people of this file share an address or number with others whom we know could not be "
    "seen from here. `leading-together people shared` tells it, to who coordinates the whole"
    " programme."
)


@click.group(name="import")
def import_group() -> None:
    """Bring in what comes as a file."""


@import_group.command()
@click.argument("file", type=click.Path(path_type=Path))
@click.option(
    "--cohort",
    required=True,
    metavar="COHORT",
    help="The cohort they apply for: its title, or an id.",
)
@click.option(
    "--as",
    "by",
    metavar="PERSON",
    help="Who imports, of those whom you named for engines of your own (`identity name`); without"
    " it, the first of them.",
)
@json_option
@data_option
@guarded
def applications(file: Path, cohort: str, by: str | None, as_json: bool, data: Path | None) -> None:
    """Import the applications in a CSV or XLSX file, the export of an online form.

    Whoever imports is an importer or a coordinator. Every row is checked before any is sent;
    running it again changes nothing. People who have an
    e-mail address or telephone in common under different names are all taken in, with a note. A
    file may have 10,000 rows, 256 columns and 16 MiB.
    Exit codes: 0 every row is in (or was), 1 a rule refused some, 2 the file can't be read or
    some rows are malformed, 3 engines unreachable or busy.
    """
    try:
        examined = examined_apart(file)
    except (NotATable, OSError) as error:
        fail(str(error), INVALID)
    try:
        installation = Installation(data)
        mine = shows(installation, by)
        cohort_id = CohortId(meant(installation.bus(), mine, "cohort", "cohort", cohort))
        report = run(_import(installation.bus(), examined, cohort_id, mine, quiet=as_json))
    except KeyboardInterrupt:
        fail(f"Stopped. {STAYS}", INTERRUPTED)
    except ENGINES_FAULTS as fault:
        sentence = explained(fault)
        if sentence is None:
            raise
        fail(f"{sentence} {STAYS}", UNREACHABLE, "unanswered")
    _end_if_not_taken(report)
    report = _beside_those_known(report, installation)
    if as_json:
        print_out(report.model_dump_json(exclude_none=True))
    else:
        for line in in_words(report):
            print_out(line)
    found = {line.outcome for line in report.lines}
    raise SystemExit(next((code for outcome, code in EXIT_CODES if outcome in found), DONE))


def _end_if_not_taken(report: Report) -> None:
    """If nobody took the rows: one sentence, for the next run tells the fate of each."""
    waiting = {one.outcome: one for one in report.lines if one.outcome in TO_BE_ASKED_AGAIN}
    if waiting:
        nobody = any(one.sentence == BUSY.sentence for one in waiting.values())
        words = BUSY.sentence if nobody else NOT_TAKEN
        fail(f"{words} {STAYS}", UNREACHABLE, "unanswered" if "unanswered" in waiting else "busy")


async def _import(
    bus: BusAddress, examined: Examined, cohort: CohortId, mine: Shows, *, quiet: bool
) -> Report:
    async with connection_of("client", bus) as client:
        with (
            open(os.devnull, "w", encoding="utf-8") as nowhere,  # noqa: ASYNC230, PTH123 - no disk
            click.progressbar(
                length=1, label="Importing", file=nowhere if quiet else sys.stderr
            ) as bar,
        ):

            def show(done: int, total: int) -> None:
                bar.length = total
                bar.update(done - bar.pos)

            return await import_applications(client, examined, cohort, show, shows=mine)


def _beside_those_known(report: Report, installation: Installation) -> Report:
    """The same report, with notes on who shares an address with people beyond the file.

    What was done is told in any case, so that who may not look into the vault, or can't, is only
    told what was not seen.
    """
    if not any(line.person_id for line in report.lines):
        return report
    with suppress(psycopg.Error, EnginesUnavailable, UntrustedFile, NotNoted):
        if installation.is_at_home() and (vault := installation.vault("home")):
            url = installation.engines().programme["home"]
            with closing(vault), connect(url, autocommit=True) as connection:
                looking = Noting(connection, "import", BY_OWNER, head_of_log(connection))
                looking.people([SEARCHED])
                return noting_known(report, vault.people.shared())
    return report.model_copy(update={"notes": (*report.notes, UNSEEN)})


def in_words(report: Report) -> Iterator[str]:
    """The report for people: each row that did not simply go in, then the totals."""
    for line in report.lines:
        if line.outcome != "accepted" or line.notes:
            yield f"Row {line.row}: {_fate(line)}"
    yield from report.notes
    totals = ", ".join(f"{number} {outcome}" for outcome, number in report.totals.items())
    yield f"{len(report.lines)} rows: {totals or 'none'}."


def _fate(line: RowResult) -> str:
    fates = {
        "accepted": "accepted.",
        "amended": "was in before, and says now what this row says.",
        "already": "already there.",
    }
    problems = "; ".join(f"{one.field}: {one.problem}" for one in line.problems)
    words = fates.get(line.outcome) or f"{line.outcome}: {line.sentence or problems}"
    code = f" ({line.code})" if line.code else ""
    return " ".join([words + code, *line.notes])
