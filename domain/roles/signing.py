"""What two signatures under one thing have in common: one of each side, by two people."""

from collections.abc import Mapping

from domain.decision import Act, Refusal
from events.ids import PersonId
from events.terms import Side


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
    """Refuses whoever signed for the other side; `signed` are the signatures that count."""
    if act.person and act.person == signed.get(side.other):
        raise SignedForTheOtherSide
