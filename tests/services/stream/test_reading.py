import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path

import pytest
from nats.js.errors import NotFoundError

from services.crew import STREAM
from services.engines.addresses import BusAddress, Engines
from services.log.log import Stored
from services.stream import reading
from services.stream.connections import connection_of
from services.stream.reading import PAGE, page, sequence_of
from services.workers import relay
from tests.scenes.at_work import at_work, client_of, eventually, last_in_stream, recorded_in
from tests.scenes.credentials import plain
from tests.scenes.streams import copied, has
from tests.scenes.world import station

CHUNK = 65536
LARGE = b'{"n":"' + b"x" * 4000 + b'"}'


class CutOff:
    """A way to the bus that is broken off once so many bytes have come back on it."""

    def __init__(self, port: int) -> None:
        self._port = port
        self._meetings: set[asyncio.Task[None]] = set()
        self.left: int | None = None
        self.cuts = 0

    @asynccontextmanager
    async def listening(self) -> AsyncIterator[str]:
        server = await asyncio.start_server(self._meet, "127.0.0.1")
        try:
            yield f"nats://127.0.0.1:{server.sockets[0].getsockname()[1]}"
        finally:
            server.close()
            await asyncio.gather(*self._meetings)

    async def _meet(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        meeting = asyncio.current_task()
        assert meeting
        self._meetings.add(meeting)
        far_reader, far_writer = await asyncio.open_connection("127.0.0.1", self._port)
        ways = {
            asyncio.create_task(self._there(reader, far_writer)),
            asyncio.create_task(self._back(far_reader, writer)),
        }
        _, open_ways = await asyncio.wait(ways, return_when=asyncio.FIRST_COMPLETED)
        for way in open_ways:
            way.cancel()
        for one in (writer, far_writer):
            one.transport.abort()
            with suppress(OSError):
                await one.wait_closed()
        self._meetings.discard(meeting)

    async def _there(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while data := await reader.read(CHUNK):
            writer.write(data)

    async def _back(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while data := await reader.read(CHUNK):
            if self.left is not None:
                data, self.left = data[: self.left], self.left - len(data)
            writer.write(data)
            await writer.drain()
            if self.left is not None and self.left <= 0:
                self.left, self.cuts = None, self.cuts + 1
                return


async def recorded(bus: Engines, folder: Path, events: list[tuple[str, bytes]]) -> None:
    """The log and the stream have these kinds and bytes."""
    async with client_of(bus) as client, at_work(relay.serve, station(bus, folder)):
        last = await last_in_stream(client) + len(events)
        await asyncio.to_thread(
            recorded_in, bus, [Stored(0, f"{kind}.v1", ["a"], data) for kind, data in events]
        )
        await eventually(lambda: has(client, last))


def test_messages_are_read_page_by_page_in_order_and_by_their_subject(
    bus: Engines, tmp_path: Path
) -> None:
    async def scene() -> None:
        await copied(bus, station(bus, tmp_path), PAGE + 3)
        await recorded(bus, tmp_path, [("cohort.planned", b"{}"), ("workshop.booked", b"{}")])
        async with client_of(bus, "client") as client:
            first = await page(client, 1)
            assert [sequence_of(one) for one in first] == list(range(1, PAGE + 1))
            assert first[7].data == b'{"n":7}'
            rest = await page(client, PAGE + 1)
            assert [sequence_of(one) for one in rest] == list(range(PAGE + 1, PAGE + 6))
            assert await page(client, PAGE + 6) == []
            (planned,) = await page(client, 1, "lt.event.cohort.planned")
            assert sequence_of(planned) == PAGE + 4
            booked = await page(client, PAGE + 3, "lt.event.workshop.*")
            assert [sequence_of(one) for one in booked] == [PAGE + 3, PAGE + 5]
            assert await page(client, 1, "lt.event.pairing.>") == []

    asyncio.run(scene())


def test_a_page_ends_with_so_many_bytes(
    bus: Engines, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def scene() -> None:
        await recorded(bus, tmp_path, [("workshop.booked", LARGE)] * 20)
        monkeypatch.setattr(reading, "SIZE", 5 * len(LARGE))
        found: list[int] = []
        async with client_of(bus, "client") as client:
            while messages := await page(client, len(found) + 1):
                assert len(messages) <= 6
                found += map(sequence_of, messages)
        assert found == list(range(1, 21))

    asyncio.run(scene())


def test_a_page_that_came_in_part_is_asked_for_again(bus: Engines, tmp_path: Path) -> None:
    async def scene() -> None:
        await recorded(bus, tmp_path, [("workshop.booked", LARGE)] * 100)
        way = CutOff(int(plain(bus).rpartition(":")[2]))
        async with way.listening() as url:
            address = BusAddress(url=url, seed=bus.nats["client"].seed)
            async with connection_of("client", address) as client:
                way.left = 50 * len(LARGE)
                messages = await page(client, 1, patience=1)
                assert way.cuts == 1
                assert [sequence_of(one) for one in messages] == list(range(1, 101))

    asyncio.run(scene())


def test_whoever_reads_is_told_that_there_is_no_stream(bus: Engines) -> None:
    async def scene() -> None:
        async with client_of(bus) as owner, client_of(bus, "client") as client:
            await owner.jetstream().delete_stream(STREAM)
            with pytest.raises(NotFoundError):
                await page(client, 1, patience=1)

    asyncio.run(scene())
