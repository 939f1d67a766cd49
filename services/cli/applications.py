"""`import applications`: a spreadsheet of applications, through the door."""

import sys
from contextlib import closing, suppress
from pathlib import Path
from typing import Final

import click
import psycopg

from events.ids import CohortId
from services.cli.console import (
    Installation,
    data_option,
    json_option,
    print_err,
    print_out,
    run,
)
from services.cli.import_before import rehearsed_for, tell_why
from services.cli.import_words import print_csv, print_report
from services.cli.imports import list_imports, show_import, take_import_back
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
from services.cli.many import shown_progress
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
    NotBegun,
    Report,
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
    ("doubtful", INVALID),
    ("refused", REFUSED),
)
NO_YES: Final = (
    "Nothing was sent: some of it is doubtful, as told above. Look at it, then call it again with"
    " --yes."
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
    """Bring in what comes as a file; see what was brought in, and take it back as a whole."""


import_group.add_command(list_imports)
import_group.add_command(show_import)
import_group.add_command(take_import_back)


@import_group.command()
@click.argument("file", type=click.Path(path_type=Path))
@click.option(
    "--cohort",
    required=True,
    metavar="COHORT",
    help="The cohort they apply for: its title, or an id.",
)
@click.option(
    "--dry-run",
    is_flag=True,
    help="Read everything, say what would become of each row, and send nothing.",
)
@click.option("--yes", is_flag=True, help="Send what is doubtful too, without being asked.")
@click.option(
    "--as",
    "by",
    metavar="PERSON",
    help="Who imports, of those whom you named for engines of your own (`identity name`); without"
    " it, the first of them.",
)
@click.option("--csv", "as_csv", is_flag=True, help="Print every row as CSV, for spreadsheets.")
@json_option
@data_option
@guarded
def applications(  # noqa: PLR0917 - click hands options over by name
    file: Path,
    cohort: str,
    dry_run: bool,
    yes: bool,
    by: str | None,
    as_csv: bool,
    as_json: bool,
    data: Path | None,
) -> None:
    """Import the applications in a file, as an online form exports them.

    It may be CSV, TSV, XLSX, XLS or ODS, whatever it is called, of Microsoft Forms, Google Forms
    and others: columns that the service adds are left out where the form asks the same. Whoever
    imports is an importer or a coordinator. Every row is checked before any is sent, and what is
    doubtful is told first, and needs a yes: how the file had to be read, two people with one
    address, an address that was corrected, totals. Running it again changes nothing. A file may
    have 10,000 rows, 256 columns and 16 MiB.

    Exit codes: 0 every row is in (or was), 1 a rule refused some, or all, 2 the file can't be read,
    some rows are malformed, or what is doubtful had no yes, 3 engines unreachable or busy.
    """
    examined = _examined(file)
    installation, quiet = Installation(data), as_json or as_csv
    asks = not (dry_run or quiet) and sys.stdin.isatty()
    if dry_run or (examined.all_doubts and not (yes or asks)):
        report = rehearsed_for(examined, installation, cohort, by, as_json=as_json)
        _print(report, as_csv=as_csv, as_json=as_json)
        if not dry_run:
            print_err(NO_YES)
        raise SystemExit(INVALID if examined.doubts or not dry_run else _code_of(report))
    if examined.all_doubts and not yes:
        _must_be_meant(examined)
    try:
        mine = shows(installation, by)
        cohort_id = CohortId(meant(installation.bus(), mine, "cohort", "--cohort", cohort))
        report = run(_import(installation.bus(), examined, cohort_id, mine, quiet=quiet))
    except NotBegun as refused:
        tell_why(refused, as_json=as_json)
    except KeyboardInterrupt:
        fail(f"Stopped. {STAYS}", INTERRUPTED)
    except ENGINES_FAULTS as fault:
        sentence = explained(fault)
        if sentence is None:
            raise
        fail(f"{sentence} {STAYS}", UNREACHABLE, "unanswered")
    _end_if_not_taken(report)
    report = _beside_those_known(report, installation)
    _print(report, as_csv=as_csv, as_json=as_json)
    raise SystemExit(_code_of(report))


def _examined(file: Path) -> Examined:
    try:
        return examined_apart(file)
    except (NotATable, OSError) as error:
        fail(str(error), INVALID)


def _code_of(report: Report) -> int:
    found = {line.outcome for line in report.lines}
    return next((code for outcome, code in EXIT_CODES if outcome in found), DONE)


def _must_be_meant(examined: Examined) -> None:
    """Ends the call, with nothing sent, unless whoever sits there says yes."""
    print_err(*examined.all_doubts)
    if not click.confirm("Send it all the same?", err=True):
        print_err("Nothing was sent.")
        raise SystemExit(INVALID)


def _print(report: Report, *, as_csv: bool, as_json: bool) -> None:
    if as_json:
        print_out(report.model_dump_json(exclude_none=True))
    elif as_csv:
        print_csv(report)
    else:
        print_report(report)


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
        with shown_progress("Importing", examined.rows, quiet=quiet) as progress:
            return await import_applications(client, examined, cohort, progress, shows=mine)


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
