"""The programme's rules as they are proposed in scenes, and signed by Wyn and Sara."""

from collections.abc import Iterator
from datetime import date
from typing import Any

from events.event import Event
from events.ids import PROGRAMME, RulesId
from events.rules import (
    FIRST,
    FIRST_CRITERIA,
    ProgrammeRules,
    RulesAdopted,
    RulesProposed,
    RulesSigned,
)
from tests.scenes.given import NOON
from tests.scenes.selection import CO_CHAIRS

NEW = RulesId.derived(NOON, "new rules")
IN_FORCE_FROM = date(2024, 10, 1)


def numbers(**other: Any) -> ProgrammeRules:
    """The first rules, but for some numbers."""
    return ProgrammeRules.model_validate({**FIRST.model_dump(), **other})


def proposed(since: date = IN_FORCE_FROM, rules_id: RulesId = NEW, **other: Any) -> RulesProposed:
    return RulesProposed(
        rules_id=rules_id,
        programme_id=PROGRAMME,
        in_force_from=since,
        rules=numbers(**other),
        criteria=FIRST_CRITERIA,
    )


def adopted(since: date = IN_FORCE_FROM, rules_id: RulesId = NEW, **other: Any) -> Iterator[Event]:
    """Proposed, and signed by both sides."""
    yield proposed(since, rules_id, **other)
    mine: dict[str, Any] = {"rules_id": rules_id, "programme_id": PROGRAMME}
    for side, who in CO_CHAIRS.items():
        yield RulesSigned(**mine, side=side, signed_by=who)
    yield RulesAdopted(**mine)
