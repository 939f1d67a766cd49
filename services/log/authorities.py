"""What somebody may do, looked up in the log where no writer's memory is at hand."""

import psycopg

from domain.roles.authority import Authority
from events.catalogue import CATALOGUE
from events.envelope import data_of
from events.ids import PersonId
from services.log.finding import MOST, DatabaseSource, Needed
from services.log.log import BEHIND_ALL


def authority_of(connection: psycopg.Connection, person_id: PersonId | None) -> Authority:
    """What somebody may do, as the log has it at this moment; of nobody, nothing. Raises
    psycopg.Error.
    """
    known = Authority(person_id)
    if person_id is None:
        return known
    types = Authority.wire_names()
    needed: Needed = {"number": 0, "after": 0, "tag": person_id, "types": types}
    with connection.cursor(binary=True) as cursor:
        rows = DatabaseSource(cursor).find([needed], BEHIND_ALL, MOST)
    for _, _, _, kind, _, document in rows:
        known.learn(CATALOGUE[kind].model_validate_json(data_of(document)))
    return known
