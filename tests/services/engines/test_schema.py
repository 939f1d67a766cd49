from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor

import psycopg
import pytest
from psycopg.sql import SQL

from projections.catalogue import ALL
from services.clock import SystemClock
from services.engines.addresses import Engines
from services.engines.schema import CHANGERS_TURN, WrongFormat, check_format, provision
from services.workers.projector import Projector
from tests.scenes.databases import empty_databases

MAY = SQL("SELECT has_table_privilege(%s, %s, 'SELECT')")


def may_read(engines: Engines, user: str, tables: Sequence[str]) -> set[str]:
    with psycopg.connect(engines.programme["owner"]) as connection:
        return {t for t in tables if connection.execute(MAY, (user, t)).fetchone() == (True,)}


def test_rights_that_an_earlier_version_gave_are_taken_back_at_the_next_start(
    fresh: Engines,
) -> None:
    views, notices = [f"read.{projection.name}" for projection in ALL], "work.notices"
    projector = Projector(fresh.programme["projector"], SystemClock())
    projector.prepare()
    projector.close()
    with psycopg.connect(fresh.programme["owner"]) as owner:
        owner.execute("GRANT ALL ON log.events, work.notices TO policies")
        for name in views:
            owner.execute(SQL("GRANT SELECT ON {} TO policies").format(SQL(name)))
            owner.execute(SQL("REVOKE ALL ON {} FROM console").format(SQL(name)))
    assert may_read(fresh, "policies", [*views, notices]) == {*views, notices}

    provision(fresh.programme["owner"], fresh.vault["owner"])

    assert may_read(fresh, "policies", [*views, notices, "log.events"]) == {"log.events"}
    assert may_read(fresh, "console", views) == set(views)
    with psycopg.connect(fresh.programme["owner"]) as owner:
        may = owner.execute("SELECT has_table_privilege('policies', 'log.events', 'UPDATE')")
        assert may.fetchone() == (False,)


OF_FORMAT_1 = """
    UPDATE log.format SET format = 1;
    DROP TABLE log.parts, log.without_effect;
"""
ANEW = "`leading-together up --data FOLDER` and an empty folder"


def test_a_log_of_an_older_format_is_refused_whole_and_told_how_to_make_it_anew(
    fresh: Engines,
) -> None:
    with psycopg.connect(fresh.programme["owner"]) as owner:
        owner.execute(OF_FORMAT_1)
        owner.execute("GRANT ALL ON log.events TO relay")
    before = rights(fresh)
    for _ in range(2):
        with pytest.raises(WrongFormat, match="has format 1, and this version reads 9") as refused:
            provision(fresh.programme["owner"], fresh.vault["owner"])
        assert ANEW in str(refused.value)
    assert rights(fresh) == before
    with psycopg.connect(fresh.programme["owner"]) as owner:
        for table in ("log.parts", "log.without_effect"):
            assert owner.execute("SELECT to_regclass(%s)", (table,)).fetchone() == (None,)


def test_a_worker_does_not_begin_on_a_log_of_an_older_format(fresh: Engines) -> None:
    with psycopg.connect(fresh.programme["owner"]) as owner:
        owner.execute(OF_FORMAT_1)
    with pytest.raises(WrongFormat, match="has format 1, and this version reads 9"):
        check_format(fresh.programme["commands"])


def test_a_log_that_does_not_say_its_format_is_refused(fresh: Engines) -> None:
    check_format(fresh.programme["commands"])
    with psycopg.connect(fresh.programme["owner"]) as owner:
        owner.execute("DELETE FROM log.format")
    with pytest.raises(WrongFormat, match="has format none"):
        check_format(fresh.programme["commands"])


def rights(engines: Engines) -> list[tuple[str, str, str]]:
    with psycopg.connect(engines.programme["owner"]) as owner:
        rows = owner.execute(
            "SELECT grantee, table_schema || '.' || table_name, privilege_type"
            " FROM information_schema.role_table_grants WHERE table_schema IN ('log', 'work')"
            " ORDER BY 1, 2, 3"
        )
        return [(who, table, what) for who, table, what in rows]


def test_several_that_start_at_once_make_everything_once(engines: Engines) -> None:
    with empty_databases(engines) as ours, ThreadPoolExecutor(6) as pool:
        starts = [
            pool.submit(provision, ours.programme["owner"], ours.vault["owner"]) for _ in range(6)
        ]
        for one in starts:
            one.result()
        check_format(ours.programme["commands"])


def test_nobody_but_the_owner_keeps_others_from_changing_tables(fresh: Engines) -> None:
    for role in ("projector", "operator", "commands"):
        with (
            psycopg.connect(fresh.programme[role]) as connection,
            pytest.raises(psycopg.errors.InsufficientPrivilege),
        ):
            connection.execute(CHANGERS_TURN)
