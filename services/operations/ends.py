"""What others have taken in of a log, held against where it ends: only they tell of an end that is
lost, for what is left of such a log is as it should be.
"""

from typing import Final

from services.operations.checking import WrongState
from services.operations.status import Look
from services.operations.troubles import apart

NO_STREAM: Final = "There is no stream: `leading-together provision` makes it."
WHOLE_TO_ITS_END: Final = "everywhere.whole-to-its-end"
SHORTENED: Final = (
    "The log ends before a place to which others have come, or has another event there: its last"
    " events were lost or changed."
)


def lost_end(seen: Look) -> list[WrongState]:
    """The state in which the log's end is lost, if the stream or a worker's place says so."""
    differs = apart(seen)
    if not differs:
        return []
    return [WrongState(WHOLE_TO_ITS_END, (), SHORTENED, tuple(differs), ())]


def not_seen(seen: Look) -> str | None:
    """What kept us from holding the log against its stream and the places; None if nothing did."""
    fault = next(iter(seen.faults.values()), None)
    if fault:
        return fault.problem
    return None if seen.bus and seen.bus.stream else NO_STREAM
