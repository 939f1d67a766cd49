"""What a worker that can't go on says of why: whoever runs the engines reads nothing else."""

import asyncio
from dataclasses import replace
from pathlib import Path

import psycopg
import pytest
from structlog.testing import capture_logs
from structlog.typing import EventDict

from services.engines.addresses import BusAddress, Engines
from services.engines.seeds import fresh_seed
from services.process.station import Serve, Station, kept_running
from services.stream.connections import connected
from services.workers import notifier, relay, scheduler
from tests.scenes.at_work import eventually
from tests.scenes.world import station


def said_by(name: str, serve: Serve, here: Station) -> EventDict:
    """The first line in which a worker says that it waits, or has failed."""

    async def play() -> EventDict:
        ready, stop = asyncio.Event(), asyncio.Event()

        def found() -> list[EventDict]:
            return [one for one in said if one["event"] in {"worker.waiting", "worker.failed"}]

        with capture_logs() as said:
            working = asyncio.create_task(kept_running(name, serve, here, ready, stop))
            await eventually(found)
            stop.set()
            await working
        return found()[0]

    return asyncio.run(play())


def test_a_seed_that_the_bus_does_not_know_is_said(fresh: Engines, tmp_path: Path) -> None:
    wrong = fresh.nats["relay"].model_copy(update={"seed": fresh_seed()})
    engines = fresh.model_copy(update={"nats": {**fresh.nats, "relay": wrong}})
    said = said_by("relay", relay.serve, station(engines, tmp_path))
    assert (said["event"], said["log_level"]) == ("worker.waiting", "error")
    assert said["problem"] == "NATS refuses the user, the seed or the password."


def test_a_right_that_the_database_refuses_is_said(fresh: Engines, tmp_path: Path) -> None:
    with psycopg.connect(fresh.programme["owner"], autocommit=True) as owner:
        owner.execute("REVOKE ALL ON work.paused FROM scheduler")
    said = said_by("scheduler", scheduler.serve, station(fresh, tmp_path))
    assert (said["event"], said["log_level"]) == ("worker.waiting", "error")
    assert said["problem"] == "PostgreSQL does not allow this user the table paused."


def test_an_engine_that_is_away_is_only_waited_for(fresh: Engines, tmp_path: Path) -> None:
    address = BusAddress(url="nats://127.0.0.1:1")
    nowhere = fresh.model_copy(update={"nats": {**fresh.nats, "relay": address}})
    said = said_by("relay", relay.serve, station(nowhere, tmp_path))
    assert (said["log_level"], said["problem"]) == ("warning", "NATS does not answer.")


def test_a_setting_that_is_wrong_is_said_with_what_it_must_be(
    fresh: Engines, tmp_path: Path
) -> None:
    here = station(fresh, tmp_path)
    wrong = here.settings.model_copy(update={"smtp_url": "http://user:secret@mail.example"})
    said = said_by("notifier", notifier.serve, replace(here, settings=wrong))
    assert (said["event"], said["log_level"]) == ("worker.waiting", "error")
    assert said["problem"] == (
        "LT_SMTP_URL must look like smtp://user:password@host:587 or smtps://host."
    )


@pytest.mark.parametrize(
    ("error", "event"),
    [
        (ExceptionGroup("both", [ConnectionError(), psycopg.OperationalError()]), "worker.waiting"),
        (ExceptionGroup("both", [ConnectionError(), ValueError()]), "worker.failed"),
        (ValueError(), "worker.failed"),
    ],
)
def test_what_may_pass_is_waited_for_also_where_tasks_fail_together(
    fresh: Engines, tmp_path: Path, error: Exception, event: str
) -> None:
    async def serve(_: Station, _ready: asyncio.Event, _stop: asyncio.Event) -> None:
        raise error

    assert said_by("relay", serve, station(fresh, tmp_path))["event"] == event


def test_a_subject_that_the_bus_refuses_is_said(fresh: Engines) -> None:
    async def play() -> None:
        with capture_logs() as said:
            client = await connected("scheduler", fresh.nats["scheduler"])
            await client.publish("lt.event.cohort.planned", b"{}")
            await eventually(lambda: any(one["event"] == "bus.trouble" for one in said))
            await client.close()
        (trouble,) = [one for one in said if one["event"] == "bus.trouble"]
        refused = "NATS does not allow this user to publish to lt.event.cohort.planned."
        assert trouble["problem"] == refused

    asyncio.run(play())
