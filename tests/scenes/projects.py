"""Scenes of a pair's project: proposed, hosted, approved, and its milestones."""

from collections.abc import Iterator
from datetime import date, timedelta

from events.event import Event
from events.ids import MilestoneId, PairingId, ProjectId
from events.pairings import PartnerReplaced
from events.projects import (
    HostOrganisationAgreed,
    MilestoneConfirmed,
    MilestonePlanned,
    MilestoneReported,
    ProjectApproved,
    ProjectHandedOn,
    ProjectProposed,
)
from events.rules import FIRST
from events.terms import Theme
from tests.scenes.cast import ADA, AUTUMN, BEN, BOLA
from tests.scenes.given import NOON, command_id
from tests.scenes.pairs import active, ended, pairing

PROJECT = ProjectId.derived(NOON, command_id())
OTHER_PROJECT = ProjectId.derived(NOON, "other project")
UNKNOWN = ProjectId.derived(NOON, "nobody has proposed this one")
LISTEN = MilestoneId.derived(NOON, "listen")
TRY_OUT = MilestoneId.derived(NOON, "try out")
TELL = MilestoneId.derived(NOON, "tell")
TITLE = "Patients' words in every appraisal"

LISTEN_BY, TRY_OUT_BY, TELL_BY = date(2024, 10, 1), date(2024, 10, 28), date(2024, 12, 2)
NEW_PAIR = pairing(ADA, BOLA)


def proposed(project: ProjectId = PROJECT, pair: PairingId | None = None) -> ProjectProposed:
    return ProjectProposed(
        project_id=project,
        pairing_id=pair or pairing(),
        cohort_id=AUTUMN,
        proposed_by=ADA,
        title=TITLE,
        theme=Theme.APPRAISAL,
        aim="Every doctor hears from a patient once a year.",
    )


HOSTED = HostOrganisationAgreed(
    project_id=PROJECT, cohort_id=AUTUMN, host="RH8", host_name="Royal Devon"
)
APPROVED = ProjectApproved(project_id=PROJECT, pairing_id=pairing(), cohort_id=AUTUMN)
REPLACED = PartnerReplaced(
    pairing_id=NEW_PAIR, former_pairing_id=pairing(), cohort_id=AUTUMN, person_id=ADA
)
HANDED_ON = ProjectHandedOn(
    project_id=PROJECT, pairing_id=NEW_PAIR, former_pairing_id=pairing(), cohort_id=AUTUMN
)


def running() -> Iterator[Event]:
    """Ada and Ben lead an approved project."""
    yield from active()
    yield proposed()
    yield HOSTED
    yield APPROVED


def step(milestone: MilestoneId, due_on: date, title: str = "") -> MilestonePlanned:
    return MilestonePlanned(
        milestone_id=milestone,
        project_id=PROJECT,
        cohort_id=AUTUMN,
        patient_leader_id=ADA,
        healthcare_leader_id=BEN,
        title=title or f"Step {due_on:%B}",
        due_on=due_on,
        remind_on=due_on - timedelta(days=FIRST.milestone_reminder_days),
    )


def three_steps() -> Iterator[Event]:
    yield from running()
    yield step(LISTEN, LISTEN_BY)
    yield step(TRY_OUT, TRY_OUT_BY, "Try it out on one ward")
    yield step(TELL, TELL_BY)


def reported(
    who: str = ADA, milestone: MilestoneId = TRY_OUT, pair: PairingId | None = None
) -> MilestoneReported:
    return MilestoneReported.model_validate(
        {
            "milestone_id": milestone,
            "project_id": PROJECT,
            "pairing_id": pair or pairing(),
            "cohort_id": AUTUMN,
            "person_id": who,
        }
    )


def agreed(
    who: str = BEN, milestone: MilestoneId = TRY_OUT, pair: PairingId | None = None
) -> MilestoneConfirmed:
    return MilestoneConfirmed.model_validate(
        {
            "milestone_id": milestone,
            "project_id": PROJECT,
            "pairing_id": pair or pairing(),
            "cohort_id": AUTUMN,
            "person_id": who,
        }
    )


def ben_is_followed_by_bola() -> Iterator[Event]:
    """Ben has left, Ada leads with Bola, and the project is not handed on yet."""
    yield ended()
    yield from active(ADA, BOLA)
    yield REPLACED
