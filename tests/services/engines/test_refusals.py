"""What PostgreSQL's log tells: who was refused what, and nothing that anybody wrote."""

import subprocess
from pathlib import Path

import psycopg
import pytest

from services.engines.embedded import embedded
from services.engines.refusals import OURS, kept
from tests.scenes.watching import until

FILTER = Path(__file__).parents[3] / "deploy" / "postgres" / "refusals.pl"
AT = "2026-11-27 07:00:00.000 UTC"
SAID = [
    "postgres: what is said before all settings are known\n",
    f"{OURS} 2026-11-27 07:00:00.000 UTC [1] LOG:  starting PostgreSQL\n",
    f"{OURS} {AT} [2] auditor@programme 42501 ERROR:  permission denied for table events\n",
    f"{OURS} {AT} [2] relay@programme 22P02 ERROR:  invalid input syntax for type xid: 'Ada\n",
    "\tTregenza\n",
    f"{OURS} 2026-11-27 07:00:00.000 UTC [2] relay@programme 42501 ERROR:  Ada Tregenza\n",
    "\tof Truro\n",
    f"{OURS} 2026-11-27 07:00:00.000 UTC [3] Ada\n",
    "Tregenza@programme 28P01 FATAL:  password authentication failed\n",
    f"{OURS} 2026-11-27 07:00:00.000 UTC [4] relay@programme 22P02 ERROR:  Ada",
    " Tregenza, who is a long story\n",
    f"{OURS} 2026-11-27 07:00:00.000 UTC [1] LOG:  two\n",
    "\tlines\n",
]
KEPT = [
    SAID[0],
    "2026-11-27 07:00:00.000 UTC [1] LOG:  starting PostgreSQL\n",
    f"{AT} [2] auditor@programme REFUSED:  permission denied for table events\n",
    "2026-11-27 07:00:00.000 UTC [2] relay@programme REFUSED:  what was asked for is not allowed\n",
    "2026-11-27 07:00:00.000 UTC [1] LOG:  two\n",
    "\tlines\n",
]


def test_of_what_the_server_says_nothing_stays_that_anybody_wrote() -> None:
    assert list(kept(SAID)) == KEPT


def test_a_deployment_keeps_the_same() -> None:
    filtered = subprocess.run(
        ["/usr/bin/perl", str(FILTER)],
        input="".join(SAID),
        capture_output=True,
        text=True,
        check=True,
    )
    assert filtered.stdout.splitlines(keepends=True) == KEPT


WORDS = "Tregenza of Truro"
SECRETS = [
    "SELECT '{}'::integer",
    "SELECT * FROM log.events WHERE document = '{}'",
    'SELECT * FROM vault."{}"',
    "DO $$ BEGIN RAISE EXCEPTION '{}' USING ERRCODE = 'insufficient_privilege'; END $$",
    "SELECT {}",
    "INSERT INTO work.places VALUES ('{}', 0)",
]


def test_a_refused_statement_is_logged_with_role_and_time_and_nothing_it_said(
    data: Path,
) -> None:
    log = data / "log" / "postgresql.log"
    with embedded(data, fsync=False) as engines:
        with psycopg.connect(engines.programme["owner"]) as owner:
            owner.execute("CREATE TABLE IF NOT EXISTS closed (what text)")
        with psycopg.connect(engines.programme["auditor"], autocommit=True) as auditor:
            for statement in [*SECRETS, "SELECT * FROM closed"]:
                with pytest.raises(psycopg.Error):
                    auditor.execute(statement.format(WORDS).encode())
        line = "auditor@programme REFUSED:  permission denied for table closed"
        until(lambda: line in log.read_text())
        with psycopg.connect(engines.programme["owner"]) as owner:
            owner.execute("DROP TABLE closed")
    assert "Tregenza" not in log.read_text()
    assert "REFUSED:  what was asked for is not allowed" in log.read_text()


def test_nobody_who_knocks_writes_a_line_of_their_own(data: Path) -> None:
    """A role and a database are named at the door, without a password."""
    log = data / "log" / "postgresql.log"
    stamp = "2026-11-27 07:00:00.000 UTC [1] a@b 42501 ERROR:  x"
    names = [f"a\n{stamp}", f"\n{OURS} {stamp}"[:63], "a\nfree words"]
    with embedded(data, fsync=False) as engines:
        for name in names:
            for user, database in ((name, "programme"), ("owner", name)):
                with pytest.raises(psycopg.OperationalError):
                    psycopg.connect(
                        engines.programme["owner"], user=user, dbname=database, password="x"
                    )
        with (
            psycopg.connect(engines.programme["auditor"], autocommit=True) as auditor,
            pytest.raises(psycopg.Error),
        ):
            auditor.execute("SET ROLE owner")
        until(lambda: "REFUSED" in log.read_text().splitlines()[-1])
    lines = log.read_text().splitlines()
    assert not [line for line in lines if line.startswith(("2026-11-27 07:00:00", "free words"))]
