"""What has happened to an expression of interest, which comes before any application."""

from typing import Annotated, ClassVar

from events.event import Event
from events.ids import CohortId, PersonId
from events.personal import Closed, ForRules, Personal, Words
from events.terms import Code, Side


class InterestExpressed(Event):
    """Somebody would like to know more, or to help."""

    name: ClassVar = "interest.expressed"
    person_id: PersonId
    side: Side | None = None
    heard_through: Annotated[Closed[Code] | None, ForRules(of="person_id")] = None
    words: Annotated[Closed[Words] | None, Personal(of="person_id", even=512)] = None


class InvitedToApply(Event):
    """Somebody who is interested was told that they can apply for a cohort."""

    name: ClassVar = "interest.invited-to-apply"
    person_id: PersonId
    cohort_id: CohortId


class InterestWithdrawn(Event):
    """Somebody is not interested any more."""

    name: ClassVar = "interest.withdrawn"
    person_id: PersonId
