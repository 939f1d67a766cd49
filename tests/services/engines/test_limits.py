"""What one role may take of the server, so that there is enough for the others."""

from contextlib import ExitStack
from pathlib import Path

import psycopg
import pytest

from services.engines.access import USERS, User
from services.engines.addresses import Engines
from services.engines.embedded import embedded
from services.engines.embedded_postgres import SETTINGS
from services.engines.faults import kind_of

RESERVED = 3  # connections that PostgreSQL keeps for its superuser


def url_of(engines: Engines, name: str) -> str:
    return engines.programme.get(name) or engines.vault[name]


@pytest.mark.parametrize("user", USERS, ids=lambda user: user.name)
def test_each_role_has_the_limits_of_the_table(engines: Engines, user: User) -> None:
    with psycopg.connect(url_of(engines, user.name)) as connection:
        query = "SELECT rolconnlimit FROM pg_roles WHERE rolname = current_user"
        assert connection.execute(query).fetchone() == (user.limits.connections,)
        for name, value in user.limits.settings.items():
            setting = "SELECT setting::bigint FROM pg_settings WHERE name = %s"
            shown = connection.execute(setting, (name,))
            assert shown.fetchone() == (in_units(name, value),), name


def in_units(name: str, value: str) -> int:
    """As PostgreSQL keeps it: in kilobytes or milliseconds."""
    if name == "temp_file_limit":
        return int(value) if value == "-1" else int(value.removesuffix("MB")) * 1024
    return int(value.removesuffix("s")) * 1000


def test_all_together_leave_connections_free() -> None:
    most = int(SETTINGS["max_connections"]) - RESERVED
    assert sum(user.limits.connections for user in USERS) <= most


def take_all(stack: ExitStack, url: str) -> None:
    for _ in range(100):
        stack.enter_context(psycopg.connect(url))


def test_who_takes_all_it_can_takes_nothing_from_the_writer(engines: Engines) -> None:
    with ExitStack() as stack:
        with pytest.raises(psycopg.OperationalError) as met:
            take_all(stack, engines.programme["auditor"])
        assert kind_of(met.value).kind == "full"
        psycopg.connect(engines.programme["commands"]).close()


def test_what_a_role_has_set_for_itself_is_gone_at_the_next_start(data: Path) -> None:
    """Also its password, with which it would keep out whoever is to use it."""
    with (
        embedded(data, fsync=False) as engines,
        psycopg.connect(engines.programme["auditor"], autocommit=True) as auditor,
    ):
        auditor.execute("ALTER ROLE auditor SET statement_timeout = 0")
        auditor.execute("ALTER ROLE auditor IN DATABASE programme SET search_path = work")
        auditor.execute("ALTER ROLE auditor PASSWORD 'mine'")
    with (
        embedded(data, fsync=False) as engines,
        psycopg.connect(engines.programme["auditor"]) as auditor,
    ):
        row = auditor.execute(
            "SELECT current_setting('statement_timeout'), current_setting('search_path')"
        ).fetchone()
        assert row == ("5min", '"$user", public')


def test_a_role_cannot_raise_what_limits_it_against_others(fresh: Engines) -> None:
    with psycopg.connect(fresh.programme["auditor"], autocommit=True) as auditor:
        for what in ("SET", "ALTER ROLE auditor SET"):
            statement = f"{what} temp_file_limit = -1"
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                auditor.execute(statement.encode())
        auditor.execute("SET work_mem = '64kB'")
        with pytest.raises(psycopg.errors.ConfigurationLimitExceeded):
            auditor.execute(
                "SELECT count(*) FROM (SELECT repeat('x', 900) || n FROM"
                " generate_series(1, 1500000) AS n ORDER BY 1) AS sorted"
            )
