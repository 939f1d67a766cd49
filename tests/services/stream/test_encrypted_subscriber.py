"""The example of a subscriber, and a bus on the way to which somebody listens."""

import asyncio
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from nats.js.api import ConsumerConfig, StorageType

from services.crew import EVENTS, STREAM
from services.engines.addresses import BusAddress
from services.stream.connections import connected
from tests.scenes.certificates import Authority, authority
from tests.scenes.encrypted import nats_with, takes_tls_away
from tests.scenes.man_in_the_middle import man_in_the_middle
from tests.scenes.subscribing import document
from tests.scenes.watching import until

EXAMPLE = Path(__file__).parents[3] / "examples" / "subscriber.py"
EPOCH = {"Lt-Epoch": "1", "Lt-Head": "0"}
WHO = "gp-portal"


@pytest.fixture
def ours(tmp_path: Path) -> Authority:
    return authority(tmp_path / "authority")


async def filled(port: int, seeds: dict[str, str], file: Path) -> None:
    """A stream of one event, and a consumer for whoever follows it."""
    at = {
        name: BusAddress(url=f"tls://127.0.0.1:{port}", seed=seeds[name], authority=file)
        for name in ("owner", "relay")
    }
    owner, relay = await connected("owner", at["owner"]), await connected("relay", at["relay"])
    await owner.jetstream().add_stream(
        name=STREAM,
        subjects=[f"{EVENTS}>"],
        storage=StorageType.MEMORY,
        allow_direct=True,
        metadata=EPOCH,
    )
    config = ConsumerConfig(name=WHO, durable_name=WHO)
    await owner.jetstream().add_consumer(STREAM, config)
    body = document(1, "booked")
    await relay.jetstream().publish(f"{EVENTS}workshop.booked", body, stream=STREAM, headers=EPOCH)
    await owner.close()
    await relay.close()


@contextmanager
def follows(folder: Path, url: str, seed: str, *more: str) -> Iterator[Path]:
    """The example, as long as this lasts: the file of all that it says."""
    (folder / "seed").write_text(seed)
    said = folder / "said"
    command = [sys.executable, "-I", "-u", str(EXAMPLE), url, WHO, str(folder / "seed")]
    with (
        said.open("wb") as out,
        subprocess.Popen(
            [*command, str(folder / "taken.in"), *more], stdout=out, stderr=out
        ) as process,
    ):
        try:
            yield said
        finally:
            process.kill()


def test_the_subscriber_of_the_guide_speaks_encrypted_or_not_at_all(
    ours: Authority, tmp_path: Path
) -> None:
    ours.server("127.0.0.1")
    chain = ours.folder / "127.0.0.1.pem"
    trusted = ("--ca", str(ours.file))
    with nats_with(tmp_path / "bus", chain, WHO) as (port, seeds):
        asyncio.run(filled(port, seeds, ours.file))
        with man_in_the_middle(port, lambda said: said) as way:
            url = f"tls://127.0.0.1:{way.port}"
            with follows(tmp_path, url, seeds[WHO], *trusted) as said:
                until(lambda: "workshop.booked" in said.read_text())
        assert b"CONNECT" not in way.heard
        with man_in_the_middle(port, takes_tls_away) as way:
            url = f"tls://127.0.0.1:{way.port}"
            with follows(tmp_path, url, seeds[WHO]) as said:  # which trusts others than ours
                until(lambda: "certificate verify failed" in said.read_text())
        assert b"CONNECT" not in way.heard


def test_the_subscriber_of_the_guide_says_nothing_to_a_bus_that_is_not_encrypted(
    tmp_path: Path,
) -> None:
    with (
        nats_with(tmp_path / "bus", None, WHO) as (port, seeds),
        man_in_the_middle(port, lambda said: said) as way,
        follows(tmp_path, f"tls://127.0.0.1:{way.port}", seeds[WHO]) as said,
    ):
        until(lambda: "the bus" in said.read_text())
        assert b"CONNECT" not in way.heard
        with follows(tmp_path, f"nats://bus.example:{way.port}", seeds[WHO]) as refused:
            until(lambda: "Name a bus on another machine as tls://" in refused.read_text())
