"""Which of the programme's rules are in force from when, as far as facts say."""

from dataclasses import dataclass, field
from datetime import date
from typing import Final

from domain.invariants.learning import Learner, learns
from events.catalogue import Recorded
from events.cohorts import CohortPlanned
from events.ids import FIRST_RULES, RulesId
from events.rules import (
    FIRST,
    ProgrammeRules,
    RulesAdopted,
    RulesProposed,
    RulesSigned,
    RulesTakenBack,
)
from events.terms import Side

FROM_EVER: Final = date.min


@dataclass(slots=True)
class RulesLife:
    """Rules that were proposed: what they say, from which day on, who signed, and where each step
    stands; 0 where it was not taken.
    """

    numbers: ProgrammeRules
    since: date
    proposed_at: int = 0
    adopted_at: int = 0
    taken_back_at: int = 0
    signed: dict[Side, tuple[str, int]] = field(default_factory=dict)


class RulesLives(Learner):
    """All rules, in the order in which they were adopted."""

    def __init__(self) -> None:
        self.all: dict[RulesId, RulesLife] = {FIRST_RULES: RulesLife(FIRST, FROM_EVER)}
        self.adopted: list[RulesId] = [FIRST_RULES]

    def named(self, rules_id: str | None) -> RulesLife | None:
        """The rules with an id; None if nobody proposed any."""
        return self.all.get(RulesId(rules_id)) if rules_id else None

    def of(self, plan: CohortPlanned | None) -> ProgrammeRules:
        """What the rules say by which a cohort was planned."""
        life = self.named(plan.rules_id) if plan else None
        return life.numbers if life else FIRST

    def in_force(self, day: date) -> RulesId:
        """Those that began last, and of these the one that was adopted last."""
        found, since = FIRST_RULES, FROM_EVER
        for one in self.adopted:
            if since <= self.all[one].since <= day:
                found, since = one, self.all[one].since
        return found

    @learns(RulesProposed)
    def proposed(self, fact: Recorded[RulesProposed]) -> None:
        """What they say, for ever."""
        event = fact.event
        life = RulesLife(event.rules, event.in_force_from, fact.envelope.position)
        self.all.setdefault(event.rules_id, life)

    @learns(RulesSigned)
    def signs(self, fact: Recorded[RulesSigned]) -> None:
        """The last signature of a side counts."""
        event = fact.event
        if life := self.all.get(event.rules_id):
            life.signed[event.side] = event.signed_by, fact.envelope.position

    @learns(RulesAdopted)
    def adopts(self, fact: Recorded[RulesAdopted]) -> None:
        """In force once their day comes; the first time counts."""
        life = self.all.get(fact.event.rules_id)
        if life and not life.adopted_at:
            life.adopted_at = fact.envelope.position
            self.adopted.append(fact.event.rules_id)

    @learns(RulesTakenBack)
    def goes_back(self, fact: Recorded[RulesTakenBack]) -> None:
        """Their day does not come."""
        if life := self.all.get(fact.event.rules_id):
            life.taken_back_at = fact.envelope.position
            self.adopted = [one for one in self.adopted if one != fact.event.rules_id]
