"""As whom engines run, and what others of the machine see of them."""

import grp
import os
import pwd
import resource
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from services.engines.accounts import RANGES, _is_nobodys, account_of, give
from services.engines.addresses import EnginesUnavailable
from services.engines.embedded import embedded
from services.files import Account, UntrustedFile
from services.secrecy import LARGEST_CORE
from tests.scenes.watching import ENGINES, both_answer, cores_of, leaders

NOBODY = 65534
TRIES = """
import os, sys
pid, data, nobody = int(sys.argv[1]), sys.argv[2], int(sys.argv[3])
os.setgroups([])
os.setresgid(nobody, nobody, nobody)
os.setresuid(nobody, nobody, nobody)
for what in (
    lambda: os.kill(pid, 0),
    lambda: os.listdir(f"/proc/{pid}/cwd"),
    lambda: os.listdir(f"/proc/{pid}/fd"),
    lambda: open(f"/proc/{pid}/environ").read(),
    lambda: open(f"/proc/{pid}/mem", "rb"),
    lambda: os.listdir(f"{data}/postgres"),
    lambda: open(f"{data}/nats/nats.conf").read(),
    lambda: open(f"{data}/secrets.json").read(),
):
    try:
        what()
    except PermissionError:
        continue
    sys.exit("it could")
"""
as_root = pytest.mark.skipif(os.geteuid() != 0, reason="engines of an ordinary user are that user")


@pytest.fixture
def reachable() -> Iterator[Path]:
    """A data folder to which all may come, whose own mode somebody left open."""
    with tempfile.TemporaryDirectory() as folder:
        Path(folder).chmod(0o755)
        data = Path(folder) / "data"
        data.mkdir()
        data.chmod(0o755)
        yield data


def owners(data: Path) -> set[int]:
    return {one.lstat().st_uid for name in ENGINES for one in (data / name).rglob("*")}


@as_root
def test_as_root_engines_run_as_whom_nobody_else_is(reachable: Path) -> None:
    with embedded(reachable, fsync=False) as engines:
        assert both_answer(engines)
        pids = [leaders(reachable, folder)[0] for folder in ENGINES]
        (uid,) = {Path(f"/proc/{pid}").stat().st_uid for pid in pids}
        assert any(uid in uids for uids in RANGES)
        with pytest.raises(KeyError):
            pwd.getpwuid(uid)
        assert owners(reachable) == {uid}
        for pid in pids:
            tried = subprocess.run(
                [sys.executable, "-c", TRIES, str(pid), str(reachable), str(NOBODY)],
                capture_output=True,
                text=True,
                check=False,
            )
            assert (tried.returncode, tried.stderr) == (0, "")
    assert account_of(reachable) == Account(uid, uid)


@as_root
@pytest.mark.parametrize("before", [0, NOBODY])
def test_what_was_anothers_is_given_to_whom_nobody_else_is(data: Path, before: int) -> None:
    for name in ENGINES:
        for one in [data / name, *(data / name).rglob("*")]:
            os.chown(one, before, before, follow_symlinks=False)
    with embedded(data, fsync=False) as engines:
        assert both_answer(engines)
        assert before not in owners(data)


@as_root
def test_whoever_has_become_somebody_elses_is_not_used(data: Path) -> None:
    before = account_of(data)
    assert before
    with subprocess.Popen(["/bin/sleep", "60"], user=before.uid, cwd="/") as sleep:
        after = account_of(data)
        sleep.kill()
    assert after
    assert after != before
    assert account_of(data) == after
    assert owners(data) == {after.uid}


def test_a_number_that_a_user_or_a_group_has_is_not_given() -> None:
    users = {one.pw_uid for one in pwd.getpwall()}
    groups = {one.gr_gid for one in grp.getgrall()}
    assert [uid for uid in users | groups if _is_nobodys(uid)] == []
    assert any(map(_is_nobodys, RANGES[0]))


@as_root
@pytest.mark.parametrize("how", ["named twice", "a pipe", "another's"])
def test_nothing_is_given_away_that_is_not_the_engines(tmp_path: Path, how: str) -> None:
    (folder := tmp_path / "nats").mkdir()
    os.chown(folder, NOBODY, NOBODY)
    stray, precious = folder / "stray", tmp_path / "precious"
    precious.write_text("root's")
    if how == "named twice":
        os.chown(precious, NOBODY, NOBODY)
        stray.hardlink_to(precious)
    elif how == "a pipe":
        os.mkfifo(stray)
        os.chown(stray, NOBODY, NOBODY)
    else:
        stray.write_text("root's too")
    with pytest.raises(UntrustedFile, match="is no file of the engines"):
        give(folder, Account(70_000, 70_000))
    assert {one.stat().st_uid for one in (precious, stray)} <= {0, NOBODY}


@pytest.mark.parametrize("folder", ENGINES)
def test_a_link_in_the_place_of_an_engines_folder_is_refused(data: Path, folder: str) -> None:
    there = (data / folder).rename(data / "elsewhere")
    try:
        for target in (there, data / "nowhere"):
            (data / folder).symlink_to(target)
            with pytest.raises(UntrustedFile, match="is a link"), embedded(data, fsync=False):
                pass
            (data / folder).unlink()
    finally:
        there.rename(data / folder)


@as_root
def test_a_folder_of_somebody_else_is_refused_and_stays_as_it_is(tmp_path: Path) -> None:
    (data := tmp_path / "data").mkdir()
    (tmp_path / "precious").write_text("root's")
    (data / "lock").symlink_to(tmp_path / "precious")
    os.chown(data, NOBODY, NOBODY)
    with pytest.raises(EnginesUnavailable, match="--data"), embedded(data, fsync=False):
        pass
    assert (tmp_path / "precious").read_text() == "root's"
    assert [one.name for one in data.iterdir()] == ["lock"]


def test_engines_leave_no_memory_behind_and_know_nothing_of_ours(
    data: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LT_SMTP_URL", "smtp://ada:s3cret@127.0.0.1")
    soft, hard = resource.getrlimit(resource.RLIMIT_CORE)
    resource.setrlimit(resource.RLIMIT_CORE, (hard, hard))
    try:
        with embedded(data, fsync=False):
            for folder in ENGINES:
                (pid,) = leaders(data, folder)
                assert cores_of(pid) <= {"0", str(LARGEST_CORE)}
                assert b"LT_" not in Path(f"/proc/{pid}/environ").read_bytes()
                assert b"s3cret" not in Path(f"/proc/{pid}/cmdline").read_bytes()
            os.kill(leaders(data, "postgres")[0], signal.SIGABRT)
    finally:
        resource.setrlimit(resource.RLIMIT_CORE, (soft, hard))
    assert list((data / "postgres").glob("core*")) == []


def test_a_folder_reached_by_a_link_of_ours_is_used(data: Path, tmp_path: Path) -> None:
    link = tmp_path / "var"
    link.symlink_to(data)
    with embedded(link, fsync=False) as engines:
        assert both_answer(engines)
