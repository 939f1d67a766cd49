"""What each matching run weighed and found, and what became of it, for those who are to sign it."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from enum import StrEnum
from typing import Any, Final

from events.catalogue import Recorded
from events.event import Event
from events.ids import CohortId, MatchingRunId, PersonId
from events.matching import (
    Inputs,
    Kind,
    Matching,
    MatchingRunApproved,
    MatchingRunAsked,
    MatchingRunDiscarded,
    MatchingRunGivenUp,
    MatchingRunMade,
    MatchingRunPublished,
    Unmatched,
    Weighed,
)
from events.personal import Beside, Closed, Erased
from events.reasons import CohortReasonPutRight
from events.terms import Code, Side
from projections.projection import Explained, Projection, Row, Shown, reason_put_right, why

OF_CONCERN: Final = frozenset(
    {
        MatchingRunAsked,
        MatchingRunMade,
        MatchingRunGivenUp,
        MatchingRunApproved,
        MatchingRunPublished,
        MatchingRunDiscarded,
        CohortReasonPutRight,
    }
)
TEAM: Final = "team"
IN_CONFIDENCE: Final = frozenset(
    {
        "rule.veto",
        "rule.parted-before",
        "rule.forbidden-by-coordinator",
        "rule.not-known-any-more",
    }
)
"""Rules that rest on what one of the two, or the team, told in confidence: shown as one, `team`."""
OF_WHAT_IT_WEIGHED: Final = ("weights", "common_days", "weighed", "left_out", "locks")
OF_WHAT_IT_FOUND: Final = (
    "seed",
    "per_pair",
    "per_point",
    "pairs",
    "unmatched",
    "points",
    "fewest_points",
)


class RunState(StrEnum):
    """How far a run has come; `signed` says which side has approved it."""

    ASKED = "asked"
    MADE = "made"
    GIVEN_UP = "given-up"
    PUBLISHED = "published"
    DISCARDED = "discarded"


class RunRow(Row, Explained):
    """One run. `again` is why there was another after the former one, `content` what it weighs, and
    what it found once it is made: kept beside the log. `signed` says who signed for each side.
    """

    run_id: MatchingRunId
    cohort_id: CohortId
    state: RunState = RunState.ASKED
    asked_at: datetime
    former_run_id: MatchingRunId | None = None
    again: Closed[Code] | None = None
    signed: dict[Side, PersonId | None] = {}  # noqa: RUF012 - pydantic copies a field's default
    content: Beside | Erased | Inputs | Matching


def keys(event: Any) -> Iterable[str]:
    """The run that a fact is about."""
    if type(event) in OF_CONCERN and event.run_id is not None:
        return (event.run_id,)
    return ()


def matching_runs(row: RunRow | None, fact: Recorded[Any], key: str) -> RunRow | None:
    """The run after one more fact."""
    match fact.event:
        case MatchingRunAsked() as event:
            again = {"former_run_id": event.former_run_id, "again": event.reason}
            return _begun(fact, event.inputs).but(**again)
        case MatchingRunMade(found=found):
            return (row or _begun(fact, found)).after(fact, state=RunState.MADE, content=found)
        case CohortReasonPutRight() as event if row:
            return reason_put_right(row, event).after(fact)
        case event if row:
            return row.after(fact, **why(event, _changes(row, event)))
        case _:
            return row


def _begun(fact: Recorded[Any], content: Any) -> RunRow:
    return RunRow(
        position=fact.envelope.position,
        run_id=fact.event.run_id,
        cohort_id=fact.event.cohort_id,
        asked_at=fact.envelope.time,
        content=content,
    )


def _changes(row: RunRow, event: Event) -> dict[str, Any]:
    match event:
        case MatchingRunApproved(side=side, signed_by=who):
            return {"signed": {**row.signed, side: who}}
        case MatchingRunGivenUp(reason=reason):
            return {"state": RunState.GIVEN_UP, "because": reason}
        case MatchingRunPublished():
            return {"state": RunState.PUBLISHED}
        case MatchingRunDiscarded(reason=reason):
            return {"state": RunState.DISCARDED, "because": reason}
        case _:
            return {}


def told(row: Shown) -> Shown:
    """With what it weighed and found in the place of what is kept beside the log."""
    rest = {name: value for name, value in row.items() if name != "content"}
    content = row.get("content")
    if not isinstance(content, dict):
        return rest | dict.fromkeys((*OF_WHAT_IT_WEIGHED, *OF_WHAT_IT_FOUND), content)
    if "pairs" in content:
        run = Matching.model_validate(content)
        return rest | _weighed(run, run.unmatched) | _found(run)
    given = Inputs.model_validate(content)
    return rest | _weighed(given, given.left_out) | dict.fromkeys(OF_WHAT_IT_FOUND)


def _weighed(one: Inputs | Matching, unmatched: Sequence[Unmatched]) -> Shown:
    """What it weighed, as a list of one, so that it can be left out for who is in it."""
    here = {*one.weighed.people}
    return {
        "weights": dict(one.weights),
        "common_days": one.common_days,
        "weighed": [_without_what_is_in_confidence(one.weighed)],
        "left_out": [it.model_dump() for it in unmatched if it.person_id not in here],
        "locks": [it.model_dump() | {"lost": it.lost and _shown(it.lost)} for it in one.locks],
    }


def _found(run: Matching) -> Shown:
    here, points = {*run.weighed.people}, [pair.points for pair in run.pairs]
    return {
        "seed": run.seed,
        "per_pair": run.per_pair,
        "per_point": run.per_point,
        "pairs": [pair.model_dump(mode="json") for pair in run.pairs],
        "unmatched": [it.model_dump() for it in run.unmatched if it.person_id in here],
        "points": sum(points),
        "fewest_points": min(points, default=None),
    }


def _shown(rule: Code) -> Code:
    return TEAM if rule in IN_CONFIDENCE else rule


def _without_what_is_in_confidence(weighed: Weighed) -> Shown:
    """The same, but what forbids two in confidence is one kind, whatever it is. The cells of a row
    are a text of numbers, so that a run of the most people fits into one answer.
    """
    kinds: dict[Kind, int] = {}
    shown = [_shown(kind) if isinstance(kind, str) else kind for kind in weighed.kinds]
    places = [kinds.setdefault(kind, len(kinds)) for kind in shown]
    rows = [
        {
            "patient_leader_id": row.patient_leader_id,
            "cells": " ".join([str(places[it]) for it in row.cells]),
        }
        for row in weighed.rows
    ]
    return {
        "codes": [*weighed.codes],
        "healthcare_leader_ids": [*weighed.healthcare_leader_ids],
        "kinds": [kind if isinstance(kind, str) else [*kind] for kind in kinds],
        "rows": rows,
    }


MATCHING_RUNS: Final = Projection(
    name="matching_runs",
    version=2,
    question="What did each matching run weigh and find, and who has signed it?",
    row=RunRow,
    keys=keys,
    fold=matching_runs,
    told=told,
    found_by=("cohort_id",),
)
