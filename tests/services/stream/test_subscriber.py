import asyncio
import json
import sqlite3
import sys
from collections.abc import Iterator
from contextlib import closing
from functools import partial
from pathlib import Path

import nats
import pytest
from nats.js import JetStreamContext

from tests.scenes.at_work import eventually
from tests.scenes.credentials import plain
from tests.scenes.subscribing import (
    Language,
    Took,
    through_everything,
    through_restored_copies,
)
from tests.scenes.terminal import ROOT, Terminal

pytestmark = pytest.mark.patient
EXAMPLE = ROOT / "examples" / "subscriber.py"
CLOUDEVENTS = {"specversion", "id", "source", "type"}  # what version 1.0 requires


@pytest.fixture(scope="module")
def lt(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Terminal]:
    """Everything runs, and three cohorts are planned."""
    terminal = Terminal(LT_DATA=tmp_path_factory.mktemp("subscribing") / "data")
    with terminal.up():
        for _ in range(3):
            terminal.planned()
        yield terminal


def test_the_subscriber_of_the_guide_never_misses_doubles_or_disorders_an_event() -> None:
    """Killed, asleep, with its bus killed, on a stream that is spoiled and made anew, over a log
    that is shortened and restored.
    """
    through_everything(python())


@pytest.mark.timeout(300)
def test_the_subscriber_of_the_guide_sees_that_log_and_stream_were_restored_together() -> None:
    """With nothing since, fewer, as many and more events than it took in; with its consumer where
    it was then, behind all of them, and gone.
    """
    through_restored_copies(python())


def python() -> Language:
    command = (sys.executable, "-I", "-u", str(EXAMPLE))
    took, undone = "SELECT position, bytes FROM events", "SELECT position, bytes FROM undone"
    return Language(command, partial(rows_of, took), partial(rows_of, undone))


def rows_of(query: str, file: Path) -> Took:
    if not file.exists():
        return []
    with closing(sqlite3.connect(f"{file.as_uri()}?mode=ro", uri=True)) as copy:
        try:
            return copy.execute(query).fetchall()
        except sqlite3.OperationalError:  # it is just being made
            return []


def test_a_subscriber_reads_cloud_events_and_can_not_publish_one(
    lt: Terminal, tmp_path: Path
) -> None:
    seed = tmp_path / "crm.seed"
    subject = "lt.event.cohort.planned"
    assert lt("credentials", "make", "crm", "--subjects", subject, "--out", seed).code == 0
    asyncio.run(reads_and_tries_to_publish(plain(lt.engines), seed))


async def reads_and_tries_to_publish(url: str, seed: Path) -> None:
    problems: list[str] = []

    async def trouble(error: Exception) -> None:
        problems.append(str(error).casefold())

    client = await nats.connect(
        url, nkeys_seed=str(seed), inbox_prefix=b"_INBOX_crm", error_cb=trouble
    )
    try:
        stream = client.jetstream()
        await eventually(lambda: has_come(stream, 3))  # the relay may still be bringing the last
        events = await stream.pull_subscribe_bind("crm", stream="EVENTS")
        (message,) = await events.fetch(1)
        event = json.loads(message.data)
        assert event.keys() >= CLOUDEVENTS
        assert event["specversion"] == "1.0"
        assert (message.headers or {})["Content-Type"] == "application/cloudevents+json"
        last = (await stream.stream_info("EVENTS")).state.last_seq
        await client.publish("lt.event.cohort.planned", message.data)
        await eventually(lambda: problems)
        assert 'permissions violation for publish to "lt.event.cohort.planned"' in problems[0]
        assert (await stream.stream_info("EVENTS")).state.last_seq == last
    finally:
        await client.close()


async def has_come(stream: JetStreamContext, last: int) -> bool:
    return (await stream.stream_info("EVENTS")).state.last_seq >= last
