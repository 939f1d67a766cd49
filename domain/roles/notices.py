"""What those in an office hear: that their cohort does not take place; and coordinators, what was
done from outside, and by none of them.
"""

from collections.abc import Iterator
from typing import Final

from domain.cohorts.cohort import Cohort
from domain.cohorts.notices import does_not_take_place, title_of
from domain.decision import Know
from domain.notice import Asks, Hearer, Notice, tells
from domain.roles.granting import coordinating
from domain.roles.officers import in_office
from events.calendar import local_day
from events.catalogue import Recorded
from events.cohorts import CohortCancelled
from events.personal import plain
from events.roles import GlassBroken
from events.terms import Role

OF_A_COHORT: Final = frozenset({Role.FACILITATOR, Role.CO_CHAIR, Role.HOST, Role.COORDINATOR})
"""The offices of those who work for a cohort, and would find nobody there."""


@tells(CohortCancelled, to=Hearer.OFFICERS)
def called_off(fact: Recorded[CohortCancelled], know: Know) -> Iterator[Notice]:
    """Whoever works for the cohort, or for all, but for whoever cancelled it."""
    cohort_id, day = fact.event.cohort_id, local_day(fact.envelope.time)
    plan = know(Cohort(cohort_id)).plan
    people = in_office(know, cohort_id, OF_A_COHORT, day)
    if plan is None:
        return
    title = title_of(plan)
    for who in sorted(people - {fact.envelope.origin.actor}):
        yield Notice(
            template="role.cohort-cancelled",
            to=who,
            subject=f"Sorry: {title} will not take place",
            paragraphs=(
                *does_not_take_place(title, fact.event.reason),
                "Everybody who applied for it, or has a place on it, hears this too.",
                "Workshops and projects of it have come to an end.",
                "Thank you for all that you have done for it.",
            ),
        )


@tells(GlassBroken, to=Hearer.COORDINATORS)
def glass_broken(fact: Recorded[GlassBroken], know: Know) -> Iterator[Notice]:
    """Everybody who coordinates the programme or a cohort of it, the new one among them."""
    day, reason = local_day(fact.envelope.time), plain(fact.event.reason)
    told = "They gave this reason: “{reason}”." if reason else "Why is not known any more."
    for who in sorted(coordinating(know).of_anything(day)):
        yield Notice(
            template="role.glass-broken",
            to=who,
            subject="Somebody was let in as a coordinator from outside",
            paragraphs=(
                "Those who run the system made somebody a coordinator.",
                "Or they gave a coordinator a new way to sign in.",
                "No coordinator was asked. This is meant for emergencies.",
                told,
                "If you did not expect this, look at who coordinates the programme now.",
                "If it is not right, you can withdraw the role or untie the sign-in.",
            ),
            values={"reason": reason},
            asks=Asks("role.withdraw", {"person_id": fact.event.person_id}),
            urgent=True,
        )
