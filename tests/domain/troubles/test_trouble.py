"""That something may be lacking is noted once, settled once, and is a task meanwhile."""

from typing import Any

import pytest

from domain.decision import NotYourRole
from domain.tasks.doing import FinishTask, HowDone
from domain.tasks.task import NothingWaits
from domain.troubles.trouble import NoteTrouble, SettleTrouble
from events.cohorts import CohortCancelled, CohortCompleted
from events.event import Event
from events.ids import CohortId, TaskId
from events.needs import Kind
from events.tasks import TaskDone
from events.terms import Lack, Role
from events.troubles import TroubleNoted, TroubleSettled
from tests.scenes.cast import AUTUMN, SPRING, opened
from tests.scenes.given import given
from tests.scenes.team import RUTH, in_office

BY_ITSELF: Any = {"by": "system:scheduler", "role": Role.SYSTEM}
KINDS = {
    Lack.MESSAGE: Kind.MESSAGE_LACKS,
    Lack.LIST: Kind.LIST_LACKS,
    Lack.NEXT_STEP: Kind.STEP_LACKS,
}
EACH = [(lacks, cohort) for lacks in Lack for cohort in (AUTUMN, SPRING, None)]


def noted(lacks: Lack, cohort: CohortId | None) -> TroubleNoted:
    wish = NoteTrouble(lacks=lacks, cohort_id=cohort)
    return TroubleNoted(trouble_id=wish.trouble_id, cohort_id=cohort, lacks=lacks)


def settled(lacks: Lack, cohort: CohortId | None) -> TroubleSettled:
    return TroubleSettled(trouble_id=noted(lacks, cohort).trouble_id, cohort_id=cohort)


def all_others(lacks: Lack, cohort: CohortId | None) -> list[Event]:
    return [noted(*other) for other in EACH if other != (lacks, cohort)]


@pytest.mark.parametrize(("lacks", "cohort"), EACH)
def test_what_lacks_is_noted_once_until_it_is_settled(lacks: Lack, cohort: CohortId | None) -> None:
    wish, others = NoteTrouble(lacks=lacks, cohort_id=cohort), all_others(lacks, cohort)
    here, over = noted(lacks, cohort), settled(lacks, cohort)
    given(*others).when(wish, **BY_ITSELF).then(here)
    given(*others, here).when(wish, **BY_ITSELF).then_already_so()
    given(*others, here, over).when(wish, **BY_ITSELF).then(here)


@pytest.mark.parametrize(("lacks", "cohort"), EACH)
def test_only_what_is_noted_is_settled_and_once(lacks: Lack, cohort: CohortId | None) -> None:
    wish, others = SettleTrouble(lacks=lacks, cohort_id=cohort), all_others(lacks, cohort)
    here, over = noted(lacks, cohort), settled(lacks, cohort)
    given(*others).when(wish, **BY_ITSELF).then_already_so()
    given(*others, here).when(wish, **BY_ITSELF).then(over)
    given(*others, here, over).when(wish, **BY_ITSELF).then_already_so()


def test_nobody_says_of_themselves_that_something_lacks_or_lacks_no_more() -> None:
    for kind in (NoteTrouble, SettleTrouble):
        given(*in_office()).when(kind(lacks=Lack.LIST), by=RUTH).then_refused(NotYourRole)


@pytest.mark.parametrize("lacks", Lack)
def test_it_is_a_task_until_it_is_settled_or_somebody_says_that_it_is_done(lacks: Lack) -> None:
    here = noted(lacks, AUTUMN)
    task_id = TaskId.of(KINDS[lacks], here.trouble_id)
    wish = FinishTask(task_id=task_id, how=HowDone.SPOKE)
    done = TaskDone(task_id=task_id, cohort_id=AUTUMN, how=HowDone.SPOKE.value)
    given(*in_office(), here).when(wish, by=RUTH).then(done)
    over = settled(lacks, AUTUMN)
    given(*in_office(), here, over).when(wish, by=RUTH).then_refused(NothingWaits)


@pytest.mark.parametrize(
    "over",
    [
        CohortCompleted(cohort_id=AUTUMN),
        CohortCancelled(cohort_id=AUTUMN, reason="cohort.too-few-people"),
    ],
)
def test_it_is_noted_and_settled_also_of_a_cohort_that_is_over(over: Event) -> None:
    """Somebody is still asked how it goes on, or has yet to hear that it does not take place."""
    known, this = [*opened(), over], {"lacks": Lack.MESSAGE, "cohort_id": AUTUMN}
    here = noted(Lack.MESSAGE, AUTUMN)
    given(*known).when(NoteTrouble.model_validate(this), **BY_ITSELF).then(here)
    settling = SettleTrouble.model_validate(this)
    given(*known, here).when(settling, **BY_ITSELF).then(settled(Lack.MESSAGE, AUTUMN))
