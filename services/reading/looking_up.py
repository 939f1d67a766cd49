"""The rows of one read model to which somebody stands in a relation, found by the database."""

from collections.abc import Collection, Iterable, Sequence
from typing import Any, Final, LiteralString, NamedTuple

import psycopg
from psycopg.sql import SQL, Composable, Composed, Literal, Placeholder
from psycopg.types.json import Jsonb

from projections.people import PEOPLE
from services.log.log import borne
from services.read_models.builds import view
from services.reading.askers import WhoAsks
from services.reading.asking import KEY
from services.reading.by_the_log import contacts_for
from services.reading.cells import Readable
from services.reading.cursors import Cursor
from services.reading.questions import Query
from services.reading.refusals import NotThereYet
from services.reading.relations import NAMED_FOR, OF_THE_PAIR, Relation, RestsOn
from services.vault.vault import Vault

ROWS: Final[LiteralString] = (
    "SELECT key, row, {value}, ARRAY[{holds}] FROM {view} WHERE {conditions}"
    " ORDER BY {value} {way}, key {way} LIMIT {many}"
)


class SortedRow(NamedTuple):
    """A row, what it is sorted by, and the relations that somebody has to it."""

    key: str
    row: dict[str, Any]
    value: Any
    relations: tuple[Relation, ...]


class Looking(NamedTuple):
    """Where somebody looks, by which relations, and what their conditions ask of who it is."""

    connection: psycopg.Connection
    readable: Readable
    columns: list[Relation]
    values: dict[str, Any]


def looking(
    connection: psycopg.Connection, vault: Vault, readable: Readable, asker: WhoAsks
) -> Looking:
    """How somebody looks: by the relations that they may have now. NotThereYet if these are to be
    folded first; raises psycopg.Error.
    """
    values = asker.values
    may = [one for one in readable.columns if asker.may_have(one)]
    columns = [one for one in may if not _is_behind(connection, one, values)]
    if may and not columns:
        raise NotThereYet
    if NAMED_FOR in columns:
        projects = _standing(connection, OF_THE_PAIR.rests_on, values)
        mine = [key for key, stands in projects.items() if stands]
        values["contacts"] = list(contacts_for(connection, vault, [*values["me"], *mine]))
    return Looking(connection, readable, columns, values)


def _is_behind(connection: psycopg.Connection, relation: Relation, values: dict[str, Any]) -> bool:
    """Whether the end of a relation may be recorded that is not folded in yet."""
    standing = _standing(connection, relation.rests_on, values)
    return not all(standing.values())


def _standing(
    connection: psycopg.Connection, rests_on: RestsOn | None, values: dict[str, Any]
) -> dict[str, bool]:
    """The rows on which something rests, and whether by the log it has not ended with them."""
    if rests_on is None:
        return {}
    folded: dict[str, int] = dict(connection.execute(rests_on.rows, values).fetchall())
    recorded = borne(connection, folded, rests_on.ends) if folded else {}
    return {
        key: key not in recorded or recorded[key].last <= position
        for key, position in folded.items()
    }


def find_rows(where: Looking, question: Query, cursor: Cursor | None, many: int) -> list[SortedRow]:
    """The next rows behind a cursor, in order, by one statement. Raises psycopg.Error."""
    connection, readable, columns, known = where
    query, values = _query(readable, columns, question, cursor, many)
    rows = connection.execute(query, known | values).fetchall()
    return [
        SortedRow(key, row, value, _relations(readable, columns, holds))
        for key, row, value, holds in rows
    ]


def people_of(where: Looking, people: Collection[str] | None = None) -> set[str]:
    """Those of these people, or of all, to whom somebody has one of the relations that something
    asks for. Raises psycopg.Error.
    """
    query = SQL("SELECT key FROM {} WHERE {} AND {}").format(
        view(PEOPLE.name),
        SQL("true" if people is None else "key = ANY(%(people)s)"),
        _any_of(where.columns),
    )
    rows = where.connection.execute(query, where.values | {"people": list(people or ())})
    return {key for (key,) in rows}


def _relations(
    readable: Readable, columns: Sequence[Relation], holds: Sequence[bool]
) -> tuple[Relation, ...]:
    found = tuple(one for one, it in zip(columns, holds, strict=True) if it)
    alone = readable.alone
    return (alone,) if alone and alone in found else found


def _query(
    readable: Readable,
    columns: Sequence[Relation],
    question: Query,
    cursor: Cursor | None,
    many: int,
) -> tuple[Composed, dict[str, Any]]:
    sort, way = _sorted(question)
    conditions, values = _conditions(readable, question)
    conditions.append(_any_of(columns))
    if cursor:
        than = SQL("<" if way == "DESC" else ">")
        conditions.append(SQL("({}, key) {} (%(from_value)s, %(from_key)s)").format(sort, than))
        values |= {"from_value": Jsonb(cursor.value), "from_key": cursor.key}
    query = SQL(ROWS).format(
        value=sort,
        holds=SQL(", ").join(map(_holds, columns)),
        view=view(readable.name),
        conditions=SQL(" AND ").join(conditions),
        way=SQL(way),
        many=Literal(many),
    )
    return query, values


def _sorted(question: Query) -> tuple[Composable, LiteralString]:
    """By what, as JSON, and in which direction."""
    said = question.sort or ""
    name = said.removeprefix("-")
    if not name:
        return SQL("'null'::jsonb"), "ASC"
    value = SQL("coalesce(row->{}, 'null')").format(Literal(name))
    return value, "DESC" if said.startswith("-") else "ASC"


def _any_of(columns: Sequence[Relation]) -> Composable:
    """Bare, so that an index may serve: what is not known of a row is no reason to find it."""
    return SQL("({})").format(
        SQL(" OR ").join(SQL("({})").format(SQL(one.where)) for one in columns)
    )


def _holds(relation: Relation) -> Composable:
    return SQL("coalesce({}, false)").format(SQL(relation.where))


def _conditions(readable: Readable, question: Query) -> tuple[list[Composable], dict[str, Any]]:
    """Those that the database can look at: whoever sees a row sees these fields of it."""
    conditions, values = list[Composable](), dict[str, Any]()
    for number, (name, value) in enumerate(_by_the_database(readable, question)):
        what: Composable = SQL("key") if name == KEY else SQL("row->>{}").format(Literal(name))
        conditions.append(SQL("{} = {}").format(what, Placeholder(f"is_{number}")))
        values[f"is_{number}"] = value
    if question.keys is not None:
        conditions.append(SQL("key = ANY(%(keys)s)"))
        values["keys"] = question.keys
    return conditions, values


def _by_the_database(readable: Readable, question: Query) -> Iterable[tuple[str, str]]:
    known = {KEY, *readable.chosen_by}
    return [(name, value) for name, value in question.where.items() if name in known]
