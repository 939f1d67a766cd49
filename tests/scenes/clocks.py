"""A door and a scheduler at work, each with a clock of its own, on a log in which facts stand."""

import asyncio
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Any, ClassVar
from unittest.mock import patch

import psycopg
from pydantic import SkipValidation
from structlog.testing import capture_logs
from structlog.typing import EventDict

from domain import deciding
from domain.decision import Act, Command, Know
from domain.states import GOES_ON, NOWHERE
from events.catalogue import Recorded
from events.event import Event
from events.ids import PersonId
from services.engines.addresses import Engines
from services.process.following import catch_up
from services.process.station import Station
from services.workers import commands, scheduler
from services.workers.projector import Projector
from tests.scenes.at_work import at_work, eventually
from tests.scenes.due_times import Facts
from tests.scenes.played import history_of
from tests.scenes.world import NOON, station, vault_of, wish, writer_on


@dataclass
class Wayward:
    """A clock that shows whatever it is set to, earlier moments too."""

    moment: datetime = NOON

    def now(self) -> datetime:
        return self.moment


class Happened(Command):
    """Writes facts down as they are: nothing is asked, nothing is refused."""

    name: ClassVar = "tests.happened"
    facts: SkipValidation[Sequence[Any]]

    def needs(self, _know: Know) -> tuple[()]:
        return ()

    def decide(self, _act: Act) -> Iterator[Event]:
        yield from self.facts


def happen(engines: Engines, *facts: Event) -> None:
    """The log has these facts, written by one command."""
    people = {tag for fact in facts for tag in fact.tags() if tag.startswith(PersonId.prefix)}
    with vault_of(engines) as vault, writer_on(engines, vault) as writer:
        vault.welcome(people)
        with patch.object(deciding, "GOES_ON", {**GOES_ON, Happened.name: NOWHERE}):
            writer.decide([wish(vault, Happened(facts=facts))])


@dataclass
class Clocks:
    """A door and a scheduler, each with a clock of its own, and what the scheduler says."""

    engines: Engines
    ours: Wayward
    doors: Wayward
    here: Station
    said: list[EventDict]
    begun: int

    async def read(self, ours: datetime, doors: datetime) -> None:
        """The two clocks show these moments, and the scheduler does what it has to do then."""
        self.ours.moment, self.doors.moment = ours, doors
        self.here.wake.set()
        await eventually(lambda: not self.here.wake.is_set())
        await eventually(lambda: asyncio.to_thread(self._nothing_left))

    def _nothing_left(self) -> bool:
        with psycopg.connect(self.engines.programme["scheduler"]) as connection:
            return not scheduler.due(connection, self.ours.moment)

    def answers(self, command: str) -> list[str]:
        return [one["answer"] for one in self.said if one.get("command") == command]

    @property
    def differences(self) -> list[float]:
        return [one["seconds"] for one in self.said if one["event"] == "clocks.differ"]

    def overdue(self) -> tuple[int, datetime | None]:
        with psycopg.connect(self.engines.programme["console"]) as connection:
            return scheduler.overdue(connection, self.ours.moment)

    def done(self) -> list[Recorded[Event]]:
        """What the scheduler, who alone asks for anything, has brought about."""
        return history_of(self.engines)[self.begun :]


@asynccontextmanager
async def clocks(engines: Engines, folder: Path, facts: Facts) -> AsyncIterator[Clocks]:
    """The two at work on a log in which these facts stand."""
    await asyncio.to_thread(happen, engines, *facts)
    ours, doors = Wayward(), Wayward()
    here = replace(station(engines, folder), clock=ours)
    await project(here)
    begun = len(history_of(engines))
    with capture_logs() as said:
        async with (
            at_work(commands.serve, replace(here, clock=doors)),
            at_work(scheduler.serve, here),
        ):
            yield Clocks(engines, ours, doors, here, said, begun)


async def project(here: Station) -> None:
    """The agenda comes to the head of the log, and no further by itself."""
    own = here.engines.programme["projector"]
    projector = Projector(own, here.clock)
    projector.prepare()
    await catch_up(projector, own, asyncio.Event())
    projector.close()
