"""What coordinators hear of what was done from outside, and by none of them."""

from collections.abc import Iterator

from domain.decision import Know
from domain.notice import Asks, Hearer, Notice, tells
from domain.roles.granting import coordinating
from events.calendar import local_day
from events.catalogue import Recorded
from events.personal import plain
from events.roles import GlassBroken


@tells(GlassBroken, to=Hearer.COORDINATORS)
def glass_broken(fact: Recorded[GlassBroken], know: Know) -> Iterator[Notice]:
    """Everybody who coordinates the programme or a cohort of it, the new one among them."""
    day, reason = local_day(fact.envelope.time), plain(fact.event.reason)
    told = "They gave this reason: “{reason}”." if reason else "Why is not known any more."
    for who in sorted(coordinating(know).of_anything(day)):
        yield Notice(
            template="role.glass-broken",
            to=who,
            subject="Somebody was let in as a coordinator from outside",
            paragraphs=(
                "Somebody who runs the system made a person coordinator of the programme.",
                "Or they gave a coordinator a new way to sign in.",
                "No coordinator was asked. This is meant for emergencies.",
                told,
                "If you did not expect this, look at who coordinates the programme now.",
                "If it is not right, you can withdraw the role or untie the sign-in.",
            ),
            values={"reason": reason},
            asks=Asks("role.withdraw", {"person_id": fact.event.person_id}),
            urgent=True,
        )
