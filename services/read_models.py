"""Read models in PostgreSQL: a table per projection and version, folded in one transaction."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, LiteralString

import psycopg
from psycopg.sql import SQL, Composed, Identifier

from events.catalogue import Recorded
from projections.projection import Projection, Row

RIGHTS = {
    # Where the owner makes a table, the projector writes it all the same.
    "projector": SQL("SELECT, INSERT, UPDATE, DELETE"),
    "scheduler": SQL("SELECT"),
    "reader": SQL("SELECT"),
}


def table(projection: Projection[Any]) -> Identifier:
    """Where the rows of a projection's version are."""
    return Identifier("read", f"{projection.name}_v{projection.version}")


def prepare(connection: psycopg.Connection, projections: Iterable[Projection[Any]]) -> None:
    """Make the tables that are not there yet; they begin empty, at place 0."""
    with connection.transaction():
        connection.execute("SELECT pg_advisory_xact_lock(%s)", (0x5265,))
        roles = {name for (name,) in connection.execute("SELECT rolname FROM pg_roles")}
        for projection in projections:
            connection.execute(
                SQL(
                    "CREATE TABLE IF NOT EXISTS {} (key text PRIMARY KEY, row jsonb NOT NULL)"
                ).format(table(projection))
            )
            connection.execute(
                "INSERT INTO read.places VALUES (%s, %s, 0) ON CONFLICT DO NOTHING",
                (projection.name, projection.version),
            )
            for role in RIGHTS.keys() & roles:
                connection.execute(
                    SQL("GRANT {} ON {} TO {}").format(
                        RIGHTS[role], table(projection), Identifier(role)
                    )
                )


def places(connection: psycopg.Connection, *, lock: bool = False) -> dict[tuple[str, int], int]:
    """The place of every projection's version; `lock` keeps a second projector waiting."""
    statement: LiteralString = "SELECT projection, version, position FROM read.places"
    cursor = connection.execute(statement + (" ORDER BY 1, 2 FOR UPDATE" if lock else ""))
    return {(name, version): position for name, version, position in cursor}


def project(
    connection: psycopg.Connection, projection: Projection[Any], facts: Sequence[Recorded[Any]]
) -> None:
    """Fold facts that follow the projection's place into its rows, and move the place."""
    touched = [(fact, tuple(projection.keys(fact.event))) for fact in facts]
    keys = {key for _, found in touched for key in found}
    rows = dict(load(connection, projection, keys)) if keys else {}
    after: dict[str, Row | None] = {}
    for fact, found in touched:
        for key in found:
            after[key] = rows[key] = projection.fold(rows.get(key), fact, key)
    _store(connection, projection, after)
    connection.execute(
        "UPDATE read.places SET position = %s WHERE projection = %s AND version = %s",
        (facts[-1].envelope.position, projection.name, projection.version),
    )


def load(
    connection: psycopg.Connection, projection: Projection[Any], keys: Iterable[str]
) -> Iterator[tuple[str, Row | None]]:
    """The rows under these keys that exist."""
    query = SQL("SELECT key, row::text FROM {} WHERE key = ANY(%b)").format(table(projection))
    for key, text in connection.execute(query, (list(keys),)):
        yield key, projection.row.model_validate_json(text)


def _store(
    connection: psycopg.Connection, projection: Projection[Any], rows: Mapping[str, Row | None]
) -> None:
    kept = {key: row.model_dump_json() for key, row in rows.items() if row is not None}
    gone = [key for key, row in rows.items() if row is None]
    if kept:
        connection.execute(_upsert(projection), (list(kept), list(kept.values())))
    if gone:
        connection.execute(
            SQL("DELETE FROM {} WHERE key = ANY(%b)").format(table(projection)), (gone,)
        )


def _upsert(projection: Projection[Any]) -> Composed:
    return SQL(
        "INSERT INTO {} (key, row) SELECT key, row::jsonb"
        " FROM unnest(%b::text[], %b::text[]) AS new(key, row)"
        " ON CONFLICT (key) DO UPDATE SET row = excluded.row"
    ).format(table(projection))
