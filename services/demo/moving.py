"""What changes about workshops: one does not take place, and another is held elsewhere."""

from datetime import date
from typing import Any, Final

from events.calendar import at
from services.demo.director import Director

EVENING: Final = date(2025, 3, 5)
NUMBER: Final = 4  # beyond those that complete the training
ELSEWHERE: Final = "The Old Lifeboat Station, Margate"


async def plan_an_evening(director: Director, cohort: str, pairs: list[dict[str, Any]]) -> None:
    """An evening that nobody has to come to, for which these pairs book."""
    reply = await director.do(
        "workshop.schedule",
        {
            "cohort_id": cohort,
            "number": NUMBER,
            "title": "An evening with last year's pairs",
            "venue": "Online",
            "starts_at": at(EVENING, 18).isoformat(),
            "ends_at": at(EVENING, 20).isoformat(),
            "capacity": 20,
        },
    )
    workshop = (reply.events or ())[0].subject
    for row in pairs:
        await director.do(
            "workshop.book-as-pair",
            {"workshop_id": workshop, "pairing_id": row["pairing_id"]},
            actor=row["healthcare_leader_id"],
        )


async def call_the_evening_off(director: Director, cohort: str) -> None:
    """Too few have booked, so it does not take place, and they are told."""
    await director.day(2025, 2, 24)
    rows = await director.rows("workshop_register", cohort_id=cohort, state="scheduled")
    (evening,) = (row for row in rows if row["number"] == NUMBER)
    await director.do(
        "workshop.cancel",
        {"workshop_id": evening["workshop_id"], "reason": "workshop.too-few-people"},
    )
    director.tells("An evening for which too few have booked is cancelled, and they are told")


async def move(director: Director, workshop: str) -> None:
    """The venue has no lift, so it is another one, and everybody is told."""
    await director.day(2025, 2, 26)
    await director.do(
        "workshop.amend",
        {
            "workshop_id": workshop,
            "venue": ELSEWHERE,
            "reason": "workshop.venue-not-accessible",
        },
    )
    director.tells(f"The lift is out of order, so workshop 3 moves to {ELSEWHERE}")
