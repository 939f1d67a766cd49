"""What has happened to a pairing, from the proposal to its completion."""

from datetime import date
from typing import Annotated, ClassVar

from events.event import Event
from events.ids import CohortId, MatchingRunId, PairingId, PersonId
from events.matching import Reason
from events.personal import Personal, PersonalWords
from events.terms import Code, Side


class PairingProposed(Event):
    """Two people are asked whether they will lead together; both are reserved for each other.

    `former_pairing_id` names the ended pairing that this one follows, if one of them had to wait
    for a new partner.
    """

    name: ClassVar = "pairing.proposed"
    pairing_id: PairingId
    cohort_id: CohortId
    patient_leader_id: PersonId
    healthcare_leader_id: PersonId
    accept_by: date
    run_id: MatchingRunId | None = None
    reasons: tuple[Reason, ...] = ()
    former_pairing_id: PairingId | None = None


class PairingAccepted(Event):
    """One of the two says yes."""

    name: ClassVar = "pairing.accepted"
    pairing_id: PairingId
    cohort_id: CohortId
    person_id: PersonId


class PairingDeclined(Event):
    """One of the two says no."""

    name: ClassVar = "pairing.declined"
    pairing_id: PairingId
    cohort_id: CohortId
    patient_leader_id: PersonId
    healthcare_leader_id: PersonId
    declined_by: PersonId
    reason: Code


class PairingLapsed(Event):
    """A proposal was not answered by both in time."""

    name: ClassVar = "pairing.lapsed"
    pairing_id: PairingId
    cohort_id: CohortId
    patient_leader_id: PersonId
    healthcare_leader_id: PersonId


class PairingActivated(Event):
    """Both said yes: they lead together."""

    name: ClassVar = "pairing.activated"
    pairing_id: PairingId
    cohort_id: CohortId
    patient_leader_id: PersonId
    healthcare_leader_id: PersonId


class PairingPaused(Event):
    """The two take a break, for a reason."""

    name: ClassVar = "pairing.paused"
    pairing_id: PairingId
    cohort_id: CohortId
    reason: Code


class PairingResumed(Event):
    """The two go on after a break."""

    name: ClassVar = "pairing.resumed"
    pairing_id: PairingId
    cohort_id: CohortId


class PairingEnded(Event):
    """The two no longer lead together. `reported_by` wrote the note, which stays sealed."""

    name: ClassVar = "pairing.ended"
    pairing_id: PairingId
    cohort_id: CohortId
    patient_leader_id: PersonId
    healthcare_leader_id: PersonId
    reported_by: PersonId
    reason: Code
    note: Annotated[PersonalWords | None, Personal(of="reported_by")] = None


class RepairingAsked(Event):
    """Somebody whose partner left is at the front of the queue for a new one."""

    name: ClassVar = "pairing.repairing-asked"
    pairing_id: PairingId
    cohort_id: CohortId
    person_id: PersonId
    side: Side


class PartnerReplaced(Event):
    """A new pairing follows an ended one; a project goes along with it."""

    name: ClassVar = "pairing.partner-replaced"
    pairing_id: PairingId
    former_pairing_id: PairingId
    cohort_id: CohortId
    person_id: PersonId


class PairingCompleted(Event):
    """The two have done what they set out to do in the programme.

    `completed_on` is the day in London from which the check-ins are counted.
    """

    name: ClassVar = "pairing.completed"
    pairing_id: PairingId
    cohort_id: CohortId
    patient_leader_id: PersonId
    healthcare_leader_id: PersonId
    completed_on: date
