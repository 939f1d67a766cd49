"""What has happened to an application, from the first draft to the panel's table."""

from typing import Annotated, ClassVar

from pydantic import Field

from events.event import Event
from events.ids import ApplicationId, CohortId, PersonId
from events.personal import Personal, PersonalWords
from events.terms import (
    Area,
    Background,
    Code,
    Day,
    OdsCode,
    Profession,
    Side,
    Standing,
    Theme,
    Travel,
    Value,
)


class Profile(Value):
    """What matching may know of an applicant: codes only, so that no one is found by them."""

    area: Area
    themes: tuple[Theme, ...] = ()
    days: tuple[Day, ...] = ()
    travel: Travel = Travel.LOCAL
    background: Background | None = None
    standing: Standing | None = None
    profession: Profession | None = None
    employer: OdsCode | None = None


class ApplicationStarted(Event):
    """Somebody has begun to apply, from one side."""

    name: ClassVar = "application.started"
    application_id: ApplicationId
    cohort_id: CohortId
    person_id: PersonId
    side: Side


class ApplicationSubmitted(Event):
    """An application is complete and handed in; `experiences` counts what the words tell of.

    Who has no leadership experience to tell of (0) may leave out the words on it.
    """

    name: ClassVar = "application.submitted"
    application_id: ApplicationId
    cohort_id: CohortId
    person_id: PersonId
    side: Side
    profile: Profile
    experiences: Annotated[int, Field(ge=0, le=50)]
    interest: Annotated[PersonalWords, Personal(of="person_id")]
    leadership: Annotated[PersonalWords | None, Personal(of="person_id")] = None
    wishes: Annotated[PersonalWords | None, Personal(of="person_id")] = None


class EligibilityConfirmed(Event):
    """An application meets what the programme asks, and goes to the assessors."""

    name: ClassVar = "application.eligibility-confirmed"
    application_id: ApplicationId
    cohort_id: CohortId
    person_id: PersonId
    side: Side


class EligibilityFailed(Event):
    """An application does not meet what the programme asks, for reasons the person is shown."""

    name: ClassVar = "application.eligibility-failed"
    application_id: ApplicationId
    cohort_id: CohortId
    person_id: PersonId
    side: Side
    reasons: tuple[Code, ...]


class ApplicationWithdrawn(Event):
    """An applicant takes their application back."""

    name: ClassVar = "application.withdrawn"
    application_id: ApplicationId
    cohort_id: CohortId
    person_id: PersonId
    side: Side
    reason: Code


class ApplicationReinstated(Event):
    """A coordinator lets a withdrawn application go on, for a reason."""

    name: ClassVar = "application.reinstated"
    application_id: ApplicationId
    cohort_id: CohortId
    person_id: PersonId
    side: Side
    reason: Code
