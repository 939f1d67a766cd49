import os
import signal
import subprocess
import sys
from contextlib import suppress
from pathlib import Path

import httpx
import pytest

from services.files import write_whole
from services.secrecy import LARGEST_CORE
from services.web.surface import ROOT
from tests.scenes.calls import Calls
from tests.scenes.over_http import free_port
from tests.scenes.terminal import Terminal
from tests.scenes.watching import cores_of, until

SECRET = "smtp://ada:s3cret@127.0.0.1:1"  # where nobody listens


def test_up_keeps_no_secret_where_others_look_and_leaves_no_memory(tmp_path: Path) -> None:
    data = tmp_path / "data"
    with Terminal(LT_DATA=data, LT_SMTP_URL=SECRET).up() as up:
        process = Path(f"/proc/{up.pid}")
        assert b"s3cret" not in process.joinpath("environ").read_bytes()
        assert b"s3cret" not in process.joinpath("cmdline").read_bytes()
        assert b"LT_DATA=" in process.joinpath("environ").read_bytes()
        assert cores_of(up.pid) <= {"0", str(LARGEST_CORE)}
        status = Calls(LT_DATA=data)("status")
        assert status.code == 0, status.out
        refused = Terminal(LT_DATA=data)("up")
        assert (refused.code, "already running" in refused.err) == (1, True)
        assert up.end().code == 0


LIGHT = 100 * 2**20  # bytes in memory that the worker `web` stays under while nobody asks


def test_up_answers_http_by_a_process_of_its_own_that_comes_back_and_ends_with_it(
    tmp_path: Path,
) -> None:
    address = f"127.0.0.1:{free_port()}"
    with Terminal(LT_DATA=tmp_path / "data", LT_WEB=address).up() as up:
        assert httpx.get(f"http://{address}{ROOT}", trust_env=False).is_success
        first = process_of_web(up.pid)
        assert b"LT_NATS_SEED=S" not in Path(f"/proc/{first}/environ").read_bytes()
        pages = int(Path(f"/proc/{first}/statm").read_text().split()[1])
        assert pages * os.sysconf("SC_PAGESIZE") < LIGHT
        refused = Terminal(LT_DATA=tmp_path / "other", LT_WEB=address)("up")
        assert (refused.code, address in refused.err) == (2, True)
        again = Terminal(LT_DATA=tmp_path / "data", LT_WEB=address)("up")
        assert (again.code, "already running" in again.err) == (1, True)
        os.kill(first, signal.SIGKILL)
        until(lambda: process_of_web(up.pid) not in (0, first))
        until(lambda: answers_at(address))
        assert up.end().code == 0
        assert not answers_at(address)


def process_of_web(parent: int) -> int:
    """The process of the worker `web` that another one has started; 0 if there is none."""
    for one in Path(f"/proc/{parent}/task/{parent}/children").read_text().split():
        with suppress(OSError):
            if b"web" in Path(f"/proc/{one}/cmdline").read_bytes().split(b"\0"):
                return int(one)
    return 0


def answers_at(address: str) -> bool:
    """Whether somebody answers HTTP there."""
    with suppress(httpx.HTTPError):
        return httpx.get(f"http://{address}{ROOT}", trust_env=False).is_success
    return False


@pytest.mark.parametrize("words", [("up", "--demo"), ("demo",)])
def test_a_demonstration_keeps_no_secret_either(tmp_path: Path, words: tuple[str, ...]) -> None:
    lt = Terminal(LT_DATA=tmp_path / "data", LT_SMTP_URL=SECRET)
    with lt.running(*words) as running:
        running.until("Real PostgreSQL, real NATS")
        assert b"s3cret" not in Path(f"/proc/{running.pid}/environ").read_bytes()
        running.end()


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give files to others")
@pytest.mark.parametrize("words", [("status",), ("up",), ("demo", "--data", "var")])
def test_what_lies_in_the_current_folder_and_is_anothers_is_not_used(
    tmp_path: Path, words: tuple[str, ...]
) -> None:
    write_whole(tmp_path / "precious", "root's")
    (var := tmp_path / "var").mkdir()
    for name in ("engines.json", "secrets.json"):
        (var / name).write_text("{}")
    for name in ("lock", "made-by-the-demonstration"):
        (var / name).symlink_to(tmp_path / "precious")
    for one in (var, *var.iterdir()):
        os.chown(one, 65534, 65534, follow_symlinks=False)
    said = called_in(tmp_path, *words)
    assert said.returncode == 3, said.stderr
    assert "belongs to another user" in said.stderr
    assert "Traceback" not in said.stderr
    assert (tmp_path / "precious").read_text() == "root's"
    assert len(list(var.iterdir())) == 4


def called_in(folder: Path, *words: str) -> subprocess.CompletedProcess[str]:
    """The command line in another folder than the house."""
    house = str(Path(__file__).parents[3])
    return subprocess.run(
        [sys.executable, "-m", "services", *words],
        cwd=folder,
        env=Terminal().environment(PYTHONPATH=house),
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.mark.patient  # it is told a whole story
@pytest.mark.timeout(600)
def test_up_with_the_demonstration_is_asked_over_http_too_and_ends_with_all_of_it(
    tmp_path: Path,
) -> None:
    address = f"127.0.0.1:{free_port()}"
    with Terminal(LT_DATA=tmp_path / "data", LT_WEB=address).running("up", "--demo") as up:
        up.until(f"Over HTTP it is asked at http://{address}")
        assert answers_at(address)
        status = Calls(LT_DATA=tmp_path / "data")("status")
        assert status.code == 0, status.out
        assert "not running" not in status.out
        assert up.end().code == 0
        assert not answers_at(address)
