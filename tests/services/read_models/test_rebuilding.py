import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

import psycopg
import pytest
from psycopg.rows import dict_row
from psycopg.sql import SQL

from events.cohorts import CohortStarted
from projections.catalogue import ALL
from projections.cohort_board import COHORT_BOARD
from projections.projection import Projection
from projections.replay import folded
from services.engines.addresses import Engines
from services.read_models import rebuilding
from services.read_models.builds import Build, builds, view
from services.workers.projector import Projector
from tests.scenes.at_work import eventually
from tests.scenes.damaged import altered
from tests.scenes.history import history
from tests.services.workers.test_projector import (
    BROKEN,
    HEAD,
    OTHERS,
    folds_as_a_replay_does,
    in_log,
    letters,
    projecting,
    rows,
)

FIRST_BUILD = f"cohort_board_v{COHORT_BOARD.version}_1"
NEWER = replace(COHORT_BOARD, version=COHORT_BOARD.version + 1)


@pytest.fixture
def projected(fresh: Engines) -> Engines:
    in_log(fresh)
    with projecting(fresh) as one:
        one.take(HEAD)
    return fresh


def ordered(engines: Engines, verb: str, first: int | None = None) -> int:
    with psycopg.connect(engines.programme["operator"]) as connection:
        row = connection.execute(
            "INSERT INTO work.orders (verb, worker, who, reason, given_at, details) VALUES"
            " (%s, 'cohort_board', 'Ola', 'a test', now(), jsonb_build_object('from', %s::int))"
            " RETURNING number",
            (verb, first),
        ).fetchone()
    assert row
    return int(row[0])


def outcome(engines: Engines, number: int) -> dict[str, Any] | None:
    with psycopg.connect(engines.programme["operator"], row_factory=dict_row) as connection:
        query = "SELECT outcome FROM work.orders WHERE number = %s"
        row = connection.execute(query, (number,)).fetchone()
    assert row
    return dict(row["outcome"]) if row["outcome"] else None


def carried_out(engines: Engines, one: Projector, number: int) -> dict[str, Any]:
    """The projector goes about its work until the order is finished."""

    def finished() -> bool:
        one.mend()
        one.take(HEAD)
        return outcome(engines, number) is not None

    asyncio.run(eventually(finished))
    return outcome(engines, number) or {}


def of(engines: Engines, projection: Projection[Any] = COHORT_BOARD) -> dict[str, Build]:
    with psycopg.connect(engines.programme["operator"]) as connection:
        return {one.state: one for one in builds(connection) if one.projection == projection.name}


def spoil(engines: Engines) -> None:
    """As a fold that was wrong would have left it."""
    with psycopg.connect(engines.programme["owner"]) as connection:
        connection.execute(
            SQL("UPDATE {} SET row = jsonb_set(row, '{{title}}', '\"Wrong\"')").format(
                view("cohort_board")
            )
        )


def test_a_rebuild_takes_over_and_tells_what_differs(projected: Engines) -> None:
    spoil(projected)
    with projecting(projected) as one:
        came = carried_out(projected, one, ordered(projected, "rebuild"))
    assert (came["changed"], came["only_old"], came["only_new"]) == (1, 0, 0)
    assert came["keys"] == list(rows(projected, COHORT_BOARD))
    folds_as_a_replay_does(projected)
    assert of(projected)["serving"].build == 2
    assert of(projected)["kept"].build == 1


def test_a_rollback_shows_the_old_rows_and_goes_on_with_them(projected: Engines) -> None:
    before = rows(projected, COHORT_BOARD)
    with projecting(projected) as one:
        carried_out(projected, one, ordered(projected, "rebuild"))
        spoil(projected)
        came = carried_out(projected, one, ordered(projected, "rollback"))
        assert came == {"serving": of(projected)["serving"].name}
        assert of(projected)["serving"].build == 1
        assert rows(projected, COHORT_BOARD) == before
        carried_out(projected, one, ordered(projected, "rebuild"))
    assert of(projected)["serving"].build == 3
    assert set(of(projected)) == {"serving", "kept"}  # the third drops the oldest
    folds_as_a_replay_does(projected)


def test_without_an_older_build_there_is_nothing_to_go_back_to(projected: Engines) -> None:
    with projecting(projected) as one:
        came = carried_out(projected, one, ordered(projected, "rollback"))
    assert came["problem"] == "no older build is kept: there is nothing to go back to"
    folds_as_a_replay_does(projected)


def test_an_interrupted_rebuild_goes_on_where_it_was(
    projected: Engines, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rebuilding, "CHUNK", 10)
    monkeypatch.setattr(rebuilding, "NEAR", 0)
    chunk = rebuilding.ReadModelRebuild._chunk
    begun: list[int] = []

    def killed_at_the_third(self: Any, folder: Any, new: Build, upto: int | None = None) -> Build:
        begun.append(new.position)
        if len(begun) == 3:
            raise psycopg.OperationalError("the connection is gone")
        return chunk(self, folder, new, upto)

    number = ordered(projected, "rebuild")
    monkeypatch.setattr(rebuilding.ReadModelRebuild, "_chunk", killed_at_the_third)
    with projecting(projected) as one:
        one.mend()
        asyncio.run(eventually(lambda: len(begun) == 3))
        assert of(projected)["building"].position == 20
    with projecting(projected) as one:
        carried_out(projected, one, number)
    assert begun[:4] == [0, 10, 20, 20]
    folds_as_a_replay_does(projected)


def test_whoever_reads_sees_the_old_rows_until_the_new_are_whole(projected: Engines) -> None:
    """Every look during a rebuild finds all rows; never none, never half of them."""
    whole = len(folded(ALL[1], history()))
    seen: set[int] = set()
    with projecting(projected) as one, watching(projected, ALL[1], seen) as look:
        with psycopg.connect(projected.programme["operator"]) as connection:
            connection.execute(
                "INSERT INTO work.orders (verb, worker, who, reason, given_at)"
                " VALUES ('rebuild', %s, 'Ola', 'a test', now())",
                (ALL[1].name,),
            )

        def switched() -> bool:
            one.mend()
            look()
            return of(projected, ALL[1])["serving"].build == 2

        asyncio.run(eventually(switched))
        look()
    assert seen == {whole}


@contextmanager
def watching(engines: Engines, projection: Projection[Any], seen: set[int]) -> Iterator[Any]:
    with psycopg.connect(engines.programme["console"], autocommit=True) as connection:
        query = SQL("SELECT count(*) FROM {}").format(view(projection.name))

        def look() -> None:
            row = connection.execute(query).fetchone()
            seen.add(row[0] if row else -1)

        yield look


def test_a_changed_version_is_built_when_the_new_code_starts(projected: Engines) -> None:
    with projecting(projected, *OTHERS, NEWER) as one:
        assert of(projected)["serving"].version == COHORT_BOARD.version  # it still serves

        def switched() -> bool:
            one.mend()
            return of(projected)["serving"].version == NEWER.version

        asyncio.run(eventually(switched))
        one.take(HEAD)
    assert of(projected)["kept"].version == COHORT_BOARD.version
    folds_as_a_replay_does(projected)


def test_a_replay_folds_the_rows_that_were_touched_anew(projected: Engines) -> None:
    spoil(projected)
    with projecting(projected) as one:
        came = carried_out(projected, one, ordered(projected, "replay", HEAD - 5))
    assert came == {"rows": 1}
    folds_as_a_replay_does(projected)


def test_letters_of_a_build_end_with_it(fresh: Engines) -> None:
    in_log(fresh)
    with projecting(fresh, *OTHERS, BROKEN) as one:
        one.take(HEAD)
    assert letters(fresh)
    with projecting(fresh) as one:
        carried_out(fresh, one, ordered(fresh, "rebuild"))
        folds_as_a_replay_does(fresh)
        carried_out(fresh, one, ordered(fresh, "rebuild"))
    assert {letter["state"] for letter in letters(fresh)} == {"discarded"}
    folds_as_a_replay_does(fresh)


def test_a_replay_that_meets_a_fault_ends_and_others_follow(fresh: Engines) -> None:
    in_log(fresh)
    with projecting(fresh, *OTHERS, BROKEN) as one:
        one.take(HEAD)
        discarded_all(fresh)  # as if it had been mended: the key is not put aside any more
        came = carried_out(fresh, one, ordered(fresh, "replay", 1))
        assert "rows" in came
        forget_letters(fresh)
        came = carried_out(fresh, one, ordered(fresh, "replay", 1))
        assert "ZeroDivisionError" in came["problem"]
        came = carried_out(fresh, one, ordered(fresh, "rollback"))
        assert "no older build" in came["problem"]


def test_what_was_given_up_is_given_up_for_the_next_build_too(fresh: Engines) -> None:
    def unreadable(event: Any) -> Iterator[str]:
        if isinstance(event, CohortStarted):
            raise KeyError("which?")
        return iter(COHORT_BOARD.keys(event))

    in_log(fresh)
    with projecting(fresh, *OTHERS, replace(COHORT_BOARD, keys=unreadable)) as one:
        one.take(HEAD)
        assert of(fresh)["serving"].position < HEAD
        discarded_all(fresh)
        one.take(HEAD)
        came = carried_out(fresh, one, ordered(fresh, "rebuild"))
        assert (came["changed"], came["only_old"], came["only_new"]) == (0, 0, 0)
        assert of(fresh)["serving"].position == HEAD
    assert [one["state"] for one in letters(fresh)] == ["discarded"]


def test_a_build_of_another_version_does_not_serve_again(projected: Engines) -> None:
    with projecting(projected, *OTHERS, NEWER) as one:

        def newer() -> bool:
            one.mend()
            return of(projected)["serving"].version == NEWER.version

        asyncio.run(eventually(newer))
        came = carried_out(projected, one, ordered(projected, "rollback"))
        assert f"version {COHORT_BOARD.version}" in came["problem"]
        assert of(projected)["serving"].version == NEWER.version


def test_a_build_that_is_behind_does_not_hold_up_the_others(projected: Engines) -> None:
    with psycopg.connect(projected.programme["projector"]) as connection:
        connection.execute("UPDATE read.builds SET position = 0 WHERE projection = 'cohort_board'")
        connection.execute(f"DELETE FROM read.{FIRST_BUILD}".encode())  # noqa: S608 - ours
        connection.execute(
            "UPDATE read.builds SET position = 9, event = log.digest_at(9)"
            " WHERE projection <> 'cohort_board'"
        )
    with projecting(projected, batch=5) as one:
        seen = []
        for _ in range(HEAD):
            if one._batch(HEAD) is None:
                break
            seen.append({name: build.position for name, build in serving_now(projected).items()})
    assert (seen[0]["agenda"], seen[0]["cohort_board"]) == (14, 5)
    assert (seen[1]["agenda"], seen[1]["cohort_board"]) == (19, 10)
    assert set(seen[-1].values()) == {HEAD}
    folded_now = rows(projected, COHORT_BOARD)
    assert folded_now == folded(COHORT_BOARD, history())


def test_an_order_to_rows_that_are_not_shown_any_more_says_so(fresh: Engines) -> None:
    in_log(fresh)
    with projecting(fresh, *OTHERS, BROKEN) as one:
        one.take(HEAD)
        carried_out(fresh, one, ordered(fresh, "rebuild"))
        with psycopg.connect(fresh.programme["operator"]) as operator:
            row = operator.execute(
                "INSERT INTO work.orders (verb, worker, who, reason, given_at, letters) VALUES"
                " ('redrive', %s, 'Ola', 'a test', now(), '{1}') RETURNING number",
                (FIRST_BUILD,),
            ).fetchone()
        assert row
        assert "does not serve" in carried_out(fresh, one, row[0])["problem"]


def serving_now(engines: Engines) -> dict[str, Build]:
    with psycopg.connect(engines.programme["operator"]) as connection:
        return {one.projection: one for one in builds(connection) if one.state == "serving"}


def discarded_all(engines: Engines) -> None:
    with psycopg.connect(engines.programme["projector"]) as connection:
        connection.execute("UPDATE work.letters SET state = 'discarded'")


def forget_letters(engines: Engines) -> None:
    with psycopg.connect(engines.programme["owner"]) as connection:
        connection.execute("DELETE FROM work.letters")


def test_what_was_given_up_is_tried_once_more_by_a_new_build(fresh: Engines) -> None:
    in_log(fresh)
    with projecting(fresh, *OTHERS, BROKEN) as one:
        one.take(HEAD)
        first = letters(fresh)[0]["letter"]
        with psycopg.connect(fresh.programme["operator"]) as operator:
            operator.execute(
                "INSERT INTO work.orders (verb, worker, who, reason, given_at, letters) VALUES"
                " ('discard', %s, 'Ola', 'a test', now(), ARRAY[%s::bigint])",
                (FIRST_BUILD, first),
            )
        one.mend()
        came = carried_out(fresh, one, ordered(fresh, "rebuild"))
        assert (came["changed"], came["only_new"]) == (0, 0)
        assert {one["worker"] for one in letters(fresh)} == {FIRST_BUILD}
    with projecting(fresh) as one:
        carried_out(fresh, one, ordered(fresh, "rebuild"))
    folds_as_a_replay_does(fresh)


def test_a_build_that_can_not_be_gone_on_with_leaves_nothing(projected: Engines) -> None:
    before = rows(projected, COHORT_BOARD)
    altered(projected, 12, b"{}")
    with projecting(projected) as one:
        came = carried_out(projected, one, ordered(projected, "rebuild"))
        assert came["problem"].startswith("the event at position 12 can't be read. What is shown")
        assert "`leading-together ops check`" in came["problem"]
        assert "discard" not in came["problem"], "there is no letter to discard"
    assert set(of(projected)) == {"serving"}
    assert rows(projected, COHORT_BOARD) == before


def test_an_event_that_no_build_can_take_in_is_named_by_its_letter(
    fresh: Engines, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rebuilding, "NEAR", 0)
    in_log(fresh, last=11)
    with projecting(fresh) as one:
        one.take(11)
        in_log(fresh, first=12)
        altered(fresh, 12, b"{}")
        one.take(HEAD)
        (letter,) = [one["letter"] for one in letters(fresh) if one["worker"].startswith("cohort_")]
        came = carried_out(fresh, one, ordered(fresh, "rebuild"))
        assert f"`leading-together ops discard {letter}`" in came["problem"]
        assert set(of(fresh)) == {"serving"}
        discarded_all(fresh)
        came = carried_out(fresh, one, ordered(fresh, "rebuild"))
        assert "problem" not in came


def test_a_build_that_meets_a_fault_of_ours_leaves_nothing(
    projected: Engines, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: Any) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr(rebuilding, "compared", broken)
    with projecting(projected) as one:
        came = carried_out(projected, one, ordered(projected, "rebuild"))
    assert came["problem"].startswith("it failed: ZeroDivisionError")
    assert set(of(projected)) == {"serving"}


def test_what_was_put_aside_with_rows_that_are_no_more_was_given_up_by_nobody(
    fresh: Engines,
) -> None:
    in_log(fresh)
    with projecting(fresh, *OTHERS, BROKEN) as one:
        one.take(HEAD)
        for number in range(2, 5):
            carried_out(fresh, one, ordered(fresh, "rebuild"))
            serves = of(fresh)["serving"].name
            assert serves.endswith(f"_{number}")
            assert "dead" in {it["state"] for it in letters(fresh) if it["worker"] == serves}
