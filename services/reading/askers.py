"""Who asks to read something: what they may act as now, looked up in the log for each query."""

from datetime import date
from typing import Any, Final, NamedTuple

from domain.roles.acting import NotTied
from domain.roles.authority import Authority
from events.ids import PersonId
from events.one_person import OnePerson
from events.terms import Role
from services.engines.connections import KeptConnections
from services.identity.comers import Comer
from services.log.authorities import authority_of, one_person_of
from services.log.finding import prepared_to_find
from services.reading.relations import LEADING, PARTNERS, Relation

ROLES: Final = (
    Role.COORDINATOR,
    Role.CO_CHAIR,
    Role.FACILITATOR,
    Role.HOST,
    Role.ASSESSOR,
    Role.PARTICIPANT,
)


class WhoAsks(NamedTuple):
    """A person, whether they are known, and for which cohorts they hold each role today; None
    among them is all of them. `one_person` tells who was registered twice.
    """

    person_id: PersonId
    known: bool
    held: dict[Role, frozenset[str | None]]
    one_person: OnePerson

    def may_have(self, relation: Relation) -> bool:
        """Whether there may be a row to which they have a relation."""
        if not relation.roles:
            return self.known
        held = {cohort for role in relation.roles for cohort in self.held.get(role, ())}
        return None in held if relation.for_all else bool(held)

    def cohorts(self, role: Role) -> frozenset[str]:
        """The cohorts for each of which they hold a role."""
        return frozenset(one for one in self.held.get(role, ()) if one)

    @property
    def ids(self) -> tuple[str, ...]:
        """All ids under which something of theirs may be recorded."""
        return self.one_person.ids(self.person_id)

    @property
    def values(self) -> dict[str, Any]:
        """What conditions on rows ask of them."""
        found: dict[str, Any] = {"me": list(self.ids)}
        found |= {"partners": list(PARTNERS), "leading": list(LEADING)}
        every = set[str | None]()
        for role in ROLES:
            name, held = role.name.lower(), self.held.get(role, frozenset())
            found |= {name: sorted(self.cohorts(role)), f"{name}_of_all": None in held}
            every |= held
        any_role = sorted(one for one in every if one)
        return found | {"any_role": any_role, "any_role_of_all": None in every}


class Askers:
    """Tells who asks, as the log has it at this moment. Safe for threads."""

    def __init__(self, connections: KeptConnections) -> None:
        """`connections` are to the database of the programme."""
        self._connections = connections

    def who(self, comer: Comer, today: date) -> WhoAsks:
        """Who has come in. Raises NotTied of somebody who is nobody here, or no more by the tie by
        which they came; psycopg.Error.
        """
        if comer.person_id is None:
            raise NotTied
        with self._connections.connection() as connection, prepared_to_find(connection):
            one_person = one_person_of(connection)
            known = authority_of(connection, comer.person_id, one_person)
        if comer.tie is not None and not known.is_tied_by(comer.tie):
            raise NotTied
        return WhoAsks(comer.person_id, known.known, _held(known, today), one_person)


def _held(known: Authority, today: date) -> dict[Role, frozenset[str | None]]:
    found: dict[Role, set[str | None]] = {}
    for (role, cohort), tenure in known.held.items() if known.known else ():
        if tenure.holds(today):
            found.setdefault(role, set()).add(cohort)
    return {role: frozenset(cohorts) for role, cohorts in found.items()}
