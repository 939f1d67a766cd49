"""What two people mean to do with their project, and with each step of it."""

from datetime import timedelta
from typing import Any

from events.calendar import start_of
from events.ids import PersonId
from events.projects import (
    ChangesRequested,
    HostOrganisationAgreed,
    MilestoneConfirmed,
    MilestoneMissed,
    MilestonePlanned,
    MilestoneReported,
    MilestoneReturned,
    MilestoneUnconfirmed,
    ProjectApproved,
    ProjectCompleted,
    ProjectHandedOn,
    ProjectProposed,
    ProjectStopped,
)
from tests.walk.lives import Lives, after


@after(ProjectProposed)
def proposed(life: Lives, fact: ProjectProposed) -> None:
    life.led_by[fact.project_id] = fact.pairing_id
    this = {"project_id": fact.project_id}
    life.will(0.9, 2, "project.agree-host", **this)
    life.will(0.4, 3, "project.request-changes", **this)
    life.will(0.1, 60, "project.stop", **this)


@after(ProjectHandedOn)
def handed_on(life: Lives, fact: ProjectHandedOn) -> None:
    life.led_by[fact.project_id] = fact.pairing_id


@after(ChangesRequested)
def asked_to_change(life: Lives, fact: ChangesRequested) -> None:
    one = life.chance.choice(leaders(life, fact.project_id) or [None])
    life.will(0.8, 3, "project.revise", by=one, project_id=fact.project_id, person_id=one)
    life.will(0.6, 6, "project.approve", project_id=fact.project_id)


@after(HostOrganisationAgreed)
def hosted(life: Lives, fact: HostOrganisationAgreed) -> None:
    life.will(0.95, 3, "project.approve", project_id=fact.project_id)


@after(ProjectApproved)
def approved(life: Lives, fact: ProjectApproved) -> None:
    for who in leaders(life, fact.project_id)[:1]:
        life.will(0.2, 20, "project.amend", project_id=fact.project_id, person_id=who)
    day = life.now().date()
    for _ in range(life.chance.randint(1, 4)):
        day += timedelta(days=life.chance.randint(2, 14))
        step = {"project_id": fact.project_id, "due_on": day.isoformat()}
        life.will(0.95, 0.5, "milestone.plan", **step)


@after(MilestonePlanned)
def step_planned(life: Lives, fact: MilestonePlanned) -> None:
    who = life.chance.choice((fact.patient_leader_id, fact.healthcare_leader_id))
    this = {"milestone_id": fact.milestone_id}
    days = max(1, (fact.due_on - life.now().date()).days + 2)
    life.will(0.9, days, "milestone.report", by=who, **this, person_id=who)
    life.will(0.4, days, "milestone.reschedule", by=who, **this)
    life.will(0.1, days, "milestone.drop", by=who, **this)
    life.will(0.1, days, "milestone.miss", by=who, **this)
    life.will(0.1, days, "milestone.rename", by=who, **this)
    if life.chance.random() < 0.2:
        late = start_of(fact.due_on) + timedelta(days=1, hours=-1)
        life.at(late, "milestone.report", {**this, "person_id": who}, by=who)


@after(MilestoneReported)
def reported(life: Lives, fact: MilestoneReported) -> None:
    for who in (one for one in leaders(life, fact.project_id) if one != fact.person_id):
        mine = {"milestone_id": fact.milestone_id, "person_id": who}
        life.will(0.85, 3, "milestone.confirm", by=who, **mine)
        life.will(0.3, 3, "milestone.return", by=who, **mine)


@after(MilestoneReturned)
def returned(life: Lives, fact: MilestoneReturned) -> None:
    for who in leaders(life, fact.project_id):
        mine = {"milestone_id": fact.milestone_id, "person_id": who}
        life.will(0.5, 4, "milestone.report", by=who, **mine)


@after(MilestoneMissed)
def not_reached(life: Lives, fact: MilestoneMissed) -> None:
    for who in leaders(life, fact.project_id)[:1]:
        mine = {"milestone_id": fact.milestone_id, "person_id": who}
        life.will(0.2, 8, "milestone.report", by=who, **mine)
    life.will(0.2, 8, "milestone.reschedule", milestone_id=fact.milestone_id)
    why = {"reason": "project.as-far-as-possible"}
    life.will(0.6, 12, "project.complete", project_id=fact.project_id, **why)


@after(MilestoneUnconfirmed)
def looked_at_again(life: Lives, fact: MilestoneUnconfirmed) -> None:
    for who in leaders(life, fact.project_id):
        mine = {"milestone_id": fact.milestone_id, "person_id": who}
        life.will(0.4, 6, "milestone.return", by=who, **mine)
        life.will(0.4, 6, "milestone.confirm", by=who, **mine)


@after(MilestoneConfirmed)
def reached(life: Lives, fact: MilestoneConfirmed) -> None:
    life.will(0.1, 4, "milestone.unconfirm", by=fact.person_id, milestone_id=fact.milestone_id)
    life.will(0.7, 2, "project.complete", project_id=fact.project_id)


@after(ProjectStopped)
def ended(life: Lives, fact: ProjectStopped) -> None:
    life.will(0.3, 6, "project.take-up-again", project_id=fact.project_id)


@after(ProjectCompleted)
def done(life: Lives, fact: ProjectCompleted) -> None:
    life.will(0.15, 6, "project.take-up-again", project_id=fact.project_id)
    life.will(0.5, 10, "pairing.complete", pairing_id=fact.pairing_id)


def leaders(life: Lives, project_id: Any) -> list[PersonId]:
    """The two who lead a project now."""
    pair = life.pairs.get(life.led_by.get(project_id))  # type: ignore[arg-type]  # or None
    return [pair.patient_leader_id, pair.healthcare_leader_id] if pair else []
