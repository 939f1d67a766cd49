"""What somebody may do, looked up in the log where no writer's memory is at hand."""

import psycopg

from domain.roles.authority import Authority
from events.catalogue import CATALOGUE
from events.envelope import data_of
from events.ids import PersonId
from events.one_person import OnePerson
from services.log.finding import MOST, DatabaseSource, Needed, joinings
from services.log.log import BEHIND_ALL


def one_person_of(connection: psycopg.Connection) -> OnePerson:
    """Who is one person, as the log has it at this moment. Raises psycopg.Error."""
    with connection.cursor(binary=True) as cursor:
        found = joinings(DatabaseSource(cursor), BEHIND_ALL)
    return OnePerson(fact for _, fact in found)


def authority_of(
    connection: psycopg.Connection, person_id: PersonId | None, one_person: OnePerson
) -> Authority:
    """What somebody may do, as the log has it at this moment; of nobody, nothing. Raises
    psycopg.Error.
    """
    known = one_person.named(Authority(person_id))
    if person_id is None:
        return known
    types = Authority.wire_names()
    needed: list[Needed] = [
        {"number": 0, "after": 0, "tag": one, "types": types} for one in one_person.ids(person_id)
    ]
    with connection.cursor(binary=True) as cursor:
        rows = DatabaseSource(cursor).find(needed, BEHIND_ALL, MOST)
    for _, _, _, kind, _, document in rows:
        known.learn(one_person.named(CATALOGUE[kind].model_validate_json(data_of(document))))
    return known
