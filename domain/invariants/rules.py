"""What must hold of the programme's rules: how they come into force, and that all goes by them."""

from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any, ClassVar, Final

from domain.invariants.chronicle.rules import RulesLife
from domain.invariants.invariant import Finding, Invariant
from domain.invariants.learning import learns
from domain.invariants.roles import asked_on
from events.assessments import (
    AssessorAssigned,
    AssessorAwaitedAgain,
    AssessorDayChanged,
    DecisionChanged,
    DecisionMade,
    ModerationHeld,
)
from events.catalogue import EVERY, Recorded
from events.cohorts import CohortPlanned, DecisionsReleased, ExtensionGranted
from events.ids import RulesId
from events.matching import MatchingRunAsked
from events.offers import EmployerAwaited, OfferDayChanged, OfferMade
from events.pairings import PairingCompleted, PairingProposed, ProposalExtended
from events.projects import MilestonePlanned, MilestoneRescheduled
from events.rules import RulesAdopted, RulesProposed, RulesSigned, RulesTakenBack
from events.terms import Side
from events.workshops import (
    RegisterReopened,
    TrainingCompleted,
    TrainingReopened,
    WaitingListOffered,
    WorkshopRescheduled,
    WorkshopScheduled,
)

BY_THE_PLAN: Final = (
    DecisionMade,
    DecisionChanged,
    ModerationHeld,
    DecisionsReleased,
    OfferMade,
    OfferDayChanged,
    EmployerAwaited,
    ExtensionGranted,
    AssessorAssigned,
    AssessorAwaitedAgain,
    AssessorDayChanged,
)
"""What goes by the rules under which its cohort was planned."""
BY_THE_DAY: Final = (
    CohortPlanned,
    MatchingRunAsked,
    PairingProposed,
    ProposalExtended,
    PairingCompleted,
    WaitingListOffered,
    WorkshopScheduled,
    WorkshopRescheduled,
    RegisterReopened,
    MilestonePlanned,
    MilestoneRescheduled,
    RulesProposed,
    RulesSigned,
    RulesAdopted,
    RulesTakenBack,
)
"""What goes by the rules of the day on which it is asked for."""
BY_EITHER: Final = (TrainingCompleted, TrainingReopened)
"""What goes by a plan, and comes of a change that goes by its day as well as of others."""
A_DAY: Final = timedelta(days=1)
"""A midnight may pass between the day by which a time is counted and that of the record."""


class AdoptedByBothSides(Invariant):
    """Rules were adopted that two co-chairs of all cohorts, one of each side, had not signed, or
    that were taken back.
    """

    name: ClassVar = "rules.adopted-by-both-sides"

    @learns(RulesSigned)
    def signs(self, fact: Recorded[RulesSigned]) -> list[Finding] | None:
        """Each in their own name."""
        event, origin = fact.event, fact.envelope.origin
        known = self.log.rules.named(event.rules_id)
        chairs = self.log.chairs.holds(origin.actor, event.side, None, asked_on(fact))
        if known and chairs and event.signed_by == origin.actor and not known.taken_back_at:
            return None
        return [self.found((event.rules_id, origin.actor), fact.envelope.position)]

    @learns(RulesAdopted)
    def adopted(self, fact: Recorded[RulesAdopted]) -> list[Finding] | None:
        """Once, by two people who are co-chairs at that moment."""
        rules_id, at = fact.event.rules_id, fact.envelope.position
        life = self.log.rules.named(rules_id)
        signed = life.signed if life else {}
        holds = self.log.chairs.holds
        count = {who for side, (who, _) in signed.items() if holds(who, side, None, asked_on(fact))}
        once = life is not None and life.adopted_at == at and not life.taken_back_at
        if once and len(count) == len(Side):
            return None
        led = (at for _, at in signed.values())
        return [self.found((rules_id, *(who for who, _ in signed.values())), *led, at)]


class KnownBeforeInForce(Invariant):
    """Rules were adopted with less notice than the rules before them ask for, or taken back when
    they were in force.
    """

    name: ClassVar = "rules.known-before-in-force"

    @learns(RulesAdopted)
    def adopted(self, fact: Recorded[RulesAdopted]) -> list[Finding] | None:
        """By the rules of the day on which they were."""
        life = self.log.rules.named(fact.event.rules_id)
        if life is None or any(self._in_time(life, day) for day in asked_on(fact)):
            return None
        return [self.found((fact.event.rules_id,), life.proposed_at, fact.envelope.position)]

    def _in_time(self, life: RulesLife, day: date) -> bool:
        before = self.log.rules.named(self.log.rules.in_force(day))
        return before is not None and life.since - day >= timedelta(days=before.numbers.notice_days)

    @learns(RulesTakenBack)
    def goes_back(self, fact: Recorded[RulesTakenBack]) -> list[Finding] | None:
        """Only before their day."""
        life = self.log.rules.named(fact.event.rules_id)
        if life and (not life.adopted_at or min(asked_on(fact)) < life.since):
            return None
        at = life.adopted_at if life else 0
        return [self.found((fact.event.rules_id,), at, fact.envelope.position)]


class NamedAndInForce(Invariant):
    """A decision names rules that nobody adopted or that were not in force, or does not name those
    by which it goes.
    """

    name: ClassVar = "rules.named-and-in-force"

    @learns(*EVERY)
    def happens(self, fact: Recorded[Any]) -> list[Finding] | None:
        """Those of its cohort's plan, or those of the day on which it was asked for; whatever else
        comes of the same decision names either.
        """
        named, kind = fact.envelope.origin.rules, type(fact.event)
        by_the_plan, by_the_day = kind in BY_THE_PLAN, kind in BY_THE_DAY
        if named is None and not (by_the_plan or by_the_day or kind in BY_EITHER):
            return None
        right = set() if by_the_plan else {*self._of_the_day(fact)}
        right |= set() if by_the_day else {*self._of_the_plan(fact)}
        if named in right:
            return None
        life = self.log.rules.named(named)
        led = (life.adopted_at, life.taken_back_at) if life else ()
        return [self.found((named, fact.envelope.id), *led, fact.envelope.position)]

    def _of_the_day(self, fact: Recorded[Any]) -> Iterator[RulesId]:
        return (self.log.rules.in_force(day) for day in asked_on(fact))

    def _of_the_plan(self, fact: Recorded[Any]) -> Iterator[RulesId]:
        cohort_id = getattr(fact.event, "cohort_id", None)
        plan = self.log.cohorts.get(cohort_id).plan if cohort_id else None
        if plan is not None:
            yield plan.rules_id
