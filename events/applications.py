"""What has happened to an application, from the first draft to the panel's table."""

from typing import Annotated, ClassVar

from pydantic import Field

from events.event import Event
from events.ids import ApplicationId, CohortId, PersonId
from events.personal import Closed, ForRules, Personal, Words
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

Experiences = Annotated[int, Field(ge=0, le=50)]


class Profile(Value):
    """What matching may know of an applicant: codes, by which most people are alone in a crowd."""

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
    profile: Annotated[Closed[Profile], ForRules(of="person_id", even=1024)]
    experiences: Annotated[Closed[Experiences], ForRules(of="person_id")]
    interest: Annotated[Closed[Words], Personal(of="person_id", even=512)]
    leadership: Annotated[Closed[Words] | None, Personal(of="person_id", even=512, always=True)] = (
        None
    )
    wishes: Annotated[Closed[Words] | None, Personal(of="person_id", even=512, always=True)] = None


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
    reasons: Annotated[Closed[tuple[Code, ...]], ForRules(of="person_id", even=256)]


class ApplicationWithdrawn(Event):
    """An applicant takes their application back."""

    name: ClassVar = "application.withdrawn"
    application_id: ApplicationId
    cohort_id: CohortId
    person_id: PersonId
    side: Side
    reason: Annotated[Closed[Code], ForRules(of="person_id")]


class ApplicationReinstated(Event):
    """A coordinator lets a withdrawn application go on, for a reason."""

    name: ClassVar = "application.reinstated"
    application_id: ApplicationId
    cohort_id: CohortId
    person_id: PersonId
    side: Side
    reason: Annotated[Closed[Code], ForRules(of="person_id")]
