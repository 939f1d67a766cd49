from collections.abc import Iterable

import pytest

from domain.catalogue import NOTICES
from domain.notice import Notice
from domain.projects import milestone_notices as milestones
from domain.projects import notices as projects
from domain.projects.approval import ChangeAsked
from domain.projects.endings import COHORT_CANCELLED, AgainReason, CompleteReason, StopReason
from domain.projects.milestone_changes import DropReason, MissReason, UnconfirmReason
from domain.projects.milestones import ReturnReason
from events.event import Event
from events.personal import ERASED
from events.projects import (
    ChangesRequested,
    MilestoneFellDue,
    MilestoneOverdue,
    MilestoneReturned,
    ProjectCompleted,
    ProjectRevised,
    ProjectStopped,
)
from tests.scenes.cast import ADA, AUTUMN, BEN, BOLA, registered
from tests.scenes.given import folded
from tests.scenes.pairs import active, ended, pairing, recorded
from tests.scenes.projects import (
    APPROVED,
    HANDED_ON,
    HOSTED,
    PROJECT,
    TITLE,
    TRY_OUT,
    TRY_OUT_BY,
    ben_is_followed_by_bola,
    proposed,
    reported,
    running,
    three_steps,
)

ASKED = ChangesRequested(
    project_id=PROJECT, cohort_id=AUTUMN, reason="project.needs-patients-voice"
)
STOPPED = ProjectStopped(
    project_id=PROJECT, pairing_id=pairing(), cohort_id=AUTUMN, reason="project.host-withdrew"
)
COMPLETED = ProjectCompleted(project_id=PROJECT, pairing_id=pairing(), cohort_id=AUTUMN)
NEAR = MilestoneFellDue(
    milestone_id=TRY_OUT, project_id=PROJECT, cohort_id=AUTUMN, due_on=TRY_OUT_BY
)
LATE = MilestoneOverdue(
    milestone_id=TRY_OUT, project_id=PROJECT, cohort_id=AUTUMN, due_on=TRY_OUT_BY
)
RETURNED = MilestoneReturned(
    milestone_id=TRY_OUT,
    project_id=PROJECT,
    pairing_id=pairing(),
    cohort_id=AUTUMN,
    person_id=BEN,
    reason="milestone.talk-first",
)


def found(fact: Event, before: Iterable[Event] = ()) -> list[Notice]:
    """What people hear of a fact, after these and itself."""
    facts = [*before, fact]
    return [
        notice
        for telling in NOTICES[type(fact)]
        for notice in telling(recorded(fact), lambda wanted: folded(wanted, facts))
    ]


def to(notices: Iterable[Notice]) -> set[str]:
    return {notice.to for notice in notices}


def words(notices: Iterable[Notice]) -> str:
    """All that is said, with what is called by name filled in."""
    return "\n".join(
        line.format_map(one.values) for one in notices for line in (one.subject, *one.paragraphs)
    )


def test_both_hear_that_their_project_may_begin() -> None:
    notices = found(APPROVED, [*active(), proposed(), HOSTED])
    assert to(notices) == {ADA, BEN}
    assert f"Your project “{TITLE}” may begin" in words(notices)


def test_both_hear_which_change_is_asked_for() -> None:
    notices = found(ASKED, [*active(), proposed()])
    assert to(notices) == {ADA, BEN}
    assert "Please say how patients and carers have a voice in it." in words(notices)


def test_a_revised_project_is_called_by_its_new_title() -> None:
    revised = ProjectRevised(
        project_id=PROJECT,
        pairing_id=pairing(),
        cohort_id=AUTUMN,
        person_id=ADA,
        title="One ward first",
        aim="Less.",
    )
    notices = found(APPROVED, [*active(), proposed(), HOSTED, ASKED, revised])
    assert "“One ward first”" in words(notices)


def test_a_project_whose_title_was_erased_is_just_a_project() -> None:
    untitled = proposed().model_copy(update={"title": ERASED})
    said = words(found(APPROVED, [*active(), untitled, HOSTED]))
    assert "Your project may begin\n" in said
    assert "Good news: your project is approved." in said


def test_a_project_that_goes_on_is_told_to_the_new_pair() -> None:
    notices = found(HANDED_ON, [*running(), *ben_is_followed_by_bola()])
    assert to(notices) == {ADA, BOLA}
    assert "All that was done stays done." in words(notices)


def test_both_hear_that_their_project_is_complete_or_ends() -> None:
    assert "Well done!" in words(found(COMPLETED, running()))
    notices = found(STOPPED, running())
    assert to(notices) == {ADA, BEN}
    assert "The organisation that was its host can't go on with it." in words(notices)


def test_both_hear_that_a_milestone_is_near_and_that_it_is_late() -> None:
    near, late = found(NEAR, three_steps()), found(LATE, three_steps())
    assert to(near) == to(late) == {ADA, BEN}
    assert "due by the end of Monday 28 October 2024." in words(near)
    assert "was due by the end of Monday 28 October 2024" in words(late)


def test_the_other_is_asked_to_confirm_what_was_reported() -> None:
    (notice,) = found(reported(ADA), [*three_steps(), registered(ADA, "Ada Okafor")])
    assert notice.to == BEN
    assert notice.subject == "Please confirm: {title}"
    assert notice.paragraphs[0].startswith("{partner} says")
    assert notice.values == {
        "partner": "Ada Okafor",
        "title": "“Try it out on one ward”",
        "milestone": "milestone “Try it out on one ward”",
    }


def test_who_reported_hears_that_there_is_more_to_do() -> None:
    (notice,) = found(RETURNED, [*three_steps(), reported(ADA)])
    assert notice.to == ADA
    assert "Your partner would like to talk with you about it first." in notice.paragraphs


@pytest.mark.parametrize("fact", [NEAR, LATE, STOPPED], ids=lambda fact: str(fact.name))
def test_a_pair_that_ended_is_left_in_peace(fact: Event) -> None:
    assert found(fact, [*three_steps(), ended()]) == []


def test_every_reason_that_people_are_given_has_its_sentence() -> None:
    asked = {*ChangeAsked, *StopReason, *CompleteReason, *AgainReason, COHORT_CANCELLED}
    assert set(projects.REASONS) == {str(one) for one in asked}
    assert set(milestones.REASONS) == set(ReturnReason)
    put_right = {*DropReason, *MissReason, *UnconfirmReason}
    assert set(milestones.WHY) == {str(one) for one in put_right}


@pytest.mark.parametrize(
    "fact",
    [APPROVED, ASKED, HANDED_ON, COMPLETED, STOPPED, NEAR, LATE, reported(), RETURNED],
    ids=lambda fact: str(fact.name),
)
def test_nothing_is_said_before_the_project_is_known(fact: Event) -> None:
    assert found(fact) == []
