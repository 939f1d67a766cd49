"""What people hear when two registrations are found to be one person's, or two people's."""

from collections.abc import Iterator

from domain.decision import Know
from domain.notice import Hearer, Notice, tells
from events.catalogue import Recorded
from events.people import PersonMerged, PersonParted


@tells(PersonMerged, to=Hearer.PERSON)
def registered_twice(fact: Recorded[PersonMerged], _: Know) -> Iterator[Notice]:
    """Whoever it is finds out, if it was somebody else's."""
    yield Notice(
        template="person.merged",
        to=fact.event.person_id,
        subject="You were registered with us twice",
        paragraphs=(
            "We found that you were registered with us twice.",
            "We have put the two together, so from now on you hear from us once.",
            "You don't have to do anything if that is right.",
            "If you did not register twice, please ring or write to us soon.",
        ),
    )


@tells(PersonParted, to=Hearer.PERSON)
def two_after_all(fact: Recorded[PersonParted], _: Know) -> Iterator[Notice]:
    """Both, and neither who the other is."""
    for template, who in (
        ("person.parted", fact.event.person_id),
        ("person.parted-again", fact.event.merged_id),
    ):
        yield Notice(
            template=template,
            to=who,
            subject="We had mixed you up with somebody else",
            paragraphs=(
                "By mistake we had put what we know of you together with somebody else's.",
                "We have parted the two again. We are sorry.",
                "What you had is as it was.",
                "If something is missing, or is not yours, please ring or write to us soon.",
            ),
        )
