"""Over HTTP it is the same door: one effect a key, the same rights, and nothing without a gap."""

import asyncio
import json
from collections.abc import Awaitable, Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

from domain.concerns.concern import RaiseConcern, ReadConcern
from domain.people.person import RegisterPerson
from events.ids import CommandId
from services.clock import SetClock
from services.engines.addresses import Engines
from services.web.requests import JSON
from services.web.surface import COMMANDS, surface
from services.workers import safeguarding
from tests.scenes.at_work import at_work
from tests.scenes.given import NOON, person
from tests.scenes.over_http import Http, bearing, over_http
from tests.scenes.team import BEFORE, RUTH
from tests.scenes.tokens import STRANGER, token
from tests.scenes.world import a_plan, station

FOR_STRANGERS = {RegisterPerson.name: 200, RaiseConcern.name: 200, ReadConcern.name: 409}
"""Whoever is new is let in, and may tell what worries them; what they told nobody is unknown."""
STREAM = {"Accept": "text/event-stream"}


def key(name: str) -> str:
    return CommandId.derived(NOON, name)


def play(bus: Engines, folder: Path, scene: Callable[[Http], Awaitable[None]]) -> None:
    async def playing() -> None:
        async with over_http(station(bus, folder)) as http:
            await scene(http)

    asyncio.run(playing())


def test_what_is_sent_five_times_at_once_under_one_key_is_done_once(
    bus: Engines, tmp_path: Path
) -> None:
    async def scene(http: Http) -> None:
        plan, mine = a_plan(), key("plan")
        told = await asyncio.gather(
            *(http.do(token(RUTH), "cohort.plan", plan, mine) for _ in range(5))
        )
        assert {one.status_code for one in told} == {200}
        assert len({json.dumps(one.json()["events"]) for one in told}) == 1
        assert sum("repeated" in one.json() for one in told) == 4
        again = await http.do(token(RUTH), "cohort.plan", plan, f'"{mine}"')
        assert again.json()["repeated"] is True
        other = await http.do(token(RUTH), "cohort.plan", a_plan(), mine)
        assert (other.status_code, other.json()["code"]) == (422, "command.reused")
        recorded = await http.get(token(RUTH), "events")
        types = [one["type"].rpartition("_")[2] for one in recorded.json()["rows"]]
        assert sum("cohort.planned" in one for one in types) == 1

    play(bus, tmp_path, scene)


def test_who_asks_is_known_by_what_they_show_and_by_nothing_else(
    bus: Engines, tmp_path: Path
) -> None:
    ada = person("Ada")

    async def scene(http: Http) -> None:
        good = token(RUTH)
        head, body, signature = good.split(".")
        forged = ".".join((head, body, ("A" if signature[0] != "A" else "B") + signature[1:]))
        for shown, status, code in (
            ("", 401, "identity.missing"),
            ("nonsense", 401, "identity.not-readable"),
            (forged, 401, "identity.not-genuine"),
            (token(RUTH, SetClock(NOON - timedelta(days=1))), 401, "identity.expired"),
            (token(STRANGER), 403, "identity.not-tied"),
            (token(ada), 403, "acting.role-not-held"),
        ):
            told = await http.do(shown, "cohort.plan", a_plan())
            assert (told.status_code, told.json()["code"]) == (status, code)
        told = await http.get(token(ada), "events")
        assert (told.status_code, told.json()["code"]) == (403, "reading.not-yours")
        claimed = {"data": a_plan(), "actor": RUTH}
        told = await http.client.post(
            "/api/v1/commands/cohort.plan", json=claimed, headers=bearing(token(ada))
        )
        assert (told.status_code, told.json()["fields"][0]["field"]) == (400, "actor")

    play(bus, tmp_path, scene)


def every_route() -> Iterator[tuple[str, str, bytes]]:
    """How each is asked, where, and with which body: its example."""
    for path, ways in json.loads(surface().document)["paths"].items():
        for way, said in ways.items():
            body = said.get("requestBody", {}).get("content", {}).get(JSON, {}).get("example")
            if said.get("security") != []:
                yield way, path.replace("{key}", "x"), json.dumps(body).encode() if body else b""


def test_no_route_answers_whoever_is_not_known(bus: Engines, tmp_path: Path) -> None:
    head, body, signature = token(RUTH).split(".")
    forged = ".".join((head, body, ("A" if signature[0] != "A" else "B") + signature[1:]))
    shown = {"": 401, forged: 401, token(STRANGER): 403}
    gate = asyncio.Semaphore(16)

    async def differs(http: Http, who: str, way: str, path: str, body: bytes) -> str | None:
        async with gate:
            headers = {**bearing(who), "Content-Type": JSON}
            told = await http.client.request(way, path, content=body, headers=headers)
        name = path.removeprefix(COMMANDS)
        should = FOR_STRANGERS.get(name, 403) if shown[who] == 403 else shown[who]
        return None if told.status_code == should else f"{path}: {told.status_code}"

    async def play() -> list[str | None]:
        here = station(bus, tmp_path)
        async with over_http(here) as http, at_work(safeguarding.serve, here):
            asked = (differs(http, who, *route) for who in shown for route in every_route())
            return await asyncio.gather(*asked)

    assert [one for one in asyncio.run(play()) if one] == []


async def events_from(
    http: Http, shown: dict[str, str], after: int, many: int
) -> list[dict[str, Any]]:
    """So many events behind a position, as a stream brings them."""
    found = list[dict[str, Any]]()
    async with asyncio.timeout(20):
        headers = {**STREAM, **shown, "Last-Event-ID": str(after)}
        async with http.client.stream("GET", "/api/v1/events", headers=headers) as told:
            assert told.status_code == 200, await told.aread()
            assert told.headers["content-type"].startswith("text/event-stream")
            number = 0
            async for line in told.aiter_lines():
                if line.startswith("id: "):
                    number = int(line.removeprefix("id: "))
                elif line.startswith("data: "):
                    event = json.loads(line.removeprefix("data: "))
                    assert int(event["sequence"]) == number
                    found.append(event)
                if len(found) == many:
                    break
    return found


def test_events_come_as_they_happen_and_go_on_where_one_was(bus: Engines, tmp_path: Path) -> None:
    async def scene(http: Http) -> None:
        shown = bearing(token(RUTH))
        first = asyncio.create_task(events_from(http, shown, 0, BEFORE + 2))
        for number in range(2):
            assert (
                await http.do(token(RUTH), "cohort.plan", a_plan(), key(f"{number}"))
            ).is_success
        found = await first
        assert [int(one["sequence"]) for one in found] == list(range(1, BEFORE + 3))
        cookie = {"Cookie": f"lt-token={token(RUTH)}"}
        assert await events_from(http, cookie, BEFORE, 2) == found[BEFORE:]
        told = await http.client.get(
            "/api/v1/events", headers={**shown, **STREAM}, params={"after": 99}
        )
        assert (told.status_code, told.json()["code"]) == (409, "reading.not-in-the-log")

    play(bus, tmp_path, scene)


def test_pages_of_events_go_on_where_one_ended(bus: Engines, tmp_path: Path) -> None:
    async def scene(http: Http) -> None:
        found, after = list[str](), "0"
        while after:
            told = await http.get(token(RUTH), f"events?limit=1&after={after}")
            assert told.status_code == 200, told.text
            found += [one["key"] for one in told.json()["rows"]]
            after = told.json().get("after", "")
        assert found == [str(number) for number in range(1, BEFORE + 1)]
        told = await http.get(token(RUTH), "events?after=0", Last_Event_ID="1")
        assert [one["key"] for one in told.json()["rows"]] == found[1:]

    play(bus, tmp_path, scene)
