"""What somebody is to the programme, as their journey shows it."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final, Literal, cast

from events.applications import (
    ApplicationReinstated,
    ApplicationStarted,
    ApplicationWithdrawn,
    EligibilityConfirmed,
    EligibilityFailed,
)
from events.assessments import AssessorAppointed
from events.event import Event
from events.ids import CohortId
from events.interest import InterestExpressed, InterestWithdrawn
from events.offers import (
    ApplicationDeclined,
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
from events.roles import RoleGranted, RoleWithdrawn
from projections.projection import Part

Name = Literal[
    "interested",
    "applicant",
    "participant",
    "assessor",
    "facilitator",
    "coordinator",
    "co-chair",
    "host",
    "importer",
    "safeguarding-lead",
]


class HeldRole(Part):
    """A role that somebody has on a cohort, or on all; interest is in the programme as a whole."""

    role: Name
    cohort_id: CohortId | None = None


TAKES_ON: Final[Mapping[type[Event], Name]] = MappingProxyType(
    {
        InterestExpressed: "interested",
        ApplicationStarted: "applicant",
        EligibilityConfirmed: "applicant",
        ApplicationReinstated: "applicant",
        OfferMade: "applicant",
        ReserveListed: "applicant",
        PlaceGivenBack: "applicant",
        PlaceUnconfirmed: "applicant",
        PlaceConfirmed: "participant",
        AssessorAppointed: "assessor",
    }
)
LAYS_DOWN: Final[Mapping[type[Event], tuple[Name, ...]]] = MappingProxyType(
    {
        InterestWithdrawn: ("interested",),
        EligibilityFailed: ("applicant",),
        ApplicationWithdrawn: ("applicant", "participant"),
        ApplicationDeclined: ("applicant",),
        OfferDeclined: ("applicant",),
        OfferLapsed: ("applicant",),
        OfferWithdrawn: ("applicant",),
        PlaceConfirmed: ("applicant",),
        PlaceGivenUp: ("applicant", "participant"),
        PlaceUnconfirmed: ("participant",),
        ReserveEnded: ("applicant",),
    }
)


CHANGES: Final = frozenset({*TAKES_ON, *LAYS_DOWN, RoleGranted, RoleWithdrawn})


def roles_after(before: tuple[HeldRole, ...], event: Event) -> tuple[HeldRole, ...]:
    """The roles of the person whom a fact is about, once it has happened."""
    if type(event) not in CHANGES:
        return before
    cohort_id = getattr(event, "cohort_id", None)
    down, taken = LAYS_DOWN.get(type(event), ()), TAKES_ON.get(type(event))
    if isinstance(event, RoleWithdrawn):
        down = (cast("Name", event.role.value),)
    elif isinstance(event, RoleGranted):
        taken = cast("Name", event.role.value)
    gone = [HeldRole(role=name, cohort_id=cohort_id) for name in down]
    kept = tuple(role for role in before if role not in gone)
    role = HeldRole(role=taken, cohort_id=cohort_id) if taken else None
    return kept if role is None or role in kept else (*kept, role)
