"""A browser's EventSource follows events through restarts of `web` and the bus, without a gap."""

import json
import os
import shutil
import signal
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path

import psycopg
import pytest
from nats.errors import Error as NatsError
from playwright.sync_api import Page, sync_playwright

from services.log.log import head_of_log
from services.web.events import COOKIE
from services.web.surface import ROOT
from tests.scenes.over_http import free_port
from tests.scenes.terminal import Terminal
from tests.scenes.watching import until
from tests.services.cli.test_up import process_of_web

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
FOLLOW = f"""
([token, path]) => {{
    document.cookie = `{COOKIE}=${{token}}; Path=${{path}}; SameSite=Strict`;
    window.seen = [];
    window.opened = 0;
    const source = new EventSource(path);
    source.onopen = () => window.opened++;
    source.onmessage = (event) => window.seen.push([Number(event.lastEventId), event.data]);
}}
"""


@pytest.mark.skipif(CHROMIUM is None, reason="this needs Chromium: apt install chromium")
@pytest.mark.timeout(300)
def test_a_browser_follows_events_through_restarts_of_web_and_of_the_bus(tmp_path: Path) -> None:
    address = f"127.0.0.1:{free_port()}"
    lt = Terminal(LT_DATA=tmp_path / "data", LT_WEB=address)
    with lt.up() as up, ThreadPoolExecutor(1) as beside, sync_playwright() as playing:
        browser = playing.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        page = browser.new_page()
        page.goto(f"http://{address}{ROOT}")
        token = beside.submit(lambda: lt.token(lt.coordinator)).result()
        page.evaluate(FOLLOW, [token, f"{ROOT}/events"])
        _hears_of_all(lt, page)
        os.kill(process_of_web(up.pid), signal.SIGKILL)
        beside.submit(lt.planned).result()
        _hears_of_all(lt, page)
        assert page.evaluate("window.opened") > 1
        os.kill(_bus_of(tmp_path / "data"), signal.SIGKILL)
        until(lambda: beside.submit(_takes, lt).result(), 60)
        _hears_of_all(lt, page)
        assert up.end().code == 0
        browser.close()


def _hears_of_all(lt: Terminal, page: Page) -> None:
    """The browser has heard of all that the log has, each once and in order."""
    with psycopg.connect(lt.engines.programme["console"]) as console:
        head = head_of_log(console)
    page.wait_for_function(f"window.seen.length >= {head}", timeout=60_000)
    seen = page.evaluate("window.seen")
    assert [position for position, _ in seen] == list(range(1, head + 1))
    assert [int(json.loads(event)["sequence"]) for _, event in seen] == list(range(1, head + 1))


def _bus_of(data: Path) -> int:
    """The process of the bus in a data folder."""
    for process in Path("/proc").glob("[0-9]*"):
        with suppress(OSError):
            name, folder = process.joinpath("comm").read_text(), process.joinpath("cwd").readlink()
            if name == "nats-server\n" and folder.is_relative_to(data):
                return int(process.name)
    raise LookupError("the bus does not run")


def _takes(lt: Terminal) -> bool:
    """Whether the door takes in again what is asked, once the bus is back."""
    with suppress(NatsError, OSError, ExceptionGroup, ValueError):
        return bool(lt.planned())
    return False
