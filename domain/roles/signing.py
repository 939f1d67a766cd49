"""What two signatures under one thing have in common: one of each side, by two people, who still
are co-chairs when it counts.
"""

from collections.abc import Iterable, Mapping
from datetime import date

from domain.decision import Act, Know, Refusal
from domain.roles.authority import Authority
from events.ids import CohortId, PersonId
from events.terms import Side

Signatories = tuple[Authority, ...]
"""What each of those holds who have signed."""


class NotYourSide(Refusal):
    """You are co-chair of the other side. A co-chair of this side must sign."""

    code = "signing.not-your-side"


class SignedForTheOtherSide(Refusal):
    """You have signed for the other side already. A co-chair of this side must sign as well."""

    code = "signing.signed-for-the-other-side"


def must_be_their_side(act: Act, side: Side) -> None:
    """Refuses to sign for a side of which one is no co-chair."""
    if act.side is not side:
        raise NotYourSide


def must_not_have_signed(act: Act, side: Side, signed: Mapping[Side, PersonId | None]) -> None:
    """Refuses whoever signed for the other side; `signed` are the signatures that count,
    or may count again.
    """
    if act.person and act.person == signed.get(side.other):
        raise SignedForTheOtherSide


def signatories(know: Know, people: Iterable[PersonId | None]) -> Signatories:
    """What must be known of whoever has signed."""
    return tuple(know(Authority(who)) for who in sorted(filter(None, people)))


def still_signing(
    known: Signatories,
    signed: Mapping[Side, PersonId | None],
    cohort_id: CohortId | None,
    day: date,
) -> dict[Side, PersonId]:
    """Those signatures that count on a day: of whoever could sign for that side then."""
    return {
        side: who
        for side, who in signed.items()
        if who and any(one.person_id == who and one.chairs(side, cohort_id, day) for one in known)
    }
