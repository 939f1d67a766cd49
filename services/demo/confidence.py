"""A part of the story that nobody else can tell apart: somebody is held out, and two are parted,
over what was told in confidence, and others for a reason that the coordinator keeps to herself.
"""

import asyncio
from typing import Any

from services.demo.director import PATIENCE, Director, Unexpected
from services.demo.pairing import accept_all

LOOK = 0.05  # seconds between two looks
HELD = (2, 3)  # whose pairs, in the order of the pairings; of each two the first over a concern
ENDED = (4, 5)
TWO = len(HELD)
SIDES = ("patient_leader_id", "healthcare_leader_id")
NOT_YET = frozenset({"pairing.kept-apart", "pairing.not-now"})
Pair = dict[str, Any]


async def look_first(director: Director, cohort: str) -> None:
    """Two pairs wait, and two others end, each for a reason that others are not told; then those
    who waited go on, and those who were parted have another partner.
    """
    await director.day(2024, 12, 6)
    pairs = await director.rows("pairing_board", cohort_id=cohort, state="active")
    await _hold_out_and_let_in(director, cohort, *(pairs[one % len(pairs)] for one in HELD))
    await _part_and_ask_again(director, cohort, *(pairs[one % len(pairs)] for one in ENDED))


async def _hold_out_and_let_in(director: Director, cohort: str, told: Pair, another: Pair) -> None:
    case = await _tell(director, told)
    await director.do("concern.read", case, actor=director.lead)
    await _decide(director, case, "hold-out")
    await director.do("pairing.hold-out", {"person_id": another["healthcare_leader_id"]})
    waiting = await _until_two(director, cohort, "held")
    director.tells(f"{len(waiting)} pairs wait, and nobody is told more than that the team looks")
    await director.day(2024, 12, 7)
    await _let_in(director, case, another)
    for pair in waiting:
        await _asked(director, "pairing.resume", {"pairing_id": pair["pairing_id"]})
    director.tells("Both go on")


async def _part_and_ask_again(director: Director, cohort: str, told: Pair, another: Pair) -> None:
    case = await _tell(director, told)
    await _decide(director, case, "end-pairing")
    for name in ("pairing.end-for-team", "pairing.hold-out"):
        await director.do(name, {"person_id": another["healthcare_leader_id"]})
    ended = await _until_two(director, cohort, "ended")
    director.tells(f"{len(ended)} pairs end, and nobody is told more than that they come first")
    await director.day(2024, 12, 8)
    await _let_in(director, case, another)
    for one, other in ((told, another), (another, told)):
        two = {name: pair[name] for name, pair in zip(SIDES, (one, other), strict=True)}
        await _asked(director, "pairing.propose", {"cohort_id": cohort, **two})
    await accept_all(director, cohort)
    director.tells("Each of the four has another partner")


async def _tell(director: Director, pair: Pair) -> dict[str, str]:
    """The patient leader is worried about their partner."""
    said = {
        "about": pair["healthcare_leader_id"],
        "words": "He grew loud when we met. I would like somebody to know.",
    }
    reply = await director.do("concern.raise", said, actor=pair["patient_leader_id"])
    return {"concern_id": (reply.ids or {})["concern_id"]}


async def _decide(director: Director, case: dict[str, str], decision: str, **more: str) -> None:
    said = {**case, "decision": decision, **more}
    await director.do("concern.decide", said, actor=director.lead)


async def _let_in(director: Director, case: dict[str, str], another: Pair) -> None:
    await _decide(director, case, "let-in")
    await _decide(director, case, "close", note="Spoken with both, who know how to reach us.")
    other = {"person_id": another["healthcare_leader_id"], "reason": "team"}
    await director.do("pairing.let-in", other)


async def _until_two(director: Director, cohort: str, state: str) -> list[Pair]:
    """Two pairs in a state, once both are: what was decided in confidence follows in a moment."""
    async with asyncio.timeout(PATIENCE):
        while True:
            await director.settle()
            found = await director.rows("pairing_board", cohort_id=cohort, state=state)
            if len(found) == TWO:
                return found
            await asyncio.sleep(LOOK)


async def _asked(director: Director, name: str, data: dict[str, Any]) -> None:
    """As soon as nothing holds them any more."""
    async with asyncio.timeout(PATIENCE):
        while (reply := await director.ask(name, data)).code:
            if reply.code not in NOT_YET:
                raise Unexpected(f"{name}: {reply.model_dump_json(exclude_none=True)}")
            await asyncio.sleep(LOOK)
