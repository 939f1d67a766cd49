"""What follows when an assessor applies themselves, or is one no more: their part in judging the
others is over.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import ClassVar, NamedTuple

from domain.applications.rivals import Rivals
from domain.assessments.assessment import AssessorAppointment, PanelTable
from domain.assessments.evenness import PanelActs
from domain.cohorts.cohort import Cohort, UnknownCohort
from domain.decision import Act, Command, Decides, Know, Knowledge, learns
from events.assessments import AssessorStoodDown
from events.event import Event
from events.ids import ApplicationId, CohortId, PersonId


@dataclass
class PanelTables(Knowledge):
    """The table of each application of a cohort."""

    cohort_id: CohortId | None
    tables: dict[ApplicationId, PanelTable] = field(default_factory=dict)

    @property
    def tags(self) -> tuple[str | None, ...]:
        return (self.cohort_id,)

    @learns(*PanelTable.facts)
    def concerning(self, event: Event) -> None:
        one = vars(event)["application_id"]
        self.tables.setdefault(one, PanelTable(one)).learn(event)


class WhoJudges(NamedTuple):
    """Who applies for a cohort, and whether somebody is an assessor of it."""

    rivals: Rivals
    appointment: AssessorAppointment


class StandDown(Command, Decides[Cohort, WhoJudges, PanelTables, PanelActs]):
    """Whoever applies for a cohort has no part any more in judging those beside them. Whoever is an
    assessor of it no more, for another reason, has no part in what they have not scored yet, so
    that it can be given to somebody else; what they found counts.
    """

    name: ClassVar = "assessment.stand-down"
    cohort_id: CohortId
    assessor_id: PersonId

    def needs(self, know: Know) -> tuple[Cohort, WhoJudges, PanelTables, PanelActs]:
        this, who = self.cohort_id, self.assessor_id
        judges = WhoJudges(know(Rivals(this)), know(AssessorAppointment(this, who)))
        return know(Cohort(this)), judges, know(PanelTables(this)), know(PanelActs(this))

    def decide(
        self, act: Act, cohort: Cohort, judges: WhoJudges, tables: PanelTables, acts: PanelActs
    ) -> Iterator[Event]:
        if cohort.plan is None:
            raise UnknownCohort
        applies = self.assessor_id in judges.rivals.people
        if not applies and judges.appointment.lay is not None:
            return
        theirs = {
            one: self._out_of(one, table, acts)
            for one, table in tables.tables.items()
            if self.assessor_id in (table.assigned if applies else table.unscored)
        }
        if theirs:
            yield from acts.all_alike(theirs, self.cohort_id)

    def _out_of(self, one: ApplicationId, table: PanelTable, acts: PanelActs) -> AssessorStoodDown:
        return AssessorStoodDown(
            application_id=one,
            cohort_id=self.cohort_id,
            person_id=acts.people[one],
            assessor_id=self.assessor_id,
            scored=self.assessor_id in table.assessments,
        )
