"""The rows of one read model to which somebody stands in a relation, found by the database."""

from collections.abc import Collection, Iterable, Sequence
from typing import Any, Final, LiteralString, NamedTuple

import psycopg
from psycopg.sql import SQL, Composable, Composed, Literal, Placeholder
from psycopg.types.json import Jsonb

from projections.people import PEOPLE
from services.read_models.builds import view
from services.reading.askers import WhoAsks
from services.reading.cursors import Cursor
from services.reading.questions import Query
from services.reading.relations import Relation
from services.reading.table import Readable

KEY: Final = "key"
ROWS: Final[LiteralString] = (
    "SELECT key, row, {value}, ARRAY[{holds}] FROM {view} WHERE {conditions}"
    " ORDER BY {value} {way}, key {way} LIMIT {many}"
)


class FoundRow(NamedTuple):
    """A row, what it is sorted by, and the relations that somebody has to it."""

    key: str
    row: dict[str, Any]
    value: Any
    relations: tuple[Relation, ...]


def find_rows(  # noqa: PLR0917 - each is one thing that is asked
    connection: psycopg.Connection,
    readable: Readable,
    asker: WhoAsks,
    question: Query,
    cursor: Cursor | None,
    many: int,
) -> list[FoundRow]:
    """The next rows behind a cursor, in order, by one statement. Raises psycopg.Error."""
    columns = _columns(readable, asker)
    query, values = _query(readable, columns, question, cursor, many)
    rows = connection.execute(query, asker.values | values).fetchall()
    return [
        FoundRow(key, row, value, _relations(readable, columns, holds))
        for key, row, value, holds in rows
    ]


def people_of(
    connection: psycopg.Connection, readable: Readable, asker: WhoAsks, people: Collection[str]
) -> set[str]:
    """Those of these people to whom somebody has one of the relations that something asks for."""
    query = SQL("SELECT key FROM {} WHERE key = ANY(%(people)s) AND {}").format(
        view(PEOPLE.name), _any_of(_columns(readable, asker))
    )
    rows = connection.execute(query, asker.values | {"people": list(people)}).fetchall()
    return {key for (key,) in rows}


def _columns(readable: Readable, asker: WhoAsks) -> list[Relation]:
    return [one for one in readable.columns if asker.may_have(one)]


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
    return conditions, values


def _by_the_database(readable: Readable, question: Query) -> Iterable[tuple[str, str]]:
    known = {KEY, *readable.chosen_by}
    return [(name, value) for name, value in question.where.items() if name in known]
