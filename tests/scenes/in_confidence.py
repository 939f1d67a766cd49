"""The workers `commands` and `safeguarding` at work, and people who tell in confidence."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

import psycopg
from nats.aio.client import Client
from psycopg.sql import SQL, Identifier

from events.ids import PersonId
from services.clock import SetClock
from services.door.replies import Reply
from services.engines.addresses import Engines
from services.workers import safeguarding
from tests.scenes.at_work import at_work
from tests.scenes.tokens import ask_as
from tests.scenes.world import coordinator, door_on, station

WORDS: Final = "He shouts at people when nobody is near."
NOTE: Final = "Spoken with both of them on Tuesday."


class Confidence:
    """Somebody at the bus: the lead of safeguarding is Sofia, and all are known by name."""

    def __init__(self, engines: Engines, client: Client, clock: SetClock) -> None:
        self.engines, self.client, self.clock = engines, client, clock
        self.people: dict[str, PersonId] = {}

    async def meet(self, *names: str) -> None:
        for name in names:
            said = {"full_name": f"{name} Smith", "email": f"{name.lower()}@example.org"}
            reply = await coordinator(self.client, "person.register", said)
            assert reply.status == "accepted", reply
            self.people[name] = PersonId((reply.ids or {})["person_id"])

    async def grant(self, name: str, role: str) -> None:
        said = {"person_id": self.people[name], "role": role}
        reply = await coordinator(self.client, "role.grant", said)
        assert reply.status == "accepted", reply

    async def __call__(self, who: str, name: str, said: dict[str, Any], **meta: Any) -> Reply:
        return await ask_as(self.client, self.people[who], name, {"data": said, **meta})

    async def raised(self, who: str, about: str) -> str:
        said = {"about": self.people[about], "words": WORDS}
        reply = await self(who, "concern.raise", said)
        assert reply.status == "accepted", reply
        return (reply.ids or {})["concern_id"]

    async def decided(self, case: str, decision: str, **more: Any) -> Reply:
        said = {"concern_id": case, "decision": decision, **more}
        reply = await self("Sofia", "concern.decide", said)
        assert reply.status == "accepted", reply
        return reply

    def rows(self, schema: str = "log") -> list[tuple[Any, ...]]:
        """All events of a log, as its owner sees them."""
        events = Identifier(schema, "events")
        statement = SQL("SELECT position, type, tags, document FROM {} ORDER BY position")
        with psycopg.connect(self.engines.programme["owner"]) as owner:
            return owner.execute(statement.format(events)).fetchall()

    def kinds(self, schema: str = "log") -> list[str]:
        return [kind for _, kind, _, _ in self.rows(schema)]


@asynccontextmanager
async def in_confidence(
    engines: Engines, folder: Path, clock: SetClock | None = None, **settings: Any
) -> AsyncIterator[Confidence]:
    """With Ada, Ben, Colm who coordinates, and Sofia who leads; `settings` are other than usual."""
    here = station(engines, folder, clock)
    here = replace(here, settings=here.settings.model_copy(update=settings))
    assert isinstance(here.clock, SetClock)
    async with door_on(here) as client, at_work(safeguarding.serve, here):
        found = Confidence(engines, client, here.clock)
        await found.meet("Ada", "Ben", "Colm", "Sofia")
        await found.grant("Colm", "coordinator")
        await found.grant("Sofia", "safeguarding-lead")
        yield found
