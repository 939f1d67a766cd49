"""Who assesses which application: as many for each as it needs, by how much they have to score.

A plan is made of what is known here. What only the door knows (how two people stand to each other)
it refuses, and then it is planned anew without that.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Any, Final, NamedTuple

Row = Mapping[str, Any]
TO_SCORE: Final = frozenset({"eligible", "assessed"})
"""The stages in which assessors can be of use."""
NOT_THEM: Final = frozenset(
    {
        "assessment.applies-themselves",
        "assessment.hard-conflict",
        "assessment.not-appointed",
        "assessment.own-application",
        "person.unknown",
    }
)
"""Refusals that somebody else would not get."""


class ToAssess(NamedTuple):
    """Who is to assess what."""

    application_id: str
    assessor_id: str


@dataclass
class Scorer:
    """Somebody who assesses: whether they are lay, and how many applications they have to score."""

    assessor_id: str
    lay: bool
    to_score: int = 0


@dataclass
class Wanting:
    """An application and who takes part; `never` are those who must not. `acts` are the panel's by
    now, by which it is told whether anything has changed since.
    """

    application_id: str
    person_id: str
    acts: int
    taking_part: set[str] = field(default_factory=set)
    never: set[str] = field(default_factory=set)


class Sighted(NamedTuple):
    """Those who assess, the applications for which they are wanted, and how many are hidden."""

    assessors: dict[str, Scorer]
    wanting: list[Wanting]
    hidden: int


def sighted(members: Iterable[Row], queue: Iterable[Row]) -> Sighted:
    """What the board and the queue of a cohort show."""
    assessors = {it["assessor_id"]: Scorer(it["assessor_id"], it["lay"]) for it in members}
    wanting, hidden = list[Wanting](), 0
    for row in queue:
        parts = row.get("assessors")
        if not isinstance(parts, list):
            hidden += 1
            continue
        for one in parts:
            if one.get("to_score") and one["assessor_id"] in assessors:
                assessors[one["assessor_id"]].to_score += 1
        if row.get("stage") in TO_SCORE:
            acts = len(row.get("acted_at") or ())
            it = Wanting(row["application_id"], row["person_id"], acts)
            it.never |= {one["assessor_id"] for one in parts if one.get("hard")}
            it.taking_part |= {
                one["assessor_id"] for one in parts if one.get("assigned")
            } - it.never
            wanting.append(it)
    return Sighted(assessors, wanting, hidden)


def planned(
    assessors: Mapping[str, Scorer], wanting: Sequence[Wanting], each: int, lay: int
) -> tuple[list[ToAssess], list[Wanting]]:
    """New assignments, so that of each application `each` take part and `lay` of them are lay; and
    the applications for which nobody is left. Who has least to score comes first.
    """
    found, short = list[ToAssess](), list[Wanting]()
    load = {who: one.to_score for who, one in assessors.items()}
    for one in sorted(wanting, key=lambda it: it.application_id):
        new = _for(one, assessors, load, each, lay)
        for who in new:
            load[who] += 1
        found += [ToAssess(one.application_id, who) for who in new]
        part = one.taking_part.union(new)
        if len(part) < each or sum(_is_lay(who, assessors) for who in part) < lay:
            short.append(one)
    return found, short


def _for(
    one: Wanting, assessors: Mapping[str, Scorer], load: Mapping[str, int], each: int, lay: int
) -> list[str]:
    """Who joins one application, lay members first."""
    new, part = list[str](), set(one.taking_part)
    free = [who for who in assessors if who not in part | one.never | {one.person_id}]
    free.sort(key=lambda who: (load[who], sha256(f"{one.application_id}{who}".encode()).digest()))
    lacking = lay - sum(_is_lay(who, assessors) for who in part)
    new += [who for who in free if assessors[who].lay][: max(lacking, 0)]
    others = [who for who in free if who not in new]
    return new + others[: max(each - len(part) - len(new), 0)]


def _is_lay(who: str, assessors: Mapping[str, Scorer]) -> bool:
    return who in assessors and assessors[who].lay
