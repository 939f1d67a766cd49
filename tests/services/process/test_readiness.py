"""Whether a worker that answers is ready, while its database is frozen."""

import asyncio
from pathlib import Path
from types import ModuleType
from urllib.parse import urlsplit

import pytest

from services.engines.addresses import Engines
from services.process import readiness
from services.workers import commands, reader, relay, scheduler
from tests.chaos.proxy import OPEN, SILENT, Proxy
from tests.scenes.at_work import eventually
from tests.scenes.world import station


@pytest.mark.parametrize("worker", [commands, reader, relay, scheduler])
def test_a_worker_whose_database_says_nothing_is_not_ready(
    bus: Engines, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, worker: ModuleType
) -> None:
    monkeypatch.setattr(readiness, "PATIENCE", 0.3)
    monkeypatch.setattr(readiness, "LOOK", 0.1)
    name, serve = worker.WORKER, worker.serve

    async def scene() -> None:
        url = bus.programme[name]
        port = urlsplit(url).port or 0
        way = Proxy(port)
        await way.start()
        urls = {**bus.programme, name: url.replace(f":{port}", f":{way.port}", 1)}
        here = station(bus.model_copy(update={"programme": urls}), tmp_path)
        ready, stop = asyncio.Event(), asyncio.Event()
        serving = asyncio.ensure_future(serve(here, ready, stop))
        try:
            await eventually(ready.is_set)
            way.mode = SILENT
            await eventually(lambda: not ready.is_set(), 5)
            way.mode = OPEN
            await eventually(ready.is_set)
        finally:
            way.mode = OPEN
            stop.set()
            await serving
            await way.stop()

    asyncio.run(scene())
