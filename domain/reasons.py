"""What is so already, and is said once more for another reason: that is put right, and nothing else
happens. Why it is done so: docs/decisions/034-it-was-so-already.md.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Final

from domain.decision import Knowledge, SoAlready, learns
from events.applications import ApplicationReinstated, ApplicationWithdrawn
from events.assessments import AssessorDayChanged
from events.cohorts import (
    CohortCancelled,
    CohortCompletionTakenBack,
    CohortPlanAmended,
    CohortStartTakenBack,
    ExtensionWithdrawn,
)
from events.event import Event, declared_id_fields
from events.ids import ApplicationId, CohortId, MatchingRunId, PersonId, ProjectId, WorkshopId
from events.matching import MatchingRunDiscarded
from events.offers import (
    EmployerReleaseLost,
    OfferDayChanged,
    OfferDeclined,
    OfferReopened,
    OfferWithdrawn,
    PlaceGivenBack,
    PlaceGivenUp,
    ReserveListed,
    ReserveReordered,
)
from events.personal import plain
from events.projects import (
    MilestoneDropped,
    MilestoneMissed,
    MilestoneRescheduled,
    MilestoneReturned,
    ProjectCompleted,
    ProjectStopped,
    ProjectTakenUpAgain,
)
from events.reasons import CohortReasonPutRight, OfTheTeam, PersonReasonPutRight
from events.roles import RoleWithdrawn
from events.workshops import (
    AttendanceCorrected,
    BookingCancelled,
    CapacityChanged,
    MakeUpTakenBack,
    RegisterReopened,
    WorkshopAmended,
    WorkshopCancelled,
    WorkshopReinstated,
    WorkshopRescheduled,
)

PutRight = PersonReasonPutRight | CohortReasonPutRight
OF_THE_TEAM: Final = frozenset(OfTheTeam)


class NobodyChoseIt(SoAlready):
    """It is so already, and nobody chose the reason: it followed from something else. If that was
    wrong, put that right.
    """

    code = "reason.nobody-chose-it"


@dataclass
class SaidOfIt(Knowledge):
    """Why something is so, as it was said last: the facts that bear a reason, with the one that
    counts now.
    """

    heard: list[Event] = field(default_factory=list, kw_only=True)

    def last(self, kind: type[Event], **so: Any) -> Event | None:
        """The last fact of a kind with just these fields."""
        told = (one for one in reversed(self.heard) if type(one) is kind)
        return next((one for one in told if all(getattr(one, it) == so[it] for it in so)), None)

    def told(self, event: PutRight) -> Event | None:
        """The fact whose reason is put right, as it is known: the last that it is about."""
        return next((one for one in reversed(self.heard) if is_about(event, one)), None)

    def differs(self, kind: type[Event], reason: StrEnum, **so: Any) -> bool:
        """Whether the last fact of a kind that says so gives another reason than this.

        False, where none says so, or its reason is not known any more. Refuses, if nobody chose the
        reason that counts.
        """
        last = self.last(kind, **so)
        return last is not None and is_another(reason, last)

    def differing(
        self, kind: type[Event], reason: StrEnum, named: Mapping[str, Any]
    ) -> dict[str, Any]:
        """What of that which is named was said last for another reason, each by itself."""
        return {name: it for name, it in named.items() if self.differs(kind, reason, **{name: it})}

    def otherwise(self, kind: type[Event], reason: StrEnum | None, **so: Any) -> Iterator[Event]:
        """What follows if it is so already: the reason of the last fact of a kind that says so is
        put right, if it is another one. Nothing, where a later fact of the kind says otherwise: it
        is so for something else then.
        """
        last = self.last(kind, **so)
        if last is None or reason is None:
            return
        right = put_right(last, reason.value)
        if self.told(right) is last and is_another(reason, last):
            yield right

    @learns(PersonReasonPutRight, CohortReasonPutRight)
    def is_put_right(self, event: PutRight) -> None:
        """The last fact that it is about has another reason from now on."""
        now = self.told(event)
        self.heard = [with_reason(one, event.reason) if one is now else one for one in self.heard]


def said_about(event: PutRight) -> SaidOfIt:
    """What must be known to tell which fact it is whose reason is put right."""
    if isinstance(event, PersonReasonPutRight) and event.application_id:
        return SaidOfApplication(event.application_id)
    if isinstance(event, PersonReasonPutRight) and event.workshop_id:
        return SaidOfBooking(event.workshop_id, event.person_id)
    if event.workshop_id:
        return SaidOfWorkshop(event.workshop_id)
    if event.project_id:
        return SaidOfProject(event.project_id)
    if isinstance(event, PersonReasonPutRight):
        return SaidOfPerson(event.person_id)
    return SaidOfRun(event.run_id) if event.run_id else SaidOfCohort(event.cohort_id)


def is_another(reason: StrEnum, fact: Event) -> bool:
    """Whether it is another reason than that of a fact, as far as it is known; refuses, if nobody
    chose that one.
    """
    before = reason_of(fact)
    if before is None or before == reason.value:
        return False
    if before not in {one.value for one in type(reason)}:
        raise NobodyChoseIt
    return True


def reason_of(fact: Event) -> str | None:
    """The one reason of a fact that bears one; None if it is not known any more."""
    told = plain(vars(fact).get("reason") or vars(fact).get("reasons"))
    return told[0] if isinstance(told, tuple) and told else told or None


def with_reason(fact: Event, reason: Any) -> Event:
    """The same fact with another reason."""
    if "reason" in type(fact).model_fields:
        return fact.model_copy(update={"reason": reason})
    return fact.model_copy(update={"reasons": (reason,) if isinstance(reason, str) else reason})


def put_right(fact: Event, reason: str) -> PutRight:
    """Another reason for what was said, and nothing else."""
    if fact.name in OF_THE_TEAM:
        return CohortReasonPutRight.model_validate(
            {**_ids(CohortReasonPutRight, fact), "of": fact.name, "reason": reason}
        )
    mine = {**_ids(PersonReasonPutRight, fact), "role": vars(fact).get("role")}
    return PersonReasonPutRight.model_validate({**mine, "of": fact.name, "reason": reason})


def _ids(kind: type[Event], fact: Event) -> dict[str, Any]:
    return {name: getattr(fact, name, None) for name in declared_id_fields(kind)}


def is_about(event: PutRight, fact: Event) -> bool:
    """Whether it is the reason of a fact of this kind and with these ids that is put right."""
    same = event.of == fact.name and _ids(type(event), event) == _ids(type(event), fact)
    return same and getattr(event, "role", None) == getattr(fact, "role", None)


@dataclass
class SaidOfApplication(SaidOfIt):
    """Why an application, and what it holds, is as it is."""

    application_id: ApplicationId | None

    @property
    def tags(self) -> tuple[str | None, ...]:
        return (self.application_id,)

    @learns(ApplicationWithdrawn, ApplicationReinstated, ReserveListed, ReserveReordered)
    def of_it(self, event: Event) -> None:
        self.heard.append(event)

    @learns(OfferDayChanged, OfferDeclined, OfferReopened, OfferWithdrawn)
    def of_the_offer(self, event: Event) -> None:
        self.heard.append(event)

    @learns(EmployerReleaseLost, PlaceGivenBack, PlaceGivenUp)
    def of_the_place(self, event: Event) -> None:
        self.heard.append(event)


@dataclass
class SaidOfCohort(SaidOfIt):
    """Why the plan and the course of a cohort are as they are."""

    cohort_id: CohortId | None

    @property
    def tags(self) -> tuple[str | None, ...]:
        return (self.cohort_id,)

    @learns(CohortCancelled, CohortPlanAmended, CohortStartTakenBack, CohortCompletionTakenBack)
    def of_it(self, event: Event) -> None:
        self.heard.append(event)

    @learns(AssessorDayChanged)
    def of_its_panel(self, event: AssessorDayChanged) -> None:
        self.heard.append(event)


@dataclass
class SaidOfPerson(SaidOfIt):
    """Why somebody has no longer to apply, and does not act in a role any more."""

    person_id: PersonId | None

    @property
    def tags(self) -> tuple[str | None, ...]:
        return (self.person_id,)

    @learns(ExtensionWithdrawn, RoleWithdrawn)
    def of_them(self, event: Event) -> None:
        self.heard.append(event)


@dataclass
class SaidOfRun(SaidOfIt):
    """Why a matching run is not used."""

    run_id: MatchingRunId | None

    @property
    def tags(self) -> tuple[str | None, ...]:
        return (self.run_id,)

    @learns(MatchingRunDiscarded)
    def of_it(self, event: MatchingRunDiscarded) -> None:
        self.heard.append(event)


@dataclass
class SaidOfWorkshop(SaidOfIt):
    """Why a workshop is as it is: when and where, with how many places, and its register."""

    workshop_id: WorkshopId | None

    @property
    def tags(self) -> tuple[str | None, ...]:
        return (self.workshop_id,)

    @learns(WorkshopRescheduled, WorkshopAmended, WorkshopCancelled, WorkshopReinstated)
    def of_it(self, event: Event) -> None:
        self.heard.append(event)

    @learns(CapacityChanged, RegisterReopened)
    def of_what_is_its(self, event: Event) -> None:
        self.heard.append(event)


@dataclass
class SaidOfBooking(SaidOfIt):
    """Why somebody has no place on a workshop any more, and its register says of them what it does:
    of all who were there only their own.
    """

    workshop_id: WorkshopId | None
    person_id: PersonId | None

    @property
    def tags(self) -> tuple[str | None, ...]:
        return (self.person_id, self.workshop_id)

    @learns(BookingCancelled, AttendanceCorrected, MakeUpTakenBack)
    def of_theirs(self, event: Event) -> None:
        self.heard.append(event)


@dataclass
class SaidOfProject(SaidOfIt):
    """Why a project and its milestones are as they are."""

    project_id: ProjectId | None

    @property
    def tags(self) -> tuple[str | None, ...]:
        return (self.project_id,)

    @learns(ProjectCompleted, ProjectStopped, ProjectTakenUpAgain)
    def of_it(self, event: Event) -> None:
        self.heard.append(event)

    @learns(MilestoneRescheduled, MilestoneDropped, MilestoneMissed, MilestoneReturned)
    def of_a_milestone(self, event: Event) -> None:
        self.heard.append(event)
