import pytest

from domain.decision import NotYourRole, NotYours, Refusal
from domain.pairings.pairing import (
    NotYourPairing,
    PairingIsOver,
    PairingIsPaused,
    UnknownPairing,
)
from domain.projects.approval import (
    AgreeHost,
    ApproveProject,
    ChangeAsked,
    ChangesStillAsked,
    NoChangesAsked,
    NoHostYet,
    NotOpenToChanges,
    PairHasAProject,
    ProposeProject,
    RequestChanges,
    ReviseProject,
)
from domain.projects.endings import (
    CompleteProject,
    EndedOtherwise,
    HandOnProject,
    MilestonesOpen,
    NoMilestones,
    NotTheFollowingPair,
    StopProject,
    StopReason,
)
from domain.projects.policies import when_a_project_is_over, when_partner_replaced
from domain.projects.project import ProjectIsOver, ProjectNotApproved, UnknownProject
from events.event import Event
from events.pairings import PairingCompleted
from events.projects import (
    ChangesRequested,
    HostOrganisationAgreed,
    ProjectApproved,
    ProjectCompleted,
    ProjectHandedOn,
    ProjectProposed,
    ProjectRevised,
    ProjectStopped,
)
from events.terms import Role, Theme
from tests.scenes.cast import ADA, AMINA, AUTUMN, BEN, BOLA, CLEO, COLM
from tests.scenes.given import given
from tests.scenes.pairs import active, completed, ended, on_a_break, pairing, recorded
from tests.scenes.projects import (
    APPROVED,
    HANDED_ON,
    HOSTED,
    LISTEN,
    LISTEN_BY,
    NEW_PAIR,
    OTHER_PROJECT,
    PROJECT,
    REPLACED,
    TITLE,
    agreed,
    ben_is_followed_by_bola,
    proposed,
    reported,
    running,
    step,
    three_steps,
)

PROPOSE = ProposeProject(
    pairing_id=pairing(),
    proposed_by=ADA,
    title=TITLE,
    theme=Theme.APPRAISAL,
    aim="Every doctor hears from a patient once a year.",
)
HOST = AgreeHost(project_id=PROJECT, host="RH8", host_name="Royal Devon")
ASK = RequestChanges(project_id=PROJECT, reason=ChangeAsked.AIM)
ASKED = ChangesRequested(project_id=PROJECT, cohort_id=AUTUMN, reason="project.aim-not-clear")
REVISE = ReviseProject(project_id=PROJECT, person_id=BEN, title="Smaller", aim="One ward first.")
REVISED = ProjectRevised(
    project_id=PROJECT,
    pairing_id=pairing(),
    cohort_id=AUTUMN,
    person_id=BEN,
    title="Smaller",
    aim="One ward first.",
)
APPROVE = ApproveProject(project_id=PROJECT)
COMPLETE = CompleteProject(project_id=PROJECT)
COMPLETED = ProjectCompleted(project_id=PROJECT, pairing_id=pairing(), cohort_id=AUTUMN)
STOP = StopProject(project_id=PROJECT, reason=StopReason.HOST_WITHDREW)
STOPPED = ProjectStopped(
    project_id=PROJECT, pairing_id=pairing(), cohort_id=AUTUMN, reason="project.host-withdrew"
)
HAND_ON = HandOnProject(former_pairing_id=pairing(), pairing_id=NEW_PAIR)


def test_an_active_pair_proposes_a_project() -> None:
    given(active()).when(PROPOSE, by=ADA, role=Role.PARTICIPANT).then(proposed())


def test_a_pair_has_one_live_project() -> None:
    given(active(), proposed()).when(PROPOSE).then_refused(PairHasAProject)
    given(running()).when(PROPOSE).then_refused(PairHasAProject)
    given(running(), STOPPED).when(PROPOSE, named="next").then_kinds(ProjectProposed)
    given(running(), COMPLETED).when(PROPOSE, named="next").then_kinds(ProjectProposed)


def test_only_two_who_lead_together_propose() -> None:
    given().when(PROPOSE).then_refused(UnknownPairing)
    given(active(), ended()).when(PROPOSE).then_refused(PairingIsOver)
    given(active()).when(PROPOSE.model_copy(update={"proposed_by": BOLA})).then_refused(
        NotYourPairing
    )
    given(active()).when(PROPOSE, by=BEN, role=Role.PARTICIPANT).then_refused(NotYours)


def test_a_host_agrees_once_and_another_may_follow() -> None:
    scene = given(active(), proposed()).when(HOST, role=Role.HOST).then(HOSTED)
    scene.when(HOST).then_already_so()
    scene.when(HOST.model_copy(update={"host": "RK9"})).then_kinds(HostOrganisationAgreed)
    given().when(HOST).then_refused(UnknownProject)
    another = HOST.model_copy(update={"host": "RK9"})
    given(running(), STOPPED).when(another).then_refused(ProjectIsOver)
    given(running(), STOPPED).when(HOST).then_already_so()


def test_changes_are_asked_for_and_made_before_a_project_is_approved() -> None:
    scene = given(active(), proposed(), HOSTED).when(ASK).then(ASKED)
    scene.when(ASK).then_already_so()
    scene.when(APPROVE).then_refused(ChangesStillAsked)
    revised = scene.when(REVISE, by=BEN, role=Role.PARTICIPANT).then(REVISED)
    revised.when(REVISE).then_refused(NoChangesAsked)
    revised.when(APPROVE).then(APPROVED)


def test_an_approved_project_is_not_asked_to_change() -> None:
    given(running()).when(ASK).then_refused(NotOpenToChanges)
    given(running()).when(REVISE).then_refused(NoChangesAsked)
    given().when(ASK).then_refused(UnknownProject)
    given().when(REVISE).then_refused(UnknownProject)


def test_only_the_pair_revises() -> None:
    scene = given(active(), proposed(), ASKED)
    scene.when(REVISE.model_copy(update={"person_id": BOLA})).then_refused(NotYourPairing)
    scene.when(REVISE, by=ADA, role=Role.PARTICIPANT).then_refused(NotYours)


@pytest.mark.parametrize("role", [Role.COORDINATOR, Role.CO_CHAIR])
def test_a_project_with_a_host_is_approved_once_by_either_side(role: Role) -> None:
    given(active(), proposed(), HOSTED).when(APPROVE, role=role).then(APPROVED).when(
        APPROVE, role=role
    ).then_already_so()


def test_a_project_without_a_host_is_not_approved() -> None:
    given(active(), proposed()).when(APPROVE).then_refused(NoHostYet)
    given(active(), proposed(), HOSTED).when(APPROVE, by=ADA, role=Role.PARTICIPANT).then_refused(
        NotYourRole
    )
    given().when(APPROVE).then_refused(UnknownProject)


def test_a_project_is_complete_when_all_its_milestones_are_confirmed() -> None:
    one = [step(LISTEN, LISTEN_BY), reported(milestone=LISTEN)]
    given(running()).when(COMPLETE).then_refused(NoMilestones)
    given(running(), one).when(COMPLETE).then_refused(MilestonesOpen)
    given(running(), one, agreed(milestone=LISTEN)).when(COMPLETE).then(COMPLETED).when(
        COMPLETE
    ).then_already_so()
    given(three_steps(), reported(), agreed()).when(COMPLETE).then_refused(MilestonesOpen)


def test_only_an_approved_project_is_completed() -> None:
    given(active(), proposed()).when(COMPLETE).then_refused(ProjectNotApproved)
    given(running(), STOPPED).when(COMPLETE).then_refused(EndedOtherwise)
    given().when(COMPLETE).then_refused(UnknownProject)


def test_a_project_stops_once_and_not_after_it_is_complete() -> None:
    given(running()).when(STOP).then(STOPPED).when(STOP).then_already_so()
    given(running(), COMPLETED).when(STOP).then_refused(EndedOtherwise)
    given().when(STOP).then_refused(UnknownProject)


def test_a_project_goes_on_with_the_pair_that_follows() -> None:
    scene = given(running(), ben_is_followed_by_bola()).when(HAND_ON).then(HANDED_ON)
    scene.when(HAND_ON).then_already_so()
    own = PROPOSE.model_copy(update={"pairing_id": NEW_PAIR})
    scene.when(own).then_refused(PairHasAProject)
    stopped = STOPPED.model_copy(update={"pairing_id": NEW_PAIR})
    scene.when(STOP).then(stopped).when(own, named="next").then_kinds(ProjectProposed)


def test_there_is_nothing_to_hand_on_without_a_live_project() -> None:
    given(active(), ben_is_followed_by_bola()).when(HAND_ON).then_already_so()
    given(running(), STOPPED, ben_is_followed_by_bola()).when(HAND_ON).then_already_so()


def test_a_project_goes_to_nobody_but_the_pair_that_follows() -> None:
    given(running(), ended(), active(ADA, BOLA)).when(HAND_ON).then_refused(NotTheFollowingPair)
    given(running()).when(HAND_ON).then_refused(UnknownPairing)
    given(active(ADA, BOLA)).when(HAND_ON).then_refused(UnknownPairing)
    given(running(), ben_is_followed_by_bola(), proposed(OTHER_PROJECT, NEW_PAIR)).when(
        HAND_ON
    ).then_refused(PairHasAProject)


SECOND = proposed(OTHER_PROJECT, pairing(AMINA, BOLA))


def both_had_one() -> list[Event]:
    """Ada and Bola have lost Ben and Amina, and lead together now."""
    lost = [ended(), ended(AMINA, BOLA)]
    follows = [REPLACED, REPLACED.model_copy(update={"former_pairing_id": SECOND.pairing_id})]
    return [*running(), *active(AMINA, BOLA), SECOND, *lost, *active(ADA, BOLA), *follows]


def test_if_both_had_a_project_the_second_goes_on_when_the_first_is_over() -> None:
    second = HAND_ON.model_copy(update={"former_pairing_id": SECOND.pairing_id})
    stage = given(both_had_one()).when(HAND_ON).then(HANDED_ON)
    stage.when(second).then_refused(PairHasAProject)
    over = STOPPED.model_copy(update={"pairing_id": NEW_PAIR})
    (next_one,) = when_a_project_is_over(recorded(over))
    stage.when(next_one).then_already_so()
    goes_on = ProjectHandedOn(
        project_id=OTHER_PROJECT,
        pairing_id=NEW_PAIR,
        former_pairing_id=SECOND.pairing_id,
        cohort_id=AUTUMN,
    )
    given(stage.facts, over).when(next_one).then(goes_on).when(next_one).then_already_so()
    ended_too = given(stage.facts, over, ended(ADA, BOLA))
    ended_too.when(next_one).then_already_so()


def test_a_project_goes_to_nobody_who_never_led_it() -> None:
    """Amina follows Bola's new pairing, by way of which there is Ben's project; she led her own."""
    third = REPLACED.model_copy(
        update={"pairing_id": pairing(AMINA, BEN), "former_pairing_id": NEW_PAIR}
    )
    stage = given(both_had_one(), ended(ADA, BOLA), active(AMINA, BEN), third)
    wish = HandOnProject(pairing_id=pairing(AMINA, BEN))
    handed = stage.when(wish).then_kinds(ProjectHandedOn).facts[-1]
    assert isinstance(handed, ProjectHandedOn)
    assert handed.former_pairing_id in (pairing(), SECOND.pairing_id)
    strangers = third.model_copy(update={"pairing_id": pairing(COLM, CLEO)})
    nobody = given(both_had_one(), ended(ADA, BOLA), active(COLM, CLEO), strangers)
    other = HandOnProject(pairing_id=strangers.pairing_id)
    nobody.when(other).then_already_so()


def test_a_new_pair_does_not_begin_a_second_project_while_one_is_on_its_way() -> None:
    own = PROPOSE.model_copy(update={"pairing_id": NEW_PAIR})
    given(running(), ben_is_followed_by_bola()).when(own).then_refused(PairHasAProject)
    given(active(), ben_is_followed_by_bola()).when(own).then_kinds(ProjectProposed)


def test_a_change_of_partner_is_followed_by_handing_on() -> None:
    assert [*when_partner_replaced(recorded(REPLACED))] == [HAND_ON]


PAUSED = on_a_break("ill-health")


@pytest.mark.parametrize(
    ("away", "state"),
    [(ended(), PairingIsOver), (PAUSED, PairingIsPaused)],
    ids=["ended", "paused"],
)
def test_a_project_waits_while_its_pair_does_not_lead_together(
    away: Event, state: type[Refusal]
) -> None:
    waiting = given(active(), proposed(), HOSTED, away)
    waiting.when(APPROVE).then_refused(state)
    given(waiting.facts, ASKED).when(REVISE).then_refused(state)


def test_a_pair_that_completed_the_programme_still_leads_its_project() -> None:
    done = [fact for fact in completed() if isinstance(fact, PairingCompleted)]
    given(active(), proposed(), HOSTED, done).when(APPROVE).then_kinds(ProjectApproved)
