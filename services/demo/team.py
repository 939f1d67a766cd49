"""Who runs the programme in the demonstration: a coordinator, a facilitator and two co-chairs."""

import asyncio
from typing import Final

from events.ids import PersonId
from events.terms import Role, Side
from services.demo.director import Director, Unexpected
from services.log.wishes import Accepted
from services.operations.granting import make_coordinator

COORDINATOR: Final = "Ruth Pascoe"
FACILITATOR: Final = "Owen Bright"
CO_CHAIRS: Final = {
    Side.PATIENT_LEADER: "Winifred Okoro",
    Side.HEALTHCARE_LEADER: "Dr Samuel Hart",
}


async def assemble(director: Director) -> None:
    """The first coordinator is made by who runs the system, and grants the others their roles."""
    director.coordinator = await _known(director, COORDINATOR)
    made = await asyncio.to_thread(make_coordinator, director.station, director.coordinator)
    if not isinstance(made, Accepted):
        raise Unexpected(f"nobody could be made a coordinator: {made}")
    director.facilitator = await _known(director, FACILITATOR)
    await _granted(director, director.facilitator, Role.FACILITATOR)
    for side, name in CO_CHAIRS.items():
        director.co_chairs[side] = await _known(director, name)
        await _granted(director, director.co_chairs[side], Role.CO_CHAIR, side=side)


async def _known(director: Director, name: str) -> PersonId:
    data = {"full_name": name, "email": f"{name.lower().replace(' ', '.')}@team.example"}
    reply = await director.do("person.register", data)
    return PersonId((reply.ids or {})["person_id"])


async def _granted(director: Director, who: PersonId, role: Role, **more: str) -> None:
    await director.do("role.grant", {"person_id": who, "role": role, **more})
