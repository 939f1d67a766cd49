"""Who assesses what is planned by load, and by what is known of people."""

from collections import Counter
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from services.cli.assigning import NOT_THEM, Scorer, Wanting, planned, sighted
from services.door.requests import commands

ADA, BEN, CARA, DEV = "person_ada", "person_ben", "person_cara", "person_dev"


def team(*who: str, lay: frozenset[str] = frozenset({ADA})) -> dict[str, Scorer]:
    return {one: Scorer(one, one in lay) for one in who}


def wanting(many: int) -> list[Wanting]:
    return [Wanting(f"application_{number:02}", f"person_{number:02}", 0) for number in range(many)]


def test_sixty_applications_are_shared_out_evenly_with_a_lay_member_each() -> None:
    found, short = planned(team(ADA, BEN, CARA, DEV, lay=frozenset({ADA, BEN})), wanting(60), 2, 1)
    assert not short
    load = Counter(one.assessor_id for one in found)
    assert max(load.values()) - min(load.values()) <= 2
    panels = Counter(
        frozenset(it.assessor_id for it in found if it.application_id == one.application_id)
        for one in wanting(60)
    )
    assert len(panels) > 3  # not always the same two


def test_who_has_much_to_score_gets_less() -> None:
    some = team(ADA, BEN, CARA, lay=frozenset({ADA, BEN, CARA}))
    some[ADA].to_score = 10
    found, _ = planned(some, wanting(5), 2, 1)
    assert ADA not in {one.assessor_id for one in found}


def test_nobody_gets_their_own_or_what_they_must_not() -> None:
    one = Wanting("application_x", BEN, 0, never={CARA})
    found, short = planned(team(ADA, BEN, CARA), [one], 2, 1)
    assert ([it.assessor_id for it in found], short) == ([ADA], [one])


def test_who_takes_part_already_counts() -> None:
    one = Wanting("application_x", DEV, 3, taking_part={BEN})
    found, short = planned(team(ADA, BEN, CARA), [one], 2, 1)
    assert ([it.assessor_id for it in found], short) == ([ADA], [])
    done = Wanting("application_y", DEV, 3, taking_part={ADA, BEN})
    assert planned(team(ADA, BEN, CARA), [done], 2, 1) == ([], [])


@given(
    st.lists(st.tuples(st.sets(st.sampled_from([ADA, BEN, CARA, DEV])), st.booleans()), max_size=9),
    st.sets(st.sampled_from([ADA, BEN, CARA, DEV])),
    st.integers(1, 3),
)
def test_a_plan_is_whole_or_says_for_what_nobody_is_left(
    people: list[tuple[set[str], bool]], lay: set[str], each: int
) -> None:
    some = team(ADA, BEN, CARA, DEV, lay=frozenset(lay))
    asked = [
        Wanting(f"application_{number}", ADA if mine else "person_x", 0, never=never)
        for number, (never, mine) in enumerate(people)
    ]
    found, short = planned(some, asked, each, 1)
    for one in asked:
        part = [it.assessor_id for it in found if it.application_id == one.application_id]
        assert len(part) == len({*part})
        assert not {*part} & (one.never | {one.person_id})
        could = {*some} - one.never - {one.person_id}
        whole = len(part) == each and {*part} & lay
        assert (one in short) is not bool(whole)
        if len(could) >= each and could & lay:
            assert whole


def test_what_the_queue_shows_is_what_is_known() -> None:
    def assessor(who: str, **more: Any) -> dict[str, Any]:
        return {"assessor_id": who, "assigned": True, "to_score": True, "hard": False, **more}

    queue: list[dict[str, Any]] = [
        {
            "application_id": "a",
            "person_id": DEV,
            "stage": "eligible",
            "acted_at": [4, 5],
            "assessors": [assessor(ADA), assessor(BEN, hard=True, to_score=False)],
        },
        {
            "application_id": "b",
            "person_id": CARA,
            "stage": "decided",
            "assessors": [assessor(ADA)],
        },
        {"application_id": "c", "person_id": CARA, "stage": "(sealed)", "assessors": "(sealed)"},
    ]
    members = [{"assessor_id": one, "lay": False} for one in (ADA, BEN)]
    found = sighted(members, queue)
    assert found.assessors[ADA].to_score == 2
    assert found.wanting == [Wanting("a", DEV, 2, taking_part={ADA}, never={BEN})]
    assert found.hidden == 1


def test_each_refusal_that_somebody_else_would_not_get_is_one_of_the_command() -> None:
    assert {*commands()["assessment.assign"]["refusals"]} >= NOT_THEM
