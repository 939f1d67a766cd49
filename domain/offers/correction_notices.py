"""What people hear when something that they were told is put right, or when time passes."""

from collections.abc import Iterator

from domain.applications.standing import PlaceHeld, PlaceStanding
from domain.cohorts.cohort import Cohort
from domain.cohorts.notices import title_of
from domain.decision import Know
from domain.notice import Asks, Hearer, Notice, because, nhs_date, tells
from domain.offers.notices import REASONS
from events.catalogue import Recorded
from events.offers import (
    DecisionCorrected,
    EmployerAwaited,
    EmployerReleaseLost,
    EmployerReminderDue,
    EmployerSilent,
    OfferDayChanged,
    OfferReopened,
    PlaceGivenBack,
    ReserveEnded,
)


@tells(OfferDayChanged, to=Hearer.PERSON)
def another_day(fact: Recorded[OfferDayChanged], know: Know) -> Iterator[Notice]:
    """Until when an offer can be accepted now, and why."""
    plan = know(Cohort(fact.event.cohort_id)).plan
    if plan is None:
        return
    title = title_of(plan)
    yield Notice(
        template="offer.day-changed",
        to=fact.event.person_id,
        subject=f"Another day to answer our offer of a place on {title}",
        paragraphs=(
            f"We offered you a place on {title}.",
            f"You can now tell us by the end of {nhs_date(fact.event.accept_by)} if you want it.",
            *because(REASONS, fact.event.reason),
            "After that day it can go to someone else.",
        ),
        asks=Asks(
            "offer.accept", {"application_id": fact.event.application_id}, fact.event.accept_by
        ),
    )


@tells(OfferReopened, to=Hearer.PERSON)
def open_again(fact: Recorded[OfferReopened], know: Know) -> Iterator[Notice]:
    """An offer that was over is open again; until when, the offer itself says."""
    plan = know(Cohort(fact.event.cohort_id)).plan
    if plan is None:
        return
    title = title_of(plan)
    yield Notice(
        template="offer.reopened",
        to=fact.event.person_id,
        subject=f"Our offer of a place on {title} is open again",
        paragraphs=(
            f"Our offer of a place on {title} was over. It is open again.",
            *because(REASONS, fact.event.reason),
            "We have written to you until when you can answer.",
        ),
    )


@tells(PlaceGivenBack, to=Hearer.PERSON)
def given_back(fact: Recorded[PlaceGivenBack], know: Know) -> Iterator[Notice]:
    """Somebody has their place again."""
    plan = know(Cohort(fact.event.cohort_id)).plan
    if plan is None:
        return
    title = title_of(plan)
    yield Notice(
        template="place.given-back",
        to=fact.event.person_id,
        subject=f"Your place on {title} is yours again",
        paragraphs=(
            f"You had given up your place on {title}. You have it again.",
            *because(REASONS, fact.event.reason),
            "If this is not what you want, please tell us soon.",
        ),
        asks=Asks(
            "place.give-up",
            {"cohort_id": fact.event.cohort_id, "person_id": fact.event.person_id},
        ),
    )


@tells(DecisionCorrected, to=Hearer.PERSON)
def corrected(fact: Recorded[DecisionCorrected], know: Know) -> Iterator[Notice]:
    """What was decided was looked at again; what it comes to, they hear with it."""
    plan = know(Cohort(fact.event.cohort_id)).plan
    if plan is None:
        return
    title = title_of(plan)
    yield Notice(
        template="decision.corrected",
        to=fact.event.person_id,
        subject=f"We have looked again at your application for {title}",
        paragraphs=(
            f"We told you what we decided on your application for {title}.",
            "We have looked at it again.",
            *because(REASONS, fact.event.reason),
            "If something is different now, we write to you about that too.",
            "If you have a question about this, please ask us.",
        ),
    )


@tells(ReserveEnded, to=Hearer.PERSON)
def not_reached(fact: Recorded[ReserveEnded], know: Know) -> Iterator[Notice]:
    """The reserve list is closed, and no place came free for them."""
    plan = know(Cohort(fact.event.cohort_id)).plan
    if plan is None:
        return
    title = title_of(plan)
    yield Notice(
        template="reserve.ended",
        to=fact.event.person_id,
        subject=f"The reserve list for {title} is closed",
        paragraphs=(
            f"You were on our reserve list for {title}. Thank you for waiting.",
            "We are sorry. No place came free for you, and the list is closed now.",
            "We would be glad if you applied again. Ask us if you want to talk about it.",
        ),
    )


@tells(EmployerAwaited, to=Hearer.PERSON)
def asked_for_release(fact: Recorded[EmployerAwaited], know: Know) -> Iterator[Notice]:
    """Until when an employer is to say that they can come."""
    plan = know(Cohort(fact.event.cohort_id)).plan
    if plan is None:
        return
    title = title_of(plan)
    if know(PlaceHeld(fact.event.application_id)).employer_release_lost:
        yield Notice(
            template="place.employer-release-lost",
            to=fact.event.person_id,
            subject=f"Your place on {title}",
            paragraphs=(
                f"Your line manager does not agree, for now, that you take part in {title}.",
                f"We keep your place for you until the end of {nhs_date(fact.event.answer_by)}.",
                "Until they agree you are not in the group, and you can't come to its workshops.",
                "We will ask them. Please talk to them too.",
                "Do they need longer, or is this wrong? Please ring or write to us.",
            ),
        )
        return
    yield Notice(
        template="place.employer-awaited",
        to=fact.event.person_id,
        subject=f"Your line manager and {title}",
        paragraphs=(
            f"Thank you for saying yes to a place on {title}.",
            "Your line manager must agree that you can take part. Please ask them to tell us.",
            f"We need to hear from them by the end of {nhs_date(fact.event.answer_by)}.",
            "Do they need longer? Please ring or write to us.",
        ),
    )


@tells(EmployerReleaseLost, to=Hearer.PERSON)
def release_lost(fact: Recorded[EmployerReleaseLost], know: Know) -> Iterator[Notice]:
    """Whoever has yet to say yes; of a place that was confirmed it is told with the day."""
    plan = know(Cohort(fact.event.cohort_id)).plan
    standing = know(PlaceHeld(fact.event.application_id)).standing
    if plan is None or standing is not PlaceStanding.OFFERED:
        return
    title = title_of(plan)
    yield Notice(
        template="place.employer-release-lost",
        to=fact.event.person_id,
        subject=f"Your line manager and {title}",
        paragraphs=(
            f"Your line manager does not agree, for now, that you take part in {title}.",
            "You can still say yes to our offer. Your place is sure only when they agree.",
            "Please talk to them. Is this wrong? Then ring or write to us.",
        ),
    )


@tells(EmployerReminderDue, to=Hearer.PERSON)
def remind_of_release(fact: Recorded[EmployerReminderDue], know: Know) -> Iterator[Notice]:
    """The day is near, and nobody has heard from the employer."""
    plan = know(Cohort(fact.event.cohort_id)).plan
    until = know(PlaceHeld(fact.event.application_id)).employer_by
    if plan is None or until is None:
        return
    title = title_of(plan)
    yield Notice(
        template="place.employer-reminder-due",
        to=fact.event.person_id,
        subject=f"We have not heard from your line manager about {title}",
        paragraphs=(
            f"Your line manager has not told us yet that you can take part in {title}.",
            f"We need to hear from them by the end of {nhs_date(until)}. Please ask them.",
            "Do they need longer? Please ring or write to us.",
        ),
    )


@tells(EmployerSilent, to=Hearer.PERSON)
def nobody_answered(fact: Recorded[EmployerSilent], know: Know) -> Iterator[Notice]:
    """The day is over; the place is still held, and somebody will ask."""
    plan = know(Cohort(fact.event.cohort_id)).plan
    if plan is None:
        return
    title = title_of(plan)
    yield Notice(
        template="place.employer-silent",
        to=fact.event.person_id,
        subject=f"We have not heard from your line manager about {title}",
        paragraphs=(
            f"Your line manager has not told us in time that you can take part in {title}.",
            "We still keep the place for you. We will ask, and tell you what we find out.",
            "If you know more, please ring or write to us.",
        ),
    )
