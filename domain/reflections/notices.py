"""What people hear of what their partner wrote."""

from collections.abc import Iterator

from domain.decision import Know
from domain.notice import Hearer, Notice, tells
from domain.pairings.engagement import Engagement
from domain.pairings.notices import name_of
from domain.pairings.pairing import Pairing
from domain.pairings.together import GOING_ON
from events.catalogue import Recorded
from events.reflections import ReflectionShared


@tells(ReflectionShared, to=Hearer.PARTNER)
def shared(fact: Recorded[ReflectionShared], know: Know) -> Iterator[Notice]:
    """The words are not in the letter, which can go astray. While two do not lead together just
    now, whyever that is, nobody is written to.
    """
    writer = fact.event.person_id
    pairing = know(Pairing(know(Engagement(fact.event.cohort_id, writer)).pairing_id))
    if pairing.proposed is None or pairing.state not in GOING_ON:
        return
    yield Notice(
        template="reflection.shared",
        to=pairing.other(writer),
        subject="Your partner would like you to read something",
        paragraphs=(
            "{partner} has written down what a workshop meant to them.",
            "They would like you to read it.",
            "If you want us to read it to you, or to send it to you, please ring or write to us.",
        ),
        values=name_of(writer, know),
    )
