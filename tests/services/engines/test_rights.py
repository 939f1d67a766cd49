"""The matrix: every role against everything that both databases have, as the server itself says."""

import re
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Final, LiteralString

import psycopg
import pytest

from services.clock import SystemClock
from services.engines.access import PROGRAMME, USERS, VAULT, User, database_of
from services.engines.addresses import Engines
from services.engines.schema import provision
from services.workers.projector import Projector
from tests.scenes.databases import fresh_databases

ROLES: Final = tuple(user.name for user in USERS if not user.owns)
DATABASES: Final = (PROGRAMME, VAULT)
Cell = tuple[str, str, str]  # who, on what, may what
ASKED: Final[LiteralString] = """
    WITH who AS (SELECT unnest(%(roles)s::text[]) AS role),
    ours AS (SELECT c.oid, nspname || '.' || relname AS name, relkind FROM pg_class c
        JOIN pg_namespace n ON n.oid = relnamespace
        WHERE nspname IN ('log', 'work', 'read', 'trail', 'concerns', 'vault', 'public'))
    SELECT role, name, what FROM who, ours, unnest(%(of_tables)s::text[]) AS what
        WHERE relkind IN ('r', 'v') AND has_table_privilege(role, oid, what)
    UNION ALL SELECT role, name || '.' || attname, what
        FROM who, ours JOIN pg_attribute ON attrelid = oid AND attnum > 0 AND NOT attisdropped,
        unnest('{SELECT,INSERT,UPDATE,REFERENCES}'::text[]) AS what
        WHERE relkind IN ('r', 'v') AND has_column_privilege(role, oid, attnum, what)
    UNION ALL SELECT role, name, what
        FROM who, ours, unnest('{USAGE,SELECT,UPDATE}'::text[]) AS what
        WHERE relkind = 'S' AND has_sequence_privilege(role, oid, what)
    UNION ALL SELECT role, nspname, what
        FROM who, pg_namespace, unnest('{USAGE,CREATE}'::text[]) AS what
        WHERE nspname !~ '^(pg_|information)' AND has_schema_privilege(role, nspname, what)
    UNION ALL SELECT role, p.oid::regprocedure::text, 'EXECUTE'
        FROM who, pg_proc p JOIN pg_namespace n ON n.oid = pronamespace
        WHERE nspname !~ '^(pg_|information)' AND has_function_privilege(role, p.oid, 'EXECUTE')
    UNION ALL SELECT role, 'this database', what
        FROM who, unnest('{CREATE,TEMPORARY}'::text[]) AS what
        WHERE has_database_privilege(role, current_database(), what)
"""
OF_TABLES: Final = ["SELECT", "INSERT", "UPDATE", "DELETE", "TRUNCATE", "REFERENCES", "TRIGGER"]
RELATIONS: Final[LiteralString] = """
    SELECT nspname || '.' || relname, relkind = 'v', array_agg(attname ORDER BY attnum)
        FILTER (WHERE attnum > 0 AND NOT attisdropped)
    FROM pg_class c JOIN pg_namespace n ON n.oid = relnamespace
    JOIN pg_attribute ON attrelid = c.oid
    WHERE nspname IN ('log', 'work', 'read', 'trail', 'concerns', 'vault', 'public')
    AND relkind IN ('r', 'v')
    GROUP BY 1, 2
"""


@pytest.fixture(scope="module")
def built(engines: Engines, templates: None) -> Iterator[Engines]:
    """Databases with all builds and views, made by the projector, and what a start sets right."""
    with fresh_databases(engines) as ours:
        projector = Projector(ours.programme["projector"], SystemClock())
        projector.prepare()
        projector.close()
        provision(ours.programme["owner"], ours.vault["owner"])
        yield ours


def owner_of(engines: Engines, database: str) -> psycopg.Connection:
    return psycopg.connect(getattr(engines, database)["owner"], autocommit=True)


def asked(engines: Engines, database: str) -> set[Cell]:
    """All that roles may do there, as the server says."""
    with owner_of(engines, database) as owner:
        kinds = OF_TABLES + (["MAINTAIN"] if owner.info.server_version >= 170000 else [])
        rows = owner.execute(ASKED, {"roles": list(ROLES), "of_tables": kinds})
        return {(who, on, what) for who, on, what in rows}


def by_the_table(engines: Engines, database: str) -> set[Cell]:
    """All that they may do there, as the table in code says."""
    with owner_of(engines, database) as owner:
        rows = owner.execute(RELATIONS)
        relations = {name: (is_view, columns or []) for name, is_view, columns in rows}
    cells: set[Cell] = set()
    for user in USERS:
        if user.owns:
            continue
        cells.add((user.name, "public", "USAGE"))  # in which is nothing of anybody's
        for name, rights in user.tables.items():
            if database_of(name) != database:
                continue
            cells.add((user.name, name.partition(".")[0], "USAGE"))
            for table in _meant(name, relations):
                for right in rights:
                    cells |= set(_cells(user.name, table, right, relations))
    return cells


def _meant(name: str, relations: dict[str, tuple[bool, list[str]]]) -> list[str]:
    if name == "read.*":
        return [one for one, (view, _) in relations.items() if view and one.startswith("read.")]
    if name == "read.*_v*":
        return [one for one in relations if re.search(r"_v\d+_\d+$", one)]
    return [name]


def _cells(
    who: str, on: str, right: str, relations: dict[str, tuple[bool, list[str]]]
) -> Iterator[Cell]:
    what, _, of_columns = right.partition(" (")
    columns = relations[on][1] if on in relations else []
    if of_columns:
        columns = of_columns.rstrip(")").split(", ")
    else:
        yield who, on, what
    if what in ("SELECT", "INSERT", "UPDATE"):
        yield from ((who, f"{on}.{column}", what) for column in columns)


@pytest.mark.parametrize("database", DATABASES)
def test_everybody_may_what_the_table_says_and_nothing_else(built: Engines, database: str) -> None:
    may, should = asked(built, database), by_the_table(built, database)
    assert (sorted(may - should), sorted(should - may)) == ([], [])
    assert len(should) > 80


CHANGED: Final = [
    ("programme", "GRANT UPDATE ON log.events TO auditor"),
    ("programme", "GRANT INSERT (worker) ON work.places TO relay"),
    ("programme", "GRANT CREATE ON SCHEMA read TO projector"),
    ("programme", "GRANT EXECUTE ON FUNCTION read.drop_build(text, integer) TO PUBLIC"),
    ("programme", "GRANT USAGE ON SEQUENCE work.orders_number_seq TO console"),
    ("programme", "GRANT SELECT ON read.agenda TO policies"),
    ("programme", "GRANT UPDATE (key) ON read.agenda_v1_1 TO projector"),
    ("programme", "GRANT TEMPORARY ON DATABASE {database} TO PUBLIC"),
    ("programme", "GRANT CREATE ON SCHEMA public TO PUBLIC"),
    ("programme", "GRANT INSERT ON trail.openings TO reader"),
    ("programme", "GRANT SELECT ON trail.openings TO auditor"),
    ("programme", "REVOKE SELECT ON log.events FROM relay"),
    ("programme", "REVOKE UPDATE (row) ON read.agenda_v1_1 FROM projector"),
    ("vault", "GRANT SELECT ON vault.keys TO PUBLIC"),
    ("vault", "GRANT UPDATE ON vault.keys TO keeper"),
    ("vault", "REVOKE USAGE ON SCHEMA vault FROM notifier"),
]


@pytest.mark.parametrize("database", DATABASES)
def test_changed_rights_are_seen_each_and_set_right_at_the_next_start(
    built: Engines, database: str
) -> None:
    should = seen = by_the_table(built, database)
    for where, statement in CHANGED:
        if where != database:
            continue
        with owner_of(built, database) as owner:
            changed = statement.replace("{database}", f'"{owner.info.dbname}"')
            if "agenda_v1_1" in changed:
                changed = changed.replace("read.agenda_v1_1", _build_of(owner, "agenda"))
            owner.execute(changed.encode())
        before, seen = seen, asked(built, database)
        assert seen != before, statement
        assert len(seen ^ should) > len(before ^ should), "nor does it undo another"
    provision(built.programme["owner"], built.vault["owner"])
    assert asked(built, database) == should


def _build_of(owner: psycopg.Connection, projection: str) -> str:
    query = "SELECT 'read.' || relname FROM pg_class WHERE relname ~ %s AND relkind = 'r'"
    (name,) = owner.execute(query, (f"^{projection}_v[0-9]+_[0-9]+$",)).fetchone() or ()
    return str(name)


def tried(url: str, statements: Iterable[str]) -> dict[str, str]:
    """What the server says to each statement; nothing where it does as it is told."""
    said: dict[str, str] = {}
    with psycopg.connect(url, autocommit=True) as connection:
        for statement in statements:
            try:
                connection.execute(statement.encode())
            except psycopg.Error as error:
                said[statement] = type(error).__name__
            connection.rollback()
    return said


def url_of(engines: Engines, user: User) -> str:
    databases: dict[str, str] = getattr(engines, user.databases[0])
    return databases[user.name]


FOR_NOBODY: Final = [
    "CREATE TABLE public.mine (a int)",
    "CREATE TABLE {schema}.mine (a int)",
    "CREATE FUNCTION {schema}.mine() RETURNS int LANGUAGE sql AS 'SELECT 1'",
    "CREATE TEMPORARY TABLE mine (a int)",
    "CREATE SCHEMA mine",
    "CREATE FUNCTION public.mine() RETURNS int LANGUAGE sql AS 'SELECT 1'",
    "CREATE FUNCTION pg_temp.mine() RETURNS int LANGUAGE sql AS 'SELECT 1'",
    "CREATE ROLE mine",
    "ALTER ROLE owner PASSWORD 'mine'",
    "ALTER ROLE owner SET search_path = public",
    "ALTER ROLE current_user CONNECTION LIMIT 190",
    "ALTER SYSTEM SET log_statement = 'all'",
    "SET ROLE owner",
    "SET SESSION AUTHORIZATION owner",
    "SET temp_file_limit = -1",
    "SET log_min_messages = panic",
    "SET session_replication_role = replica",
    "SELECT lo_create(0)",
    "SELECT lo_creat(-1)",
    "SELECT lo_from_bytea(0, 'mine')",
    "SELECT pg_advisory_lock(5009255)",
    "SELECT pg_try_advisory_xact_lock(1, 2)",
    "COPY (SELECT 1) TO PROGRAM 'true'",
    "COPY (SELECT 1) TO '/dev/null'",
    "SELECT pg_read_file('PG_VERSION')",
    "SELECT pg_ls_dir('.')",
    "SELECT pg_reload_conf()",
    "SELECT pg_switch_wal()",
    "SELECT pg_create_logical_replication_slot('mine', 'test_decoding')",
]


@pytest.mark.parametrize("user", [user for user in USERS if not user.owns], ids=lambda it: it.name)
def test_what_nobody_may_is_refused_to_each(built: Engines, user: User) -> None:
    schema = next(iter(user.tables)).partition(".")[0]
    statements = [one.replace("{schema}", schema) for one in FOR_NOBODY]
    said = tried(url_of(built, user), statements)
    assert said == dict.fromkeys(statements, "InsufficientPrivilege")


# Beside the turns: who removes rows from a table may hold up who else works there.
MAY_HOLD: Final = {
    ("commands", "log.writers_turn"),
    ("commands", "vault.people"),
    ("commands", "vault.identities"),
    ("commands", "vault.ties"),
    ("projector", "read.makers_turn"),
    ("projector", "read.rebuilders_turn"),
    ("notifier", "work.senders_turn"),
    ("safeguarding", "concerns.writers_turn"),
    ("operator", "work.paused"),
    ("keeper", "vault.turners_turn"),
    ("keeper", "vault.people"),
    ("keeper", "vault.identities"),
    ("keeper", "vault.ties"),
}


@pytest.mark.parametrize("database", DATABASES)
def test_only_who_needs_it_can_lock_a_table_so_that_others_wait(
    built: Engines, database: str
) -> None:
    with owner_of(built, database) as owner:
        tables = [
            name
            for name, is_view, _ in owner.execute(RELATIONS)
            if not re.search(r"_v\d+_\d+$", name)
        ]
    urls = getattr(built, database)
    mode = "SHARE UPDATE EXCLUSIVE"
    locks = {f"BEGIN; LOCK TABLE {one} IN {mode} MODE NOWAIT": one for one in tables}
    able = {
        (user.name, locks[lock])
        for user in USERS
        if not user.owns and database in user.databases
        for lock in locks.keys() - tried(urls[user.name], locks).keys()
    }
    assert able == {(who, table) for who, table in MAY_HOLD if table in tables}


ATTRIBUTES: Final[LiteralString] = (
    "SELECT rolname FROM pg_roles WHERE rolname = ANY(%s) AND (rolsuper OR rolcreaterole"
    " OR rolcreatedb OR rolreplication OR rolbypassrls OR rolname IN"
    " (SELECT member::regrole::text FROM pg_auth_members))"
)


def test_no_role_is_more_than_a_role(engines: Engines) -> None:
    with psycopg.connect(engines.programme["owner"]) as owner:
        assert owner.execute(ATTRIBUTES, (list(ROLES),)).fetchall() == []
        for name in ("postgres", "template1", PROGRAMME, VAULT):
            query = (
                "SELECT role FROM unnest(%s::text[]) AS role"
                " WHERE has_database_privilege(role, %s, 'CONNECT')"
            )
            may = {role for (role,) in owner.execute(query, (list(ROLES), name))}
            assert may == {user.name for user in USERS if name in user.databases and not user.owns}


def test_where_one_role_owns_everything_nothing_is_given_and_everything_works(
    fresh: Engines,
) -> None:
    """Policies about rows say nothing to the owner of the tables."""
    with psycopg.connect(fresh.programme["owner"]) as owner:
        moved = owner.execute("UPDATE work.places SET position = 0, moved_at = now()")
        assert moved.rowcount > 1
        owner.execute("INSERT INTO work.complaints (worker, fault, problem) VALUES ('x', '', '')")
        owner.rollback()
    projector = Projector(fresh.programme["owner"], SystemClock())
    projector.prepare()
    projector.close()


def test_the_page_on_security_tells_of_every_role_and_its_limit() -> None:
    text = (Path(__file__).parents[3] / "docs" / "security.md").read_text()
    rows = re.findall(r"^\| `(\w+)` \| .* \| (\d+) connections", text, re.MULTILINE)
    assert dict(rows) == {user.name: str(user.limits.connections) for user in USERS}
