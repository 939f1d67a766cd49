"""What follows when an employer takes back that somebody can come."""

from collections.abc import Iterator
from datetime import timedelta
from enum import StrEnum
from typing import ClassVar

from domain.applications.standing import PlaceStanding, whose
from domain.cohorts.going_by import CohortRules, cohort_rules
from domain.decision import Act, Command, Decides, Know, Refusal
from domain.offers.employers import awaited
from domain.offers.places import NoReleaseNeeded
from domain.offers.reopening import HeldApplication, held_application
from events.event import Event
from events.ids import ApplicationId
from events.offers import EmployerReleaseLost, PlaceUnconfirmed
from events.terms import Role, Side


class ReleaseLossReason(StrEnum):
    """Why an employer's release counts no more."""

    EMPLOYER = "place.employer-takes-back"
    MISTAKE = "place.release-noted-by-mistake"


class NotReleased(Refusal):
    """No employer has agreed that this person can come, so there is nothing to take back."""

    code = "place.not-released"


class NoteReleaseLost(Command, Decides[HeldApplication, CohortRules]):
    """An employer takes back that somebody can come. Whoever has a confirmed place is not on the
    cohort until it is said again; the place is kept, and the employer has as many days as after the
    yes. A coordinator must ask.
    """

    name: ClassVar = "place.note-release-lost"
    roles: ClassVar = frozenset({Role.COORDINATOR})
    application_id: ApplicationId
    reason: ReleaseLossReason

    def needs(self, know: Know) -> tuple[HeldApplication, CohortRules]:
        this = held_application(know, self.application_id)
        return this, cohort_rules(know, this.application.cohort_id)

    def decide(self, act: Act, this: HeldApplication, rules: CohortRules) -> Iterator[Event]:
        started, place = this.application.known, this.place
        if started.side is not Side.HEALTHCARE_LEADER:
            raise NoReleaseNeeded
        if place.employer_release_lost:
            yield from this.said.otherwise(EmployerReleaseLost, self.reason)
            return
        if not place.employer_release:
            raise NotReleased
        yield EmployerReleaseLost(**whose(started), reason=self.reason.value)
        if place.standing is PlaceStanding.CONFIRMED:
            yield PlaceUnconfirmed(**whose(started))
            days = timedelta(days=rules.numbers.employer_days)
            ends_on = rules.cohort.known.ends_on
            answer_by = max(act.asked_on, min(act.asked_on + days, ends_on))
            yield awaited(act, started, answer_by, rules)
