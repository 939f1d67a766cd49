"""What may be changed of a workshop beside its time and places: its title, venue and number, and
whether it takes place at all, or after all.
"""

from collections.abc import Iterator
from datetime import datetime
from enum import StrEnum
from typing import Annotated, ClassVar, Final, NamedTuple

from pydantic import Field

from domain.cohorts.cohort import Cohort
from domain.decision import Act, Command, Decides, Each, Know, StandsInTheWay
from domain.offers.offer import Membership
from domain.reasons import SaidOfWorkshop
from domain.rules_in_force import Rules
from domain.workshops.attendance import all_progress
from domain.workshops.bookings import BookingCancelReason, memberships
from domain.workshops.schedule import NumberTaken, WorkshopChangeReason
from domain.workshops.sessions import OtherSessions, other_sessions
from domain.workshops.training import Course, TrainingProgress, with_all_trainings
from domain.workshops.turns import held_until
from domain.workshops.workshop import Workshop, WorkshopHasBegun
from events.cohorts import MOST_WORKSHOPS
from events.event import Event
from events.ids import CohortId, WorkshopId
from events.personal import Line
from events.workshops import (
    BookingCancelled,
    WaitingListOffered,
    WorkshopAmended,
    WorkshopCancelled,
    WorkshopReinstated,
)

COHORT_CANCELLED: Final = "workshop.cohort-cancelled"
"""Why a workshop is off that nobody cancelled: its cohort does not take place."""


class ReinstateReason(StrEnum):
    """Why a workshop that was cancelled takes place after all."""

    MISTAKE = "workshop.cancelled-by-mistake"
    POSSIBLE = "workshop.possible-after-all"


class AmendWorkshop(
    Command, Decides[Workshop, Course, SaidOfWorkshop, tuple[TrainingProgress, ...]]
):
    """A coordinator changes a workshop's title, its number or, until it begins, its venue; what is
    not named stays. Whoever names the same again for another reason puts the reason right.
    """

    name: ClassVar = "workshop.amend"
    workshop_id: WorkshopId
    title: Line | None = None
    venue: Line | None = None
    number: Annotated[int, Field(ge=1, le=MOST_WORKSHOPS)] | None = None
    another_session: bool = False
    reason: WorkshopChangeReason

    def needs(
        self, know: Know
    ) -> tuple[Workshop, Course, SaidOfWorkshop, tuple[TrainingProgress, ...]]:
        workshop, said = know(Workshop(self.workshop_id)), know(SaidOfWorkshop(self.workshop_id))
        return workshop, know(Course(workshop.cohort_id)), said, all_progress(know, workshop)

    def decide(
        self,
        act: Act,
        workshop: Workshop,
        course: Course,
        said: SaidOfWorkshop,
        learned: tuple[TrainingProgress, ...],
    ) -> Iterator[Event]:
        plan = workshop.known
        named = self.model_dump(include={"title", "venue", "number"}, exclude_none=True)
        changes = {name: it for name, it in named.items() if it != getattr(plan, name)}
        if changes.get("number") in course.numbers.values() and not self.another_session:
            raise NumberTaken
        changes = changes or said.differing(WorkshopAmended, self.reason, named)
        if not changes:
            return
        if "venue" in changes:
            workshop.must_be_ahead(act)
        mine = {"workshop_id": self.workshop_id, "cohort_id": plan.cohort_id}
        amended = WorkshopAmended.model_validate({**mine, **changes, "reason": self.reason.value})
        yield from with_all_trainings([amended], learned)


class CancelWorkshop(Command, Decides[Workshop, SaidOfWorkshop, tuple[TrainingProgress, ...]]):
    """A coordinator cancels a workshop, or puts right why it was; its number is free for another
    one, if it was held once.
    """

    name: ClassVar = "workshop.cancel"
    workshop_id: WorkshopId
    reason: WorkshopChangeReason

    def needs(self, know: Know) -> tuple[Workshop, SaidOfWorkshop, tuple[TrainingProgress, ...]]:
        workshop, said = know(Workshop(self.workshop_id)), know(SaidOfWorkshop(self.workshop_id))
        return workshop, said, all_progress(know, workshop)

    def decide(
        self,
        act: Act,
        workshop: Workshop,
        said: SaidOfWorkshop,
        learned: tuple[TrainingProgress, ...],
    ) -> Iterator[Event]:
        if workshop.known and workshop.cancelled:
            yield from said.otherwise(WorkshopCancelled, self.reason)
            return
        plan = workshop.must_be_ahead(act)
        cancelled = WorkshopCancelled(
            workshop_id=self.workshop_id, cohort_id=plan.cohort_id, reason=self.reason.value
        )
        yield from with_all_trainings([cancelled], learned)


class CancelWorkshopsOf(Command, Decides[Cohort, Each[Workshop], tuple[TrainingProgress, ...]]):
    """A cohort does not take place: so its workshops do not, as far as they have not begun."""

    name: ClassVar = "workshop.cancel-with-cohort"
    cohort_id: CohortId

    def needs(self, know: Know) -> tuple[Cohort, Each[Workshop], tuple[TrainingProgress, ...]]:
        course = know(Course(self.cohort_id))
        workshops = Each(know(Workshop(one)) for one in sorted(course.numbers))
        return know(Cohort(self.cohort_id)), workshops, all_progress(know, *workshops)

    def decide(
        self,
        act: Act,
        cohort: Cohort,
        workshops: Each[Workshop],
        learned: tuple[TrainingProgress, ...],
    ) -> Iterator[Event]:
        if cohort.known and not cohort.cancelled:
            return
        cancelled = [
            WorkshopCancelled(
                workshop_id=one.known.workshop_id,
                cohort_id=self.cohort_id,
                reason=COHORT_CANCELLED,
            )
            for one in workshops
            if not one.has_begun(act)
        ]
        yield from with_all_trainings(cancelled, learned)


class There(NamedTuple):
    """Whether everybody who has, is promised or awaits a place is still on the cohort, where
    everybody stands in their course who learned there, who has a place on another session, and why
    it takes place.
    """

    members: tuple[Membership, ...]
    learned: tuple[TrainingProgress, ...]
    others: OtherSessions
    said: SaidOfWorkshop


class ReinstateWorkshop(Command, Decides[Rules, Workshop, Course, There]):
    """A workshop that was cancelled by mistake takes place after all, as long as it is to come:
    bookings and turns are as they were, and a place that was held is held anew. Where there is
    another workshop of its number, it is said that this is another session of that; whoever has a
    place there keeps that one.
    """

    name: ClassVar = "workshop.reinstate"
    workshop_id: WorkshopId
    another_session: bool = False
    reason: ReinstateReason

    def needs(self, know: Know) -> tuple[Rules, Workshop, Course, There]:
        workshop = know(Workshop(self.workshop_id))
        members = memberships(know, workshop, tuple(workshop.listed))
        others, said = other_sessions(know, workshop, ()), know(SaidOfWorkshop(self.workshop_id))
        there = There(members, all_progress(know, workshop), others, said)
        return know(Rules()), workshop, know(Course(workshop.cohort_id)), there

    def decide(
        self, act: Act, rules: Rules, workshop: Workshop, course: Course, there: There
    ) -> Iterator[Event]:
        plan = workshop.known
        if not workshop.cancelled:
            yield from there.said.otherwise(WorkshopReinstated, self.reason)
            return
        if plan.starts_at <= (act.asked_at or act.time):
            raise WorkshopHasBegun
        instead = sorted(one for one, number in course.numbers.items() if number == plan.number)
        if instead and not self.another_session:
            raise StandsInTheWay(*(f"the workshop {one} of the same number" for one in instead))
        reinstated = WorkshopReinstated(
            workshop_id=self.workshop_id,
            cohort_id=plan.cohort_id,
            number=plan.number,
            reason=self.reason.value,
        )
        yield from with_all_trainings([reinstated], there.learned)
        until, elsewhere = held_until(act, rules, plan), there.others.booked(act)
        for member in there.members:
            if member.confirmed and member.person_id in elsewhere:
                yield self._given_back(workshop, member, BookingCancelReason.ANOTHER_SESSION)
            else:
                yield from self._as_it_was(until, workshop, member)

    def _given_back(
        self, workshop: Workshop, member: Membership, reason: BookingCancelReason
    ) -> BookingCancelled:
        ids = {"cohort_id": workshop.cohort_id, "person_id": member.person_id}
        return BookingCancelled.model_validate(
            {"workshop_id": self.workshop_id, **ids, "reason": reason.value}
        )

    def _as_it_was(
        self, until: datetime, workshop: Workshop, member: Membership
    ) -> Iterator[Event]:
        """Unless they left the cohort meanwhile, or are to have their time to answer once more."""
        cohort_id, person_id = workshop.cohort_id, member.person_id
        if person_id is None:
            return
        ids = {"workshop_id": self.workshop_id, "cohort_id": cohort_id, "person_id": person_id}
        if not member.confirmed:
            yield self._given_back(workshop, member, BookingCancelReason.LEFT)
        elif promise := workshop.promised.get(person_id):
            again = {**ids, "until": until, "pairing_id": promise.pairing_id}
            yield WaitingListOffered.model_validate(again)
