import asyncio
import errno
from collections.abc import Awaitable, Callable
from urllib.parse import urlsplit

import nats.errors
import psycopg
import pytest
from nats.aio.client import Client
from nats.js.api import DiscardPolicy
from nats.js.errors import APIError
from psycopg.sql import SQL, Identifier

from services.crew import STREAM
from services.engines.addresses import BusAddress, Engines
from services.engines.bus import inbox_prefix
from services.engines.embedded import free_ports
from services.engines.faults import EngineFault, kind_of
from services.engines.seeds import fresh_seed
from services.stream.connections import connected
from tests.scenes.at_work import client_of, eventually

AWAY = EngineFault("away", "PostgreSQL does not answer.")
NATS_AWAY = EngineFault("away", "NATS does not answer.")


def as_stranger(url: str) -> str:
    """The same URL with a password that is not theirs."""
    return url.replace(str(urlsplit(url).password), "not-theirs")


def elsewhere(url: str) -> str:
    """The same URL at a port where nobody listens."""
    (free,) = free_ports(1)
    return url.replace(f":{urlsplit(url).port}", f":{free}")


def met_at_start(url: str) -> EngineFault:
    with pytest.raises(psycopg.Error) as met:
        psycopg.connect(url, connect_timeout=5)
    return kind_of(met.value)


def test_a_password_that_is_refused_is_not_an_engine_that_is_away(fresh: Engines) -> None:
    url = fresh.programme["console"]
    refused = EngineFault("refused", "PostgreSQL refuses the password of console.")
    assert met_at_start(as_stranger(url)) == refused
    assert met_at_start(elsewhere(url)) == AWAY
    assert met_at_start("postgresql://reader:secret@nowhere.invalid/programme") == AWAY


def test_a_database_into_which_a_role_may_not_is_named(engines: Engines) -> None:
    into = urlsplit(engines.programme["relay"])._replace(path="/vault").geturl()
    problem = "PostgreSQL does not let this user into the database vault."
    assert met_at_start(into) == EngineFault("refused", problem)
    missing = urlsplit(into)._replace(path="/not_there").geturl()
    kind, problem = met_at_start(missing)
    assert (kind, "not_there" in problem) == ("refused", True)


def test_a_server_with_no_room_for_a_connection_is_full(fresh: Engines) -> None:
    with psycopg.connect(fresh.programme["owner"], autocommit=True) as owner:
        none = SQL("ALTER DATABASE {} CONNECTION LIMIT 0").format(Identifier(owner.info.dbname))
        owner.execute(none)
        assert met_at_start(fresh.programme["console"]).kind == "full"


@pytest.mark.parametrize(
    ("statement", "what"),
    [
        ("DELETE FROM log.events", "the table events"),
        ("CREATE TABLE log.more (a int)", "the schema log"),
        ("CREATE DATABASE another", "what was asked for"),
    ],
)
def test_a_right_that_a_role_lacks_is_named(fresh: Engines, statement: str, what: str) -> None:
    with psycopg.connect(fresh.programme["console"], autocommit=True) as reader:
        with pytest.raises(psycopg.Error) as met:
            reader.execute(statement.encode())
        problem = f"PostgreSQL does not allow this user {what}."
        assert kind_of(met.value) == EngineFault("refused", problem)


def test_a_server_that_stops_or_is_full_is_told_apart(fresh: Engines) -> None:
    stopping = psycopg.errors.AdminShutdown("terminating connection")
    assert kind_of(stopping) == kind_of(psycopg.errors.CannotConnectNow()) == AWAY
    assert kind_of(psycopg.errors.DiskFull()).kind == "full"
    assert kind_of(psycopg.errors.ReadOnlySqlTransaction()).kind == "refused"
    fault = kind_of(psycopg.errors.UndefinedTable("what somebody wrote"))
    assert fault == EngineFault("other-fault", "UndefinedTable (SQLSTATE 42P01)")


def met_at_the_bus(coroutine: Awaitable[object]) -> EngineFault:
    async def meet() -> EngineFault:
        try:
            await coroutine
        except (OSError, nats.errors.Error) as error:
            return kind_of(error)
        raise AssertionError("it went well")

    return asyncio.run(meet())


def at_the_bus(url: str) -> EngineFault:
    return met_at_the_bus(connected("client", BusAddress(url=url)))


def test_a_user_whom_the_bus_does_not_know_is_not_a_bus_that_is_away(engines: Engines) -> None:
    ours = engines.nats["client"]
    refused = EngineFault("refused", "NATS refuses the user, the seed or the password.")
    stranger = ours.model_copy(update={"seed": fresh_seed()})
    assert met_at_the_bus(connected("client", stranger)) == refused
    away = ours.model_copy(update={"url": elsewhere(ours.url)})
    assert met_at_the_bus(connected("client", away)) == NATS_AWAY
    assert kind_of(nats.errors.AuthorizationError()) == refused


def test_a_bus_that_is_too_slow_to_let_anybody_in_is_away() -> None:
    """As its client tells: it has no kind of its own for that."""
    assert kind_of(nats.errors.Error("nats: 'Authentication Timeout'")) == NATS_AWAY


def test_a_subject_that_is_refused_is_named(engines: Engines) -> None:
    complaints: list[EngineFault] = []

    async def complain(error: Exception) -> None:
        complaints.append(kind_of(error))

    async def play() -> None:
        client = await connected("client", engines.nats["client"], error_cb=complain)
        await client.publish("lt.event.cohort.planned", b"")
        await client.subscribe("lt.event.>", queue="ours")
        await client.subscribe(f"{inbox_prefix('client')}.of.our.own")
        await client.subscribe(f"{inbox_prefix('operator')}.of.somebody.else")
        await eventually(lambda: len(complaints) == 3)
        await client.close()

    asyncio.run(play())
    deeds = (
        "publish to lt.event.cohort.planned",
        "subscribe to lt.event.>",
        "subscribe to _inbox.>",
    )
    expected = [f"NATS does not allow this user to {deed}." for deed in deeds]
    assert complaints == [EngineFault("refused", problem) for problem in expected]


def test_a_stream_that_may_not_grow_is_full_and_one_that_is_missing_is_not(bus: Engines) -> None:
    async def filled(relay: Client) -> None:
        for _ in range(3):
            await relay.jetstream().publish("lt.event.stray", b"x" * 400, stream=STREAM)

    async def play() -> list[EngineFault]:
        found = []
        async with client_of(bus) as owner, client_of(bus, "relay") as relay:
            manager = owner.jetstream()
            config = (await manager.stream_info(STREAM)).config
            config.max_bytes, config.discard = 600, DiscardPolicy.NEW
            await manager.update_stream(config)
            for attempt in (lambda: filled(relay), lambda: manager.stream_info("NONE")):
                try:
                    await attempt()
                except APIError as error:
                    found.append(kind_of(error))
        return found

    full, missing = asyncio.run(play())
    assert full == EngineFault("full", "NATS has no room for more.")
    assert (missing.kind, "provision" in missing.problem) == ("other-fault", True)


def test_what_is_no_engines_fault_is_called_by_its_class_alone() -> None:
    assert kind_of(ValueError("Ada Tregenza")) == EngineFault("other-fault", "ValueError")
    assert kind_of(OSError(errno.ENOSPC, "no space")).kind == "full"
    assert kind_of(OSError(errno.EACCES, "what somebody wrote")).kind == "other-fault"
    both = ExceptionGroup("two", [ConnectionRefusedError(), ValueError()])
    assert kind_of(both) == kind_of(ConnectionRefusedError()) == kind_of(both.exceptions[0])
    assert kind_of(both).kind == "away"


def test_no_url_and_no_password_is_in_what_is_said(fresh: Engines) -> None:
    said: list[str] = []
    meet: dict[str, Callable[[str], EngineFault]] = {
        fresh.programme["console"]: met_at_start,
        fresh.nats["client"].url.replace("client@", f"client:{'x' * 20}@"): at_the_bus,
    }
    for url, met in meet.items():
        said += [met(as_stranger(url)).problem, met(elsewhere(url)).problem]
        assert not [one for one in said if str(urlsplit(url).password) in one]
    assert not [one for one in said if "127.0.0.1" in one or "not-theirs" in one]
