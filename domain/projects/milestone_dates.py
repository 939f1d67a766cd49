"""What may happen to a milestone's day: planned, moved for a reason, near, or passed."""

from collections.abc import Collection, Iterator
from datetime import date
from enum import StrEnum
from typing import ClassVar, NamedTuple

from domain.decision import Act, Command, Decides, Know, Refusal, TooEarly
from domain.pairings.pairing import Pairing
from domain.pairings.together import must_act_for, must_go_on
from domain.projects.approval import PAIR
from domain.projects.milestones import Milestone, OfMilestone, of_milestone
from domain.projects.project import Project
from domain.reasons import SaidOfProject
from domain.rules_in_force import Rules, reminded_on
from events.calendar import end_of
from events.event import Event
from events.ids import MilestoneId, ProjectId
from events.personal import Line
from events.projects import (
    MilestoneFellDue,
    MilestoneOverdue,
    MilestonePlanned,
    MilestoneRescheduled,
)
from events.terms import ProgrammeDay


class MoveReason(StrEnum):
    """Why a milestone gets a new day."""

    MORE_TIME = "milestone.more-time"
    HEALTH = "milestone.health"
    WORK = "milestone.pressure-at-work"
    HOST = "milestone.host-not-ready"
    NEW_PARTNER = "milestone.new-partner"
    OTHER = "milestone.other-reason"


class OutOfOrder(Refusal):
    """Milestones stand in order of their dates. Choose a day that fits between those that are still
    ahead, or move these first.
    """

    code = "milestone.out-of-order"


class DayIsOver(Refusal):
    """The day is over already. Choose one that is still to come."""

    code = "milestone.day-is-over"


class AlreadyReported(Refusal):
    """The milestone is reported as reached, so its day stays. Return it first, and say why."""

    code = "milestone.already-reported"


class NotDueYet(TooEarly):
    """It is too early for that: the day of this milestone is further away."""

    code = "milestone.not-due-yet"


class PlanMilestone(Command, Decides[Project, Pairing, Rules]):
    """A project gets a step, which stands between the others by its day (rule 24)."""

    name: ClassVar = "milestone.plan"
    roles: ClassVar = PAIR
    also_unasked: ClassVar = True
    project_id: ProjectId
    title: Line
    due_on: ProgrammeDay

    def needs(self, know: Know) -> tuple[Project, Pairing, Rules]:
        project = know(Project(self.project_id))
        return project, know(Pairing(project.pairing_id)), know(Rules())

    def decide(self, act: Act, project: Project, pairing: Pairing, rules: Rules) -> Iterator[Event]:
        project.must_run()
        must_act_for(act, pairing)
        if project.has(self.title, self.due_on):
            return
        if self.due_on < act.today:
            raise DayIsOver
        yield MilestonePlanned(
            milestone_id=act.new(MilestoneId),
            project_id=self.project_id,
            cohort_id=project.cohort_id,
            patient_leader_id=pairing.both[0],
            healthcare_leader_id=pairing.both[1],
            title=self.title,
            due_on=self.due_on,
            remind_on=reminds_on(self.due_on, act, rules),
        )


class RulesAndWhy(NamedTuple):
    """The programme's rules, and why the milestones of a project are as they are."""

    rules: Rules
    said: SaidOfProject


class RescheduleMilestone(Command, Decides[Milestone, Project, Pairing, RulesAndWhy]):
    """A milestone gets a new day between its neighbours, or why it has is put right; the old day
    stays visible (rule 24).
    """

    name: ClassVar = "milestone.reschedule"
    roles: ClassVar = PAIR
    also_unasked: ClassVar = True
    milestone_id: MilestoneId
    due_on: ProgrammeDay
    reason: MoveReason

    def needs(self, know: Know) -> tuple[Milestone, Project, Pairing, RulesAndWhy]:
        milestone, project, pairing = of_milestone(know, self.milestone_id)
        rules = RulesAndWhy(know(Rules()), know(SaidOfProject(milestone.project_id)))
        return milestone, project, pairing, rules

    def decide(
        self,
        act: Act,
        milestone: Milestone,
        project: Project,
        pairing: Pairing,
        known: RulesAndWhy,
    ) -> Iterator[Event]:
        plan = milestone.must_be_a_step()
        must_act_for(act, pairing)
        project.must_run()
        if self.due_on == plan.due_on and not milestone.missed:
            so = {"milestone_id": self.milestone_id, "due_on": self.due_on}
            yield from known.said.otherwise(MilestoneRescheduled, self.reason, **so)
            return
        if milestone.reached:
            raise AlreadyReported
        self._must_fit(act, project)
        yield MilestoneRescheduled(
            milestone_id=self.milestone_id,
            project_id=plan.project_id,
            cohort_id=plan.cohort_id,
            old_due_on=plan.due_on,
            due_on=self.due_on,
            remind_on=reminds_on(self.due_on, act, known.rules),
            reason=self.reason.value,
        )

    def _must_fit(self, act: Act, project: Project) -> None:
        if self.due_on < act.today:
            raise DayIsOver
        if not project.fits(self.milestone_id, self.due_on):
            raise OutOfOrder


class RemindOfMilestone(Command, OfMilestone):
    """Time has come to remind the pair that a milestone is near, once for each day it has."""

    name: ClassVar = "milestone.remind"
    milestone_id: MilestoneId

    def decide(
        self, act: Act, milestone: Milestone, project: Project, pairing: Pairing
    ) -> Iterator[Event]:
        plan = milestone.known
        if act.today < plan.remind_on:
            raise NotDueYet
        ahead = act.time < end_of(plan.due_on)
        if must_ask_of(milestone, project, pairing, milestone.reminded) and ahead:
            yield MilestoneFellDue(
                milestone_id=self.milestone_id,
                project_id=plan.project_id,
                cohort_id=plan.cohort_id,
                due_on=plan.due_on,
            )


class MarkOverdue(Command, OfMilestone):
    """A milestone's day has passed without a report; said once for each day it has."""

    name: ClassVar = "milestone.mark-overdue"
    milestone_id: MilestoneId

    def decide(
        self, act: Act, milestone: Milestone, project: Project, pairing: Pairing
    ) -> Iterator[Event]:
        plan = milestone.known
        if act.time < end_of(plan.due_on):
            raise NotDueYet
        if must_ask_of(milestone, project, pairing, milestone.overdue):
            yield MilestoneOverdue(
                milestone_id=self.milestone_id,
                project_id=plan.project_id,
                cohort_id=plan.cohort_id,
                due_on=plan.due_on,
            )


def must_ask_of(
    milestone: Milestone, project: Project, pairing: Pairing, said_of: Collection[date]
) -> bool:
    """Whether there is something to say of a milestone's day that was not said.

    While no pair leads the project its time rests. That is refused, so that it is asked again
    (docs/decisions/017-time.md): once the two go on, or a new pair does, the days are looked at.
    """
    if milestone.settled or project.ended or milestone.known.due_on in said_of:
        return False
    must_go_on(pairing)
    return True


def reminds_on(due_on: date, act: Act, rules: Rules) -> date:
    """The day from which a pair is reminded of what is due on a day, by the rules of today; not on
    the one on which they choose it.
    """
    days = rules.on(act.asked_on).numbers.milestone_reminder_days
    return reminded_on(due_on, days, act.asked_on)
