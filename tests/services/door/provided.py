"""A door that takes a provider's word, and who asks there."""

import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

import psycopg
from nats.aio.client import Client

from services.door.asking import ask
from services.door.replies import Reply
from services.door.ties import TiedPeople
from services.engines.addresses import Engines
from services.process.station import Station
from services.vault.vault import Vault
from tests.scenes.at_work import eventually
from tests.scenes.team import RUTH
from tests.scenes.tokens import ask_as
from tests.scenes.world import door_on
from tests.services.identity.minting import StandIn

SUBJECT = "ada-as-the-trust-calls-her"


@dataclass
class House:
    """A door that takes a provider's word, and who asks there."""

    station: Station
    provider: StandIn

    @asynccontextmanager
    async def door(self) -> AsyncIterator[Client]:
        async with door_on(self.station) as client:
            yield client

    async def known(self, client: Client, name: str) -> str:
        data = {"full_name": name, "email": f"{name.lower()}@example.org"}
        reply = await ask_as(client, RUTH, "person.register", {"data": data})
        return str((reply.ids or {})["person_id"])

    async def tied(self, client: Client, who: str, subject: str = SUBJECT, **more: Any) -> Reply:
        data = {"person_id": who, "issuer": "trust", "subject": subject, **more}
        return await ask_as(client, RUTH, "identity.tie", {"data": data})

    async def asks(self, client: Client, name: str, data: Any, subject: str = SUBJECT) -> Reply:
        """By a token of the provider's."""
        shown = self.provider.token(sub=subject, jti=f"{subject} {time.monotonic_ns()}")
        return await ask(client, name, {"data": data}, token=shown)

    async def consents(self, client: Client, who: str) -> str | None:
        reply = await self.asks(client, "person.give-consent", {"person_id": who})
        return reply.code or reply.status

    async def is_told(self, client: Client, who: str, answer: str) -> None:
        """Once it is not remembered any more what was so before."""

        async def told() -> bool:
            return await self.consents(client, who) == answer

        await eventually(told)


def rows(engines: Engines) -> int:
    with psycopg.connect(engines.vault["owner"]) as owner:
        found = owner.execute("SELECT count(*) FROM vault.ties").fetchone()
        return int(found[0]) if found else 0


def known_ties(engines: Engines, vault: Vault) -> TiedPeople:
    return TiedPeople(engines.programme["commands"], vault)
