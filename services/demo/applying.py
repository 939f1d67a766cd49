"""Somebody who applies at the door, by no form: and says it again in better words."""

from typing import Any, Final

from events.ids import CohortId
from events.terms import Purpose, Side
from services.demo.director import Director

SAYS: Final[dict[str, Any]] = {
    "side": Side.PATIENT_LEADER.value,
    "profile": {
        "area": "bristol",
        "themes": ["leaving-hospital", "carers", "older-people"],
        "days": ["monday", "wednesday", "friday"],
        "travel": "region",
        "background": "carer",
        "standing": "aspiring",
    },
    "experiences": 1,
    "leadership": "I run the carers' table at our temple.",
    "interest": "My mother's discharge went wrong.",
}
MEANT: Final = "My mother came home on a Friday, and nobody knew. I would like others to be spared."


async def apply_and_amend(director: Director, cohort: CohortId, person: str) -> None:
    """Somebody who was invited hands in an application, and a better one while there is time."""
    mine = {"cohort_id": cohort, "person_id": person, **SAYS}
    await director.day(2024, 9, 16)
    agrees = {"person_id": person, "purpose": Purpose.PROGRAMME.value}
    await director.do("person.give-consent", agrees, actor=person)
    await director.do("application.submit", mine, actor=person)
    await director.day(2024, 9, 23)
    await director.do("application.submit", {**mine, "interest": MEANT}, actor=person)
    await director.settle()
    director.tells("One of them applies, and a week later amends what the application says")
