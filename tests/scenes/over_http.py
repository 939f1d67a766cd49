"""Who asks over HTTP: the worker `web` at work, beside the door and the reader."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager, closing
from dataclasses import replace
from typing import Any

import httpx

from services.engines.embedded import free_ports
from services.process.station import Station
from services.web.app import app_of
from services.web.asking import OnTheBus
from services.web.events import Followers
from services.web.surface import COMMANDS, ROOT
from services.workers import commands, reader, web
from tests.scenes.at_work import at_work
from tests.scenes.team import ruth_is_there


def free_port() -> int:
    """A port that nobody listens at."""
    (port,) = free_ports(1)
    return port


def answering_at(here: Station, port: int, **more: Any) -> Station:
    """A station whose worker `web` answers at a port."""
    said = {"web": f"127.0.0.1:{port}", **more}
    return replace(here, settings=here.settings.model_copy(update=said))


class Http:
    """Somebody who speaks HTTP, and shows a token if they have one."""

    def __init__(self, client: httpx.AsyncClient) -> None:
        self.client = client

    async def do(
        self, token: str, name: str, data: Any, key: str | None = None, **headers: str
    ) -> httpx.Response:
        """The answer to a command."""
        shown = bearing(token) | ({"Idempotency-Key": key} if key else {})
        said = {one.replace("_", "-"): value for one, value in headers.items()}
        return await self.client.post(
            f"{COMMANDS}{name}", json={"data": data}, headers={**shown, **said}
        )

    async def get(self, token: str, path: str, **headers: str) -> httpx.Response:
        """What is read at a path below the root."""
        said = {one.replace("_", "-"): value for one, value in headers.items()}
        return await self.client.get(f"{ROOT}/{path}", headers={**bearing(token), **said})


def bearing(token: str) -> dict[str, str]:
    """The header of whoever shows a token."""
    return {"Authorization": f"Bearer {token}"} if token else {}


@asynccontextmanager
async def asking_nobody() -> AsyncIterator[Http]:
    """The application by itself, where no bus is."""
    app = app_of(OnTheBus(), Followers())
    transport = httpx.ASGITransport(app=app)
    async with httpx.AsyncClient(transport=transport, base_url="http://here") as client:
        yield Http(client)


@asynccontextmanager
async def over_http(here: Station, *, door: bool = True, many: int = 100) -> AsyncIterator[Http]:
    """All three workers at work, and somebody who speaks HTTP; without a door if none is wanted."""
    port = free_port()
    async with AsyncExitStack() as stack:
        if door:
            with closing(here.vault("commands")) as vault:
                ruth_is_there(here.engines, vault)
            await stack.enter_async_context(at_work(commands.serve, here))
        await stack.enter_async_context(at_work(reader.serve, here))
        await stack.enter_async_context(at_work(web.serve, answering_at(here, port)))
        limits = httpx.Limits(max_connections=many)
        client = await stack.enter_async_context(
            httpx.AsyncClient(
                base_url=f"http://127.0.0.1:{port}", timeout=20, limits=limits, trust_env=False
            )
        )
        yield Http(client)
