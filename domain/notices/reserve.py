"""What people hear while they wait for a place."""

from collections.abc import Iterator

from domain.cohorts import Cohort
from domain.decision import Know
from domain.notice import Notice, tells
from domain.notices.offers import because
from events.catalogue import Recorded
from events.offers import ReserveListed, ReserveReordered


@tells(ReserveListed)
def listed(told: Recorded[ReserveListed], know: Know) -> Iterator[Notice]:
    """Somebody waits for a place, and why."""
    plan = know(Cohort(told.event.cohort_id)).plan
    if plan is None:
        return
    yield Notice(
        template="reserve.listed",
        to=told.event.person_id,
        subject=f"You are on the reserve list for {plan.title}",
        paragraphs=(
            f"You are number {told.event.place} on our reserve list for {plan.title}.",
            *because(told.event.reasons),
            "If a place comes free and it is your turn, we will write to you at once.",
            "You don't have to do anything now. If you no longer want to wait, please tell us.",
        ),
    )


@tells(ReserveReordered)
def turn_changed(told: Recorded[ReserveReordered], know: Know) -> Iterator[Notice]:
    """Somebody's turn is another one now, and why."""
    plan = know(Cohort(told.event.cohort_id)).plan
    if plan is None:
        return
    yield Notice(
        template="reserve.reordered",
        to=told.event.person_id,
        subject=f"Your turn on the reserve list for {plan.title}",
        paragraphs=(
            f"You are now number {told.event.place} on our reserve list for {plan.title}.",
            *because([told.event.reason]),
            "If you have a question about this, please ask us.",
        ),
    )
