"""What follows by itself for a project when its pair changes, or its cohort is cancelled."""

from collections.abc import Iterator

from domain.policy import when
from domain.projects.endings import HandOnProject, StopProjectsOf
from events.catalogue import Recorded
from events.cohorts import CohortCancelled
from events.pairings import PairingStepTakenBack, PartnerReplaced
from events.projects import ProjectCompleted, ProjectStopped


@when("projects.when_partner_replaced", PartnerReplaced)
def when_partner_replaced(fact: Recorded[PartnerReplaced]) -> Iterator[HandOnProject]:
    """The project goes on with the new pair (rule 26)."""
    yield HandOnProject(
        former_pairing_id=fact.event.former_pairing_id, pairing_id=fact.event.pairing_id
    )


@when("projects.when_a_cohort_is_cancelled", CohortCancelled)
def when_a_cohort_is_cancelled(fact: Recorded[CohortCancelled]) -> Iterator[StopProjectsOf]:
    """Nobody leads its projects any more."""
    yield StopProjectsOf(cohort_id=fact.event.cohort_id)


@when("projects.when_a_project_is_over", ProjectCompleted, ProjectStopped)
def when_a_project_is_over(
    fact: Recorded[ProjectCompleted | ProjectStopped],
) -> Iterator[HandOnProject]:
    """One that either of the two led before, and that had to wait, goes on with them."""
    yield HandOnProject(pairing_id=fact.event.pairing_id)


@when("projects.when_a_pair_is_back", PairingStepTakenBack)
def when_a_pair_is_back(fact: Recorded[PairingStepTakenBack]) -> Iterator[HandOnProject]:
    """So does one that had to wait while they were not together, by mistake."""
    yield HandOnProject(pairing_id=fact.event.pairing_id)
