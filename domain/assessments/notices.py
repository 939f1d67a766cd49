"""What assessors hear; applicants hear nothing before decisions are released."""

from collections.abc import Iterator

from domain.applications.application import APPLIES_THEMSELVES
from domain.assessments.to_score import ToScore
from domain.cohorts.cohort import Cohort
from domain.cohorts.notices import does_not_take_place, title_of
from domain.decision import Know
from domain.notice import Asks, Hearer, Notice, nhs_date, tells
from events.assessments import (
    AssessorAssigned,
    AssessorAwaitedAgain,
    AssessorDayChanged,
    AssessorReminderDue,
)
from events.catalogue import Recorded
from events.cohorts import CohortCancelled
from events.personal import plain
from events.roles import RoleWithdrawn


@tells(AssessorAssigned, to=Hearer.ASSESSORS)
def assigned(fact: Recorded[AssessorAssigned], know: Know) -> Iterator[Notice]:
    """An application waits for them; who applied is not said here, a message can go astray."""
    plan = know(Cohort(fact.event.cohort_id)).plan
    if plan is None:
        return
    yield Notice(
        template="assessment.assigned",
        to=fact.event.assessor_id,
        subject=f"An application for {title_of(plan)} for you to read",
        paragraphs=(
            "Please read and score an application for us.",
            f"Its number is {fact.event.application_id}.",
            f"Please score it by {nhs_date(fact.event.score_by)}.",
            "If you need more time, ring or write to us. We can give it to you.",
            "Do you know the person? Then ring or write to us before you score.",
            "Are you family? Do you live or work together? Then somebody else will score it.",
            "Please talk about it only with the panel until everybody has heard from us.",
        ),
        asks=Asks("assessment.submit", _which(fact.event), fact.event.score_by),
    )


def _which(event: AssessorAssigned | AssessorAwaitedAgain) -> dict[str, str]:
    return {"application_id": event.application_id, "assessor_id": event.assessor_id}


@tells(AssessorAwaitedAgain, to=Hearer.ASSESSORS)
def read_again(fact: Recorded[AssessorAwaitedAgain], know: Know) -> Iterator[Notice]:
    """An application says something else now, or goes on after all."""
    plan = know(Cohort(fact.event.cohort_id)).plan
    if plan is None:
        return
    yield Notice(
        template="assessment.application-amended",
        to=fact.event.assessor_id,
        subject=f"Please read an application for {title_of(plan)} again",
        paragraphs=(
            "An application that we gave to you has changed, or goes on after all.",
            f"Its number is {fact.event.application_id}.",
            "If you scored it before, that does not count any more. We are sorry.",
            f"Please read it as it is now, and score it by {nhs_date(fact.event.score_by)}.",
        ),
        asks=Asks("assessment.submit", _which(fact.event), fact.event.score_by),
    )


@tells(AssessorDayChanged, to=Hearer.ASSESSORS)
def another_day(fact: Recorded[AssessorDayChanged], know: Know) -> Iterator[Notice]:
    """By when they are to score all that they have yet to score."""
    plan = know(Cohort(fact.event.cohort_id)).plan
    if plan is None:
        return
    day = nhs_date(fact.event.score_by)
    yield Notice(
        template="assessment.day-changed",
        to=fact.event.assessor_id,
        subject=f"Please score by {day}",
        paragraphs=(
            f"You read applications for {title_of(plan)} for us.",
            f"You have until the end of {day} for all that you have not scored yet.",
            "If this is hard for you, please ring or write to us.",
        ),
        asks=Asks(
            "assessment.submit", {"assessor_id": fact.event.assessor_id}, fact.event.score_by
        ),
    )


@tells(AssessorReminderDue, to=Hearer.ASSESSORS)
def reminded(fact: Recorded[AssessorReminderDue], know: Know) -> Iterator[Notice]:
    """Once for all of them."""
    plan = know(Cohort(fact.event.cohort_id)).plan
    if plan is None:
        return
    yield Notice(
        template="assessment.reminder-due",
        to=fact.event.assessor_id,
        subject=f"Applications for {title_of(plan)} wait for you",
        paragraphs=(
            "You have applications to read for us that you have not scored yet.",
            f"Please score them by {nhs_date(fact.event.score_by)}.",
            "If you need more time, ring or write to us. We can give it to you.",
        ),
        asks=Asks(
            "assessment.submit", {"assessor_id": fact.event.assessor_id}, fact.event.score_by
        ),
    )


@tells(RoleWithdrawn, to=Hearer.ASSESSORS)
def applies_themselves(fact: Recorded[RoleWithdrawn], know: Know) -> Iterator[Notice]:
    """Whoever applies for the cohort in which they assess."""
    cohort_id, reason = fact.event.cohort_id, plain(fact.event.reason)
    plan = know(Cohort(cohort_id)).plan if cohort_id else None
    if plan is None or reason != APPLIES_THEMSELVES:
        return
    title = title_of(plan)
    yield Notice(
        template="assessment.applies-themselves",
        to=fact.event.person_id,
        subject=f"You do not assess for {title} any more",
        paragraphs=(
            f"You apply for a place on {title} yourself.",
            "So somebody else will read and score the applications of the others.",
            "What you scored for this group does not count any more.",
            "Thank you for your help. You can help us to choose for another group.",
        ),
    )


@tells(CohortCancelled, to=Hearer.ASSESSORS)
def called_off(fact: Recorded[CohortCancelled], know: Know) -> Iterator[Notice]:
    """Each assessor who has something still to score, once; whose it is is not said here."""
    cohort_id = fact.event.cohort_id
    plan = know(Cohort(cohort_id)).plan
    if plan is None:
        return
    title = title_of(plan)
    for who in sorted(know(ToScore(cohort_id)).by_assessor()):
        yield Notice(
            template="assessment.cohort-cancelled",
            to=who,
            subject=f"Sorry: {title} will not take place",
            paragraphs=(
                *does_not_take_place(title, fact.event.reason),
                "So you don't have to read or score any more applications for it.",
                "Please destroy what you noted of the people who applied.",
                "Thank you for your time. We hope that you help us to choose for another group.",
            ),
        )
