"""Who may act for a pair, and when two people still lead together."""

from typing import Final

from domain.decision import Act, Refusal
from domain.pairings.pairing import Pairing, PairingState
from events.ids import CohortId, PersonId

GOING_ON: Final = frozenset({PairingState.ACTIVE, PairingState.COMPLETED})
"""A pair that completed the programme still leads its project."""


class PairingOfAnotherCohort(Refusal):
    """The pairing belongs to another cohort. Choose something of its own cohort."""

    code = "pairing.of-another-cohort"


class WaitsForAPair(Refusal):
    """The project waits, because its two partners do not lead together just now. It goes on as
    soon as they take it up again, or a new partner has come.
    """

    code = "project.waits-for-a-pair"


def must_act_for(act: Act, pairing: Pairing, person_id: PersonId | None = None) -> None:
    """Refuses somebody who is not one of the two, or speaks in the other's name."""
    if person_id is not None:
        act.must_speak_for(person_id)
        pairing.must_include(person_id)
    else:
        pairing.must_be_theirs(act)


def must_lead_together(pairing: Pairing, cohort_id: CohortId) -> None:
    """Refuses two who are not an active pairing of the cohort."""
    if pairing.known.cohort_id != cohort_id:
        raise PairingOfAnotherCohort
    pairing.must_be_active()


def must_go_on(pairing: Pairing) -> None:
    """Refuses what needs a pair while there is none."""
    if pairing.known and pairing.state not in GOING_ON:
        raise WaitsForAPair
