"""What people hear about the time in which they can apply."""

from collections.abc import Iterator, Mapping
from types import MappingProxyType
from typing import Final

from domain.cohorts.cohort import Cohort
from domain.cohorts.windows import ExtensionReason
from domain.decision import Know
from domain.notice import Notice, because, nhs_date, said, tells
from events.catalogue import Recorded
from events.cohorts import CohortPlanned, ExtensionGranted
from events.personal import plain

REASONS: Final[Mapping[str, str]] = MappingProxyType(
    {
        ExtensionReason.CIRCUMSTANCES: "You told us that you need more time.",
        ExtensionReason.ADJUSTMENT: "We want you to have the time and the help that you need.",
        ExtensionReason.OUR_DELAY: "We kept you waiting. We are sorry.",
        ExtensionReason.EMPLOYER_ANSWER: "You are waiting for an answer from your line manager.",
    }
)


def title_of(plan: CohortPlanned) -> str:
    """What a cohort is called."""
    return said(plan.title, "our programme")


@tells(ExtensionGranted)
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
            "If you need help to apply, please ask us.",
        ),
    )
