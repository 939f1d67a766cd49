"""What has happened to what somebody told in confidence. It stands in a log of its own, which is
never relayed; all but the id of the case is sealed for those who look after it.
"""

from typing import Annotated, ClassVar

from events.event import Event
from events.ids import ConcernId, PersonId
from events.personal import Closed, InConfidence, OfCase, Words
from events.terms import ConcernDecision, LeadHeard

By = Annotated[Closed[dict[str, str]] | None, OfCase(of="concern_id", even=1024, always=True)]
Whom = Annotated[Closed[PersonId] | None, InConfidence(of="concern_id", always=True)]


class ConcernRaised(Event):
    """Somebody is worried about somebody, and told us in confidence.

    `about` is whom, if they are known here by then; `raised_by` who told us, None of a newcomer;
    `raised_for` whose worry it is, if somebody of the team wrote it down for them.
    """

    name: ClassVar = "concern.raised"
    veiled: ClassVar = True
    concern_id: ConcernId
    about: Whom = None
    raised_by: Whom = None
    raised_for: Whom = None
    words: Annotated[Closed[Words], OfCase(of="concern_id", even=4096)]
    by: By = None


class ConcernRead(Event):
    """Somebody read it: a safeguarding lead, or who told it, as far as it is theirs."""

    name: ClassVar = "concern.read"
    veiled: ClassVar = True
    concern_id: ConcernId
    read_by: Whom = None
    by: By = None


class ConcernDecided(Event):
    """A safeguarding lead decided, in words of their own if need be. `about` is whom it turned out
    to be about, where that was not known before.
    """

    name: ClassVar = "concern.decided"
    veiled: ClassVar = True
    concern_id: ConcernId
    about: Whom = None
    decision: Annotated[Closed[ConcernDecision], InConfidence(of="concern_id")]
    note: Annotated[Closed[Words] | None, OfCase(of="concern_id", even=4096, always=True)] = None
    by: By = None


class ConcernLeadTold(Event):
    """A safeguarding lead was written to, at once, that there is something to look at, and no more;
    or can't be: then they see it when they look.
    """

    name: ClassVar = "concern.lead-told"
    veiled: ClassVar = True
    concern_id: ConcernId
    lead_id: Whom = None
    heard: Annotated[Closed[LeadHeard], InConfidence(of="concern_id")]
    by: By = None
