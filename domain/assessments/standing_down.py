"""What follows when an assessor applies themselves: their part in judging the others is over."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import ClassVar

from domain.applications.rivals import Rivals
from domain.assessments.assessment import PanelTable
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


class StandDown(Command, Decides[Cohort, Rivals, PanelTables, PanelActs]):
    """Whoever applies for a cohort has no part any more in judging those beside them."""

    name: ClassVar = "assessment.stand-down"
    cohort_id: CohortId
    assessor_id: PersonId

    def needs(self, know: Know) -> tuple[Cohort, Rivals, PanelTables, PanelActs]:
        this = self.cohort_id
        rivals, tables = know(Rivals(this)), know(PanelTables(this))
        return know(Cohort(this)), rivals, tables, know(PanelActs(this))

    def decide(
        self, act: Act, cohort: Cohort, rivals: Rivals, tables: PanelTables, acts: PanelActs
    ) -> Iterator[Event]:
        if cohort.plan is None:
            raise UnknownCohort
        if self.assessor_id not in rivals.people:
            return
        theirs = {
            one: self._out_of(one, table, acts)
            for one, table in tables.tables.items()
            if self.assessor_id in table.assigned
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
