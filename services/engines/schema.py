"""Our own tables: numbered SQL files applied in order by the owner, and each role's rights.

Here stands all SQL on `log.format` and `public.migrations`.
"""

from collections.abc import Iterator
from importlib.resources import files

import psycopg
from psycopg.sql import SQL, Identifier

from services.crew import PROJECTOR, READ_MODELS
from services.engines.access import PROGRAMME, TABLES, USERS, VAULT
from services.engines.connecting import connect

FORMAT = 4
NO_TABLES = (psycopg.errors.UndefinedTable, psycopg.errors.InvalidSchemaName)
CHANGERS_TURN = 0x4C54  # "LT": the advisory lock of whoever changes tables


class WrongFormat(RuntimeError):
    """The log has a format that this version can't read."""


def provision(programme_url: str, vault_url: str) -> None:
    """Bring both databases up to date; safe to run at every start, and by several at once.

    Raises psycopg.Error where the role in the URL may not make tables.
    """
    _apply(programme_url, PROGRAMME)
    _apply(vault_url, VAULT)


def _apply(url: str, database: str) -> None:
    with connect(url) as connection:
        connection.execute("SELECT pg_advisory_xact_lock(%s)", (CHANGERS_TURN,))
        connection.execute("CREATE TABLE IF NOT EXISTS public.migrations (name text PRIMARY KEY)")
        done = {name for (name,) in connection.execute("SELECT name FROM public.migrations")}
        for file in sorted(files("services.engines").joinpath("sql", database).iterdir(), key=str):
            if file.name not in done:
                connection.execute(file.read_text(encoding="utf-8").encode())
                connection.execute("INSERT INTO public.migrations VALUES (%s)", (file.name,))
        if database == PROGRAMME:
            _must_be_of_this_format(connection)
        _grant(connection, database)


def _must_be_of_this_format(connection: psycopg.Connection) -> None:
    """Refuses a log of another format, which lacks tables or has other facts in them."""
    row = connection.execute("SELECT format FROM log.format").fetchone()
    if row != (FORMAT,):
        raise WrongFormat(
            f"The log has format {row[0] if row else 'none'}, and this version reads {FORMAT}. "
            "Before the first release nothing is carried along: make it anew with "
            "`leading-together up --data FOLDER` and an empty folder, or with an empty database. "
            "To read the old one, install the version that wrote it."
        )


def _grant(connection: psycopg.Connection, database: str) -> None:
    """The rights of the table and no others: what an earlier version granted is taken back."""
    roles = known_roles(connection)
    for user in USERS:
        if user.name in roles and not user.owns:
            for table in _tables_of(database):
                _grant_one(connection, table, user.name, user.tables.get(table, ()))
    if database == PROGRAMME and PROJECTOR in roles:
        connection.execute(
            SQL("GRANT USAGE, CREATE ON SCHEMA read TO {}").format(Identifier(PROJECTOR))
        )


def _tables_of(database: str) -> Iterator[str]:
    """The tables of a database; the views of read models get their rights when they are made."""
    for table in TABLES:
        if table != READ_MODELS and table.startswith(f"{VAULT}.") is (database == VAULT):
            yield table


def known_roles(connection: psycopg.Connection) -> set[str]:
    """The roles of the server; one of our users has none where all share one."""
    return {name for (name,) in connection.execute("SELECT rolname FROM pg_roles")}


def _grant_one(
    connection: psycopg.Connection, table: str, role: str, what: tuple[str, ...]
) -> None:
    names = {"table": Identifier(*table.split(".")), "role": Identifier(role)}
    connection.execute(SQL("REVOKE ALL ON {table} FROM {role}").format(**names))
    if what:
        schema = Identifier(table.split(".", maxsplit=1)[0])
        connection.execute(SQL("GRANT USAGE ON SCHEMA {} TO {role}").format(schema, **names))
        rights = SQL(", ").join(map(SQL, what))
        connection.execute(SQL("GRANT {} ON {table} TO {role}").format(rights, **names))


def check_format(url: str) -> None:
    """Raises WrongFormat unless the log is one that this version reads and writes."""
    with connect(url) as connection:
        _must_be_of_this_format(connection)
