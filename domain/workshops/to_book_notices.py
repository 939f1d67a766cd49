"""What people hear of the workshops that they can book: of each as it is planned, and whoever comes
later of all that are.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import ClassVar

from domain.decision import Know, Knowledge, learns
from domain.notice import Asks, Hearer, Notice, called, nhs_date, nhs_time, tells
from domain.offers.offer import Membership
from domain.workshops.notices import title_of, when_and_where
from domain.workshops.training import Course, Training
from domain.workshops.workshop import Workshop
from events.calendar import local_day
from events.catalogue import Recorded
from events.event import Event
from events.ids import CohortId, PersonId
from events.offers import PlaceConfirmed
from events.workshops import WorkshopScheduled


@dataclass
class OnTheCohort(Knowledge):
    """Everybody who ever had a place on a cohort, and whether they have it."""

    unopened: ClassVar = True
    cohort_id: CohortId | None
    people: dict[PersonId, Membership] = field(default_factory=dict)

    @property
    def tags(self) -> tuple[str | None, ...]:
        return (self.cohort_id,)

    @property
    def here(self) -> list[PersonId]:
        """Those who are on it, by id."""
        return sorted(who for who, one in self.people.items() if one.confirmed)

    @learns(*Membership.facts)
    def concerning(self, event: Event) -> None:
        who = next(one for one in event.tags() if isinstance(one, PersonId))
        self.people.setdefault(who, Membership(self.cohort_id, who)).learn(event)


@tells(WorkshopScheduled, to=Hearer.MEMBERS)
def planned(fact: Recorded[WorkshopScheduled], know: Know) -> Iterator[Notice]:
    """Everybody on the cohort, but for those who have been to another session of it or go there."""
    plan = fact.event
    for who in know(OnTheCohort(plan.cohort_id)).here:
        if not _is_served(plan, who, know):
            known = {"workshop_id": plan.workshop_id, "person_id": who}
            yield Notice(
                template="workshop.scheduled",
                to=who,
                subject=f"Please book: {title_of(plan)}, {nhs_date(local_day(plan.starts_at))}",
                paragraphs=(
                    f"You can now book your place on our {called('workshop', plan.title)}.",
                    *when_and_where(plan),
                    "Please book it soon. If you can't come on that day, ring or write to us.",
                ),
                asks=Asks("workshop.book", known),
            )


def _is_served(plan: WorkshopScheduled, who: PersonId, know: Know) -> bool:
    """Whether somebody has been to a session of this workshop, or has a place on one."""
    numbers = know(Course(plan.cohort_id)).numbers
    sessions = [one for one, number in numbers.items() if number == plan.number]
    been = know(Training(plan.cohort_id, who)).done
    return any(one in been or who in know(Workshop(one)).booked for one in sessions)


@tells(PlaceConfirmed, to=Hearer.PERSON)
def to_book(fact: Recorded[PlaceConfirmed], know: Know) -> Iterator[Notice]:
    """All that are planned by now and still to come, for whoever comes to the cohort."""
    cohort_id, who = fact.event.cohort_id, fact.event.person_id
    plans = [know(Workshop(one)).scheduled for one in sorted(know(Course(cohort_id)).numbers)]
    to_come = [one for one in plans if one and one.starts_at > fact.envelope.time]
    ahead = [one for one in to_come if not _is_served(one, who, know)]
    if not ahead:
        return
    yield Notice(
        template="workshop.to-book",
        to=who,
        subject="Please book your workshops",
        paragraphs=(
            "You can book your places on our workshops now.",
            *(
                f"{title_of(one)}: {nhs_date(local_day(one.starts_at))}, {nhs_time(one.starts_at)}."
                for one in sorted(ahead, key=lambda one: one.starts_at)
            ),
            "Please book each of them soon. If you can't come on a day, ring or write to us.",
        ),
        asks=Asks("workshop.book", {"person_id": who}),
    )
