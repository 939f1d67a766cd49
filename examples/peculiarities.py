"""Finds what is odd in the example rows, so that its README can't claim what isn't there."""

import unicodedata
from collections import Counter
from collections.abc import Callable, Sequence

from examples.submissions import HEADER, Submission

FIRST_ROW = 2  # as a spreadsheet counts: the header is row 1
NBSP = "\u00a0"
PHONE, ORGANISATION, PAIR_WITH = (
    HEADER.index(title)
    for title in (
        "Telephone",
        "Organisation (and ODS code if you know it)",
        "Anybody we should not pair you with, and why? (confidential)",
    )
)


def _beyond_ascii(row: Submission) -> bool:
    name = unicodedata.normalize("NFC", row.applicant.name)
    return any(letter.isalpha() and not letter.isascii() for letter in name)


def _decomposed(row: Submission) -> bool:
    return any(unicodedata.normalize("NFC", text) != text for text in row.answers)


def _in_any(part: str) -> Callable[[Submission], bool]:
    return lambda row: any(part in text for text in row.answers)


def _stray_blanks(row: Submission) -> bool:
    return any(text != text.strip() or "  " in text.strip() for text in row.answers)


SEEN: tuple[tuple[str, Callable[[Submission], bool]], ...] = (
    ("time as `14/09/2024 09:12:33` (day first)", lambda row: row.style == "slashes"),
    ("the same, and a real date cell in the workbook", lambda row: row.real_date),
    ("time as `2024-09-14T09:12:33+01:00`", lambda row: row.style == "iso"),
    ("time as `14 September 2024 9:12am`", lambda row: row.style == "words"),
    ("name with letters beyond ASCII", _beyond_ascii),
    ("decomposed Unicode in the name", _decomposed),
    ("line break inside an answer", _in_any("\n")),
    ("quotation marks inside an answer", _in_any('"')),
    ("stray blanks (at an end, or doubled)", _stray_blanks),
    ("non-breaking space", _in_any(NBSP)),
    ("free text beginning with `=`", lambda row: row.applicant.interest.startswith("=")),
    ("telephone beginning with `+`", lambda row: row.answers[PHONE].startswith("+")),
    ("no telephone", lambda row: not row.answers[PHONE]),
    (
        'another way of saying "nobody" in the pairing question',
        lambda row: row.answers[PAIR_WITH].lower() in {"no", "none", "n/a", "-"},
    ),
)


def tables(rows: Sequence[Submission]) -> str:
    """The README's tables in Markdown: what to make of the rows, whom they are, what is odd."""
    return "\n\n".join((_outcomes(rows), _people(rows), _kinds(rows)))


def _numbered(rows: Sequence[Submission]) -> list[tuple[int, Submission]]:
    return list(enumerate(rows, FIRST_ROW))


def _table(head: str, lines: Sequence[str]) -> str:
    columns = head.count("|") - 1
    return "\n".join((head, "|" + " --- |" * columns, *lines))


def _outcomes(rows: Sequence[Submission]) -> str:
    lines = [
        f"| {number} | {row.applicant.expected} | {_reason(rows, row)} |"
        for number, row in _numbered(rows)
        if row.applicant.expected != "accepted"
    ]
    empty = f"| {FIRST_ROW + len(rows)} | ignored | empty |"
    return _table("| row | expected | reason |", [*lines, empty])


def _reason(rows: Sequence[Submission], row: Submission) -> str:
    if row.applicant.expected not in ("repeated", "amended"):
        return row.applicant.reason
    first = next(n for n, other in _numbered(rows) if other.applicant.name == row.applicant.name)
    return f"second submission of the person in row {first}"


def _people(rows: Sequence[Submission]) -> str:
    accepted = [row.applicant for row in rows if row.applicant.expected == "accepted"]
    counts = Counter(
        (who.side.strip(), who.background or who.profession.split(":")[0]) for who in accepted
    )
    lines = [f"| {side} | {kind} | {count} |" for (side, kind), count in sorted(counts.items())]
    return _table("| accepted as | of whom | count |", lines)


def _kinds(rows: Sequence[Submission]) -> str:
    found = {label: [n for n, row in _numbered(rows) if seen(row)] for label, seen in SEEN}
    for number, row in _numbered(rows):
        for label in row.applicant.kinds:
            found.setdefault(label, []).append(number)
    lines = [f"| {label} | {len(at)} | {', '.join(map(str, at))} |" for label, at in found.items()]
    empty = f"| empty row at the end | 1 | {FIRST_ROW + len(rows)} |"
    return _table("| peculiarity | count | rows |", [*lines, empty])
