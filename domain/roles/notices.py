"""What coordinators hear of a role that was not granted by one of them."""

from collections.abc import Iterator

from domain.decision import Know
from domain.notice import Notice, said, tells
from domain.roles.granting import coordinating
from events.calendar import local_day
from events.catalogue import Recorded
from events.roles import GlassBroken


@tells(GlassBroken)
def glass_broken(fact: Recorded[GlassBroken], know: Know) -> Iterator[Notice]:
    """Everybody who coordinates the whole programme, the new one among them."""
    day = local_day(fact.envelope.time)
    for who in sorted(filter(None, coordinating(know).holding(day))):
        yield Notice(
            template="role.glass-broken",
            to=who,
            subject="Somebody was made a coordinator from outside",
            paragraphs=(
                "Somebody who runs the system made a person coordinator of the programme.",
                "No coordinator was asked. This is meant for emergencies.",
                "The reason that they gave: {reason}",
                "If you did not expect this, look at who coordinates the programme now.",
                "You can withdraw the role if it is not right.",
            ),
            values={"reason": said(fact.event.reason, "It is not known any more.")},
        )
