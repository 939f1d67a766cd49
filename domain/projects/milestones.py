"""What may happen to a project's milestones: reported by one, answered by the other."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from typing import ClassVar

from domain.decision import Act, Command, Decides, Know, Knowledge, Refusal, learns
from domain.pairings.pairing import Pairing
from domain.pairings.together import must_act_for
from domain.projects.approval import PAIR
from domain.projects.project import Project
from domain.reasons import SaidOfProject
from events.event import Event
from events.ids import MilestoneId, PersonId, ProjectId
from events.personal import Words
from events.projects import (
    MilestoneConfirmed,
    MilestoneDropped,
    MilestoneFellDue,
    MilestoneMissed,
    MilestoneOverdue,
    MilestonePlanned,
    MilestoneRenamed,
    MilestoneReported,
    MilestoneRescheduled,
    MilestoneReturned,
    MilestoneUnconfirmed,
)


@dataclass
class Milestone(Knowledge):
    """A step of a project: its day, who says that it is reached, and what was said of its day.
    `told_by` is who reported it last, whatever was answered.
    """

    milestone_id: MilestoneId | None
    planned: MilestonePlanned | None = None
    reported_by: PersonId | None = None
    told_by: PersonId | None = None
    returned_by: PersonId | None = None
    confirmed: bool = False
    confirmed_by: PersonId | None = None
    missed: bool = False
    dropped: bool = False
    reminded: set[date] = field(default_factory=set)
    overdue: set[date] = field(default_factory=set)

    @property
    def tags(self) -> tuple[str | None, ...]:
        return (self.milestone_id,)

    @property
    def known(self) -> MilestonePlanned:
        """Its plan as it is now; refuses a milestone that does not exist."""
        if self.planned is None:
            raise UnknownMilestone
        return self.planned

    @property
    def project_id(self) -> ProjectId | None:
        return self.planned.project_id if self.planned else None

    @property
    def reached(self) -> bool:
        """Whether somebody has reported it, so that its date is of no more concern."""
        return self.confirmed or self.reported_by is not None

    @property
    def settled(self) -> bool:
        """Whether nothing is due of it: it is reached, or will not be, or is no step any more."""
        return self.reached or self.missed or self.dropped

    def must_be_a_step(self) -> MilestonePlanned:
        """Its plan as it is now; refuses a milestone that does not exist or was dropped."""
        plan = self.known
        if self.dropped:
            raise MilestoneIsDropped
        return plan

    @learns(MilestonePlanned)
    def begun(self, event: MilestonePlanned) -> None:
        self.planned = event

    @learns(MilestoneRescheduled)
    def moved(self, event: MilestoneRescheduled) -> None:
        new = {"due_on": event.due_on, "remind_on": event.remind_on}
        self.planned, self.missed = self.planned and self.planned.model_copy(update=new), False

    @learns(MilestoneRenamed)
    def renamed(self, event: MilestoneRenamed) -> None:
        new = {"title": event.title}
        self.planned = self.planned and self.planned.model_copy(update=new)

    @learns(MilestoneDropped)
    def no_step(self, event: MilestoneDropped) -> None:
        self.dropped = True

    @learns(MilestoneMissed)
    def will_not_be(self, event: MilestoneMissed) -> None:
        self.missed = True

    @learns(MilestoneReported)
    def reported(self, event: MilestoneReported) -> None:
        self.reported_by = self.told_by = event.person_id
        self.returned_by, self.missed = None, False

    @learns(MilestoneReturned)
    def returned(self, event: MilestoneReturned) -> None:
        self.reported_by, self.returned_by = None, event.person_id

    @learns(MilestoneConfirmed, MilestoneUnconfirmed)
    def agreed(self, event: MilestoneConfirmed | MilestoneUnconfirmed) -> None:
        self.confirmed = isinstance(event, MilestoneConfirmed)
        self.confirmed_by = event.person_id if isinstance(event, MilestoneConfirmed) else None

    @learns(MilestoneFellDue)
    def near(self, event: MilestoneFellDue) -> None:
        self.reminded.add(event.due_on)

    @learns(MilestoneOverdue)
    def late(self, event: MilestoneOverdue) -> None:
        self.overdue.add(event.due_on)


class ReturnReason(StrEnum):
    """Why a partner thinks that there is more to do."""

    NOT_DONE = "milestone.not-done-yet"
    TALK_FIRST = "milestone.talk-first"
    HOST = "milestone.host-must-see-it"
    OTHER = "milestone.other-reason"


class UnknownMilestone(Refusal):
    """We don't know a milestone with this id. Check the id."""

    code = "milestone.unknown"


class MilestoneIsDropped(Refusal):
    """The milestone was dropped. Plan it anew if it is needed after all."""

    code = "milestone.dropped"


class NotReported(Refusal):
    """Nobody has reported this milestone yet. One of you reports it, the other confirms it."""

    code = "milestone.not-reported"


class OwnReport(Refusal):
    """You reported this milestone yourself. Your partner must say whether they agree."""

    code = "milestone.own-report"


class PartnersReport(Refusal):
    """Your partner has reported this milestone already. Confirm it, or return it and say why."""

    code = "milestone.partners-report"


class AlreadyConfirmed(Refusal):
    """You both agreed that this milestone is reached, so it can't be changed any more."""

    code = "milestone.already-confirmed"


def of_milestone(know: Know, milestone_id: MilestoneId) -> tuple[Milestone, Project, Pairing]:
    """A milestone, its project, and the pair that leads it now."""
    milestone = know(Milestone(milestone_id))
    project = know(Project(milestone.project_id))
    return milestone, project, know(Pairing(project.pairing_id))


class OfMilestone(Decides[Milestone, Project, Pairing]):
    """What every step of a milestone must know."""

    milestone_id: MilestoneId

    def needs(self, know: Know) -> tuple[Milestone, Project, Pairing]:
        return of_milestone(know, self.milestone_id)


class OfMilestoneAndWhy(Decides[Milestone, Project, Pairing, SaidOfProject]):
    """What a step of a milestone must know that has a reason: also which reasons were given."""

    milestone_id: MilestoneId

    def needs(self, know: Know) -> tuple[Milestone, Project, Pairing, SaidOfProject]:
        milestone, project, pairing = of_milestone(know, self.milestone_id)
        return milestone, project, pairing, know(SaidOfProject(milestone.project_id))


class ReportMilestone(Command, OfMilestone):
    """One of the two who lead the project now says that a milestone is reached. Until it is
    confirmed they may say it in other words: these are noted as well, for no rule reads them.
    """

    name: ClassVar = "milestone.report"
    roles: ClassVar = PAIR
    milestone_id: MilestoneId
    person_id: PersonId
    words: Words | None = None

    def decide(
        self, act: Act, milestone: Milestone, project: Project, pairing: Pairing
    ) -> Iterator[Event]:
        plan = milestone.must_be_a_step()
        must_act_for(act, pairing, self.person_id)
        if milestone.reached and self.words is None:
            return
        self._must_be_theirs_to_say(milestone)
        project.must_run()
        yield MilestoneReported(
            milestone_id=self.milestone_id,
            project_id=plan.project_id,
            pairing_id=pairing.known.pairing_id,
            cohort_id=plan.cohort_id,
            person_id=self.person_id,
            words=self.words,
        )

    def _must_be_theirs_to_say(self, milestone: Milestone) -> None:
        if milestone.confirmed:
            raise AlreadyConfirmed
        if milestone.reported_by not in (None, self.person_id):
            raise PartnersReport


class ConfirmMilestone(Command, OfMilestone):
    """The other partner agrees; who reported a milestone can't confirm it (rule 25)."""

    name: ClassVar = "milestone.confirm"
    roles: ClassVar = PAIR
    milestone_id: MilestoneId
    person_id: PersonId

    def decide(
        self, act: Act, milestone: Milestone, project: Project, pairing: Pairing
    ) -> Iterator[Event]:
        plan = milestone.must_be_a_step()
        must_act_for(act, pairing, self.person_id)
        if milestone.reported_by == self.person_id:
            raise OwnReport
        if milestone.confirmed:
            return
        must_await_an_answer(milestone, project)
        yield MilestoneConfirmed(
            milestone_id=self.milestone_id,
            project_id=plan.project_id,
            pairing_id=pairing.known.pairing_id,
            cohort_id=plan.cohort_id,
            person_id=self.person_id,
        )


class ReturnMilestone(Command, OfMilestoneAndWhy):
    """The other partner thinks that there is more to do, and says why; or says another reason."""

    name: ClassVar = "milestone.return"
    roles: ClassVar = PAIR
    milestone_id: MilestoneId
    person_id: PersonId
    reason: ReturnReason

    def decide(
        self,
        act: Act,
        milestone: Milestone,
        project: Project,
        pairing: Pairing,
        said: SaidOfProject,
    ) -> Iterator[Event]:
        plan = milestone.must_be_a_step()
        must_act_for(act, pairing, self.person_id)
        if milestone.confirmed:
            raise AlreadyConfirmed
        if milestone.reported_by == self.person_id:
            raise OwnReport
        if milestone.returned_by == self.person_id:
            mine = {"milestone_id": self.milestone_id, "person_id": self.person_id}
            yield from said.otherwise(MilestoneReturned, self.reason, **mine)
            return
        must_await_an_answer(milestone, project)
        yield MilestoneReturned(
            milestone_id=self.milestone_id,
            project_id=plan.project_id,
            pairing_id=pairing.known.pairing_id,
            cohort_id=plan.cohort_id,
            person_id=self.person_id,
            reason=self.reason.value,
        )


def must_await_an_answer(milestone: Milestone, project: Project) -> None:
    """Refuses a milestone that nobody reported, or whose project is not approved."""
    project.must_run()
    if milestone.reported_by is None:
        raise NotReported
