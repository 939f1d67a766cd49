"""Who may do what over HTTP is what the matrix says, also at a real door."""

import asyncio
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

import pytest

from domain.catalogue import COMMANDS
from services.engines.addresses import Engines
from services.web.surface import COMMANDS as BELOW
from services.web.surface import surface
from tests.domain.test_wishes_after_an_erasure import wish_about
from tests.scenes.cast import ADA
from tests.scenes.over_http import Http, bearing, over_http
from tests.scenes.rights import Judge, Somebody, facts_of
from tests.scenes.tokens import token
from tests.scenes.world import station
from tests.services.door.test_who_may_what import BODIES, OF_WHO_ASKS, history, people
from tests.services.operations.test_check import sealed_in

NAMES = [it for it in COMMANDS if it in surface().commands and not it.startswith("matching.")]
AT_ONCE = 32


class Try(NamedTuple):
    """Somebody who asks for something, and by which code they should be refused, if they are."""

    of: Somebody
    name: str
    should: str | None


def tries(there: Sequence[Somebody]) -> Iterator[Try]:
    """Every command by everybody."""
    judge = Judge()
    for name in NAMES:
        wish = wish_about(COMMANDS[name], ADA)
        for of in there:
            answer = judge.answer(wish, of)
            yield Try(of, name, answer[0] if len(answer) == 1 else None)


def some(every: Sequence[Try]) -> Iterator[Try]:
    """Every command by one who may and by one who may not, each time by the next of them."""
    for number, name in enumerate(NAMES):
        of_it = [one for one in every if one.name == name]
        for kind in ([it for it in of_it if it.should], [it for it in of_it if not it.should]):
            yield from kind[number % len(kind) :][:1] if kind else ()


@pytest.mark.parametrize(
    "everything",
    [False, pytest.param(True, marks=[pytest.mark.patient, pytest.mark.timeout(600)])],
    ids=["some", "everything"],
)
def test_everybody_may_over_http_what_the_matrix_says(
    fresh: Engines, tmp_path: Path, *, everything: bool
) -> None:
    there = [one.of for one in people()]
    every = list(tries(there))
    asked = every if everything else list(some(every))
    sealed_in(
        fresh, *history(), *(it for of in there if of.name != "nobody" for it in facts_of(of))
    )
    gate = asyncio.Semaphore(AT_ONCE)
    shown = {of.actor: bearing(token(of.actor)) for of in there}

    async def differs(http: Http, one: Try) -> object:
        said = {**shown[one.of.actor], "Content-Type": "application/json"}
        body = b'{"data": %b}' % BODIES[one.name]
        async with gate:
            told = await http.client.post(f"{BELOW}{one.name}", content=body, headers=said)
        code = str(told.json().get("code", ""))
        of_who_asks = code if code.startswith(OF_WHO_ASKS) else None
        as_it_should = of_who_asks == one.should and (
            told.status_code == 403 if one.should else told.status_code in {200, 403, 409}
        )
        return None if as_it_should else (one.of.name, one.name, told.status_code, code, one.should)

    async def scene() -> list[object]:
        async with over_http(station(fresh, tmp_path)) as http:
            refused = await asyncio.gather(*(differs(http, one) for one in asked if one.should))
            done = await asyncio.gather(*(differs(http, one) for one in asked if not one.should))
            return [*refused, *done]

    assert [one for one in asyncio.run(scene()) if one] == []
