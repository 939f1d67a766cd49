"""What docs/api.md shows is done, and what it says of bounds is what holds."""

import asyncio
import json
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
from tests.scenes.world import station

DOCUMENT = json.loads(surface.surface().document)
GUIDE = (ROOT / "docs" / "api.md").read_text(encoding="utf-8")


def test_the_bounds_are_those_of_the_worker() -> None:
    for said in (
        f"more than {surface.MOST_BYTES:,} bytes",
        f"within {requests.PATIENCE:.0f} seconds",
        f"within {server.HEADS:.0f} seconds",
        f"more than {server.LONGEST_HEAD // 1024} KiB",
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
            (tmp_path / "asks.py").write_text(said.replace("eyJ…", token(RUTH)))
            asks = await asyncio.create_subprocess_exec(
                *(sys.executable, "-I", "asks.py"), cwd=tmp_path, stdout=subprocess.PIPE
            )
            out, _ = await asyncio.wait_for(asks.communicate(), 60)
            return out.decode()

    first, second, title, kind = asyncio.run(play()).splitlines()
    assert first.startswith("accepted cohort_")
    assert second == first.replace("False", "True")
    assert title == "Autumn 2024"
    assert kind.endswith(".cohort.planned.v1")
