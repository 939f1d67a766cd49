"""When somebody last said something of themselves: the newer word stays, whenever an older one
comes.
"""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

from domain.decision import Knowledge, learns
from events.ids import PersonId
from events.people import AccessNeedsStated, ConsentWithdrawn, ContactPreferenceStated
from events.personal import plain

HEARS: Final = "hears"
NEEDS: Final = "needs"


@dataclass
class LastSaid(Knowledge):
    """When somebody last said how they wish to hear from us (`hears`), what they need (`needs`),
    and to what they do not agree any more, by the name of the purpose; None, if nobody noted it.
    """

    person_id: PersonId | None
    at: dict[str, datetime | None] = field(default_factory=dict)

    @property
    def tags(self) -> tuple[str | None, ...]:
        return (self.person_id,)

    @learns(ContactPreferenceStated)
    def wished(self, event: ContactPreferenceStated) -> None:
        self.at[HEARS] = event.said_at

    @learns(AccessNeedsStated)
    def needed(self, event: AccessNeedsStated) -> None:
        self.at[NEEDS] = event.said_at

    @learns(ConsentWithdrawn)
    def disagreed(self, event: ConsentWithdrawn) -> None:
        self.at[event.purpose] = plain(event.said_at)
