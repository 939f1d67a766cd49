"""What waits for the team in the middle of the story: listed once, and one of it done."""

from datetime import date
from typing import Any, Final

from domain.notice import nhs_date
from domain.tasks.doing import HowDone
from events.needs import Kind
from projections.tasks import TaskState
from services.demo.director import Director

OPEN: Final = (TaskState.OPEN, TaskState.TAKEN)


async def look_after(director: Director, cohort: str) -> None:
    """The coordinator looks at what waits, and rings somebody who did not answer their offer. What
    else waits goes by itself, once it is done.
    """
    waiting = await _open(director, cohort)
    director.tells(f"{len(waiting)} tasks wait for the team")
    for row in waiting:
        day = nhs_date(date.fromisoformat(row["day"]))
        director.narration.say(f"           by {day}, {row['owner']}: {row['says']}")
    silent = next((row for row in waiting if row["need"] == Kind.LAPSED), None)
    if silent is None:
        return
    await director.do("task.take", {"task_id": silent["key"]})
    done = {"task_id": silent["key"], "how": HowDone.SPOKE.value}
    await director.do("task.done", done)
    left = await _open(director, cohort)
    director.tells(f"The coordinator rings who was silent, says so, and {len(left)} are left")


async def _open(director: Director, cohort: str) -> list[dict[str, Any]]:
    await director.settle()
    rows = await director.rows("tasks", cohort_id=cohort)
    found = [row for row in rows if row["state"] in OPEN]
    return sorted(found, key=lambda row: (row["day"], row["key"]))
