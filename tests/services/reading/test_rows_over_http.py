"""What is read over HTTP is what the reader answers, with tags by which one decides upon it."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path

from services.clock import SetClock
from services.reading.asking import FIND, ask_to_read
from services.web.surface import QUERIES, surface
from tests.scenes.asked import Asking
from tests.scenes.at_work import client_of
from tests.scenes.over_http import Http, bearing, over_http
from tests.scenes.readable import Programme
from tests.scenes.team import RUTH
from tests.scenes.world import station

KINDS = ("applicant", "coordinator", "of this cohort", "a host", "somebody unknown")


@asynccontextmanager
async def both(programme: Programme, folder: Path) -> AsyncIterator[tuple[Http, Asking]]:
    """Somebody who speaks HTTP, and somebody at the bus, in a lived programme."""
    here = station(programme.engines, folder, SetClock(programme.now))
    async with AsyncExitStack() as stack:
        http = await stack.enter_async_context(over_http(here, door=False))
        client = await stack.enter_async_context(client_of(programme.engines, "client"))
        yield http, Asking(programme, client, here)


def test_everybody_reads_over_http_what_they_read_on_the_bus(
    ended: Programme, tmp_path: Path
) -> None:
    """Of all that may be read, in every way in which it is asked for."""

    async def scene(http: Http, ask: Asking) -> None:
        for kind in KINDS:
            shown = ask.token(ask.person(kind))
            for name in surface().queries:
                question = {"words": "example"} if name == FIND else {"limit": 7}
                said = await ask_to_read(ask.client, name, question, shown)
                told = await http.client.post(
                    f"{QUERIES}{name}", json=question, headers=bearing(shown)
                )
                assert told.is_success is (said.status == "answered"), (kind, name)
                if not told.is_success:
                    assert told.json()["code"] == said.code
                    continue
                assert told.json()["rows"] == said.rows
                if name == FIND:
                    continue
                page = await http.get(shown, f"{name}?limit=7")
                assert page.json()["rows"] == said.rows
                if said.rows and name in surface().by_key:
                    key = str(said.rows[0]["key"])
                    one = await http.get(shown, f"{name}/{key}")
                    assert one.json()["rows"] == said.rows[:1], (name, key)
                    same = await http.get(shown, f"{name}/{key}", If_None_Match=one.headers["etag"])
                    assert (same.status_code, same.content) == (304, b"")

    async def playing() -> None:
        async with both(ended, tmp_path) as (http, ask):
            await scene(http, ask)

    asyncio.run(playing())


def test_a_tag_says_where_a_row_stands_only_to_who_may_see_that(
    ended: Programme, tmp_path: Path
) -> None:
    async def playing() -> None:
        async with both(ended, tmp_path) as (http, ask):
            mine = ask.token(ask.person("applicant"))
            (row,) = (await http.get(mine, "application_queue")).json()["rows"][:1]
            told = await http.get(mine, f"application_queue/{row['key']}")
            assert "position" not in told.json()["rows"][0]
            hers = await http.get(
                ask.token(ask.person("coordinator")), f"application_queue/{row['key']}"
            )
            position = hers.json()["rows"][0]["position"]
            assert hers.headers["etag"] == f'"application_queue/{row["key"]}@~{position}"'
            assert str(position) not in told.headers["etag"].rpartition("@")[2]
            opened = await http.get(mine, f"journey/{row['person_id']}?open=true")
            closed = await http.get(mine, f"journey/{row['person_id']}")
            assert opened.headers["etag"] != closed.headers["etag"]
            nobody = await http.get(mine, f"application_queue/{RUTH}")
            assert (nobody.status_code, nobody.json()["code"]) == (404, "row.unknown")

    asyncio.run(playing())


def test_pages_go_on_behind_the_last_row_and_in_the_order_that_is_asked_for(
    ended: Programme, tmp_path: Path
) -> None:
    async def playing() -> None:
        async with both(ended, tmp_path) as (http, ask):
            shown, keys, after = ask.token(ask.person("coordinator")), list[str](), ""
            while True:
                beside = f"&after={after}" if after else ""
                said = (
                    await http.get(shown, f"application_queue?sort=-submitted_at&limit=3{beside}")
                ).json()
                keys += [one["key"] for one in said["rows"]]
                if not (after := said.get("after", "")):
                    break
            every = (
                await http.get(shown, "application_queue?sort=-submitted_at&limit=500")
            ).json()["rows"]
            assert keys == [one["key"] for one in every]
            some = (
                await http.get(shown, f"application_queue?person_id={every[0]['person_id']}")
            ).json()
            assert {one["person_id"] for one in some["rows"]} == {every[0]["person_id"]}

    asyncio.run(playing())
