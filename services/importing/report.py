"""What became of each row of an import: rows by their numbers, never by what stands in them."""

from collections import Counter
from typing import Literal

from pydantic import BaseModel, ConfigDict, computed_field

from events.ids import PersonId
from services.door.replies import FieldProblem

RowOutcome = Literal[
    "accepted", "amended", "already", "refused", "invalid", "busy", "unanswered", "failed"
]


class RowResult(BaseModel):
    """What became of one row.

    accepted: the application is in; amended: it was before, and says now what this row says;
    already: it was before; refused: a rule says no (`code`,
    `sentence`); invalid: answers are missing or unclear (`problems`), nothing was sent; busy: the
    door took nothing, run the import again; unanswered: it isn't known yet whether it took it, run
    the import again; failed: a fault of ours. `notes` are sentences for
    whoever imports. `row` is the number that a spreadsheet shows.
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
    """An import as a whole; `empty` counts rows without content, `apart` the
    declarations that keep two people of the file from being paired, those of earlier runs too.
    """

    model_config = ConfigDict(frozen=True)

    lines: tuple[RowResult, ...]
    empty: int = 0
    apart: int = 0
    notes: tuple[str, ...] = ()

    @computed_field  # type: ignore[prop-decorator]  # mypy knows no decorated properties
    @property
    def totals(self) -> dict[str, int]:
        """How many rows came out in which way."""
        return dict(sorted(Counter(line.outcome for line in self.lines).items()))
