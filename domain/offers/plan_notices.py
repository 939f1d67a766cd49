"""What people hear when the plan of their cohort becomes another, or is late, and the invited when
it is called off.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import ClassVar

from domain.applications.application import Application, Stage
from domain.applications.withdrawals import LiveApplications
from domain.cohorts.cohort import Cohort
from domain.cohorts.notices import does_not_take_place, title_of
from domain.decision import Know, Knowledge, learns
from domain.interest.interest import Interest
from domain.notice import Asks, Hearer, Notice, nhs_date, tells
from events.calendar import end_of
from events.catalogue import Recorded
from events.cohorts import CohortCancelled, CohortPlanAmended, ReleaseOverdue
from events.ids import CohortId, PersonId
from events.interest import InvitedToApply


@dataclass
class Invited(Knowledge):
    """Everybody who was ever told that they can apply for a cohort."""

    unopened: ClassVar = True
    cohort_id: CohortId | None
    people: dict[PersonId, None] = field(default_factory=dict)

    @property
    def tags(self) -> tuple[str | None, ...]:
        return (self.cohort_id,)

    @learns(InvitedToApply)
    def asked(self, event: InvitedToApply) -> None:
        self.people[event.person_id] = None


@tells(CohortPlanAmended, to=(Hearer.COHORT, Hearer.INVITED))
def planned_otherwise(fact: Recorded[CohortPlanAmended], know: Know) -> Iterator[Notice]:
    """Everybody who applies or has a place hears of days that are others; of other days to apply
    also whoever was told that they can.
    """
    event, cohort = fact.event, know(Cohort(fact.event.cohort_id))
    plan, days = cohort.plan, tuple(_days(fact.event))
    if plan is None or cohort.cancelled or not days:
        return
    title = title_of(plan)
    for who, more in sorted(_whom(event, know)):
        last_day = cohort.last_day(who)
        to_apply = more and fact.envelope.time < end_of(last_day)
        by = (f"If you want to apply, please hand in by the end of {nhs_date(last_day)}.",)
        yield Notice(
            template="cohort.plan-amended",
            to=who,
            subject=f"Some days of {title} have changed",
            paragraphs=(
                f"Some days of {title} are not what we told you before.",
                *days,
                *(by if to_apply else ()),
                "We are sorry if this makes it hard for you. Please ring or write to us.",
            ),
            asks=Asks(
                "application.submit", {"cohort_id": event.cohort_id, "person_id": who}, last_day
            )
            if to_apply
            else None,
        )


def _days(event: CohortPlanAmended) -> Iterator[str]:
    if event.opens_on:
        yield f"People can apply from {nhs_date(event.opens_on)}."
    if event.closes_on:
        yield f"People can apply until the end of {nhs_date(event.closes_on)}."
    if event.decisions_on:
        yield f"We plan to tell everybody what was decided on {nhs_date(event.decisions_on)}."
    if event.starts_on:
        yield f"The group starts on {nhs_date(event.starts_on)}."
    if event.ends_on:
        yield f"It ends on {nhs_date(event.ends_on)}."


def _whom(event: CohortPlanAmended, know: Know) -> Iterator[tuple[PersonId, bool]]:
    """Each person who is told, and whether they have yet to hand in."""
    live = know(LiveApplications(event.cohort_id)).live
    applying = {one["person_id"]: mine for mine, one in live.items()}
    for who, mine in applying.items():
        yield who, know(Application(mine)).stage is Stage.DRAFT
    if event.closes_on or event.opens_on:
        for who in _still_invited(event.cohort_id, know):
            if who not in applying:
                yield who, True


def _still_invited(cohort_id: CohortId, know: Know) -> Iterator[PersonId]:
    """Whom we invited, and who has not said since that they are not interested."""
    for who in know(Invited(cohort_id)).people:
        if cohort_id in know(Interest(who)).invited:
            yield who


@tells(ReleaseOverdue, to=Hearer.COHORT)
def still_waiting(fact: Recorded[ReleaseOverdue], know: Know) -> Iterator[Notice]:
    """Whoever handed in was to hear by now. We say that we are late, and promise no other day."""
    cohort_id = fact.event.cohort_id
    plan = know(Cohort(cohort_id)).plan
    if plan is None:
        return
    title = title_of(plan)
    live = know(LiveApplications(cohort_id)).live
    people = {
        one["person_id"]
        for mine, one in live.items()
        if know(Application(mine)).stage is not Stage.DRAFT
    }
    for who in sorted(people):
        yield Notice(
            template="cohort.release-overdue",
            to=who,
            subject=f"You will hear a little later from us about {title}",
            paragraphs=(
                f"We wanted to tell you by {nhs_date(fact.event.decisions_on)} what was decided.",
                "We need a little longer. We are sorry that you have to wait.",
                f"Your application for {title} is safe. You don't have to do anything.",
                "All who applied hear from us on the same day.",
                "If this makes something hard for you, please ring or write to us.",
            ),
        )


@tells(CohortCancelled, to=Hearer.INVITED)
def called_off(fact: Recorded[CohortCancelled], know: Know) -> Iterator[Notice]:
    """Whom we invited, who does not apply and still could: they need not get ready. Whoever applies
    hears of it as such.
    """
    cohort_id = fact.event.cohort_id
    cohort = know(Cohort(cohort_id))
    if cohort.plan is None:
        return
    title = title_of(cohort.plan)
    applying = {one["person_id"] for one in know(LiveApplications(cohort_id)).called_off.values()}
    for who in sorted({*_still_invited(cohort_id, know)} - applying):
        if fact.envelope.time < end_of(cohort.last_day(who)):
            yield Notice(
                template="interest.cohort-cancelled",
                to=who,
                subject=f"Sorry: {title} will not take place",
                paragraphs=(
                    *does_not_take_place(title, fact.event.reason),
                    "We had told you that you can apply for it. You can't any more.",
                    "We will tell you when you can apply for another group.",
                    "You don't have to do anything now.",
                ),
            )
