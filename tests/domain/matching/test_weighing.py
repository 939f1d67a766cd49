"""What a run weighs quickly is what each rule and each score says of each pair."""

from datetime import date, timedelta
from random import Random

import pytest

from domain.matching.weighing import NO_COMMON_DAY, WeighsBy, inputs, known_of, leaders
from domain.pairings.compatibility import Possible, forbidden
from domain.pairings.engagement import Pool
from domain.pairings.suitability import days_of, points, weights_of
from events.applications import Profile
from events.event import Event
from events.ids import PersonId
from events.matching import PairForbidden
from events.people import PersonErased, RelationshipDeclared
from events.rules import FIRST
from events.terms import Area, Day, Relationship, Side, Standing, Theme, Travel
from tests.scenes.cast import AUTUMN, HEALTHCARE, PATIENT, opened
from tests.scenes.given import Sharing, person
from tests.scenes.pairs import place
from tests.scenes.runs import left_over

OURS = [person(f"Patient {number}") for number in range(7)]
THEIRS = [person(f"Healthcare {number}") for number in range(6)]
OTHERS = [person(f"Elsewhere {number}") for number in range(2)]


TODAY = date(2025, 3, 1)


def profile(chance: Random) -> Profile:
    return Profile(
        area=chance.choice(list(Area)),
        themes=tuple(chance.sample(list(Theme), chance.randint(0, 6))),
        days=tuple(chance.sample(list(Day), chance.randint(0, 3))),
        travel=chance.choice(list(Travel)),
        standing=chance.choice([None, *Standing]),
    )


def cohort(chance: Random) -> list[Event]:
    """People who stand to each other in many ways, also by way of others; one was erased."""
    facts = [*opened()]
    for side, people in ((PATIENT, OURS), (HEALTHCARE, THEIRS)):
        for who in people:
            facts += place(who, side, profile(chance))
    everybody: list[PersonId] = [*OURS, *THEIRS, *OTHERS]
    for _ in range(14):
        one, other = chance.sample(everybody, 2)
        kind = chance.choice(list(Relationship))
        facts.append(RelationshipDeclared(person_id=one, other_id=other, kind=kind))
    for _ in range(3):
        two = {
            "patient_leader_id": chance.choice(OURS),
            "healthcare_leader_id": chance.choice(THEIRS),
        }
        facts.append(PairForbidden.model_validate({"cohort_id": AUTUMN, **two, "reason": "other"}))
    for who, side in (*((one, PATIENT) for one in OURS), *((one, HEALTHCARE) for one in THEIRS)):
        if chance.random() < 0.3:
            left_on = chance.choice([None, TODAY - timedelta(days=chance.randint(0, 300))])
            facts.append(left_over(who, side, left_on))
    facts.append(PersonErased(person_id=OTHERS[0]))
    return facts


@pytest.mark.parametrize("seed", range(12))
def test_each_cell_is_what_the_rules_and_the_scores_say(seed: int) -> None:
    know = Sharing(cohort(Random(seed)))
    pool, weights = know(Pool(AUTUMN)), weights_of(FIRST)
    known = known_of(know, pool)
    weighed = inputs(AUTUMN, pool, known, WeighsBy(weights, FIRST.common_days, TODAY)).weighed
    ours, theirs = (leaders(pool, known, side) for side in Side)
    assert [row.patient_leader_id for row in weighed.rows] == [one.person_id for one in ours]
    met = set()
    for one, row in zip(ours, weighed.rows, strict=True):
        for other, cell in zip(theirs, row.cells, strict=True):
            pair = Possible(one, other).on(TODAY)
            mine, theirs_ = days_of(one.engagement), days_of(other.engagement)
            never = NO_COMMON_DAY if mine and theirs_ and not mine & theirs_ else None
            assert weighed.kinds[cell] == (forbidden(pair) or never or points(pair, weights))
            met.add(isinstance(weighed.kinds[cell], str))
    assert met == {True, False}
