"""What must hold of people, and of what is known of them."""

from collections.abc import Iterator
from datetime import datetime
from typing import Any, ClassVar, Final

from domain.invariants.chronicle.places import ApplicationLife
from domain.invariants.invariant import SOON, Finding, Invariant
from domain.invariants.learning import learns
from events.applications import ApplicationAmended, ApplicationStarted, ApplicationSubmitted
from events.assessments import (
    AssessorAppointed,
    AssessorDayChanged,
    AssessorLate,
    AssessorReminderDue,
)
from events.catalogue import Recorded
from events.cohorts import ExtensionGranted
from events.contacts import ContactNamed
from events.event import Event
from events.ids import PersonId
from events.interest import InterestExpressed, InvitedToApply
from events.matching import PairForbidden, PairLocked
from events.offers import OfferMade, ReserveListed, ReservePromoted
from events.pairings import PairingActivated, PairingProposed
from events.people import (
    AccessNeedsStated,
    ConsentGiven,
    ContactPreferenceStated,
    PersonDetailsChanged,
    PersonRegistered,
    RelationshipDeclared,
)

NEW: Final[tuple[type[Event], ...]] = (
    PersonRegistered,
    ConsentGiven,
    ContactPreferenceStated,
    AccessNeedsStated,
    PersonDetailsChanged,
    RelationshipDeclared,
    InterestExpressed,
    InvitedToApply,
    ExtensionGranted,
    ApplicationStarted,
    ApplicationSubmitted,
    ApplicationAmended,
    AssessorAppointed,
    AssessorDayChanged,
    AssessorReminderDue,
    AssessorLate,
    OfferMade,
    ReserveListed,
    ReservePromoted,
    PairForbidden,
    PairLocked,
    PairingProposed,
    PairingActivated,
    ContactNamed,
)
"""What nobody can say of, or offer to, somebody who was erased."""
PEOPLE: Final = (
    "person_id",
    "other_id",
    "assessor_id",
    "patient_leader_id",
    "healthcare_leader_id",
)


class NothingNewOfTheErased(Invariant):
    """Something new was kept about, or offered to, somebody who was erased."""

    name: ClassVar = "people.nothing-new-of-the-erased"
    rules: ClassVar = (30,)

    @learns(*NEW)
    def kept(self, fact: Recorded[Any]) -> list[Finding] | None:
        """What they had may still come to its end."""
        erased = self.log.people.erased
        if not erased:
            return None
        for field in PEOPLE:
            who = getattr(fact.event, field, None)
            if who in erased:
                return [self.found((who,), erased[who], fact.envelope.position)]
        return None


class RegisteredOnce(Invariant):
    """One person was registered twice."""

    name: ClassVar = "people.registered-once"

    @learns(PersonRegistered)
    def came(self, fact: Recorded[PersonRegistered]) -> list[Finding] | None:
        """An id stands for one person."""
        who, at = fact.event.person_id, fact.envelope.position
        first = self.log.people.registered[who]
        return None if first == at else [self.found((who,), first, at)]


class NoPartWithoutConsent(Invariant):
    """Somebody does not agree any more to the use of their data, and still takes part."""

    name: ClassVar = "people.no-part-without-consent"

    def standing(self, now: datetime) -> Iterator[Finding]:
        """What they applied for, a partner or an offer come to their end by themselves."""
        for who, (at, since) in self.log.people.no_part.items():
            if self.waits(since, now, SOON):
                for life in self._applications(who, since, now):
                    yield self.found((who, life.application_id), at, life.begun_at)
                for pair in self.log.pairs.live_of(who):
                    yield self.found((who, pair.pairing_id), at, *pair.led_there)

    def _applications(
        self, who: PersonId, since: datetime, now: datetime
    ) -> Iterator[ApplicationLife]:
        for cohort_id, cohort in self.log.cohorts.items():
            if self.waits_in(cohort, since, now, SOON):
                theirs = self.log.places.of_person.get((cohort_id, who), ())
                yield from (one for one in theirs if one.leads_to_a_place)
