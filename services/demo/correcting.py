"""What was decided wrongly: two co-chairs, one of each side, sign that it is put right."""

from typing import Any

from events.terms import Outcome, Side
from services.demo.director import Director


async def put_right(director: Director, application: str) -> None:
    """Somebody asks why they were declined, and should have been the next of those who wait."""
    await director.day(2024, 11, 27)
    await sign_correction(
        director,
        application,
        outcome=Outcome.RESERVE.value,
        reason="decision.our-mistake",
        reasons=["score.others-higher"],
    )
    director.tells("Somebody declined asks why; both co-chairs sign that they wait after all")


async def sign_correction(director: Director, application: str, **what: Any) -> None:
    """Both co-chairs sign, each for one side, what an application comes to after all."""
    for side in Side:
        await director.do(
            "decision.correct",
            {"application_id": application, "side": side.value, **what},
            actor=director.co_chairs[side],
        )
    await director.settle()
