"""What people hear about their application before decisions are released."""

from collections.abc import Iterator, Mapping
from datetime import date
from types import MappingProxyType
from typing import Final

from domain.applications.application import Application, Stage
from domain.applications.eligibility import EligibilityReason
from domain.applications.leaving import NO_CONSENT_ANY_MORE
from domain.applications.withdrawals import (
    COHORT_CANCELLED,
    IMPORTED_BY_MISTAKE,
    LiveApplications,
    WithdrawalReason,
)
from domain.cohorts.cohort import Cohort
from domain.cohorts.notices import does_not_take_place, title_of
from domain.decision import Know
from domain.notice import Asks, Hearer, Notice, because, nhs_date, tells
from events.applications import (
    ApplicationAmended,
    ApplicationReinstated,
    ApplicationSubmitted,
    ApplicationWithdrawn,
    EligibilityFailed,
)
from events.calendar import end_of
from events.catalogue import Recorded
from events.cohorts import CohortCancelled

REASONS: Final[Mapping[str, str]] = MappingProxyType(
    {
        EligibilityReason.NO_LEADERSHIP_EXPERIENCE: (
            "You did not tell us of anything that you have led or helped to run."
            " Small things count too, like a club, a charity or a newsletter."
        ),
        EligibilityReason.NO_BACKGROUND: (
            "You did not tell us if you are a patient, a carer or a member of the public."
        ),
        EligibilityReason.NO_PROFESSION: "You did not tell us what your work in healthcare is.",
        EligibilityReason.NO_CONSENT: (
            "You did not say that we may use what you tell us. We can't go on without that."
        ),
        WithdrawalReason.CHANGED_MIND: "You changed your mind.",
        WithdrawalReason.NO_TIME: "You don't have the time just now.",
        WithdrawalReason.CIRCUMSTANCES: "Something in your life has changed.",
        WithdrawalReason.NO_EMPLOYER_RELEASE: "Your line manager can't give you the time.",
        WithdrawalReason.FOUND_SOMETHING_ELSE: "You found something else to do.",
        WithdrawalReason.SENT_TWICE: "The same application came to us twice.",
        COHORT_CANCELLED: "The group does not take place.",
        IMPORTED_BY_MISTAKE: "It came to us by a mistake of ours.",
        NO_CONSENT_ANY_MORE: "You no longer agree that we use what you told us.",
        WithdrawalReason.NOT_SAID: "You need not tell us why.",
    }
)


@tells(ApplicationSubmitted, to=Hearer.PERSON)
def handed_in(fact: Recorded[ApplicationSubmitted], know: Know) -> Iterator[Notice]:
    """We have it, and by when everybody hears."""
    plan = know(Cohort(fact.event.cohort_id)).plan
    if plan is None:
        return
    title = title_of(plan)
    yield Notice(
        template="application.submitted",
        to=fact.event.person_id,
        subject=f"We have your application for {title}",
        paragraphs=(
            f"Thank you for your application for {title}. We have it safely.",
            "At least two people will read it with care.",
            f"We plan to tell everybody what was decided on {nhs_date(plan.decisions_on)}.",
            "You don't have to do anything until then. If you have a question, please ask us.",
        ),
    )


@tells(ApplicationAmended, to=Hearer.PERSON)
def amended(fact: Recorded[ApplicationAmended], know: Know) -> Iterator[Notice]:
    """We have what it says now; if somebody else changed it by mistake, the person finds out."""
    cohort = know(Cohort(fact.event.cohort_id))
    plan = cohort.plan
    if plan is None or cohort.cancelled:
        return
    title, last_day = title_of(plan), cohort.last_day(fact.event.person_id)
    yield Notice(
        template="application.amended",
        to=fact.event.person_id,
        subject=f"We have your changes to your application for {title}",
        paragraphs=(
            f"Your application for {title} has changed. We have it safely, as it is now.",
            "We read it as it is now, and not as it was before.",
            f"You can change it again until the end of {nhs_date(last_day)}.",
            f"We plan to tell everybody what was decided on {nhs_date(plan.decisions_on)}.",
            "If you did not ask for this, please ring or write to us soon.",
        ),
    )


@tells(EligibilityFailed, to=Hearer.PERSON)
def not_eligible(fact: Recorded[EligibilityFailed], know: Know) -> Iterator[Notice]:
    """Every reason against it, and until when somebody can put it right."""
    cohort = know(Cohort(fact.event.cohort_id))
    plan = cohort.plan
    if plan is None:
        return
    title, last_day = title_of(plan), cohort.last_day(fact.event.person_id)
    whose = {"cohort_id": fact.event.cohort_id, "person_id": fact.event.person_id}
    in_time = fact.envelope.time < end_of(last_day)
    yield Notice(
        template="application.eligibility-failed",
        to=fact.event.person_id,
        subject=f"Your application for {title}",
        paragraphs=(
            f"Thank you for your application for {title}.",
            "We are sorry. We can't take it as it is.",
            *because(REASONS, fact.event.reasons, "This is why:"),
            what_next(last_day, in_time=in_time),
            "If we have got it wrong, or if you need help, please ring or write to us.",
        ),
        asks=Asks("application.submit", whose, last_day) if in_time else None,
    )


def what_next(last_day: date, *, in_time: bool) -> str:
    """Whether there is time to apply again."""
    if in_time:
        return f"You can put this right and apply again until the end of {nhs_date(last_day)}."
    return "The time to apply for this group is over. You can apply for another group later."


@tells(CohortCancelled, to=Hearer.COHORT)
def called_off(fact: Recorded[CohortCancelled], know: Know) -> Iterator[Notice]:
    """Everybody who applied for it, or has a place, hears it once, whatever ends for them by it."""
    cohort_id = fact.event.cohort_id
    plan = know(Cohort(cohort_id)).plan
    people = {one["person_id"] for one in know(LiveApplications(cohort_id)).called_off.values()}
    if plan is None:
        return
    title = title_of(plan)
    for person_id in sorted(people):
        yield Notice(
            template="cohort.cancelled",
            to=person_id,
            subject=f"Sorry: {title} will not take place",
            paragraphs=(
                *does_not_take_place(title, fact.event.reason),
                (
                    "What you applied for in it, and all its dates, are cancelled."
                    " You don't have to do anything."
                ),
                (
                    "We know how much you have put in. Please ring or write to us if you want to"
                    " talk about it, or about another group."
                ),
            ),
        )


@tells(ApplicationWithdrawn, to=Hearer.PERSON)
def taken_back(fact: Recorded[ApplicationWithdrawn], know: Know) -> Iterator[Notice]:
    """It is taken back; if somebody else did that by mistake, the person finds out."""
    plan = know(Cohort(fact.event.cohort_id)).plan
    if plan is None:
        return
    title = title_of(plan)
    if fact.event.import_id is not None:
        yield _came_by_mistake(fact, title)
        return
    yield Notice(
        template="application.withdrawn",
        to=fact.event.person_id,
        subject=f"You have taken back your application for {title}",
        paragraphs=(
            f"Your application for {title} is taken back.",
            *because(REASONS, fact.event.reason, "We have noted this as the reason:"),
            "If this is a mistake, please ring or write to us soon. It may be able to go on.",
            "Thank you for your time. You can apply for another group whenever you like.",
        ),
    )


def _came_by_mistake(fact: Recorded[ApplicationWithdrawn], title: str) -> Notice:
    """Whoever was told that we have it hears that it is gone, and that it was not their doing."""
    return Notice(
        template="application.imported-by-mistake",
        to=fact.event.person_id,
        subject=f"We made a mistake with your application for {title}",
        paragraphs=(
            f"We wrote to you that we have an application of yours for {title}.",
            "That was a mistake of ours when we read a list. We are sorry. We have taken it out.",
            "If you did apply, you don't have to do anything. We will write to you again.",
            "If you have a question, please ring or write to us.",
        ),
    )


@tells(ApplicationReinstated, to=Hearer.PERSON)
def goes_on(fact: Recorded[ApplicationReinstated], know: Know) -> Iterator[Notice]:
    """Whoever was told that it is taken back hears that it goes on, and what they have to do."""
    cohort = know(Cohort(fact.event.cohort_id))
    plan = cohort.plan
    if plan is None or cohort.cancelled:
        return
    title, draft = title_of(plan), know(Application(fact.event.application_id)).stage is Stage.DRAFT
    last_day = cohort.last_day(fact.event.person_id)
    whose = {"cohort_id": fact.event.cohort_id, "person_id": fact.event.person_id}
    hand_in = draft and not cohort.released
    then = (
        "We will tell you in another message what you can have now."
        if cohort.released
        else f"You have not handed it in yet. Please hand it in by {nhs_date(last_day)}."
        if hand_in
        else f"We plan to tell everybody what was decided on {nhs_date(plan.decisions_on)}."
    )
    yield Notice(
        template="application.reinstated",
        to=fact.event.person_id,
        subject=f"Your application for {title} goes on",
        paragraphs=(
            f"Your application for {title} is not taken back any more. It goes on.",
            then,
            "Had you told us of somebody, like your line manager? Please tell us again.",
            "If you do not want this, you can take it back at any time.",
        ),
        asks=Asks("application.submit", whose, last_day)
        if hand_in
        else Asks("contact.name", whose),
    )
