"""A matching run as whoever calls may read it, found by its cohort, its state, or its id."""

from collections.abc import Mapping, Sequence
from typing import Any, Final, NamedTuple

from events.matching import Matching
from services.cli.finding import Finder, NotOne
from services.cli.ids import fits, piece_in
from services.cli.searching import NamedThing

RUNS: Final = "matching_runs"
NO_RUNS: Final = "there is no matching run that you may read: `leading-together do matching.ask`"
NOT_FOUND: Final = "no matching run that you may read is of a cohort that is called so, or ends so"
SEVERAL: Final = "runs of several cohorts are found by this: say more, or the end of an id ({})"
NOT_MADE: Final = "This run has found nothing: it is {}."
NOT_SHOWN: Final = (
    "You are in this run yourself, so you are not shown what it weighed. Ask another co-chair or"
    " coordinator."
)
Row = Mapping[str, Any]


class SeenRun(NamedTuple):
    """A run, what its cohort is called, and the run before, if it may be read."""

    row: Row
    title: str
    before: Row | None


async def seen_run(finder: Finder, said: str) -> SeenRun:
    """The run that is meant: of those of one cohort the last. Raises NotOne and CantLook."""
    runs = await finder.rows_shut(RUNS)
    boards = await finder.rows("cohort_board", {}) if runs else []
    titles = {one["cohort_id"]: str(one.get("title") or "") for one in boards}
    found = [one for one in runs if _is_meant(one, titles.get(one["cohort_id"], ""), said)]
    if len({one["cohort_id"] for one in found}) != 1:
        meant = [NamedThing(one["run_id"], _called(one, titles)) for one in found]
        raise NotOne.of("RUN", meant, NOT_FOUND if runs else NO_RUNS, SEVERAL)
    last = max(found, key=lambda one: str(one["asked_at"]))
    (row,) = await finder.rows(RUNS, {"key": last["run_id"]})
    before = last.get("former_run_id")
    rows = await finder.rows(RUNS, {"key": before}) if before else []
    return SeenRun(row, titles.get(row["cohort_id"], ""), rows[0] if rows else None)


def _called(run: Row, titles: Mapping[str, str]) -> str:
    return f"{titles.get(run['cohort_id'], '')}, {run['state']}, {run['asked_at']}"


def _is_meant(run: Row, title: str, said: str) -> bool:
    piece = piece_in(said)
    by_end = piece is not None and piece.is_of(run["run_id"])
    of_cohort = said.strip() in ("", run["cohort_id"])  # of whichever, if none is named
    return by_end or of_cohort or fits(said, f"{title} {run['state']} {run['asked_at']}")


def matching_in(row: Row) -> Matching | None:
    """What a run weighed and found; None, if it is not made, or not shown to whoever calls."""
    weighed = row.get("weighed")
    if not isinstance(weighed, Sequence) or isinstance(weighed, str) or not weighed:
        return None
    if not isinstance(row.get("pairs"), list):
        return None
    rows = [
        {**one, "cells": [int(it) for it in one["cells"].split()]} for one in weighed[0]["rows"]
    ]
    names = ("seed", "weights", "common_days", "per_pair", "per_point", "pairs")
    return Matching.model_validate(
        {
            **{name: row[name] for name in names},
            "cohort_id": row["cohort_id"],
            "inputs_digest": "",
            "weighed": {**weighed[0], "rows": rows},
            "unmatched": row["unmatched"],
            "locks": row["locks"],
            "prices": (),
            "total": 0,
        }
    )
