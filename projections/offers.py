"""Whose answer to an offer is waited for, or whose employer's, and until when.

A row begins with the offer, so none tells of a panel before the release.
"""

from collections.abc import Iterable, Mapping
from datetime import date, datetime
from enum import StrEnum
from types import MappingProxyType
from typing import Any, Final

from events.applications import ApplicationWithdrawn
from events.catalogue import Recorded
from events.event import Event
from events.ids import ApplicationId, CohortId, PersonId
from events.offers import (
    EmployerAwaited,
    EmployerReleaseConfirmed,
    EmployerReleaseLost,
    EmployerSilent,
    OfferAccepted,
    OfferDayChanged,
    OfferDeclined,
    OfferLapsed,
    OfferMade,
    OfferWithdrawn,
    PlaceConfirmed,
    PlaceGivenBack,
    PlaceGivenUp,
    PlaceUnconfirmed,
)
from events.terms import Side
from projections.projection import Projection, Row
from projections.stages import LEADS_TO, ApplicantStage


class WaitsFor(StrEnum):
    """Who has to say something before the place is taken, or free again."""

    ANSWER = "their-answer"
    EMPLOYER = "their-employer"
    SILENT_EMPLOYER = "their-silent-employer"
    NOBODY = "nobody"


THEN: Final[Mapping[type[Event], WaitsFor]] = MappingProxyType(
    {
        OfferMade: WaitsFor.ANSWER,
        EmployerAwaited: WaitsFor.EMPLOYER,
        EmployerSilent: WaitsFor.SILENT_EMPLOYER,
        EmployerReleaseLost: WaitsFor.EMPLOYER,
        PlaceUnconfirmed: WaitsFor.EMPLOYER,
        **dict.fromkeys(
            (
                OfferAccepted,
                OfferDeclined,
                OfferLapsed,
                OfferWithdrawn,
                EmployerReleaseConfirmed,
                PlaceConfirmed,
                PlaceGivenUp,
                PlaceGivenBack,
                ApplicationWithdrawn,
            ),
            WaitsFor.NOBODY,
        ),
    }
)
"""For whom is waited after each fact."""
OF_CONCERN: Final = frozenset({*THEN, OfferDayChanged})


class OfferRow(Row):
    """One application to which a place was offered: where it `stands`, for whom is waited, and
    `until` the end of which day, if there is one.
    """

    application_id: ApplicationId
    cohort_id: CohortId
    person_id: PersonId
    side: Side
    stands: ApplicantStage = ApplicantStage.OFFERED
    waits_for: WaitsFor = WaitsFor.ANSWER
    until: date | None = None
    offered_at: datetime
    accept_by: date


def keys(event: Any) -> Iterable[str]:
    """The application that a fact is about."""
    return (event.application_id,) if type(event) in OF_CONCERN else ()


def offers(row: OfferRow | None, fact: Recorded[Any], key: str) -> OfferRow | None:
    """The offer after one more fact; none before there is one."""
    event = fact.event
    if isinstance(event, OfferMade):
        return _made(fact, event)
    if row is None:
        return None
    if isinstance(event, OfferDayChanged):
        return row.after(fact, accept_by=event.accept_by, until=event.accept_by)
    stands = LEADS_TO.get(type(event), row.stands)
    until = event.answer_by if isinstance(event, EmployerAwaited) else None
    return row.after(fact, stands=stands, waits_for=THEN[type(event)], until=until)


def _made(fact: Recorded[Any], event: OfferMade) -> OfferRow:
    return OfferRow(
        position=fact.envelope.position,
        application_id=event.application_id,
        cohort_id=event.cohort_id,
        person_id=event.person_id,
        side=event.side,
        until=event.accept_by,
        offered_at=fact.envelope.time,
        accept_by=event.accept_by,
    )


OFFERS: Final = Projection(
    name="offers",
    version=1,
    question="Whose answer to an offer is waited for, or whose employer's, and until when?",
    row=OfferRow,
    keys=keys,
    fold=offers,
    found_by=("person_id", "cohort_id"),
)
