"""What has happened to an application, from the first draft to the panel's table."""

from typing import Annotated, ClassVar

from pydantic import Field

from events.cohorts import Digest
from events.event import Event
from events.ids import ApplicationId, CohortId, ImportId, PersonId
from events.personal import Closed, ForRules, Personal, Words
from events.terms import (
    Area,
    Background,
    Code,
    Day,
    Moment,
    OdsCode,
    Profession,
    Side,
    Standing,
    Theme,
    Travel,
    Value,
)

Experiences = Annotated[int, Field(ge=0, le=50)]
OfTheWords = Annotated[Closed[Digest] | None, ForRules(of="person_id", even=128, always=True)]
"""What rules may know of words that they may not read: by it they see whether these are the same.

It is sealed for the person, so it tells nobody else which words they were, and falls with them.
None, where nobody counted it: then whatever comes is something else.
"""


HandedInAt = Annotated[Closed[Moment] | None, ForRules(of="person_id")]
"""When it was handed in, by which the newer word counts; None, if nobody noted it."""


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
    """Somebody has begun to apply, from one side; with an import, if it came with one."""

    name: ClassVar = "application.started"
    application_id: ApplicationId
    cohort_id: CohortId
    person_id: PersonId
    side: Side
    import_id: ImportId | None = None


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
    words_digest: OfTheWords = None
    handed_in_at: HandedInAt = None


class ApplicationAmended(Event):
    """An application that was handed in says something else now; this is all that it says.

    It is looked at again, and what assessors found of what it said before does not count.
    """

    name: ClassVar = "application.amended"
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
    words_digest: OfTheWords = None
    handed_in_at: HandedInAt = None
    import_id: ImportId | None = None


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
    """An applicant takes their application back; or it goes with an import that was a mistake."""

    name: ClassVar = "application.withdrawn"
    application_id: ApplicationId
    cohort_id: CohortId
    person_id: PersonId
    side: Side
    reason: Annotated[Closed[Code], ForRules(of="person_id")]
    import_id: ImportId | None = None


class ApplicationReinstated(Event):
    """A coordinator lets a withdrawn application go on, for a reason."""

    name: ClassVar = "application.reinstated"
    application_id: ApplicationId
    cohort_id: CohortId
    person_id: PersonId
    side: Side
    reason: Annotated[Closed[Code], ForRules(of="person_id")]
