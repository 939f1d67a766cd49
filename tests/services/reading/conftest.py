import asyncio
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, closing, contextmanager
from pathlib import Path

import pytest

from services.engines.addresses import Engines
from services.vault.vault import Vault
from tests.recorded.kept import put_into
from tests.scenes.asked import Scene, asking
from tests.scenes.databases import copied_databases, fresh_databases
from tests.scenes.readable import KEPT, Programme, fill, moments, programme_on
from tests.scenes.world import KEYS

MOMENTS = ("one assessment is in", "before the release", "now")


@pytest.fixture(scope="session")
def positions(engines: Engines, templates: None) -> dict[str, int]:
    """The moments of the recorded programme at which it is looked at."""
    with fresh_databases(engines) as ours:
        put_into(ours, KEPT)
        with closing(Vault(ours.vault["home"], KEYS)) as vault:
            return moments(vault)


@pytest.fixture(scope="session")
def filled(engines: Engines, positions: dict[str, int]) -> Iterator[Callable[[str], Engines]]:
    """Databases with the programme at a moment, filled once, to be copied: nobody uses them."""
    with ExitStack() as stack:
        there: dict[str, Engines] = {}

        def at(moment: str) -> Engines:
            if moment not in there:
                there[moment] = stack.enter_context(fresh_databases(engines))
                fill(there[moment], positions[moment])
            return there[moment]

        yield at


Playing = Callable[[str], AbstractContextManager[Programme]]


@pytest.fixture(scope="session")
def at_moment(
    engines: Engines, filled: Callable[[str], Engines], positions: dict[str, int]
) -> Playing:
    """A programme of one's own, as it was at a moment."""

    @contextmanager
    def playing(moment: str) -> Iterator[Programme]:
        with (
            copied_databases(engines, filled(moment)) as ours,
            programme_on(ours, positions[moment]) as found,
        ):
            yield found

    return playing


@pytest.fixture(scope="session", params=MOMENTS)
def programme(at_moment: Playing, request: pytest.FixtureRequest) -> Iterator[Programme]:
    """A lived programme at one of these moments; nothing in it may be changed."""
    with at_moment(request.param) as found:
        yield found


@pytest.fixture(scope="session")
def ended(at_moment: Playing) -> Iterator[Programme]:
    """The programme at its end; nothing in it may be changed."""
    with at_moment("now") as found:
        yield found


@pytest.fixture
def changing(at_moment: Playing) -> Iterator[Programme]:
    """The programme at its end, in which more may happen."""
    with at_moment("now") as found:
        yield found


@pytest.fixture
def play(changing: Programme, tmp_path: Path) -> Callable[[Scene], None]:
    """Plays a scene in which somebody asks the worker at the programme's end."""

    async def played(scene: Scene) -> None:
        async with asking(changing, tmp_path) as ask:
            await scene(ask)

    return lambda scene: asyncio.run(played(scene))
