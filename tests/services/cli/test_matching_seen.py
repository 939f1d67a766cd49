"""What a run found, and why, as it is said at the command line."""

import json
from typing import Any

import pytest

from domain.matching.certificate import (
    MORE_ON_YOUR_SIDE,
    NO_ALLOWED_PARTNER,
    PARTNERS_TAKEN,
    Solution,
    matching_of,
)
from domain.matching.explanation import Verdict, best_for, why
from domain.matching.locking import LockReason
from domain.matching.locks import LOCKED, NOT_FREE, WITH_ANOTHER
from domain.matching.supposing import supposed
from domain.matching.weighing import NO_COMMON_DAY
from domain.matching.worth import scale_of, worths
from domain.pairings.compatibility import RULES
from domain.pairings.engagement import LEADS_ELSEWHERE, TEAM_LOOKS_FIRST
from domain.pairings.suitability import CODES
from events.ids import MatchingRunId, PersonId
from events.matching import Matching, MatchingRunAsked, MatchingRunMade
from projections.matching_runs import IN_CONFIDENCE, MATCHING_RUNS, TEAM
from projections.replay import folded
from services.cli.matching_words import (
    FORBIDS,
    LEFT,
    LOCKS,
    LOST,
    SPEAKS,
    locked,
    otherwise,
    speaking,
)
from services.cli.runs_seen import matching_in
from services.matching.solving import Table, solved
from tests.projections.edge import told
from tests.scenes.cast import ADA, AMINA, AUTUMN, BARTEK, BEN, BOLA
from tests.scenes.given import NOON, given
from tests.scenes.pairs import cohort_of
from tests.scenes.runs import found_by, inputs_of, made_from, the_asked, the_run, vetoes
from tests.scenes.runs import locked as run_locked
from tests.scenes.scribe import written_down

RUN = MatchingRunId.derived(NOON, "a run")
THIS: dict[str, Any] = {"run_id": RUN, "cohort_id": AUTUMN}
AFTER = made_from(given(cohort_of(ADA, AMINA, beside=(BEN, BOLA, BARTEK)), vetoes(ADA, BEN)))
FOUND = found_by(the_run(AFTER))
ASKED = MatchingRunAsked(**THIS, inputs=inputs_of(the_asked(AFTER)), digest="0" * 64)


def solve(table: Table) -> Solution:
    return Solution(*solved(table))


def shown(*facts: Any) -> dict[str, Any]:
    """The row as it comes over the bus."""
    row = told(MATCHING_RUNS, folded(MATCHING_RUNS, written_down(*facts))[RUN])
    return dict(json.loads(json.dumps(row, default=str)))


def seen() -> Matching:
    found = matching_in(shown(ASKED, MatchingRunMade(**THIS, found=FOUND)))
    assert found
    return found


def partner_of(who: PersonId) -> PersonId | None:
    pairs = {one.patient_leader_id: one.healthcare_leader_id for one in FOUND.pairs}
    return pairs.get(who)


def test_all_that_a_run_says_has_words() -> None:
    assert set(SPEAKS) == {*CODES}
    others = {NO_COMMON_DAY, LOCKED, TEAM}
    assert set(FORBIDS) == {code for code, _ in RULES} - IN_CONFIDENCE | others
    assert set(LOCKS) == set(LockReason)
    assert set(LOST) == {NOT_FREE, WITH_ANOTHER}
    assert set(LEFT) == {
        NO_ALLOWED_PARTNER,
        MORE_ON_YOUR_SIDE,
        PARTNERS_TAKEN,
        LEADS_ELSEWHERE,
        TEAM_LOOKS_FIRST,
    }


def test_what_is_shown_is_enough_to_explain_a_run_by() -> None:
    for one in (ADA, AMINA):
        for other in (BEN, BOLA, BARTEK):
            if (one, other) != (ADA, BEN):
                assert why(seen(), one, other, solve) == why(FOUND, one, other, solve)


def test_what_keeps_two_apart_in_confidence_is_said_as_one_thing() -> None:
    answer = why(seen(), ADA, BEN, solve)
    assert answer.answer is Verdict.FORBIDDEN
    assert otherwise(answer) == "kept apart: the team has a reason"


def test_of_a_run_that_is_not_made_or_not_shown_nothing_is_explained() -> None:
    assert matching_in(shown(ASKED)) is None
    row = shown(ASKED, MatchingRunMade(**THIS, found=FOUND))
    assert matching_in({**row, "weighed": []}) is None
    assert matching_in({**row, "weighed": "(erased)", "pairs": "(erased)"}) is None


@pytest.mark.parametrize("who", [ADA, AMINA, BEN, BOLA, BARTEK])
def test_the_best_for_somebody_are_those_with_the_most_points(who: PersonId) -> None:
    best = best_for(FOUND, who, 5)
    apart = {BEN: {ADA}, ADA: {BEN}}.get(who, set())
    others = {ADA, AMINA} if who not in (ADA, AMINA) else {BEN, BOLA, BARTEK}
    assert {it.person_id for it in best} == others - apart
    assert [it.points for it in best] == sorted((it.points for it in best), reverse=True)
    assert best_for(FOUND, who, 1) == best[:1]


def test_reasons_are_said_with_their_points() -> None:
    (pair, *_) = FOUND.pairs
    said = speaking(pair.reasons)
    assert all(str(one.points) in said and SPEAKS[one.code] in said for one in pair.reasons)
    assert speaking(()) == "nothing in particular"


def test_who_was_chosen_is_said_to_be() -> None:
    partner = partner_of(ADA)
    assert partner
    assert otherwise(why(FOUND, ADA, partner, solve)) == "chosen"
    assert otherwise(why(FOUND, ADA, AMINA, solve)).startswith("not weighed")


def test_a_lock_is_said_with_its_reason_and_why_it_was_not_taken() -> None:
    one = {"reason": "asked-by-both", "lost": None}
    assert locked(one) == "locked: both asked for it"
    by = {
        "lock.not-free": "one of them has no place, or is not free",
        "team": "the team has a reason",
    }
    for code, words in by.items():
        told_so = locked({**one, "lost": code})
        assert told_so == f"locked (both asked for it), but not taken: {words}"


def test_what_is_shown_of_a_run_with_locks_is_enough_to_explain_it_by() -> None:
    two = run_locked(ADA, BOLA)
    after = made_from(given(cohort_of(ADA, AMINA, beside=(BEN, BOLA, BARTEK)), two))
    found = found_by(the_run(after))
    read = matching_in(shown(ASKED, MatchingRunMade(**THIS, found=found)))
    assert read
    assert read.locks == found.locks
    assert otherwise(why(read, ADA, BOLA, solve)) == "chosen"
    words = "kept apart: one of them is locked with somebody else"
    assert otherwise(why(read, AMINA, BOLA, solve)) == words
    given_so = supposed(read, AUTUMN, {"area.same": 1})
    table = worths(given_so.weighed, scale_of(given_so.weighed), read.seed)
    then = matching_of(given_so, read.seed, solve(table))
    assert (ADA, BOLA) in {(it.patient_leader_id, it.healthcare_leader_id) for it in then.pairs}
