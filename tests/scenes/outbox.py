"""What tests of the notifier share: people who are to hear from us, the ledger, the outbox."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from pathlib import Path

import psycopg

from services.clock import SetClock
from services.engines.addresses import Engines
from services.log.log import Log
from services.notices.post import EmlFiles, Post
from services.process.following import catch_up
from services.process.station import Station
from services.workers.notifier import Notifier
from tests.scenes.played import Scene
from tests.scenes.world import NOON, door_on, station

EVERYTHING = asyncio.Event()  # never told to stop
HANDED_OVER = [("sent", "email", 1), ("for-staff", "phone", 1), ("for-staff", "post", 1)]


@asynccontextmanager
async def scene_on(engines: Engines, folder: Path) -> AsyncIterator[Scene]:
    clock = SetClock(NOON)
    here = station(engines, folder, clock)
    async with door_on(here) as client:
        scene = Scene(here, client, clock)
        await scene.plans(places_per_side=2)
        yield scene


def three_applications(engines: Engines, folder: Path) -> Station:
    """Ada by e-mail, Ben by phone and Col by post have applied, and nobody has heard yet."""

    async def play() -> Station:
        async with scene_on(engines, folder) as scene:
            ada = await scene.meets("Ada Tregenza")
            ben = await scene.meets("Ben", phone="01872 000000")
            col = await scene.meets("Col", email="col@example.org", postal_address="1 High Street")
            by_post = {"person_id": col, "channel": "post"}
            await scene.do("person.state-contact-preference", by_post)
            for one in (ada, ben, col):
                await scene.hands_in(one)
            return scene.station

    return asyncio.run(play())


@contextmanager
def notifying(here: Station, post: Post | None = None) -> Iterator[Notifier]:
    """The worker's own part, from a start as it is after a stop or a kill."""
    vault = here.vault("notifier")
    own = Notifier(here, vault, post or EmlFiles(here.outbox))
    try:
        own.recover()
        asyncio.run(catch_up(own, here.engines.programme["notifier"], EVERYTHING))
        yield own
    finally:
        own.close()
        vault.close()


def head(engines: Engines) -> int:
    log = Log(engines.programme["home"], connections=1)
    try:
        return log.head()
    finally:
        log.close()


def ledger(engines: Engines) -> list[tuple[str, str | None, int]]:
    """State, channel and attempts of each notice, in the order of their causes."""
    with psycopg.connect(engines.programme["console"]) as connection:
        rows = connection.execute(
            "SELECT state, channel, attempts FROM work.notices ORDER BY position, person"
        )
        return [(state, channel, attempts) for state, channel, attempts in rows]


def go_back(engines: Engines) -> None:
    with psycopg.connect(engines.programme["owner"]) as connection:
        connection.execute("UPDATE work.places SET position = 0 WHERE worker = 'notifier'")


def about(message: EmailMessage) -> str:
    """Its subject, without by when an answer is needed."""
    return str(message["Subject"]).partition(" Please answer by ")[0]


def letters(here: Station, pattern: str = "*.eml") -> list[Path]:
    return sorted(here.outbox.glob(pattern))


def opened(file: Path) -> EmailMessage:
    message = message_from_bytes(file.read_bytes(), policy=default)
    assert isinstance(message, EmailMessage)
    return message
