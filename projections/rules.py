"""The programme's rules as they were proposed, with who has signed them and what came of them."""

from collections.abc import Iterable
from datetime import date
from enum import StrEnum
from typing import Any, Final

from events.catalogue import Recorded
from events.ids import PersonId, RulesId
from events.personal import Closed
from events.rules import (
    Criteria,
    ProgrammeRules,
    RulesAdopted,
    RulesProposed,
    RulesSigned,
    RulesTakenBack,
)
from events.terms import Code, Side
from projections.projection import Projection, Row

OF_CONCERN: Final = frozenset({RulesProposed, RulesSigned, RulesAdopted, RulesTakenBack})


class RulesState(StrEnum):
    """Where proposed rules stand; adopted ones are in force from their day until others are."""

    PROPOSED = "proposed"
    ADOPTED = "adopted"
    TAKEN_BACK = "taken-back"


class RulesRow(Row):
    """Rules that were proposed once, as they will always be; `signed` says who signed last for each
    side. The first rules, which hold until others do, were never proposed and have no row.
    """

    rules_id: RulesId
    state: RulesState = RulesState.PROPOSED
    in_force_from: date
    rules: ProgrammeRules
    criteria: Closed[Criteria]
    signed: dict[Side, PersonId] = {}  # noqa: RUF012 - pydantic copies a field's default
    because: Closed[Code] | None = None


def keys(event: Any) -> Iterable[str]:
    """The rules that a fact is about."""
    return (event.rules_id,) if type(event) in OF_CONCERN else ()


def programme_rules(row: RulesRow | None, fact: Recorded[Any], key: str) -> RulesRow | None:
    """The rules after one more fact."""
    event = fact.event
    if isinstance(event, RulesProposed):
        return RulesRow(
            position=fact.envelope.position,
            rules_id=event.rules_id,
            in_force_from=event.in_force_from,
            rules=event.rules,
            criteria=event.criteria,
        )
    return row and row.after(fact, **_changes(row, event))


def _changes(row: RulesRow, event: object) -> dict[str, Any]:
    match event:
        case RulesSigned(side=side, signed_by=who):
            return {"signed": {**row.signed, side: who}}
        case RulesAdopted():
            return {"state": RulesState.ADOPTED}
        case RulesTakenBack(reason=reason):
            return {"state": RulesState.TAKEN_BACK, "because": reason}
        case _:
            return {}


RULES: Final = Projection(
    name="rules",
    version=5,
    question="By what rules does the programme go, from when, and who signed them?",
    row=RulesRow,
    keys=keys,
    fold=programme_rules,
)
