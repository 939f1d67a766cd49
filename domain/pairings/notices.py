"""What people hear about their partner: asked, introduced, waiting, and at the end."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Final

from domain.decision import Know
from domain.notice import Notice, Openable, because, nhs_date, one_after_another, tells
from domain.pairings.endings import LEFT_THE_PROGRAMME
from domain.pairings.pairing import Pairing
from domain.people.person import Reach
from events.catalogue import Recorded
from events.ids import PersonId
from events.pairings import (
    PairingActivated,
    PairingCompleted,
    PairingDeclined,
    PairingLapsed,
    PairingProposed,
    RepairingAsked,
)
from events.personal import plain

REASONS: Final[Mapping[str, str]] = {
    "themes.in-common": "You care about some of the same things.",
    "days.in-common": "You can meet on the same days.",
    "area.same": "You are from the same area.",
    "area.neighbouring": "You are from areas next to each other.",
    "travel.suits": "You can meet in a way that suits you both.",
    "leading.aspiring-with-experienced": (
        "One of you has led before, and one of you is starting. You can learn from each other."
    ),
    "repairing.first": "One of you was first in line for a new partner.",
}
BY_CHANCE: Final = "You are both on the programme and looking for a partner."
FactOnTwo = PairingProposed | PairingActivated | PairingDeclined | PairingLapsed | PairingCompleted


def each(two: FactOnTwo) -> Iterator[tuple[PersonId, PersonId]]:
    """Each of the two, with their partner."""
    yield two.patient_leader_id, two.healthcare_leader_id
    yield two.healthcare_leader_id, two.patient_leader_id


def name_of(partner: PersonId, know: Know) -> dict[str, Openable]:
    """The sealed name for the placeholder {partner}."""
    reach = know(Reach(partner))
    return {"partner": reach.full_name}


@tells(PairingProposed)
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
        )


@tells(PairingActivated)
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


@tells(PairingDeclined)
def declined(fact: Recorded[PairingDeclined], know: Know) -> Iterator[Notice]:
    """A no, told kindly; whoever left hears about that, and their partner by `pairing.ended`."""
    reason = plain(fact.event.reason)
    if reason == LEFT_THE_PROGRAMME:
        return
    for one, _ in each(fact.event):
        if one != fact.event.declined_by:
            yield _we_look_on(one, "declined")
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


def _we_look_on(one: PersonId, how: str) -> Notice:
    return Notice(
        template=f"pairing.{how}",
        to=one,
        subject="We are looking for another partner for you",
        paragraphs=(
            "The partner that we told you about can't lead with you.",
            "This can have many reasons, and it is not your fault.",
            "You keep your place. We are looking for another partner for you.",
            "We will write to you soon.",
        ),
    )


@tells(PairingLapsed)
def lapsed(fact: Recorded[PairingLapsed], know: Know) -> Iterator[Notice]:
    """The time to answer is over; nobody is blamed."""
    for one, _ in each(fact.event):
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
                (
                    "If you would still like this partner, or if something makes it hard to answer "
                    "us, please tell us."
                ),
            ),
        )


@tells(RepairingAsked)
def partner_left(fact: Recorded[RepairingAsked], know: Know) -> Iterator[Notice]:
    """To whoever stays: you keep your place, and you are first in line."""
    pairing = know(Pairing(fact.event.pairing_id))
    if pairing.proposed is None:
        return
    yield Notice(
        template="pairing.ended",
        to=fact.event.person_id,
        subject="You keep your place, and we look for a new partner for you",
        paragraphs=(
            "You and {partner} will not lead together any more.",
            "You keep your place on the programme. You are first in line for a new partner.",
            "If you have begun a project, it can go on with your new partner.",
            "If you would like to talk about this, please ask us.",
        ),
        values=name_of(pairing.other(fact.event.person_id), know),
    )


@tells(PairingCompleted)
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
        )


def _months(months: Sequence[int]) -> str:
    """“3, 6 and 12 months”, or “1 month”."""
    return f"{one_after_another(months)} month{'' if tuple(months) == (1,) else 's'}"
