"""What people hear when they tell us that they are interested."""

from collections.abc import Iterator

from domain.cohorts.cohort import Cohort
from domain.cohorts.notices import title_of
from domain.decision import Know
from domain.notice import Asks, Hearer, Notice, nhs_date, tells
from events.catalogue import Recorded
from events.interest import InterestExpressed, InvitedToApply
from events.terms import Role


@tells(InterestExpressed, to=Hearer.PERSON)
def interest_noted(fact: Recorded[InterestExpressed], know: Know) -> Iterator[Notice]:
    """Nobody who asks to know more is left without an answer.

    Whose interest comes with an imported application hears about the application instead.
    """
    if fact.envelope.origin.role == Role.IMPORTER:
        return
    yield Notice(
        template="interest.expressed",
        to=fact.event.person_id,
        subject="Thank you for your interest in Leading Together",
        paragraphs=(
            "Thank you for telling us that you are interested in Leading Together.",
            "We bring together people who use health services and people who work in them.",
            "The two learn and lead together, as equals.",
            "You need not be a leader already. To have helped to run a club is enough.",
            "We will tell you when you can apply. You don't have to do anything now.",
        ),
    )


@tells(InvitedToApply, to=Hearer.PERSON)
def invited(fact: Recorded[InvitedToApply], know: Know) -> Iterator[Notice]:
    """When to apply, and what it takes; somebody with an extension reads their own last day."""
    cohort = know(Cohort(fact.event.cohort_id))
    plan = cohort.plan
    if plan is None:
        return
    title, last_day = title_of(plan), cohort.last_day(fact.event.person_id)
    yield Notice(
        template="interest.invited-to-apply",
        to=fact.event.person_id,
        subject=f"You can apply for {title}",
        paragraphs=(
            "You told us that you are interested in Leading Together.",
            f"You can apply for a place on {title}.",
            f"You can do that from {nhs_date(plan.opens_on)} to the end of {nhs_date(last_day)}.",
            "We will ask why you care about healthcare, and what you have led or helped to run.",
            "The place is free. If you need help to apply, please ask us.",
        ),
        asks=Asks(
            "application.submit",
            {"cohort_id": fact.event.cohort_id, "person_id": fact.event.person_id},
            last_day,
        ),
    )
