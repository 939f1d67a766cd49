"""A programme with one open cohort, into which files are imported."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, closing
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, TypeVar

import pytest
from nats.aio.client import Client

from events.ids import CohortId
from services.clock import SystemClock
from services.door.asking import ask
from services.door.replies import Reply
from services.engines.addresses import Engines
from services.importing import Report, examine, import_applications
from services.process.station import Station
from services.settings import Settings
from services.stream.connections import connected
from services.vault.opening import Reading
from services.vault.words import Card
from services.workers import commands
from tests.scenes.cast import planned
from tests.scenes.for_who_asked import for_who_asked
from tests.scenes.given import NOON
from tests.scenes.played import history_of
from tests.scenes.team import BEFORE, RUTH, ruth_is_there
from tests.scenes.tokens import IDENTITY, token
from tests.scenes.world import keys_in

T = TypeVar("T")
RUTHS = partial(token, RUTH, SystemClock())
COHORT = CohortId.derived(NOON, "autumn")


@dataclass
class Programme:
    """A programme with one open cohort: its door, and what stands in its log."""

    engines: Engines
    station: Station

    def run(self, what: Callable[[Client], Awaitable[T]], *, served: bool = True) -> T:
        async def running() -> T:
            async with self._door() if served else self._nobody() as client:
                return await what(client)

        return asyncio.run(running())

    def imports(self, path: Path, *, served: bool = True, cohort: CohortId = COHORT) -> Report:
        examined = examine(path)
        importing = partial(import_applications, examined=examined, cohort_id=cohort, shows=RUTHS)
        return self.run(importing, served=served)

    def facts(self) -> Counter[str]:
        """What has happened since Ruth came, also under covers, but for the imports themselves."""
        vault = self.station.vault("notifier")
        reading = Reading(vault, no_parts)
        try:
            since = history_of(self.engines)[BEFORE:]
            names = Counter(reading(one.event).wire_name() for one in since)
            return Counter({one: names[one] for one in names if not one.startswith("import.")})
        finally:
            vault.close()

    def shared(self) -> list[tuple[str, ...]]:
        """Who share an address or number, as the command line sees it."""
        vault = self.station.vault("home")
        try:
            return vault.people.shared()
        finally:
            vault.close()

    def cards(self, report: Report) -> list[Card | None]:
        """What is kept of the people of each row."""
        vault = self.station.vault("commands")
        try:
            return [vault.people.card_of(line.person_id or "") for line in report.lines]
        finally:
            vault.close()

    @asynccontextmanager
    async def _door(self) -> AsyncIterator[Client]:
        ready, stop = asyncio.Event(), asyncio.Event()
        door = asyncio.create_task(commands.serve(self.station, ready, stop))
        await ready.wait()
        try:
            async with self._nobody() as client:
                yield client
        finally:
            stop.set()
            await door

    @asynccontextmanager
    async def _nobody(self) -> AsyncIterator[Client]:
        client = await connected("client", self.engines.nats["client"])
        try:
            yield client
        finally:
            await client.close()


def no_parts(digest: str) -> bytes:
    raise LookupError(digest)


@pytest.fixture
def programme(fresh: Engines, tmp_path: Path) -> Programme:
    keys_in(tmp_path)
    station = Station(fresh, SystemClock(), Settings(data=tmp_path, identity_file=IDENTITY))
    with closing(station.vault("commands")) as vault:
        ruth_is_there(fresh, vault)
    programme = Programme(fresh, station)
    programme.run(opens_the_cohort)
    return programme


async def opens_the_cohort(client: Client) -> None:
    plan = planned(COHORT).model_dump(mode="json", exclude={"programme_id", "rules_id"})
    await coordinator(client, "cohort.plan", **plan)
    await coordinator(client, "cohort.open-applications", cohort_id=COHORT)


async def coordinator(client: Client, name: str, **data: Any) -> Reply:
    body = {"role": "coordinator", "data": data, **for_who_asked(name, data)}
    reply = await ask(client, name, body, token=RUTHS())
    assert reply.status == "accepted", reply
    return reply
