"""What partners are asked after the programme."""

from collections.abc import Iterator

from domain.decision import Know
from domain.notice import Notice, tells
from domain.pairings.notices import name_of
from events.catalogue import Recorded
from events.continuation import CheckInDue


@tells(CheckInDue)
def how_is_it_going(fact: Recorded[CheckInDue], know: Know) -> Iterator[Notice]:
    """The question to each partner, some months after they completed."""
    two = fact.event.patient_leader_id, fact.event.healthcare_leader_id
    for one, partner in (two, two[::-1]):
        yield Notice(
            template=f"continuation.check-in-{fact.event.months}",
            to=one,
            subject="How are you and your partner getting on?",
            paragraphs=(
                (
                    f"It is {_months(fact.event.months)} since you and {{partner}} finished the "
                    "programme."
                ),
                "Do you still lead together? Please tell us yes or no.",
                (
                    "If you like, tell us in your own words what you do, and what has changed. "
                    "Your partner does not see your answer."
                ),
            ),
            values=name_of(partner, know),
        )


def _months(many: int) -> str:
    return f"{many} month{'' if many == 1 else 's'}"
