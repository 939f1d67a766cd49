"""What the panel has done about an application, for those who may open it.

Scores, recommendations, outcomes, reasons and comments are not kept: what the panel decided shows
only as what was released.
"""

from collections.abc import Iterable, Mapping
from types import MappingProxyType
from typing import Any, Final

from pydantic import Field

from events.assessments import (
    AssessmentAmended,
    AssessmentSubmitted,
    AssessorAssigned,
    AssessorStoodDown,
    ConflictDeclared,
    CorrectionSigned,
    DecisionChanged,
    DecisionInDoubt,
    DecisionMade,
    DecisionReopened,
    ModerationHeld,
)
from events.catalogue import BENEATH
from events.event import Event
from events.ids import PersonId
from events.rules import FIRST
from events.terms import Relationship, Side
from projections.projection import Part, part_of, with_part


class Assessor(Part):
    """One assessor of an application; a hard conflict ends their part in it."""

    assessor_id: PersonId
    lay: bool = False
    assigned: bool = False
    assessed: bool = False
    conflict: Relationship | None = None
    hard: bool = False


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


def panels_part(acts: Iterable[Mapping[str, Any]], before: int = 0) -> PanelsPart:
    """What these acts come to, in their order; each is what stands under a cover, opened.

    What was found by the first `before` of them is found again: it was about other words.
    """
    part = PanelsPart()
    number = -1
    for number, act in enumerate(acts):
        if number == before:
            part = _anew(part)
        event = BENEATH[act["name"]].model_validate(act["data"], extra="ignore")
        part = part.but(**_changes(part, event))
    return part if number >= before else _anew(part)


def _anew(part: PanelsPart) -> PanelsPart:
    """Those who were asked before are asked again."""
    again = tuple(one.but(assessed=False) for one in part.assessors)
    return part.but(assessors=again, moderated=False, decided=False)


def _changes(part: PanelsPart, event: Event) -> dict[str, Any]:
    match event:
        case AssessorAssigned(assessor_id=who, lay=lay, needed=needed, needed_lay=needed_lay):
            needs = {"needed": needed, "needed_lay": needed_lay}
            return {**needs, **_assessor(part, who, lay=lay, assigned=True)}
        case (
            AssessmentSubmitted(assessor_id=who, lay=lay)
            | AssessmentAmended(assessor_id=who, lay=lay)
        ):
            # What was talked through did not include this one.
            return {"moderated": False, **_assessor(part, who, lay=lay, assessed=True)}
        case ConflictDeclared(assessor_id=who, kind=kind, hard=hard):
            known = part_of(part.assessors, "assessor_id", who)
            changed = _assessor(part, who, conflict=kind, hard=hard or bool(known and known.hard))
            # A decision may rest on their scores, so it is taken again.
            return {"decided": part.decided and not hard, **changed}
        case CorrectionSigned():
            return _corrected(part, event)
        case AssessorStoodDown(assessor_id=who, scored=scored):
            changed = _assessor(part, who, assigned=False, assessed=False)
            return {"decided": part.decided and not scored, **changed}
        case _:
            return OF_THE_DECISION.get(type(event), {})


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
