"""How much each assessor of a cohort has to score yet, until when, and how much of it is in."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, Final

from projections.availability import SHUT
from projections.lists import COHORT, Ask, Asked, WorkList, only, parts
from projections.projection import Shown


@dataclass
class Load:
    """What one assessor has: `days` counts what is to be scored by the end of each, where one was
    said.
    """

    lay: bool
    to_score: int = 0
    scored: int = 0
    days: Counter[str] = field(default_factory=Counter)

    def takes(self, one: Shown, day: str | None) -> None:
        """One application more, as it stands with them."""
        self.scored += one["assessed"] and not one["hard"]
        self.to_score += one["to_score"]
        if one["to_score"] and day:
            self.days[day] += 1

    def told(self) -> dict[str, Any]:
        """What there is to say of it."""
        return {
            "to_score": self.to_score,
            "scored": self.scored,
            "next_day": min(self.days, default=None),
            "days": dict(sorted(self.days.items())),
        }


UNKNOWN: Final = dict.fromkeys(Load(lay=False).told())
"""What is said where the panel's part is sealed: 0 would not be true."""


def assessors(ask: Ask, asked: Asked) -> Iterator[Shown]:
    """A row for each assessor of each cohort, also one who has nothing to score."""
    members = {
        (board["cohort_id"], one["assessor_id"]): one
        for board in ask("cohort_board", only(asked, COHORT))
        for one in parts(board, "assessors")
    }
    loads, shut = {whose: Load(one["lay"]) for whose, one in members.items()}, set[str]()
    for row in ask("application_queue", only(asked, COHORT)):
        shut |= {row["cohort_id"]} if row.get("assessors") == SHUT else set()
        for one in parts(row, "assessors"):
            whose = row["cohort_id"], one.get("assessor_id")
            if whose in loads:
                loads[whose].takes(one, _day(one, members[whose]))
    for (cohort, who), load in sorted(loads.items()):
        yield {
            "key": f"{cohort}/{who}",
            "cohort_id": cohort,
            "assessor_id": who,
            "lay": load.lay,
            **(UNKNOWN if cohort in shut else load.told()),
        }


def _day(one: Shown, member: Shown) -> str | None:
    """The day until which it is to be scored: the one that was said last for all that they had."""
    day: str | None = one["score_by"]
    changed, asked = member["changed_at"], one["asked_at"]
    is_later = changed is not None and asked is not None and changed > asked
    return member["score_by"] if day and is_later else day


ASSESSORS: Final = WorkList(
    name="assessors",
    question="How much has every assessor to score yet, until when, and how much is in?",
    of=("application_queue", "cohort_board"),
    tells="assessors.score_by",
    fields=(
        *("cohort_id", "assessor_id", "lay", "to_score", "scored", "next_day"),
        "days.*",
    ),
    rows=assessors,
)
