"""No byte that matters goes to a bus that is not the one that is named, or in the clear."""

import asyncio
import json
from contextlib import suppress
from pathlib import Path

import pytest

from services.engines import wires
from services.engines.addresses import BusAddress
from services.engines.faults import EngineFault, kind_of
from services.engines.seeds import fresh_seed
from services.settings import WrongSetting
from services.stream.connections import KnownClient, connected
from services.stream.transport import UnsafeBusWire
from tests.scenes.at_work import eventually
from tests.scenes.certificates import Authority
from tests.scenes.encrypted import BY_CERTIFICATE, address, lead_here, nats_with, takes_tls_away
from tests.scenes.man_in_the_middle import ManInTheMiddle, man_in_the_middle

SECRET = b"what only the bus may hear"


@pytest.fixture(autouse=True)
def _names(monkeypatch: pytest.MonkeyPatch) -> None:
    lead_here(monkeypatch, "bus.example")


async def _met(where: BusAddress) -> EngineFault:
    try:
        client = await connected("client", where, connect_timeout=2)
    except Exception as error:  # noqa: BLE001 - whichever it is
        return kind_of(error)
    await client.close()
    raise AssertionError("it went well")


def met_at_the_bus(where: BusAddress) -> EngineFault:
    return asyncio.run(_met(where))


@pytest.mark.parametrize("name", BY_CERTIFICATE)
def test_the_bus_is_who_it_is_by_its_certificate(
    name: str, ours: Authority, chains: dict[str, Path], tmp_path: Path
) -> None:
    async def tls_of(where: BusAddress) -> bool:
        client = await connected("client", where)
        await client.flush()
        is_encrypted = client._transport._io_writer.get_extra_info("peercert") is not None  # type: ignore[union-attr]
        await client.close()
        return is_encrypted

    with (
        nats_with(tmp_path / "bus", chains[name]) as (port, seeds),
        man_in_the_middle(port, lambda said: said) as way,
    ):
        for scheme in ("nats", "tls"):
            where = address(way.port, seeds, ours.file, scheme=scheme)
            if says := BY_CERTIFICATE[name]:
                kind, problem = met_at_the_bus(where)
                assert (kind, says in problem) == ("unsafe", True), problem
            else:
                assert asyncio.run(tls_of(where))
    assert b"CONNECT" not in way.heard


@pytest.mark.parametrize("stripped", [False, True])
def test_a_bus_that_asks_for_no_encryption_hears_nothing(
    stripped: bool, ours: Authority, chains: dict[str, Path], tmp_path: Path
) -> None:
    shown = chains["db.example"] if stripped else None
    with (
        nats_with(tmp_path / "bus", shown) as (port, seeds),
        man_in_the_middle(port, takes_tls_away) as way,
    ):
        kind, problem = met_at_the_bus(address(way.port, seeds, ours.file))
        assert kind == "unsafe"
        assert problem.startswith("NATS offers no encrypted connection (TLS)")
        assert met_at_the_bus(address(way.port, seeds, ours.file, "127.0.0.1", scheme="tls"))
        assert way.heard == b""
        if not stripped:  # somebody has said that the network is protected otherwise
            asyncio.run(_comes_in(address(way.port, seeds, ours.file, plain=True)))


async def _comes_in(where: BusAddress) -> None:
    client = await connected("client", where)
    await client.flush()
    await client.close()


def test_who_comes_back_to_a_bus_that_lost_its_encryption_says_nothing_more(
    ours: Authority, chains: dict[str, Path], tmp_path: Path
) -> None:
    """What it had still to say neither, when it is closed meanwhile."""
    stripping = False

    def change(said: bytes) -> bytes:
        return takes_tls_away(said) if stripping else said

    async def play(way: ManInTheMiddle, where: BusAddress) -> None:
        nonlocal stripping
        troubles: list[EngineFault] = []

        async def hear(error: Exception) -> None:
            troubles.append(kind_of(error))

        client = await connected("client", where, error_cb=hear, reconnect_time_wait=0.05)
        stripping, way.heard = True, b""
        await client.force_reconnect()
        await client.publish("lt.command.person.register", SECRET)
        await eventually(lambda: [one for one in troubles if one.kind == "unsafe"])
        await client.publish("lt.command.person.register", SECRET)
        await client.close()

    with (
        nats_with(tmp_path / "bus", chains["db.example"]) as (port, seeds),
        man_in_the_middle(port, change) as way,
    ):
        asyncio.run(play(way, address(way.port, seeds, ours.file)))
        assert SECRET not in way.heard
        assert b"CONNECT" not in way.heard


def test_a_server_of_which_the_bus_tells_is_held_to_the_same() -> None:
    """Whoever is on the way may tell of servers, too: before anything is encrypted."""
    heard: list[bytes] = []
    meetings: set[asyncio.StreamWriter] = set()
    told_of = ""

    async def meet(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        meetings.add(writer)
        info = {"server_id": "x", "version": "2.12.0", "max_payload": 1024, "nonce": "abc"}
        writer.write(f"INFO {json.dumps({**info, 'connect_urls': [told_of]})}\r\n".encode())
        with suppress(OSError):
            while said := await reader.read(1024):
                heard.append(said)
                if told_of and b"PING" in said:
                    writer.write(b"PONG\r\n")
        writer.close()
        meetings.discard(writer)

    async def play() -> None:
        nonlocal told_of
        second = await asyncio.start_server(meet, "127.0.0.1", 0)
        first = await asyncio.start_server(meet, "127.0.0.1", 0)
        ports = [one.sockets[0].getsockname()[1] for one in (first, second)]
        told_of = f"bus.example:{ports[1]}"
        troubles: list[EngineFault] = []

        async def hear(error: Exception) -> None:
            troubles.append(kind_of(error))

        where = BusAddress(url=f"nats://127.0.0.1:{ports[0]}", seed=fresh_seed())
        client = await connected("client", where, error_cb=hear, reconnect_time_wait=0.05)
        heard.clear()
        first.close()
        await client.force_reconnect()
        await eventually(lambda: [one for one in troubles if one.kind == "unsafe"])
        await client.close()
        second.close()
        await eventually(lambda: not meetings)

    asyncio.run(play())
    assert heard == []


def test_an_authority_that_goes_missing_is_said_and_not_done_without(
    ours: Authority, chains: dict[str, Path], tmp_path: Path
) -> None:
    file = tmp_path / "authority.pem"
    with nats_with(tmp_path / "bus", chains["db.example"]) as (port, seeds):
        kind, problem = met_at_the_bus(address(port, seeds, file))
    assert (kind, problem.startswith("LT_NATS_CA_FILE: ")) == ("unsafe", True)
    with pytest.raises(WrongSetting):
        wires.trusting(file, "LT_NATS_CA_FILE")


def test_every_client_of_the_bus_says_nothing_before_it_is_safe() -> None:
    """nats-py puts a transport of its own where one is false."""

    async def made() -> KnownClient:
        return KnownClient(BusAddress(url="tls://bus.example"))

    transport = asyncio.run(made())._transport
    assert transport
    with pytest.raises(UnsafeBusWire, match="nothing was sent"):
        transport.write(b"CONNECT {}")
    transport.writelines([b"CONNECT {}"])
