"""`import applications`: a spreadsheet of applications, through the door."""

from pathlib import Path

import click

from events.ids import CohortId
from services.bus import connected
from services.cli.console import (
    INVALID,
    Place,
    data_option,
    fail,
    guarded,
    json_option,
    print_out,
    run,
)
from services.engines import Engines
from services.importing import Report, examine, import_applications
from services.spreadsheets import Unreadable


@click.group(name="import")
def import_group() -> None:
    """Bring in what comes as a file."""


@import_group.command()
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--cohort", required=True, metavar="ID", help="The cohort they apply for.")
@json_option
@data_option
@guarded
def applications(file: Path, cohort: str, as_json: bool, data: Path | None) -> None:
    """Import the applications in a CSV or XLSX file, the export of an online form.

    Every row is checked before any is sent; running it again changes nothing.
    Exit codes: 0 every row is in (or was), 1 some were refused, 2 the file can't be read or some
    rows are malformed, 3 engines unreachable or busy.
    """
    try:
        CohortId.parse(cohort)
        examine(file)
    except Unreadable as error:
        fail(str(error), INVALID)
    except ValueError as error:
        fail(f"--cohort: {error}.", INVALID)
    report = run(_import(Place(data).engines(), file, cohort, quiet=as_json))
    if as_json:
        print_out(report.model_dump_json(exclude_none=True))
    else:
        for line in report.in_words():
            print_out(line)
    raise SystemExit(report.exit_code)


async def _import(engines: Engines, file: Path, cohort: str, *, quiet: bool) -> Report:
    client = await connected("client", engines.nats["client"])
    try:
        with click.progressbar(length=1, label="Importing", file=_progress(quiet=quiet)) as bar:

            def show(done: int, total: int) -> None:
                bar.length = total
                bar.update(done - bar.pos)

            return await import_applications(client, file, cohort, show)
    finally:
        await client.close()


def _progress(*, quiet: bool):  # type: ignore[no-untyped-def]  # noqa: ANN202 - click's own stream type
    return click.open_file("/dev/null", "w") if quiet else click.get_text_stream("stderr")
