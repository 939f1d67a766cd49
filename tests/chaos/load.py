"""The load of a fault run: people of an invented programme, and some who send nonsense.

What was sent and answered is kept, to be held against the log when all is over.
"""

import asyncio
import json
from collections import Counter
from collections.abc import Awaitable, Callable, Iterator
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any, Final
from zlib import crc32

from nats.aio.client import Client
from nats.errors import Error as NatsError

from events.ids import CommandId
from services.crew import REQUESTS
from services.door.replies import TO_BE_ASKED_AGAIN, Reply
from services.engines.addresses import BusAddress
from services.identity.at_home import NOBODY_YET, OwnTokens
from services.identity.showing import bearing
from tests.chaos.over_http import OverHttp
from tests.chaos.questions import ASKS, Questions
from tests.chaos.reaching import reached
from tests.scenes.for_who_asked import for_who_asked

EPOCH: Final = datetime(2026, 1, 1, tzinfo=UTC)
TIMEOUT: Final = 9.0
RUNG: Final = 0.1  # of all who come have no e-mail, so that somebody of the team rings them
DUE: Final = 7.0  # seconds between two things that fall due
COHORTS: Final = 8  # that take applications, so that no board is larger than one that can be read
SIDES: Final = {
    "patient-leader": {"area": "devon", "background": "carer"},
    "healthcare-leader": {"area": "devon", "profession": "nurse"},
}
NONSENSE: Final = (b"", b"{", b"null", b'{"actor":"person_1"}', b"\xff\xfe\x00", b'{"data":{}}' * 9)
PERSONAL: Final = ("Chaosperson", "@people-of-chaos.example", "I have led the group")
OVER_HTTP: Final = 3  # one of so many tries is sent over HTTP; the next of the same may not be
NO_ANSWER: Final = "no answer"
Command = tuple[str, str, bytes]  # id, name, body


class Load:
    """Several clients that send `rate` commands a second in all, until told to stop."""

    def __init__(
        self,
        url: Callable[[], BusAddress],
        seed: int,
        tokens: OwnTokens,
        *,
        clients: int = 6,
        rate: float = 30,
        web: str = "",
    ) -> None:
        """`web` is where some of it is sent over HTTP, if any of it is to be."""
        self._http = OverHttp(web, TIMEOUT) if web else None
        self.over_http = Counter[str]()  # what came of what was sent so
        self._url, self._seed, self._tokens = url, seed, tokens
        self._clients, self._pause = clients, clients / rate
        self.answers: dict[str, Reply] = {}
        self.unknown: dict[str, Command] = {}
        self.counts: Counter[str] = Counter()
        self.wrong: list[str] = []
        self.stop = asyncio.Event()
        self._cohorts, self._actor = list[str](), NOBODY_YET
        self._planned_so_far = 0
        self.senders: dict[str, str] = {}
        self.questions = Questions(url, tokens)

    async def open(self, grant: Callable[[str], Awaitable[object]]) -> None:
        """Somebody who coordinates, and a cohort that takes applications, before any fault."""
        client = await reached(self._url())
        await self._coordinated(client, grant)
        for number in range(COHORTS):
            self._cohorts.append(await self._planned(client, f"number {number}", open_for=30))
        self.questions.begin(self._actor, await self._applied(client), self._cohorts[0])
        await client.close()

    async def _applied(self, client: Client) -> str:
        """Somebody who has applied themselves, and may read what is theirs."""
        data = {"full_name": f"{PERSONAL[0]} {ASKS}", "email": f"{ASKS}{PERSONAL[1]}"}
        reply = await self._until_answered(client, self._command(ASKS, "person.register", data))
        who = (reply.ids or {})["person_id"]
        mine = self._form(ASKS) | {"cohort_id": self._cohorts[0]}
        for name, more in (("person.give-consent", {}), ("application.submit", mine)):
            command = self._command(f"{ASKS} {name}", name, {"person_id": who, **more}, who)
            await self._until_answered(client, command)
        return who

    async def _coordinated(self, client: Client, grant: Callable[[str], Awaitable[object]]) -> None:
        data = {"full_name": f"{PERSONAL[0]} first", "email": f"first{PERSONAL[1]}"}
        reply = await self._until_answered(client, self._command("first", "person.register", data))
        who = (reply.ids or {})["person_id"]
        await grant(who)
        self._actor = who

    async def _planned(self, client: Client, named: str, *, open_for: int) -> str:
        """A cohort that takes applications for so many days more, or, below 0, did so before."""
        today = datetime.now(UTC).date()
        self._planned_so_far += 1  # each is to end on a day of its own, or it is planned twice
        plan = {
            "title": f"Chaos {named}",
            "opens_on": str(today - timedelta(days=9)),
            "closes_on": str(today + timedelta(days=open_for)),
            "decisions_on": str(today + timedelta(days=60)),
            "starts_on": str(today + timedelta(days=90)),
            "ends_on": str(today + timedelta(days=300 + self._planned_so_far)),
            "places_per_side": 200,
            "criteria": [{"code": "interest", "title": "Interest in healthcare"}],
        }
        planning = self._command(f"plan {named}", "cohort.plan", plan)
        reply = await self._until_answered(client, planning)
        assert reply.events, reply
        cohort = reply.events[0].subject
        opening = {"cohort_id": cohort}
        command = self._command(f"open {named}", "cohort.open-applications", opening)
        await self._until_answered(client, command)
        return cohort

    async def _planner(self) -> None:
        """Cohorts that are to be closed at once, by nobody but the scheduler."""
        client = await reached(self._url())
        number = 0
        while not self.stop.is_set():
            number += 1
            await self._planned(client, f"cohort {number}", open_for=-2)
            with suppress(TimeoutError):
                await asyncio.wait_for(self.stop.wait(), DUE)
        await client.close()

    async def run(self) -> None:
        """All clients, until `stop`."""
        async with asyncio.TaskGroup() as clients:
            for number in range(self._clients):
                clients.create_task(self._client(number))
            clients.create_task(self._planner())
            clients.create_task(self.questions.ask(self.stop))
        if self._http:
            await self._http.close()
            self._http = None
            if not self.over_http.keys() - {NO_ANSWER}:
                self.wrong.append("no command was answered over HTTP")

    async def a_few(self, number: int) -> None:
        """Some people more, one after the other."""
        client = await reached(self._url())
        for one in range(number):
            data = {"full_name": f"{PERSONAL[0]} last", "email": f"last-{one}{PERSONAL[1]}"}
            command = self._command(f"last {one}", "person.register", data)
            await self._until_answered(client, command)
        await client.close()

    async def knock(self, number: int) -> None:
        """Some commands while nothing may be recorded: each is told to come again."""
        client = await reached(self._url())
        for one in range(number):
            data = {"full_name": f"{PERSONAL[0]} early", "email": f"early-{one}{PERSONAL[1]}"}
            command = self._command(f"early {one}", "person.register", data)
            if reply := await self._send(client, command):
                self.wrong.append(f"{reply.status} on a log that was shortened")
        await client.close()

    async def settle(self) -> None:
        """What nobody answered is sent again, with its id, until it is answered."""
        client = await reached(self._url())
        for command in list(self.unknown.values()):
            await self._until_answered(client, command)
        await client.close()

    async def _client(self, number: int) -> None:
        random = Random(f"{self._seed} client {number}")
        client = await reached(self._url())
        life = 0
        while not self.stop.is_set():
            life += 1
            person = ""
            for step in self._life(random, f"{number}-{life}"):
                if self.stop.is_set():
                    break
                name, data = step
                if person:
                    data["person_id"] = person
                command = self._command(f"{number}-{life}-{name}", name, data)
                reply = await self._send(client, command)
                for _ in range(4):
                    if reply is not None:
                        break
                    reply = await self._send(client, command)
                if reply is None or reply.status != "accepted":
                    break
                person = person or (reply.ids or {}).get("person_id", "")
                await self._mischief(random, client, command)
                await asyncio.sleep(self._pause * random.uniform(0.5, 1.5))
        await client.close()

    def _life(self, random: Random, named: str) -> Iterator[tuple[str, dict[str, Any]]]:
        """What one person does, in order."""
        email = {"email": f"{named}-{self._seed}{PERSONAL[1]}"}
        phone = {"phone": f"01632 {random.randrange(10**6):06}"}
        reached = phone if random.random() < RUNG else email
        yield "person.register", {"full_name": f"{PERSONAL[0]} {named}", **reached}
        yield "person.give-consent", {}
        if random.random() < 0.5:
            yield "interest.express", {}
        if random.random() < 0.7:
            yield "application.submit", self._form(named, random.choice(list(SIDES)))

    def _form(self, named: str, side: str = "patient-leader") -> dict[str, Any]:
        return {
            "cohort_id": self._cohorts[crc32(named.encode()) % COHORTS],
            "side": side,
            "profile": SIDES[side],
            "experiences": 1,
            "leadership": f"{PERSONAL[2]} of {named}.",
            "interest": "Care.",
        }

    def _command(self, named: str, name: str, data: dict[str, Any], sender: str = "") -> Command:
        identity = CommandId.derived(EPOCH, f"{self._seed} {named}")
        asked = {} if sender else for_who_asked(name, data)
        body = {"id": identity, "data": data, **asked}
        self.senders[identity] = sender or self._actor
        return identity, name, json.dumps(body).encode()

    async def _mischief(self, random: Random, client: Any, command: Command) -> None:
        """Now and then the same again, or the same id with other content, or nonsense."""
        _, name, body = command
        kind = random.random()
        if kind < 0.10:
            await self._send(client, command)
        elif kind < 0.15:
            other = json.loads(body)
            other["role"] = "importer"
            await self._expect(client, name, json.dumps(other).encode(), {"refused"})
        elif kind < 0.25:
            nonsense = random.choice(NONSENSE)
            await self._expect(client, name, nonsense, {"invalid"})
        elif kind < 0.28:
            await self._expect(client, "person.regsiter", body, {"unknown"})
        elif kind < 0.33:
            whole = self._tokens.of(self._actor)
            spoilt = whole[:-1] + random.choice("Ag.=".replace(whole[-1], ""))
            await self._expect(client, name, body, {"refused"}, random.choice(("", "x", spoilt)))

    async def _expect(
        self, client: Any, name: str, body: bytes, expected: set[str], token: str | None = None
    ) -> None:
        token = self._tokens.of(self._actor) if token is None else token
        reply = await self._ask(client, name, body, token)
        self.counts[reply.status if reply else NO_ANSWER] += 1
        if reply and reply.status not in expected | TO_BE_ASKED_AGAIN:
            self.wrong.append(f"{name}: {reply.status} instead of {', '.join(expected)}")

    async def _send(self, client: Any, command: Command) -> Reply | None:
        """One try; None if nobody knows what became of it."""
        identity, name, body = command
        token = self._tokens.of(self.senders[identity])
        if self._http and crc32(identity.encode()) % OVER_HTTP == len(self.answers) % OVER_HTTP:
            reply = await self._http.ask(name, body, token)
            self.over_http[reply.status if reply else NO_ANSWER] += 1
        else:
            reply = await self._ask(client, name, body, token)
        if reply is None or reply.status in {*TO_BE_ASKED_AGAIN, "failed"}:
            self.counts[NO_ANSWER if reply is None else reply.status] += 1
            if identity not in self.answers:
                self.unknown[identity] = command
            return None
        self.counts[reply.status] += 1
        self.unknown.pop(identity, None)
        before = self.answers.setdefault(identity, reply)
        if before.status == "accepted" and _said(before) != _said(reply):
            self.wrong.append(f"{name}: another answer at the repetition of {identity}")
        return reply

    async def _until_answered(self, client: Any, command: Command) -> Reply:
        for _ in range(120):
            if reply := await self._send(client, command):
                return reply
            await asyncio.sleep(0.5)
        raise TimeoutError(f"{command[1]} was never answered")

    async def _ask(self, client: Any, name: str, body: bytes, token: str) -> Reply | None:
        try:
            answer = await client.request(
                f"{REQUESTS}{name}", body, timeout=TIMEOUT, headers=bearing(token)
            )
        except (NatsError, TimeoutError, OSError):
            await asyncio.sleep(0.2)
            return None
        return Reply.model_validate_json(answer.data)


def _said(reply: Reply) -> Reply:
    """An answer as it was the first time."""
    return reply.model_copy(update={"repeated": None})
