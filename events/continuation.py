"""What has happened to a partnership after the programme."""

from typing import Annotated, ClassVar

from events.event import Event
from events.ids import CohortId, PairingId, PersonId
from events.personal import Closed, ForRules, OfTwo, Personal, Words
from events.terms import CheckInMonths, Code


class ContinuationAgreed(Event):
    """Two partners mean to go on leading together."""

    name: ClassVar = "continuation.agreed"
    pairing_id: PairingId
    cohort_id: CohortId
    patient_leader_id: PersonId
    healthcare_leader_id: PersonId


class CheckInDue(Event):
    """It is time to ask how a partnership goes on, some months after it completed."""

    name: ClassVar = "continuation.check-in-due"
    pairing_id: PairingId
    cohort_id: CohortId
    patient_leader_id: PersonId
    healthcare_leader_id: PersonId
    months: CheckInMonths


class ContinuationReported(Event):
    """One partner has answered a check-in."""

    name: ClassVar = "continuation.reported"
    pairing_id: PairingId
    cohort_id: CohortId
    person_id: PersonId
    months: CheckInMonths
    leading_together: Annotated[Closed[bool], ForRules(of="person_id")]
    words: Annotated[Closed[Words] | None, Personal(of="person_id", even=512)] = None


class ContinuationEnded(Event):
    """A partnership has come to its end, for a reason."""

    name: ClassVar = "continuation.ended"
    pairing_id: PairingId
    cohort_id: CohortId
    patient_leader_id: PersonId
    healthcare_leader_id: PersonId
    reason: Annotated[Closed[Code], OfTwo(of="patient_leader_id+healthcare_leader_id")]
