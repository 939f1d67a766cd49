"""Our own tables: numbered SQL files applied in order by the owner, and each role's rights.

What is told in confidence has a log like the programme's, so its tables are made of the same file.

Here stands all SQL on `log.format`, `read.rights` and `public.migrations`.
"""

import re
from contextlib import suppress
from importlib.resources import files
from typing import Final, LiteralString

import psycopg

from services.crew import BUILDS, READ_MODELS
from services.engines.access import PROGRAMME, USERS, VAULT
from services.engines.connecting import connect
from services.engines.rights import close_database, set_right

FORMAT = 9
OF_THE_LOG, OF_CONCERNS = "001_log.sql", "006_concerns.sql"
OF_LOG: Final = re.compile(r"\blog(?=\.\w)|(?<=CREATE SCHEMA )log")
NO_TABLES = (psycopg.errors.UndefinedTable, psycopg.errors.InvalidSchemaName)
MIGRATIONS: Final[LiteralString] = (
    "CREATE TABLE IF NOT EXISTS public.migrations (name text PRIMARY KEY)"
)
# Whoever changes tables has locked this one, which is the owner's alone.
CHANGERS_TURN: Final[LiteralString] = "LOCK TABLE public.migrations IN SHARE UPDATE EXCLUSIVE MODE"
# What is given when a build or a view is made; see 003_read.sql.
READ_RIGHTS: Final[LiteralString] = (
    "WITH meant AS (SELECT * FROM unnest(%s::text[], %s::bool[], %s::text[]) AS m(role, it, what)),"
    " gone AS (DELETE FROM read.rights"
    " WHERE (role, on_view, what) NOT IN (SELECT role, it, what FROM meant))"
    " INSERT INTO read.rights SELECT * FROM meant ON CONFLICT DO NOTHING"
)


class WrongFormat(RuntimeError):
    """The log has a format that this version can't read."""


def provision(programme_url: str, vault_url: str) -> None:
    """Bring both databases up to date; safe to run at every start, and by several at once.

    Raises psycopg.Error where the role in the URL may not make tables.
    """
    _apply(programme_url, PROGRAMME)
    _apply(vault_url, VAULT)


def _apply(url: str, database: str) -> None:
    with connect(url, autocommit=True) as connection:
        with suppress(psycopg.errors.UniqueViolation, psycopg.errors.DuplicateTable):
            connection.execute(MIGRATIONS)  # or somebody else made it at this moment
        with connection.transaction():
            connection.execute(CHANGERS_TURN)
            _migrate(connection, database)
            if database == PROGRAMME:
                _must_be_of_this_format(connection)
                _keep_read_rights(connection)
            set_right(connection, database)
            close_database(connection)


def _migrate(connection: psycopg.Connection, database: str) -> None:
    done = {name for (name,) in connection.execute("SELECT name FROM public.migrations")}
    for file in sorted(files("services.engines").joinpath("sql", database).iterdir(), key=str):
        if file.name not in done:
            statements = file.read_text(encoding="utf-8")
            if file.name == OF_CONCERNS:
                statements = _like_the_log() + statements
            connection.execute(statements.encode())
            connection.execute("INSERT INTO public.migrations VALUES (%s)", (file.name,))


def _like_the_log() -> str:
    """The tables of the log, in the schema of what is told in confidence."""
    log = files("services.engines").joinpath("sql", PROGRAMME, OF_THE_LOG)
    return OF_LOG.sub("concerns", log.read_text(encoding="utf-8"))


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


def _keep_read_rights(connection: psycopg.Connection) -> None:
    """Who may do what in builds and views that are still to be made."""
    rows = [
        (user.name, name == READ_MODELS, what)
        for user in USERS
        for name in (BUILDS, READ_MODELS)
        for what in user.tables.get(name, ())
    ]
    roles, on_views, rights = zip(*rows, strict=True)
    connection.execute(READ_RIGHTS, (list(roles), list(on_views), list(rights)))


def check_format(url: str) -> None:
    """Raises WrongFormat unless the log is one that this version reads and writes."""
    with connect(url) as connection:
        _must_be_of_this_format(connection)
