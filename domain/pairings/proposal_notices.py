"""What people hear while they are asked to lead together: asked, reminded, and what comes of it."""

from collections.abc import Iterator, Mapping
from datetime import date
from typing import Final

from domain.decision import Know
from domain.notice import Asks, Hearer, Notice, because, nhs_date, tells
from domain.pairings.endings import LEFT_THE_PROGRAMME
from domain.pairings.notices import each, name_of
from domain.pairings.pairing import Pairing
from events.catalogue import Recorded
from events.ids import PersonId
from events.pairings import (
    PairingDeclined,
    PairingLapsed,
    PairingProposed,
    PairingTakenBack,
    ProposalExtended,
    ProposalReminderDue,
)
from events.personal import plain

WAITED: Final = "One of you has waited for a partner for a while."
REASONS: Final[Mapping[str, str]] = {
    "themes.in-common": "You care about some of the same things.",
    "themes.open": "One of you is open to many themes.",
    "days.in-common": "You can meet on the same days.",
    "area.same": "You are from the same area.",
    "area.neighbouring": "You are from areas next to each other.",
    "travel.suits": "You can meet in a way that suits you both.",
    "leading.aspiring-with-experienced": (
        "One of you has led before, and one of you is starting. You can learn from each other."
    ),
    "waiting.left-over": WAITED,
    "waiting.months": WAITED,
    "repairing.first": "You are both looking for a partner.",
}
BY_CHANCE: Final = "You are both on the programme and looking for a partner."


@tells(PairingProposed, to=Hearer.PARTNERS)
def proposed(fact: Recorded[PairingProposed], know: Know) -> Iterator[Notice]:
    """Will you lead together, why we think so, and until when to answer."""
    reasons = plain(fact.event.reasons)
    if reasons is None:  # one of the two was erased, so there is nobody to lead with
        return
    until = nhs_date(fact.event.accept_by)
    why = dict.fromkeys(because(REASONS, tuple(one.code for one in reasons)) or (BY_CHANCE,))
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
            asks=_answer(fact.event, one, fact.event.accept_by),
        )


def _answer(
    event: PairingProposed | ProposalExtended | ProposalReminderDue, one: PersonId, by: date
) -> Asks:
    return Asks("pairing.accept", {"pairing_id": event.pairing_id, "person_id": one}, by)


@tells(ProposalReminderDue, to=Hearer.SILENT)
def reminded(fact: Recorded[ProposalReminderDue], know: Know) -> Iterator[Notice]:
    """Until when they can still answer; whoever has said yes waits with us."""
    pairing = know(Pairing(fact.event.pairing_id))
    if pairing.proposed is None:
        return
    until = pairing.proposed.accept_by
    for one, partner in each(fact.event):
        if one not in pairing.accepted:
            yield Notice(
                template="pairing.reminder-due",
                to=one,
                subject="Please answer us about your partner",
                paragraphs=(
                    "We asked you whether you would like to lead with {partner}.",
                    f"Please say yes or no by the end of {nhs_date(until)}.",
                    "It is fine to say no. Then we look for someone else for you.",
                    "If something makes it hard to answer, please ring or write to us.",
                ),
                values=name_of(partner, know),
                asks=_answer(fact.event, one, until),
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
            asks=_answer(fact.event, one, fact.event.accept_by),
        )
