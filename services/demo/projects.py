"""The fifth part of the story: what the pairs improve, step by step."""

from datetime import date
from typing import Any

from events.terms import Theme
from services.demo.contacts import ask_hosts
from services.demo.director import Director

TITLES = (
    ("What patients would like their doctor to hear", Theme.APPRAISAL),
    ("A welcome desk run by carers", Theme.CARERS),
    ("Going home on a Friday", Theme.DISCHARGE),
    ("Letters that everybody can read", Theme.ACCESS),
    ("Waiting well: support before an appointment", Theme.MENTAL_HEALTH),
    ("Our clinic, seen from a wheelchair", Theme.ACCESS),
    ("A buddy for each new diagnosis", Theme.LONG_TERM_CONDITIONS),
    ("Online when you wish, in person when you need", Theme.DIGITAL),
    ("Research questions that patients ask", Theme.RESEARCH),
    ("Tea and talk on the ward", Theme.OLDER_PEOPLE),
    ("Health checks that are easy to follow", Theme.LEARNING_DISABILITY),
)
HOSTS = (
    ("RH8", "Royal Devon University Healthcare NHS Foundation Trust"),
    ("REF", "Royal Cornwall Hospitals NHS Trust"),
    ("RA7", "University Hospitals Bristol and Weston NHS Foundation Trust"),
    ("RHM", "University Hospital Southampton NHS Foundation Trust"),
    ("RVV", "East Kent Hospitals University NHS Foundation Trust"),
)


async def propose_projects(director: Director, cohort: str) -> None:
    """Each pair says what it wants to improve, finds a host, and plans its milestones."""
    await director.day(2024, 12, 12)
    projects: dict[str, str] = {}
    for number, row in enumerate(
        await director.rows("pairing_board", cohort_id=cohort, state="active")
    ):
        title, theme = TITLES[number % len(TITLES)]
        host, name = HOSTS[number % len(HOSTS)]
        leader = row["patient_leader_id"]
        reply = await director.do(
            "project.propose",
            {
                "pairing_id": row["pairing_id"],
                "proposed_by": leader,
                "title": title,
                "theme": theme.value,
                "aim": "That people who use the service shape it with us.",
            },
            actor=leader,
        )
        project = (reply.events or ())[0].subject
        await director.do(
            "project.agree-host", {"project_id": project, "host": host, "host_name": name}
        )
        await director.do("project.approve", {"project_id": project})
        for step, due in (
            ("Listen to twenty people who use the service", date(2025, 3, 21)),
            ("Try one change with them", date(2025, 5, 9)),
            ("Tell the board what we learned", date(2025, 6, 13)),
        ):
            await director.do(
                "milestone.plan",
                {"project_id": project, "title": step, "due_on": due.isoformat()},
                actor=leader,
            )
        projects[leader] = project
    await ask_hosts(director, cohort, projects)
    director.tells("Each pair has a project, three milestones, and a host who agreed to be asked")


async def work(director: Director, cohort: str) -> None:
    """Milestones are reported by one and confirmed by the other; one moves, one is overdue."""
    for number, day in enumerate((date(2025, 3, 14), date(2025, 5, 2), date(2025, 6, 12))):
        if number == 1:
            await _reschedule_one(director, cohort)
        await director.day(day.year, day.month, day.day)
        rows = await director.rows("project_shelf", cohort_id=cohort, state="running")
        late = rows.pop() if number == 1 else None
        for row in rows:
            await _reach(director, row, number)
        if late:
            await director.day(2025, 5, 14)
            await _reach(director, late, number)
        await director.settle()
        director.tells(
            f"Milestone {number + 1} is reported by one partner and confirmed by the other"
            + ("; one pair had to be reminded" if late else "")
        )
    for row in await director.rows("project_shelf", cohort_id=cohort, state="running"):
        await director.do("project.complete", {"project_id": row["project_id"]})
    await director.settle()
    done = await director.rows("project_shelf", cohort_id=cohort, state="completed")
    director.tells(f"{len(done)} projects are complete")


async def _reschedule_one(director: Director, cohort: str) -> None:
    await director.day(2025, 4, 14)
    row = (await director.rows("project_shelf", cohort_id=cohort, state="running"))[1]
    await director.do(
        "milestone.reschedule",
        {
            "milestone_id": row["milestones"][1]["milestone_id"],
            "due_on": "2025-05-23",
            "reason": "milestone.host-not-ready",
        },
    )


async def _reach(director: Director, row: dict[str, Any], number: int) -> None:
    (pair,) = await director.rows("pairing_board", pairing_id=row["pairing_id"])
    one, other = pair["patient_leader_id"], pair["healthcare_leader_id"]
    if number % 2:
        one, other = other, one
    milestone = row["milestones"][number]["milestone_id"]
    await director.do(
        "milestone.report",
        {"milestone_id": milestone, "person_id": one, "words": "Done, and it was worth it."},
        actor=one,
    )
    await director.do(
        "milestone.confirm",
        {"milestone_id": milestone, "person_id": other},
        actor=other,
    )
