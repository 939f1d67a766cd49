"""The programme's office: who letters come from, and how people reach somebody who helps them."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from email.headerregistry import Address
from types import MappingProxyType
from typing import Final

from events.addresses import is_phone
from events.terms import Channel
from services.escaping import one_line
from services.notices.mailboxes import the_mailbox
from services.settings import Settings, WrongSetting, variable

INVENTED: Final[Mapping[str, str]] = MappingProxyType(
    {
        "office_name": "Leading Together",
        "office_phone": "01632 960123",  # of those that Ofcom keeps for stories
        "office_address": "1 Invented Street, Exampleton",
        "office_hours": "Monday to Friday, 9am to 5pm",
        "reply_to": "Leading Together <office@leading-together.example>",
    }
)
"""The office of an installation with engines of its own, which nobody lives with."""


@dataclass(frozen=True)
class Office:
    """`hours` are those in which somebody answers the telephone; `replies` is where answers go."""

    name: str
    phone: str
    address: str
    hours: str
    sender: Address
    replies: Address

    def lines(self) -> Iterator[str]:
        """How to reach it, at the end of each letter."""
        yield self.name
        yield f"Telephone: {self.phone} ({self.hours})"
        yield f"E-mail: {self.replies.addr_spec}"
        yield f"Post: {self.address}"

    def to_answer(self, channel: Channel) -> str:
        """What somebody does to answer, who hears from us on a channel."""
        if channel is Channel.EMAIL:
            return f"reply to this e-mail, or ring us on {self.phone}"
        if channel is Channel.PHONE:
            return f"tell us now, or ring us on {self.phone}"
        return f"ring us on {self.phone}, or write to us"


def office_for(settings: Settings, *, own_engines: bool) -> Office:
    """The office as it is set. Raises WrongSetting if it can't be, or is not, and there is no other
    than the invented one of engines of our own.
    """
    invented = INVENTED if own_engines else {}
    said = {name: getattr(settings, name) or invented.get(name) for name in INVENTED}
    if missing := [variable(name) for name, value in said.items() if not value]:
        raise WrongSetting(
            f"{', '.join(missing)}: not set. Every letter says how people reach the programme's"
            " office, so say it here; docs/settings.md shows how."
        )
    words = {name: one_line(value or "") for name, value in said.items()}
    if not is_phone(words["office_phone"]):
        raise WrongSetting(f"{variable('office_phone')} must be a telephone number.")
    return Office(
        name=words["office_name"],
        phone=words["office_phone"],
        address=words["office_address"],
        hours=words["office_hours"],
        sender=mailbox_in("sender", settings.sender),
        replies=mailbox_in("reply_to", words["reply_to"]),
    )


def mailbox_in(name: str, value: str) -> Address:
    """The one address that a setting gives. Raises WrongSetting."""
    try:
        return the_mailbox(value)
    except ValueError:
        raise WrongSetting(
            f"{variable(name)} must be one address, as Leading Together <office@example.org>;"
            " a name with a comma stands in quotation marks."
        ) from None
