"""Read models that were folded from a log that was shortened since, and has perhaps grown again."""

from collections.abc import Iterator
from contextlib import closing, contextmanager
from threading import Thread
from typing import Any

import psycopg
import pytest
from psycopg.sql import SQL

from projections.application_queue import APPLICATION_QUEUE
from projections.catalogue import ALL
from projections.replay import folded
from services.clock import SystemClock
from services.dead_letters.orders import By, give, numbered
from services.engines.addresses import Engines
from services.log.log import Stored
from services.process.checkpoints import NotThisLog
from services.read_models.builds import builds, make, move, serving, view
from services.workers.projector import Projector
from tests.scenes.at_work import recorded_in, stored
from tests.scenes.damaged import put_back, shortened, someone_waits
from tests.scenes.history import history
from tests.scenes.watching import until
from tests.scenes.world import NOON

HEAD = len(history())
CUT = HEAD - 20
OLIVE = By("olive", "a test", NOON)


@pytest.fixture
def projector(fresh: Engines) -> Iterator[Projector]:
    """It has folded the whole log."""
    recorded_in(fresh, map(stored, history()))
    with closing(Projector(fresh.programme["projector"], SystemClock(), ALL)) as own:
        own.prepare()
        own.take(HEAD)
        yield own


@contextmanager
def operator(engines: Engines) -> Iterator[psycopg.Connection]:
    with psycopg.connect(engines.programme["operator"], autocommit=True) as connection:
        yield connection


def came_of(engines: Engines, projector: Projector, verb: str, of: str, **details: Any) -> Any:
    """What comes of an order to a read model."""
    with operator(engines) as connection:
        order = give(connection, verb, of, OLIVE, details=details)

        def outcome() -> Any:
            projector.mend()
            return numbered(connection, [order])[0].outcome

        until(outcome)
        return outcome()


def rows(engines: Engines) -> dict[str, Any]:
    """What the queue of applications shows."""
    with psycopg.connect(engines.programme["console"]) as connection:
        query = SQL("SELECT key, row::text FROM {}").format(view(APPLICATION_QUEUE.name))
        shown = connection.execute(query).fetchall()
    return {key: APPLICATION_QUEUE.row.model_validate_json(row) for key, row in shown}


def others(number: int) -> list[Stored]:
    """What was recorded instead."""
    return [stored(history()[0])] * number


@pytest.mark.parametrize("grown", [0, 25], ids=["shorter", "grown again"])
def test_nothing_is_folded_onto_what_the_log_has_no_more(
    fresh: Engines, projector: Projector, grown: int
) -> None:
    cut = shortened(fresh, CUT)
    recorded_in(fresh, others(grown))
    with pytest.raises(NotThisLog, match=f"is at position {HEAD}, and the log "):
        projector.checkpoint()
    with pytest.raises(NotThisLog):
        projector.take(HEAD + 5)
    with operator(fresh) as connection:
        assert {one.position for one in builds(connection)} == {HEAD}
    put_back(fresh, cut)
    assert projector.checkpoint() == HEAD


def test_a_rebuild_is_the_way_to_go_on_with_the_log_that_there_is(
    fresh: Engines, projector: Projector
) -> None:
    shortened(fresh, CUT)
    name = APPLICATION_QUEUE.name
    again = came_of(fresh, projector, "replay", name, **{"from": CUT})
    assert again == {"problem": "it was folded from another log: rebuild it"}
    assert "problem" not in came_of(fresh, projector, "rebuild", name)
    with operator(fresh) as connection:
        (one,) = serving(connection, (APPLICATION_QUEUE,))
    assert (one.position, one.holds) == (CUT, True)
    assert rows(fresh) == folded(APPLICATION_QUEUE, history()[:CUT])
    back = came_of(fresh, projector, "rollback", name)
    assert back == {"problem": "the build that is kept was folded from another log"}
    recorded_in(fresh, others(HEAD - CUT))
    with pytest.raises(NotThisLog):  # the others still stand where they did
        projector.take(HEAD)
    with operator(fresh) as connection:
        assert serving(connection, (APPLICATION_QUEUE,))[0].position == HEAD


def test_a_rebuild_that_was_interrupted_begins_anew_on_another_log(
    fresh: Engines, projector: Projector
) -> None:
    with psycopg.connect(fresh.programme["projector"]) as connection:
        begun = make(connection, APPLICATION_QUEUE, "building")
        move(connection, {begun: HEAD})
    shortened(fresh, CUT)
    assert "problem" not in came_of(fresh, projector, "rebuild", APPLICATION_QUEUE.name)
    with operator(fresh) as connection:
        (one,) = serving(connection, (APPLICATION_QUEUE,))
    assert (one.position, one.holds) == (CUT, True)
    assert rows(fresh) == folded(APPLICATION_QUEUE, history()[:CUT])


def test_a_projector_that_waited_takes_new_places_for_no_other_log(
    fresh: Engines, projector: Projector
) -> None:
    """What was recorded while it waited, it did not see when it began to."""
    found: list[tuple[int, bool]] = []

    def second() -> None:
        with psycopg.connect(fresh.programme["projector"]) as other:
            found.extend((one.position, one.holds) for one in serving(other, ALL, lock=True))

    waiting = Thread(target=second)
    with psycopg.connect(fresh.programme["projector"]) as first:
        builds_held = serving(first, ALL, lock=True)
        waiting.start()
        until(lambda: someone_waits(fresh))
        recorded_in(fresh, [stored(one) for one in history()[-3:]])
        move(first, dict.fromkeys(builds_held, HEAD + 3))
    waiting.join()
    assert found == [(HEAD + 3, True)] * len(ALL)
