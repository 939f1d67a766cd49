"""What speaks for a pair: points that a person can understand, from codes that find nobody."""

from collections.abc import Callable, Mapping
from typing import Final

from domain.pairings.compatibility import Possible
from domain.pairings.engagement import Engagement
from events.matching import Reason
from events.rules import ProgrammeRules
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


def themes_in_common(one: Engagement, other: Engagement) -> int:
    """How many themes both care about."""
    return len(_set(one, "themes") & _set(other, "themes"))


def days_in_common(one: Engagement, other: Engagement) -> int:
    """On how many days both can meet."""
    return len(_set(one, "days") & _set(other, "days"))


def same_area(one: Engagement, other: Engagement) -> int:
    """1 if both live in one county."""
    return int(len(_areas(one, other)) == 1)


def neighbouring_area(one: Engagement, other: Engagement) -> int:
    """1 if their counties have a border, or a short ferry, in common."""
    return int(_areas(one, other) in BORDERS)


def travel_suits(one: Engagement, other: Engagement) -> int:
    """1 if one of them can come from far, or both would rather meet online."""
    ways = {who.profile.travel for who in (one, other) if who.profile}
    return int(Travel.REGION in ways or ways == {Travel.ONLINE})


def aspiring_with_experienced(one: Engagement, other: Engagement) -> int:
    """1 if one of them is new to leading and the other is not."""
    return int(
        (_is_aspiring(one) and _is_experienced(other))
        or (_is_aspiring(other) and _is_experienced(one))
    )


def waits_first(one: Engagement, other: Engagement) -> int:
    """How many of the two lost a partner and are at the front for a new one."""
    return one.waits_first + other.waits_first


def _set(who: Engagement, trait: str) -> frozenset[str]:
    return frozenset(getattr(who.profile, trait, ()))


def _areas(one: Engagement, other: Engagement) -> frozenset[Area]:
    known = [who.profile.area for who in (one, other) if who.profile]
    return frozenset(known) if len(known) > 1 else frozenset()


def _is_aspiring(who: Engagement) -> bool:
    return who.profile is not None and who.profile.standing is Standing.ASPIRING


def _is_experienced(who: Engagement) -> bool:
    if who.profile is None or who.profile.standing is Standing.ASPIRING:
        return False
    return who.profile.standing is Standing.EXPERIENCED or who.experiences >= SEVERAL_EXPERIENCES


SCORES: Final[tuple[tuple[Code, Callable[[Engagement, Engagement], int]], ...]] = (
    ("themes.in-common", themes_in_common),
    ("days.in-common", days_in_common),
    ("area.same", same_area),
    ("area.neighbouring", neighbouring_area),
    ("travel.suits", travel_suits),
    ("leading.aspiring-with-experienced", aspiring_with_experienced),
    ("repairing.first", waits_first),
)
FIRST: Final = "repairing.first"
# With the heaviest weights a pair has 100 x (12 themes + 6 days + 3) points, so 80 pairs
# stay far below this: whoever waits for a new partner gets one before points count.
FRONT_OF_THE_QUEUE: Final = 1_000_000


def weights_of(numbers: ProgrammeRules) -> Mapping[Code, int]:
    """What each score counts by the rules; whoever waits for a new partner comes first."""
    said = {str(code): weight for code, weight in numbers.weights.items()}
    return {**said, FIRST: FRONT_OF_THE_QUEUE}


def points(pair: Possible, weights: Mapping[Code, int]) -> tuple[int, ...]:
    """What each score gives the pair, in the order of `SCORES`; never negative."""
    one, other = pair.patient_leader.engagement, pair.healthcare_leader.engagement
    return tuple(weights[code] * measure(one, other) for code, measure in SCORES)


def reasons(codes: tuple[Code, ...], given: tuple[int, ...]) -> tuple[Reason, ...]:
    """The points that are more than none, each with its code."""
    found = zip(codes, given, strict=True)
    return tuple(Reason(code=code, points=some) for code, some in found if some)


def reasons_for(pair: Possible, numbers: ProgrammeRules) -> tuple[Reason, ...]:
    """What speaks for a pair by the rules."""
    return reasons(tuple(code for code, _ in SCORES), points(pair, weights_of(numbers)))
