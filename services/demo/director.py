"""Who directs the demonstration: asks for what, on a clock that it moves itself."""

import asyncio
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from nats.aio.client import Client

from events.calendar import at
from events.ids import CommandId, PersonId
from events.terms import AskedBy, Side
from projections.catalogue import ALL, PROJECTIONS
from services.clock import SetClock
from services.crew import STREAM
from services.demo.narration import Narration
from services.door.asking import ask
from services.door.replies import Reply
from services.engines.addresses import Engines
from services.engines.connecting import connect
from services.identity.at_home import NOBODY_YET, OwnTokens
from services.identity.configuration import identity_file
from services.log.log import head_of_log
from services.matching.desk import is_computing
from services.notices.ledger import is_being_sent
from services.notices.ledger import next_due as next_letter
from services.process.checkpoints import checkpoints
from services.process.station import Station
from services.read_models.builds import serving, view
from services.read_models.looking import look_at
from services.vault.vault import Vault
from services.workers.scheduler import due, next_due

PATIENCE = 60.0  # seconds until we say that a worker must be stuck
IN_FLIGHT = 32


class Stuck(RuntimeError):
    """A worker did not come to the head of the log."""


class Unexpected(RuntimeError):
    """The door answered otherwise than the story goes."""


def _tokens(station: Station, clock: SetClock) -> OwnTokens:
    """Whoever owns a folder may sign for everybody; in the story they do."""
    issuer = identity_file(station.settings).own_issuer()
    if issuer is None:
        raise Unexpected("the keys of our own issuer are not here")
    issuer.begin(clock.now())
    return OwnTokens(issuer, clock)


class Director:
    """Asks at the door, looks at the read models, and moves the clock from one due time on.

    Without a vault the story goes the same way; what is sealed stays so in the rows.
    """

    def __init__(
        self,
        station: Station,
        clock: SetClock,
        client: Client,
        narration: Narration,
        vault: Vault | None = None,
    ) -> None:
        self._engines: Engines = station.engines
        self._station, self._clock, self._client = station, clock, client
        self._vault = vault
        self._tokens = _tokens(station, clock)
        self.coordinator: PersonId | None = None
        self.facilitator: PersonId | None = None
        self.lead: PersonId | None = None
        self.co_chairs: dict[Side, PersonId] = {}
        self._asked = 0
        self._flight = asyncio.Semaphore(IN_FLIGHT)
        self.narration = narration

    @property
    def station(self) -> Station:
        """The engines, the clock and the settings of the story."""
        return self._station

    @property
    def client(self) -> Client:
        """The connection on which the director asks."""
        return self._client

    @property
    def team(self) -> list[PersonId]:
        """Who runs the programme, the coordinator first."""
        found = (self.coordinator, self.facilitator, self.lead, *self.co_chairs.values())
        return [one for one in found if one]

    def tells(self, words: str) -> None:
        """Say what has happened in the story."""
        self.narration.act(words)

    async def ask(
        self,
        name: str,
        data: Mapping[str, Any],
        *,
        actor: str | None = None,
        rings: str | None = None,
    ) -> Reply:
        """One command through the door, at the story's time, by the coordinator if nobody else is
        named, and by nobody whom we know before there is one; its id derives from its number. What
        is somebody's own to say, they do themselves, or the coordinator for who `rings`.
        """
        self._asked += 1
        named = CommandId.derived(self._clock.now(), "demo", str(self._asked))
        for_them = {"onbehalfof": rings, "asked": AskedBy.TELEPHONE} if rings else {}
        body = {"id": named, **for_them, "data": dict(data)}
        async with self._flight:
            return await ask(self._client, name, body, token=self.token(actor))

    def token(self, person: str | None = None) -> str:
        """What this person shows at the door, or the coordinator, signed by the folder's issuer."""
        return self._tokens.of(person or self.coordinator or NOBODY_YET)

    async def do(self, name: str, data: Mapping[str, Any], **given: Any) -> Reply:
        """A command that the story needs to be accepted."""
        reply = await self.ask(name, data, **given)
        if reply.status != "accepted":
            raise Unexpected(f"{name}: {reply.model_dump_json(exclude_none=True)}")
        return reply

    async def all(self, name: str, many: Iterable[Mapping[str, Any]], **given: Any) -> list[Reply]:
        """Many commands of a kind, side by side."""
        return list(await asyncio.gather(*(self.do(name, data, **given) for data in many)))

    async def rows(self, projection: str, **where: str) -> list[dict[str, Any]]:
        """What a read model says, opened and told, once it has caught up."""
        return await asyncio.to_thread(self._rows, projection, where)

    async def day(self, year: int, month: int, day: int, hour: int = 10) -> None:
        """Move on to an hour of a day, stopping wherever something falls due on the way."""
        await self.move_to(at(datetime(year, month, day).date(), hour))  # noqa: DTZ001 - a calendar day

    async def move_to(self, moment: datetime) -> None:
        """Move the clock; whatever falls due before `moment` happens at its own time."""
        await self.settle()
        while (first := await asyncio.to_thread(self._next_due)) is not None and first <= moment:
            await self._set(first)
        await self._set(moment)

    async def let_letters_go(self) -> None:
        """Move on until no letter waits any more."""
        await self.settle()
        while (first := await asyncio.to_thread(self._next_letter)) is not None:
            await self.move_to(first)

    async def settle(self) -> None:
        """Wait until every worker has done all that there is to do now."""
        self._station.wake.set()
        deadline = asyncio.get_running_loop().time() + PATIENCE
        quiet_at = -1
        while True:
            head, behind = await asyncio.to_thread(self._behind)
            stream = (await self._client.jetstream().stream_info(STREAM)).state.last_seq
            if not behind and stream == head:
                if quiet_at == head:
                    return
                quiet_at = head
            elif asyncio.get_running_loop().time() > deadline:
                raise Stuck(f"the log is at {head}, the stream at {stream}, behind: {behind}")
            await asyncio.sleep(0.01)

    async def _set(self, moment: datetime) -> None:
        self._clock.set(moment)
        self._station.wake_letters.set()
        self.narration.today(moment)
        await self.settle()

    def _behind(self) -> tuple[int, list[str]]:
        """The head of the log, and who is not there yet."""
        with connect(self._engines.programme["console"]) as connection:
            head = head_of_log(connection)
            standing = {one.projection: one.position for one in serving(connection, ALL)}
            standing |= {one.worker: one.position for one in checkpoints(connection)}
            behind = [name for name, position in standing.items() if position < head]
            if is_being_sent(connection, self._clock.now()):
                behind.append("notices")
            if not behind and due(connection, self._clock.now()):
                behind.append("scheduler")
            if not behind and is_computing(connection):
                behind.append("commands")
            return head, behind

    def _next_due(self) -> datetime | None:
        """When something falls due again; what was due by now is settled."""
        with connect(self._engines.programme["console"]) as connection:
            now = self._clock.now()
            found = next_due(connection, now), next_letter(connection, now)
            return min((one for one in found if one), default=None)

    def _next_letter(self) -> datetime | None:
        with connect(self._engines.programme["console"]) as connection:
            return next_letter(connection, self._clock.now())

    def _rows(self, projection: str, where: dict[str, str]) -> list[dict[str, Any]]:
        known = PROJECTIONS[projection]
        with connect(self._engines.programme["console"]) as connection:
            return list(look_at(connection, view(projection), known, where, self._vault))
