"""A TCP proxy before an engine, that cuts, refuses, delays, half-closes and swallows."""

import asyncio
from contextlib import suppress
from typing import Final

CHUNK: Final = 65536
OPEN, REFUSING, SLOW, SILENT = "open", "refusing", "slow", "silent"
DELAY: Final = 0.15  # seconds that a slow proxy adds to each piece, each way


class Proxy:
    """Passes on what comes in at `port` to `target`, a port of the loopback, as `mode` says."""

    def __init__(self, target: int) -> None:
        self._target = target
        self._pairs: set[tuple[asyncio.StreamWriter, asyncio.StreamWriter]] = set()
        self._meetings: set[asyncio.Task[None]] = set()
        self._server: asyncio.Server | None = None
        self._heard = asyncio.Event()
        self._heard.set()
        self._mode = OPEN
        self.port = 0

    @property
    def mode(self) -> str:
        return self._mode

    @mode.setter
    def mode(self, mode: str) -> None:
        self._mode = mode
        if mode == SILENT:
            self._heard.clear()
        else:
            self._heard.set()

    async def start(self) -> None:
        self._server = await asyncio.start_server(self._meet, "127.0.0.1", 0)
        self.port = self._server.sockets[0].getsockname()[1]

    async def stop(self) -> None:
        if self._server:
            self._server.close()
        self.mode = OPEN
        while self._meetings:
            self.cut()
            await asyncio.wait(self._meetings, timeout=0.1)

    def cut(self) -> None:
        """Drop all connections, without a word to either side."""
        for pair in list(self._pairs):
            for writer in pair:
                writer.transport.abort()

    def half_close(self) -> None:
        """Tell the engine that nothing more will come, and leave the way back open."""
        for _, far in list(self._pairs):
            with suppress(OSError, RuntimeError):
                far.write_eof()

    async def _meet(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        meeting = asyncio.current_task()
        assert meeting
        self._meetings.add(meeting)
        try:
            if self.mode != REFUSING:
                await self._pass_on(reader, writer)
        finally:
            await _gone(writer)
            self._meetings.discard(meeting)

    async def _pass_on(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            far_reader, far_writer = await asyncio.open_connection("127.0.0.1", self._target)
        except OSError:
            return
        pair = writer, far_writer
        self._pairs.add(pair)
        try:
            async with asyncio.TaskGroup() as both:
                both.create_task(self._pump(reader, far_writer))
                both.create_task(self._pump(far_reader, writer))
        finally:
            self._pairs.discard(pair)
            await _gone(far_writer)

    async def _pump(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while data := await reader.read(CHUNK):
                if self.mode == SLOW:
                    await asyncio.sleep(DELAY)
                await self._heard.wait()
                writer.write(data)
                await writer.drain()
            if writer.can_write_eof():
                writer.write_eof()
        except OSError:  # a reset is passed on as one
            writer.transport.abort()
        except RuntimeError:  # the other end was half closed: what still comes is dropped
            return


async def _gone(writer: asyncio.StreamWriter) -> None:
    writer.transport.abort()
    with suppress(OSError):
        await writer.wait_closed()
