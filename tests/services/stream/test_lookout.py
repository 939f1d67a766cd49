import asyncio
from collections.abc import Awaitable, Callable

import pytest
from nats.aio.client import Client
from nats.errors import Error as NatsError

from services.engines.addresses import Engines
from services.engines.faults import EngineFault, kind_of
from services.patience import in_haste
from services.stream.connections import connection_of

LONG = 60.0  # seconds, which nobody waits


def in_haste_as(
    user: str, engines: Engines, work: Callable[[Client], Awaitable[object]]
) -> EngineFault | None:
    """What the fault means that ends this work at the bus; None if it comes to its end."""

    async def play() -> None:
        async with connection_of(user, engines.nats[user]) as client:
            await work(client)

    try:
        with in_haste():
            asyncio.run(play())
    except NatsError as error:
        return kind_of(error)
    return None


def test_a_right_that_is_refused_is_told_and_no_answer_is_waited_for(engines: Engines) -> None:
    fault = in_haste_as("operator", engines, lambda bus: bus.request("lt.command.a.b", b"", LONG))
    problem = "NATS does not allow this user to publish to lt.command.a.b."
    assert fault == EngineFault("refused", problem)


def test_a_bus_that_goes_away_ends_what_waits_for_it(engines: Engines) -> None:
    async def cut_off(client: Client) -> None:
        await client.close()
        await asyncio.sleep(LONG)

    fault = in_haste_as("client", engines, cut_off)
    assert fault == EngineFault("away", "NATS does not answer.")


def test_whoever_waits_for_something_else_is_left_alone(engines: Engines) -> None:
    assert in_haste_as("client", engines, lambda _: asyncio.sleep(1.5)) is None
    with pytest.raises(TimeoutError):
        in_haste_as("client", engines, lambda _: asyncio.wait_for(asyncio.sleep(LONG), 0.1))
