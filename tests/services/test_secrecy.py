import os
import resource
import subprocess
import sys
from pathlib import Path

import pytest

from services.secrecy import LARGEST_CORE, forget, no_core_dumps

CRASHES = """
import os, resource
from services.secrecy import no_core_dumps
_, hard = resource.getrlimit(resource.RLIMIT_CORE)
resource.setrlimit(resource.RLIMIT_CORE, (hard, hard))
{}
os.chdir({!r})
os.abort()
"""
REMEMBERS = """
from pathlib import Path
import os, sys
from services.secrecy import forget
assert b"s3cret" in Path("/proc/self/environ").read_bytes()
forget(["LT_SMTP_URL", "LT_NOT_SET"])
assert b"s3cret" not in Path("/proc/self/environ").read_bytes()
assert "LT_SMTP_URL" not in os.environ
assert os.environ["LT_SENDER"] == "us"
assert b"LT_SENDER=us" in Path("/proc/self/environ").read_bytes()
"""


def crash(folder: Path, before: str) -> list[str]:
    """What a process of ours leaves in its folder when it crashes."""
    folder.mkdir()
    program = CRASHES.format(before, str(folder))
    done = subprocess.run([sys.executable, "-c", program], check=False, capture_output=True)
    assert done.returncode < 0
    return [one.name for one in folder.iterdir()]


def test_a_process_of_ours_that_crashes_leaves_no_memory_behind(tmp_path: Path) -> None:
    if not crash(tmp_path / "before", ""):
        pytest.skip("this system keeps no memory of crashes beside them")
    assert crash(tmp_path / "after", "no_core_dumps()") == []


def test_the_limit_is_one_that_collectors_of_crashes_heed_too() -> None:
    _, hard = resource.getrlimit(resource.RLIMIT_CORE)
    no_core_dumps()
    least = min(hard, LARGEST_CORE) if hard != resource.RLIM_INFINITY else LARGEST_CORE
    assert resource.getrlimit(resource.RLIMIT_CORE) == (least, least)


def test_what_was_secret_in_the_environment_is_gone_where_the_system_shows_it_too() -> None:
    environment = {**os.environ, "LT_SMTP_URL": "smtp://ada:s3cret@mail", "LT_SENDER": "us"}
    subprocess.run([sys.executable, "-c", REMEMBERS], env=environment, check=True)


def test_what_was_never_set_is_forgotten_too() -> None:
    forget(["LT_NOT_SET"])
