"""What a walk finds and is known: what is still to be mended, strictly. Somebody makes each of
these mistakes in every run (mistakes.py), so what is not found any more must be taken out.
"""

from typing import Final, NamedTuple

from tests.walk.findings import DIRECTION, FOLLOWS


class Expected(NamedTuple):
    """A finding that is known: of which kind it is, and why it comes about."""

    name: str
    kind: str
    reason: str


DECIDES_FOR_ANOTHER: Final = "one person decides what another one wants"
CONCERN: Final = "a concern changes nothing"
CHECKED_ONCE: Final = "a rule that is checked once must hold on"
ONE_SIDE: Final = "a fact that only one side may state"
AFTERWARDS: Final = "what parts two later is not looked at"
NOT_ASKED_BY_ALL: Final = "a state that not everybody asks"
TWO_CONTEXTS: Final = "a rule over two cohorts"
THEMSELVES: Final = "nobody compares the actor with the person concerned"
ORPHANED: Final = "a project is orphaned"
FROM_BEFORE: Final = "people's time is counted from a moment that they could not know"
IDLE: Final = "somebody waits beside what is free"
FUTURE: Final = "what is still to come is recorded"

EXPECTED: Final = (
    Expected(
        "pairings.names-only-themselves",
        DECIDES_FOR_ANOTHER,
        "whoever ends a pairing as a participant may name the other one as the leaver",
    ),
    Expected(
        "pairings.who-leaves-gives-up-the-place",
        DECIDES_FOR_ANOTHER,
        "to leave the programme ends the pairing, and leaves the place as it is",
    ),
    Expected(
        "pairings.who-stays-comes-first",
        DECIDES_FOR_ANOTHER,
        "whoever names themselves as the leaver stays on the cohort, beside a partner who was"
        " erased",
    ),
    Expected(
        "pairings.held-out-over-a-concern",
        CONCERN,
        "after an end over a concern both are put in line, and the next run pairs both",
    ),
    Expected(
        "pairings.held-out-over-a-declared-concern",
        CONCERN,
        "somebody about whom a concern was declared is kept from nobody else",
    ),
    Expected(
        "pairings.watched-as-long-as-it-lasts",
        CHECKED_ONCE,
        "a tie that begins while two lead together is noted, and nothing follows",
    ),
    Expected(
        "assessments.still-enough-at-the-release",
        CHECKED_ONCE,
        "a tie that is declared after a decision leaves the decision as it is",
    ),
    Expected(
        "workshops.pair-books-together",
        CHECKED_ONCE,
        "who waits as one of a pair is promised a place as such, also when the other one gave"
        " theirs back and waits alone now",
    ),
    Expected(
        DIRECTION,
        ONE_SIDE,
        "a patient can't say who treats them: the other order is stored",
    ),
    Expected(
        "pairings.never-again-after-completing",
        AFTERWARDS,
        "who parted over the relationship after the programme may be proposed again",
    ),
    Expected(
        "cohorts.nothing-goes-on-when-cancelled",
        NOT_ASKED_BY_ALL,
        "most decisions do not ask whether their cohort was cancelled",
    ),
    Expected(
        "projects.time-rests-with-the-pair",
        NOT_ASKED_BY_ALL,
        "what is due of a milestone does not ask whether a pair leads it just now",
    ),
    Expected(
        "pairings.one-in-all-cohorts",
        TWO_CONTEXTS,
        "whether somebody is free is asked of one cohort alone",
    ),
    Expected(
        "assessments.nobody-on-themselves",
        THEMSELVES,
        "a co-chair may decide on their own application",
    ),
    Expected(
        "projects.new-pair-follows-the-project",
        ORPHANED,
        "of two lost partners the older pairing is followed, which may have had no project",
    ),
    Expected(
        "projects.goes-on-with-who-stays",
        ORPHANED,
        "the running project stays with the pairing that ended",
    ),
    Expected(
        "pairings.time-to-say-yes",
        FROM_BEFORE,
        "a proposal that is entered for an earlier day may be over before it is heard of",
    ),
    Expected(
        "offers.time-to-answer",
        FROM_BEFORE,
        "decisions that are released for an earlier day leave no time to answer",
    ),
    Expected(
        "offers.nobody-waits-beside-a-free-place",
        IDLE,
        "whoever comes on the list beside a free place is asked only when another comes free",
    ),
    Expected(
        f"{FOLLOWS}:reserve.promote",
        IDLE,
        "as above",
    ),
    Expected(
        "workshops.nobody-waits-beside-a-free-place",
        IDLE,
        "two who waited for two places wait each alone once they part, and nobody is asked",
    ),
    Expected(
        f"{FOLLOWS}:workshop.offer-held-places",
        IDLE,
        "as above",
    ),
    Expected(
        "workshops.no-attendance-of-the-future",
        FUTURE,
        "a scan of later the same day is taken in",
    ),
)
NAMES: Final = frozenset(one.name for one in EXPECTED)
