"""Sends what a file asks for through the door, so that sending it again changes nothing.

What a row says has command ids that derive from the person, the cohort and the row's own time. So
a second run repeats and never redoes: it does not bring back a consent, an application or a wish
that was withdrawn or changed since. Only who somebody is, is asked for anew each time.
"""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final
from uuid import uuid4

import nats.errors
from nats.aio.client import Client

from events.ids import CohortId, CommandId, PersonId
from events.terms import Role
from services.asking import BUSY, ask
from services.importing.examining import Examined, examine
from services.importing.report import Line, Outcome, Report
from services.importing.submission import Submission
from services.requests import Reply

ACTOR: Final = "system:import"
REASON: Final = "import.form-timestamp"
IN_FLIGHT: Final = 16
TRIES, PAUSE = 3, 0.5
Progress = Callable[[int, int], None]


async def import_applications(
    client: Client,
    path: Path,
    cohort_id: CohortId,
    progress: Progress = lambda done, total: None,
) -> Report:
    """Check every row of a file, then send those that can be sent; what became of each.

    Raises NotATable, before anything is sent, if the file holds no rows of the form. `progress`
    hears how many rows of how many are done. Cancelled or killed at any point, a second run
    completes what is missing and repeats nothing.
    """
    examined = await asyncio.to_thread(examine, path)
    return await Sending(client, cohort_id, examined, progress).run()
