import subprocess
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import psycopg
import pytest
from psycopg.sql import SQL, Identifier

from services.crew import NAMES
from services.engines.addresses import Engines
from services.engines.binaries import from_wheels
from services.engines.embedded import free_ports
from services.engines.embedded_nats import answers
from services.files import write_whole
from tests.scenes.calls import Calls
from tests.scenes.office import AS_SETTINGS
from tests.scenes.over_http import free_port
from tests.scenes.terminal import Terminal
from tests.scenes.tokens import STRANGER
from tests.scenes.watching import until


@pytest.fixture
def elsewhere(fresh: Engines, tmp_path: Path) -> Iterator[Terminal]:
    """Engines that are not ours: databases of one owner, and a NATS that lets everybody in."""
    (port,) = free_ports(1)
    store = tmp_path / "jetstream"
    command = [str(from_wheels().nats_server), "-a", "127.0.0.1", "-p", str(port), "-js"]
    with (
        (tmp_path / "nats.log").open("w") as log,
        subprocess.Popen([*command, "-sd", str(store)], stderr=log) as server,
    ):
        try:
            until(lambda: answers(port))
            yield Terminal(
                **AS_SETTINGS,
                LT_DATABASE_URL=fresh.programme["owner"],
                LT_VAULT_URL=fresh.vault["owner"],
                LT_NATS_URL=f"nats://127.0.0.1:{port}",
                LT_DATA=tmp_path / "data",
                LT_MASTER_KEY_FILE=tmp_path / "master.key",
                LT_TOKEN_FILE=tmp_path / "token",
                LT_LOG_LEVEL="info",
            )
        finally:
            server.terminate()


@pytest.mark.parametrize(
    "processes",
    [
        pytest.param([NAMES], id="in one process"),
        pytest.param([(name,) for name in NAMES], id="each alone", marks=pytest.mark.patient),
    ],
)
def test_workers_alone_on_engines_elsewhere_pass_a_command_on(
    elsewhere: Terminal, tmp_path: Path, processes: list[tuple[str, ...]]
) -> None:
    lt, calls = elsewhere, Calls(**elsewhere._settings)
    (tmp_path / "data").mkdir()
    (tmp_path / "master.key").write_text("0f" * 32)
    missing = calls("events")
    assert (missing.code, missing.out) == (3, "")
    assert missing.err.startswith("The stream is not there yet.")
    write_whole(tmp_path / "token", lt.token(STRANGER))
    nobody = calls("do", "cohort.plan", "{}", "--json")
    assert (nobody.code, nobody.json["status"]) == (3, "busy")
    answering = Terminal(**{**lt._settings, "LT_WEB": f"127.0.0.1:{free_port()}"})
    with ExitStack() as stack:
        workers = [stack.enter_context(answering.running("run", *names)) for names in processes]
        assert calls("provision", "--json").json == {"provisioned": True}
        for worker in workers:
            until(lambda worker=worker: "workers.ready" in worker.errors)  # type: ignore[misc]  # mypy can't see the default
        cohort = lt.planned()
        until(lt.is_settled)
        assert calls("show", "cohort_board", "--json").json["code"] == "identity.not-tied"
        write_whole(tmp_path / "token", lt.token(lt.coordinator))
        assert [row["key"] for row in calls("show", "cohort_board", "--json").lines] == [cohort]
        for worker in workers:
            said = worker.end()
            assert (said.code, said.out) == (0, "")
            assert "worker.failed" not in said.err, said.err


def test_a_worker_that_starts_before_there_are_tables_waits_for_them(elsewhere: Terminal) -> None:
    empty = f"{elsewhere._settings['LT_DATABASE_URL']}_empty"
    with psycopg.connect(elsewhere._settings["LT_DATABASE_URL"], autocommit=True) as owner:
        owner.execute(SQL("CREATE DATABASE {}").format(Identifier(empty.rpartition("/")[2])))
    lt = Terminal(**{**elsewhere._settings, "LT_DATABASE_URL": empty})
    with lt.running("run", "relay") as relay:
        until(lambda: "run `leading-together provision`" in relay.errors)
        assert Calls(**lt._settings)("provision").code == 0
        until(lambda: "workers.ready" in relay.errors)
        assert relay.end().code == 0
    with psycopg.connect(elsewhere._settings["LT_DATABASE_URL"], autocommit=True) as owner:
        gone = SQL("DROP DATABASE {} WITH (FORCE)")
        owner.execute(gone.format(Identifier(empty.rpartition("/")[2])))
