"""That something may be lacking on which people count, since a worker can't take an event in.

Which event that is, and why, stands with its worker. Here is only what may be lacking, and in which
cohort, so that nobody learns whom that event is about.
"""

from typing import ClassVar

from events.event import Event
from events.ids import CohortId, TroubleId
from events.terms import Lack


class TroubleNoted(Event):
    """Something may be lacking in a cohort, or beside all: a worker can't take an event in."""

    name: ClassVar = "trouble.noted"
    trouble_id: TroubleId
    cohort_id: CohortId | None = None
    lacks: Lack


class TroubleSettled(Event):
    """All that could not be taken in is taken in, or whoever runs the system gave it up."""

    name: ClassVar = "trouble.settled"
    trouble_id: TroubleId
    cohort_id: CohortId | None = None
