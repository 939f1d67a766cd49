from collections.abc import Sequence

import psycopg
import pytest
from psycopg.sql import SQL

from projections.catalogue import ALL
from services.clock import SystemClock
from services.engines.addresses import Engines
from services.engines.schema import WrongFormat, provision
from services.workers.projector import Projector

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
    with psycopg.connect(fresh.programme["owner"]) as owner:
        owner.execute("GRANT ALL ON log.events, work.notices TO policies")
    with psycopg.connect(fresh.programme["projector"]) as own:
        for name in views:
            own.execute(SQL("GRANT SELECT ON {} TO policies").format(SQL(name)))
            own.execute(SQL("REVOKE ALL ON {} FROM reader").format(SQL(name)))
    assert may_read(fresh, "policies", [*views, notices]) == {*views, notices}

    provision(fresh.programme["owner"], fresh.vault["owner"])
    projector.prepare()
    projector.close()

    assert may_read(fresh, "policies", [*views, notices, "log.events"]) == {"log.events"}
    assert may_read(fresh, "reader", views) == set(views)
    with psycopg.connect(fresh.programme["owner"]) as owner:
        may = owner.execute("SELECT has_table_privilege('policies', 'log.events', 'UPDATE')")
        assert may.fetchone() == (False,)


def test_a_database_from_before_all_tables_were_there_is_refused_whole(fresh: Engines) -> None:
    with psycopg.connect(fresh.programme["owner"]) as owner:
        owner.execute("DROP TABLE work.saved_consumers")
    before = may_read(fresh, "policies", ["log.events"])

    with pytest.raises(WrongFormat, match="Begin in an empty data folder"):
        provision(fresh.programme["owner"], fresh.vault["owner"])

    assert may_read(fresh, "policies", ["log.events"]) == before
