"""Who is close to somebody: all of them at once, where it is not known yet who will ask."""

from dataclasses import dataclass, field
from typing import Any, ClassVar

from domain.decision import Knowledge
from domain.people.person import Between
from events.ids import PersonId


@dataclass
class CloseOnes(Knowledge):
    """Everybody whose tie to somebody a rule asks about, with how the two stand to each other.

    Ties to people who were erased are not known any more; they do nothing here.
    """

    finds_concealed: ClassVar = True
    facts: ClassVar = dict.fromkeys(Between.facts, "said")
    person_id: PersonId | None
    ties: dict[PersonId, Between] = field(default_factory=dict)

    @property
    def tags(self) -> tuple[str | None, ...]:
        return (self.person_id,)

    @property
    def about(self) -> tuple[PersonId, ...]:
        """Nobody: it is asked of whoever may act, whatever a command is about."""
        return ()

    def are_close(self, who: PersonId | None) -> bool:
        """Whether somebody is closer to them than acquainted."""
        return who is not None and who in self.ties and self.ties[who].too_close

    def said(self, event: Any) -> None:
        """What was said of the two of them counts, whoever of them said it."""
        other = getattr(event, "other_id", None)
        if other is None or self.person_id is None:
            return
        who = event.person_id if other == self.person_id else other
        self.ties.setdefault(who, Between(self.person_id, who)).learn(event)
