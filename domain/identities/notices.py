"""What people hear of the sign-ins by which they are known."""

from collections.abc import Iterator

from domain.decision import Know
from domain.notice import Asks, Hearer, Notice, tells
from events.catalogue import Recorded
from events.identities import IdentityTied, IdentityUntied


@tells(IdentityTied, to=Hearer.PERSON)
def sign_in_tied(fact: Recorded[IdentityTied], _: Know) -> Iterator[Notice]:
    """Whoever signs in so acts as them: they would know if it is not theirs."""
    yield Notice(
        template="identity.tied",
        to=fact.event.person_id,
        subject="A way to sign in was added for you",
        paragraphs=(
            "We have added a way to sign in for you.",
            "Whoever signs in this way can see what is yours, and act in your name.",
            "So it should be you, and nobody else.",
            "If this was not agreed with you, please tell us at once. It can be taken away again.",
        ),
        asks=Asks(
            "identity.untie", {"person_id": fact.event.person_id, "tie_id": fact.event.tie_id}
        ),
        urgent=True,
    )


@tells(IdentityUntied, to=Hearer.PERSON)
def sign_in_untied(fact: Recorded[IdentityUntied], _: Know) -> Iterator[Notice]:
    """They can't come in by it any more, whoever ended it."""
    yield Notice(
        template="identity.untied",
        to=fact.event.person_id,
        subject="A way to sign in was taken away",
        paragraphs=(
            "We have taken away one of your ways to sign in.",
            "Nobody can use it any more to act in your name.",
            "If this was not agreed with you, please ring or write to us at once.",
        ),
        urgent=True,
    )
