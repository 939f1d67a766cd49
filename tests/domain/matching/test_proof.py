"""A run proves itself, to us and to whoever reads docs/matching.md; and no changed run does."""

from collections.abc import Iterator
from copy import deepcopy
from typing import Any

import pytest
from hypothesis import given as over
from hypothesis import settings
from hypothesis import strategies as st
from pydantic import ValidationError

from domain.matching.canon import digest_of, inputs_of
from domain.matching.certificate import certified, matching_of
from domain.matching.worth import scale_of, worths
from events.applications import Profile
from events.ids import CohortId
from events.matching import Inputs, Kind, Matching, Unmatched, Weighed, WeighedRow
from events.terms import Area, Day, Theme
from tests.domain.matching.verifier import Wrong, verify
from tests.scenes.cast import (
    ADA,
    AMINA,
    AOIFE,
    AUTUMN,
    BEN,
    BOLA,
    HEALTHCARE,
    PATIENT,
    SPRING,
    confirmed,
    opened,
)
from tests.scenes.given import person
from tests.scenes.pairs import place, proposed
from tests.scenes.runs import SEED, locked, run_over, solve, vetoes

CODES = ("themes.in-common", "area.same")
Json = dict[str, Any]


def whole() -> Matching:
    """Pairs, a rule that forbids, somebody left over, and somebody left out."""
    there = proposed(AOIFE, person("Sam")).model_copy(update={"cohort_id": SPRING})
    return run_over(
        opened(),
        place(ADA, PATIENT, Profile(area=Area.DEVON, themes=(Theme.CARERS, Theme.DIGITAL))),
        place(AMINA, PATIENT, Profile(area=Area.KENT)),
        place(person("Third"), PATIENT, Profile(area=Area.KENT, themes=(Theme.CARERS,))),
        place(BEN, HEALTHCARE, Profile(area=Area.DEVON, themes=(Theme.CARERS,))),
        place(BOLA, HEALTHCARE, Profile(area=Area.KENT)),
        place(AOIFE, PATIENT, Profile(area=Area.KENT)),
        confirmed(AOIFE, PATIENT, SPRING),
        confirmed(person("Sam"), HEALTHCARE, SPRING),
        [there, vetoes(AMINA, BOLA)],
    )


def locked_whole() -> Matching:
    """A lock that is taken, one that a veto has lost, and one that a place given up has."""
    third, cleo, gone = person("Third"), person("Cleo"), person("Gone")
    return run_over(
        opened(),
        place(ADA, PATIENT, Profile(area=Area.DEVON, themes=(Theme.CARERS, Theme.DIGITAL))),
        place(AMINA, PATIENT, Profile(area=Area.KENT)),
        place(third, PATIENT, Profile(area=Area.KENT, days=(Day.MONDAY,))),
        place(AOIFE, PATIENT, Profile(area=Area.KENT)),
        place(BEN, HEALTHCARE, Profile(area=Area.DEVON, themes=(Theme.CARERS,))),
        place(BOLA, HEALTHCARE, Profile(area=Area.KENT)),
        place(cleo, HEALTHCARE, Profile(area=Area.KENT, days=(Day.FRIDAY,))),
        [locked(third, cleo), locked(AMINA, BOLA, "team"), vetoes(AMINA, BOLA)],
        [locked(AOIFE, gone, "work-in-hand")],
    )


WHOLE = whole()
LOCKED = locked_whole()
RUNS = {"without locks": WHOLE, "with locks": LOCKED}
RIGHT: Json = WHOLE.model_dump(mode="json")


def says_ours(run: Any, cohort_id: CohortId = AUTUMN) -> bool:
    try:
        return certified(Matching.model_validate(run), cohort_id)
    except ValidationError:
        return False


def says_theirs(run: Any, cohort_id: CohortId = AUTUMN) -> bool:
    try:
        verify(run, cohort_id)
    except Wrong:
        return False
    return True


def paths(value: Any, before: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """The way to each value of a run."""
    if before:
        yield before
    if isinstance(value, dict | list):
        for name, one in value.items() if isinstance(value, dict) else enumerate(value):
            yield from paths(one, (*before, name))


def at(run: Any, path: tuple[Any, ...]) -> Any:
    for name in path:
        run = run[name]
    return run


def others(value: Any) -> Iterator[Any]:
    """What might stand instead."""
    match value:
        case str():
            yield from (value[::-1], f"{value}x", "", BEN, "rule.veto", 7)
            yield from (value[:-1] + ("0" if value[-1:] != "0" else "1"),)
        case int():
            yield from (value + 1, value - 1, value * 2, -value, 0, str(value), None)
        case list():
            yield from ([*value, *value[:1]], value[1:], value[::-1], value[:-1], [], "rule.veto")
            yield from ([*value, 0],)
        case dict():
            yield from ({}, {**value, "more": 1}, dict(list(value.items())[1:]), [])


def tampered(run: Json) -> Iterator[tuple[tuple[Any, ...], Any]]:
    """The run with each of its values changed, dropped, doubled or swapped with the next."""
    for path in paths(run):
        *way, last = path
        value = at(run, path)
        for other in others(value):
            if other != value or type(other) is not type(value):
                yield path, with_(run, path, other)
        changed = deepcopy(run)
        holder = at(changed, tuple(way))
        if isinstance(holder, list):
            doubled = deepcopy(run)
            at(doubled, tuple(way)).insert(last, value)
            yield path, doubled
            if last + 1 < len(holder) and holder[last] != holder[last + 1]:
                holder[last], holder[last + 1] = holder[last + 1], holder[last]
                yield path, changed
                changed = deepcopy(run)
        del at(changed, tuple(way))[last]
        yield path, changed


def with_(run: Json, path: tuple[Any, ...], value: Any) -> Json:
    changed = deepcopy(run)
    at(changed, path[:-1])[path[-1]] = value
    return changed


def test_a_run_is_proven_to_us_and_to_whoever_reads_how() -> None:
    assert len(WHOLE.pairs) == 2
    assert {one.reason for one in WHOLE.unmatched} == {
        "unpaired.more-on-your-side",
        "unpaired.leads-elsewhere",
    }
    assert "rule.veto" in WHOLE.weighed.kinds
    assert says_ours(RIGHT)
    assert says_theirs(RIGHT)
    assert not says_ours(RIGHT, SPRING)
    assert not says_theirs(RIGHT, SPRING)


def test_a_run_with_locks_is_proven_too() -> None:
    third, cleo = person("Third"), person("Cleo")
    right = LOCKED.model_dump(mode="json")
    assert {(one.both, one.lost) for one in LOCKED.locks} == {
        ((third, cleo), None),
        ((AMINA, BOLA), "rule.veto"),
        ((AOIFE, person("Gone")), "lock.not-free"),
    }
    assert {"rule.veto", "rule.locked-with-another"} <= {*LOCKED.weighed.kinds}
    assert (third, cleo) in {(it.patient_leader_id, it.healthcare_leader_id) for it in LOCKED.pairs}
    assert {one.reason for one in LOCKED.unmatched} == {"unpaired.more-on-your-side"}
    assert says_ours(right)
    assert says_theirs(right)


@pytest.mark.parametrize("which", RUNS)
def test_each_change_of_a_run_is_seen_by_both(which: str) -> None:
    right = RUNS[which].model_dump(mode="json")
    found = [*tampered(right)]
    assert len(found) > 800
    assert [path for path, run in found if says_theirs(run)] == []
    # The form takes "7" for 7: what is read is the same run.
    same = (RUNS[which],)
    accepted = [(path, run) for path, run in found if says_ours(run)]
    assert [path for path, run in accepted if Matching.model_validate(run) not in same] == []


def signed_anew(run: Json) -> Json:
    """As whoever tampers would: with the digests of what it says now."""
    try:
        read = Matching.model_validate(run)
    except ValidationError:
        return run
    given = inputs_of(read)
    digest = digest_of(given) if given else ""
    read = read.model_copy(update={"inputs_digest": digest})
    return read.model_copy(update={"digest": digest_of(read)}).model_dump(mode="json")


OUTPUTS = ("pairs", "unmatched", "total", "per_pair", "per_point", "seed")


def test_whoever_signs_what_they_changed_proves_nothing_either() -> None:
    """Of what a run found, all follows from what it weighed: also with digests made anew."""
    changed = [(path, signed_anew(run)) for path, run in tampered(RIGHT) if path[0] in OUTPUTS]
    leaves_out = ("unmatched", len(RIGHT["unmatched"]) - 1)  # whom it did not weigh is an input
    right = signed_anew(RIGHT)
    for path, run in changed:
        if run == right or path[:2] == leaves_out or path == ("unmatched",):
            continue
        assert not says_theirs(run), path
        assert not says_ours(run), path


def test_whoever_changes_what_became_of_a_lock_proves_nothing_either() -> None:
    """Also with digests made anew: all that a lock says follows, but why there is one."""
    right = LOCKED.model_dump(mode="json")
    by_lost = {one.lost: number for number, one in enumerate(LOCKED.locks)}
    taken, by_a_rule, not_free = (by_lost[it] for it in (None, "rule.veto", "lock.not-free"))
    for number, field, value in (
        (taken, "lost", "lock.not-free"),
        (taken, "lost", "lock.with-another"),
        (taken, "lost", "rule.veto"),
        (taken, "healthcare_leader_id", BEN),
        (taken, "patient_leader_id", ADA),
        (by_a_rule, "lost", None),
        (by_a_rule, "lost", "lock.not-free"),
        (by_a_rule, "lost", "lock.with-another"),
        (by_a_rule, "lost", "rule.treats"),
        (by_a_rule, "healthcare_leader_id", BEN),
        (not_free, "lost", None),
        (not_free, "lost", "lock.with-another"),
        (not_free, "healthcare_leader_id", BEN),
    ):
        changed = with_(right, ("locks", number, field), value)
        changed["locks"].sort(key=lambda it: (it["patient_leader_id"], it["healthcare_leader_id"]))
        lie = signed_anew(changed)
        assert not says_theirs(lie), (number, field, value)
        assert not says_ours(lie), (number, field, value)
    without = signed_anew({**right, "locks": [it for it in right["locks"] if it["lost"]]})
    assert not says_ours(without)
    assert not says_theirs(without)


@pytest.mark.parametrize("code", ["pairs", "prices"])
def test_a_worse_matching_is_not_proven_whatever_its_digests_are(code: str) -> None:
    lie = signed_anew({**deepcopy(RIGHT), code: RIGHT[code][1:]})
    assert not says_ours(lie)
    assert not says_theirs(lie)


@st.composite
def inputs(draw: st.DrawFn) -> Inputs:
    """Up to six by six of every kind, with forbidden cells and many ties."""
    height, width = draw(st.integers(1, 6)), draw(st.integers(0, 6))
    kinds: list[Kind] = ["rule.veto", (0, 0), (10, 0), (10, 15), (0, 1_000_000)]
    cell = st.integers(0, len(kinds) - 1)
    row = st.lists(cell, min_size=width, max_size=width)
    rows = draw(st.lists(row, min_size=height, max_size=height))
    return Inputs(
        cohort_id=AUTUMN,
        weights=dict.fromkeys(CODES, 1),
        common_days=1,
        weighed=Weighed(
            codes=CODES,
            healthcare_leader_ids=tuple(person(f"H{number}") for number in range(width)),
            kinds=tuple(kinds),
            rows=tuple(
                WeighedRow(patient_leader_id=person(f"P{number}"), cells=tuple(row))
                for number, row in enumerate(rows)
            ),
        ),
        left_out=(Unmatched(person_id=AOIFE, reason="unpaired.leads-elsewhere"),),
    )


@settings(max_examples=60, deadline=None)
@over(inputs(), st.sampled_from([SEED, "0" * 64]), st.data())
def test_both_accept_what_is_right_and_refuse_what_is_not(
    given: Inputs, seed: str, data: st.DataObject
) -> None:
    table = worths(given.weighed, scale_of(given.weighed), seed)
    run = matching_of(given, seed, solve(table)).model_dump(mode="json")
    assert says_ours(run)
    assert says_theirs(run)
    path = data.draw(st.sampled_from([*paths(run)]))
    other = data.draw(st.sampled_from([*others(at(run, path))] or [None]))
    lie = with_(run, path, other)
    if lie != run:
        assert not says_theirs(lie)
        assert not says_ours(lie) or Matching.model_validate(lie) == Matching.model_validate(run)
