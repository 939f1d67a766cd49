"""What people hear about the time in which they can apply."""

from collections.abc import Iterator, Mapping
from types import MappingProxyType
from typing import Final

from domain.cohorts.cohort import Cohort
from domain.cohorts.windows import ExtensionReason
from domain.decision import Know
from domain.notice import Notice, nhs_date, tells
from events.catalogue import Recorded
from events.cohorts import ExtensionGranted

REASONS: Final[Mapping[str, str]] = MappingProxyType(
    {
        ExtensionReason.CIRCUMSTANCES: "You told us that you need more time.",
        ExtensionReason.ADJUSTMENT: "We want you to have the time and the help that you need.",
        ExtensionReason.OUR_DELAY: "We kept you waiting. We are sorry.",
        ExtensionReason.EMPLOYER_ANSWER: "You are waiting for an answer from your line manager.",
    }
)


@tells(ExtensionGranted)
def more_time(fact: Recorded[ExtensionGranted], know: Know) -> Iterator[Notice]:
    """Somebody's own last day."""
    plan = know(Cohort(fact.event.cohort_id)).plan
    if plan is None:
        return
    yield Notice(
        template="cohort.extension-granted",
        to=fact.event.person_id,
        subject=f"You have more time to apply for {plan.title}",
        paragraphs=(
            REASONS[fact.event.reason],
            f"So we give you more time to apply for a place on {plan.title}.",
            f"You can apply until the end of {nhs_date(fact.event.until)}.",
            "If you need help to apply, please ask us.",
        ),
    )
