"""What people hear of the time in which they can apply, and of a cohort that is called off."""

from collections.abc import Iterator, Mapping
from types import MappingProxyType
from typing import Final

from domain.cohorts.cohort import Cohort
from domain.cohorts.course import CohortCancelReason
from domain.cohorts.windows import ExtensionEndReason, ExtensionReason
from domain.decision import Know
from domain.notice import Asks, Hearer, Notice, because, nhs_date, said, tells
from events.calendar import end_of
from events.catalogue import Recorded
from events.cohorts import CohortPlanned, ExtensionGranted, ExtensionWithdrawn
from events.personal import Closed, plain

REASONS: Final[Mapping[str, str]] = MappingProxyType(
    {
        ExtensionReason.CIRCUMSTANCES: "You told us that you need more time.",
        ExtensionReason.ADJUSTMENT: "We want you to have the time and the help that you need.",
        ExtensionReason.OUR_DELAY: "We kept you waiting. We are sorry.",
        ExtensionReason.EMPLOYER_ANSWER: "You are waiting for an answer from your line manager.",
        ExtensionEndReason.MISTAKE: "We told you so by mistake. We are sorry.",
        ExtensionEndReason.SOMEBODY_ELSE: "It was meant for somebody else. We are sorry.",
        ExtensionEndReason.NOT_NEEDED: "We were told that you don't need it any more.",
    }
)

CANCELLED: Final[Mapping[str, str]] = MappingProxyType(
    {
        CohortCancelReason.TOO_FEW_PEOPLE: "Too few people were able to take part.",
        CohortCancelReason.NO_VENUE: "We found no place where it can be held.",
        CohortCancelReason.NO_FUNDING: "There is not enough money for it.",
        CohortCancelReason.NOT_SAFE: "It would not be safe to hold it.",
        CohortCancelReason.MOVED: "We mean to hold it later. We will write to you about that.",
        CohortCancelReason.MISTAKE: "We had planned it by mistake.",
    }
)


def does_not_take_place(title: str, reason: Closed[str]) -> tuple[str, ...]:
    """That a cohort was cancelled and why, as everybody hears it whom it concerns."""
    return f"We are very sorry. {title} will not take place.", *because(CANCELLED, reason)


def title_of(plan: CohortPlanned) -> str:
    """What a cohort is called."""
    return said(plan.title, "our programme")


@tells(ExtensionGranted, to=Hearer.PERSON)
def more_time(fact: Recorded[ExtensionGranted], know: Know) -> Iterator[Notice]:
    """Somebody's own last day."""
    plan = know(Cohort(fact.event.cohort_id)).plan
    until = plain(fact.event.until)
    if plan is None or until is None:
        return
    title = title_of(plan)
    yield Notice(
        template="cohort.extension-granted",
        to=fact.event.person_id,
        subject=f"You have more time to apply for {title}",
        paragraphs=(
            *because(REASONS, fact.event.reason),
            f"We give you more time to apply for a place on {title}.",
            f"You can apply until the end of {nhs_date(until)}.",
            "If we told you another day before, this one counts now.",
            "If you need help to apply, please ask us.",
        ),
        asks=Asks(
            "application.submit",
            {"cohort_id": fact.event.cohort_id, "person_id": fact.event.person_id},
            until,
        ),
    )


@tells(ExtensionWithdrawn, to=Hearer.PERSON)
def no_more_time(fact: Recorded[ExtensionWithdrawn], know: Know) -> Iterator[Notice]:
    """Their own last day is not theirs any more."""
    plan = know(Cohort(fact.event.cohort_id)).plan
    if plan is None:
        return
    title = title_of(plan)
    still = fact.envelope.time < end_of(plan.closes_on)
    yield Notice(
        template="cohort.extension-withdrawn",
        to=fact.event.person_id,
        subject=f"Your time to apply for {title}",
        paragraphs=(
            f"We had given you more time to apply for {title}. We have taken that back.",
            *because(REASONS, fact.event.reason),
            f"You can apply until the end of {nhs_date(plan.closes_on)}, like everybody."
            if still
            else "The time to apply for this group is over.",
            "What you have handed in is safe, and counts.",
            "If this is wrong, or you need more time, please ring or write to us soon.",
        ),
    )
