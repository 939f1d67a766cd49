"""By which rules a cohort's people are chosen and trained: those in force when it was planned."""

from datetime import date
from typing import NamedTuple

from domain.cohorts.cohort import Cohort
from domain.decision import Know
from domain.rules_in_force import Rules
from events.ids import CohortId, RulesId
from events.rules import ProgrammeRules


class CohortRules(NamedTuple):
    """A cohort, and the rules of which its plan names its own."""

    cohort: Cohort
    rules: Rules

    @property
    def numbers(self) -> ProgrammeRules:
        """What its rules say; refuses a cohort that does not exist."""
        return self.rules.named(self.cohort.known.rules_id).numbers

    def rules_on(self, day: date) -> RulesId | None:
        """The rules by which a decision goes that holds this."""
        return self.cohort.plan.rules_id if self.cohort.plan else None


def cohort_rules(know: Know, cohort_id: CohortId | None) -> CohortRules:
    """What must be known of a cohort to go by its rules."""
    return CohortRules(know(Cohort(cohort_id)), know(Rules()))
