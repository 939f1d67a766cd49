"""What speaks for a pair: points that a person can understand, from codes that find nobody."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from types import MappingProxyType
from typing import Any, Final

from domain.pairings.compatibility import Possible
from domain.pairings.engagement import Engagement
from events.matching import Reason
from events.rules import CAME_LATER, ProgrammeRules, WeightCode
from events.terms import Area, Code, Standing, Travel

BORDERS: Final = frozenset(
    frozenset(pair)
    for pair in (
        (Area.CORNWALL, Area.DEVON),
        (Area.DEVON, Area.SOMERSET),
        (Area.DEVON, Area.DORSET),
        (Area.SOMERSET, Area.DORSET),
        (Area.SOMERSET, Area.WILTSHIRE),
        (Area.SOMERSET, Area.BRISTOL),
        (Area.SOMERSET, Area.GLOUCESTERSHIRE),
        (Area.BRISTOL, Area.GLOUCESTERSHIRE),
        (Area.GLOUCESTERSHIRE, Area.WILTSHIRE),
        (Area.GLOUCESTERSHIRE, Area.OXFORDSHIRE),
        (Area.WILTSHIRE, Area.DORSET),
        (Area.WILTSHIRE, Area.HAMPSHIRE),
        (Area.WILTSHIRE, Area.BERKSHIRE),
        (Area.WILTSHIRE, Area.OXFORDSHIRE),
        (Area.DORSET, Area.HAMPSHIRE),
        (Area.HAMPSHIRE, Area.ISLE_OF_WIGHT),
        (Area.HAMPSHIRE, Area.BERKSHIRE),
        (Area.HAMPSHIRE, Area.SURREY),
        (Area.HAMPSHIRE, Area.WEST_SUSSEX),
        (Area.BERKSHIRE, Area.OXFORDSHIRE),
        (Area.BERKSHIRE, Area.BUCKINGHAMSHIRE),
        (Area.BERKSHIRE, Area.SURREY),
        (Area.OXFORDSHIRE, Area.BUCKINGHAMSHIRE),
        (Area.SURREY, Area.WEST_SUSSEX),
        (Area.SURREY, Area.EAST_SUSSEX),
        (Area.SURREY, Area.KENT),
        (Area.WEST_SUSSEX, Area.EAST_SUSSEX),
        (Area.EAST_SUSSEX, Area.KENT),
    )
)
SEVERAL_EXPERIENCES: Final = 2
ENOUGH: Final = 2  # themes, or days, in common; more are no better
A_FEW: Final = 4  # themes that tell what somebody cares about
OFTEN: Final = 3  # times that somebody was left over; more count no more
THEMES: Final = "themes.in-common"
OPEN: Final = "themes.open"
MONTHS: Final = 6  # of waiting; more count no more
LEFT_OVER: Final = "waiting.left-over"
WAITED: Final = "waiting.months"
FIRST: Final = "repairing.first"
# With the heaviest weights a pair has 100 x (2 themes, 2 days, 3, 6 times left over, 12 months), so
# 300 pairs stay below a million: whoever waits for a new partner gets one before points count. By
# the first rules a pair has 60 otherwise, so who was left over once comes next.
FRONT_OF_THE_QUEUE: Final = 1_000_000


Standings = tuple[bool, bool]
"""Whether somebody is new to leading, and whether they are experienced."""


def themes_in_common(one: frozenset[str] | None, other: frozenset[str] | None) -> int:
    """From 0 to 2: whether both care about the same, as far as each has chosen a few themes. Two in
    common are as good as more, and one is as good as two to who chose just one.
    """
    if not (chose_a_few(one) and chose_a_few(other)):
        return 0
    mine, theirs = one or frozenset(), other or frozenset()
    return min(ENOUGH, ENOUGH * len(mine & theirs) // min(ENOUGH, len(mine), len(theirs)))


def open_to_themes(one: frozenset[str] | None, other: frozenset[str] | None) -> int:
    """1 if one of them chose no theme, or so many that it tells nothing: half of what two in common
    count, so that nobody comes off better, or worse, by choosing all or none.
    """
    return int(None not in (one, other) and not (chose_a_few(one) and chose_a_few(other)))


def chose_a_few(themes: frozenset[str] | None) -> bool:
    """Whether somebody chose themes, and not more than tell what they care about."""
    return bool(themes) and len(themes or ()) <= A_FEW


def days_in_common(one: frozenset[str], other: frozenset[str]) -> int:
    """On how many days both can meet; more than two are no better."""
    return min(ENOUGH, len(one & other))


def same_area(one: Area | None, other: Area | None) -> int:
    """1 if both live in one county."""
    return int(one is not None and one is other)


def neighbouring_area(one: Area | None, other: Area | None) -> int:
    """1 if their counties have a border, or a short ferry, in common."""
    return int(frozenset((one, other)) in BORDERS)


def travel_suits(one: Travel | None, other: Travel | None) -> int:
    """1 if one of them can come from far, or both would rather meet online."""
    return int(Travel.REGION in (one, other) or {one, other} - {None} == {Travel.ONLINE})


def aspiring_with_experienced(one: Standings, other: Standings) -> int:
    """1 if one of them is new to leading and the other is not."""
    return int((one[0] and other[1]) or (other[0] and one[1]))


def left_over_before(one: int, other: int) -> int:
    """How often a published run had nobody for them, each at most three times."""
    return one + other


def months_waited(one: int, other: int) -> int:
    """How many full months have gone since a run first had nobody for them, each at most six."""
    return one + other


def waits_first(one: bool, other: bool) -> int:
    """How many of the two lost a partner and are at the front for a new one."""
    return one + other


def _themes(who: Engagement) -> frozenset[str] | None:
    return frozenset(who.profile.themes) if who.profile else None


def days_of(who: Engagement) -> frozenset[str]:
    """The days on which they can meet; none, if they have not said."""
    return frozenset(who.profile.days if who.profile else ())


def _area(who: Engagement) -> Area | None:
    return who.profile.area if who.profile else None


def _travel(who: Engagement) -> Travel | None:
    return who.profile.travel if who.profile else None


def _standings(who: Engagement) -> Standings:
    standing = who.profile.standing if who.profile else None
    if who.profile is None or standing is Standing.ASPIRING:
        return who.profile is not None, False
    return False, standing is Standing.EXPERIENCED or who.experiences >= SEVERAL_EXPERIENCES


def _left_over(who: Engagement) -> int:
    return min(who.left_over, OFTEN)


def _months(who: Engagement) -> int:
    return min(who.months, MONTHS)


def _waits(who: Engagement) -> bool:
    return who.waits_first


@dataclass(frozen=True, slots=True)
class Score:
    """Something that speaks for a pair: the `trait` of each that it goes by, and what two `count`.

    Many people have a trait in common, so what counts between two traits is looked at once.
    """

    code: Code
    trait: Callable[[Engagement], Any]
    count: Callable[[Any, Any], int]

    def between(self, one: Engagement, other: Engagement) -> int:
        """What it counts between two people; never negative."""
        return self.count(self.trait(one), self.trait(other))


SCORES: Final = (
    Score(THEMES, _themes, themes_in_common),
    Score(OPEN, _themes, open_to_themes),
    Score("days.in-common", days_of, days_in_common),
    Score("area.same", _area, same_area),
    Score("area.neighbouring", _area, neighbouring_area),
    Score("travel.suits", _travel, travel_suits),
    Score("leading.aspiring-with-experienced", _standings, aspiring_with_experienced),
    Score(LEFT_OVER, _left_over, left_over_before),
    Score(WAITED, _months, months_waited),
    Score(FIRST, _waits, waits_first),
)
CODES: Final = tuple(score.code for score in SCORES)


def weights_of(
    numbers: ProgrammeRules, said: Mapping[WeightCode, int] = MappingProxyType({})
) -> Mapping[Code, int]:
    """What each score counts by the rules, unless it is `said` otherwise.

    Whoever waits for a new partner comes first, whatever anybody says.
    """
    every = {**CAME_LATER, **numbers.weights, **said}
    weights = {str(code): weight for code, weight in every.items()}
    return {**weights, OPEN: weights[THEMES], FIRST: FRONT_OF_THE_QUEUE}


def points(pair: Possible, weights: Mapping[Code, int]) -> tuple[int, ...]:
    """What each score gives the pair, in the order of `SCORES`; never negative."""
    one, other = pair.patient_leader.engagement, pair.healthcare_leader.engagement
    return tuple(weights[score.code] * score.between(one, other) for score in SCORES)


def reasons(codes: tuple[Code, ...], given: tuple[int, ...]) -> tuple[Reason, ...]:
    """The points that are more than none, each with its code."""
    found = zip(codes, given, strict=True)
    return tuple(Reason(code=code, points=some) for code, some in found if some)


def reasons_for(pair: Possible, numbers: ProgrammeRules, day: date) -> tuple[Reason, ...]:
    """What speaks for a pair by the rules, on a day."""
    return reasons(CODES, points(pair.on(day), weights_of(numbers)))
