"""Messages that somebody of the team has to see to."""

from typing import Any

import pytest
from pydantic import ValidationError

from domain.decision import Act, NotYourRole
from domain.notices.undelivered import (
    FinishNotice,
    HowTold,
    NoticeDoneOtherwise,
    NoticeWaitsNot,
    ReportNotice,
    SendNoticeAgain,
    SettleNotice,
    UnknownNotice,
)
from domain.roles.acting import RoleNotHeld, authorised
from domain.roles.authority import Authority
from domain.tasks.doing import FinishTask, HowDone
from events.cohorts import CohortCancelled, CohortCompleted
from events.event import Event
from events.ids import NoticeId, PersonId, TaskId
from events.needs import Kind
from events.notices import (
    AboutNotice,
    NoticeDone,
    NoticeSettled,
    NoticeToSendAgain,
    NoticeUndelivered,
)
from events.people import PersonErased
from events.tasks import TaskDone
from events.terms import NoticeTrouble, Role
from tests.scenes.cast import ADA, AUTUMN, SPRING, opened, registered
from tests.scenes.contacts import MAE, ended, kept, line_manager
from tests.scenes.given import NOON, Given, Result, Sharing, command_id, given, person
from tests.scenes.team import RUTH, granted, in_office

NOTICE = NoticeId.derived(NOON, "to Ada")
THIS: Any = {"notice_id": NOTICE, "cohort_id": AUTUMN}
BY_ITSELF: Any = {"by": "system:notifier", "role": Role.SYSTEM}
SAM, TESS = person("Sam"), person("Tess")
RANG = NoticeDone(**THIS, how=HowTold.RANG.value)
AGAIN, SETTLED = NoticeToSendAgain(**THIS), NoticeSettled(**THIS)


def team() -> list[Event]:
    """Ruth coordinates all, Sam this cohort, Tess another one."""
    theirs = ((SAM, AUTUMN), (TESS, SPRING))
    roles = [
        it for who, at in theirs for it in (registered(who), granted(who, Role.COORDINATOR, at))
    ]
    return [*in_office(), *roles, registered(ADA)]


def undelivered(why: NoticeTrouble = NoticeTrouble.BOUNCED, **more: Any) -> NoticeUndelivered:
    about = AboutNotice(to=ADA, template="offer.made", why=why)
    return NoticeUndelivered(**{**THIS, **more}, about=about)


def report(why: NoticeTrouble = NoticeTrouble.BOUNCED, **more: Any) -> ReportNotice:
    return ReportNotice(**{**THIS, "person_id": ADA, "template": "offer.made", "why": why, **more})


def may(known: Given, wish: FinishNotice, who: PersonId) -> None:
    """Raises whatever stands in the way of somebody."""
    know = Sharing(known.facts)
    act = Act(command_id(), NOON, who, None)
    authorised(wish, act, know(Authority(who)), wish.needs(know))


def does(*facts: Event, who: Any = SAM, how: HowTold = HowTold.RANG) -> Result:
    return given(*team(), *facts).when(FinishNotice(notice_id=NOTICE, how=how), by=who)


def sends_again(*facts: Event, who: Any = SAM) -> Result:
    return given(*team(), *facts).when(SendNoticeAgain(notice_id=NOTICE), by=who)


@pytest.mark.parametrize("why", NoticeTrouble)
def test_what_did_not_arrive_is_noted_as_often_as_it_is_said(why: NoticeTrouble) -> None:
    given(*team()).when(report(why), **BY_ITSELF).then(undelivered(why))
    given(*team(), undelivered(), RANG).when(report(why), **BY_ITSELF).then(undelivered(why))


@pytest.mark.parametrize(
    "over",
    [
        CohortCancelled(cohort_id=AUTUMN, reason="cohort.no-venue"),
        CohortCompleted(cohort_id=AUTUMN),
    ],
)
def test_a_message_about_a_cohort_that_is_over_has_to_be_seen_to_as_any(over: Event) -> None:
    """That it is cancelled is a message too."""
    known = [*team(), *opened(AUTUMN), over]
    given(*known).when(report(), **BY_ITSELF).then(undelivered())
    finish = FinishNotice(notice_id=NOTICE, how=HowTold.RANG)
    given(*known, undelivered()).when(finish, by=SAM).then(RANG)
    again = SendNoticeAgain(notice_id=NOTICE)
    given(*known, undelivered()).when(again, by=SAM).then(AGAIN)
    settle = SettleNotice(notice_id=NOTICE)
    given(*known, undelivered()).when(settle, **BY_ITSELF).then(SETTLED)


def test_only_whoever_sends_messages_says_what_became_of_them() -> None:
    for wish in (report(), SettleNotice(notice_id=NOTICE)):
        given(*team()).when(wish, by=RUTH).then_refused(NotYourRole)


def test_of_whom_nobody_can_tell_anything_any_more_nothing_is_noted() -> None:
    gone = given(*team(), PersonErased(person_id=ADA))
    gone.when(report(), **BY_ITSELF).then_already_so()
    to_mae = report(person_id=None, contact_id=MAE)
    given(*team(), line_manager(ADA), kept(), ended()).when(to_mae, **BY_ITSELF).then_already_so()


@pytest.mark.parametrize("wrong", [{"person_id": None}, {"contact_id": MAE}])
def test_a_message_is_for_a_person_or_a_contact(wrong: Any) -> None:
    with pytest.raises(ValidationError, match="a person or a contact"):
        report(**wrong)


def test_whoever_coordinates_the_cohort_says_once_that_it_is_done() -> None:
    does(undelivered()).then(RANG)
    does(undelivered(), RANG).then_already_so()
    does(undelivered(), RANG, how=HowTold.ARRIVED).then_refused(NoticeDoneOtherwise)


def test_who_coordinates_the_cohort_may_or_all_for_a_message_of_none() -> None:
    wish = FinishNotice(notice_id=NOTICE, how=HowTold.RANG)
    for fact, others in ((undelivered(), (TESS, ADA)), (undelivered(cohort_id=None), (SAM, TESS))):
        known = given(*team(), fact)
        assert wish.cohort(wish.needs(Sharing(known.facts))) == fact.cohort_id
        may(known, wish, RUTH)
        for who in others:
            with pytest.raises(RoleNotHeld):
                may(known, wish, who)
    may(given(*team(), undelivered()), wish, SAM)


def test_nothing_is_done_about_what_nobody_knows() -> None:
    does(who=RUTH).then_refused(UnknownNotice)
    sends_again(who=RUTH).then_refused(UnknownNotice)
    given(*team()).when(SettleNotice(notice_id=NOTICE), **BY_ITSELF).then_already_so()


@pytest.mark.parametrize("since", [AGAIN, SETTLED])
def test_what_goes_again_or_was_settled_is_not_done(since: Event) -> None:
    does(undelivered(), since).then_refused(NoticeWaitsNot)


@pytest.mark.parametrize("since", [(), (RANG,), (SETTLED,)])
def test_it_is_sent_again_also_if_somebody_said_that_it_was_done(since: tuple[Event, ...]) -> None:
    sends_again(undelivered(), *since).then(AGAIN)
    sends_again(undelivered(), *since, AGAIN).then_already_so()
    sends_again(undelivered(), *since, AGAIN, undelivered()).then(AGAIN)


def test_what_was_seen_to_otherwise_is_settled() -> None:
    wish = SettleNotice(notice_id=NOTICE)
    given(*team(), undelivered()).when(wish, **BY_ITSELF).then(SETTLED)
    for since in (RANG, AGAIN, SETTLED):
        given(*team(), undelivered(), since).when(wish, **BY_ITSELF).then_already_so()


def test_it_is_a_task_of_the_cohorts_coordinator() -> None:
    task_id = TaskId.of(Kind.NOTICE, NOTICE)
    done = TaskDone(task_id=task_id, cohort_id=AUTUMN, how=HowDone.SPOKE.value)
    wish = FinishTask(task_id=task_id, how=HowDone.SPOKE)
    given(*team(), undelivered()).when(wish, by=SAM).then(done)


def test_who_is_not_told_by_e_mail_shows_in_no_fact_in_the_clear() -> None:
    one, other = (undelivered(why) for why in (NoticeTrouble.BY_HAND, NoticeTrouble.BOUNCED))
    assert one.tags() == other.tags() == (NOTICE, AUTUMN)
    rest: Any = {"exclude": {"about"}}
    assert one.model_dump(**rest) == other.model_dump(**rest)
