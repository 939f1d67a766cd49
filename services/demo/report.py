"""What a person wants to see at the end of the demonstration, read from the read models."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from services.demo.director import Director
from services.engines.addresses import Engines
from services.engines.connecting import connect
from services.importing import Report
from services.notices.ledger import counted_by_template
from services.operations.status import Look

STEPS = (
    "submitted", "eligible", "offered", "accepted", "on_the_cohort", "paired",
    "training_completed", "projects", "completed_pairings", "continuing",
)  # fmt: skip

WAITS_LONGEST = "repairing.first"
GO_THROUGH = ("relay", "worker", "read model")  # the log, in this order


@dataclass(frozen=True)
class StoryEnd:
    """What the story leaves behind: the cohort, its matching run, and the import's report."""

    cohort: str
    run: str
    imported: Report


async def report(director: Director, outcome: StoryEnd) -> list[str]:
    """The funnel, the pairs and why, attendance, projects, in lines of plain text."""
    cohort = outcome.cohort
    people = {row["person_id"]: row["full_name"] for row in await director.rows("people")}
    (board,) = await director.rows("cohort_board", cohort_id=cohort)
    pairs = await director.rows("pairing_board", cohort_id=cohort)
    workshops = await director.rows("workshop_register", cohort_id=cohort)
    projects = await director.rows("project_shelf", cohort_id=cohort)
    return [
        *_funnel(board),
        *_pairs(pairs, people),
        *_attendance(sorted(workshops, key=lambda row: row["number"])),
        *_projects(projects),
    ]


def _funnel(board: dict[str, Any]) -> Iterator[str]:
    yield ""
    yield f"The cohort “{board['title']}” ({board['state']})"
    yield f"  {'':<22}{'patient leaders':>16}{'healthcare leaders':>20}"
    for step in STEPS:
        left, right = board["patient_leaders"][step], board["healthcare_leaders"][step]
        yield f"  {step.replace('_', ' '):<22}{left:>16}{right:>20}"


def _pairs(rows: list[dict[str, Any]], people: dict[str, str]) -> Iterator[str]:
    yield ""
    yield "The pairs, and why they were matched"
    for row in rows:
        both = f"{people[row['patient_leader_id']]} and {people[row['healthcare_leader_id']]}"
        yield f"  {both} ({row['state']})"
        yield f"      {_why(row['reasons'])}"


def _why(reasons: list[dict[str, Any]]) -> str:
    """The points that spoke for a pair; who asked for a new partner simply comes first."""
    points = [one for one in reasons if one["code"] != WAITS_LONGEST]
    words = [f"{one['code']} {one['points']:+}" for one in points]
    first = ["asked for a new partner, and so came first"] if len(points) < len(reasons) else []
    return ", ".join([*words, *first]) or "nothing in common yet"


def _attendance(rows: list[dict[str, Any]]) -> Iterator[str]:
    yield ""
    yield "The workshops"
    for row in rows:
        states = Counter(place["state"] for place in row["places"])
        counts = ", ".join(f"{number} {state}" for state, number in sorted(states.items()))
        off = " (cancelled)" if row["state"] == "cancelled" else ""
        yield f"  {row['number']}. {row['title']}{off}: {counts}"


def _projects(rows: list[dict[str, Any]]) -> Iterator[str]:
    yield ""
    yield "The projects"
    for row in rows:
        moved = sum(len(one["old_days"]) for one in row["milestones"])
        later = f", {moved} moved" if moved else ""
        yield (
            f"  {row['title']} ({row['state']}), hosted by {row['host_name']}: "
            f"{row['confirmed']} of {row['planned']} milestones confirmed{later}"
        )


def notices(engines: Engines) -> list[str]:
    """How many messages of each kind went out, and what became of them."""
    with connect(engines.programme["console"]) as connection:
        rows = counted_by_template(connection)
    total = sum(number for _, _, number in rows)
    lines = [f"  {number:>4}  {template} ({state})" for template, state, number in rows]
    return ["", f"The messages to people ({total})", *lines]


def positions(seen: Look) -> list[str]:
    """Log, stream and read models at one position, or a line that says they are not."""
    reached = {one.name: one.position for one in seen.places if one.kind in GO_THROUGH}
    if seen.is_level:
        names = ", ".join(reached)
        return ["", f"Log, stream and all workers are at position {seen.head} ({names})."]
    return ["", f"NOT at one position: log {seen.head}, {reached}"]
