import asyncio
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import psycopg
import pytest
from psycopg.sql import SQL

from events.catalogue import Recorded
from events.cohorts import CohortCompleted, CohortStarted
from projections.catalogue import ALL
from projections.cohort_board import COHORT_BOARD, CohortRow, cohort_board
from projections.projection import Projection, Row
from projections.replay import folded
from services.clock import SystemClock
from services.engines.addresses import Engines
from services.read_models.builds import builds, view
from services.workers import projector, relay
from services.workers.projector import Projector
from tests.scenes.at_work import at_work, eventually, recorded_in, stored
from tests.scenes.history import history
from tests.scenes.world import station

HEAD = len(history())
OTHERS = [projection for projection in ALL if projection is not COHORT_BOARD]


def in_log(engines: Engines, first: int = 1, last: int = HEAD) -> None:
    recorded_in(engines, (stored(fact) for fact in history()[first - 1 : last]))


@contextmanager
def projecting(
    engines: Engines, *projections: Projection[Any], batch: int = 500
) -> Iterator[Projector]:
    """Its builds are there; nothing is folded yet."""
    url = engines.programme["projector"]
    own = Projector(url, SystemClock(), projections or ALL, batch=batch)
    own.prepare()
    try:
        yield own
    finally:
        own.close()


def rows(engines: Engines, projection: Projection[Any]) -> dict[str, Row]:
    with psycopg.connect(engines.programme["console"]) as connection:
        query = SQL("SELECT key, row::text FROM {}").format(view(projection.name))
        return {
            key: projection.row.model_validate_json(row) for key, row in connection.execute(query)
        }


def standing(engines: Engines) -> Mapping[str, int]:
    with psycopg.connect(engines.programme["console"]) as connection:
        return {one.projection: one.position for one in builds(connection)}


def folds_as_a_replay_does(
    engines: Engines, upto: int = HEAD, *, but: Projection[Any] | None = None
) -> None:
    for projection in ALL:
        if projection is not but:
            at = folded(projection, history()[:upto])
            assert rows(engines, projection) == at, projection.name
            assert standing(engines)[projection.name] == upto


def started_without(row: CohortRow | None, fact: Recorded[Any], key: str) -> CohortRow | None:
    if isinstance(fact.event, CohortStarted):
        raise ZeroDivisionError
    return cohort_board(row, fact, key)


BROKEN = replace(COHORT_BOARD, fold=started_without)


@pytest.mark.parametrize("size", [1, 7, 500])
def test_whatever_the_batches_rows_are_those_of_a_replay(fresh: Engines, size: int) -> None:
    in_log(fresh)
    with projecting(fresh, batch=size) as one:
        one.take(HEAD)
    folds_as_a_replay_does(fresh)


def test_what_was_taken_before_is_not_taken_again(fresh: Engines) -> None:
    in_log(fresh, last=10)
    with projecting(fresh) as one:
        one.take(10)
        folds_as_a_replay_does(fresh, 10)
        one.take(3)
        one.take(99)  # more than the log has
        folds_as_a_replay_does(fresh, 10)
        in_log(fresh, first=11)
        one.take(11)
    folds_as_a_replay_does(fresh)


def test_a_fold_that_fails_parks_its_row_and_the_rest_goes_on(fresh: Engines) -> None:
    in_log(fresh)
    with projecting(fresh, *OTHERS, BROKEN) as one:
        one.take(HEAD)
    folds_as_a_replay_does(fresh, but=COHORT_BOARD)
    assert standing(fresh)["cohort_board"] == HEAD
    (first, *behind) = letters(fresh)
    assert (first["state"], first["error"], first["attempts"]) == ("dead", "ZeroDivisionError", 1)
    assert "in started_without" not in first["problem"]  # a place of the tests is no room of ours
    started = next(t.envelope for t in history() if isinstance(t.event, CohortStarted))
    assert (first["key"], first["position"]) == (started.subject, started.position)
    assert {one["state"] for one in behind} == {"waiting"}
    until = folded(COHORT_BOARD, history()[: started.position - 1])
    assert rows(fresh, COHORT_BOARD) == until


def test_once_the_fold_is_mended_a_redrive_leaves_nothing_behind(fresh: Engines) -> None:
    in_log(fresh)
    with projecting(fresh, *OTHERS, BROKEN) as one:
        one.take(HEAD)
        order(fresh, "redrive")
        one.mend()
        dead = letters(fresh)[0]
        assert (dead["state"], dead["attempts"]) == ("dead", 2)  # still broken: the same letter
    with projecting(fresh) as one:
        order(fresh, "redrive")
        one.mend()
    assert {letter["state"] for letter in letters(fresh)} == {"done"}
    folds_as_a_replay_does(fresh)


def test_what_is_discarded_lets_go_of_what_waits(fresh: Engines) -> None:
    in_log(fresh)
    with projecting(fresh, *OTHERS, BROKEN) as one:
        one.take(HEAD)
        order(fresh, "discard")
        one.mend()
    states = [letter["state"] for letter in letters(fresh)]
    assert states == ["discarded"] + ["done"] * (len(states) - 1)
    (row,) = rows(fresh, COHORT_BOARD).values()
    assert row.position == HEAD or row.position == letters(fresh)[-1]["position"]


def test_an_event_that_nobody_can_read_holds_its_read_models_until_it_is_given_up(
    fresh: Engines,
) -> None:
    def unreadable(event: Any) -> Iterator[str]:
        if isinstance(event, CohortStarted):
            raise KeyError("which?")
        return iter(COHORT_BOARD.keys(event))

    broken = replace(COHORT_BOARD, keys=unreadable)
    in_log(fresh)
    with projecting(fresh, *OTHERS, broken) as one:
        one.take(HEAD)
        one.take(HEAD)
        (held,) = letters(fresh)
        assert (held["key"], held["attempts"]) == ("*", 1)
        assert standing(fresh)["cohort_board"] == held["position"] - 1
        folds_as_a_replay_does(fresh, but=COHORT_BOARD)
        order(fresh, "discard")
        one.mend()
        one.take(HEAD)
        assert standing(fresh)["cohort_board"] == HEAD


def letters(engines: Engines) -> list[dict[str, Any]]:
    with psycopg.connect(
        engines.programme["operator"], row_factory=psycopg.rows.dict_row
    ) as connection:
        return connection.execute("SELECT * FROM work.letters ORDER BY position").fetchall()


def order(engines: Engines, verb: str) -> None:
    """An operator's order about all that is dead."""
    with psycopg.connect(engines.programme["operator"]) as connection:
        connection.execute(
            "INSERT INTO work.orders (verb, worker, who, reason, given_at, letters)"
            " SELECT %s, worker, 'Ola', 'a test', now(), array_agg(letter)"
            " FROM work.letters WHERE state = 'dead' GROUP BY worker",
            (verb,),
        )


def test_a_lost_connection_leaves_both_and_the_next_batch_goes_on(fresh: Engines) -> None:
    in_log(fresh, last=10)
    with projecting(fresh) as one:
        one.take(10)
        in_log(fresh, first=11)
        held = one._connection._open
        assert held
        with psycopg.connect(fresh.programme["projector"], autocommit=True) as other:
            other.execute("SELECT pg_terminate_backend(%s)", (held.info.backend_pid,))
        with pytest.raises(psycopg.OperationalError):
            one.take(HEAD)
        folds_as_a_replay_does(fresh, 10)
        one.take(HEAD)
    folds_as_a_replay_does(fresh)


def test_two_projectors_at_once_do_no_harm(bus: Engines, tmp_path: Path) -> None:
    async def scene() -> None:
        here = station(bus, tmp_path)
        async with (
            at_work(relay.serve, here),
            at_work(projector.serve, here),
            at_work(projector.serve, here),
        ):
            for at in range(0, HEAD, 25):
                facts = map(stored, history()[at : at + 25])
                await asyncio.to_thread(recorded_in, bus, facts)
            await eventually(lambda: set(standing(bus).values()) == {HEAD})

    asyncio.run(scene())
    folds_as_a_replay_does(bus)


def test_a_projector_that_was_away_starts_complete(bus: Engines, tmp_path: Path) -> None:
    in_log(bus)

    async def scene() -> None:
        async with at_work(projector.serve, station(bus, tmp_path)):
            folds_as_a_replay_does(bus)

    asyncio.run(scene())


def test_an_event_that_can_be_read_again_keeps_to_what_is_put_aside(fresh: Engines) -> None:
    """A row waits for an earlier event; the one that nobody could read must not overtake it."""
    readable = False

    def sometimes(event: Any) -> Iterator[str]:
        if isinstance(event, CohortCompleted) and not readable:
            raise KeyError("which?")
        return iter(COHORT_BOARD.keys(event))

    in_log(fresh)
    broken = replace(BROKEN, keys=sometimes)
    with projecting(fresh, *OTHERS, broken) as one:
        one.take(HEAD)
        assert letters(fresh)[-1]["key"] == "*"
        readable = True
        order(fresh, "redrive")
        one.mend()
        one.take(HEAD)
        first, *behind = letters(fresh)
        assert first["state"] == "dead"
        (completed,) = [one for one in behind if one["fact"] == "cohort.completed.v1"][1:]
        assert (completed["key"], completed["state"]) == (first["key"], "waiting")
    with projecting(fresh) as one:
        order(fresh, "redrive")
        one.mend()
    folds_as_a_replay_does(fresh)
