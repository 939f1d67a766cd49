"""How many people of one side came how far: the numbers of the cohort's board."""

from collections import Counter
from collections.abc import Iterable
from typing import Final

from events.ids import PersonId
from events.terms import Side
from projections.pairing_states import BoardState, ProjectOnBoard
from projections.projection import Part
from projections.stages import WAY, ApplicantProgress, ApplicantStage

TOGETHER: Final = frozenset({BoardState.ACTIVE, BoardState.PAUSED, BoardState.HELD})
COMPLETED: Final = frozenset({BoardState.COMPLETED, BoardState.CONTINUING, BoardState.CLOSED})


class Applicant(Part):
    """One application as far as it is counted."""

    person_id: PersonId
    side: Side
    progress: ApplicantProgress
    trained: bool = False


class Funnel(Part):
    """One side of a cohort in numbers.

    From `started` to `confirmed`: how many applications ever came as far. From `ineligible` to
    `on_the_cohort`: how many stand there now. `paired` are the people of this side whose pairing
    was activated and has not ended, completed ones included; `projects` are those not stopped.
    What is counted in pairs has the same number on both sides.
    """

    started: int = 0
    submitted: int = 0
    eligible: int = 0
    offered: int = 0
    accepted: int = 0
    confirmed: int = 0
    ineligible: int = 0
    withdrawn: int = 0
    open_offers: int = 0
    reserve: int = 0
    declined: int = 0
    offer_declined: int = 0
    lapsed: int = 0
    offer_withdrawn: int = 0
    given_up: int = 0
    not_reached: int = 0
    on_the_cohort: int = 0
    proposed: int = 0
    paired: int = 0
    training_completed: int = 0
    projects: int = 0
    completed_pairings: int = 0
    continuing: int = 0


NOW: Final = {
    ApplicantStage.INELIGIBLE: "ineligible",
    ApplicantStage.WITHDRAWN: "withdrawn",
    ApplicantStage.OFFERED: "open_offers",
    ApplicantStage.RESERVE: "reserve",
    ApplicantStage.DECLINED: "declined",
    ApplicantStage.OFFER_DECLINED: "offer_declined",
    ApplicantStage.LAPSED: "lapsed",
    ApplicantStage.OFFER_WITHDRAWN: "offer_withdrawn",
    ApplicantStage.GIVEN_UP: "given_up",
    ApplicantStage.NOT_REACHED: "not_reached",
    ApplicantStage.CONFIRMED: "on_the_cohort",
}


def counted(
    applicants: Iterable[Applicant],
    pairings: Iterable[BoardState],
    projects: Iterable[ProjectOnBoard],
) -> Funnel:
    """The numbers of one side from its applicants and from all pairings and projects."""
    mine = tuple(applicants)
    pairs = Counter(pairings)
    completed = sum(pairs[state] for state in COMPLETED)
    return Funnel(
        **_ever(mine),
        **_now(mine),
        proposed=pairs[BoardState.PROPOSED],
        paired=sum(pairs[state] for state in TOGETHER) + completed,
        training_completed=len({one.person_id for one in mine if one.trained}),
        projects=sum(state is not ProjectOnBoard.STOPPED for state in projects),
        completed_pairings=completed,
        continuing=pairs[BoardState.CONTINUING],
    )


def _ever(applicants: tuple[Applicant, ...]) -> dict[str, int]:
    """Who came further has come as far, so the numbers add up from the end of the way."""
    furthest = Counter(one.progress.furthest for one in applicants)
    total, found = 0, {}
    for stage in reversed(WAY):
        total += furthest[stage]
        found[stage.value] = total
    return found


def _now(applicants: tuple[Applicant, ...]) -> dict[str, int]:
    stages = Counter(one.progress.stage for one in applicants)
    return {name: stages[stage] for stage, name in NOW.items()}
