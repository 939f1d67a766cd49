"""What may happen to a cohort as a whole: its plan, its window, its release, its end."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date
from typing import Any, ClassVar, Final, Self

from pydantic import model_validator

from domain.cohorts.plans import DAYS, Plans, amended
from domain.decision import Act, Command, Decides, Know, Knowledge, Refusal, TooEarly, learns
from domain.rules_in_force import Rules, Said
from events.calendar import end_of, start_of
from events.cohorts import (
    AcceptWithinDays,
    ApplicationsClosed,
    ApplicationsOpened,
    CohortCancelled,
    CohortCompleted,
    CohortCompletionTakenBack,
    CohortPlanAmended,
    CohortPlanned,
    CohortStarted,
    CohortStartTakenBack,
    DecisionsReleased,
    ExtensionGranted,
    ExtensionWithdrawn,
    ModerationGap,
    PlacesPerSide,
    ReleaseOverdue,
    RequiredWorkshops,
)
from events.event import Event
from events.ids import PROGRAMME, CohortId, PersonId
from events.personal import Line, plain
from events.rules import Criteria, ProgrammeRules
from events.terms import ProgrammeDay


@dataclass
class Cohort(Knowledge):
    """A cohort's plan and how far it has come."""

    cohort_id: CohortId | None
    plan: CohortPlanned | None = None
    opened: bool = False
    closed: bool = False
    released: bool = False
    late: set[date] = field(default_factory=set)
    """The days on which everybody was to hear, and heard that they do not."""
    started: bool = False
    completed: bool = False
    cancelled: bool = False
    extensions: dict[PersonId, date] = field(default_factory=dict)
    longer_for: dict[PersonId, str | None] = field(default_factory=dict)
    """Why somebody has longer to apply; None, if that was erased."""

    @property
    def tags(self) -> tuple[str | None, ...]:
        return (self.cohort_id,)

    @property
    def known(self) -> CohortPlanned:
        """The plan; refuses a cohort that does not exist."""
        if self.plan is None:
            raise UnknownCohort
        return self.plan

    def must_be_planned(self) -> None:
        """Refuses one that does not exist, unless none is named."""
        if self.cohort_id and self.plan is None:
            raise UnknownCohort

    @property
    def stands_still(self) -> type[Refusal] | None:
        if self.cancelled:
            return CohortIsCancelled
        return CohortIsCompleted if self.completed else None

    @learns(CohortPlanned)
    def planned(self, event: CohortPlanned) -> None:
        self.plan = event

    @learns(CohortPlanAmended)
    def planned_otherwise(self, event: CohortPlanAmended) -> None:
        if self.plan is None:
            return
        if event.closes_on and event.closes_on > self.plan.closes_on:
            self.closed = False
        self.plan = amended(self.plan, event)

    @learns(ApplicationsOpened, ApplicationsClosed, DecisionsReleased)
    def came_further(self, event: Event) -> None:
        self.opened |= isinstance(event, ApplicationsOpened)
        self.closed |= isinstance(event, ApplicationsClosed)
        self.released |= isinstance(event, DecisionsReleased)

    @learns(ReleaseOverdue)
    def is_late(self, event: ReleaseOverdue) -> None:
        self.late.add(event.decisions_on)

    @learns(CohortStarted, CohortCompleted, CohortCancelled)
    def went_on(self, event: Event) -> None:
        self.started |= isinstance(event, CohortStarted)
        self.completed |= isinstance(event, CohortCompleted)
        self.cancelled |= isinstance(event, CohortCancelled)

    @learns(CohortStartTakenBack, CohortCompletionTakenBack)
    def taken_back(self, event: CohortStartTakenBack | CohortCompletionTakenBack) -> None:
        self.completed = False
        self.started &= isinstance(event, CohortCompletionTakenBack)

    @learns(ExtensionWithdrawn)
    def no_longer(self, event: ExtensionWithdrawn) -> None:
        self.extensions.pop(event.person_id, None)

    @learns(ExtensionGranted)
    def extended(self, event: ExtensionGranted) -> None:
        if until := plain(event.until):
            self.extensions[event.person_id] = until
            self.longer_for[event.person_id] = plain(event.reason)

    def last_day(self, person_id: PersonId) -> date:
        """The last day on which somebody can apply, their own extension included."""
        closes_on = self.known.closes_on
        return max(closes_on, self.extensions.get(person_id, closes_on))

    def must_not_be_over(self, act: Act, person_id: PersonId) -> None:
        """Refuses what comes after somebody's last day, or after everybody heard."""
        if self.released or act.time >= end_of(self.last_day(person_id)):
            raise ClosedForApplications

    def must_have_opened(self) -> None:
        """Refuses one that takes nothing in yet, or nothing any more, whenever it was said."""
        if not self.opened:
            raise NotOpenYet
        if self.released:
            raise ClosedForApplications

    def must_take_applications(self, act: Act, person_id: PersonId) -> None:
        """Refuses what comes outside the window and outside the person's own extension."""
        plan = self.known
        if not self.opened or act.time < start_of(plan.opens_on):
            raise NotOpenYet
        self.must_not_be_over(act, person_id)


class UnknownCohort(Refusal):
    """We don't know a cohort with this id. Check the id, or plan the cohort first."""

    code = "cohort.unknown"


class PlannedOtherwise(Refusal):
    """A cohort with this id is planned already, and otherwise. Change its plan by
    `cohort.amend-plan`, or leave the id out for a new one.
    """

    code = "cohort.planned-otherwise"


class PlannedTwice(Refusal):
    """A cohort with this title, or with all of these days, is planned already. If you mean another
    one, name that one's id as `although_there_is`.
    """

    code = "cohort.planned-twice"

    def __init__(self, cohort_id: CohortId) -> None:
        super().__init__(cohort_id)
        self.cohort_id = cohort_id

    @property
    def sentence(self) -> str:
        """Which one it is."""
        return f"{super().sentence} It is {self.cohort_id}."


class CohortIsCancelled(Refusal):
    """The cohort does not take place."""

    code = "cohort.cancelled"


class CohortIsCompleted(Refusal):
    """The cohort has come to its end, so this can't be done for it any more."""

    code = "cohort.completed"


class NotOpenYet(TooEarly):
    """You can't apply for this cohort yet. Please come back when applications open."""

    code = "cohort.not-open-yet"


class ClosedForApplications(Refusal):
    """The time to apply for this cohort is over. Ask us if you need longer next time."""

    code = "cohort.closed-for-applications"


class OutsideTheRules(Refusal):
    """The programme's rules allow other numbers for a cohort. Choose what they allow."""

    code = "cohort.outside-the-rules"

    def __init__(self, field: str, least: int, most: int) -> None:
        """`field` of the plan is to be from `least` to `most`."""
        super().__init__(field, least, most)
        self.field, self.least, self.most = field, least, most

    @property
    def sentence(self) -> str:
        """What people are told."""
        number = f"{self.field} must be from {self.least} to {self.most}"
        return f"By the programme's rules {number}. Choose a number that they allow."


class PlanCohort(Command, Decides[Cohort, Plans, Rules]):
    """A coordinator plans a cohort. It keeps the rules that are in force then; what the plan does
    not say is as they say.

    Where another one has the same title, or all the same days, it is asked about: whoever means a
    second one names the first (`although_there_is`).
    """

    name: ClassVar = "cohort.plan"
    title: Line
    opens_on: ProgrammeDay
    closes_on: ProgrammeDay
    decisions_on: ProgrammeDay
    starts_on: ProgrammeDay
    ends_on: ProgrammeDay
    places_per_side: PlacesPerSide
    criteria: Criteria | None = None
    cohort_id: CohortId | None = None
    although_there_is: CohortId | None = None
    required_workshops: RequiredWorkshops | None = None
    accept_within_days: AcceptWithinDays | None = None
    moderation_gap: ModerationGap | None = None

    @model_validator(mode="after")
    def dates_in_order(self) -> Self:
        dates = [getattr(self, name) for name in DAYS]
        if dates != sorted(dates):
            raise ValueError("dates must be in order: opens, closes, decisions, starts, ends")
        return self

    def needs(self, know: Know) -> tuple[Cohort, Plans, Rules]:
        return know(Cohort(self.cohort_id)), know(Plans(PROGRAMME)), know(Rules())

    def decide(self, act: Act, cohort: Cohort, plans: Plans, rules: Rules) -> Iterator[Event]:
        before = cohort.plan
        said = rules.named(before.rules_id) if before else rules.on(act.asked_on)
        cohort_id = self.cohort_id or act.new(CohortId)
        mine = self.model_dump(exclude={"cohort_id", "although_there_is"}, exclude_none=True)
        kept = before.model_dump(include={*CHOSEN, "criteria"}) if before else _usual(said)
        plan = CohortPlanned(cohort_id=cohort_id, rules_id=said.rules_id, **{**kept, **mine})
        if before is not None:
            if before != plan:
                raise PlannedOtherwise
            return
        must_be_allowed(plan, said.numbers)
        like = plans.like(plan)
        if like and self.although_there_is not in like:
            raise PlannedTwice(like[-1])
        yield plan


CHOSEN: Final = ("required_workshops", "accept_within_days", "moderation_gap")
"""What a plan chooses within the rules."""


def _usual(said: Said) -> dict[str, Any]:
    return {
        **{name: getattr(said.numbers, name).usual for name in CHOSEN},
        "criteria": said.criteria,
    }


def must_be_allowed(plan: CohortPlanned, numbers: ProgrammeRules) -> None:
    """Refuses a plan with numbers that the rules do not allow."""
    bounds = {name: getattr(numbers, name) for name in CHOSEN}
    allowed = {"places_per_side": (1, numbers.places_per_side)} | {
        name: (one.least, one.most) for name, one in bounds.items()
    }
    for name, (least, most) in allowed.items():
        if not least <= getattr(plan, name) <= most:
            raise OutsideTheRules(name, least, most)


class OpenApplications(Command, Decides[Cohort]):
    """A coordinator opens a cohort for applications."""

    name: ClassVar = "cohort.open-applications"
    cohort_id: CohortId

    def needs(self, know: Know) -> tuple[Cohort]:
        return (know(Cohort(self.cohort_id)),)

    def decide(self, act: Act, cohort: Cohort) -> Iterator[Event]:
        if act.time < start_of(cohort.known.opens_on):
            raise NotOpenYet
        if not cohort.opened:
            yield ApplicationsOpened(cohort_id=self.cohort_id)
