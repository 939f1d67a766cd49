"""What may be put right of a milestone: its title, that it is a step at all, that it will be
reached, and that it was confirmed.
"""

from collections.abc import Iterator
from enum import StrEnum
from typing import ClassVar

from domain.decision import Act, Command, Refusal, StandsInTheWay
from domain.pairings.pairing import Pairing
from domain.pairings.together import must_act_for
from domain.projects.approval import PAIR
from domain.projects.milestone_dates import AlreadyReported
from domain.projects.milestones import Milestone, OfMilestone, OfMilestoneAndWhy
from domain.projects.project import Project
from domain.reasons import SaidOfProject
from events.event import Event
from events.ids import MilestoneId
from events.personal import Line
from events.projects import (
    MilestoneDropped,
    MilestoneMissed,
    MilestoneRenamed,
    MilestoneUnconfirmed,
)
from events.terms import Role


class DropReason(StrEnum):
    """Why a milestone is no step any more."""

    MISTAKE = "milestone.planned-by-mistake"
    NOT_NEEDED = "milestone.not-needed"
    INSTEAD = "milestone.another-instead"
    OTHER = "milestone.other-reason"


class MissReason(StrEnum):
    """Why a milestone will not be reached."""

    TIME = "milestone.no-time-left"
    HOST = "milestone.host-can-not-help"
    NOT_POSSIBLE = "milestone.not-possible"
    OTHER = "milestone.other-reason"


class UnconfirmReason(StrEnum):
    """Why a milestone does not count as confirmed after all."""

    MISTAKE = "milestone.confirmed-by-mistake"
    MORE_TO_DO = "milestone.more-to-do"


class RenameMilestone(Command, OfMilestone):
    """A milestone gets another title."""

    name: ClassVar = "milestone.rename"
    roles: ClassVar = PAIR
    also_unasked: ClassVar = True
    milestone_id: MilestoneId
    title: Line

    def decide(
        self, act: Act, milestone: Milestone, project: Project, pairing: Pairing
    ) -> Iterator[Event]:
        plan = milestone.must_be_a_step()
        must_act_for(act, pairing)
        project.must_run()
        if self.title != plan.title:
            yield MilestoneRenamed(
                milestone_id=self.milestone_id,
                project_id=plan.project_id,
                cohort_id=plan.cohort_id,
                patient_leader_id=pairing.both[0],
                healthcare_leader_id=pairing.both[1],
                title=self.title,
            )


class DropMilestone(Command, OfMilestoneAndWhy):
    """A milestone is no step any more, so it holds up nothing; one that was confirmed stays."""

    name: ClassVar = "milestone.drop"
    roles: ClassVar = PAIR
    also_unasked: ClassVar = True
    milestone_id: MilestoneId
    reason: DropReason

    def decide(
        self,
        act: Act,
        milestone: Milestone,
        project: Project,
        pairing: Pairing,
        said: SaidOfProject,
    ) -> Iterator[Event]:
        plan = milestone.known
        must_act_for(act, pairing)
        if milestone.dropped:
            mine = {"milestone_id": self.milestone_id}
            yield from said.otherwise(MilestoneDropped, self.reason, **mine)
            return
        project.must_run()
        if milestone.confirmed:
            raise StandsInTheWay(f"the confirmation of {self.milestone_id}")
        yield MilestoneDropped(
            milestone_id=self.milestone_id,
            project_id=plan.project_id,
            cohort_id=plan.cohort_id,
            reason=self.reason.value,
        )


class MissMilestone(Command, OfMilestoneAndWhy):
    """The pair or the team says that a milestone will not be reached; the project may be complete
    without it.
    """

    name: ClassVar = "milestone.miss"
    roles: ClassVar = PAIR
    also_unasked: ClassVar = True
    milestone_id: MilestoneId
    reason: MissReason

    def decide(
        self,
        act: Act,
        milestone: Milestone,
        project: Project,
        pairing: Pairing,
        said: SaidOfProject,
    ) -> Iterator[Event]:
        plan = milestone.must_be_a_step()
        must_act_for(act, pairing)
        if milestone.missed:
            mine = {"milestone_id": self.milestone_id}
            yield from said.otherwise(MilestoneMissed, self.reason, **mine)
            return
        project.must_run()
        if milestone.reached:
            raise AlreadyReported
        yield MilestoneMissed(
            milestone_id=self.milestone_id,
            project_id=plan.project_id,
            cohort_id=plan.cohort_id,
            reason=self.reason.value,
        )


class NotConfirmed(Refusal):
    """The milestone is not confirmed, so there is no confirmation to take back."""

    code = "milestone.not-confirmed"


class NotYourConfirmation(Refusal):
    """Your partner confirmed this milestone, so only they can take that back, or a coordinator."""

    code = "milestone.not-your-confirmation"


class UnconfirmMilestone(Command, OfMilestone):
    """A milestone was confirmed by mistake; the report of it awaits an answer again."""

    name: ClassVar = "milestone.unconfirm"
    roles: ClassVar = PAIR
    also_unasked: ClassVar = True
    milestone_id: MilestoneId
    reason: UnconfirmReason

    def decide(
        self, act: Act, milestone: Milestone, project: Project, pairing: Pairing
    ) -> Iterator[Event]:
        plan = milestone.must_be_a_step()
        must_act_for(act, pairing)
        if project.ended:
            raise StandsInTheWay(f"the end of {plan.project_id}")
        project.must_run()
        if not milestone.confirmed:
            raise NotConfirmed
        if act.role is Role.PARTICIPANT and act.person != milestone.confirmed_by:
            raise NotYourConfirmation
        yield MilestoneUnconfirmed(
            milestone_id=self.milestone_id,
            project_id=plan.project_id,
            cohort_id=plan.cohort_id,
            due_on=plan.due_on,
            remind_on=plan.remind_on,
            reason=self.reason.value,
        )
