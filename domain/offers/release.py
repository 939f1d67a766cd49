"""The moment at which all applicants of a cohort are told what was decided, together (rule 7)."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import ClassVar, Final

from domain.applications.standing import whose
from domain.assessments.evenness import PanelActs
from domain.assessments.panel import PANEL
from domain.cohorts.cohort import Cohort
from domain.decision import Act, Command, Decides, Know, Knowledge, Refusal, TooEarly, learns
from events.applications import (
    ApplicationReinstated,
    ApplicationSubmitted,
    ApplicationWithdrawn,
    EligibilityConfirmed,
    EligibilityFailed,
)
from events.assessments import ConflictDeclared, DecisionChanged, DecisionMade
from events.calendar import end_of, start_of
from events.cohorts import CohortPlanned, DecisionsReleased
from events.event import Event
from events.ids import ApplicationId, CohortId
from events.offers import ApplicationDeclined, OfferMade, ReserveListed
from events.personal import Erased
from events.terms import Outcome, Side

Decision = DecisionMade | DecisionChanged

PLACES_TAKEN: Final = "places.taken"


@dataclass
class Results(Knowledge):
    """What was decided on each application of a cohort, and which ones still wait for it."""

    cohort_id: CohortId | None
    in_hand: set[ApplicationId] = field(default_factory=set)
    withdrawn: set[ApplicationId] = field(default_factory=set)
    erased: set[ApplicationId] = field(default_factory=set)
    decisions: dict[ApplicationId, Decision] = field(default_factory=dict)

    @property
    def tags(self) -> tuple[str | None, ...]:
        return (self.cohort_id,)

    @property
    def live(self) -> set[ApplicationId]:
        """Handed in, not ineligible, not withdrawn, not of somebody who was erased; an unchecked
        one counts, so none is lost.
        """
        return self.in_hand - self.withdrawn - self.erased

    def of(self, side: Side) -> list[Decision]:
        """The decisions of a side, the best score first; ties by the application's id."""
        mine = [one for who, one in self.decisions.items() if who in self.live and one.side is side]
        return sorted(mine, key=lambda one: (-one.score, one.application_id))

    @learns(ApplicationSubmitted, EligibilityConfirmed)
    def in_our_hands(self, event: ApplicationSubmitted | EligibilityConfirmed) -> None:
        self.in_hand.add(event.application_id)
        if isinstance(event, ApplicationSubmitted) and isinstance(event.profile, Erased):
            self.erased.add(event.application_id)

    @learns(EligibilityFailed)
    def not_eligible(self, event: EligibilityFailed) -> None:
        self.in_hand.discard(event.application_id)

    @learns(ApplicationWithdrawn)
    def taken_back(self, event: ApplicationWithdrawn) -> None:
        self.withdrawn.add(event.application_id)

    @learns(ApplicationReinstated)
    def goes_on(self, event: ApplicationReinstated) -> None:
        self.withdrawn.discard(event.application_id)

    @learns(DecisionMade, DecisionChanged)
    def decided(self, event: Decision) -> None:
        self.decisions[event.application_id] = event

    @learns(ConflictDeclared)
    def doubtful(self, event: ConflictDeclared) -> None:
        if event.hard:
            self.decisions.pop(event.application_id, None)  # it is taken again, without them


class TooEarlyToRelease(TooEarly):
    """The day on which this cohort's decisions are released has not come yet."""

    code = "release.too-early"


class StillTakingApplications(TooEarly):
    """Somebody can still apply for this cohort. Release the decisions when that time is over."""

    code = "release.still-taking-applications"


class NotAllDecided(Refusal):
    """Some applications of this cohort are not decided yet. Decide on them first."""

    code = "release.not-all-decided"

    def __init__(self, count: int) -> None:
        super().__init__(count)
        self.count = count

    @property
    def sentence(self) -> str:
        """How many are missing, and nothing about whose they are."""
        if self.count == 1:
            return "One application of this cohort is not decided yet. Decide on it first."
        return (
            f"{self.count} applications of this cohort are not decided yet. Decide on them first."
        )


class ReleaseDecisions(Command, Decides[Cohort, Results, PanelActs]):
    """The panel lets everybody know at once, and the places are offered by score (rules 7, 8).

    The facts come in the order of their applications' ids, so that no order tells a score.
    """

    name: ClassVar = "cohort.release-decisions"
    roles: ClassVar = PANEL
    cohort_id: CohortId

    def needs(self, know: Know) -> tuple[Cohort, Results, PanelActs]:
        acts = know(PanelActs(self.cohort_id))
        return know(Cohort(self.cohort_id)), know(Results(self.cohort_id)), acts

    def decide(
        self, act: Act, cohort: Cohort, results: Results, acts: PanelActs
    ) -> Iterator[Event]:
        plan = cohort.known
        if cohort.released:
            return
        must_be_time(act, cohort, plan)
        if missing := results.live - results.decisions.keys():
            raise NotAllDecided(len(missing))
        yield from acts.evened(self.cohort_id)
        yield DecisionsReleased(cohort_id=self.cohort_id)
        accept_by = act.today + timedelta(days=plan.accept_within_days)
        heard = [
            fact
            for side in Side
            for fact in announced(results.of(side), plan.places_per_side, accept_by)
        ]
        yield from sorted(heard, key=lambda fact: fact.application_id)


def must_be_time(act: Act, cohort: Cohort, plan: CohortPlanned) -> None:
    """Refuses before the planned day, and while anybody may still apply."""
    if act.time < start_of(plan.decisions_on):
        raise TooEarlyToRelease
    if act.time < end_of(max([plan.closes_on, *cohort.extensions.values()])):
        raise StillTakingApplications


def announced(
    decisions: list[Decision], places: int, accept_by: date
) -> Iterator[OfferMade | ReserveListed | ApplicationDeclined]:
    """What each applicant of one side hears; `decisions` come with the best score first."""
    free, turn = places, 0
    for one in decisions:
        if one.outcome is Outcome.DECLINE:
            yield ApplicationDeclined(**whose(one), reasons=one.reasons)
        elif one.outcome is Outcome.OFFER and free:
            free -= 1
            yield OfferMade(**whose(one), accept_by=accept_by)
        else:
            turn += 1
            waits_for = one.reasons if one.outcome is Outcome.RESERVE else (PLACES_TAKEN,)
            yield ReserveListed(**whose(one), place=turn, reasons=waits_for)
