"""What must hold of what facts say by the programme's rules: it is as the rules say."""

from datetime import date, timedelta
from typing import Any, ClassVar

from domain.invariants.invariant import Finding, Invariant
from domain.invariants.learning import learns
from domain.invariants.rules import A_DAY
from events.calendar import local_day
from events.catalogue import Recorded
from events.cohorts import CohortPlanned
from events.contacts import ContactKept
from events.offers import EmployerAwaited, OfferDayChanged, OfferMade
from events.pairings import PairingCompleted, PairingProposed, ProposalExtended
from events.projects import MilestonePlanned, MilestoneRescheduled
from events.workshops import (
    RegisterReopened,
    WaitingListOffered,
    WorkshopRescheduled,
    WorkshopScheduled,
)


def told_on(fact: Recorded[Any]) -> tuple[date, date]:
    """The first and the last day on which it may have been asked for."""
    envelope = fact.envelope
    return local_day(envelope.time), local_day(envelope.recorded) + A_DAY


def reminded_in_time(fact: Recorded[Any], days: int | None) -> bool:
    """Whether whoever has not answered is reminded as the rules say; older facts say nothing."""
    if fact.event.remind_on is None:
        return True
    return days is not None and reminded_before(fact, fact.event.accept_by, days)


def reminded_before(fact: Recorded[Any], last_day: date, days: int) -> bool:
    """Whether a reminder comes so many days before another day, but not at once."""
    remind_on: date = fact.event.remind_on
    usual = last_day - A_DAY * days
    first, last = told_on(fact)
    later = usual < remind_on and first < remind_on <= last + A_DAY
    return later or remind_on == usual > first


def _closed_in_time(event: Any, since: date, days: int | None) -> bool:
    """Whether those who hold a register are reminded as the rules say; older facts say nothing."""
    if event.register_remind_on is None:
        return True
    usual = event.close_by - A_DAY * (days or 0)
    return days is not None and event.register_remind_on == max(usual, since + A_DAY)


class AsTheySay(Invariant):
    """A number that a fact states is not as the rules say that it names."""

    name: ClassVar = "rules.as-they-say"

    @learns(CohortPlanned)
    def planned(self, fact: Recorded[CohortPlanned]) -> list[Finding] | None:
        """Within what they allow."""
        plan, numbers = fact.event, self._numbers(fact)
        if numbers is None:
            return None
        choices = (
            (plan.moderation_gap, numbers.moderation_gap),
            (plan.accept_within_days, numbers.accept_within_days),
            (plan.required_workshops, numbers.required_workshops),
        )
        fits = all(may.least <= chosen <= may.most for chosen, may in choices)
        named = plan.rules_id == fact.envelope.origin.rules
        if fits and named and plan.places_per_side <= numbers.places_per_side:
            return None
        return [self.found((plan.cohort_id,), fact.envelope.position)]

    @learns(PairingProposed)
    def proposed(self, fact: Recorded[PairingProposed]) -> list[Finding] | None:
        """So many days to answer, from when it was asked for or recorded."""
        if (numbers := self._numbers(fact)) is None:
            return None
        in_time = reminded_in_time(fact, numbers.proposal_reminder_days)
        if in_time and self._counted(fact, fact.event.accept_by, numbers.proposal_days):
            return None
        return [self.found((fact.event.pairing_id,), fact.envelope.position)]

    @learns(WaitingListOffered)
    def held(self, fact: Recorded[WaitingListOffered]) -> list[Finding] | None:
        """So many days, and no longer than until the workshop begins."""
        if (numbers := self._numbers(fact)) is None:
            return None
        life = self.log.workshops.all.get(fact.event.workshop_id)
        days = timedelta(days=numbers.held_place_days)
        until = {moment + days for moment in (fact.envelope.time, fact.envelope.recorded)}
        if fact.event.until in until or (life and fact.event.until == life.starts_at):
            return None
        return [self.found((fact.event.workshop_id,), fact.envelope.position)]

    @learns(WorkshopScheduled, WorkshopRescheduled)
    def dated(self, fact: Recorded[Any]) -> list[Finding] | None:
        """What follows from its time comes so long before it or after it."""
        event, numbers = fact.event, self._numbers(fact)
        if numbers is None:
            return None
        starts_at, ends_on = event.starts_at, local_day(event.ends_at)
        if (
            event.remind_on + A_DAY * numbers.workshop_reminder_days == local_day(starts_at)
            and event.doors_open_at + timedelta(hours=numbers.doors_open_hours) == starts_at
            and event.kept_until + A_DAY * numbers.kept_place_days == starts_at
            and event.close_by == ends_on + A_DAY * numbers.register_days
            and _closed_in_time(event, ends_on, numbers.register_reminder_days)
        ):
            return None
        return [self.found((event.workshop_id,), fact.envelope.position)]

    @learns(RegisterReopened)
    def open_again(self, fact: Recorded[RegisterReopened]) -> list[Finding] | None:
        """It has so many days from then."""
        numbers = self._numbers(fact)
        if numbers is None or self._counted(fact, fact.event.close_by, numbers.register_days):
            return None
        return [self.found((fact.event.workshop_id,), fact.envelope.position)]

    @learns(EmployerAwaited)
    def employer(self, fact: Recorded[EmployerAwaited]) -> list[Finding] | None:
        """So many days after a yes or a lost release, though not beyond the cohort, or those
        that a coordinator names; and a reminder before.
        """
        event, numbers = fact.event, self._numbers(fact)
        if numbers is None:
            return None
        life, at = self.log.places.of(event), fact.envelope.position
        plan = self.log.cohorts.get(event.cohort_id).plan
        to_the_end = plan is not None and event.answer_by >= plan.ends_on
        of_a_yes = life.holds_at == at - 1 and not to_the_end
        if (
            not of_a_yes or self._counted(fact, event.answer_by, numbers.employer_days)
        ) and reminded_before(fact, event.answer_by, numbers.employer_reminder_days):
            return None
        return [self.found((event.application_id,), life.holds_at, at)]

    @learns(OfferMade, OfferDayChanged)
    def offered(self, fact: Recorded[Any]) -> list[Finding] | None:
        """With a reminder so many days before the last."""
        numbers = self._numbers(fact)
        if numbers is None or reminded_in_time(fact, numbers.offer_reminder_days):
            return None
        return [self.found((fact.event.application_id,), fact.envelope.position)]

    @learns(ContactKept)
    def contact(self, fact: Recorded[ContactKept]) -> list[Finding] | None:
        """So many days to answer, and no longer than they are kept."""
        event, numbers = fact.event, self._numbers(fact)
        if numbers is None or self._counted(fact, event.answer_by, numbers.contact_days):
            return None
        _, last = told_on(fact)
        if event.answer_by == event.until <= last + A_DAY * numbers.contact_days:
            return None
        return [self.found((event.contact_id,), fact.envelope.position)]

    @learns(ProposalExtended)
    def has_longer(self, fact: Recorded[ProposalExtended]) -> list[Finding] | None:
        """And not for ever."""
        numbers, (_, last) = self._numbers(fact), told_on(fact)
        if numbers is None:
            return None
        in_time = reminded_in_time(fact, numbers.proposal_reminder_days)
        if in_time and fact.event.accept_by <= last + A_DAY * numbers.proposal_days_at_most:
            return None
        return [self.found((fact.event.pairing_id,), fact.envelope.position)]

    @learns(MilestonePlanned, MilestoneRescheduled)
    def due(self, fact: Recorded[Any]) -> list[Finding] | None:
        """With a reminder so many days before it; by older facts also on the day of the plan."""
        if (numbers := self._numbers(fact)) is None:
            return None
        days, due_on = numbers.milestone_reminder_days, fact.event.due_on
        if fact.event.remind_on + A_DAY * days == due_on or reminded_before(fact, due_on, days):
            return None
        return [self.found((fact.event.milestone_id,), fact.envelope.position)]

    @learns(PairingCompleted)
    def completed(self, fact: Recorded[PairingCompleted]) -> list[Finding] | None:
        """Its check-ins are those of the rules."""
        numbers = self._numbers(fact)
        if numbers is None or fact.event.check_in_months == numbers.check_in_months:
            return None
        return [self.found((fact.event.pairing_id,), fact.envelope.position)]

    def _counted(self, fact: Recorded[Any], day: date, days: int) -> bool:
        """Whether a day comes so many days after it was asked for or recorded."""
        first, last = told_on(fact)
        return first + A_DAY * days <= day <= last + A_DAY * days

    def _numbers(self, fact: Recorded[Any]) -> Any:
        life = self.log.rules.named(fact.envelope.origin.rules)
        return life.numbers if life else None
