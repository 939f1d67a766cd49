"""What has happened to a pairing, from the proposal to its completion."""

from datetime import date
from typing import Annotated, ClassVar, Literal

from events.event import Event
from events.ids import CohortId, MatchingRunId, PairingId, PersonId
from events.matching import Reason
from events.people import PersonStated
from events.personal import Closed, ForRules, OfCase, OfTwo, Words
from events.terms import CheckInMonths, Code, PairingStep, Side


class PairingProposed(Event):
    """Two people are asked whether they will lead together; both are reserved for each other.
    Whoever has not answered on `remind_on` is reminded.

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
    reasons: Annotated[
        Closed[tuple[Reason, ...]],
        OfTwo(of="patient_leader_id+healthcare_leader_id", even=512),
    ] = ()
    former_pairing_id: PairingId | None = None
    remind_on: date | None = None


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
    reason: Annotated[Closed[Code], OfTwo(of="patient_leader_id+healthcare_leader_id")]


class PairingTakenBack(Event):
    """The programme takes a proposal back, in its own name; both are free for somebody else."""

    name: ClassVar = "pairing.taken-back"
    veiled: ClassVar = True
    pairing_id: PairingId
    cohort_id: CohortId
    patient_leader_id: PersonId
    healthcare_leader_id: PersonId
    reason: Annotated[Closed[Code], OfTwo(of="patient_leader_id+healthcare_leader_id")]


class ProposalExtended(Event):
    """The two have longer to say yes or no."""

    name: ClassVar = "pairing.proposal-extended"
    pairing_id: PairingId
    cohort_id: CohortId
    patient_leader_id: PersonId
    healthcare_leader_id: PersonId
    accept_by: date
    remind_on: date | None = None


class ProposalReminderDue(Event):
    """The two have not both answered a proposal yet, and the last day for it is near."""

    name: ClassVar = "pairing.reminder-due"
    pairing_id: PairingId
    cohort_id: CohortId
    patient_leader_id: PersonId
    healthcare_leader_id: PersonId


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
    patient_leader_id: PersonId
    healthcare_leader_id: PersonId
    reason: Annotated[Closed[Code], OfTwo(of="patient_leader_id+healthcare_leader_id")]


class PairingHeld(Event):
    """Something came between two who lead together, or took a break: a coordinator must speak to
    both before they go on. Which rule keeps them apart is for those who look after the case alone.
    """

    name: ClassVar = "pairing.held"
    veiled: ClassVar = True
    pairing_id: PairingId
    cohort_id: CohortId
    patient_leader_id: PersonId
    healthcare_leader_id: PersonId
    rule: Annotated[Closed[Code], OfCase(of="pairing_id")]


class PairingResumed(Event):
    """The two go on after a break, or after a coordinator spoke to both."""

    name: ClassVar = "pairing.resumed"
    pairing_id: PairingId
    cohort_id: CohortId


class PairingEnded(Event):
    """The two no longer lead together. Who of them reported it, None if the team ended it, and
    their note are for the case alone.
    """

    name: ClassVar = "pairing.ended"
    veiled: ClassVar = True
    pairing_id: PairingId
    cohort_id: CohortId
    patient_leader_id: PersonId
    healthcare_leader_id: PersonId
    reason: Annotated[Closed[Code], OfTwo(of="patient_leader_id+healthcare_leader_id")]
    reported_by: Annotated[Closed[PersonId] | None, OfCase(of="pairing_id", always=True)] = None
    note: Annotated[Closed[Words] | None, OfCase(of="pairing_id", even=4096, always=True)] = None
    by: Annotated[Closed[dict[str, str]] | None, OfCase(of="pairing_id", even=1024)] = None


class PairingStepTakenBack(Event):
    """A step of a pairing was recorded by mistake: it stands where it stood before."""

    name: ClassVar = "pairing.step-taken-back"
    pairing_id: PairingId
    cohort_id: CohortId
    patient_leader_id: PersonId
    healthcare_leader_id: PersonId
    step: PairingStep
    stands: Literal["active", "paused", "held", "completed", "continuing"]
    reason: Annotated[Closed[Code], OfTwo(of="patient_leader_id+healthcare_leader_id")]


class PersonHeldOut(Event):
    """The team looks at something first: until then somebody is asked to lead with nobody, and
    meets nobody with whom they lead.

    `held_by` is who of the team holds them out, and lets them in again; None, those who look after
    what is told in confidence. What it is about stands nowhere here.
    """

    name: ClassVar = "pairing.person-held-out"
    cover: ClassVar = PersonStated
    person_id: PersonId
    reason: Annotated[Closed[Code], ForRules(of="person_id")]
    held_by: Annotated[Closed[PersonId] | None, ForRules(of="person_id")] = None


class PersonLetIn(Event):
    """The team has looked at it: somebody may be asked to lead with others again, as far as it was
    `held_by` this one of the team who held them out.
    """

    name: ClassVar = "pairing.person-let-in"
    cover: ClassVar = PersonStated
    person_id: PersonId
    reason: Annotated[Closed[Code], ForRules(of="person_id")]
    held_by: Annotated[Closed[PersonId] | None, ForRules(of="person_id")] = None


class PartnerWishedAgain(Event):
    """Somebody would like to be asked once more about one with whom it came to nothing."""

    name: ClassVar = "pairing.partner-wished-again"
    cover: ClassVar = PersonStated
    person_id: PersonId
    other_id: PersonId


class RepairingAsked(Event):
    """Somebody whose partner left is at the front of the queue for a new one."""

    name: ClassVar = "pairing.repairing-asked"
    veiled: ClassVar = True
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

    `completed_on` is the day in London from which the check-ins are counted; they come after so
    many months (`check_in_months`).
    """

    name: ClassVar = "pairing.completed"
    pairing_id: PairingId
    cohort_id: CohortId
    patient_leader_id: PersonId
    healthcare_leader_id: PersonId
    completed_on: date
    check_in_months: tuple[CheckInMonths, ...]
