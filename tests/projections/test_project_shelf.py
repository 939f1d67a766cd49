from datetime import date
from typing import Any

from events.personal import Sealed
from events.projects import (
    ChangesRequested,
    MilestoneConfirmed,
    MilestoneDropped,
    MilestoneMissed,
    MilestonePlanned,
    MilestoneRenamed,
    MilestoneReported,
    MilestoneReturned,
    MilestoneUnconfirmed,
    ProjectAmended,
    ProjectProposed,
    ProjectRevised,
    ProjectStopped,
    ProjectTakenUpAgain,
)
from events.reasons import CohortReasonPutRight, OfTheTeam
from events.terms import Theme
from projections.milestones import MilestoneState
from projections.project_shelf import PROJECT_SHELF, ProjectRow, ProjectState
from projections.projection import Shown
from projections.replay import folded
from tests.projections.edge import told
from tests.scenes.cast import ADA, AMINA, BEN, BOLA
from tests.scenes.history import history
from tests.scenes.history_choosing import day
from tests.scenes.history_learning import (
    ADA_AND_BEN,
    AMINA_AND_BARTEK,
    AMINA_AND_BOLA,
    APPRAISAL,
    QUESTIONS,
    of_project,
)
from tests.scenes.scribe import Facts, shown

IDEA = {"title": "Shorter waits", "theme": Theme.ACCESS, "aim": "To wait less."}
PROPOSED = of_project(ProjectProposed, pairing_id=ADA_AND_BEN, proposed_by=ADA, **IDEA)


def shelved(*facts: Facts) -> ProjectRow:
    return shown(PROJECT_SHELF, APPRAISAL, PROPOSED, *facts)


def seen(row: ProjectRow) -> Shown:
    return told(PROJECT_SHELF, row)


def on(year: int, month: int, of_month: int) -> ProjectRow:
    """The project of Amina's pairs as it was at the end of a day."""
    end = day(year, month, of_month, 23)
    return folded(PROJECT_SHELF, (one for one in history() if one.envelope.time < end))[APPRAISAL]


def test_what_a_pair_proposes_stays_sealed_in_the_row() -> None:
    row = shelved()
    assert all(isinstance(one, Sealed) for one in (row.title, row.theme, row.aim))
    assert row.state is ProjectState.PROPOSED
    assert {name: seen(row)[name] for name in IDEA} == IDEA


def test_a_project_that_was_sent_back_is_revised() -> None:
    back = of_project(ChangesRequested, reason="host.missing")
    row = shelved(back)
    assert (row.state, seen(row)["because"]) == (ProjectState.CHANGES_REQUESTED, "host.missing")
    better = of_project(ProjectRevised, person_id=BEN, title="Fewer waits", aim="To wait less.")
    row = shelved(back, better)
    assert (row.state, row.because) == (ProjectState.PROPOSED, None)
    assert seen(row)["title"] == "Fewer waits"
    assert row.aim_by == BEN


def test_a_project_that_ends_early_says_why() -> None:
    stopped = of_project(ProjectStopped, pairing_id=ADA_AND_BEN, reason="host.withdrew")
    row = seen(shelved(stopped))
    assert (row["state"], row["because"]) == ("stopped", "host.withdrew")


def test_milestones_are_in_the_order_of_their_days() -> None:
    row = seen(on(2025, 1, 10))
    assert [(one["title"], one["due_on"]) for one in row["milestones"]] == [
        ("Ask", "2025-03-14"),
        ("Trial", "2025-04-25"),
    ]
    assert (row["host"], row["host_name"], row["state"]) == ("RH8", "Royal Devon", "running")
    assert (row["planned"], row["confirmed"]) == (2, 0)


def test_a_milestone_on_its_way() -> None:
    days = ((3, 7), (3, 15), (3, 17), (3, 20), (3, 21), (3, 26), (3, 27))
    states = [on(2025, month, of_month).milestones[0].state for month, of_month in days]
    assert states == [
        MilestoneState.DUE,
        MilestoneState.OVERDUE,
        MilestoneState.PLANNED,
        MilestoneState.REPORTED,
        MilestoneState.RETURNED,
        MilestoneState.REPORTED,
        MilestoneState.CONFIRMED,
    ]


def test_the_old_day_of_a_milestone_stays_visible() -> None:
    step = on(2025, 3, 17).milestones[0]
    assert (step.due_on, step.old_days) == (date(2025, 3, 28), (date(2025, 3, 14),))
    assert seen(on(2025, 3, 17))["milestones"][0]["because"] == "illness"


def test_one_partner_reports_and_the_other_confirms() -> None:
    step = on(2025, 3, 27).milestones[0]
    assert (step.reported_by, step.confirmed_by) == (AMINA, BOLA)
    assert isinstance(step.words, Sealed)


def test_a_project_outlives_a_change_of_partner() -> None:
    row = on(2025, 5, 12)
    assert (row.pairing_id, row.former_pairings) == (AMINA_AND_BOLA, (AMINA_AND_BARTEK,))
    assert (row.state, row.confirmed) == (ProjectState.COMPLETED, 2)
    assert row.heard_from[AMINA] == day(2025, 4, 24)


def test_a_milestone_that_is_put_right_shows_what_holds_now() -> None:
    step = {"milestone_id": QUESTIONS}
    two = {"patient_leader_id": ADA, "healthcare_leader_id": BEN}
    why = {"reason": "milestone.other-reason"}
    plan = of_project(MilestonePlanned, title="Ask", due_on=date(2025, 3, 14), **two, **step)
    renamed = of_project(MilestoneRenamed, title="Ask 20", **two, **step)
    dropped = of_project(MilestoneDropped, **step, **why)
    missed = of_project(MilestoneMissed, **step, **why)
    row = seen(shelved(plan, renamed))
    assert row["milestones"][0]["title"] == "Ask 20"
    gone = shelved(plan, dropped)
    assert (gone.milestones[0].state, gone.planned) == (MilestoneState.DROPPED, 0)
    assert shelved(plan, missed).milestones[0].state is MilestoneState.MISSED
    said = of_project(MilestoneReported, pairing_id=ADA_AND_BEN, person_id=ADA, **step)
    yes = of_project(MilestoneConfirmed, pairing_id=ADA_AND_BEN, person_id=BEN, **step)
    back = of_project(MilestoneUnconfirmed, due_on=date(2025, 3, 14), **step, **why)
    again = shelved(plan, said, yes, back)
    assert (again.milestones[0].state, again.confirmed) == (MilestoneState.REPORTED, 0)
    assert again.milestones[0].confirmed_by is None


def test_a_project_that_is_put_right_shows_what_holds_now() -> None:
    pair: dict[str, Any] = {"pairing_id": ADA_AND_BEN}
    new = of_project(ProjectAmended, person_id=ADA, title="Fewer waits", aim="Less.", **pair)
    assert seen(shelved(new))["title"] == "Fewer waits"
    stopped = of_project(ProjectStopped, reason="host.withdrew", **pair)
    again = {"approved": False, "reason": "project.ended-by-mistake"}
    row = seen(shelved(stopped, of_project(ProjectTakenUpAgain, **again, **pair)))
    assert (row["state"], row["because"]) == ("proposed", "project.ended-by-mistake")


def test_the_right_reason_stands_where_another_one_stood() -> None:
    stopped = of_project(ProjectStopped, pairing_id=ADA_AND_BEN, reason="host.withdrew")
    right = {"of": OfTheTeam.PROJECT_STOPPED, "reason": "project.not-possible"}
    row = seen(shelved(stopped, of_project(CohortReasonPutRight, **right)))
    assert (row["state"], row["because"]) == ("stopped", "project.not-possible")
    assert seen(shelved(of_project(CohortReasonPutRight, **right)))["because"] is None


def test_the_right_reason_of_something_else_leaves_the_one_that_is_shown() -> None:
    pair: dict[str, Any] = {"pairing_id": ADA_AND_BEN}
    again = of_project(ProjectTakenUpAgain, approved=False, reason="project.goes-on", **pair)
    asked = of_project(ChangesRequested, reason="project.aim-not-clear")
    right = {"of": OfTheTeam.PROJECT_TAKEN_UP_AGAIN, "reason": "project.ended-by-mistake"}
    row = seen(shelved(again, asked, of_project(CohortReasonPutRight, **right)))
    assert row["because"] == "project.aim-not-clear"
    step = {"milestone_id": QUESTIONS}
    two = {"patient_leader_id": ADA, "healthcare_leader_id": BEN}
    planned = of_project(MilestonePlanned, title="Ask", due_on=date(2025, 1, 6), **two, **step)
    back = of_project(MilestoneReturned, person_id=BEN, reason="milestone.not-yet", **step, **pair)
    other_day = {"of": OfTheTeam.MILESTONE_RESCHEDULED, "reason": "milestone.mistake", **step}
    row = seen(shelved(planned, back, of_project(CohortReasonPutRight, **other_day)))
    assert row["milestones"][0]["because"] == "milestone.not-yet"
