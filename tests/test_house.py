import os
import re
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

HOUSE = Path(__file__).parents[1]
NOT_OURS = {".git", ".venv", ".hypothesis", "__pycache__", "build", "var"}
LONGEST = 400


def written(pattern: str = "*") -> Iterator[Path]:
    """What people wrote here: nothing installed, built or recorded."""
    for folder, inner, names in os.walk(HOUSE):
        inner[:] = [name for name in inner if name not in NOT_OURS and not name.endswith("_cache")]
        yield from (path for name in names if (path := Path(folder, name)).match(pattern))


def finds_nothing(*command: str) -> None:
    """Run one of the gates; what it has to say is the test's message."""
    done = subprocess.run(
        [sys.executable, *command], cwd=HOUSE, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr


def project() -> dict[str, Any]:
    declared: dict[str, Any] = tomllib.loads((HOUSE / "pyproject.toml").read_text())["project"]
    return declared


def test_the_style_is_kept() -> None:
    finds_nothing("-m", "ruff", "check", "--quiet", ".")


def test_the_layout_is_the_formatters() -> None:
    finds_nothing("-m", "ruff", "format", "--check", ".")


@pytest.mark.timeout(600)
def test_the_types_agree() -> None:
    finds_nothing("-m", "mypy")


def test_each_room_imports_only_what_it_may() -> None:
    call = "from importlinter.cli import lint_imports_command as lint; lint()"
    finds_nothing("-c", call, "--no-cache")


def test_no_file_is_longer_than_one_can_read() -> None:
    long = [path for path in written("*.py") if len(path.read_text().splitlines()) > LONGEST]
    assert long == []


def test_nothing_names_a_place_on_one_machine() -> None:
    place = re.compile(rb"(?:^|[^A-Za-z])/(?:home|root|tmp|work|Users)/[\w.]", re.MULTILINE)
    naming = [path for path in written() if place.search(path.read_bytes())]
    assert naming == []


def test_the_pins_are_hashes_without_addresses() -> None:
    for lock in ("requirements.lock", "requirements-dev.lock"):
        text = (HOUSE / lock).read_text()
        assert "://" not in text
        assert "index" not in re.sub(r"sha256:\w+", "", text)
        for pinned in re.split(r"\n(?=\w)", text)[1:]:
            assert "--hash=sha256:" in pinned, pinned.splitlines()[0]


@pytest.mark.parametrize("of", ["subscribers", "identity"])
def test_what_tests_in_javascript_need_is_pinned_so_too(of: str) -> None:
    text = (HOUSE / "tests" / of / "package-lock.json").read_text()
    assert "://" not in text
    assert text.count('"integrity": "sha512-') == text.count('"node_modules/')


def test_everything_that_is_needed_is_pinned() -> None:
    declared = project()
    dev = (HOUSE / "requirements-dev.lock").read_text()
    for wanted in [*declared["dependencies"], *declared["optional-dependencies"]["dev"]]:
        name = re.split(r"[^\w.-]", wanted)[0]
        assert f"\n{name}==" in dev, f"{name} is not pinned: run `make lock`"


def test_every_dependency_has_its_reason_beside_it() -> None:
    text = (HOUSE / "pyproject.toml").read_text()
    lists = re.findall(r"^(?:dependencies|dev) = \[\n(.*?)^\]", text, re.MULTILINE | re.DOTALL)
    assert len(lists) == 2
    for line in "".join(lists).splitlines():
        assert re.search(r"# \w+.* \w+", line), line


def test_the_change_log_knows_this_version() -> None:
    assert f"## [{project()['version']}]" in (HOUSE / "CHANGELOG.md").read_text()
