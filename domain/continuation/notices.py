"""What partners are asked after the programme, and hear of how they go on."""

from collections.abc import Iterator

from domain.decision import Know
from domain.notice import Asks, Hearer, Notice, tells
from domain.pairings.notices import each, name_of
from events.catalogue import Recorded
from events.continuation import CheckInDue, ContinuationAgreed, ContinuationEnded


@tells(CheckInDue, to=Hearer.PARTNERS)
def how_is_it_going(fact: Recorded[CheckInDue], know: Know) -> Iterator[Notice]:
    """The question to each partner, some months after they completed."""
    for one, partner in each(fact.event):
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
            asks=Asks(
                "continuation.report",
                {
                    "pairing_id": fact.event.pairing_id,
                    "person_id": one,
                    "months": str(fact.event.months),
                },
            ),
        )


@tells(ContinuationAgreed, to=Hearer.PARTNERS)
def go_on(fact: Recorded[ContinuationAgreed], know: Know) -> Iterator[Notice]:
    """Either of the two says it for both, so the other one hears of it."""
    for one, partner in each(fact.event):
        yield Notice(
            template="continuation.agreed",
            to=one,
            subject="You and your partner go on together",
            paragraphs=(
                "We heard that you and {partner} mean to go on leading together. We are glad.",
                "If you see it otherwise, please ring or write to us.",
            ),
            values=name_of(partner, know),
        )


@tells(ContinuationEnded, to=Hearer.PARTNERS)
def part_ways(fact: Recorded[ContinuationEnded], know: Know) -> Iterator[Notice]:
    """The same words whatever the reason, and whoever of the two said it."""
    for one, partner in each(fact.event):
        yield Notice(
            template="continuation.ended",
            to=one,
            subject="You and your partner do not lead together any more",
            paragraphs=(
                "We heard that you and {partner} do not lead together any more.",
                "Thank you both for all that you have done. We do not ask you about it again.",
                "If you see it otherwise, or want to talk about it, please ring or write to us.",
            ),
            values=name_of(partner, know),
        )


def _months(many: int) -> str:
    return f"{many} month{'' if many == 1 else 's'}"
