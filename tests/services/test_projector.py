import asyncio
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import psycopg
import pytest

from events.catalogue import Recorded
from events.cohorts import CohortStarted
from projections.catalogue import ALL
from projections.cohort_board import COHORT_BOARD, CohortRow, cohort_board
from projections.projection import Projection, Row
from projections.replay import folded
from services import projector, relay
from services.engines import Engines
from services.following import Message
from services.projector import Projector
from services.read_models import places, table
from tests.history import history
from tests.services.at_work import at_work, eventually, recorded_in, stored
from tests.services.world import station

MESSAGES: list[Message] = [(told.envelope.position, stored(told).document) for told in history()]
HEAD = len(MESSAGES)


def in_log(engines: Engines) -> None:
    recorded_in(engines, (stored(told) for told in history()))


@contextmanager
def projecting(engines: Engines, *projections: Projection[Any]) -> Iterator[Projector]:
    """Tables and places are there; nothing is folded yet."""
    own = Projector(engines.programme["projector"], projections or ALL)
    own._prepared()
    try:
        yield own
    finally:
        own.close()


def rows(engines: Engines, projection: Projection[Any]) -> dict[str, Row]:
    with psycopg.connect(engines.programme["reader"]) as connection:
        query = psycopg.sql.SQL("SELECT key, row::text FROM {}").format(table(projection))
        return {
            key: projection.row.model_validate_json(row) for key, row in connection.execute(query)
        }


def standing(engines: Engines) -> Mapping[tuple[str, int], int]:
    with psycopg.connect(engines.programme["reader"]) as connection:
        return places(connection)


def folds_as_a_replay_does(engines: Engines, upto: int = HEAD) -> None:
    for projection in ALL:
        assert rows(engines, projection) == folded(projection, history()[:upto]), projection.name
    assert set(standing(engines).values()) == {upto}


def started_without(row: CohortRow | None, told: Recorded[Any], key: str) -> CohortRow | None:
    if isinstance(told.event, CohortStarted):
        raise ZeroDivisionError
    return cohort_board(row, told, key)


@pytest.mark.parametrize("size", [1, 7, 500])
def test_whatever_the_batches_rows_are_those_of_a_replay(fresh: Engines, size: int) -> None:
    in_log(fresh)
    with projecting(fresh) as one:
        for at in range(0, HEAD, size):
            one.take(MESSAGES[at : at + size])
    folds_as_a_replay_does(fresh)


def test_what_the_stream_lost_is_folded_from_the_log(fresh: Engines) -> None:
    in_log(fresh)
    with projecting(fresh) as one:
        one.take(MESSAGES[:5])
        one.take(MESSAGES[9:10])
        folds_as_a_replay_does(fresh, 10)
        one.take(MESSAGES[3:8])
        one.take(MESSAGES[-1:])
    folds_as_a_replay_does(fresh)


def test_a_fold_that_fails_leaves_rows_and_places_as_they_were(fresh: Engines) -> None:
    in_log(fresh)
    with projecting(fresh) as one:
        one.take(MESSAGES[:10])
        before = rows(fresh, COHORT_BOARD)
    broken = replace(COHORT_BOARD, fold=started_without)
    others = [projection for projection in ALL if projection is not COHORT_BOARD]
    with projecting(fresh, *others, broken) as one, pytest.raises(ZeroDivisionError):
        one.take(MESSAGES)
    assert rows(fresh, COHORT_BOARD) == before
    folds_as_a_replay_does(fresh, 10)


def test_a_lost_connection_leaves_both_and_the_next_batch_goes_on(fresh: Engines) -> None:
    in_log(fresh)
    with projecting(fresh) as one:
        one.take(MESSAGES[:10])
        assert one._connection
        with psycopg.connect(fresh.programme["projector"], autocommit=True) as other:
            other.execute("SELECT pg_terminate_backend(%s)", (one._connection.info.backend_pid,))
        with pytest.raises(psycopg.OperationalError):
            one.take(MESSAGES)
        folds_as_a_replay_does(fresh, 10)
        one.take(MESSAGES)
    folds_as_a_replay_does(fresh)


def test_a_new_version_is_built_from_the_log_beside_the_old(fresh: Engines) -> None:
    in_log(fresh)
    newer = replace(COHORT_BOARD, version=COHORT_BOARD.version + 1)
    with projecting(fresh) as one:
        one.take(MESSAGES)
    others = [projection for projection in ALL if projection is not COHORT_BOARD]
    with projecting(fresh, *others, newer) as one:
        assert rows(fresh, newer) == {}
        asyncio.run(one.catch_up(asyncio.Event()))
    assert rows(fresh, newer) == rows(fresh, COHORT_BOARD) == folded(COHORT_BOARD, history())
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
