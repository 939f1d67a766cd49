"""What of the log of what is told in confidence stands in the programme's own."""

from typing import Annotated, ClassVar

from pydantic import Field

from events.event import Event
from events.ids import ProgrammeId
from events.terms import Moment

HeadDigest = Annotated[str, Field(pattern=r"^[0-9a-f]{32}$", examples=["0" * 32])]


class ConcernsHeadNoted(Event):
    """At a fixed hour of each day it is noted where the log of what is told in confidence ends,
    whether or not anything has happened; so nobody takes anything out of it unseen.
    """

    name: ClassVar = "concerns.head-noted"
    programme_id: ProgrammeId
    hour: Moment
    digest: HeadDigest
