"""What ids look like to people, and what they say who mean one: its end, as it is shown, behind a
name or alone, or words of what it is called.
"""

import re
from collections.abc import Collection, Iterable, Mapping
from typing import Final, NamedTuple

from events.ids import ALPHABET
from services.vault.words import words_of

ID: Final = re.compile(rf"(?:task_[a-z-]+_)?([a-z]+)_[0-7][{ALPHABET}]{{25}}")
SHORTEST: Final = 5  # letters of a short id
ELLIPSIS: Final = "…"
PIECE: Final = re.compile(
    rf"{ELLIPSIS}?(?:(?P<before>[a-z_-]*)[_{ELLIPSIS}])?(?P<end>[{ALPHABET}]{{4,26}})"
)


class Piece(NamedTuple):
    """The end of an id, behind what comes `before` a gap in it. It is `sure` if it can hardly be a
    word of a name.
    """

    before: str
    end: str
    sure: bool

    def is_of(self, one: str) -> bool:
        """Whether an id has this end, and what comes before."""
        return one.endswith(self.end) and self.before in one


def piece_in(said: str) -> Piece | None:
    """The end of an id with which it ends what is said; None if that ends otherwise."""
    last = said.rsplit(maxsplit=1)[-1].strip("().").casefold() if said.strip() else ""
    found = PIECE.fullmatch(last)
    if found is None:
        return None
    sure = ELLIPSIS in last or not found["end"].isalpha()
    return Piece(found["before"] or "", found["end"], sure)


def fits(said: str, called: str) -> bool:
    """Whether each word that is said begins one of what something is called; what has no word in it
    means nothing.
    """
    words, wanted = words_of(called), words_of(said)
    return bool(wanted) and all(any(it.startswith(one) for it in words) for one in wanted)


def kind_of(one: str) -> str:
    """Of which kind a thing is, by its id; none if it is no id."""
    found = ID.fullmatch(one)
    return found[1] if found else ""


def by_whom(one: str) -> str:
    """The id of that by which a thing is called: a task by what it is about."""
    found = ID.fullmatch(one)
    return one[found.start(1) :] if found else one


def ends_of(ids: Iterable[str]) -> list[str]:
    """The ends of ids behind a gap, all as long as it takes to tell them apart; of a task behind
    its kind.
    """
    some, many = list(dict.fromkeys(ids)), SHORTEST
    things = {by_whom(one) for one in some}
    while len({one[-many:] for one in things}) < len(things):
        many += 1
    return [f"{_before(one)}{ELLIPSIS}{one[-many:]}" for one in some]


def short_ids(ids: Collection[str]) -> dict[str, str]:
    """The same for a table, by the ids, without a gap that nothing comes before."""
    ends = ends_of(ids)
    return {one: end.removeprefix(ELLIPSIS) for one, end in zip(ids, ends, strict=True)}


def _before(one: str) -> str:
    return one.removesuffix(by_whom(one)).removeprefix("task_").removesuffix("_")


def called_or_end(one: str, names: Mapping[str, str]) -> str:
    """What a thing is called, or else the end of its id."""
    return names.get(one) or short_end(one)


def short_end(one: str) -> str:
    """The end of an id alone behind a gap, by which most are told apart."""
    return f"{ELLIPSIS}{one[-SHORTEST:]}"
