"""Who asks at the worker `reader` over the bus: by our own issuer's word, or by a provider's."""

import json
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager, closing, contextmanager
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any, Final

from nats.aio.client import Client

from events.identities import IdentityTied, IdentityUntied
from events.ids import PersonId, TieId
from services.clock import SetClock
from services.identity.configuration import identity_file
from services.process.station import Station
from services.reading.asking import ask_to_read
from services.reading.replies import ReadingReply
from services.vault.ties import subject_digest
from services.vault.vault import Vault
from services.workers import reader
from tests.scenes.at_work import at_work, client_of
from tests.scenes.readable import Programme, add_facts
from tests.scenes.tokens import IDENTITY, OWN
from tests.scenes.world import KEYS, NOON, station
from tests.services.identity.minting import AUDIENCE, StandIn, ed25519, stand_in

SUBJECT: Final = "as-the-trust-calls-somebody"
TIE: Final = TieId.derived(NOON, "a tie")


class Asking:
    """Somebody at the bus, whom our own issuer vouches for."""

    def __init__(self, programme: Programme, client: Client, here: Station) -> None:
        issuer = identity_file(here.settings).own_issuer()
        assert issuer is not None
        issuer.begin(programme.now)
        self.programme, self.client, self._issuer = programme, client, issuer

    def token(self, subject: str) -> str:
        return self._issuer.token(subject, self.programme.now)

    def person(self, kind: str) -> PersonId:
        people = self.programme.people
        return next(who for name, who in people.items() if name.startswith(kind))

    async def __call__(self, kind: str, name: str, **question: Any) -> ReadingReply:
        said = {"open": True, **question}
        return await ask_to_read(self.client, name, said, self.token(self.person(kind)))


Scene = Callable[[Asking], Awaitable[None]]


@asynccontextmanager
async def asking(
    programme: Programme, folder: Path, here: Station | None = None
) -> AsyncIterator[Asking]:
    """The reader at work, and who asks."""
    here = here or station(programme.engines, folder, SetClock(programme.now))
    async with at_work(reader.serve, here), client_of(programme.engines, "client") as client:
        yield Asking(programme, client, here)


class Outside:
    """A provider outside, of whose people one is tied to somebody here."""

    def __init__(self, programme: Programme, folder: Path, provider: StandIn) -> None:
        self.programme, self.provider = programme, provider
        table = {"issuer": provider.issuer, "code": "trust", "audience": AUDIENCE}
        said = "\n".join(f"{name} = {json.dumps(value)}" for name, value in table.items())
        own = OWN.replace('"identity', f'"{IDENTITY.parent}/identity')
        file = folder / "identity.toml"
        file.write_text(f'{own}[[providers]]\n{said}\nalgorithms = ["Ed25519"]\n')
        here = station(programme.engines, folder, SetClock(programme.now))
        settings = here.settings.model_copy(update={"identity_file": file})
        self.station = replace(here, settings=settings)

    def tie(self, who: PersonId) -> None:
        """It is recorded that the subject is somebody."""
        digest = subject_digest(self.provider.issuer, SUBJECT)
        with closing(Vault(self.programme.engines.vault["commands"], KEYS)) as vault:
            assert vault.ties.keep(TIE, who, digest)
            tied = IdentityTied(tie_id=TIE, person_id=who, issuer="trust", subject=digest)
            add_facts(self.programme.engines, vault, [tied])

    def untie(self, who: PersonId) -> int:
        """It is recorded that it is not any more; at which position."""
        with closing(Vault(self.programme.engines.vault["commands"], KEYS)) as vault:
            gone = IdentityUntied(tie_id=TIE, person_id=who)
            return add_facts(self.programme.engines, vault, [gone])

    def token(self, subject: str = SUBJECT) -> str:
        now = self.programme.now
        until, number = now + timedelta(minutes=5), f"{time.monotonic_ns()}"
        begins, ends = int(now.timestamp()), int(until.timestamp())
        return self.provider.token(sub=subject, iat=begins, exp=ends, jti=number)


@contextmanager
def outside(programme: Programme, folder: Path) -> Iterator[Outside]:
    with stand_in() as provider:
        provider.keys = [ed25519().jwk]
        yield Outside(programme, folder, provider)
