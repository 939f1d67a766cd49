"""Who is left over of people who are alike: measured over many seeds; docs/matching.md says it."""

from collections import Counter
from hashlib import sha256

from domain.matching.certificate import matching_of
from domain.matching.worth import scale_of, worths
from events.matching import Inputs, Weighed, WeighedRow
from tests.scenes.cast import AUTUMN
from tests.scenes.given import person
from tests.scenes.runs import solve

ALIKE, PLACES, COHORTS = 6, 4, 600


def left_over(number: int) -> list[str]:
    """Of six who are alike, for four: two are left over."""
    people = [person(f"Patient {one}") for one in range(ALIKE)]
    given = Inputs(
        cohort_id=AUTUMN,
        weights={"area.same": 15},
        weighed=Weighed(
            codes=("area.same",),
            healthcare_leader_ids=tuple(person(f"Healthcare {one}") for one in range(PLACES)),
            kinds=((15,),),
            rows=tuple(
                WeighedRow(patient_leader_id=who, cells=(0,) * PLACES) for who in sorted(people)
            ),
        ),
    )
    seed = sha256(f"{number}".encode()).hexdigest()
    table = worths(given.weighed, scale_of(given.weighed), seed)
    return [one.person_id for one in matching_of(given, seed, solve(table)).unmatched]


def test_each_of_equal_people_is_left_over_as_often() -> None:
    """A third of the time each; by id it would be the last two, always."""
    lost = Counter(who for number in range(COHORTS) for who in left_over(number))
    assert len(lost) == ALIKE
    assert sum(lost.values()) == (ALIKE - PLACES) * COHORTS
    assert all(0.28 < times / COHORTS < 0.39 for times in lost.values()), lost
