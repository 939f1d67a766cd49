"""Sessions of one workshop: it may be held more than once under its number, where there is no room
for all; who attends any of them has attended it.
"""

from collections.abc import Collection, Iterable, Iterator
from typing import Final, NamedTuple

from domain.decision import Act, Know, Refusal
from domain.workshops.training import Course, Training
from domain.workshops.workshop import Workshop
from events.ids import PersonId
from events.workshops import BookingCancelled


class AnotherSession(Refusal):
    """You have a place on another session of this workshop, or have been to it. If you would
    rather come to this one, give the other place back first.
    """

    code = "workshop.another-session"


ELSEWHERE: Final = "booking.another-session"
"""Why somebody waits no more, or has no place any more: they have one on another session."""


class OtherSessions(NamedTuple):
    """The other sessions of a workshop, and what those have attended who would like to come."""

    sessions: tuple[Workshop, ...]
    trainings: tuple[Training, ...]

    def booked(self, act: Act) -> set[PersonId]:
        """Who has a place on one that is still to come."""
        return {who for one in self.sessions if not one.has_begun(act) for who in one.booked}

    def must_leave_open_to(self, people: Collection[PersonId], act: Act) -> None:
        """Refuses those who have a place on another one that is still to come, or were there."""
        there = {one.workshop_id for one in self.sessions}
        been = {it.person_id for it in self.trainings if not there.isdisjoint(it.done)}
        if not (self.booked(act) | been).isdisjoint(people):
            raise AnotherSession

    def waited_for(self, people: Collection[PersonId], act: Act) -> Iterator[BookingCancelled]:
        """Whoever has a place now waits for none on another session, nor is promised one."""
        for one in self.sessions:
            asked = {*one.waiting, *one.promised}.intersection(() if one.has_begun(act) else people)
            for who in sorted(asked):
                yield BookingCancelled(
                    workshop_id=one.known.workshop_id,
                    cohort_id=one.known.cohort_id,
                    person_id=who,
                    reason=ELSEWHERE,
                )


def other_sessions(know: Know, workshop: Workshop, people: Iterable[PersonId]) -> OtherSessions:
    """What must be known to tell who may have a place; nothing, where a workshop is held once."""
    plan, course = workshop.scheduled, know(Course(workshop.cohort_id))
    same = [
        one
        for one, number in sorted(course.numbers.items())
        if plan is not None and number == plan.number and one != plan.workshop_id
    ]
    sessions = tuple(know(Workshop(one)) for one in same)
    who = sorted({*people}) if same else ()
    return OtherSessions(sessions, tuple(know(Training(workshop.cohort_id, it)) for it in who))
