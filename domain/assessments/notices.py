"""What assessors hear; applicants hear nothing before decisions are released."""

from collections.abc import Iterator

from domain.cohorts.cohort import Cohort
from domain.cohorts.notices import title_of
from domain.decision import Know
from domain.notice import Notice, nhs_date, tells
from events.assessments import AssessorAssigned
from events.catalogue import Recorded


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
