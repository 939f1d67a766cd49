"""What people hear when a matching run has no partner for them."""

from collections.abc import Iterator, Mapping
from typing import Final

from domain.decision import Know
from domain.matching.certificate import MORE_ON_YOUR_SIDE, NO_ALLOWED_PARTNER, PARTNERS_TAKEN
from domain.notice import Hearer, Notice, because, tells
from domain.pairings.engagement import LEADS_ELSEWHERE, TEAM_LOOKS_FIRST
from events.catalogue import Recorded
from events.matching import LeftUnpaired

REASONS: Final[Mapping[str, str]] = {
    MORE_ON_YOUR_SIDE: "At the moment more people have joined from your side than from the other.",
    NO_ALLOWED_PARTNER: (
        "Our rules keep some people apart, to be fair and safe for everyone. "
        "At the moment they leave no partner for you. You have done nothing wrong."
    ),
    PARTNERS_TAKEN: (
        "Each person who could be your partner was asked to lead with somebody else. "
        "So as many people as we can have a partner."
    ),
    LEADS_ELSEWHERE: (
        "You have a partner in another group, or we have asked you about one. "
        "Everybody has one partner at a time."
    ),
    TEAM_LOOKS_FIRST: (
        "Sometimes it takes us a little longer. Someone of our team will be in touch with you."
    ),
}


@tells(LeftUnpaired, to=Hearer.PERSON)
def left_unpaired(fact: Recorded[LeftUnpaired], know: Know) -> Iterator[Notice]:
    """No partner yet, and why."""
    yield Notice(
        template="matching.left-unpaired",
        to=fact.event.person_id,
        subject="We are still looking for your partner",
        paragraphs=(
            "We have asked people to lead together in pairs.",
            "We have not found a partner for you yet.",
            *because(REASONS, fact.event.reason),
            (
                "You keep your place. You can come to all the workshops. We go on looking, and we "
                "will write to you as soon as we have found someone."
            ),
            "If you have questions, please ask us.",
        ),
    )
