"""What the table of who may read what is made of: cells, and all that may be read under a name."""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Final, NamedTuple, Self

from projections.projection import Projection
from services.reading.relations import Relation

SEEN, OPENED = "seen", "opened"


class Cell(NamedTuple):
    """What one relation lets somebody read of one field; `some` of a list only: what is theirs."""

    sight: str
    some: bool = False


class Theirs(NamedTuple):
    """Which parts of a list a star leaves: in words, and whether a part (or the name of one) is
    one of them, for who asks (`me`, their cohorts).
    """

    says: str
    holds: Callable[[Any, frozenset[str], frozenset[str]], bool]


Cells = Mapping[str, Cell]


@dataclass(frozen=True)
class Readable:
    """What may be read under one name: `cells` of each relation by field, in the table's order.

    `comes_of` names for fields that are told the stored one that must be opened for them. Whoever
    has the relation `alone` to a row has no other to it. What is opened by a relation that is
    `told_as` something else is told on the trail as that: not by whom it was opened, nor when.
    """

    name: str
    question: str
    columns: tuple[Relation, ...]
    cells: Mapping[str, Cells]
    projection: Projection[Any] | None = None
    comes_of: Mapping[str, str] = field(default_factory=dict)
    theirs: Mapping[str, Theirs] = field(default_factory=dict)
    alone: Relation | None = None
    told_as: Mapping[str, str] = field(default_factory=dict)
    reads: tuple[str, ...] = ()

    @property
    def models(self) -> tuple[str, ...]:
        """The read models on which answers rest."""
        own = (self.name,) if self.projection else self.reads
        return tuple(dict.fromkeys((*own, *(it for one in self.columns for it in one.reads))))

    @property
    def fields(self) -> tuple[str, ...]:
        """All fields that have a line, in their order."""
        return tuple(dict.fromkeys(name for cells in self.cells.values() for name in cells))

    def of(self, fields: Collection[str]) -> Self:
        """The same with the cells of these fields alone, or of all if none are named."""
        if not fields:
            return self
        cells = {
            relation: {name: it for name, it in some.items() if name.partition(".")[0] in fields}
            for relation, some in self.cells.items()
        }
        theirs = {name: it for name, it in self.theirs.items() if name in fields}
        return replace(self, cells=cells, theirs=theirs)

    @property
    def chosen_by(self) -> tuple[str, ...]:
        """The fields by which the database may choose and sort: in the clear, and seen by everybody
        who sees the row at all.
        """
        if self.projection is None:
            return ()
        return tuple(
            name
            for name in self.fields
            if self.projection.stands_open(name)
            and all(cells.get(name) == Cell(SEEN) for cells in self.cells.values())
        )


OWN_NAME: Final = Theirs("their own", lambda part, me, _: part in me)
OF_THEIR_COHORTS: Final = Theirs(
    "those of their cohorts", lambda part, _, cohorts: part["cohort_id"] in cohorts
)
NOT_FOR_STAFF: Final = Theirs(
    "those that are not for staff", lambda part, *_: not part["for_staff"]
)
OF_OTHERS: Final = Theirs("those of others", lambda part, me, _: part["person_id"] not in me)
LOCKS_OF_OTHERS: Final = Theirs(
    "those of two others",
    lambda part, me, _: me.isdisjoint((part["patient_leader_id"], part["healthcare_leader_id"])),
)
WEIGHED_OTHERS: Final = Theirs(
    "what a run weighed in which they are not",
    lambda part, me, _: (
        me.isdisjoint(part["healthcare_leader_ids"])
        and me.isdisjoint(one["patient_leader_id"] for one in part["rows"])
    ),
)
OF_A_RUN: Final = {
    "unmatched": OF_OTHERS,
    "left_out": OF_OTHERS,
    "weighed": WEIGHED_OTHERS,
    "locks": LOCKS_OF_OTHERS,
}
