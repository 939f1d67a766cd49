"""The states of each thing as drawings: from which one it comes to which, and what moves it.

The steps are those that the judge of a log holds it to (`domain/invariants/`), so a drawing can't
show one that would be a finding. Those of a cohort, and some of a place, it judges by more than the
state before, so they stand here. What puts a step right is drawn as a way back.
"""

from collections.abc import Iterator, Mapping
from functools import cache
from typing import Final, NamedTuple

from domain.catalogue import COMMANDS, INSIDE
from domain.invariants import applications, offers, projects, proposals, workshops
from domain.invariants.chronicle.pairs import STATES as PAIRINGS
from domain.invariants.chronicle.places import HOLDS, STAGES, TAKES_A_PLACE
from domain.invariants.chronicle.projects import STATUS
from events.applications import ApplicationReinstated, ApplicationWithdrawn
from events.cohorts import (
    ApplicationsClosed,
    ApplicationsOpened,
    CohortCancelled,
    CohortCompleted,
    CohortCompletionTakenBack,
    CohortPlanAmended,
    CohortStarted,
    CohortStartTakenBack,
    DecisionsReleased,
)
from events.event import Event
from events.offers import (
    ApplicationDeclined,
    OfferDeclined,
    OfferLapsed,
    OfferMade,
    OfferReopened,
    OfferWithdrawn,
    PlaceGivenBack,
    ReserveEnded,
    ReserveListed,
)
from events.pairings import PairingCompleted, PairingEnded, PairingPaused, PairingStepTakenBack
from events.projects import ProjectCompleted, ProjectStopped, ProjectTakenUpAgain
from services.handbook.code import classes_in

Fact = type[Event]
BEGINS: Final = "[*]"
LOST: Final = frozenset({"turned-down", "lapsed", "taken-back", "given-up"})
MANY: Final = 3  # commands that a step is labelled with; of more the fact is named


class Drawn(NamedTuple):
    """A thing: in which state it begins, to which state each fact brings it, from which states, and
    by which fact a step is taken back that was a slip.
    """

    name: str
    begins: str
    to: Mapping[Fact, str]
    since: Mapping[Fact, frozenset[str]]
    back: Mapping[Fact, Fact]


GOING_ON: Final = frozenset({"planned", "open", "closed", "released", "started"})
COHORT: Final = Drawn(
    "Cohort",
    "planned",
    {
        ApplicationsOpened: "open",
        ApplicationsClosed: "closed",
        DecisionsReleased: "released",
        CohortStarted: "started",
        CohortCompleted: "completed",
        CohortCancelled: "cancelled",
    },
    {
        ApplicationsOpened: frozenset({"planned"}),
        ApplicationsClosed: frozenset({"open"}),
        DecisionsReleased: frozenset({"open", "closed"}),
        CohortStarted: frozenset({"released"}),
        CohortCompleted: frozenset({"started"}),
        CohortCancelled: GOING_ON,
    },
    {
        ApplicationsClosed: CohortPlanAmended,
        CohortStarted: CohortStartTakenBack,
        CohortCompleted: CohortCompletionTakenBack,
    },
)
APPLICATION: Final = Drawn(
    "Application", "draft", STAGES, applications.FROM, {ApplicationWithdrawn: ApplicationReinstated}
)
PLACE: Final = Drawn(
    "What an application holds",
    "nothing",
    HOLDS,
    {
        **offers.FROM,
        OfferMade: frozenset({"nothing", "reserve", "declined", "not-reached", *LOST}),
        ReserveListed: frozenset({"nothing", "declined", *LOST}),
        ApplicationDeclined: frozenset({"nothing", "reserve", "not-reached", *LOST}),
        ApplicationWithdrawn: frozenset({"reserve", *TAKES_A_PLACE}),
        ReserveEnded: frozenset({"reserve"}),
        PlaceGivenBack: frozenset({"given-up"}),
    },
    dict.fromkeys((OfferDeclined, OfferLapsed, OfferWithdrawn), OfferReopened),
)
PAIRING: Final = Drawn(
    "Pairing",
    "proposed",
    PAIRINGS,
    proposals.FROM,
    dict.fromkeys((PairingPaused, PairingEnded, PairingCompleted), PairingStepTakenBack),
)
PROJECT: Final = Drawn(
    "Project",
    "proposed",
    STATUS,
    projects.FROM,
    dict.fromkeys((ProjectCompleted, ProjectStopped), ProjectTakenUpAgain),
)
AT_A_WORKSHOP: Final = Drawn(
    "Somebody's place on a workshop",
    "nothing",
    {fact: new for fact, (new, _) in workshops.STEPS.items()},
    {fact: since for fact, (_, since) in workshops.STEPS.items()},
    {},
)
THINGS: Final = (COHORT, APPLICATION, PLACE, PAIRING, PROJECT, AT_A_WORKSHOP)


def drawings() -> Iterator[str]:
    """A heading and a drawing for each thing."""
    for thing in THINGS:
        yield f"### {thing.name}\n"
        yield "```mermaid"
        yield "stateDiagram-v2"
        yield from (f"    {line}" for line in dict.fromkeys(_steps(thing)))
        yield "```\n"


def _steps(thing: Drawn) -> Iterator[str]:
    yield f"{BEGINS} --> {_named(thing.begins)}"
    for fact, new in thing.to.items():
        for before in sorted(thing.since.get(fact, ())):
            if before != new:
                yield f"{_named(before)} --> {_named(new)}: {_moved_by(fact)}"
            if fact in thing.back and before != new:
                yield f"{_named(new)} --> {_named(before)}: back by {_moved_by(thing.back[fact])}"


def _named(state: str) -> str:
    return state.replace("-", "_")


@cache
def _made_by() -> Mapping[Fact, tuple[str, ...]]:
    found: dict[Fact, tuple[str, ...]] = {}
    for name, kind in (*COMMANDS.items(), *INSIDE.items()):
        for fact in classes_in(kind, Event):
            found[fact] = (*found.get(fact, ()), name)
    return found


def _moved_by(fact: Fact) -> str:
    names = _made_by().get(fact, ())
    return ", ".join(names) if 0 < len(names) <= MANY else str(fact.name)
