"""How a pairing ends: with a reason, and never with the one who stays left behind."""

from collections.abc import Iterator
from enum import StrEnum
from typing import ClassVar, Final

from domain.decision import Act, Command, Decides, Know, Refusal
from domain.offers.offer import NotOnTheCohort
from domain.pairings.engagement import Engagement
from domain.pairings.pairing import Pairing, PairingState
from events.event import Event
from events.ids import CohortId, PairingId, PersonId
from events.pairings import PairingDeclined, PairingEnded, RepairingAsked
from events.personal import Words
from events.terms import Role

LEFT_THE_PROGRAMME: Final = "left-programme"


class EndReason(StrEnum):
    """Why a pairing ends; after `relationship` or `concern` the two are never paired again."""

    LEFT_THE_PROGRAMME = LEFT_THE_PROGRAMME
    ILL_HEALTH = "ill-health"
    CHANGED_JOB = "changed-job"
    MOVED_AWAY = "moved-away"
    NO_TIME = "no-time"
    RELATIONSHIP = "relationship"
    CONCERN = "concern"
    OTHER = "other"


class NeverActive(Refusal):
    """The two have not begun to lead together, so nothing can end. Decline instead."""

    code = "pairing.never-active"


class PairingAlreadyCompleted(Refusal):
    """The pairing is completed. If the two go separate ways now, end its continuation instead."""

    code = "pairing.already-completed"


class StillOnTheCohort(Refusal):
    """The person still has their place on the cohort. End their pairing with a reason instead."""

    code = "pairing.still-on-the-cohort"


def _asked_again(pairing: Pairing, *stay: Engagement) -> Iterator[RepairingAsked]:
    """Whoever stays on the cohort goes to the front for a new partner."""
    for one in stay:
        if one.confirmed and one.person_id and one.side:
            yield RepairingAsked(
                pairing_id=pairing.known.pairing_id,
                cohort_id=pairing.known.cohort_id,
                person_id=one.person_id,
                side=one.side,
            )


class EndPairing(Command, Decides[Pairing, Engagement, Engagement]):
    """A pairing ends for a reason. With nobody named as leaving, both stay and wait for another."""

    name: ClassVar = "pairing.end"
    roles: ClassVar = frozenset({Role.PARTICIPANT, Role.COORDINATOR, Role.SYSTEM})
    pairing_id: PairingId
    reported_by: PersonId
    reason: EndReason
    note: Words | None = None
    leaver: PersonId | None = None

    def needs(self, know: Know) -> tuple[Pairing, Engagement, Engagement]:
        pairing = know(Pairing(self.pairing_id))
        one, other = pairing.both if pairing.proposed else (None, None)
        cohort_id = pairing.cohort_id
        return pairing, know(Engagement(cohort_id, one)), know(Engagement(cohort_id, other))

    def decide(
        self, act: Act, pairing: Pairing, one: Engagement, other: Engagement
    ) -> Iterator[Event]:
        act.must_speak_for(self.reported_by)
        pairing.must_include(self.reported_by)
        if self.leaver:
            pairing.must_include(self.leaver)
        if pairing.state is PairingState.ENDED:
            return
        _must_have_begun(pairing)
        yield PairingEnded(
            pairing_id=self.pairing_id,
            cohort_id=pairing.known.cohort_id,
            patient_leader_id=pairing.both[0],
            healthcare_leader_id=pairing.both[1],
            reported_by=self.reported_by,
            reason=self.reason,
            note=self.note,
        )
        stay = [it for it in (one, other) if it.person_id != self.leaver]
        yield from _asked_again(pairing, *stay)


def _must_have_begun(pairing: Pairing) -> None:
    if pairing.state is PairingState.COMPLETED:
        raise PairingAlreadyCompleted
    if pairing.state not in (PairingState.ACTIVE, PairingState.PAUSED, PairingState.HELD):
        raise NeverActive


class EndForLeaver(Command, Decides[Engagement, Pairing, Engagement]):
    """Whoever left a cohort leaves their partner or proposal too; the other goes to the front."""

    name: ClassVar = "pairing.end-for-leaver"
    cohort_id: CohortId
    person_id: PersonId

    def needs(self, know: Know) -> tuple[Engagement, Pairing, Engagement]:
        leaver = know(Engagement(self.cohort_id, self.person_id))
        pairing = know(Pairing(leaver.pairing_id))
        stays = pairing.other(self.person_id) if pairing.proposed else None
        return leaver, pairing, know(Engagement(self.cohort_id, stays))

    def decide(
        self, act: Act, leaver: Engagement, pairing: Pairing, stays: Engagement
    ) -> Iterator[Event]:
        if leaver.side is None:
            raise NotOnTheCohort
        if leaver.confirmed:
            raise StillOnTheCohort
        if pairing.proposed is None or pairing.state is PairingState.COMPLETED:
            return
        yield self._ended(pairing)
        yield from _asked_again(pairing, stays)

    def _ended(self, pairing: Pairing) -> PairingDeclined | PairingEnded:
        asked = pairing.known
        two = {
            "pairing_id": asked.pairing_id,
            "cohort_id": asked.cohort_id,
            "patient_leader_id": asked.patient_leader_id,
            "healthcare_leader_id": asked.healthcare_leader_id,
            "reason": LEFT_THE_PROGRAMME,
        }
        if pairing.state is PairingState.PROPOSED:
            return PairingDeclined.model_validate({**two, "declined_by": self.person_id})
        return PairingEnded.model_validate({**two, "reported_by": self.person_id})
