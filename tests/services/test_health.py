import asyncio
import http.client
import json
import time
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

from services import running
from services.clock import SystemClock
from services.embedded import _free_ports
from services.engines import Engines
from services.health import told_at
from services.running import WORKERS
from services.settings import Settings
from services.station import Station
from services.watchdog import Watchdog
from tests.chaos.proxy import OPEN, REFUSING, Proxy
from tests.services.at_work import eventually
from tests.services.world import MASTER


def asked(port: int, path: str) -> tuple[int, Any]:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
    connection.request("GET", path)
    answer = connection.getresponse()
    body = answer.read()
    connection.close()
    return answer.status, json.loads(body) if answer.status != 404 else None


def test_it_tells_who_is_ready_and_who_is_not() -> None:
    workers = {"relay": True, "projector": True}
    with told_at("127.0.0.1:0", lambda: True, lambda: workers) as port:
        assert asked(port, "/livez") == (200, {"alive": True})
        assert asked(port, "/readyz") == (200, {"workers": workers})
        workers["relay"] = False
        assert asked(port, "/readyz") == (503, {"workers": workers})
        assert asked(port, "/") == (404, None)


def test_a_loop_that_is_stuck_is_told_all_the_same() -> None:
    async def play() -> list[int]:
        with (
            Watchdog(every=0.01, patience=10**6) as watchdog,
            told_at("127.0.0.1:0", watchdog.alive, dict) as port,
        ):
            found = [(await asyncio.to_thread(asked, port, "/livez"))[0]]
            deadline = time.monotonic() + 20
            while watchdog.alive():
                assert time.monotonic() < deadline
                time.sleep(0.01)  # noqa: ASYNC251 - this is the fault
            return [*found, asked(port, "/livez")[0]]

    assert asyncio.run(play()) == [200, 503]


# nats-py leaves the stream of each attempt to connect that failed to the garbage collector.
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
def test_workers_are_not_ready_while_an_engine_is_away_and_come_back(
    bus: Engines, tmp_path: Path
) -> None:
    async def play() -> None:
        ways = {one: Proxy(port_of(one)) for one in (bus.programme["owner"], bus.nats["owner"])}
        for way in ways.values():
            await way.start()
        ports = {str(port_of(url)): str(way.port) for url, way in ways.items()}
        (free,) = _free_ports(1)
        settings = Settings(data=tmp_path, health=f"127.0.0.1:{free}")
        here = Station(through(bus, ports), SystemClock(), settings, MASTER)
        ready, stop = asyncio.Event(), asyncio.Event()
        working = asyncio.create_task(running.serve(here, tuple(WORKERS), stop, ready.set))
        await asyncio.wait_for(ready.wait(), 20)

        async def well() -> dict[str, bool]:
            code, said = await asyncio.to_thread(asked, free, "/readyz")
            assert (code == 200) is all(said["workers"].values())
            return dict(said["workers"])

        async def all_well() -> bool:
            return all((await well()).values())

        async def none_well() -> bool:
            return not any((await well()).values())

        assert await all_well()
        for way in ways.values():
            way.mode = REFUSING
            way.cut()
            await eventually(none_well)
            way.mode = OPEN
            await eventually(all_well)
        stop.set()
        await working
        for way in ways.values():
            await way.stop()

    asyncio.run(play())


def port_of(url: str) -> int:
    return urlsplit(url).port or 0


def through(engines: Engines, ports: dict[str, str]) -> Engines:
    """The same engines, at other ports."""

    def moved(urls: dict[str, str]) -> dict[str, str]:
        (port,) = {str(port_of(url)) for url in urls.values()}
        return {role: url.replace(f":{port}", f":{ports[port]}") for role, url in urls.items()}

    changed = {kind: moved(getattr(engines, kind)) for kind in ("programme", "vault", "nats")}
    return engines.model_copy(update=changed)
