"""Who runs the programme in a walk: the first coordinator, and whom they grant roles."""

from typing import TYPE_CHECKING, Any, Final

from domain.identities.first import MakeCoordinator
from domain.people.person import Met, RegisterPerson
from domain.roles.authority import Authority
from events.ids import CommandId, PersonId
from events.terms import Role, Side
from tests.scenes.given import person
from tests.walk.door import Asked

if TYPE_CHECKING:
    from tests.walk.world import World

FIRST, DEPUTY = person("first coordinator"), person("deputy")
FACILITATES, HOSTS, IMPORTS = person("facilitator"), person("host"), person("importer")
CHAIRS: Final = {side: person(f"co-chair of {side}") for side in Side}
GRANTED: Final[tuple[tuple[PersonId, dict[str, Any]], ...]] = (
    (DEPUTY, {"role": Role.COORDINATOR}),
    (FACILITATES, {"role": Role.FACILITATOR}),
    (HOSTS, {"role": Role.HOST}),
    (IMPORTS, {"role": Role.IMPORTER}),
    *((who, {"role": Role.CO_CHAIR, "side": side}) for side, who in CHAIRS.items()),
)
TEAM: Final = frozenset({FIRST, *(who for who, _ in GRANTED)})
"""They don't apply, and are not erased."""
HOLDERS: Final = {Role.FACILITATOR: FACILITATES, Role.HOST: HOSTS, Role.IMPORTER: IMPORTS}


def assemble(walk: "World") -> None:
    """All of them are known, the first is made coordinator, and grants the others their roles."""
    for number, who in enumerate((FIRST, *(who for who, _ in GRANTED))):
        card = RegisterPerson(full_name=f"Team {number}", email=f"team.{number}@team.example")
        walk.from_outside(card.having_met(Met(who)))
    walk.from_outside(MakeCoordinator(person_id=FIRST))
    for who, what in GRANTED:
        sent = CommandId.derived(walk.clock.now(), "team", who)
        data = {"person_id": who, **what}
        walk.send(Asked("role.grant", {"id": sent, "actor": FIRST, "data": data}))


def coordinator(walk: "World") -> PersonId:
    """Somebody who coordinates the programme now; the glass is broken if nobody does."""
    day = walk.door.today
    for who in (FIRST, DEPUTY):
        if walk.anew.know(Authority(who)).coordinates(day):
            return who
    walk.from_outside(MakeCoordinator(person_id=FIRST, reason="Nobody is left."))
    return FIRST
