"""A small invented cohort, from first interest to the check-in after twelve months."""

import asyncio
import json
from pathlib import Path
from typing import Any, Final
from unittest.mock import patch

import psycopg
from nats.micro.request import Request as NatsRequest

from events.terms import NEWCOMER
from services.clock import SetClock
from services.crew import OF_WORKERS, REQUESTS
from services.demo import pairing, selection
from services.demo.director import Director
from services.demo.narration import Narration
from services.demo.selection import BEGIN
from services.demo.story import tell
from services.door.door import Door
from services.engines.addresses import Engines
from services.identity.showing import Comer
from services.operations.provisioning import provision
from services.process.running import serve
from services.process.station import Station
from services.settings import Settings
from services.stream.connections import connected
from services.workers import workers
from tests.recorded.kept import Request
from tests.scenes.filling import form, sheet
from tests.scenes.tokens import IDENTITY
from tests.scenes.world import KEYS

PLACES: Final = 2  # on each side; an application costs some thirty kilobytes
HEALTHCARE: Final = {
    "side": "Healthcare leader",
    "description": "Somebody who works in healthcare",
    "organisation": "Royal Devon University Healthcare (RH8)",
}
APPLICANTS: Final = (
    {"name": "Ada Tregenza", "needs": "A seat near the door, and my wife will come with me."},
    {"name": "Amina Yusuf", "contact": "Phone", "telephone": "01632 960101"},
    {"name": "Aoife Byrne", "avoid": "Not Edith Marlow please, she is my neighbour."},
    {"name": "Asha Patel", "contact": "Post"},
    {"name": "Edith Marlow", "experience": ""},
    {**HEALTHCARE, "name": "Ben Polglase", "profession": "Nurse"},
    {**HEALTHCARE, "name": "Bola Adeyemi", "profession": "Doctor"},
    {**HEALTHCARE, "name": "Bartek Nowak", "profession": "Midwife"},
    {**HEALTHCARE, "name": "Bethan Rees", "profession": "Pharmacist"},
    {**HEALTHCARE, "name": "Bruno Costa", "profession": "Manager"},
)


def played(engines: Engines, folder: Path) -> list[Request]:
    """Play it on empty engines, with all workers; letters go into the folder.

    Returns what was asked at the door, by everybody.
    """
    asked: list[Request] = []
    take = Door._take

    async def listening(
        self: Door, message: NatsRequest, comer: Comer | None, until: float
    ) -> None:
        asked.append(_request(message.subject, json.loads(message.data), comer))
        await take(self, message, comer, until)

    with patch.object(Door, "_take", listening):
        asyncio.run(_play(engines, folder))
    with psycopg.connect(engines.programme["console"]) as connection:
        dead = connection.execute("SELECT worker, fact FROM work.letters").fetchall()
    if dead:
        raise RuntimeError(f"something could not be done, and is not worth keeping: {dead}")
    return asked


def _request(subject: str, body: dict[str, Any], comer: Comer | None) -> Request:
    """What was asked, with who asked it: a worker is known by its subject."""
    if comer:
        who = {"actor": comer.person_id} if comer.person_id else {"actor": NEWCOMER}
        named = {} if comer.person_id else {"sender": comer.sender}
        return Request(subject.removeprefix(REQUESTS), {**body, **who, **named})
    worker, _, name = subject.removeprefix(OF_WORKERS).partition(".")
    said = {field: value for field, value in body.items() if field != "id"}
    known = {"actor": f"system:{worker}", "role": "system"}
    return Request(name, {"id": body["id"], **known, **said})


async def _play(engines: Engines, folder: Path) -> None:
    await provision(engines)
    clock, stop, ready = SetClock(BEGIN), asyncio.Event(), asyncio.Event()
    settings = Settings(
        data=folder,
        source="uk.nhs.leading-together/recorded",
        master_key_file=KEYS.master,
        epoch_keys_file=KEYS.file,
        identity_file=IDENTITY,
    )
    station = Station(engines, clock, settings)
    working = asyncio.create_task(serve(station, workers(), stop, ready.set))
    try:
        await ready.wait()
        await _told(station, clock, forms(folder))
    finally:
        stop.set()
        await working


async def _told(station: Station, clock: SetClock, file: Path) -> None:
    client = await connected("client", station.engines.nats["client"])
    vault = station.vault("home")
    try:
        director = Director(station, clock, client, Narration(quiet=True), vault)
        with patch.object(selection, "PLACES", PLACES), patch.object(pairing, "LEAVES", 0):
            await tell(director, file)
        await director.settle()
    finally:
        vault.close()
        await client.close()


def forms(folder: Path) -> Path:
    """What the applicants have filled in, one a day."""
    rows = []
    for number, answers in enumerate(APPLICANTS):
        email = f"{answers['name'].split()[0].lower()}@example.org"
        filled_at = {"timestamp": f"{10 + number}/09/2024 09:12:33", "email": email}
        rows.append(form(**{**filled_at, **answers}))
    return sheet(folder, *rows)
