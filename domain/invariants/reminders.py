"""What must hold of reminders of a last day: in time, once, and while nobody has answered."""

from collections.abc import Mapping
from datetime import date
from types import MappingProxyType
from typing import Any, ClassVar, Final

from domain.invariants.invariant import Finding, Invariant
from domain.invariants.learning import learns
from events.applications import ApplicationWithdrawn
from events.calendar import local_day
from events.catalogue import Recorded
from events.event import Event
from events.offers import (
    OfferAccepted,
    OfferDayChanged,
    OfferDeclined,
    OfferLapsed,
    OfferMade,
    OfferReminderDue,
    OfferWithdrawn,
)
from events.pairings import (
    PairingActivated,
    PairingDeclined,
    PairingLapsed,
    PairingProposed,
    PairingTakenBack,
    ProposalExtended,
    ProposalReminderDue,
)
from events.workshops import (
    RegisterOverdue,
    RegisterReminderDue,
    RegisterReopened,
    WorkshopHeld,
    WorkshopRescheduled,
    WorkshopScheduled,
)

OFFER, PROPOSAL, REGISTER = "application_id", "pairing_id", "workshop_id"
ASKED: Final[Mapping[type[Event], tuple[str, str]]] = MappingProxyType(
    {
        OfferMade: (OFFER, "remind_on"),
        OfferDayChanged: (OFFER, "remind_on"),
        PairingProposed: (PROPOSAL, "remind_on"),
        ProposalExtended: (PROPOSAL, "remind_on"),
        WorkshopScheduled: (REGISTER, "register_remind_on"),
        WorkshopRescheduled: (REGISTER, "register_remind_on"),
        RegisterReopened: (REGISTER, "register_remind_on"),
    }
)
"""What waits for an answer from here on: by which id, and the field of the day to remind of it."""
ANSWERED: Final[Mapping[type[Event], str]] = MappingProxyType(
    {
        **dict.fromkeys((OfferAccepted, OfferDeclined, OfferLapsed, OfferWithdrawn), OFFER),
        ApplicationWithdrawn: OFFER,
        **dict.fromkeys((PairingActivated, PairingDeclined, PairingLapsed), PROPOSAL),
        PairingTakenBack: PROPOSAL,
        **dict.fromkeys((WorkshopHeld, RegisterOverdue), REGISTER),
    }
)
"""What waits no more."""
REMINDED: Final[Mapping[type[Event], str]] = MappingProxyType(
    {OfferReminderDue: OFFER, ProposalReminderDue: PROPOSAL, RegisterReminderDue: REGISTER}
)


class LastDayRemindedOnce(Invariant):
    """Somebody was reminded of a last day twice, too early, or when there was nothing to answer."""

    name: ClassVar = "everywhere.reminded-once"
    rules: ClassVar = (9, 15, 21)

    def __init__(self, *given: Any) -> None:
        super().__init__(*given)
        self._open: dict[str, tuple[date | None, int]] = {}

    @learns(*ASKED)
    def asked(self, fact: Recorded[Any]) -> None:
        """From here on there is one reminder to come, if there is a day for it."""
        thing, day = ASKED[type(fact.event)]
        found = getattr(fact.event, day), fact.envelope.position
        self._open[getattr(fact.event, thing)] = found

    @learns(*ANSWERED)
    def answered(self, fact: Recorded[Any]) -> None:
        """There is none to come."""
        self._open.pop(getattr(fact.event, ANSWERED[type(fact.event)]), None)

    @learns(*REMINDED)
    def reminded(self, fact: Recorded[Any]) -> list[Finding] | None:
        """It came."""
        thing = getattr(fact.event, REMINDED[type(fact.event)])
        day, asked_at = self._open.pop(thing, (None, 0))
        if day is not None and day <= local_day(fact.envelope.time):
            return None
        return [self.found((thing,), asked_at, fact.envelope.position)]
