"""When letters go: what is urgent at once, all else by day, and together with what is due then."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from events.calendar import LONDON, at, local_day

GATHERED: Final = timedelta(minutes=15)
MORNING, EVENING = 8, 20  # hours in London between which letters go that are not urgent


@dataclass(frozen=True)
class Hours:
    """Whether letters that are not urgent wait at all."""

    wait: bool

    def goes_at(self, now: datetime, *, urgent: bool) -> datetime:
        """When what falls due now may go: at the end of this quarter of an hour, with all that
        falls due in it, or in the morning. UTC.
        """
        if urgent or not self.wait:
            return now
        end = now + GATHERED - timedelta(seconds=now.timestamp() % GATHERED.total_seconds())
        if not _is_night(end):
            return end
        day = local_day(end)
        after = day + timedelta(days=1) if end.astimezone(LONDON).hour >= EVENING else day
        return at(after, MORNING)

    def only_urgent(self, now: datetime) -> bool:
        """Whether nothing else may go now, whenever it fell due."""
        return self.wait and _is_night(now)


def _is_night(moment: datetime) -> bool:
    return not MORNING <= moment.astimezone(LONDON).hour < EVENING
