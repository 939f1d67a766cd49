"""Our own tables: numbered SQL files applied in order by the owner, and each role's rights."""

from importlib.resources import files

import psycopg
from psycopg.sql import SQL, Identifier

from services.engines.access import PROGRAMME, VAULT

FORMAT = 1
TURN = 0x4C54  # "LT": the advisory lock of whoever changes tables

RIGHTS: dict[str, dict[str, tuple[str, ...]]] = {
    # table: role: what it may do there. Nobody may update or delete in the log.
    "log.format": dict.fromkeys(
        (
            "commands",
            "relay",
            "projector",
            "policies",
            "notifier",
            "scheduler",
            "reader",
            "operator",
        ),
        ("SELECT",),
    ),
    "log.events": {
        "commands": ("SELECT", "INSERT"),
        "relay": ("SELECT",),
        "projector": ("SELECT",),
        "policies": ("SELECT",),
        "notifier": ("SELECT",),
        "scheduler": ("SELECT",),
        "reader": ("SELECT",),
        "operator": ("SELECT",),
        "auditor": ("SELECT",),
    },
    "log.tags": {
        "commands": ("SELECT", "INSERT"),
        "notifier": ("SELECT",),
        "reader": ("SELECT",),
        "auditor": ("SELECT",),
    },
    "work.places": {
        "policies": ("SELECT", "UPDATE"),
        "notifier": ("SELECT", "UPDATE"),
        "reader": ("SELECT",),
        "operator": ("SELECT", "UPDATE"),
    },
    "work.notices": {
        "notifier": ("SELECT", "INSERT", "UPDATE"),
        "reader": ("SELECT",),
        "operator": ("SELECT", "UPDATE (state, problem, due_at, done_at)"),
    },
    "work.asked": {"scheduler": ("SELECT", "INSERT"), "reader": ("SELECT",)},
    "work.letters": {
        **dict.fromkeys(("projector", "policies", "notifier"), ("SELECT", "INSERT", "UPDATE")),
        "reader": ("SELECT",),
        "operator": ("SELECT",),
    },
    "work.orders": {
        # Nobody may change who ordered what, and why.
        **dict.fromkeys(("policies", "notifier"), ("SELECT", "UPDATE (finished_at, outcome)")),
        "projector": ("SELECT", "INSERT", "UPDATE (finished_at, outcome)"),
        "reader": ("SELECT",),
        "operator": ("SELECT", "INSERT"),
    },
    "work.saved_consumers": {"reader": ("SELECT",)},
    "work.paused": {
        **dict.fromkeys(
            ("commands", "relay", "projector", "policies", "notifier", "scheduler", "reader"),
            ("SELECT",),
        ),
        "operator": ("SELECT", "INSERT", "DELETE"),
    },
    "read.builds": {
        "projector": ("SELECT", "INSERT", "UPDATE", "DELETE"),
        **dict.fromkeys(("scheduler", "reader", "operator"), ("SELECT",)),
    },
    "vault.keys": {
        "commands": ("SELECT", "INSERT"),
        "notifier": ("SELECT",),
        "reader": ("SELECT",),
    },
    "vault.identities": {"commands": ("SELECT", "INSERT")},
}


class WrongFormat(RuntimeError):
    """The log has a format that this version can't read."""


def provision(programme_url: str, vault_url: str) -> None:
    """Bring both databases up to date; safe to run at every start, and by several at once.

    Raises psycopg.Error where the role in the URL may not make tables.
    """
    _apply(programme_url, PROGRAMME)
    _apply(vault_url, VAULT)


def _apply(url: str, database: str) -> None:
    with psycopg.connect(url) as connection:
        connection.execute("SELECT pg_advisory_xact_lock(%s)", (TURN,))
        connection.execute("CREATE TABLE IF NOT EXISTS public.migrations (name text PRIMARY KEY)")
        done = {name for (name,) in connection.execute("SELECT name FROM public.migrations")}
        for file in sorted(files("services.engines").joinpath("sql", database).iterdir(), key=str):
            if file.name not in done:
                connection.execute(file.read_text(encoding="utf-8").encode())
                connection.execute("INSERT INTO public.migrations VALUES (%s)", (file.name,))
        _grant(connection, database)


def _grant(connection: psycopg.Connection, database: str) -> None:
    roles = {name for (name,) in connection.execute("SELECT rolname FROM pg_roles")}
    for table, rights in RIGHTS.items():
        schema, name = table.split(".")
        if (schema == VAULT) is not (database == VAULT):
            continue
        for role, what in rights.items():
            if role in roles:
                _grant_one(connection, schema, name, role, what)
    if database == PROGRAMME and "projector" in roles:
        connection.execute("GRANT USAGE, CREATE ON SCHEMA read TO projector")


def _grant_one(
    connection: psycopg.Connection, schema: str, name: str, role: str, what: tuple[str, ...]
) -> None:
    connection.execute(
        SQL("GRANT USAGE ON SCHEMA {} TO {}").format(Identifier(schema), Identifier(role))
    )
    connection.execute(
        SQL("GRANT {} ON {} TO {}").format(
            SQL(", ").join(map(SQL, what)), Identifier(schema, name), Identifier(role)
        )
    )


def check_format(url: str) -> None:
    """Raises WrongFormat unless the log is one that this version reads and writes."""
    with psycopg.connect(url) as connection:
        row = connection.execute("SELECT format FROM log.format").fetchone()
    if row != (FORMAT,):
        raise WrongFormat(
            f"The log has format {row[0] if row else 'none'}, and this version reads {FORMAT}. "
            "Install the version that wrote it, or begin in an empty data folder."
        )
