"""What a PostgreSQL server of ours has before there are tables: roles with their limits, databases,
and functions taken from everybody. `deploy/postgres/roles.sh` does the same in a deployment.
"""

import hmac
import re
from base64 import b64decode
from collections.abc import Callable, Mapping
from hashlib import pbkdf2_hmac, sha256
from typing import Any, Final, LiteralString

import psycopg
from psycopg.sql import SQL, Identifier, Literal

from services.engines.access import PROGRAMME, USERS, VAULT, User, roles
from services.engines.passwords import SUPERUSER

VERIFIER: Final = re.compile(
    r"SCRAM-SHA-256\$(?P<iterations>\d+):(?P<salt>[^$]+)\$(?P<stored>[^:]+):.+"
)
OWN_SETTINGS: Final[LiteralString] = (
    "SELECT rolname, rolconnlimit, coalesce(setconfig, '{}')"
    " FROM pg_roles r LEFT JOIN pg_db_role_setting ON setrole = r.oid AND setdatabase = 0"
)
IN_DATABASES: Final[LiteralString] = (
    "SELECT rolname, datname FROM pg_db_role_setting"
    " JOIN pg_roles r ON r.oid = setrole JOIN pg_database d ON d.oid = setdatabase"
)
# Anybody could take any advisory lock and fill the disk with large objects; nobody of ours needs
# either. Each database has functions of its own, and a new one those of template1.
FOR_NOBODY: Final[LiteralString] = """
    SELECT format('REVOKE EXECUTE ON FUNCTION %s FROM PUBLIC', oid::regprocedure) FROM pg_proc
    WHERE pronamespace = 'pg_catalog'::regnamespace
    AND (proname ~ '^pg_(try_)?advisory_' OR proname IN ('lo_creat', 'lo_create', 'lo_from_bytea'))
    AND has_function_privilege('public', oid, 'EXECUTE')
"""


def make(url_of: Callable[[str], str], passwords: Mapping[str, str]) -> None:
    """Make what is not there yet, and set anew what a role may have set for itself.

    `url_of` gives the superuser's URL to a database. Repeated at every start, so a first start that
    was killed halfway is mended by the next. Raises psycopg.Error.
    """
    with psycopg.connect(url_of(SUPERUSER), autocommit=True) as server:
        _make_roles(server, passwords)
        _limit_roles(server)
        for database in (PROGRAMME, VAULT):
            _make_database(server, database)
        server.execute("REVOKE CONNECT ON DATABASE postgres, template1 FROM PUBLIC")
    for database in ("template1", PROGRAMME, VAULT):
        with psycopg.connect(url_of(database)) as connection:
            for statement in connection.execute(FOR_NOBODY).fetchall():
                connection.execute(SQL(*statement))


def _make_roles(server: psycopg.Connection, passwords: Mapping[str, str]) -> None:
    known = dict[str, str | None]()
    known.update(server.execute("SELECT rolname, rolpassword FROM pg_authid").fetchall())
    for role, password in passwords.items():
        names: dict[str, Any] = {"role": Identifier(role), "password": Literal(password)}
        names["rights"] = SQL("CREATEDB" if role == "owner" else "NOCREATEDB")
        if role not in known:
            create = SQL("CREATE ROLE {role} LOGIN {rights} PASSWORD {password}")
            server.execute(create.format(**names))
        elif not _is_verified(password, known[role] or ""):  # a role may change its own
            server.execute(SQL("ALTER ROLE {role} PASSWORD {password}").format(**names))


def _is_verified(password: str, verifier: str) -> bool:
    """Whether what PostgreSQL keeps of a password (RFC 5803) is of this one."""
    found = VERIFIER.fullmatch(verifier)
    if found is None:
        return False
    salt, iterations = b64decode(found["salt"]), int(found["iterations"])
    salted = pbkdf2_hmac("sha256", password.encode(), salt, iterations)
    client = hmac.digest(salted, b"Client Key", "sha256")
    return hmac.compare_digest(sha256(client).digest(), b64decode(found["stored"]))


def _limit_roles(server: psycopg.Connection) -> None:
    """What a role has set for itself, to have it whenever it comes in, is taken back."""
    for role, database in server.execute(IN_DATABASES).fetchall():
        names = {"role": Identifier(role), "database": Identifier(database)}
        server.execute(SQL("ALTER ROLE {role} IN DATABASE {database} RESET ALL").format(**names))
    found = {name: set_so for name, *set_so in server.execute(OWN_SETTINGS)}
    for user in USERS:
        meant = [f"{name}={value}" for name, value in user.limits.settings.items()]
        connections, settings = found.get(user.name, (None, None))
        if settings is not None and (connections, sorted(settings)) != (
            user.limits.connections,
            sorted(meant),
        ):
            _limit(server, user)


def _limit(server: psycopg.Connection, user: User) -> None:
    role = Identifier(user.name)
    most = Literal(user.limits.connections)
    server.execute(SQL("ALTER ROLE {} RESET ALL").format(role))
    server.execute(SQL("ALTER ROLE {} CONNECTION LIMIT {}").format(role, most))
    for name, value in user.limits.settings.items():
        names = (role, Identifier(name), Literal(value))
        server.execute(SQL("ALTER ROLE {} SET {} = {}").format(*names))


def _make_database(server: psycopg.Connection, name: str) -> None:
    database = Identifier(name)
    if not server.execute("SELECT FROM pg_database WHERE datname = %s", (name,)).fetchall():
        server.execute(SQL("CREATE DATABASE {} OWNER owner").format(database))
    allowed = SQL(", ").join(map(Identifier, roles(name)))
    server.execute(SQL("REVOKE ALL ON DATABASE {} FROM PUBLIC").format(database))
    server.execute(SQL("GRANT CONNECT ON DATABASE {} TO {}").format(database, allowed))
