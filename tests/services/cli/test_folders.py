"""Data folders of every kind: used as they are called, or refused in a sentence that is true."""

import errno
import os
import re
import shlex
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import pytest

from services.cli.demo import _next
from services.engines.binaries import Binaries
from services.engines.children import EngineFailed
from services.engines.embedded_postgres import make_cluster
from services.files import why_no_folder, why_not_made
from services.settings import Settings
from services.shell import to_type
from tests.scenes.calls import Calls
from tests.scenes.terminal import Terminal

ODD: Final = 'it\'s a "folder"; $HOME `id` \\ é\n\u202e' + "x" * 120
"""Longer than a Unix socket may be called, too."""
NOBODY: Final = 65534
COMMANDS: Final = (("up",), ("status",), ("show", "people"), ("do", "cohort.plan", "{}"))


def in_a_shell(command: str) -> list[str]:
    """The words that a shell makes of a command which somebody pastes."""
    said = subprocess.run(
        ["/bin/bash", "-c", f"leading-together() {{ printf '%s\\0' \"$@\"; }}; {command}"],
        capture_output=True,
        check=True,
    )
    assert said.stderr == b""
    return [os.fsdecode(one) for one in said.stdout.split(b"\0")[:-1]]


@pytest.mark.parametrize("call", COMMANDS, ids=" ".join)
@pytest.mark.parametrize("way", ["--data", "LT_DATA"])
def test_what_can_be_no_folder_is_said(tmp_path: Path, call: tuple[str, ...], way: str) -> None:
    (file := tmp_path / "a file").write_text("words")
    (loop := tmp_path / "loop").symlink_to(loop)
    for folder, words in (
        (file, f"{file} is a file."),
        (file / "x" / "y", "is a file"),
        (loop, "is a link that leads back to itself"),
        (tmp_path / ("x" * 300), "longer than the disk takes"),
    ):
        said = Calls(LT_DATA=folder)(*call) if way == "LT_DATA" else Calls()(*call, way, folder)
        assert (said.code, said.out) == (2, "")
        assert said.err.startswith(f"{way} must name a folder: ")
        assert words in said.err
        assert said.err.count("\n") == 1
    assert file.read_text() == "words"


def test_a_name_with_a_nul_is_none() -> None:
    assert why_no_folder(Path("a\0b")) == "No name of a folder holds a NUL."


def test_what_stops_us_is_what_is_said(tmp_path: Path) -> None:
    for number, words in (
        (errno.ENOSPC, "is full. Make room"),
        (errno.EDQUOT, "You may have no more on the disk"),
        (errno.EROFS, "can't be written to"),
        (errno.EIO, "can't be used (Input/output error)"),
    ):
        assert words in why_not_made(tmp_path, OSError(number, os.strerror(number)))


def test_a_disk_that_is_too_small_for_the_databases_is_called_full(tmp_path: Path) -> None:
    """By what PostgreSQL's own program says, which is not at hand on a full disk here."""
    (bins := tmp_path / "bin").mkdir()
    (initdb := bins / "initdb").write_text(
        "#!/bin/sh\necho 'FATAL:  could not write to file: No space left on device' >&2\nexit 1\n"
    )
    initdb.chmod(0o700)
    binaries = Binaries(postgresql=tmp_path, nats_server=initdb)
    with pytest.raises(EngineFailed) as failed:
        make_cluster(tmp_path, binaries, None, "password", fsync=False)
    assert str(failed.value) == f"The disk of {tmp_path} is full. Make room, or name another place."


@pytest.fixture
def open_folder() -> Iterator[Path]:
    """One that others reach."""
    with tempfile.TemporaryDirectory() as made:
        Path(made).chmod(0o755)
        yield Path(made)


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can be somebody else")
def test_whose_a_folder_is_that_we_may_not_write_to_is_said_as_it_is(open_folder: Path) -> None:
    (mine := open_folder / "my folder").mkdir(mode=0o500)
    (theirs := open_folder / "theirs").mkdir(mode=0o700)
    os.chown(mine, NOBODY, NOBODY)
    for folder, words in (
        (mine, f"You may not write to {mine}, which is yours: call `chmod u+rwx '{mine}'`."),
        (mine / "new", f"You may not write to {mine}, which is yours"),
        (theirs / "new", f"{theirs} belongs to another user"),
        (open_folder / "new", f"{open_folder} belongs to another user"),
    ):
        code, err = as_nobody("up", "--data", str(folder))
        assert code in (2, 3)
        assert words in err
        assert err.count("\n") == 1


def as_nobody(*words: str) -> tuple[int, str]:
    """The exit code of a call by somebody else than root, and what it said of errors: in a child
    of ours, as they may not read where Python is.
    """
    reading, writing = os.pipe()
    child = os.fork()
    if not child:
        try:
            os.setgroups([])
            os.setgid(NOBODY)
            os.setuid(NOBODY)
            said = Calls()(*words)
            os.write(writing, f"{said.code} {said.err}".encode())
        finally:
            os._exit(0)
    os.close(writing)
    with os.fdopen(reading) as told:
        code, _, err = told.read().partition(" ")
    os.waitpid(child, 0)
    return int(code), err


def test_what_is_proposed_to_type_is_what_a_shell_takes(tmp_path: Path) -> None:
    data = tmp_path / ODD
    absent = Calls(LT_DATA=data)("status")
    (start,) = re.findall(r"`(leading-together up .*)`, or", absent.err)
    assert in_a_shell(start) == ["up", "--data", str(data)]
    assert not data.exists()
    with Terminal().running("up", "--data", data) as up:
        shown = [up.until(f"  leading-together {one}") for one in ("status", "events")]
        for line, words in zip(shown, (["status"], ["events", "--follow"]), strict=True):
            assert in_a_shell(line) == [*words, "--data", str(data)]
        status = Calls()(*in_a_shell(shown[0]))
        assert status.code == 0
        assert up.end().code == 0
    stopped = Calls()("show", "people", "--data", data)
    (start,) = re.findall(r"`(leading-together up .*)`", stopped.err)
    assert in_a_shell(start) == ["up", "--data", str(data)]


def test_a_demonstration_proposes_what_a_shell_takes(tmp_path: Path) -> None:
    data = tmp_path / "my folder's"
    proposed = [
        line.partition("        (")[0].replace(".venv/bin/", "")
        for line in _next(Settings(data=data), stay=False)
        if "leading-together" in line
    ]
    assert len(proposed) > 3
    for line in proposed:
        assert in_a_shell(line)[-1] == str(data)


@pytest.mark.parametrize(
    "word",
    ["var", "a b", "it's", "$HOME", "a\nb", "é", "\u202e", "\udcff", "-", "", "~", "*", "!x"],
)
def test_a_word_is_the_same_in_a_shell(word: str) -> None:
    typed = to_type(word)
    assert in_a_shell(f"leading-together {typed}") == [word]
    assert "\n" not in typed
    if word.isprintable():
        assert shlex.split(typed) == [word]
