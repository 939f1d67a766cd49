"""What assessors hear; applicants hear nothing before decisions are released."""

from collections.abc import Iterator

from domain.applications.rivals import APPLIES_THEMSELVES
from domain.applications.withdrawals import LiveApplications
from domain.assessments.assessment import PanelTable
from domain.assessments.standing_down import PanelTables
from domain.cohorts.cohort import Cohort
from domain.cohorts.notices import does_not_take_place, title_of
from domain.decision import Know
from domain.notice import Notice, nhs_date, tells
from events.applications import ApplicationAmended
from events.assessments import AssessorAssigned
from events.catalogue import Recorded
from events.cohorts import CohortCancelled
from events.personal import plain
from events.roles import RoleWithdrawn


@tells(AssessorAssigned)
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
            f"People hear from us on {nhs_date(plan.decisions_on)}. Please score it well before.",
            "Do you know the person? Please tell us before you score.",
            "If you are family, live together or work together, somebody else will score it.",
            "Please talk about it only with the panel until everybody has heard from us.",
        ),
    )


@tells(ApplicationAmended)
def read_again(fact: Recorded[ApplicationAmended], know: Know) -> Iterator[Notice]:
    """Each assessor of an application that says something else now."""
    plan = know(Cohort(fact.event.cohort_id)).plan
    if plan is None:
        return
    for who in sorted(know(PanelTable(fact.event.application_id)).assigned):
        yield Notice(
            template="assessment.application-amended",
            to=who,
            subject=f"An application for {title_of(plan)} has changed",
            paragraphs=(
                "An application that you read for us has changed. It was in time.",
                f"Its number is {fact.event.application_id}.",
                "If you scored it before, that does not count any more. We are sorry.",
                "Please read it as it is now, and score it again.",
            ),
        )


@tells(RoleWithdrawn)
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


@tells(CohortCancelled)
def called_off(fact: Recorded[CohortCancelled], know: Know) -> Iterator[Notice]:
    """Each assessor who has something still to score, once; whose it is is not said here."""
    cohort_id = fact.event.cohort_id
    plan = know(Cohort(cohort_id)).plan
    if plan is None:
        return
    live, tables = know(LiveApplications(cohort_id)).live, know(PanelTables(cohort_id)).tables
    title = title_of(plan)
    for who in sorted({who for one in live if one in tables for who in tables[one].unscored}):
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
