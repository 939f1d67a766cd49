"""Tells where people have an address or number in common under different names, so that one asks.

Their rows are sent as they are: the vault takes nobody for somebody else who has another name.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import replace
from itertools import islice
from typing import Final

from events.addresses import one_spelling
from services.importing.report import Report
from services.importing.submission import Submission

Ways = tuple[str | None, ...]
WAYS: Final = (("email", "e-mail address"), ("phone", "telephone number"))
MOST_ROWS: Final = 5  # a home's telephone may stand in a hundred rows
SHARED: Final = (
    "This row has the same {what} as {rows} under another name. "
    "Each is kept as a person of their own; please ask whether they are one."
)
CORRECTED: Final = (
    "This row has another e-mail address or telephone number than row {row} of the same person. The"
    " one that was handed in last is kept."
)
NAMESAKE: Final = (
    "This row has the same name as row {row}, and another e-mail address or telephone number. Each"
    " is kept as a person of their own; please ask whether they are one."
)
KNOWN: Final = (
    "Somebody beyond this file has the same e-mail address or telephone number under another name. "
    "Each is kept as a person of their own; please ask whether they are one, after a look at "
    "`leading-together people shared`."
)


def noting_shared(rows: Sequence[Submission]) -> Iterator[Submission]:
    """The same rows in their order; the first one of each name says who had the address before."""
    known: dict[str, dict[str, int]] = defaultdict(dict)
    otherwise = _Otherwise()
    for one in rows:
        shared: dict[tuple[tuple[int, ...], int], list[str]] = defaultdict(list)
        for way, what in WAYS:
            if way in one.register:
                names = known[one_spelling(one.register[way])]
                if names and one.name not in names:
                    shared[tuple(islice(names.values(), MOST_ROWS)), len(names)].append(what)
                names.setdefault(one.name, one.row)
        notes = tuple(_note(*before, what) for before, what in shared.items())
        yield doubting(one, *notes, *otherwise.of(one))


def doubting(one: Submission, *doubts: str) -> Submission:
    """The same row, which needs a yes."""
    return replace(one, notes=(*one.notes, *doubts), doubts=(*one.doubts, *doubts))


class _Otherwise:
    """Under what addresses and numbers each name came, so that one that was corrected shows."""

    def __init__(self) -> None:
        self._known: dict[str, set[Ways]] = defaultdict(set)
        self._last: dict[str, tuple[Ways, int]] = {}

    def of(self, one: Submission) -> Iterator[str]:
        """Whether a row gives another address or number than the last one with its name."""
        mine = tuple(_spelled(one, way) for way, _ in WAYS)
        theirs, row = self._last.get(one.name, (mine, one.row))
        both = [two for two in zip(mine, theirs, strict=True) if all(two)]
        if mine not in self._known[one.name] and any(it != other for it, other in both):
            same = any(it == other for it, other in both)
            yield (CORRECTED if same else NAMESAKE).format(row=row)
        self._known[one.name].add(mine)
        self._last[one.name] = mine, one.row


def _spelled(one: Submission, way: str) -> str | None:
    return one_spelling(one.register[way]) if way in one.register else None


def _note(first: Sequence[int], rows: int, what: Sequence[str]) -> str:
    named = [str(row) for row in first]
    if left := rows - len(named):
        named.append(f"{left} more")
    *others, last = named
    said = f"rows {', '.join(others)} and {last}" if others else f"row {last}"
    return SHARED.format(what=" and ".join(what), rows=said)


def noting_known(report: Report, groups: Iterable[Collection[str]]) -> Report:
    """The same report; it says at each row whose person shares with somebody of no row of it.

    `groups` are the ids of those who share an address or number under different names.
    """
    here = {line.person_id for line in report.lines}
    beyond = {person for group in groups if not here.issuperset(group) for person in group}
    lines = tuple(
        line.model_copy(update={"notes": (*line.notes, KNOWN)})
        if line.person_id in beyond
        else line
        for line in report.lines
    )
    return report.model_copy(update={"lines": lines})
