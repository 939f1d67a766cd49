"""How far an application has come, as the cohort's board and the assessors' queue both show it."""

from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType
from typing import Final, Self

from events.applications import (
    ApplicationReinstated,
    ApplicationStarted,
    ApplicationSubmitted,
    ApplicationWithdrawn,
    EligibilityConfirmed,
    EligibilityFailed,
)
from events.assessments import AssessmentSubmitted, DecisionMade
from events.event import Event
from events.offers import (
    ApplicationDeclined,
    OfferAccepted,
    OfferDeclined,
    OfferLapsed,
    OfferMade,
    OfferWithdrawn,
    PlaceConfirmed,
    PlaceGivenUp,
    ReserveListed,
)
from projections.projection import Part


class Stage(StrEnum):
    """Where an application stands. It is `assessed` as soon as one assessment is in."""

    STARTED = "started"
    SUBMITTED = "submitted"
    ELIGIBLE = "eligible"
    ASSESSED = "assessed"
    DECIDED = "decided"
    OFFERED = "offered"
    ACCEPTED = "accepted"
    CONFIRMED = "confirmed"
    INELIGIBLE = "ineligible"
    WITHDRAWN = "withdrawn"
    RESERVE = "reserve"
    DECLINED = "declined"
    OFFER_DECLINED = "offer-declined"
    LAPSED = "lapsed"
    OFFER_WITHDRAWN = "offer-withdrawn"
    GIVEN_UP = "given-up"


WAY: Final = tuple(Stage)[: list(Stage).index(Stage.CONFIRMED) + 1]
BEFORE_RELEASE: Final = frozenset({*WAY[: WAY.index(Stage.DECIDED) + 1], Stage.INELIGIBLE})

LEADS_TO: Final[Mapping[type[Event], Stage]] = MappingProxyType(
    {
        ApplicationStarted: Stage.STARTED,
        ApplicationSubmitted: Stage.SUBMITTED,
        EligibilityConfirmed: Stage.ELIGIBLE,
        EligibilityFailed: Stage.INELIGIBLE,
        ApplicationWithdrawn: Stage.WITHDRAWN,
        AssessmentSubmitted: Stage.ASSESSED,
        DecisionMade: Stage.DECIDED,
        OfferMade: Stage.OFFERED,
        OfferAccepted: Stage.ACCEPTED,
        OfferDeclined: Stage.OFFER_DECLINED,
        OfferLapsed: Stage.LAPSED,
        OfferWithdrawn: Stage.OFFER_WITHDRAWN,
        ReserveListed: Stage.RESERVE,
        ApplicationDeclined: Stage.DECLINED,
        PlaceConfirmed: Stage.CONFIRMED,
        PlaceGivenUp: Stage.GIVEN_UP,
    }
)
MOVES_AN_APPLICATION: Final = frozenset({*LEADS_TO, ApplicationReinstated})


class Progress(Part):
    """Where an application stands, and the furthest it has ever come on the way to a place."""

    stage: Stage = Stage.STARTED
    furthest: Stage = Stage.STARTED
    withdrawn_from: Stage | None = None

    def came_to(self, stage: Stage) -> bool:
        """Whether it ever came as far as this stage of the way."""
        return WAY.index(self.furthest) >= WAY.index(stage)

    def after(self, event: Event) -> Self:
        """The progress once something has happened to the application."""
        stage = self._stage_after(event)
        if stage is Stage.WITHDRAWN and self.stage is not Stage.WITHDRAWN:
            return self.but(stage=stage, withdrawn_from=self.stage)
        further = stage in WAY and not self.came_to(stage)
        return self.but(stage=stage, furthest=stage if further else self.furthest)

    def _stage_after(self, event: Event) -> Stage:
        if isinstance(event, ApplicationReinstated):
            return self._where_it_goes_on()
        if isinstance(event, AssessmentSubmitted) and self.stage is not Stage.ELIGIBLE:
            return self.stage  # a later assessment moves nothing
        return LEADS_TO.get(type(event), self.stage)

    def _where_it_goes_on(self) -> Stage:
        """A withdrawn application goes on where it stood, but an offer or a place is gone."""
        if self.stage is not Stage.WITHDRAWN or self.withdrawn_from is None:
            return self.stage
        return self.withdrawn_from if self.withdrawn_from in BEFORE_RELEASE else Stage.DECIDED
