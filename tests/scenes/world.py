"""What tests of the services share: a vault, a writer and the door on engines of the test's own."""

import asyncio
import atexit
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, closing, contextmanager
from datetime import UTC, date, datetime, timedelta
from itertools import count
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from uuid import uuid4
from zlib import crc32

from nats.aio.client import Client

from domain.decision import OWN_ROLES, Act
from events.ids import CohortId, CommandId
from events.terms import AskedBy, Role
from services.clock import SetClock
from services.door.replies import Reply
from services.door.wire import Parsed, Request, content_of, origin_of, tool
from services.engines.addresses import Engines
from services.files import write_whole
from services.log.wishes import Wish
from services.log.writer import Writer
from services.process.station import Station
from services.settings import Settings
from services.stream.connections import connected
from services.vault.epochs import EpochKeys
from services.vault.vault import Vault
from services.workers import commands
from tests.scenes.for_who_asked import for_who_asked
from tests.scenes.team import RUTH, ruth_is_there
from tests.scenes.tokens import CLOCKS, IDENTITY, ask_as

MASTER, EPOCH = bytes(range(32)), bytes(range(32, 64))
NOON = datetime(2024, 9, 16, 11, 0, tzinfo=UTC)
PLAN = {
    "title": "Autumn 2024",
    "opens_on": "2024-09-02",
    "closes_on": "2024-10-11",
    "decisions_on": "2024-11-04",
    "starts_on": "2024-11-25",
    "ends_on": "2025-05-30",
    "places_per_side": 10,
    "criteria": [{"code": "interest", "title": "Interest in healthcare"}],
}
_NUMBERS = count(1)


def apart(name: str, title: str = "Autumn 2024") -> dict[str, str]:
    """What of a plan is unlike what it is for any other name: its title, and its days."""
    number = crc32(name.encode())
    starts_on = date(2024, 11, 25) + timedelta(days=number % 5_000)
    ends_on = date(2050, 1, 1) + timedelta(days=number // 5_000 % 15_000)
    days = {"starts_on": starts_on.isoformat(), "ends_on": ends_on.isoformat()}
    return {"title": f"{title}, {name}", **days}


def plan_of(cohort_id: str, title: str = "Autumn 2024") -> dict[str, Any]:
    """The plan of a cohort that is like no other's."""
    return {**PLAN, **apart(cohort_id, title), "cohort_id": cohort_id}


def a_plan() -> dict[str, Any]:
    """A plan like no other: of two that are alike the second one is asked about."""
    number = next(_NUMBERS)
    ends_on = date(2025, 5, 30) + timedelta(days=number)
    return {**PLAN, "title": f"Autumn 2024, group {number}", "ends_on": ends_on.isoformat()}


AUTUMN = CohortId.derived(NOON, "autumn")


def station(engines: Engines, folder: Path, clock: SetClock | None = None) -> Station:
    settings = Settings(
        data=folder,
        source="uk.nhs.leading-together/tests",
        master_key_file=KEYS.master,
        epoch_keys_file=KEYS.file,
        identity_file=IDENTITY,
    )
    return Station(engines, clock or SetClock(NOON), settings)


def keys_in(folder: Path) -> EpochKeys:
    """The keys of all tests' vaults, as files in a folder of the test's own."""
    write_whole(folder / "master.key", MASTER.hex())
    keys = EpochKeys(folder / "master.key", folder / "epochs.keys")
    keys.begin(EPOCH)
    return keys


_FOLDER = TemporaryDirectory(prefix="leading-together-keys-")
atexit.register(_FOLDER.cleanup)
KEYS = keys_in(Path(_FOLDER.name))


@contextmanager
def vault_of(engines: Engines) -> Iterator[Vault]:
    vault = Vault(engines.vault["commands"], KEYS)
    yield vault
    vault.close()


@contextmanager
def writer_on(engines: Engines, vault: Vault) -> Iterator[Writer]:
    """The writer, in a programme that Ruth coordinates."""
    ruth_is_there(engines, vault)
    writer = Writer(engines.programme["commands"], vault, SetClock(NOON))
    yield writer
    writer.close()


def wish(
    vault: Vault,
    command: Any,
    named: str | None = None,
    *,
    by: str = RUTH,
    role: Role | None = Role.COORDINATOR,
) -> Wish:
    """A command, of a coordinator if nobody says otherwise, as the door hands it to the writer:
    what is somebody's own to say, as they asked for it by telephone.
    """
    sent = CommandId.derived(NOON, named or uuid4().hex)
    asked = command.is_their_word and role not in (*OWN_ROLES, Role.SYSTEM, None)
    whose = getattr(command, "person_id", None) if asked else None
    how = AskedBy.TELEPHONE if whose else None
    request = Request(id=sent, role=role, onbehalfof=whose, asked=how, data={})
    parsed = Parsed(command, request, tool(by))
    act = Act(vault.command_id(by, sent), NOON, by, role, on_behalf_of=whose, asked=how)
    return Wish(command, act, origin_of(parsed, act, "tests"), content_of(parsed), sent)


@asynccontextmanager
async def door_on(station: Station) -> AsyncIterator[Client]:
    """The worker `commands`, in a programme that Ruth coordinates, and a client of the command
    line beside it.
    """
    with closing(station.vault("commands")) as vault:
        ruth_is_there(station.engines, vault)
    ready, stop = asyncio.Event(), asyncio.Event()
    serving = asyncio.create_task(commands.serve(station, ready, stop))
    waiting = asyncio.create_task(ready.wait())
    await asyncio.wait([serving, waiting], return_when=asyncio.FIRST_COMPLETED)
    if serving.done():
        waiting.cancel()
        serving.result()
    client = await connected("client", station.engines.nats["client"])
    CLOCKS[client] = station.clock
    try:
        yield client
    finally:
        await client.close()
        stop.set()
        await serving


async def coordinator(client: Client, name: str, data: Any, **meta: Any) -> Reply:
    return await ask_as(
        client,
        RUTH,
        name,
        {"role": "coordinator", "data": data, **for_who_asked(name, data), **meta},
    )
