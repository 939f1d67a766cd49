from pydantic import TypeAdapter

from domain.pairings.engagement import Engagement
from domain.pairings.suitability import (
    BORDERS,
    FIRST,
    FRONT_OF_THE_QUEUE,
    SCORES,
    weights_of,
)
from events import rules
from events.applications import Profile
from events.rules import Weight
from events.terms import Area, Day, Standing, Theme, Travel
from tests.scenes.cast import ADA, AUTUMN, BEN


def two(
    one: Profile | None, other: Profile | None, experiences: int = 1
) -> tuple[Engagement, Engagement]:
    return (
        Engagement(AUTUMN, ADA, profile=one),
        Engagement(AUTUMN, BEN, profile=other, experiences=experiences),
    )


def counted(code: str, both: tuple[Engagement, Engagement]) -> int:
    return next(score for score in SCORES if score.code == code).between(*both)


DEVON, KENT = Profile(area=Area.DEVON), Profile(area=Area.KENT)


def test_what_two_have_in_common_counts_each_time() -> None:
    one = Profile(
        area=Area.DEVON,
        themes=(Theme.CARERS, Theme.DIGITAL, Theme.ACCESS),
        days=(Day.MONDAY, Day.FRIDAY),
    )
    other = Profile(area=Area.KENT, themes=(Theme.ACCESS, Theme.CARERS), days=(Day.FRIDAY,))
    assert counted("themes.in-common", two(one, other)) == 2
    assert counted("days.in-common", two(one, other)) == 1


def nearness(both: tuple[Engagement, Engagement]) -> tuple[int, int]:
    return counted("area.same", both), counted("area.neighbouring", both)


def test_one_county_is_near_and_the_next_one_nearly() -> None:
    cornwall = Profile(area=Area.CORNWALL)
    assert nearness(two(DEVON, DEVON)) == (1, 0)
    assert nearness(two(DEVON, cornwall)) == nearness(two(cornwall, DEVON)) == (0, 1)
    assert nearness(two(DEVON, KENT)) == (0, 0)


def test_every_county_has_a_neighbour() -> None:
    assert {area for border in BORDERS for area in border} == set(Area)
    assert all(len(border) == 2 for border in BORDERS)


def test_who_travels_far_suits_everybody_and_who_meets_online_suits_the_same() -> None:
    online = Profile(area=Area.DEVON, travel=Travel.ONLINE)
    far = Profile(area=Area.KENT, travel=Travel.REGION)
    assert counted("travel.suits", two(online, far))
    assert counted("travel.suits", two(online, online))
    assert not counted("travel.suits", two(online, KENT))


def test_an_aspiring_leader_gets_an_experienced_partner() -> None:
    aspiring = Profile(area=Area.DEVON, standing=Standing.ASPIRING)
    experienced = Profile(area=Area.DEVON, standing=Standing.EXPERIENCED)
    assert counted("leading.aspiring-with-experienced", two(aspiring, experienced))
    assert counted("leading.aspiring-with-experienced", two(experienced, aspiring))
    assert counted("leading.aspiring-with-experienced", two(aspiring, DEVON, experiences=2))
    assert not counted("leading.aspiring-with-experienced", two(aspiring, DEVON, experiences=1))
    assert not counted("leading.aspiring-with-experienced", two(aspiring, aspiring, experiences=9))


def test_somebody_without_a_profile_counts_for_nothing_and_is_not_left_out() -> None:
    assert [score.between(*two(None, DEVON)) for score in SCORES] == [0] * len(SCORES)
    assert [score.between(*two(None, None)) for score in SCORES] == [0] * len(SCORES)


def test_the_front_of_the_queue_outweighs_the_points_of_a_hundred_pairs() -> None:
    heaviest = TypeAdapter(Weight).json_schema()["maximum"]
    weights = weights_of(rules.FIRST)
    most = heaviest * (len(Theme) + len(Day) + len(SCORES))
    assert most * 100 < FRONT_OF_THE_QUEUE == weights[FIRST]
    assert set(weights) == {score.code for score in SCORES}
