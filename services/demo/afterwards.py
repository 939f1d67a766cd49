"""The last part of the story: pairs complete, and are asked how they go on for a year."""

from events.terms import Role
from services.demo.stage import Stage

CHECK_INS = ((3, 2025, 10, 3), (6, 2026, 1, 9), (12, 2026, 7, 3))


async def part_and_stay(stage: Stage, cohort: str) -> None:
    """Pairings complete, most mean to go on, and are asked after 3, 6 and 12 months."""
    await stage.day(2025, 6, 27)
    rows = await stage.rows("pairing_board", cohort_id=cohort, state="active")
    for row in rows:
        await stage.do("pairing.complete", {"pairing_id": row["pairing_id"]})
    await stage.do("cohort.complete", {"cohort_id": cohort})
    await stage.settle()
    going_on = rows[: max(1, len(rows) - 2)]
    for row in going_on:
        await stage.do("continuation.agree", {"pairing_id": row["pairing_id"]})
    stage.telling.act(f"{len(rows)} pairings complete, and {len(going_on)} mean to go on together")
    for months, *day in CHECK_INS:
        await stage.day(*day)
        for number, row in enumerate(going_on):
            for side in ("patient_leader_id", "healthcare_leader_id"):
                await stage.do(
                    "continuation.report",
                    {
                        "pairing_id": row["pairing_id"],
                        "person_id": row[side],
                        "months": months,
                        "leading_together": number > 0 or months < CHECK_INS[-1][0],
                    },
                    actor=row[side],
                    role=Role.PARTICIPANT,
                )
        await stage.settle()
        stage.telling.act(f"{months} months on: everybody was asked how it goes, and answers")
