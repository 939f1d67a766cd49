"""Finds who asked not to be paired with whom, where both are in one file.

People name each other in a free answer, and their line managers by an e-mail address. Rules never
read the answer, which is sealed; so what they must know is declared when it comes in.
"""

import re
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain, islice
from typing import Final, TypeVar
from unicodedata import normalize

from events.addresses import one_spelling
from events.terms import Relationship
from services.importing.bounds import SPLIT_IT
from services.importing.cells import NotATable
from services.importing.submission import Submission
from services.importing.words import line

MOST_PAIRS: Final = 20_000
TOO_MANY: Final = (
    f"More than {MOST_PAIRS:,} pairs of the file ask to be kept apart, or have one address as a"
    f" line manager's. {SPLIT_IT}"
)
T = TypeVar("T")
WORD: Final = re.compile(r"\w+")
TITLE: Final = re.compile(r"^(dr|prof|professor|mr|mrs|ms|miss|mx|sir|dame|rev|revd)\.? ")


@dataclass(frozen=True)
class Apart:
    """Two rows whose people must be kept apart: the first manages the second, or asked for it."""

    one: int
    other: int
    kind: Relationship


def kept_apart(rows: Sequence[Submission]) -> tuple[Apart, ...]:
    """Every pair that is asked for, or that follows from a line manager's address, once.

    A name counts if it has two words at least and stands in the answer in full. Where several
    people share it, or an address, all are kept apart: one pair too few is better than one too
    many. NotATable if there are so many that no programme could mean it.
    """
    pairs = list(islice(chain(_vetoes(rows), _managers(rows)), MOST_PAIRS + 1))
    if len(pairs) > MOST_PAIRS:
        raise NotATable(TOO_MANY)
    return tuple(dict.fromkeys(pairs))


def _vetoes(rows: Sequence[Submission]) -> Iterator[Apart]:
    by_words: dict[tuple[str, ...], list[tuple[Submission, str]]] = defaultdict(list)
    for row in rows:
        if " " in (name := _name(row)):
            by_words[_words(name)].append((row, name))
    lengths = sorted({len(words) for words in by_words})
    for one in rows:
        if "wishes" not in one.application:
            continue
        answer, mine = _folded(one.application["wishes"]), _name(one)
        for found in _named_in(_words(answer), lengths, by_words):
            for other, name in found:
                if name != mine and re.search(rf"\b{re.escape(name)}\b", answer):
                    yield Apart(one.row, other.row, Relationship.VETO)


def _named_in(
    words: Sequence[str], lengths: Sequence[int], known: Mapping[tuple[str, ...], T]
) -> Iterator[T]:
    """What is known under each run of words, once, by as many looks as there are words."""
    runs = {tuple(words[at : at + many]) for many in lengths for at in range(len(words))}
    yield from (known[one] for one in sorted(runs & known.keys()))


def _words(text: str) -> tuple[str, ...]:
    return tuple(WORD.findall(text))


def _managers(rows: Sequence[Submission]) -> Iterator[Apart]:
    by_email: dict[str, dict[str, Submission]] = defaultdict(dict)
    for row in rows:
        if "email" in row.register:
            by_email[one_spelling(row.register["email"])][row.name] = row
    for report in rows:
        for name, manager in by_email.get(report.manager, {}).items():
            if name != report.name:
                yield Apart(manager.row, report.row, Relationship.MANAGES)


def _name(row: Submission) -> str:
    return TITLE.sub("", _folded(row.register["full_name"]))


def _folded(text: str) -> str:
    return normalize("NFKC", line(text).replace("\u2019", "'")).casefold()
