"""What people hear when it changes how they are reached, or what they agree to."""

from collections.abc import Iterator
from typing import Final

from domain.decision import Know
from domain.notice import Asks, Hearer, Notice, tells
from domain.people.person import Reach
from events.catalogue import Recorded
from events.people import ConsentWithdrawn, PersonDetailsChanged
from events.terms import Purpose

LAST_LETTER: Final = "person.consent-withdrawn"
"""The one letter that somebody gets who took back their consent: it says what follows."""


@tells(PersonDetailsChanged, to=Hearer.PERSON)
def reached_otherwise(fact: Recorded[PersonDetailsChanged], know: Know) -> Iterator[Notice]:
    """At the new address, and at the old one too: if it was somebody else, they find out."""
    whose, reach = fact.event.person_id, know(Reach(fact.event.person_id))
    asked_anew = reach.channel is None and reach.before(fact.event).channel is not None
    again = "Please tell us how you wish to hear from us from now on."
    for template, formerly in (
        ("person.details-changed", None),
        ("person.details-changed-formerly", fact.event),
    ):
        yield Notice(
            template=template,
            to=whose,
            subject="We have noted what has changed",
            paragraphs=(
                "We have noted that your name, or how we can reach you, has changed.",
                *((again,) if asked_anew else ()),
                "You don't have to do anything if that is right.",
                "If it was not you, or if something is wrong, please ring or write to us soon.",
            ),
            formerly=formerly,
            asks=Asks("person.state-contact-preference", {"person_id": whose})
            if asked_anew
            else None,
        )


@tells(ConsentWithdrawn, to=Hearer.PERSON)
def takes_no_part(fact: Recorded[ConsentWithdrawn], know: Know) -> Iterator[Notice]:
    """What follows from it, and that nothing else comes from us."""
    if fact.event.purpose is not Purpose.PROGRAMME:
        return
    yield Notice(
        template=LAST_LETTER,
        to=fact.event.person_id,
        subject="You take no part in Leading Together any more",
        paragraphs=(
            "You told us that you no longer agree that we use what you told us.",
            "So what you applied for is taken back. If you had a place, it goes to someone else.",
            "If you had a partner, we look for a new one for them.",
            "We don't write to you again.",
            "If this is a mistake, please tell us soon. Then you can agree and apply again.",
            "What you had does not come back by itself.",
        ),
        asks=Asks("person.give-consent", {"person_id": fact.event.person_id}),
    )
