"""Where the log of what is told in confidence ends, as it is noted in the programme's own."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import ClassVar, Final

from domain.decision import Act, Command, Decides, Know, Knowledge, Refusal, TooEarly, learns
from events.event import Event
from events.heads import ConcernsHeadNoted, HeadDigest
from events.ids import PROGRAMME, ProgrammeId
from events.terms import ProgrammeMoment, Role, System

APART: Final = timedelta(hours=6)
"""From one fixed hour to the next, from midnight UTC on."""


def fixed_hour(moment: datetime) -> datetime:
    """The last fixed hour at a moment."""
    midnight = moment.astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    return midnight + (moment - midnight) // APART * APART


@dataclass
class HeadsNoted(Knowledge):
    """The last fixed hour for which it was noted."""

    unopened: ClassVar = True
    programme_id: ProgrammeId | None
    last: datetime | None = None

    @property
    def tags(self) -> tuple[str | None, ...]:
        return (self.programme_id,)

    @learns(ConcernsHeadNoted)
    def noted(self, event: ConcernsHeadNoted) -> None:
        self.last = event.hour


class NoFixedHour(Refusal):
    """It is noted at the fixed hours of a day alone, so that it tells nothing."""

    code = "concerns.no-fixed-hour"


class HourNotCome(TooEarly):
    """That hour has not come yet."""

    code = "concerns.hour-not-come"


class NoteHead(Command, Decides[HeadsNoted]):
    """At each fixed hour it is noted where the log of what is told in confidence ends, whether or
    not anything has happened.
    """

    name: ClassVar = "concerns.note-head"
    roles: ClassVar = frozenset({Role.SYSTEM})
    systems: ClassVar = frozenset({System.SAFEGUARDING})
    hour: ProgrammeMoment
    digest: HeadDigest

    def needs(self, know: Know) -> tuple[HeadsNoted]:
        return (know(HeadsNoted(PROGRAMME)),)

    def decide(self, act: Act, noted: HeadsNoted) -> Iterator[Event]:
        if fixed_hour(self.hour) != self.hour:
            raise NoFixedHour
        if self.hour > act.time:
            raise HourNotCome
        if noted.last is None or noted.last < self.hour:
            yield ConcernsHeadNoted(programme_id=PROGRAMME, hour=self.hour, digest=self.digest)
