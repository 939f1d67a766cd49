from dataclasses import replace
from datetime import date

import pytest
from pydantic import TypeAdapter, ValidationError

from domain.pairings.engagement import Engagement
from domain.pairings.suitability import (
    BORDERS,
    ENOUGH,
    FIRST,
    FRONT_OF_THE_QUEUE,
    MONTHS,
    OFTEN,
    SCORES,
    THEMES,
    weights_of,
)
from events import rules
from events.applications import Profile
from events.rules import MOST_IN_A_RUN, Weight
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


def chose(*themes: Theme) -> Profile:
    return Profile(area=Area.DEVON, themes=themes)


def themes(one: Profile, other: Profile) -> tuple[int, int]:
    both = two(one, other)
    return counted("themes.in-common", both), counted("themes.open", both)


def test_two_themes_in_common_are_as_good_as_more() -> None:
    some = (Theme.CARERS, Theme.DIGITAL, Theme.ACCESS)
    assert themes(chose(*some), chose(*some)) == (2, 0)
    assert themes(chose(*some), chose(*some[:2])) == (2, 0)
    assert themes(chose(*some), chose(some[0], Theme.RESEARCH)) == (1, 0)
    assert themes(chose(some[0]), chose(*some)) == (2, 0), "all that one of them chose"
    assert themes(chose(some[0]), chose(Theme.RESEARCH)) == (0, 0)


def test_who_chooses_all_themes_counts_as_who_chooses_none() -> None:
    carers = chose(Theme.CARERS)
    assert themes(chose(*Theme), carers) == themes(chose(), carers) == (0, 1)
    assert themes(chose(*Theme), chose()) == (0, 1)
    weights = weights_of(rules.FIRST)
    assert 2 * weights["themes.open"] == ENOUGH * weights["themes.in-common"]
    assert weights_of(rules.FIRST, {"themes.in-common": 3})["themes.open"] == 3


def test_who_was_left_over_counts_more_than_what_two_have_in_common() -> None:
    one, other = two(DEVON, DEVON)
    assert counted("waiting.left-over", (replace(one, left_over=2), other)) == 2
    often = replace(one, left_over=9), replace(other, left_over=9)
    assert counted("waiting.left-over", often) == 6
    weights = weights_of(rules.FIRST)
    usual = (THEMES, "days.in-common", "area.same", "travel.suits")
    most = 2 * sum(weights[code] for code in usual) + weights["leading.aspiring-with-experienced"]
    assert most < weights["waiting.left-over"]


def test_who_waits_longer_counts_more_up_to_half_a_year() -> None:
    one, other = two(DEVON, DEVON)
    since = replace(one, waits_since=date(2025, 1, 31))
    for day, months in (
        (date(2025, 1, 31), 0),
        (date(2025, 2, 27), 0),
        (date(2025, 2, 28), 1),
        (date(2025, 4, 29), 2),
        (date(2025, 7, 31), 6),
        (date(2027, 1, 31), 6),
        (date(2024, 1, 31), 0),
    ):
        assert counted("waiting.months", (since.on(day), other)) == months, day
    both = since.on(date(2027, 1, 31))
    assert counted("waiting.months", (both, both)) == 2 * MONTHS
    assert counted("waiting.months", (one.on(date(2027, 1, 31)), other)) == 0


def test_rules_of_before_waiting_counted_say_how_much_it_does() -> None:
    said = rules.FIRST.model_dump(mode="json")
    older = {code: it for code, it in said["weights"].items() if code not in rules.CAME_LATER}
    read = rules.ProgrammeRules.model_validate({**said, "weights": older})
    assert weights_of(read) == weights_of(rules.FIRST)
    assert read.model_dump(mode="json")["weights"] == older, "what was signed is as it was"
    with pytest.raises(ValidationError):
        rules.ProgrammeRules.model_validate({**said, "weights": {"waiting.months": 1}})


def test_what_two_have_in_common_counts_each_time() -> None:
    one = Profile(
        area=Area.DEVON,
        themes=(Theme.CARERS, Theme.DIGITAL, Theme.ACCESS),
        days=(Day.MONDAY, Day.FRIDAY),
    )
    other = Profile(area=Area.KENT, themes=(Theme.ACCESS, Theme.CARERS), days=(Day.FRIDAY,))
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


def test_the_front_of_the_queue_outweighs_the_points_of_three_hundred_pairs() -> None:
    heaviest = TypeAdapter(Weight).json_schema()["maximum"]
    weights = weights_of(rules.FIRST)
    most = heaviest * (ENOUGH + ENOUGH + 3 + 2 * OFTEN + 2 * MONTHS)
    assert most * MOST_IN_A_RUN < FRONT_OF_THE_QUEUE == weights[FIRST]
    assert set(weights) == {score.code for score in SCORES}
