from pydantic import TypeAdapter

from domain.pairings.engagement import Engagement
from domain.pairings.suitability import (
    BORDERS,
    FIRST,
    FRONT_OF_THE_QUEUE,
    SCORES,
    aspiring_with_experienced,
    days_in_common,
    neighbouring_area,
    same_area,
    themes_in_common,
    travel_suits,
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


DEVON, KENT = Profile(area=Area.DEVON), Profile(area=Area.KENT)


def test_what_two_have_in_common_counts_each_time() -> None:
    one = Profile(
        area=Area.DEVON,
        themes=(Theme.CARERS, Theme.DIGITAL, Theme.ACCESS),
        days=(Day.MONDAY, Day.FRIDAY),
    )
    other = Profile(area=Area.KENT, themes=(Theme.ACCESS, Theme.CARERS), days=(Day.FRIDAY,))
    assert themes_in_common(*two(one, other)) == 2
    assert days_in_common(*two(one, other)) == 1


def test_one_county_is_near_and_the_next_one_nearly() -> None:
    assert (same_area(*two(DEVON, DEVON)), neighbouring_area(*two(DEVON, DEVON))) == (1, 0)
    cornwall = Profile(area=Area.CORNWALL)
    assert (same_area(*two(DEVON, cornwall)), neighbouring_area(*two(cornwall, DEVON))) == (0, 1)
    assert (same_area(*two(DEVON, KENT)), neighbouring_area(*two(DEVON, KENT))) == (0, 0)


def test_every_county_has_a_neighbour() -> None:
    assert {area for border in BORDERS for area in border} == set(Area)
    assert all(len(border) == 2 for border in BORDERS)


def test_who_travels_far_suits_everybody_and_who_meets_online_suits_the_same() -> None:
    online = Profile(area=Area.DEVON, travel=Travel.ONLINE)
    far = Profile(area=Area.KENT, travel=Travel.REGION)
    assert travel_suits(*two(online, far))
    assert travel_suits(*two(online, online))
    assert not travel_suits(*two(online, KENT))


def test_an_aspiring_leader_gets_an_experienced_partner() -> None:
    aspiring = Profile(area=Area.DEVON, standing=Standing.ASPIRING)
    experienced = Profile(area=Area.DEVON, standing=Standing.EXPERIENCED)
    assert aspiring_with_experienced(*two(aspiring, experienced))
    assert aspiring_with_experienced(*two(experienced, aspiring))
    assert aspiring_with_experienced(*two(aspiring, DEVON, experiences=2))
    assert not aspiring_with_experienced(*two(aspiring, DEVON, experiences=1))
    assert not aspiring_with_experienced(*two(aspiring, aspiring, experiences=9))


def test_somebody_without_a_profile_counts_for_nothing_and_is_not_left_out() -> None:
    assert [measure(*two(None, DEVON)) for _, measure in SCORES] == [0] * len(SCORES)
    assert [measure(*two(None, None)) for _, measure in SCORES] == [0] * len(SCORES)


def test_the_front_of_the_queue_outweighs_the_points_of_a_hundred_pairs() -> None:
    heaviest = TypeAdapter(Weight).json_schema()["maximum"]
    weights = weights_of(rules.FIRST)
    most = heaviest * (len(Theme) + len(Day) + len(SCORES))
    assert most * 100 < FRONT_OF_THE_QUEUE == weights[FIRST]
    assert set(weights) == {code for code, _ in SCORES}
