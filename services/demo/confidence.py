"""A part of the story that nobody else can tell apart: somebody is held out over what was told in
confidence, and somebody else for a reason that the coordinator keeps to herself.
"""

import asyncio
from typing import Any

from services.demo.director import PATIENCE, Director, Unexpected

LOOK = 0.05  # seconds between two looks
TOLD, ANOTHER = 2, 3  # whose pairs, in the order of the pairings


async def hold_out_and_let_in(director: Director, cohort: str) -> None:
    """Two pairs wait, each for a reason that others are not told; then both go on."""
    await director.day(2024, 12, 6)
    pairs = await director.rows("pairing_board", cohort_id=cohort, state="active")
    told, another = pairs[TOLD % len(pairs)], pairs[ANOTHER % len(pairs)]
    whom, other = told["healthcare_leader_id"], another["healthcare_leader_id"]
    reply = await director.do(
        "concern.raise",
        {"about": whom, "words": "He grew loud when we met. I would like somebody to know."},
        actor=told["patient_leader_id"],
    )
    case = {"concern_id": (reply.ids or {})["concern_id"]}
    await director.do("concern.read", case, actor=director.lead)
    await director.do("concern.decide", {**case, "decision": "hold-out"}, actor=director.lead)
    await director.do("pairing.hold-out", {"person_id": other})
    waiting = await _held(director, cohort)
    director.tells(f"{len(waiting)} pairs wait, and nobody is told more than that the team looks")
    await director.day(2024, 12, 8)
    await director.do("concern.decide", {**case, "decision": "let-in"}, actor=director.lead)
    note = {"decision": "close", "note": "Spoken with both, who wish to go on together."}
    await director.do("concern.decide", {**case, **note}, actor=director.lead)
    await director.do("pairing.let-in", {"person_id": other, "reason": "team"})
    for pair in waiting:
        await _resume(director, pair["pairing_id"])
    director.tells("Both go on")


async def _held(director: Director, cohort: str) -> list[dict[str, Any]]:
    """The pairs that wait, once both do: what was decided in confidence follows in a moment."""
    async with asyncio.timeout(PATIENCE):
        while True:
            await director.settle()
            found = await director.rows("pairing_board", cohort_id=cohort, state="held")
            if len(found) == len({TOLD, ANOTHER}):
                return found
            await asyncio.sleep(LOOK)


async def _resume(director: Director, pairing: str) -> None:
    """As soon as nothing holds them any more."""
    async with asyncio.timeout(PATIENCE):
        while (reply := await director.ask("pairing.resume", {"pairing_id": pairing})).code:
            if reply.code != "pairing.kept-apart":
                raise Unexpected(f"pairing.resume: {reply.model_dump_json(exclude_none=True)}")
            await asyncio.sleep(LOOK)
