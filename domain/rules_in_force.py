"""By which of the programme's rules a decision goes: those that are in force on its day."""

from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import NamedTuple

from domain.decision import Act, Knowledge, learns
from events.calendar import A_DAY
from events.ids import FIRST_RULES, PROGRAMME, PersonId, ProgrammeId, RulesId
from events.personal import plain
from events.rules import (
    FIRST,
    FIRST_CRITERIA,
    Criteria,
    ProgrammeRules,
    RulesAdopted,
    RulesProposed,
    RulesSigned,
    RulesTakenBack,
)
from events.terms import Side


def reminded_on(last: date, days: int, since: date) -> date:
    """On which day somebody is reminded of their last day: some days before it, but not on the one
    `since` which they know of it.
    """
    return max(last - timedelta(days=days), since + A_DAY)


class AnswerDays(NamedTuple):
    """By the end of which day something is to be accepted, and on which whoever has not answered is
    reminded of it, if on any.
    """

    accept_by: date
    remind_on: date | None


def answered_by(last: date, days: int | None, act: Act) -> AnswerDays:
    """Until a day, with a reminder some days before it, if the rules say how many."""
    return AnswerDays(last, reminded_on(last, days, act.asked_on) if days else None)


@dataclass
class Proposal:
    """Rules that were proposed, and what came of them."""

    proposed: RulesProposed
    signed: dict[Side, PersonId] = field(default_factory=dict)
    taken_back: bool = False
    taken_back_over: str | None = None


class Said(NamedTuple):
    """Rules as a decision goes by them."""

    rules_id: RulesId
    numbers: ProgrammeRules
    criteria: Criteria


@dataclass
class Rules(Knowledge):
    """All rules that were ever proposed, the adopted ones in the order of their adoption.

    A decision that holds it goes by those in force on the day on which it is asked for, and its
    facts name them (`domain.decision.rules_named`).
    """

    programme_id: ProgrammeId = PROGRAMME
    proposals: dict[RulesId, Proposal] = field(default_factory=dict)
    adopted: dict[RulesId, date] = field(default_factory=dict)

    @property
    def tags(self) -> tuple[str | None, ...]:
        return (self.programme_id,)

    def rules_on(self, day: date) -> RulesId:
        """Those in force: they began last; of two from one day, those adopted last; the first rules
        until then.
        """
        begun = [(since, one) for one, since in self.adopted.items() if since <= day]
        return max(reversed(begun), key=lambda pair: pair[0])[1] if begun else FIRST_RULES

    def on(self, day: date) -> Said:
        """What they say."""
        return self.named(self.rules_on(day))

    def named(self, rules_id: RulesId) -> Said:
        """What rules with an id say, whether or not they are in force."""
        if (found := self.proposals.get(rules_id)) is None:
            return Said(FIRST_RULES, FIRST, FIRST_CRITERIA)
        criteria = plain(found.proposed.criteria) or FIRST_CRITERIA
        return Said(rules_id, found.proposed.rules, criteria)

    @learns(RulesProposed)
    def proposed(self, event: RulesProposed) -> None:
        self.proposals[event.rules_id] = Proposal(event)

    @learns(RulesSigned)
    def signs(self, event: RulesSigned) -> None:
        self.proposals[event.rules_id].signed[event.side] = event.signed_by

    @learns(RulesAdopted)
    def adopts(self, event: RulesAdopted) -> None:
        self.adopted[event.rules_id] = self.proposals[event.rules_id].proposed.in_force_from

    @learns(RulesTakenBack)
    def goes_back(self, event: RulesTakenBack) -> None:
        self.proposals[event.rules_id].taken_back = True
        self.proposals[event.rules_id].taken_back_over = plain(event.reason)
        self.adopted.pop(event.rules_id, None)
