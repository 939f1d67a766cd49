"""Who judges the applications of a cohort, and whose scores count."""

from dataclasses import dataclass, field
from typing import NamedTuple

from domain.cohorts.impartial import CohortApplicants
from domain.decision import Know, Knowledge, Refusal, learns
from domain.roles.granting import RoleEndReason
from events.assessments import AssessorAppointed
from events.ids import CohortId, PersonId
from events.personal import plain
from events.roles import RoleWithdrawn
from events.terms import Role


@dataclass
class Assessors(Knowledge):
    """Who may assess a cohort's applications, and if so whether as a lay member; and whose scores
    count no more, because they may not: whoever was withdrawn, unless their work was done.
    """

    cohort_id: CohortId | None
    lay: dict[PersonId, bool] = field(default_factory=dict)
    gone: set[PersonId] = field(default_factory=set)

    @property
    def tags(self) -> tuple[str | None, ...]:
        return (self.cohort_id,)

    def is_lay(self, assessor_id: PersonId) -> bool:
        """Whether somebody is a lay member; refuses somebody who may not assess."""
        if assessor_id not in self.lay:
            raise NotAppointed
        return self.lay[assessor_id]

    @learns(AssessorAppointed)
    def appointed(self, event: AssessorAppointed) -> None:
        self.lay[event.assessor_id] = event.lay
        self.gone.discard(event.assessor_id)

    @learns(RoleWithdrawn)
    def withdrawn(self, event: RoleWithdrawn) -> None:
        if event.role is Role.ASSESSOR:
            self.lay.pop(event.person_id, None)
            if plain(event.reason) != RoleEndReason.WORK_IS_DONE:
                self.gone.add(event.person_id)


class Members(NamedTuple):
    """Who may assess in a cohort, and who ever applied for it: they judge nobody there."""

    assessors: Assessors
    applicants: CohortApplicants

    def may_assess(self, who: PersonId) -> bool:
        """Whether somebody has a part in judging."""
        return who in self.assessors.lay and who not in self.applicants.people

    def keeps_scores(self, who: PersonId) -> bool:
        """Whether what somebody found counts, also if they may not assess any more."""
        return who not in self.assessors.gone and who not in self.applicants.people

    def must_not_have_applied(self, who: PersonId) -> None:
        """Refuses an assessor who ever applied for the cohort."""
        if who in self.applicants.people:
            raise AppliesThemselves


def members_of(know: Know, cohort_id: CohortId | None) -> Members:
    """What must be known of those who judge in a cohort."""
    return Members(know(Assessors(cohort_id)), know(CohortApplicants(cohort_id)))


class AppliesThemselves(Refusal):
    """They have applied for this cohort themselves, so they can't assess in it, however it went.
    Choose somebody else.
    """

    code = "assessment.applies-themselves"


class NotAppointed(Refusal):
    """Only an assessor of this cohort can assess its applications. Appoint them first."""

    code = "assessment.not-appointed"
