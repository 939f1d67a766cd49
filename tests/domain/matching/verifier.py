"""A verifier of matching runs, written from docs/matching.md alone: it uses nothing of ours.

It reads a run as JSON and says what is wrong with it. Nothing is taken for granted: neither the
forms of values, nor that there is what should be there.
"""

import hashlib
import json
from collections.abc import Iterator, Mapping
from typing import Any, Final

RUN: Final = {
    "cohort_id": str, "inputs_digest": str, "seed": str, "weights": dict, "common_days": int,
    "weighed": dict, "locks": list,
    "per_pair": int, "per_point": int, "pairs": list, "unmatched": list, "prices": list,
    "total": int, "digest": str,
}  # fmt: skip
WEIGHED: Final = {"codes": list, "healthcare_leader_ids": list, "kinds": list, "rows": list}
ROW: Final = {"patient_leader_id": str, "cells": list}
PAIR: Final = {
    "patient_leader_id": str, "healthcare_leader_id": str, "points": int, "reasons": list
}  # fmt: skip
REASON: Final = {"code": str, "points": int}
LOCK: Final = {
    "patient_leader_id": str, "healthcare_leader_id": str, "reason": str, "lost": (str, type(None))
}  # fmt: skip
LOCKED: Final = "rule.locked-with-another"
UNMATCHED: Final = {"person_id": str, "reason": str}
PRICE: Final = {"person_id": str, "points": int}


class Wrong(Exception):
    """What is wrong with a run."""


def verify(run: Any, cohort_id: str) -> None:
    """Raises Wrong unless this is a run over this cohort, whole, and the best there is."""
    _forms(run)
    _demand(run["cohort_id"] == cohort_id, "of another cohort")
    lays, weighed = run["weighed"]["rows"], run["weighed"]
    rows = [row["patient_leader_id"] for row in lays]
    columns = weighed["healthcare_leader_ids"]
    left_out = [one for one in run["unmatched"] if one["person_id"] not in {*rows, *columns}]
    _people(rows, columns, left_out)
    _cells(run)
    locked = _locks(run)
    said = ("cohort_id", "weights", "common_days", "weighed", *(["locks"] if run["locks"] else []))
    inputs = {name: run[name] for name in said}
    _demand(_digest({**inputs, "left_out": left_out}) == run["inputs_digest"], "other inputs")
    without = {"digest"} if run["locks"] else {"digest", "locks"}
    rest = {name: value for name, value in run.items() if name not in without}
    _demand(_digest(rest) == run["digest"], "changed")
    _scale(run)
    worth = dict(_worth(run))
    chosen = _pairs(run, worth)
    _demand(locked <= set(chosen), "two who are locked are no pair")
    _left(run, chosen, left_out)
    prices = [one["points"] for one in run["prices"]]
    _demand([one["person_id"] for one in run["prices"]] == [*rows, *columns], "prices of others")
    price = dict(zip([*rows, *columns], prices, strict=True))
    _demand(all(one >= 0 for one in prices), "a negative price")
    for (one, other), value in worth.items():
        _demand(price[one] + price[other] >= value, "a pair that is worth more than it costs")
    total = sum(worth[pair] for pair in chosen)
    _demand(total == run["total"] == sum(prices), "pairs that are worth less than they could be")


def _demand(right: bool, wrong: str) -> None:
    if not right:
        raise Wrong(wrong)


def _form(value: Any, form: Mapping[str, Any]) -> None:
    _demand(type(value) is dict and value.keys() == form.keys(), "not of this form")
    for name, kind in form.items():
        kinds = kind if type(kind) is tuple else (kind,)
        _demand(type(value[name]) in kinds, "not of this form")


def _forms(run: Any) -> None:
    _form(run, RUN)
    _form(run["weighed"], WEIGHED)
    _demand(all(type(one) is int for one in run["weights"].values()), "a weight is no number")
    for code in run["weighed"]["codes"] + run["weighed"]["healthcare_leader_ids"]:
        _demand(type(code) is str, "no text")
    for kind in run["weighed"]["kinds"]:
        points = kind if type(kind) is list else []
        _demand(type(kind) in (list, str), "neither points nor a rule")
        _demand(all(type(one) is int and one >= 0 for one in points), "no points")
    for row in run["weighed"]["rows"]:
        _form(row, ROW)
        _demand(all(type(one) is int for one in row["cells"]), "no place of a kind")
    for pair in run["pairs"]:
        _form(pair, PAIR)
        for reason in pair["reasons"]:
            _form(reason, REASON)
    for name, form in (("locks", LOCK), ("unmatched", UNMATCHED), ("prices", PRICE)):
        for one in run[name]:
            _form(one, form)


def _digest(content: Any) -> str:
    text = json.dumps(content, sort_keys=True, separators=(",", ":"), ensure_ascii=True)
    return hashlib.sha256(text.encode("ascii")).hexdigest()


def _people(rows: list[str], columns: list[str], left_out: list[dict[str, str]]) -> None:
    everybody = [*rows, *columns, *(one["person_id"] for one in left_out)]
    _demand(len(everybody) == len(set(everybody)), "somebody stands twice")


def _cells(run: dict[str, Any]) -> None:
    weighed = run["weighed"]
    kinds, codes = weighed["kinds"], weighed["codes"]
    _demand(len(set(codes)) == len(codes) and run["weights"].keys() == set(codes), "other codes")
    _demand(len({json.dumps(one) for one in kinds}) == len(kinds), "a kind stands twice")
    for kind in kinds:
        _demand(type(kind) is str or len(kind) == len(codes), "points of other codes")
    for row in weighed["rows"]:
        _demand(len(row["cells"]) == len(weighed["healthcare_leader_ids"]), "a cell is missing")
        _demand(all(0 <= cell < len(kinds) for cell in row["cells"]), "a cell of no kind")


def _locks(run: dict[str, Any]) -> set[tuple[str, str]]:
    """The two of each lock that was taken as given."""
    weighed = run["weighed"]
    rows = {row["patient_leader_id"]: row["cells"] for row in weighed["rows"]}
    columns = {who: place for place, who in enumerate(weighed["healthcare_leader_ids"])}
    twos = [(one["patient_leader_id"], one["healthcare_leader_id"]) for one in run["locks"]]
    _demand(twos == sorted(twos) and len(twos) == len(set(twos)), "locks not in order")
    held = {two for two, one in zip(twos, run["locks"], strict=True) if one["lost"] is None}
    _demand(len({who for two in held for who in two}) == 2 * len(held), "locked with two")
    for two, lock in zip(twos, run["locks"], strict=True):
        weighs = two[0] in rows and two[1] in columns
        if lock["lost"] is None:
            _demand(weighs, "locked, and not weighed")
        elif not weighs or lock["lost"] == "lock.not-free":
            _demand(not weighs and lock["lost"] == "lock.not-free", "lost for another reason")
        elif lock["lost"] == "lock.with-another":
            others = [one for one in twos if one != two]
            _demand(any({*one} & {*two} for one in others), "with nobody else")
        else:
            kind = weighed["kinds"][rows[two[0]][columns[two[1]]]]
            _demand(kind == lock["lost"], "lost by another rule")
    _only_each_other(weighed, rows, columns, held)
    return held


def _only_each_other(
    weighed: dict[str, Any],
    rows: dict[str, list[int]],
    columns: dict[str, int],
    held: set[tuple[str, str]],
) -> None:
    ours, theirs = {one for one, _ in held}, {other for _, other in held}
    for who, cells in rows.items():
        for other, place in columns.items():
            kind = weighed["kinds"][cells[place]]
            if (who, other) in held:
                _demand(type(kind) is list, "locked, and kept apart")
            elif who in ours or other in theirs:
                _demand(type(kind) is str, "might be with another")
            else:
                _demand(kind != LOCKED, "kept for nobody")


def _scale(run: dict[str, Any]) -> None:
    weighed = run["weighed"]
    pairs = min(len(weighed["rows"]), len(weighed["healthcare_leader_ids"]))
    most = max([sum(kind) for kind in weighed["kinds"] if type(kind) is list] or [0])
    _demand(run["per_pair"] == 1 + most * pairs, "pairs count otherwise")
    _demand(run["per_point"] == 1 + (2**24 - 1) * pairs, "points count otherwise")


def _worth(run: dict[str, Any]) -> Iterator[tuple[tuple[str, str], int]]:
    weighed = run["weighed"]
    for row in weighed["rows"]:
        who = row["patient_leader_id"]
        given = hashlib.shake_256((run["seed"] + "\n" + who).encode()).hexdigest(3 * 300)
        for place, other in enumerate(weighed["healthcare_leader_ids"]):
            kind = weighed["kinds"][row["cells"][place]]
            if type(kind) is list:
                drawn = int(given[6 * place : 6 * place + 6], 16)
                yield (who, other), (run["per_pair"] + sum(kind)) * run["per_point"] + drawn


def _pairs(run: dict[str, Any], worth: dict[tuple[str, str], int]) -> list[tuple[str, str]]:
    weighed = run["weighed"]
    columns = {who: place for place, who in enumerate(weighed["healthcare_leader_ids"])}
    rows = {row["patient_leader_id"]: place for place, row in enumerate(weighed["rows"])}
    chosen = [(one["patient_leader_id"], one["healthcare_leader_id"]) for one in run["pairs"]]
    _demand(all(pair in worth for pair in chosen), "a pair that may not be")
    _demand(len({one for one, _ in chosen}) == len(chosen), "somebody has two partners")
    _demand(len({other for _, other in chosen}) == len(chosen), "somebody has two partners")
    _demand(chosen == sorted(chosen, key=lambda pair: rows[pair[0]]), "not in order")
    for said, (one, other) in zip(run["pairs"], chosen, strict=True):
        kind = weighed["kinds"][weighed["rows"][rows[one]]["cells"][columns[other]]]
        why = [
            {"code": code, "points": some}
            for code, some in zip(weighed["codes"], kind, strict=True)
            if some > 0
        ]
        _demand(said["points"] == sum(kind) and said["reasons"] == why, "other reasons")
    return chosen


def _left(
    run: dict[str, Any], chosen: list[tuple[str, str]], left_out: list[dict[str, str]]
) -> None:
    weighed = run["weighed"]
    rows, columns = weighed["rows"], weighed["healthcare_leader_ids"]
    paired = {who for pair in chosen for who in pair}
    counts = [type(kind) is list or kind == LOCKED for kind in weighed["kinds"]]
    may = [[counts[cell] for cell in row["cells"]] for row in rows]
    found = [
        {"person_id": who, "reason": _why(any(cells), len(rows) > len(columns))}
        for who, cells in (
            *((row["patient_leader_id"], may[place]) for place, row in enumerate(rows)),
        )
        if who not in paired
    ]
    found += [
        {
            "person_id": who,
            "reason": _why(any(cells[place] for cells in may), len(columns) > len(rows)),
        }
        for place, who in enumerate(columns)
        if who not in paired
    ]
    _demand(run["unmatched"] == [*found, *left_out], "others are left over")


def _why(might: bool, too_many: bool) -> str:
    if not might:
        return "unpaired.no-allowed-partner"
    return "unpaired.more-on-your-side" if too_many else "unpaired.partners-taken"
