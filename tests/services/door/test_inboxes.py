"""The door answers only to inboxes, also on a bus on which everybody may say everything."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from json import dumps
from pathlib import Path

import pytest
from nats.aio.client import Client
from nats.js.api import StorageType
from structlog.testing import capture_logs

from services.crew import OF_WORKERS, REQUESTS, STREAM
from services.door.asking import ask
from services.door.inboxes import is_inbox
from services.door.wire import ASKED_BY, Malformed, parse
from services.engines.addresses import BusAddress, Engines
from services.engines.bus import BUS_USERS, inbox_prefix
from services.identity.showing import bearing
from tests.scenes.at_work import client_of
from tests.scenes.buses import EVENT, open_to_all
from tests.scenes.outbox import head
from tests.scenes.team import BEFORE, RUTH
from tests.scenes.tokens import comer, token
from tests.scenes.world import PLAN, a_plan, coordinator, door_on, station

PLANNED = dumps({"role": "coordinator", "data": PLAN}).encode()
SHOWN = bearing(token(RUTH))
ELSEWHERE = (
    EVENT,
    f"{REQUESTS}person.register",
    "$JS.API.STREAM.DELETE.EVENTS",
    "_INBO",
    "_R_",
    "",
)


@pytest.fixture(scope="module")
def everybodys(tmp_path_factory: pytest.TempPathFactory) -> Iterator[BusAddress]:
    with open_to_all(tmp_path_factory.mktemp("bus")) as address:
        yield address


@asynccontextmanager
async def door_for_all(
    engines: Engines, address: BusAddress, folder: Path
) -> AsyncIterator[Client]:
    """A door on a bus that has a stream, and somebody there."""
    nats = {user.name: address for user in BUS_USERS}
    here = engines.model_copy(update={"nats": nats})
    async with client_of(here) as owner:
        jetstream = owner.jetstream()
        await jetstream.add_stream(name=STREAM, subjects=["lt.event.>"], storage=StorageType.MEMORY)
        async with door_on(station(here, folder)) as client:
            yield client
        assert (await jetstream.stream_info(STREAM)).state.messages == 0
        await jetstream.delete_stream(STREAM)


def test_what_is_to_be_answered_elsewhere_is_not_decided(
    fresh: Engines, everybodys: BusAddress, tmp_path: Path
) -> None:
    async def scene() -> None:
        async with door_for_all(fresh, everybodys, tmp_path) as client:
            for reply in ELSEWHERE:
                await client.publish(f"{REQUESTS}cohort.plan", PLANNED, reply, SHOWN)
                await client.publish(f"{REQUESTS}cohort.nothing", b"{", reply, SHOWN)
                for verb in ("PING", "INFO", "STATS"):
                    for subject in (f"$SRV.{verb}", f"$SRV.{verb}.commands"):
                        await client.publish(subject, b"", reply)
            assert (await coordinator(client, "cohort.plan", a_plan())).status == "accepted"
            assert head(fresh) == BEFORE + 1
            await client.request("$SRV.PING.commands", b"", timeout=5)

    with capture_logs() as said:
        asyncio.run(scene())
    told = [one for one in said if one["event"] == "requests.not-heard"]
    assert sum(one["number"] for one in told) == 8 * len(ELSEWHERE)
    assert {*told[0]} == {"event", "log_level", "number"}


def test_inboxes_are_what_clients_and_the_bus_itself_make() -> None:
    assert not any(map(is_inbox, ELSEWHERE))
    assert all(is_inbox(f"{inbox_prefix(user.name)}.x.y") for user in BUS_USERS)
    assert is_inbox("_INBOX.x.y")
    assert is_inbox("_R_.x.y")


def test_a_worker_is_known_by_its_subject(fresh: Engines, tmp_path: Path) -> None:
    async def scene() -> None:
        async with (
            door_on(station(fresh, tmp_path)) as client,
            client_of(fresh, "scheduler") as scheduler,
        ):
            planned = await coordinator(client, "cohort.plan", a_plan())
            this = {"data": {"cohort_id": (planned.events or ())[0].subject}}
            reply = await ask(scheduler, "cohort.close-applications", this, worker="scheduler")
            assert reply.status == "accepted" or reply.code

    asyncio.run(scene())


def fields_at_fault(subject: str, **request: object) -> list[str]:
    with pytest.raises(Malformed) as malformed:
        parse(subject, dumps(request).encode(), comer(RUTH))
    return [one.field for one in malformed.value.reply.fields or ()]


@pytest.mark.parametrize("actor", ASKED_BY)
def test_nobody_says_that_they_are_a_worker(actor: str) -> None:
    for role in ("system", "coordinator"):
        said = {"actor": actor, "role": role, "data": PLAN}
        assert fields_at_fault(f"{REQUESTS}cohort.plan", **said) == ["actor"]
    assert fields_at_fault(f"{REQUESTS}cohort.plan", role="system", data=PLAN) == ["role"]


def test_a_worker_does_not_say_who_it_is_and_is_nobody_else() -> None:
    subject = f"{OF_WORKERS}scheduler.offer.lapse"
    data = {"application_id": "application_01j7dfvmb8ef5bydjc134j31s4"}
    parsed = parse(subject, dumps({"data": data}).encode())
    assert (parsed.asker.actor, parsed.request.role) == ("system:scheduler", "system")
    for claimed in ({"actor": "system:scheduler"}, {"role": "system"}):
        assert fields_at_fault(subject, data=data, **claimed) == [*claimed]
    for body in (b"[]", b"7", b"{", b"\xff"):
        with pytest.raises(Malformed) as malformed:
            parse(subject, body)
        assert malformed.value.reply.status == "invalid"


@pytest.mark.parametrize(
    "name", ["policies.offer.lapse", "scheduler.cohort.plan", "relay.cohort.plan", "x.y", ""]
)
def test_a_worker_asks_for_nothing_but_what_is_its_own(name: str) -> None:
    with pytest.raises(Malformed) as malformed:
        parse(f"{OF_WORKERS}{name}", b'{"data": {}}')
    assert malformed.value.reply.status == "unknown"
