"""What is under way on a cohort, as far as its plan and its course ask for it."""

from dataclasses import dataclass, field
from typing import ClassVar

from domain.decision import Knowledge, Refusal, learns
from events.applications import ApplicationWithdrawn
from events.assessments import AssessmentSubmitted, PanelActed
from events.event import Event
from events.ids import ApplicationId, CohortId, PairingId, WorkshopId
from events.offers import (
    OfferAccepted,
    OfferDeclined,
    OfferLapsed,
    OfferMade,
    OfferWithdrawn,
    PlaceGivenBack,
    PlaceGivenUp,
)
from events.pairings import (
    PairingActivated,
    PairingDeclined,
    PairingEnded,
    PairingLapsed,
    PairingProposed,
    PairingTakenBack,
)
from events.terms import Side
from events.workshops import WorkshopAttended, WorkshopHeld

Gone = OfferDeclined | OfferLapsed | OfferWithdrawn | PlaceGivenUp | ApplicationWithdrawn
Answered = PairingActivated | PairingDeclined | PairingTakenBack | PairingLapsed | PairingEnded


@dataclass
class UnderWay(Knowledge):
    """Offers that wait for an answer and places that are taken, of each side; proposals that wait
    for an answer; workshops to which people came.
    """

    unopened: ClassVar = True
    cohort_id: CohortId | None
    offers: dict[ApplicationId, None] = field(default_factory=dict)
    taken: dict[ApplicationId, Side] = field(default_factory=dict)
    proposals: dict[PairingId, None] = field(default_factory=dict)
    workshops: dict[WorkshopId, None] = field(default_factory=dict)

    @property
    def tags(self) -> tuple[str | None, ...]:
        return (self.cohort_id,)

    @property
    def most_taken(self) -> int:
        """How many places are offered or taken, on the side that has more of them."""
        sides = list(self.taken.values())
        return max(sides.count(side) for side in Side)

    def must_be_answered(self, *, proposals: bool) -> None:
        """Refuses while an offer, or a proposal of a pair if asked for, waits for an answer."""
        open_ = [f"the offer to {one}" for one in self.offers]
        open_ += [f"the proposal {one}" for one in self.proposals] if proposals else []
        if open_:
            raise StillOpen(*open_)

    @learns(OfferMade)
    def offered(self, event: OfferMade) -> None:
        self.offers[event.application_id] = None
        self.taken[event.application_id] = event.side

    @learns(OfferAccepted)
    def accepted(self, event: OfferAccepted) -> None:
        self.offers.pop(event.application_id, None)

    @learns(PlaceGivenBack)
    def has_it_again(self, event: PlaceGivenBack) -> None:
        self.taken[event.application_id] = event.side

    @learns(OfferDeclined, OfferLapsed, OfferWithdrawn, PlaceGivenUp, ApplicationWithdrawn)
    def freed(self, event: Gone) -> None:
        self.offers.pop(event.application_id, None)
        self.taken.pop(event.application_id, None)

    @learns(PairingProposed)
    def asked(self, event: PairingProposed) -> None:
        self.proposals[event.pairing_id] = None

    @learns(PairingActivated, PairingDeclined, PairingTakenBack, PairingLapsed, PairingEnded)
    def answered(self, event: Answered) -> None:
        self.proposals.pop(event.pairing_id, None)

    @learns(WorkshopAttended, WorkshopHeld)
    def came_together(self, event: WorkshopAttended | WorkshopHeld) -> None:
        self.workshops[event.workshop_id] = None


@dataclass
class Assessed(Knowledge):
    """Whether somebody has scored an application of a cohort; also one of which nothing is left."""

    cohort_id: CohortId | None
    begun: bool = False

    @property
    def tags(self) -> tuple[str | None, ...]:
        return (self.cohort_id,)

    @learns(AssessmentSubmitted, PanelActed)
    def scored(self, event: Event) -> None:
        self.begun = True


class StillOpen(Refusal):
    """Somebody has yet to answer. Wait for it, or see to it first."""

    code = "cohort.still-open"

    def __init__(self, *things: str) -> None:
        """`things`: what is open, by ids."""
        super().__init__(*things)
        self.things = things

    @property
    def sentence(self) -> str:
        """What it is."""
        return f"This is still open: {', '.join(self.things)}. Wait for it, or see to it first."
