"""What people hear about their partner: introduced, on a break, waiting, and at the end."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Final

from domain.decision import Know
from domain.notice import (
    Asks,
    Hearer,
    Notice,
    Openable,
    one_after_another,
    tells,
)
from domain.pairings.pairing import Pairing
from domain.people.person import Reach
from events.catalogue import Recorded
from events.continuation import CheckInDue, ContinuationAgreed, ContinuationEnded
from events.ids import PersonId
from events.pairings import (
    PairingActivated,
    PairingCompleted,
    PairingDeclined,
    PairingHeld,
    PairingLapsed,
    PairingPaused,
    PairingProposed,
    PairingResumed,
    PairingStepTakenBack,
    PairingTakenBack,
    PartnerWishedAgain,
    ProposalExtended,
    ProposalReminderDue,
    RepairingAsked,
)
from events.terms import PairingStep

TAKEN_BACK: Final[Mapping[PairingStep, tuple[str, ...]]] = {
    PairingStep.PAUSE: ("We noted that you and {partner} take a break.",),
    PairingStep.END: (
        "We told you that you and {partner} will not lead together any more.",
        "You lead together as before, and you do not wait for a new partner.",
    ),
    PairingStep.COMPLETION: (
        "We told you that you and {partner} have done what you set out to do.",
        "You still lead together in the programme.",
    ),
    PairingStep.AGREEMENT: (
        "We noted that you and {partner} mean to go on leading together.",
        "Please talk about it, and tell us what you would both like.",
    ),
    PairingStep.CONTINUATION_END: (
        "We noted that you and {partner} do not lead together any more.",
        "We go on asking you how you are getting on.",
    ),
}
FactOnTwo = (
    PairingProposed
    | PairingActivated
    | PairingDeclined
    | PairingLapsed
    | PairingHeld
    | PairingPaused
    | PairingTakenBack
    | PairingStepTakenBack
    | ProposalExtended
    | ProposalReminderDue
    | PairingCompleted
    | CheckInDue
    | ContinuationAgreed
    | ContinuationEnded
)


def each(two: FactOnTwo) -> Iterator[tuple[PersonId, PersonId]]:
    """Each of the two, with their partner."""
    yield two.patient_leader_id, two.healthcare_leader_id
    yield two.healthcare_leader_id, two.patient_leader_id


def name_of(partner: PersonId, know: Know) -> dict[str, Openable]:
    """The sealed name for the placeholder {partner}."""
    reach = know(Reach(partner))
    return {"partner": reach.full_name}


@tells(PairingActivated, to=Hearer.PARTNERS)
def introduced(fact: Recorded[PairingActivated], know: Know) -> Iterator[Notice]:
    """Both said yes: names, and an invitation to meet."""
    for one, partner in each(fact.event):
        yield Notice(
            template="pairing.activated",
            to=one,
            subject="You and your partner both said yes",
            paragraphs=(
                "You and {partner} now lead together. You are equal partners.",
                "Please meet soon and get to know each other.",
                "You can meet at the next workshop, or sooner if you both like.",
                "We can help you to find a time and a place.",
                "You may like to talk about what matters to you and what you want to make better.",
            ),
            values=name_of(partner, know),
        )


@tells(PairingHeld, to=Hearer.PARTNERS)
def held(fact: Recorded[PairingHeld], know: Know) -> Iterator[Notice]:
    """Before they go on, somebody speaks to both; neither is told what came between them."""
    for one, partner in each(fact.event):
        yield Notice(
            template="pairing.held",
            to=one,
            subject="We would like to speak to you before you go on",
            paragraphs=(
                "We would like to speak to you and to {partner}, one after the other.",
                "Please wait until then before you plan anything new together.",
                "This can have many reasons, and it is not your fault.",
                "You keep your place on the programme. A coordinator will be in touch soon.",
            ),
            values=name_of(partner, know),
        )


@tells(PairingPaused, to=Hearer.PARTNERS)
def takes_a_break(fact: Recorded[PairingPaused], know: Know) -> Iterator[Notice]:
    """The same words whatever the reason, and whoever asked for it."""
    for one, partner in each(fact.event):
        yield Notice(
            template="pairing.paused",
            to=one,
            subject="You and your partner take a break",
            paragraphs=(
                "You and {partner} take a break from leading together.",
                "You both keep your places. Your project waits for you.",
                "When you are both ready to go on, please tell us.",
                "If you did not expect this, please ring or write to us.",
            ),
            values=name_of(partner, know),
            asks=Asks("pairing.resume", {"pairing_id": fact.event.pairing_id}),
        )


@tells(PairingResumed, to=Hearer.PARTNERS)
def resumed(fact: Recorded[PairingResumed], know: Know) -> Iterator[Notice]:
    """They go on together."""
    pairing = know(Pairing(fact.event.pairing_id))
    for one in pairing.about:
        yield Notice(
            template="pairing.resumed",
            to=one,
            subject="You and your partner go on",
            paragraphs=(
                "You and {partner} lead together again, from today.",
                "If something makes that hard, please ring or write to us. We can talk about it.",
            ),
            values=name_of(pairing.other(one), know),
        )


@tells(PairingStepTakenBack, to=Hearer.PARTNERS)
def step_taken_back(fact: Recorded[PairingStepTakenBack], know: Know) -> Iterator[Notice]:
    """What we recorded by mistake, and how it is now."""
    for one, partner in each(fact.event):
        yield Notice(
            template="pairing.step-taken-back",
            to=one,
            subject="We made a mistake, and have put it right",
            paragraphs=(
                *TAKEN_BACK[fact.event.step],
                "What we had noted was a mistake. We are sorry, and have put it right.",
                "If this is not how it is, please ring or write to us.",
            ),
            values=name_of(partner, know),
            asks=_agree(fact.event, one) if fact.event.step is PairingStep.AGREEMENT else None,
        )


@tells(PartnerWishedAgain, to=Hearer.PERSON)
def wish_noted(fact: Recorded[PartnerWishedAgain], know: Know) -> Iterator[Notice]:
    """To whoever wished it, and to nobody else."""
    yield Notice(
        template="pairing.partner-wished-again",
        to=fact.event.person_id,
        subject="We have noted whom you would like to lead with",
        paragraphs=(
            "You told us that you would like to be asked about {partner} once more.",
            "We have not told them. We ask the two of you again only if both of you wish it.",
            "You may have another partner by then. If you change your mind, you can say no.",
        ),
        values=name_of(fact.event.other_id, know),
    )


@tells(RepairingAsked, to=Hearer.PERSON)
def partner_left(fact: Recorded[RepairingAsked], know: Know) -> Iterator[Notice]:
    """To whoever stays: you keep your place, and we look for a new partner.

    The words are the same whatever the reason, so that they tell nobody of a concern.
    """
    pairing = know(Pairing(fact.event.pairing_id))
    if pairing.proposed is None:
        return
    yield Notice(
        template="pairing.ended",
        to=fact.event.person_id,
        subject="You keep your place, and we look for a new partner for you",
        paragraphs=(
            "You and {partner} will not lead together any more.",
            "You keep your place on the programme. We are looking for a new partner for you.",
            "If you have begun a project, it can go on with your new partner.",
            "If you would like to talk about this, please ask us.",
        ),
        values=name_of(pairing.other(fact.event.person_id), know),
    )


@tells(PairingCompleted, to=Hearer.PARTNERS)
def completed(fact: Recorded[PairingCompleted], know: Know) -> Iterator[Notice]:
    """Thanks, and the question how the two go on."""
    for one, partner in each(fact.event):
        yield Notice(
            template="pairing.completed",
            to=one,
            subject="Well done, and what comes next",
            paragraphs=(
                "You and {partner} have done what you set out to do. Thank you both.",
                "Would you like to go on leading together? Please talk about it and tell us.",
                f"We will ask you how it goes after {_months(fact.event.check_in_months)}.",
            ),
            values=name_of(partner, know),
            asks=_agree(fact.event, one),
        )


def _agree(event: PairingCompleted | PairingStepTakenBack, one: PersonId) -> Asks:
    return Asks("continuation.agree", {"pairing_id": event.pairing_id, "person_id": one})


def _months(months: Sequence[int]) -> str:
    """“3, 6 and 12 months”, or “1 month”."""
    return f"{one_after_another(months)} month{'' if tuple(months) == (1,) else 's'}"
