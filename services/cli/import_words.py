"""What the command line says of an import: each row with how it ended, and that they add up."""

import csv
import sys
from collections.abc import Iterator
from typing import Final

from services.cli.console import print_err, print_out, print_table
from services.cli.ids import SHORTEST
from services.escaping import cell
from services.importing import ENDS, Report, RowResult
from services.importing.report import End, RowOutcome

END: Final[dict[End, str]] = {
    "accepted": "accepted",
    "already": "already there",
    "refused": "refused",
    "to_be_asked_about": "to be asked about",
}
BEFORE: Final[dict[End, str]] = END | {"accepted": "can be sent"}
"""The same of rows of which none was sent yet."""
WORDS: Final[dict[RowOutcome, str]] = {
    "ready": "It can be sent.",
    "accepted": "It is in.",
    "amended": "It was in before, and says now what this row says.",
    "already": "It was in before.",
    "doubtful": "It needs a yes first.",
}
WORDS_BEFORE: Final[dict[RowOutcome, str]] = WORDS | {
    "amended": "It is in, and will say what this row says.",
    "already": "It is in.",
}
COLUMNS: Final = ("row", "end", "what became of it", "code", "person_id")


def print_report(report: Report) -> None:
    """Each row that did not simply go in, what there is to say of the file, and how it adds up."""
    told = [
        line for line in report.lines if line.notes or line.outcome not in {"accepted", "ready"}
    ]
    if told:
        rows = [[str(line.row), end_of(report, line), words_of(report, line)] for line in told]
        print_table("", ["row", "end", "what became of it"], rows, numbers={"row"})
    print_out(*report.notes)
    for doubt in report.doubts:
        print_err(f"To be asked about: {doubt}")
    print_out(adding_up(report))
    if report.import_id:
        end = report.import_id[-SHORTEST:]
        print_out(f"It is import …{end}: `leading-together import show {end}` tells more.")


def print_csv(report: Report) -> None:
    """Every row, one a line; what is said of the file goes beside it."""
    written = csv.writer(sys.stdout, lineterminator="\n")
    written.writerow(COLUMNS)
    for line in report.lines:
        words = end_of(report, line), words_of(report, line)
        said = line.row, *words, line.code, line.person_id
        written.writerow(["" if one is None else cell(one) for one in said])
    print_err(*report.notes, *report.doubts, adding_up(report))


def end_of(report: Report, line: RowResult) -> str:
    """How a row ended, or would."""
    return (END if report.sent else BEFORE)[ENDS[line.outcome]]


def words_of(report: Report, line: RowResult) -> str:
    """What became of a row, or would, in a sentence or two."""
    problems = "; ".join(f"{one.field}: {one.problem}" for one in line.problems)
    known = WORDS if report.sent else WORDS_BEFORE
    words = line.sentence or problems or known.get(line.outcome, line.outcome)
    return " ".join([words, *line.notes])


def adding_up(report: Report) -> str:
    """How many rows there are, and how many of them ended how, or would."""
    names = END if report.sent else BEFORE
    ends = ", ".join(f"{number} {names[end]}" for end, number in report.ends.items() if number)
    many = len(report.lines)
    first = f"{many} row{'s' * (many != 1)}"
    return " ".join([f"{first}: {ends or 'none'}.", *_not_sent(report)])


def _not_sent(report: Report) -> Iterator[str]:
    if not report.sent:
        yield "Nothing was sent."
