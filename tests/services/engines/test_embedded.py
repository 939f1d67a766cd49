import os
import shutil
import signal
import subprocess
import sys
from pathlib import Path
from typing import Final

import psycopg
import pytest

from services.engines.addresses import AlreadyRunning, Engines, EnginesUnavailable, Supervisor, find
from services.engines.embedded import embedded
from tests.scenes.watching import (
    ENGINES,
    both_answer,
    leaders,
    nats_answers,
    nothing_runs_in,
    postgres_answers,
    superuser,
    supervisor,
    until,
)

WAITING: Final = """
import socket
from threading import Thread
from services.engines.embedded_postgres import lets_in

silent = socket.create_server(("127.0.0.1", 0))
found = []
asking = Thread(target=lambda: found.append(lets_in(silent.getsockname()[1])), daemon=True)
asking.start()
silent.accept()
print("goes on", flush=True)
asking.join(20)
print(*found)
"""
"""Waits for a server that lets everybody come, and says nothing: one that is frozen as it starts.
"""


def test_whoever_waits_for_an_engine_that_says_nothing_holds_up_nobody_else() -> None:
    call = [sys.executable, "-c", WAITING]
    said = subprocess.run(call, capture_output=True, text=True, timeout=60, check=True).stdout
    assert said.splitlines() == ["goes on", "False"]


def test_a_first_start_makes_every_role_and_keeps_the_vault_to_its_own(engines: Engines) -> None:
    assert all(postgres_answers(url) for url in engines.programme.values())
    assert all(nats_answers(url) for url in engines.nats.values())
    workers = {"commands", "notifier", "safeguarding", "reader"}
    assert set(engines.vault) == workers | {"owner", "keeper", "checker", "home"}
    assert all(postgres_answers(url) for url in engines.vault.values())
    assert not postgres_answers(engines.programme["projector"].replace("/programme", "/vault"))
    assert not postgres_answers(engines.programme["owner"].replace("owner:", "owner:x"))


def test_a_database_of_a_tests_own_answers_every_role(database: dict[str, str]) -> None:
    assert all(postgres_answers(url) for url in database.values())


def test_a_second_start_names_the_first(data: Path) -> None:
    with embedded(data, fsync=False) as engines:
        with pytest.raises(AlreadyRunning) as refusal, embedded(data, fsync=False):
            pass
        assert str(os.getpid()) in str(refusal.value)
        assert str(data) in str(refusal.value)
        assert both_answer(engines)
        assert find(data, {}) == engines


def test_a_stop_leaves_nothing_running_and_a_start_finds_what_was_kept(data: Path) -> None:
    with embedded(data, fsync=False) as engines:
        with psycopg.connect(engines.programme["owner"]) as db:
            assert db.execute("SELECT what FROM fact").fetchall() == [("kept",)]
        assert find(data, {}).supervisor == Supervisor.of(os.getpid())
    assert nothing_runs_in(data)
    assert not (data / "engines.json").exists()
    assert not (data / "postgres" / "postmaster.pid").exists()
    with pytest.raises(EnginesUnavailable, match="No engines are running"):
        find(data, {})


@pytest.mark.parametrize("folder", ENGINES)
def test_a_killed_engine_comes_back_where_it_was_each_time(data: Path, folder: str) -> None:
    with embedded(data, fsync=False) as engines:
        for _ in range(2):
            kill_and_see_another(data, folder)
            until(lambda: both_answer(engines))
        assert find(data, {}) == engines


def kill_and_see_another(data: Path, folder: str) -> None:
    (killed,) = leaders(data, folder)
    os.kill(killed, signal.SIGKILL)
    until(lambda: leaders(data, folder) not in ([], [killed]))


def test_a_stop_while_an_engine_comes_back_leaves_nothing_running(data: Path) -> None:
    with embedded(data, fsync=False):
        for folder in ENGINES:
            os.kill(leaders(data, folder)[0], signal.SIGKILL)
    assert nothing_runs_in(data)


def test_after_a_killed_supervisor_the_next_start_recovers(data: Path) -> None:
    with supervisor(data) as other:
        other.wait_until_ready()
        with psycopg.connect(find(data, {}).programme["owner"], autocommit=True) as db:
            db.execute("INSERT INTO fact VALUES ('said last')")
        other.kill()
        with pytest.raises(EnginesUnavailable, match="have stopped"):
            find(data, {})
        with (
            embedded(data, fsync=False) as engines,
            psycopg.connect(engines.programme["owner"]) as db,
        ):
            assert db.execute("DELETE FROM fact WHERE what = 'said last'").rowcount == 1
            assert [len(leaders(data, folder)) for folder in ENGINES] == [1, 1]


def test_engines_die_with_a_killed_supervisor(data: Path) -> None:
    with supervisor(data) as other:
        other.wait_until_ready()
        assert not nothing_runs_in(data)
        other.kill()
        until(lambda: nothing_runs_in(data))


def test_ctrl_c_reaches_the_supervisor_alone_which_stops_in_good_order(data: Path) -> None:
    with supervisor(data) as other:
        other.wait_until_ready()
        assert other.group not in [os.getpgid(leaders(data, folder)[0]) for folder in ENGINES]
        code, said = other.interrupt()
    assert (code, said) == (0, "")
    assert nothing_runs_in(data)


def test_a_first_start_killed_halfway_is_mended_by_the_next(tmp_path: Path) -> None:
    data = tmp_path / "data"
    with supervisor(data) as other:
        until(lambda: list(data.glob("postgres.new-*/cluster/PG_VERSION")))
        other.kill()
    assert not (data / "postgres").exists()
    with embedded(data, fsync=False) as engines:
        assert both_answer(engines)
        assert list(data.glob("postgres.new-*")) == []
    shutil.rmtree(data)


def test_roles_and_databases_that_are_missing_are_made(data: Path) -> None:
    with embedded(data, fsync=False) as engines, superuser(data, engines) as db:
        db.execute("DROP DATABASE vault")
        db.execute("REVOKE CONNECT ON DATABASE programme FROM auditor")
        db.execute("DROP ROLE auditor")
    with embedded(data, fsync=False) as engines:
        assert postgres_answers(engines.vault["notifier"])
        assert postgres_answers(engines.programme["auditor"])
