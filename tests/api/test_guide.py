"""Whoever comes new and follows docs/api.md gets where it leads, at a shell and in a browser."""

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from playwright.sync_api import sync_playwright

from services.web.surface import ROOT
from tests.api.test_browser import CHROMIUM
from tests.scenes.over_http import free_port
from tests.scenes.terminal import ROOT as HERE
from tests.scenes.terminal import Terminal

GUIDE = (HERE / "docs" / "api.md").read_text(encoding="utf-8")
WRITTEN = "127.0.0.1:8750"
AS_INSTALLED = 'leading-together() { "$PYTHON" -m services "$@"; }\nset -eu -o pipefail\n'


def shown(language: str, address: str) -> str:
    """What the guide shows in a language, at another address."""
    (found,) = re.findall(rf"```{language}\n(.*?)```", GUIDE, re.DOTALL)
    return str(found.replace(WRITTEN, address))


@pytest.mark.skipif(CHROMIUM is None, reason="this needs Chromium: apt install chromium")
@pytest.mark.skipif(shutil.which("curl") is None, reason="this needs curl: apt install curl")
@pytest.mark.timeout(300)
def test_the_steps_of_the_guide_lead_from_a_new_folder_to_a_cohort(tmp_path: Path) -> None:
    address = f"127.0.0.1:{free_port()}"
    lt = Terminal(LT_DATA=tmp_path / "data", LT_WEB=address)
    (tmp_path / "asks.py").write_text(shown("python", address))
    with lt.up() as up:
        steps = AS_INSTALLED + shown("sh", address)
        steps += f'echo; echo "$TOKEN"; "$PYTHON" -I {tmp_path / "asks.py"}'
        done = subprocess.run(
            ["/bin/bash", "-c", steps],
            cwd=HERE,
            env=lt.environment(PYTHON=sys.executable),
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )
        assert done.returncode == 0, done.stdout + done.stderr
        board, token, *asked = done.stdout.splitlines()[-6:]
        assert board.startswith('{"status":"answered"')
        assert asked[2:] == ["Autumn 2024", "uk.nhs.leading-together.cohort.planned.v1"]
        assert in_a_browser(address, shown("js", address).replace("eyJ…", token))[0] == "accepted"
        assert up.end().code == 0


def in_a_browser(address: str, program: str) -> list[str]:
    """What a program prints in a page of the API."""
    said = list[str]()
    with sync_playwright() as playing:
        browser = playing.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        page = browser.new_page()
        page.on("console", lambda it: said.append(it.text) if it.type == "log" else None)
        page.goto(f"http://{address}{ROOT}")
        page.evaluate(f"async () => {{ {program} }}")
        browser.close()
    return said
