"""Who asks to read something: what they may act as now, looked up in the log for each query."""

from collections.abc import Iterator
from datetime import date
from typing import Any, Final, NamedTuple

import psycopg

from domain.roles.authority import Authority
from events.catalogue import CATALOGUE
from events.envelope import data_of
from events.ids import PersonId
from events.terms import Role
from services.log.finding import DatabaseSource, Needed
from services.log.log import BEHIND_ALL
from services.reading.relations import Relation

ROLES: Final = (
    Role.COORDINATOR,
    Role.CO_CHAIR,
    Role.FACILITATOR,
    Role.HOST,
    Role.ASSESSOR,
    Role.PARTICIPANT,
)
MOST: Final = 10_000  # facts of one kind about one person


class WhoAsks(NamedTuple):
    """A person, whether they are known, and for which cohorts they hold each role today; None
    among them is all of them.
    """

    person_id: PersonId
    known: bool
    held: dict[Role, frozenset[str | None]]

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
    def values(self) -> dict[str, Any]:
        """What conditions on rows ask of them."""
        found: dict[str, Any] = {"me": self.person_id}
        every = set[str | None]()
        for role in ROLES:
            name, held = role.name.lower(), self.held.get(role, frozenset())
            found |= {name: sorted(self.cohorts(role)), f"{name}_of_all": None in held}
            every |= held
        any_role = sorted(one for one in every if one)
        return found | {"any_role": any_role, "any_role_of_all": None in every}


def asker(connection: psycopg.Connection, person_id: PersonId, today: date) -> WhoAsks:
    """Who it is, as the log has it at this moment. Raises psycopg.Error."""
    known = Authority(person_id)
    for fact in _facts(connection, person_id):
        known.learn(fact)
    held: dict[Role, set[str | None]] = {}
    if known.known:
        for (role, cohort), tenure in known.held.items():
            if tenure.holds(today):
                held.setdefault(role, set()).add(cohort)
    return WhoAsks(person_id, known.known, {role: frozenset(it) for role, it in held.items()})


def _facts(connection: psycopg.Connection, person_id: PersonId) -> Iterator[Any]:
    types = Authority.wire_names()
    needed: Needed = {"number": 0, "after": 0, "tag": person_id, "types": types}
    with connection.cursor(binary=True) as cursor:
        rows = DatabaseSource(cursor).find([needed], BEHIND_ALL, MOST)
    for _, _, _, kind, _, document in rows:
        yield CATALOGUE[kind].model_validate_json(data_of(document))
