"""What follows when an assessor may not assess any more: their part in judging is over."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import ClassVar

from domain.assessments.assessment import PanelTable
from domain.assessments.evenness import PanelActs
from domain.assessments.members import Members, members_of
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


class StandDown(Command, Decides[Cohort, Members, PanelTables, PanelActs]):
    """Whoever may not assess in a cohort any more has no part in judging it: what they have yet to
    score is somebody else's, and until everybody has heard what they found counts no more, unless
    they were withdrawn because their work is done.
    """

    name: ClassVar = "assessment.stand-down"
    cohort_id: CohortId
    assessor_id: PersonId

    def needs(self, know: Know) -> tuple[Cohort, Members, PanelTables, PanelActs]:
        this = self.cohort_id
        tables, acts = know(PanelTables(this)), know(PanelActs(this))
        return know(Cohort(this)), members_of(know, this), tables, acts

    def decide(
        self, act: Act, cohort: Cohort, members: Members, tables: PanelTables, acts: PanelActs
    ) -> Iterator[Event]:
        if cohort.plan is None:
            raise UnknownCohort
        who = self.assessor_id
        if members.may_assess(who):
            return
        stays = cohort.released or members.keeps_scores(who)
        theirs = {
            one: self._out_of(one, table, acts)
            for one, table in tables.tables.items()
            if who in table.assigned and not (stays and who in table.assessments)
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
