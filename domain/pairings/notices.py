"""What people hear about their partner: asked, introduced, waiting, and at the end."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Final

from domain.decision import Know
from domain.notice import (
    Asks,
    Hearer,
    Notice,
    Openable,
    because,
    nhs_date,
    one_after_another,
    tells,
)
from domain.pairings.endings import LEFT_THE_PROGRAMME
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
    RepairingAsked,
)
from events.personal import plain
from events.terms import PairingStep

REASONS: Final[Mapping[str, str]] = {
    "themes.in-common": "You care about some of the same things.",
    "days.in-common": "You can meet on the same days.",
    "area.same": "You are from the same area.",
    "area.neighbouring": "You are from areas next to each other.",
    "travel.suits": "You can meet in a way that suits you both.",
    "leading.aspiring-with-experienced": (
        "One of you has led before, and one of you is starting. You can learn from each other."
    ),
    "repairing.first": "You are both looking for a partner.",
}
BY_CHANCE: Final = "You are both on the programme and looking for a partner."
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


@tells(PairingProposed, to=Hearer.PARTNERS)
def proposed(fact: Recorded[PairingProposed], know: Know) -> Iterator[Notice]:
    """Will you lead together, why we think so, and until when to answer."""
    reasons = plain(fact.event.reasons)
    if reasons is None:  # one of the two was erased, so there is nobody to lead with
        return
    until = nhs_date(fact.event.accept_by)
    why = because(REASONS, tuple(one.code for one in reasons)) or (BY_CHANCE,)
    for one, partner in each(fact.event):
        yield Notice(
            template="pairing.proposed",
            to=one,
            subject="We have found a partner for you",
            paragraphs=(
                "We think that you and {partner} could lead together well.",
                f"This is why: {' '.join(why)}",
                f"Would you like to? Please say yes or no by {until}.",
                "It is fine to say no. Then we look for someone else for you.",
            ),
            values=name_of(partner, know),
            asks=_answer(fact.event, one),
        )


def _answer(event: PairingProposed | ProposalExtended, one: PersonId) -> Asks:
    known = {"pairing_id": event.pairing_id, "person_id": one}
    return Asks("pairing.accept", known, event.accept_by)


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


@tells(PairingDeclined, to=Hearer.PARTNERS)
def declined(fact: Recorded[PairingDeclined], know: Know) -> Iterator[Notice]:
    """A no, told kindly; whoever left hears about that, and their partner by `pairing.ended`."""
    reason = plain(fact.event.reason)
    if reason == LEFT_THE_PROGRAMME:
        return
    for one, _ in each(fact.event):
        if one != fact.event.declined_by:
            yield _we_look_on(one)
        elif reason is not None:  # once it was erased, they may have left
            yield _said_no(one)


def _said_no(one: PersonId) -> Notice:
    return Notice(
        template="pairing.you-declined",
        to=one,
        subject="Thank you for telling us",
        paragraphs=(
            "Thank you for telling us that this partner is not right for you. That is fine.",
            "You keep your place. We are looking for another partner for you.",
        ),
    )


def _we_look_on(one: PersonId) -> Notice:
    return Notice(
        template="pairing.declined",
        to=one,
        subject="We are looking for another partner for you",
        paragraphs=(
            "The partner that we told you about can't lead with you.",
            "This can have many reasons, and it is not your fault.",
            "You keep your place. We are looking for another partner for you.",
            "We will write to you soon.",
        ),
    )


@tells(PairingLapsed, to=Hearer.PARTNERS)
def lapsed(fact: Recorded[PairingLapsed], know: Know) -> Iterator[Notice]:
    """The time to answer is over; nobody is blamed."""
    for one, partner in each(fact.event):
        yield Notice(
            template="pairing.lapsed",
            to=one,
            subject="The time to say yes to a partner is over",
            paragraphs=(
                (
                    "We asked two people to lead together, and we did not hear a yes from both in "
                    "time."
                ),
                "You keep your place. We are looking for another partner for you.",
                "If you would still like this partner, please tell us.",
                "If something makes it hard to answer us, please ring or write to us.",
            ),
            asks=Asks("pairing.wish-again", {"person_id": one, "other_id": partner}),
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


@tells(PairingTakenBack, to=Hearer.PARTNERS)
def taken_back(fact: Recorded[PairingTakenBack], know: Know) -> Iterator[Notice]:
    """The programme puts right what it asked; nobody has said no."""
    for one, _ in each(fact.event):
        yield Notice(
            template="pairing.taken-back",
            to=one,
            subject="We take back what we asked you about a partner",
            paragraphs=(
                "We asked you about a partner, and we have to take that back. We are sorry.",
                "That was our doing. Neither of you has done anything wrong.",
                "You don't have to answer us. You keep your place, and we go on looking for you.",
            ),
        )


@tells(ProposalExtended, to=Hearer.PARTNERS)
def longer(fact: Recorded[ProposalExtended], know: Know) -> Iterator[Notice]:
    """More time to say yes or no."""
    until = nhs_date(fact.event.accept_by)
    for one, partner in each(fact.event):
        yield Notice(
            template="pairing.proposal-extended",
            to=one,
            subject="You have longer to answer us about your partner",
            paragraphs=(
                "We asked you whether you would like to lead with {partner}.",
                f"You now have until the end of {until} to say yes or no.",
                "If you have answered already, you don't have to do anything.",
            ),
            values=name_of(partner, know),
            asks=_answer(fact.event, one),
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
