"""How far an application has come, as the cohort's board and the assessors' queue both show it."""

from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType
from typing import Final, Self

from events.applications import (
    ApplicationAmended,
    ApplicationReinstated,
    ApplicationStarted,
    ApplicationSubmitted,
    ApplicationWithdrawn,
    EligibilityConfirmed,
    EligibilityFailed,
)
from events.event import Event
from events.offers import (
    ApplicationDeclined,
    OfferAccepted,
    OfferDeclined,
    OfferLapsed,
    OfferMade,
    OfferWithdrawn,
    PlaceConfirmed,
    PlaceGivenBack,
    PlaceGivenUp,
    PlaceUnconfirmed,
    ReserveEnded,
    ReserveListed,
)
from projections.projection import Part


class ApplicantStage(StrEnum):
    """Where an application stands, as far as others than the panel can tell."""

    STARTED = "started"
    SUBMITTED = "submitted"
    ELIGIBLE = "eligible"
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
    NOT_REACHED = "not-reached"


WAY: Final = tuple(ApplicantStage)[: list(ApplicantStage).index(ApplicantStage.CONFIRMED) + 1]
BEFORE_RELEASE: Final = frozenset(
    {*WAY[: WAY.index(ApplicantStage.ELIGIBLE) + 1], ApplicantStage.INELIGIBLE}
)

LEADS_TO: Final[Mapping[type[Event], ApplicantStage]] = MappingProxyType(
    {
        ApplicationStarted: ApplicantStage.STARTED,
        ApplicationSubmitted: ApplicantStage.SUBMITTED,
        ApplicationAmended: ApplicantStage.SUBMITTED,
        EligibilityConfirmed: ApplicantStage.ELIGIBLE,
        EligibilityFailed: ApplicantStage.INELIGIBLE,
        ApplicationWithdrawn: ApplicantStage.WITHDRAWN,
        OfferMade: ApplicantStage.OFFERED,
        OfferAccepted: ApplicantStage.ACCEPTED,
        OfferDeclined: ApplicantStage.OFFER_DECLINED,
        OfferLapsed: ApplicantStage.LAPSED,
        OfferWithdrawn: ApplicantStage.OFFER_WITHDRAWN,
        ReserveListed: ApplicantStage.RESERVE,
        ApplicationDeclined: ApplicantStage.DECLINED,
        PlaceConfirmed: ApplicantStage.CONFIRMED,
        PlaceGivenUp: ApplicantStage.GIVEN_UP,
        PlaceGivenBack: ApplicantStage.ACCEPTED,
        PlaceUnconfirmed: ApplicantStage.ACCEPTED,
        ReserveEnded: ApplicantStage.NOT_REACHED,
    }
)
MOVES_AN_APPLICATION: Final = frozenset({*LEADS_TO, ApplicationReinstated})


class ApplicantProgress(Part):
    """Where an application stands, and the furthest it has ever come on the way to a place."""

    stage: ApplicantStage = ApplicantStage.STARTED
    furthest: ApplicantStage = ApplicantStage.STARTED
    withdrawn_from: ApplicantStage | None = None

    def came_to(self, stage: ApplicantStage) -> bool:
        """Whether it ever came as far as this stage of the way."""
        return WAY.index(self.furthest) >= WAY.index(stage)

    def after(self, event: Event) -> Self:
        """The progress once something has happened to the application."""
        stage = self._stage_after(event)
        if stage is ApplicantStage.WITHDRAWN and self.stage is not ApplicantStage.WITHDRAWN:
            return self.but(stage=stage, withdrawn_from=self.stage)
        further = stage in WAY and not self.came_to(stage)
        return self.but(stage=stage, furthest=stage if further else self.furthest)

    def _stage_after(self, event: Event) -> ApplicantStage:
        if isinstance(event, ApplicationReinstated):
            return self._where_it_goes_on()
        return LEADS_TO.get(type(event), self.stage)

    def _where_it_goes_on(self) -> ApplicantStage:
        """A withdrawn application goes on where it stood, but an offer or a place is gone."""
        if self.stage is not ApplicantStage.WITHDRAWN or self.withdrawn_from is None:
            return self.stage
        before = self.withdrawn_from in BEFORE_RELEASE
        return self.withdrawn_from if before else ApplicantStage.ELIGIBLE
