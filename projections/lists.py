"""Lists that people work from, made of read models: each is made anew when somebody asks, of what
they are shown of these, and of nothing else.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from projections.projection import Shown

Asked = Mapping[str, str]
"""The values that fields must have, as texts."""
Ask = Callable[[str, Asked], Iterable[Shown]]
"""The rows of a read model, by its name, as whoever asks for the list is shown them."""


@dataclass(frozen=True)
class WorkList:
    """A question, and how its rows are made; each has a `key`.

    It rests on the read models `of`, and is for whoever may have `tells`, a field of the first of
    them. Of `fields` a row has what whoever asks is shown where it comes from.
    """

    name: str
    question: str
    of: tuple[str, ...]
    tells: str
    fields: tuple[str, ...]
    rows: Callable[[Ask, Asked], Iterator[Shown]]


COHORT: Final = ("cohort_id",)


def only(asked: Asked, names: Iterable[str]) -> Asked:
    """What is asked of these fields."""
    return {name: asked[name] for name in names if name in asked}


def parts(row: Shown, name: str) -> list[Shown]:
    """The parts of a list in a row; none, if it is not there or can't be read."""
    found = row.get(name)
    return found if isinstance(found, list) else []
