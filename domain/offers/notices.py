"""What people hear once decisions are released: an offer, a turn, a kind no, and what follows."""

from collections.abc import Iterator, Mapping
from types import MappingProxyType
from typing import Final

from domain.applications.standing import PlaceHeld
from domain.assessments.panel import DecisionReason
from domain.cohorts.cohort import Cohort
from domain.cohorts.notices import title_of
from domain.decision import Know
from domain.notice import Asks, Hearer, Notice, because, nhs_date, tells
from domain.offers.correcting import DecisionCorrectionReason
from domain.offers.days import OfferDayReason
from domain.offers.offer import OfferWithdrawReason
from domain.offers.release import PLACES_TAKEN
from domain.offers.reopening import GiveBackReason, ReopenReason
from domain.offers.reserve import RelistReason, ReorderReason
from events.catalogue import Recorded
from events.offers import (
    ApplicationDeclined,
    OfferDeclined,
    OfferLapsed,
    OfferMade,
    OfferReminderDue,
    OfferWithdrawn,
    PlaceConfirmed,
    PlaceGivenUp,
    ReserveListed,
    ReserveReordered,
)
from events.personal import Closed, plain
from events.terms import Side

REASONS: Final[Mapping[str, str]] = MappingProxyType(
    {
        PLACES_TAKEN: "The panel liked your application, but all the places are taken.",
        DecisionReason.OTHERS_SCORED_HIGHER: (
            "Many people applied. Other applications had higher scores this time."
        ),
        DecisionReason.INTEREST_NOT_CLEAR: (
            "We could not see clearly enough why you care about healthcare. Tell us more next time."
        ),
        DecisionReason.LEADERSHIP_NOT_CLEAR: (
            "We could not see clearly enough what you have led or helped to run."
            " Small things count too, like a club or a newsletter."
        ),
        DecisionReason.DATES_DO_NOT_FIT: (
            "You told us that you can't come on all the days. Other dates may suit you better."
        ),
        DecisionReason.MIX_OF_PEOPLE: (
            "We want a good mix of people and places in the group."
            " Many people like you applied this time."
        ),
        DecisionReason.BETTER_ELSEWHERE: (
            "We think that another programme would suit you better. Ask us, and we will help you."
        ),
        OfferWithdrawReason.MADE_BY_MISTAKE: "We made the offer by mistake. We are very sorry.",
        OfferWithdrawReason.EMPLOYER_DOES_NOT_RELEASE: (
            "Your line manager has not agreed that you can take part."
        ),
        OfferWithdrawReason.DETAILS_NOT_RIGHT: (
            "Some of what the application told us turned out not to be right."
        ),
        OfferWithdrawReason.NO_LONGER_IN_TOUCH: "We tried to reach you, and could not.",
        ReorderReason.MISTAKE: "We had made a mistake on the list, and put it right.",
        ReorderReason.ACCESS_NEEDS: "Somebody needs more time to get ready to take part.",
        ReorderReason.BALANCE: "We want a good mix of people and places in the group.",
        ReorderReason.ASKED_FOR_IT: "Somebody on the list asked for a different turn.",
        RelistReason.REINSTATED: "Your application goes on.",
        RelistReason.ANSWERED_LATE: "Your answer to our offer came after the last day.",
        RelistReason.OUR_MISTAKE: "We had made a mistake, and put it right.",
        OfferDayReason.MORE_TIME: "You have more time to think about it.",
        OfferDayReason.ACCESS_NEEDS: "You have more time to find out what helps you to take part.",
        OfferDayReason.EXTENSION_WITHDRAWN: "We can't keep the place for so long after all.",
        OfferDayReason.MISTAKE: "We had told you a wrong day.",
        ReopenReason.ANSWERED_IN_ERROR: "Your answer to our offer was not what you meant.",
        ReopenReason.ANSWERED_LATE: "Your answer to our offer came after the last day.",
        ReopenReason.TAKEN_BACK_BY_MISTAKE: "We took the offer back by mistake. We are sorry.",
        GiveBackReason.GIVEN_UP_IN_ERROR: "You had not meant to give it up.",
        GiveBackReason.OUR_MISTAKE: "We had made a mistake. We are sorry.",
        GiveBackReason.CAN_COME_AFTER_ALL: "You can come after all.",
        DecisionCorrectionReason.MISTAKE: "We had made a mistake. We are very sorry.",
        DecisionCorrectionReason.NEW_INFORMATION: "We know something that we did not know before.",
        DecisionCorrectionReason.CONFLICT: "We wanted to be sure that it was decided fairly.",
    }
)

TAKING_PART: Final[Mapping[Side, tuple[str, ...]]] = MappingProxyType(
    {
        Side.PATIENT_LEADER: ("The place is free. We pay for your travel to the workshops.",),
        Side.HEALTHCARE_LEADER: (
            "Your line manager must agree that you can take part. Please ask them to tell us.",
            "Your place is sure only when we have heard from them.",
            "The place is free. Your employer pays for your travel.",
        ),
    }
)


@tells(OfferMade, to=Hearer.PERSON)
def offered(fact: Recorded[OfferMade], know: Know) -> Iterator[Notice]:
    """A place is offered: until when to answer, and what taking part asks and costs."""
    plan = know(Cohort(fact.event.cohort_id)).plan
    if plan is None:
        return
    title, until = title_of(plan), nhs_date(fact.event.accept_by)
    yield Notice(
        template="offer.made",
        to=fact.event.person_id,
        subject=f"We offer you a place on {title}",
        paragraphs=(
            f"Good news: we offer you a place on Leading Together, {title}.",
            f"Please tell us by the end of {until} if you want to take it.",
            "After that day it can go to someone else.",
            *TAKING_PART[fact.event.side],
            f"We start on {nhs_date(plan.starts_on)}.",
            "If you can't take the place, please tell us soon. You need not say why.",
        ),
        asks=Asks(
            "offer.accept", {"application_id": fact.event.application_id}, fact.event.accept_by
        ),
    )


@tells(OfferReminderDue, to=Hearer.PERSON)
def reminded(fact: Recorded[OfferReminderDue], know: Know) -> Iterator[Notice]:
    """Until when they can still answer."""
    plan = know(Cohort(fact.event.cohort_id)).plan
    offer = know(PlaceHeld(fact.event.application_id)).offer
    if plan is None or offer is None:
        return
    title = title_of(plan)
    yield Notice(
        template="offer.reminder-due",
        to=fact.event.person_id,
        subject=f"Please answer our offer of a place on {title}",
        paragraphs=(
            f"We offered you a place on {title}. We have not heard from you yet.",
            f"Please tell us by the end of {nhs_date(offer.accept_by)} if you want to take it.",
            "After that day it can go to someone else.",
            "If something makes it hard to answer, please ring or write to us. We will help you.",
        ),
        asks=Asks("offer.accept", {"application_id": fact.event.application_id}, offer.accept_by),
    )


@tells(ApplicationDeclined, to=Hearer.PERSON)
def declined(fact: Recorded[ApplicationDeclined], know: Know) -> Iterator[Notice]:
    """No place this time, with every reason that the panel gave."""
    plan = know(Cohort(fact.event.cohort_id)).plan
    if plan is None:
        return
    title = title_of(plan)
    yield Notice(
        template="application.declined",
        to=fact.event.person_id,
        subject=f"Your application for {title}",
        paragraphs=(
            f"Thank you for your application for {title}. You put work and heart into it.",
            "We are sorry. We can't offer you a place this time.",
            *because(REASONS, fact.event.reasons, "This is why:"),
            "We would be glad if you applied again. Ask us if you want to talk about it.",
        ),
    )


@tells(OfferLapsed, to=Hearer.PERSON)
def lapsed(fact: Recorded[OfferLapsed], know: Know) -> Iterator[Notice]:
    """The last day to answer is over."""
    plan = know(Cohort(fact.event.cohort_id)).plan
    offer = know(PlaceHeld(fact.event.application_id)).offer
    if plan is None or offer is None:
        return
    title = title_of(plan)
    yield Notice(
        template="offer.lapsed",
        to=fact.event.person_id,
        subject=f"Your offer of a place on {title} is over",
        paragraphs=(
            f"We offered you a place on {title}.",
            f"You could tell us until {nhs_date(offer.accept_by)} if you wanted it.",
            "We did not hear from you, so the place can now go to someone else.",
            "Do you still want to take part? Ring or write to us, and we will see what we can do.",
        ),
    )


@tells(OfferWithdrawn, to=Hearer.PERSON)
def taken_back(fact: Recorded[OfferWithdrawn], know: Know) -> Iterator[Notice]:
    """The programme takes an offer back, and says why."""
    plan = know(Cohort(fact.event.cohort_id)).plan
    if plan is None:
        return
    title = title_of(plan)
    yield Notice(
        template="offer.withdrawn",
        to=fact.event.person_id,
        subject=f"Your offer of a place on {title}",
        paragraphs=(
            f"We are sorry. We have to take back our offer of a place on {title}.",
            *because(REASONS, fact.event.reason, "This is why:"),
            "If you think that this is wrong, ring or write to us. We will look at it again.",
        ),
    )


@tells(PlaceConfirmed, to=Hearer.PERSON)
def confirmed(fact: Recorded[PlaceConfirmed], know: Know) -> Iterator[Notice]:
    """Somebody is on the cohort."""
    plan = know(Cohort(fact.event.cohort_id)).plan
    if plan is None:
        return
    title = title_of(plan)
    if know(PlaceHeld(fact.event.application_id)).was_confirmed:
        yield Notice(
            template="place.confirmed",
            to=fact.event.person_id,
            subject=f"You have a place on {title}",
            paragraphs=(
                f"Your line manager agrees that you take part. You are on {title} as before.",
                "We have given back what you had booked. Please book your workshops again.",
                "If you have a partner, we will speak to you both before you go on.",
            ),
            asks=Asks("workshop.book", {"person_id": fact.event.person_id}),
        )
        return
    yield Notice(
        template="place.confirmed",
        to=fact.event.person_id,
        subject=f"You have a place on {title}",
        paragraphs=(
            f"You are on Leading Together, {title}. Welcome!",
            f"We start on {nhs_date(plan.starts_on)}.",
            f"There are {plan.required_workshops} workshops. Please come to all of them.",
            "We write to you when you can book them.",
            "Next we look for a partner for you. You will hear from us about it.",
            "If you can't take part any more, please ring or write to us soon.",
        ),
    )


@tells(OfferDeclined, to=Hearer.PERSON)
def not_taken(fact: Recorded[OfferDeclined], know: Know) -> Iterator[Notice]:
    """Their no has come to us; if it was somebody else's, the person finds out."""
    plan = know(Cohort(fact.event.cohort_id)).plan
    if plan is None:
        return
    title = title_of(plan)
    yield Notice(
        template="offer.declined",
        to=fact.event.person_id,
        subject=f"You do not take the place on {title}",
        paragraphs=(
            f"Thank you for telling us that you do not take the place on {title}.",
            "That is fine. The place can go to someone else now.",
            "If this is a mistake, please ring or write to us soon.",
            "You can apply for another group whenever you like.",
        ),
    )


@tells(PlaceGivenUp, to=Hearer.PERSON)
def given_up(fact: Recorded[PlaceGivenUp], know: Know) -> Iterator[Notice]:
    """They have left, and what follows; why, they know best."""
    plan = know(Cohort(fact.event.cohort_id)).plan
    if plan is None:
        return
    title = title_of(plan)
    yield Notice(
        template="place.given-up",
        to=fact.event.person_id,
        subject=f"You have given up your place on {title}",
        paragraphs=(
            f"You are not on {title} any more.",
            "What you had booked goes to someone else.",
            "If you had a partner, we look for a new one for them.",
            "If this is a mistake, please ring or write to us soon.",
            "Thank you for all that you have done. You can apply again whenever you like.",
        ),
    )


def turn(place: Closed[int]) -> str:
    """`number 2 `, or nothing once it was erased."""
    number = plain(place)
    return f"number {number} " if number else ""


@tells(ReserveListed, to=Hearer.PERSON)
def listed(fact: Recorded[ReserveListed], know: Know) -> Iterator[Notice]:
    """Somebody waits for a place, and why."""
    plan = know(Cohort(fact.event.cohort_id)).plan
    if plan is None:
        return
    title = title_of(plan)
    yield Notice(
        template="reserve.listed",
        to=fact.event.person_id,
        subject=f"You are on the reserve list for {title}",
        paragraphs=(
            f"You are {turn(fact.event.place)}on our reserve list for {title}.",
            *because(REASONS, fact.event.reasons),
            "If a place comes free and it is your turn, we will write to you at once.",
            "You don't have to do anything now. If you no longer want to wait, please tell us.",
        ),
        asks=Asks("application.withdraw", {"application_id": fact.event.application_id}),
    )


@tells(ReserveReordered, to=Hearer.PERSON)
def turn_changed(fact: Recorded[ReserveReordered], know: Know) -> Iterator[Notice]:
    """Somebody's turn is another one now, and why."""
    plan = know(Cohort(fact.event.cohort_id)).plan
    if plan is None:
        return
    title = title_of(plan)
    yield Notice(
        template="reserve.reordered",
        to=fact.event.person_id,
        subject=f"Your turn on the reserve list for {title}",
        paragraphs=(
            f"You are now {turn(fact.event.place)}on our reserve list for {title}.",
            *because(REASONS, fact.event.reason),
            "If you have a question about this, please ask us.",
        ),
    )
