"""What the panel has done about an application, for those who may open it.

What it decided, and why, is not kept: that shows only as what was released.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from types import MappingProxyType
from typing import Any, Final

from pydantic import Field

from events.assessments import (
    AssessmentAmended,
    AssessmentSubmitted,
    AssessorAssigned,
    AssessorAwaitedAgain,
    AssessorStoodDown,
    ConflictDeclared,
    CorrectionSigned,
    DecisionChanged,
    DecisionInDoubt,
    DecisionMade,
    DecisionReopened,
    ModerationHeld,
    Scores,
)
from events.catalogue import BENEATH
from events.event import Event
from events.ids import PersonId
from events.personal import Closed, FewWords
from events.rules import FIRST
from events.terms import Outcome, Relationship, Side
from projections.projection import Part, part_of, with_part


class Assessor(Part):
    """One assessor of an application; a hard conflict ends their part in it.

    They were asked, last at position `asked_at` of the log, to score it by the end of `score_by`;
    there is no day for what is looked at again, until one is said. It is `to_score` as long as
    that is their turn. What they found stands here as long as it counts.
    """

    assessor_id: PersonId
    lay: bool = False
    assigned: bool = False
    assessed: bool = False
    conflict: Relationship | None = None
    hard: bool = False
    to_score: bool = False
    score_by: date | None = None
    asked_at: int | None = None
    scores: Scores | None = None
    recommendation: Outcome | None = None
    comment: Closed[FewWords] | None = None


NOTHING_FOUND: Final[Mapping[str, None]] = MappingProxyType(
    dict.fromkeys(("scores", "recommendation", "comment"))
)


class PanelsPart(Part):
    """How far the panel has come with one application."""

    assessors: tuple[Assessor, ...] = ()
    moderated: bool = False
    decided: bool = False
    in_doubt: bool = False
    corrections: dict[Side, str] = Field(default_factory=dict)
    needed: int = FIRST.assessments
    needed_lay: int = FIRST.lay_assessments

    @property
    def assessed(self) -> bool:
        """Whether one assessment is in."""
        return any(one.assessed for one in self.assessors)


def panels_part(
    acts: Iterable[Mapping[str, Any]], before: int = 0, positions: Sequence[int] = ()
) -> PanelsPart:
    """What these acts come to, in their order; each is what stands under a cover, opened.

    What was found by the first `before` of them is found again: it was about other words.
    `positions` are those of the acts in the log, if they are known.
    """
    part = PanelsPart()
    number = -1
    for number, act in enumerate(acts):
        if number == before:
            part = _anew(part)
        event = BENEATH[act["name"]].model_validate(act["data"], extra="ignore")
        at = positions[number] if number < len(positions) else None
        part = part.but(**_changes(part, event, at))
    return part if number >= before else _anew(part)


def _anew(part: PanelsPart) -> PanelsPart:
    """Those who were asked before are asked again."""
    again = tuple(one.but(assessed=False, score_by=None, **NOTHING_FOUND) for one in part.assessors)
    return part.but(assessors=again, moderated=False, decided=False)


def _changes(part: PanelsPart, event: Event, at: int | None) -> dict[str, Any]:
    match event:
        case AssessorAssigned(assessor_id=who, lay=lay, needed=needed, needed_lay=needed_lay):
            needs = {"needed": needed, "needed_lay": needed_lay}
            asked = {"assigned": True, "score_by": event.score_by, "asked_at": at}
            return {**needs, **_assessor(part, who, lay=lay, **asked)}
        case AssessorAwaitedAgain(assessor_id=who, score_by=score_by):
            return _assessor(part, who, score_by=score_by, asked_at=at)
        case AssessmentSubmitted(assessor_id=who) | AssessmentAmended(assessor_id=who):
            found = {name: getattr(event, name) for name in ("lay", *NOTHING_FOUND)}
            # What was talked through did not include this one.
            return {"moderated": False, **_assessor(part, who, assessed=True, **found)}
        case ConflictDeclared() | AssessorStoodDown():
            return _has_no_part(part, event)
        case CorrectionSigned():
            return _corrected(part, event)
        case _:
            return OF_THE_DECISION.get(type(event), {})


def _has_no_part(part: PanelsPart, event: ConflictDeclared | AssessorStoodDown) -> dict[str, Any]:
    """A decision may rest on their scores, so it is taken again."""
    who = event.assessor_id
    if isinstance(event, AssessorStoodDown):
        changed = _assessor(part, who, assigned=False, assessed=False, **NOTHING_FOUND)
        return {"decided": part.decided and not event.scored, **changed}
    known = part_of(part.assessors, "assessor_id", who)
    hard = event.hard or bool(known and known.hard)
    found = NOTHING_FOUND if hard else {}
    changed = _assessor(part, who, conflict=event.kind, hard=hard, **found)
    return {"decided": part.decided and not event.hard, **changed}


OF_THE_DECISION: Final[Mapping[type[Event], dict[str, Any]]] = MappingProxyType(
    {
        ModerationHeld: {"moderated": True},
        DecisionMade: {"decided": True},
        DecisionChanged: {"decided": True},
        DecisionReopened: {"decided": False},
        DecisionInDoubt: {"in_doubt": True, "corrections": {}},
    }
)


def _corrected(part: PanelsPart, event: CorrectionSigned) -> dict[str, Any]:
    """Once both sides have signed the same, nothing is in doubt any more."""
    what = f"{event.holds} {event.outcome} {event.reason} {event.reasons}"
    signed = {**part.corrections, event.signed_for: what}
    if signed.get(event.signed_for.other) == what:
        return {"in_doubt": False, "corrections": {}}
    return {"corrections": signed}


def _assessor(part: PanelsPart, who: PersonId, **changes: Any) -> dict[str, Any]:
    before = part_of(part.assessors, "assessor_id", who) or Assessor(assessor_id=who)
    return {"assessors": with_part(part.assessors, before.but(**changes), "assessor_id")}


def with_what_is_to_score(part: PanelsPart) -> PanelsPart:
    """The same where the application goes on and is not decided: who has yet to score it."""
    return part.but(
        assessors=tuple(
            one.but(to_score=one.assigned and not one.assessed and not one.hard)
            for one in part.assessors
        )
    )


def wanted_of(part: PanelsPart) -> str:
    """What the panel has to do next, as a plain phrase."""
    if part.decided:
        return "the release of decisions"
    taking_part = [one for one in part.assessors if one.assigned and not one.hard]
    lay = part.needed_lay - sum(one.lay for one in taking_part)
    if taking_part and lay > 0 and part.needed - len(taking_part) <= lay:
        return "a lay assessor"
    if len(taking_part) < part.needed:
        return "an assessor"
    return _assessments_missing(part, [one for one in taking_part if one.assessed])


def _assessments_missing(part: PanelsPart, done: list[Assessor]) -> str:
    lay = max(part.needed_lay - sum(one.lay for one in done), 0)
    missing = max(part.needed - len(done), lay)
    if missing == 0:
        return "a decision"
    if missing == 1:
        return "1 assessment by a lay assessor" if lay else "1 assessment"
    return f"{missing} assessments"
