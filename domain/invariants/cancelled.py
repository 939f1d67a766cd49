"""What must hold of a cohort that was cancelled: all that it had ends, and nothing goes on."""

from collections.abc import Iterator
from datetime import datetime
from itertools import chain
from typing import Any, ClassVar, Final

from domain.invariants.invariant import SOON, Finding, Invariant
from domain.invariants.learning import learns
from events.applications import ApplicationWithdrawn
from events.catalogue import EVERY, Recorded
from events.cohorts import ApplicationsClosed, CohortCancelled, CohortPlanned
from events.contacts import ContactDeclined, ContactEnded, ContactKept
from events.continuation import ContinuationAgreed, ContinuationEnded, ContinuationReported
from events.event import Event
from events.ids import CohortId
from events.imports import ImportEnded, ImportTakenBack
from events.matching import MatchingRunDiscarded, MatchingRunGivenUp, MatchingRunMade
from events.notices import NoticeDone, NoticeSettled, NoticeToSendAgain, NoticeUndelivered
from events.offers import OfferDeclined, OfferLapsed, OfferWithdrawn, PlaceGivenUp
from events.pairings import PairingDeclined, PairingEnded, PairingLapsed, PairingTakenBack
from events.projects import ProjectStopped
from events.reasons import CohortReasonPutRight, PersonReasonPutRight
from events.reflections import ReflectionWithdrawn
from events.roles import RoleWithdrawn
from events.troubles import TroubleNoted, TroubleSettled
from events.workshops import (
    BookingCancelled,
    TrainingReopened,
    WaitingListLapsed,
    WorkshopCancelled,
)

ENDS: Final[frozenset[type[Event]]] = frozenset(
    {
        CohortPlanned,
        CohortCancelled,
        ApplicationsClosed,
        ApplicationWithdrawn,
        OfferDeclined,
        OfferLapsed,
        OfferWithdrawn,
        PlaceGivenUp,
        MatchingRunDiscarded,
        MatchingRunGivenUp,
        MatchingRunMade,  # of what was asked before
        PairingDeclined,
        PairingEnded,
        PairingLapsed,
        PairingTakenBack,
        ContinuationAgreed,
        ContinuationReported,
        ContinuationEnded,
        WorkshopCancelled,
        TrainingReopened,
        BookingCancelled,
        WaitingListLapsed,
        ProjectStopped,
        ReflectionWithdrawn,
        RoleWithdrawn,
        ContactDeclined,
        ContactEnded,
        ContactKept,
        CohortReasonPutRight,
        PersonReasonPutRight,
        ImportEnded,
        ImportTakenBack,
        NoticeUndelivered,
        NoticeToSendAgain,
        NoticeDone,
        NoticeSettled,
        TroubleNoted,
        TroubleSettled,
    }
)
"""With which something comes to its end, or is let go by another day; which is between two who
completed it before; or which is about a message of it, or about what could not be taken in. The
table of states has what may be asked for of a cancelled cohort, and a test holds the two together.
"""
GOES_ON: Final = tuple(one for one in EVERY if "cohort_id" in one.model_fields and one not in ENDS)
LEADING: Final = ("proposed", "active", "paused")
HOLDS: Final = ("nothing", "offered", "accepted", "confirmed", "reserve")


class NothingGoesOnWhenCancelled(Invariant):
    """Something goes on of a cohort that was cancelled."""

    name: ClassVar = "cohorts.nothing-goes-on-when-cancelled"

    @learns(*GOES_ON)
    def goes_on(self, fact: Recorded[Any]) -> list[Finding] | None:
        """What people had may come to its end."""
        cohort_id = fact.event.cohort_id
        cancelled_at = self.log.cohorts.get(cohort_id).cancelled_at if cohort_id else 0
        if not cancelled_at:
            return None
        about = cohort_id, fact.envelope.subject
        return [self.found(about, cancelled_at, fact.envelope.position)]


class AllEndsWhenCancelled(Invariant):
    """A cohort was cancelled, and something that belongs to it has not ended."""

    name: ClassVar = "cohorts.all-ends-when-cancelled"

    def standing(self, now: datetime) -> Iterator[Finding]:
        """Applications, pairings, projects, and workshops that were still to come."""
        for cohort_id, life in self.log.cohorts.items():
            if life.cancelled and self.waits(life.cancelled, now, SOON):
                known = self._people(cohort_id), self._work(cohort_id, life.cancelled)
                for one, since in chain(*known):
                    yield self.found((cohort_id, one), since, life.cancelled_at)

    def _people(self, cohort_id: CohortId) -> Iterator[tuple[str, int]]:
        for life in self.log.places.of_cohort.get(cohort_id, ()):
            if life.live and life.holds in HOLDS:
                yield life.application_id, life.begun_at
        for pair in self.log.pairs.live.values():
            if pair.cohort_id == cohort_id and pair.state in LEADING:
                yield pair.pairing_id, pair.state_at or pair.proposed_at

    def _work(self, cohort_id: CohortId, cancelled: datetime) -> Iterator[tuple[str, int]]:
        for project in self.log.projects.going_on.values():
            if project.cohort_id == cohort_id:
                yield project.project_id, project.proposed_at
        for day in self.log.workshops.all.values():
            ahead = not day.cancelled_at and not day.held_at and day.starts_at > cancelled
            if day.cohort_id == cohort_id and ahead:
                yield day.workshop_id, day.scheduled_at
