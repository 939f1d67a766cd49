"""Those who are no applicants: line managers who release their staff, and hosts of projects."""

from typing import Any, Final

from events.terms import ContactPurpose
from services.demo.director import Director

LINE_MANAGERS: Final = (
    "Margaret Foyle",
    "Anil Desai",
    "Carol Whitlock",
    "Peter Nance",
    "Sofia Marin",
    "Gareth Lloyd",
    "Hannah Brand",
)
HOSTS: Final = ("Ruby Castle", "Dr Imran Shah", "Penny Lowe", "Tom Askew", "Greta Lindt")


async def ask_line_managers(director: Director, rows: list[dict[str, Any]]) -> None:
    """Each healthcare leader names theirs; those who are asked agree, and tell a coordinator."""
    named = [
        await _named(
            director,
            {
                "cohort_id": row["cohort_id"],
                "person_id": row["person_id"],
                "purpose": ContactPurpose.LINE_MANAGER.value,
            },
            LINE_MANAGERS[number % len(LINE_MANAGERS)],
            row["person_id"],
        )
        for number, row in enumerate(rows)
    ]
    await _agree(director, named)


async def ask_hosts(director: Director, cohort: str, projects: dict[str, str]) -> None:
    """One of each pair names who hosts them; `projects` are theirs, by who names the host."""
    named = [
        await _named(
            director,
            {"cohort_id": cohort, "project_id": project, "purpose": ContactPurpose.HOST.value},
            HOSTS[number % len(HOSTS)],
            leader,
        )
        for number, (leader, project) in enumerate(projects.items())
    ]
    await _agree(director, named)


async def _named(director: Director, data: dict[str, Any], name: str, by: str) -> str:
    """Each contact is asked by e-mail; who is named twice is asked twice."""
    address = f"{name.lower().replace(' ', '.')}@trust.example"
    said = {**data, "full_name": name, "email": address}
    reply = await director.do("contact.name", said, actor=by)
    return (reply.events or ())[0].subject


async def _agree(director: Director, contacts: list[str]) -> None:
    await director.settle()
    await director.all("contact.agree", [{"contact_id": one} for one in contacts])
    await director.settle()
