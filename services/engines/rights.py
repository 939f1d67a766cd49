"""The rights that stand in a database, held against those of the table in access.py.

A right is compared as the database keeps it, so that only what differs is written, and a right that
an earlier version gave, or somebody by hand, is taken back at the next start.
"""

import re
from collections.abc import Iterable, Iterator
from typing import Final, LiteralString, NamedTuple

import psycopg
from psycopg.sql import SQL, Composable, Composed, Identifier

from services.crew import BUILDS, READ_MODELS
from services.engines.access import PROGRAMME, USERS, VAULT, database_of

EVERYBODY: Final = "public"
SCHEMAS: Final = {PROGRAMME: ("log", "work", "read", "trail", "concerns"), VAULT: ("vault",)}
OF_COLUMNS: Final = re.compile(r"(?P<what>[A-Z]+) \((?P<columns>[^)]+)\)")
BUILD: Final = re.compile(r"read\.\w+_v\d+_\d+")


class Right(NamedTuple):
    """What a role, or everybody, may do: `what` on a thing of some `kind`, or on a `column` of it.

    Kinds are TABLE (views too), SEQUENCE, FUNCTION (named with its arguments' types) and SCHEMA.
    """

    role: str
    kind: str
    name: str
    what: str
    column: str = ""


GIVEN: Final[LiteralString] = """
    WITH things AS (
        SELECT CASE relkind WHEN 'S' THEN 'SEQUENCE' ELSE 'TABLE' END AS kind,
            n.nspname || '.' || relname AS name, '' AS "column", relowner AS owner, coalesce(relacl,
            acldefault(CASE relkind WHEN 'S' THEN 's' ELSE 'r' END::"char", relowner)) AS acl
        FROM pg_class c JOIN pg_namespace n ON n.oid = relnamespace
        WHERE n.nspname = ANY(%(schemas)s) AND relkind IN ('r', 'v', 'm', 'p', 'f', 'S')
        UNION ALL
        SELECT 'TABLE', n.nspname || '.' || relname, attname, relowner, attacl
        FROM pg_attribute JOIN pg_class c ON c.oid = attrelid
        JOIN pg_namespace n ON n.oid = relnamespace
        WHERE n.nspname = ANY(%(schemas)s) AND attacl IS NOT NULL AND NOT attisdropped
        UNION ALL
        SELECT 'FUNCTION', p.oid::regprocedure::text, '', proowner,
            coalesce(proacl, acldefault('f', proowner))
        FROM pg_proc p JOIN pg_namespace n ON n.oid = pronamespace
        WHERE n.nspname = ANY(%(schemas)s)
        UNION ALL
        SELECT 'SCHEMA', nspname, '', nspowner, coalesce(nspacl, acldefault('n', nspowner))
        FROM pg_namespace WHERE nspname = ANY(%(schemas)s)
    )
    SELECT coalesce(rolname, 'public'), kind, name, privilege_type, "column"
    FROM things, aclexplode(acl) LEFT JOIN pg_roles ON pg_roles.oid = grantee
    WHERE grantee <> owner AND (grantee = 0 OR rolname = ANY(%(roles)s))
"""
OPEN_TO_EVERYBODY: Final[LiteralString] = """
    SELECT format('REVOKE TEMPORARY, CREATE ON DATABASE %I FROM PUBLIC', datname)
    FROM pg_database WHERE datname = current_database() AND pg_has_role(datdba, 'USAGE')
    AND (has_database_privilege('public', oid, 'TEMPORARY')
        OR has_database_privilege('public', oid, 'CREATE'))
    UNION ALL SELECT 'REVOKE CREATE ON SCHEMA public FROM PUBLIC'
    FROM pg_namespace WHERE nspname = 'public' AND pg_has_role(nspowner, 'USAGE')
    AND has_schema_privilege('public', oid, 'CREATE')
"""
READ_RELATIONS: Final[LiteralString] = (
    "SELECT 'read.' || relname, relkind = 'v' FROM pg_class WHERE relkind IN ('r', 'v')"
    " AND relnamespace = (SELECT oid FROM pg_namespace WHERE nspname = 'read')"
)


def known_roles(connection: psycopg.Connection) -> set[str]:
    """Those of our roles that the server has: none where one role does everything."""
    every = {name for (name,) in connection.execute("SELECT rolname FROM pg_roles")}
    return {user.name for user in USERS if not user.owns} & every


def given(connection: psycopg.Connection, database: str) -> set[Right]:
    """The rights that our roles and everybody have, as they stand in the database."""
    values = {"schemas": list(SCHEMAS[database]), "roles": list(known_roles(connection))}
    return {Right(*row) for row in connection.execute(GIVEN, values)}


def meant(connection: psycopg.Connection, database: str) -> set[Right]:
    """The rights that they are to have, by the table."""
    roles, relations = known_roles(connection), dict[str, bool]()
    relations.update(connection.execute(READ_RELATIONS).fetchall())
    found = set[Right]()
    for user in USERS:
        if user.name not in roles:
            continue
        for name, rights in user.tables.items():
            if database_of(name) == database:
                schema = name.partition(".")[0]
                found.add(Right(user.name, "SCHEMA", schema, "USAGE"))
                for one in _named(name, relations):
                    found.update(_each(user.name, one, rights))
    return found


def _named(name: str, relations: dict[str, bool]) -> Iterable[str]:
    """The things that a name of the table stands for."""
    if name == READ_MODELS:
        return [one for one, is_view in relations.items() if is_view]
    if name == BUILDS:
        return [one for one in relations if BUILD.fullmatch(one)]
    return [name]


def _each(role: str, name: str, rights: Iterable[str]) -> Iterator[Right]:
    kind = "FUNCTION" if "(" in name else "TABLE"
    for right in rights:
        if of_columns := OF_COLUMNS.fullmatch(right):
            for column in of_columns["columns"].split(", "):
                yield Right(role, kind, name, of_columns["what"], column)
        else:
            yield Right(role, kind, name, right)


def set_right(connection: psycopg.Connection, database: str) -> None:
    """Give what is missing and take back what is too much. As the owner, within a transaction."""
    for _ in range(2):  # with a right on a table PostgreSQL takes back those on its columns
        there, wanted = given(connection, database), meant(connection, database)
        for right in sorted(there - wanted):
            connection.execute(_statement("REVOKE {} ON {} FROM {}", right))
        for right in sorted(wanted - there):
            connection.execute(_statement("GRANT {} ON {} TO {}", right))


def _statement(form: LiteralString, right: Right) -> Composed:
    what: Composable = SQL(right.what)
    if right.column:
        what = SQL("{} ({})").format(what, Identifier(right.column))
    on: Composable = Identifier(*right.name.split("."))
    if right.kind == "FUNCTION":
        on = SQL(right.name)
    role = SQL("PUBLIC") if right.role == EVERYBODY else Identifier(right.role)
    return SQL(form).format(what, SQL("{} {}").format(SQL(right.kind), on), role)


def close_database(connection: psycopg.Connection) -> None:
    """Nobody but its owner makes anything in this database, temporary tables included, if whoever
    asks for it may say so.
    """
    for statement in connection.execute(OPEN_TO_EVERYBODY).fetchall():
        connection.execute(SQL(*statement))
