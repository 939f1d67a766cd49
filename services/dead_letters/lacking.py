"""What may be lacking while dead letters are left as they are, so that the team hears of it: which
worker or read model can't take them in tells it, and their cohort. The scheduler asks for it.
"""

from collections.abc import Collection, Mapping
from datetime import datetime, timedelta
from typing import Any, Final, NamedTuple

import psycopg

from events.catalogue import decode
from events.ids import CohortId, TroubleId
from events.terms import Lack
from events.troubles import TroubleNoted, TroubleSettled
from projections.agenda import AGENDA
from services.dead_letters.parking import untouched
from services.log.log import ids_at, last_of_each

LEFT_FOR: Final = timedelta(minutes=5)  # whoever runs the system may mend it before anybody hears
LACKS: Final[Mapping[str, Lack]] = {
    "notifier": Lack.MESSAGE,
    "policies": Lack.NEXT_STEP,
    AGENDA.name: Lack.NEXT_STEP,  # what is due is asked for by it
}
"""What lacks if a worker or read model can't take something in; else it is a list."""


class Lacking(NamedTuple):
    """What may be lacking, in which cohort if in one."""

    lacks: Lack
    cohort: CohortId | None

    @property
    def data(self) -> dict[str, Any]:
        """What is said of it at the door."""
        cohort = {"cohort_id": str(self.cohort)} if self.cohort else {}
        return {"lacks": self.lacks.value, **cohort}


def lacking(connection: psycopg.Connection, hidden: Collection[str]) -> dict[Lacking, datetime]:
    """All that may be lacking, but for what builds lack that are `hidden`: each with the moment
    since when some of it was left as it is.
    """
    found: dict[Lacking, datetime] = {}
    open_letters = untouched(connection, hidden)
    of = (
        ids_at(connection, CohortId, [one.position for one in open_letters]) if open_letters else {}
    )
    for one in open_letters:
        lacks = LACKS.get(one.reader, Lack.LIST)
        for cohort in of.get(one.position) or (None,):
            what = Lacking(lacks, cohort)
            found[what] = min(one.since, found.get(what, one.since))
    return found


def noted_lacking(connection: psycopg.Connection) -> dict[Lacking, datetime]:
    """What the log has as lacking, each with the moment at which that was recorded."""
    rows = last_of_each(connection, TroubleId, (TroubleNoted, TroubleSettled))
    facts = [decode(one.document) for one in rows]
    return {
        Lacking(one.event.lacks, one.event.cohort_id): one.envelope.recorded
        for one in facts
        if isinstance(one.event, TroubleNoted)
    }
