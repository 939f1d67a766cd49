"""What became of each row of an import: rows by their numbers, never by what stands in them."""

from collections import Counter
from collections.abc import Mapping
from types import MappingProxyType
from typing import Final, Literal, get_args

from pydantic import BaseModel, ConfigDict, computed_field

from events.ids import ImportId, PersonId
from services.door.replies import FieldProblem

RowOutcome = Literal[
    "ready",
    "accepted",
    "amended",
    "already",
    "refused",
    "invalid",
    "doubtful",
    "busy",
    "unanswered",
    "failed",
]
End = Literal["accepted", "already", "refused", "to_be_asked_about"]
ENDS: Final[Mapping[RowOutcome, End]] = MappingProxyType(
    {
        "ready": "accepted",
        "accepted": "accepted",
        "amended": "accepted",
        "already": "already",
        "refused": "refused",
        "invalid": "refused",
        "doubtful": "to_be_asked_about",
        "busy": "to_be_asked_about",
        "unanswered": "to_be_asked_about",
        "failed": "to_be_asked_about",
    }
)
"""The four ends that a row can have."""


class RowResult(BaseModel):
    """What became of one row.

    ready: nothing was sent yet, and it can be; accepted: the application is in; amended: it was
    before, and says now what this row says; already: it was before; refused: a rule says no
    (`code`, `sentence`); invalid: answers are missing or unclear (`problems`), nothing was sent;
    doubtful: somebody has to say yes to it first, nothing was sent; busy: the door took nothing,
    run the import again; unanswered: it isn't known yet whether it took it, run the import again;
    failed: a fault of ours. `notes` are sentences for whoever imports. `row` is the number that a
    spreadsheet shows.
    """

    model_config = ConfigDict(frozen=True)

    row: int
    outcome: RowOutcome
    code: str | None = None
    sentence: str | None = None
    problems: tuple[FieldProblem, ...] = ()
    notes: tuple[str, ...] = ()
    person_id: PersonId | None = None


class Report(BaseModel):
    """An import as a whole; `doubts` are of the file, `empty` counts rows without content, `apart`
    the declarations that keep two people of the file from being paired, those of earlier runs too.
    Of what was not `sent` it says what would become of it; what was is one import, `import_id`.
    """

    model_config = ConfigDict(frozen=True)

    lines: tuple[RowResult, ...]
    empty: int = 0
    apart: int = 0
    notes: tuple[str, ...] = ()
    doubts: tuple[str, ...] = ()
    sent: bool = True
    import_id: ImportId | None = None

    @computed_field  # type: ignore[prop-decorator]  # mypy knows no decorated properties
    @property
    def totals(self) -> dict[str, int]:
        """How many rows came out in which way."""
        return dict(sorted(Counter(line.outcome for line in self.lines).items()))

    @computed_field  # type: ignore[prop-decorator]  # as above
    @property
    def ends(self) -> dict[End, int]:
        """How many rows ended in each of the four ways; together, all that say something."""
        found = Counter(ENDS[line.outcome] for line in self.lines)
        return {end: found[end] for end in get_args(End)}
