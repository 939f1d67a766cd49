"""What becomes of a decision when an assessor on whom it rests turns out to be too close, or may
not assess any more.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import chain, combinations
from typing import ClassVar, NamedTuple

from domain.applications.application import Application
from domain.applications.leaving import ApplicationsOf
from domain.applications.withdrawals import LiveApplications
from domain.assessments.assessment import Found, Panel, PanelTable, panel_on, ties_to
from domain.assessments.evenness import PanelActs
from domain.assessments.scoring import mean, share
from domain.cohorts.cohort import Cohort
from domain.decision import Act, Command, Decides, Each, Know, Knowledge, learns
from domain.people.person import Between
from events.applications import ApplicationStarted
from events.assessments import AssessorAppointed, DecisionInDoubt, DecisionReopened
from events.cohorts import Criterion
from events.event import Event
from events.ids import ApplicationId, CohortId, PersonId
from events.personal import plain
from events.terms import Role


def still_rests(criteria: Sequence[Criterion], panel: Panel, ties: Iterable[Between]) -> bool:
    """Whether a decision says what those assessors found who are not too close, as is known now:
    as many of them, and as many lay ones, as the rules of the cohort ask for. Until people hear of
    it, it rests on nobody who may not assess any more.

    What was erased may have been anything. That is enough to ask nobody to assess, and too little
    to doubt what was found: it may have been known and left out, or never have stood in the way.
    """
    table = panel.table
    if panel.rests_on_who_is_away:
        return False
    ties = tuple(ties)
    close = table.too_close(one for one in ties if not one.erased)
    if table.decision is None or not any(map(table.rests_on, close)):
        return True
    sure = table.counting(ties)
    untold = [one for one in table.assessments.values() if one.assessor_id not in close]
    untold = [one for one in untold if one not in sure]
    some = chain.from_iterable(combinations(untold, n) for n in range(len(untold) + 1))
    return any(_says_so(criteria, table, [*sure, *those]) for those in some)


def _says_so(criteria: Sequence[Criterion], table: PanelTable, found: Sequence[Found]) -> bool:
    """Whether a decision says what was found, by as many as the rules ask for."""
    if table.decision is None or len(found) < table.needed:
        return False
    if sum(one.lay for one in found) < table.needed_lay:
        return False
    return mean([share(one.scores, criteria) for one in found]) == table.decision.score


def again_or_in_doubt(panel: Panel, started: ApplicationStarted) -> Iterator[Event]:
    """A decision that nobody has heard is open again; one that people have heard is in doubt."""
    table = panel.table
    if table.decision is None or table.in_doubt:
        return
    whose = {
        "application_id": started.application_id,
        "cohort_id": started.cohort_id,
        "person_id": started.person_id,
    }
    kind = DecisionInDoubt if table.told else DecisionReopened
    yield from panel.acts.alike(kind.model_validate(whose))


@dataclass
class PanelsOf(Knowledge):
    """The cohorts for which somebody was ever appointed to assess."""

    unopened: ClassVar = True
    person_id: PersonId | None
    cohorts: set[CohortId] = field(default_factory=set)

    @property
    def tags(self) -> tuple[str | None, ...]:
        return (self.person_id,)

    @learns(AssessorAppointed)
    def may_assess(self, event: AssessorAppointed) -> None:
        self.cohorts.add(event.cohort_id)


class Decided(NamedTuple):
    """An application on which something may have been decided, and what that rests on."""

    cohort: Cohort
    application: Application
    panel: Panel
    ties: tuple[Between, ...]

    @property
    def is_doubtful(self) -> bool:
        """Whether it is decided, in a cohort that is not over, and rests on somebody who is too
        close, or whose scores count no more.
        """
        plan = self.cohort.plan
        if plan is None or self.cohort.completed:
            return False
        return not still_rests(plain(plan.criteria) or (), self.panel, self.ties)


def decided_on(know: Know, application_id: ApplicationId) -> Decided:
    """What must be known to tell if a decision is doubtful."""
    application = know(Application(application_id))
    panel = panel_on(application, know)
    cohort = know(Cohort(application.cohort_id))
    return Decided(cohort, application, panel, ties_to(application, panel, know))


def resting_on(know: Know, person_id: PersonId) -> Each[Decided]:
    """What may have been decided that rests on how others stand to somebody: on their applications,
    and on those that they assessed.
    """
    panels = (know(PanelActs(one)) for one in know(PanelsOf(person_id)).cohorts)
    theirs = (one for panel in panels for one in panel.assessed_by.get(person_id, ()))
    every = sorted({*know(ApplicationsOf(person_id)).begun, *theirs})
    return Each(decided_on(know, one) for one in every)


def looked_at(every: Iterable[Decided]) -> Iterator[Event]:
    """What becomes of those that are doubtful."""
    for one in every:
        if one.is_doubtful:
            yield from again_or_in_doubt(one.panel, one.application.known)


class LookAtAllAgain(Command, Decides[Cohort, Each[Decided]]):
    """A cohort goes on that was said to be over: what was said meanwhile may be a tie, so all that
    was decided for it is looked at again.
    """

    name: ClassVar = "assessment.look-at-all-again"
    roles: ClassVar = frozenset({Role.SYSTEM})
    cohort_id: CohortId

    def needs(self, know: Know) -> tuple[Cohort, Each[Decided]]:
        live = sorted(know(LiveApplications(self.cohort_id)).live)
        return know(Cohort(self.cohort_id)), Each(decided_on(know, one) for one in live)

    def decide(self, act: Act, cohort: Cohort, every: Each[Decided]) -> Iterator[Event]:
        yield from looked_at(every if cohort.known else ())
