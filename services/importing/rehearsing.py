"""What would become of a file's rows, as far as the file tells it: nothing is sent."""

from services.importing.examining import Examined
from services.importing.report import Report, RowResult
from services.importing.submission import Submission


def rehearsed(examined: Examined) -> Report:
    """A line for every row that says something; whether one is there already shows only when it is
    sent.
    """
    lines = {line.row: line for line in examined.unfit}
    lines |= {one.row: _would_be(one) for one in examined.ready}
    return Report(
        lines=tuple(lines[row] for row in sorted(lines)),
        empty=examined.empty,
        notes=examined.notes,
        doubts=examined.doubts,
        sent=False,
    )


def _would_be(one: Submission) -> RowResult:
    return RowResult(row=one.row, outcome="doubtful" if one.doubts else "ready", notes=one.notes)
