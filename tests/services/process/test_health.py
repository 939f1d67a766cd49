import asyncio
import http.client
import json
import signal
import socket
import struct
import threading
import time
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlsplit

import pytest
from structlog.testing import capture_logs

from services.crew import NAMES
from services.engines.addresses import Engines
from services.engines.embedded import free_ports
from services.process.health import CantListen, answering_at
from services.process.watchdog import Watchdog
from tests.chaos.proxy import OPEN, REFUSING, Proxy
from tests.scenes.at_work import eventually, named
from tests.scenes.office import AS_SETTINGS
from tests.scenes.terminal import Terminal
from tests.scenes.watching import until
from tests.scenes.world import keys_in


def asked(port: int, path: str) -> tuple[int, Any]:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
    connection.request("GET", path)
    answer = connection.getresponse()
    body = answer.read()
    connection.close()
    return answer.status, json.loads(body) if answer.status != 404 else None


def test_it_tells_who_is_ready_and_who_is_not() -> None:
    workers = {"relay": True, "projector": True}
    with answering_at("127.0.0.1:0", lambda: True, lambda: workers) as port:
        assert asked(port, "/livez") == (200, {"alive": True})
        assert asked(port, "/readyz") == (200, {"workers": workers})
        workers["relay"] = False
        assert asked(port, "/readyz") == (503, {"workers": workers})
        assert asked(port, "/") == (404, None)


def test_a_loop_that_is_stuck_is_told_all_the_same() -> None:
    async def play() -> list[int]:
        with (
            Watchdog(every=0.01, patience=10**6) as watchdog,
            answering_at("127.0.0.1:0", watchdog.alive, dict) as port,
        ):
            found = [(await asyncio.to_thread(asked, port, "/livez"))[0]]
            deadline = time.monotonic() + 20
            while watchdog.alive():
                assert time.monotonic() < deadline
                time.sleep(0.01)  # noqa: ASYNC251 - this is the fault
            return [*found, asked(port, "/livez")[0]]

    assert asyncio.run(play()) == [200, 503]


def test_a_prober_that_gives_up_leaves_no_trace(capfd: pytest.CaptureFixture[str]) -> None:
    reached, asking = threading.Event(), threading.Event()

    def slow() -> bool:
        """Not until whoever asked has gone."""
        reached.set()
        asking.wait(10)
        return True

    with answering_at("127.0.0.1:0", slow, dict) as port:
        for said in (b"GET /livez HTTP/1.0\r\n\r\n", b"GET /li", b""):
            prober = socket.create_connection(("127.0.0.1", port))
            prober.sendall(said)
            if said.endswith(b"\n"):
                assert reached.wait(10)
            # Closed at once, so that the server is told of a reset and not of an end.
            prober.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            prober.close()
        asking.set()
        assert asked(port, "/livez") == (200, {"alive": True})
        assert asked(port, "/readyz") == (200, {"workers": {}})
    assert capfd.readouterr().err == ""


def test_a_fault_of_our_own_is_one_line_of_the_log() -> None:
    with (
        capture_logs() as said,
        answering_at("127.0.0.1:0", lambda: bool(1 // 0), dict) as port,
        pytest.raises(http.client.HTTPException),
    ):
        asked(port, "/livez")
    assert [one["event"] for one in said if one["log_level"] == "error"] == ["health.failed"]


@pytest.mark.parametrize("address", ["127.0.0.1:TAKEN", "127.0.0.1:99999", "nowhere.invalid:80"])
def test_an_address_that_can_not_be_had_is_said_in_a_sentence(address: str) -> None:
    with answering_at("127.0.0.1:0", lambda: True, dict) as taken:
        wanted = address.replace("TAKEN", str(taken))
        with pytest.raises(CantListen, match=r"LT_HEALTH: .*Name another"):
            answering_at(wanted, lambda: True, dict).__enter__()


def test_a_worker_that_waits_for_its_database_is_alive_and_not_ready(
    fresh: Engines, tmp_path: Path
) -> None:
    free, nobody = free_ports(2)
    terminal = Terminal(
        LT_DATABASE_URL=f"postgresql://relay@127.0.0.1:{nobody}/programme",
        **named(fresh.nats["relay"]),
        LT_DATA=tmp_path,
        LT_HEALTH=f"127.0.0.1:{free}",
        LT_LOG_LEVEL="info",
    )
    with terminal.running("run", "relay") as relay:
        until(lambda: "PostgreSQL does not answer." in relay.errors)
        assert asked(free, "/livez") == (200, {"alive": True})
        assert asked(free, "/readyz") == (503, {"workers": {"relay": False}})
        assert relay.end(signal.SIGTERM).code == 0


# Each takes seconds: who has to be asked and needs all engines stands for the others.
ONE: Final = "commands"
EACH: Final = [
    name if name == ONE else pytest.param(name, marks=pytest.mark.patient) for name in NAMES
]


@pytest.mark.parametrize("worker", EACH)
def test_a_worker_is_not_ready_while_an_engine_is_away_and_comes_back(
    bus: Engines, tmp_path: Path, worker: str
) -> None:
    async def play() -> None:
        postgres = await way_to(bus.programme["owner"])
        nats = await way_to(bus.nats["owner"].url)
        free, other = free_ports(2)
        keys = keys_in(tmp_path)
        terminal = Terminal(
            **AS_SETTINGS,
            LT_DATABASE_URL=through(postgres, bus.programme[worker]),
            LT_VAULT_URL=through(postgres, bus.vault.get(worker, bus.programme[worker])),
            LT_NATS_URL=through(nats, bus.nats[worker].url),
            LT_NATS_SEED=bus.nats[worker].seed,
            LT_MASTER_KEY_FILE=keys.master,
            LT_DATA=tmp_path,
            LT_HEALTH=f"127.0.0.1:{free}",
            LT_WEB=f"127.0.0.1:{other}",
        )

        async def ready() -> bool:
            try:
                code, said = await asyncio.to_thread(asked, free, "/readyz")
            except ConnectionRefusedError:
                return False
            assert said == {"workers": {worker: code == 200}}
            return bool(code == 200)

        async def not_ready() -> bool:
            return not await ready()

        with terminal.running("run", worker):
            await eventually(ready)
            for way in (postgres, nats):
                way.mode = REFUSING
                way.cut()
                await eventually(not_ready)
                way.mode = OPEN
                await eventually(ready)
        await postgres.stop()
        await nats.stop()

    asyncio.run(play())


async def way_to(url: str) -> Proxy:
    way = Proxy(urlsplit(url).port or 0)
    await way.start()
    return way


def through(way: Proxy, url: str) -> str:
    return url.replace(f":{urlsplit(url).port}", f":{way.port}", 1)
