"""How the table of who may read what is written: in lines of fields, with a cell for each relation.

A line has fields and, behind a bar, a cell for each relation, in the order of the columns: `seen`
as it stands, so that what is sealed stays shut; `opened`; or `-`. A star leaves of a list what is
theirs alone. `places.state` is a field of each part of a list, `applicants.*.side` one of each
that has a name.
"""

from collections.abc import Iterator
from typing import Any

from projections.catalogue import PROJECTIONS
from services.reading.cells import OPENED, SEEN, Cell, Readable
from services.reading.relations import Relation


def lines(text: str, columns: tuple[Relation, ...]) -> Iterator[tuple[str, Relation, Cell]]:
    """Each cell that is not empty. ValueError where a line has too few or too many."""
    for line in text.strip().splitlines():
        names, _, cells = line.partition("|")
        for name in names.split():
            for relation, word in zip(columns, cells.split(), strict=True):
                if word != "-":
                    sight = word.rstrip("*")
                    if sight not in (SEEN, OPENED):
                        raise ValueError(f"{word} is no cell")
                    yield name, relation, Cell(sight, word != sight)


def readable(name: str, columns: tuple[Relation, ...], text: str, **more: Any) -> Readable:
    """What may be read under a name, of which the lines of a text tell the cells. ValueError where
    a field stands twice.
    """
    cells: dict[str, dict[str, Cell]] = {one.name: {} for one in columns}
    for path, relation, cell in lines(text, columns):
        if path in cells[relation.name]:
            raise ValueError(f"{path} stands twice in {name}")
        cells[relation.name][path] = cell
    projection = PROJECTIONS.get(name)
    question = more.pop("question", projection.question if projection else "")
    return Readable(name, question, columns, cells, projection, **more)
