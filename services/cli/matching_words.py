"""What a matching run says, in words: what speaks for two, what keeps them apart, why somebody is
left over, and what would be otherwise.
"""

from collections.abc import Iterable, Mapping
from typing import Any, Final

from domain.matching.explanation import Explanation, Verdict
from events.matching import Reason

SPEAKS: Final = {
    "themes.in-common": "themes in common",
    "themes.open": "one of them is open to all themes",
    "days.in-common": "days in common",
    "area.same": "the same county",
    "area.neighbouring": "counties that border",
    "travel.suits": "how they can meet",
    "leading.aspiring-with-experienced": "one is new to leading, the other is not",
    "waiting.left-over": "left over before",
    "repairing.first": "waits for a new partner",
}
FORBIDS: Final = {
    "rule.same-person": "nobody leads with themselves",
    "rule.treats": "one treats the other",
    "rule.treats-family": "one treats the other's family",
    "rule.one-family": "they are family",
    "rule.one-household": "they live together",
    "rule.manages": "one manages the other",
    "rule.one-team": "they work in one team",
    "rule.asked-before": "they were asked before, or led together, and not both wish it again",
    "rule.no-common-day": "they have too few days in common",
    "rule.locked-with-another": "one of them is locked with somebody else",
    "team": "the team has a reason",
}
LOCKS: Final = {
    "asked-by-both": "both asked for it",
    "work-in-hand": "they have work in hand",
    "team": "the team has a reason",
    "other": "another reason",
}
LOST: Final = {
    "lock.not-free": "one of them has no place, or is not free",
    "lock.with-another": "one of them is locked with somebody else too",
}
LEFT: Final = {
    "unpaired.no-allowed-partner": "a rule forbids every pair",
    "unpaired.more-on-your-side": "there are more on their side",
    "unpaired.partners-taken": "all who are left are kept apart from them, or better elsewhere",
    "unpaired.leads-elsewhere": "leads in another cohort",
    "unpaired.team-looks-first": "the team looks at something first",
}


def speaking(reasons: Iterable[Reason]) -> str:
    """What speaks for two, each with its points."""
    found = [f"{SPEAKS.get(one.code, one.code)} {one.points}" for one in reasons]
    return ", ".join(found) or "nothing in particular"


def locked(lock: Mapping[str, Any]) -> str:
    """Why two were to lead together, and why that could not be, if so."""
    why = LOCKS.get(lock["reason"], lock["reason"])
    if (lost := lock["lost"]) is None:
        return f"locked: {why}"
    return f"locked ({why}), but not taken: {LOST.get(lost) or FORBIDS.get(lost, lost)}"


def otherwise(found: Explanation) -> str:
    """What would be, or why it can't be, if two were a pair."""
    match found.answer:
        case Verdict.TOGETHER:
            return "chosen"
        case Verdict.FORBIDDEN:
            return f"kept apart: {FORBIDS.get(found.rule or '', found.rule)}"
        case Verdict.NOT_WEIGHED:
            return "not weighed: both must be free in this cohort, and on different sides"
        case Verdict.AS_GOOD:
            return "as good for all together: chance decided"
    return f"all together would have {_fewer(found)}"


def _fewer(found: Explanation) -> str:
    """What is lost; with fewer pairs there may be more points."""
    pairs, points = found.fewer_pairs, found.fewer_points
    few = [f"{pairs} pair{'s' * (pairs != 1)} fewer"] if pairs else []
    if points:
        few.append(
            f"{abs(points)} point{'s' * (abs(points) != 1)} {'fewer' if points > 0 else 'more'}"
        )
    return " and ".join(few)
