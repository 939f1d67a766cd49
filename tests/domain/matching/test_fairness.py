"""Who is left over of people who are alike: measured over many seeds; docs/matching.md says it."""

from collections import Counter
from hashlib import sha256
from random import Random

from domain.matching.certificate import matching_of
from domain.matching.worth import scale_of, worths
from domain.pairings.compatibility import Circle, Leader, Possible
from domain.pairings.engagement import Engagement
from domain.pairings.suitability import points, weights_of
from events.applications import Profile
from events.matching import Inputs, Weighed, WeighedRow
from events.rules import FIRST
from events.terms import Area, Day, Side, Theme
from tests.scenes.cast import AUTUMN
from tests.scenes.given import person
from tests.scenes.runs import solve

ALIKE, PLACES, COHORTS = 6, 4, 600
TICKED = {"none": (0,), "one or two": (1, 2), "three or four": (3, 4), "all": (12,)}
COMING, WANTED, TIMES = 12, 10, 250


def left_over(number: int) -> list[str]:
    """Of six who are alike, for four: two are left over."""
    people = [person(f"Patient {one}") for one in range(ALIKE)]
    given = Inputs(
        cohort_id=AUTUMN,
        weights={"area.same": 15},
        common_days=1,
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


def somebody(side: Side, number: int, ticks: int, chance: Random) -> Leader:
    """In one of six counties, on some days, with so many themes, by chance."""
    who = person(f"{side} {number}")
    profile = Profile(
        area=chance.choice(list(Area)[:6]),
        themes=tuple(chance.sample(list(Theme), min(ticks, len(Theme)))),
        days=tuple(chance.sample(list(Day), chance.randint(2, 5))),
    )
    return Leader(who, Engagement(AUTUMN, who, side=side, profile=profile), Circle(who))


def passed_over(number: int) -> tuple[list[str], list[str]]:
    """How much those ticked who come to a cohort with too few partners, and who are left over."""
    chance, weights = Random(number), weights_of(FIRST)
    ticked = [chance.choice(list(TICKED)) for _ in range(COMING)]
    ours = [
        somebody(Side.PATIENT_LEADER, one, chance.choice(TICKED[how]), chance)
        for one, how in enumerate(ticked)
    ]
    theirs = [
        somebody(Side.HEALTHCARE_LEADER, one, chance.choice((0, 1, 2, 2, 3, 3, 4, 6, 12)), chance)
        for one in range(WANTED)
    ]
    cells = [[sum(points(Possible(one, other), weights)) for other in theirs] for one in ours]
    table = tuple(
        [(10_000 + cell) * 2**30 + chance.randrange(2**24) for cell in row] for row in cells
    )
    columns = solve(table).columns
    return ticked, [how for how, column in zip(ticked, columns, strict=True) if column is None]


def test_nobody_gains_by_ticking_everything() -> None:
    """Two of twelve are left over, so one in six; whoever ticked nothing, or all, is no better off,
    and no worse, by more than a few in a hundred.
    """
    came, lost = Counter[str](), Counter[str]()
    for number in range(TIMES):
        ticked, left = passed_over(number)
        came.update(ticked)
        lost.update(left)
    rates = {how: lost[how] / came[how] for how in TICKED}
    assert all(0.11 < rate < 0.23 for rate in rates.values()), rates
    assert rates["all"] > rates["three or four"] - 0.02, rates
