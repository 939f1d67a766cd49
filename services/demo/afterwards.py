"""The last part of the story: pairs complete, and are asked how they go on for a year."""

from events.rules import FIRST
from services.demo.director import Director

DAYS = ((2025, 10, 3), (2026, 1, 9), (2026, 7, 3))  # a few days after each check-in is due


async def part_and_stay(director: Director, cohort: str) -> None:
    """Pairings complete, most mean to go on, and are asked after 3, 6 and 12 months."""
    await director.day(2025, 6, 27)
    rows = await director.rows("pairing_board", cohort_id=cohort, state="active")
    for row in rows:
        await director.do("pairing.complete", {"pairing_id": row["pairing_id"]})
    await director.do("cohort.complete", {"cohort_id": cohort})
    await director.settle()
    going_on = rows[: max(1, len(rows) - 2)]
    for row in going_on:
        mine = {"pairing_id": row["pairing_id"], "person_id": row["patient_leader_id"]}
        await director.do("continuation.agree", mine, actor=row["patient_leader_id"])
    director.tells(f"{len(rows)} pairings complete, and {len(going_on)} mean to go on together")
    for months, day in zip(FIRST.check_in_months, DAYS, strict=True):
        await director.day(*day)
        for number, row in enumerate(going_on):
            for side in ("patient_leader_id", "healthcare_leader_id"):
                await director.do(
                    "continuation.report",
                    {
                        "pairing_id": row["pairing_id"],
                        "person_id": row[side],
                        "months": months,
                        "leading_together": number > 0 or months < FIRST.check_in_months[-1],
                    },
                    actor=row[side],
                )
        await director.settle()
        director.tells(f"{months} months on: everybody was asked how it goes, and answers")
