"""What docs/api.md shows is done, and what it says of bounds is what holds."""

import asyncio
import json
import os
import re
import subprocess
import sys
from contextlib import AsyncExitStack
from pathlib import Path

from services.engines.addresses import Engines
from services.web import events, requests, server, surface, threshold
from services.workers import projector, relay
from tests.scenes.at_work import at_work
from tests.scenes.over_http import over_http
from tests.scenes.team import RUTH
from tests.scenes.terminal import ROOT
from tests.scenes.tokens import token
from tests.scenes.world import a_plan, station

DOCUMENT = json.loads(surface.surface().document)
GUIDE = (ROOT / "docs" / "api.md").read_text(encoding="utf-8")


def test_the_bounds_are_those_of_the_worker() -> None:
    for said in (
        f"more than {surface.MOST_BYTES:,} bytes",
        f"within {requests.PATIENCE:.0f} seconds",
        f"within {server.HEADS:.0f} seconds",
        f"more than {server.LONGEST_HEAD // 1024} KiB",
        f"may send on for {server.LINGER:.0f} seconds",
        f"{threshold.OF_ONE} requests of yours",
        f"{threshold.MANY} requests are in hand",
        f"{server.MANY:,} connections",
        f"{events.MANY} may follow at once at one `web`, {events.OF_ONE} with one token",
        f"`{events.COOKIE}`",
    ):
        assert said in GUIDE, said


def test_every_status_of_the_document_stands_in_the_guide() -> None:
    told = set(re.findall(r"^\| (\d{3}) \|", GUIDE, re.MULTILINE))
    assert told == {*DOCUMENT["components"]["responses"], "405"}


def test_whoever_asks_as_the_guide_does_is_answered(bus: Engines, tmp_path: Path) -> None:
    (program,) = re.findall(r"```python\n(.*?)```", GUIDE, re.DOTALL)

    async def play() -> str:
        here = station(bus, tmp_path)
        async with AsyncExitStack() as stack:
            http = await stack.enter_async_context(over_http(here))
            for one in (relay, projector):
                await stack.enter_async_context(at_work(one.serve, here))
            said = program.replace("http://127.0.0.1:8750", str(http.client.base_url).rstrip("/"))
            (tmp_path / "asks.py").write_text(said)
            asks = await asyncio.create_subprocess_exec(
                *(sys.executable, "-I", "asks.py"),
                cwd=tmp_path,
                stdout=subprocess.PIPE,
                env={**os.environ, "TOKEN": token(RUTH)},
            )
            out, _ = await asyncio.wait_for(asks.communicate(), 60)
            return out.decode()

    first, second, title, kind = asyncio.run(play()).splitlines()
    assert first.startswith("accepted cohort_")
    assert second == first.replace("False", "True")
    assert title == "Autumn 2024"
    assert kind.endswith(".cohort.planned.v1")


def test_who_decides_upon_a_row_that_has_changed_is_shown_it_and_nothing_is_done(
    bus: Engines, tmp_path: Path
) -> None:
    async def play() -> None:
        here = station(bus, tmp_path)
        async with AsyncExitStack() as stack:
            http = await stack.enter_async_context(over_http(here))
            for one in (relay, projector):
                await stack.enter_async_context(at_work(one.serve, here))
            ruth = token(RUTH)
            (planned,) = (await http.do(ruth, "cohort.plan", a_plan())).json()["events"]
            cohort = f"cohort_board/{planned['subject']}"
            seen = await http.get(ruth, f"{cohort}?at-least={planned['position']}")
            tag, data = seen.headers["etag"], {"cohort_id": planned["subject"]}
            opened = await http.do(ruth, "cohort.open-applications", data, If_Match=tag)
            assert opened.status_code == 200, opened.text
            (event,) = opened.json()["events"]
            now = await http.get(ruth, f"{cohort}?at-least={event['position']}")
            newest = await http.get(ruth, f"{cohort}?at-least=head")
            assert newest.json()["rows"] == now.json()["rows"]
            late = await http.do(
                ruth, "cohort.cancel", {**data, "reason": "cohort.too-few"}, If_Match=tag
            )
            assert (late.status_code, late.json()["code"]) == (412, "row.changed")
            assert late.json()["etag"] == now.headers["etag"] != tag
            assert late.json()["row"] == now.json()["rows"][0]
            unknown = await http.do(ruth, "cohort.open-applications", data, If_Match='"x/y@~1"')
            assert unknown.status_code == 400
            ahead = await http.get(ruth, f"{cohort}?at-least={event['position'] + 1}")
            assert (ahead.status_code, ahead.headers["retry-after"]) == (503, "1")

    asyncio.run(play())
