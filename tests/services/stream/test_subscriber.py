import asyncio
import json
import re
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

import nats
import pytest
from nats.js import JetStreamContext

from tests.scenes.at_work import eventually
from tests.scenes.terminal import ROOT, Terminal

CLOUDEVENTS = {"specversion", "id", "source", "type"}  # what version 1.0 requires
PLANNED = "uk.nhs.leading-together.cohort.planned.v1"


@pytest.fixture(scope="module")
def lt(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Terminal]:
    """Everything runs, and three cohorts are planned."""
    terminal = Terminal(LT_DATA=tmp_path_factory.mktemp("subscribing") / "data")
    with terminal.up():
        for _ in range(3):
            terminal.planned()
        yield terminal


def test_the_subscriber_of_the_guide_reads_everything_in_order(
    lt: Terminal, tmp_path: Path
) -> None:
    with subscriber(lt.engines.nats["subscriber"], tmp_path) as reading:
        lines = [reading.readline().split() for _ in range(3)]
        cohort = lt.planned()
        lines.append(reading.readline().split())
    assert [line[:2] for line in lines] == [[f"{n:016}", PLANNED] for n in range(1, 5)]
    assert lines[3][2] == cohort


def test_a_subscriber_reads_cloud_events_and_can_not_publish_one(lt: Terminal) -> None:
    asyncio.run(reads_and_tries_to_publish(lt.engines.nats["subscriber"]))


async def reads_and_tries_to_publish(url: str) -> None:
    problems: list[str] = []

    async def trouble(error: Exception) -> None:
        problems.append(str(error).casefold())

    client = await nats.connect(url, inbox_prefix=b"_INBOX.subscriber", error_cb=trouble)
    try:
        stream = client.jetstream()
        events = await stream.pull_subscribe("lt.event.cohort.planned", stream="EVENTS")
        await eventually(lambda: has_come(stream, 3))  # the relay may still be bringing the last
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


@contextmanager
def subscriber(url: str, folder: Path) -> Iterator[IO[str]]:
    """The program in docs/subscribing.md, as it stands there, away from our code."""
    guide = (ROOT / "docs" / "subscribing.md").read_text(encoding="utf-8")
    (program,) = re.findall(r"```python\n(.*?)```", guide, re.DOTALL)
    assert "services" not in program
    program = program.replace("nats://subscriber:PASSWORD@127.0.0.1:4222", url)
    assert url in program
    (folder / "subscriber.py").write_text(program)
    with subprocess.Popen(
        [sys.executable, "-I", "-u", "subscriber.py"], cwd=folder, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout
        try:
            yield process.stdout
        finally:
            process.kill()
