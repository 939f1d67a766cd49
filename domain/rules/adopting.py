"""How rules come into force: somebody proposes them, both sides sign, and their day comes."""

from collections.abc import Iterator, Mapping
from datetime import date, timedelta
from enum import StrEnum
from typing import ClassVar, NamedTuple, Self

from pydantic import model_validator

from domain.decision import Act, Command, Decides, Know, Refusal
from domain.roles.signing import (
    Signatories,
    must_be_their_side,
    must_not_have_signed,
    signatories,
    still_signing,
)
from domain.rules_in_force import Proposal, Rules
from events.event import Event
from events.ids import PROGRAMME, PersonId, RulesId
from events.personal import plain
from events.rules import (
    Criteria,
    ProgrammeRules,
    RulesAdopted,
    RulesProposed,
    RulesSigned,
    RulesTakenBack,
)
from events.terms import ProgrammeDay, Role, Side


class RulesTakenBackReason(StrEnum):
    """Why rules that were proposed will not be in force."""

    MISTAKE = "rules.proposed-by-mistake"
    NOT_AGREED = "rules.not-agreed"
    OTHERS_INSTEAD = "rules.others-instead"


class SignedRules(NamedTuple):
    """All rules, and what those hold who have signed the ones in question."""

    rules: Rules
    signatories: Signatories

    def counting(self, proposal: Proposal, day: date) -> Mapping[Side, PersonId]:
        """Whose signatures count on a day: of who is co-chair of that side for all cohorts."""
        return still_signing(self.signatories, proposal.signed, None, day)


class UnknownRules(Refusal):
    """We don't know rules with this id. Check the id."""

    code = "rules.unknown"


class TooLittleNotice(Refusal):
    """People must know rules some days before they are in force. Propose them from a later day."""

    code = "rules.too-little-notice"

    def __init__(self, first: date) -> None:
        """`first` is the earliest day from which they could be in force."""
        super().__init__(first)
        self.first = first

    @property
    def sentence(self) -> str:
        """What people are told."""
        return (
            f"Rules that are signed today can be in force from {self.first}. Choose that day or"
            " a later one, and propose them from it."
        )


class NotToBeInForce(Refusal):
    """These rules were taken back. Propose them again if both sides want them after all."""

    code = "rules.were-taken-back"


class TakenBackOtherwise(Refusal):
    """These rules were taken back for another reason, which stays on record. Propose them again if
    they should not have been.
    """

    code = "rules.taken-back-otherwise"


class InForceAlready(Refusal):
    """These rules are in force. Propose others, and have both sides sign them."""

    code = "rules.in-force-already"


class BothHaveSigned(Refusal):
    """Both sides have signed these rules. Ask a co-chair of either side to take them back."""

    code = "rules.both-have-signed"


class ProposeRules(Command, Decides[Rules]):
    """Somebody proposes the programme's rules, all of them, from a day on; both sides must sign."""

    name: ClassVar = "rules.propose"
    roles: ClassVar = frozenset({Role.COORDINATOR, Role.CO_CHAIR})
    in_force_from: ProgrammeDay
    rules: ProgrammeRules
    criteria: Criteria

    @model_validator(mode="after")
    def each_criterion_once(self) -> Self:
        if len({one.code for one in self.criteria}) < len(self.criteria):
            raise ValueError("each criterion needs a code of its own")
        return self

    def needs(self, know: Know) -> tuple[Rules]:
        return (know(Rules()),)

    def decide(self, act: Act, rules: Rules) -> Iterator[Event]:
        open_now = (one for one in rules.proposals.values() if not one.taken_back)
        if any(self._is(one.proposed) for one in open_now):
            return
        must_leave_time(act, rules, self.in_force_from)
        yield RulesProposed(
            rules_id=act.new(RulesId),
            programme_id=PROGRAMME,
            in_force_from=self.in_force_from,
            rules=self.rules,
            criteria=self.criteria,
        )

    def _is(self, other: RulesProposed) -> bool:
        mine = self.in_force_from, self.rules, self.criteria
        return mine == (other.in_force_from, other.rules, plain(other.criteria))


class SignRules(Command, Decides[SignedRules]):
    """A co-chair of all cohorts signs proposed rules for their side; with the second side's
    signature they are adopted.
    """

    name: ClassVar = "rules.sign"
    roles: ClassVar = frozenset({Role.CO_CHAIR})
    rules_id: RulesId
    side: Side

    def needs(self, know: Know) -> tuple[SignedRules]:
        return (_signed(know, self.rules_id),)

    def decide(self, act: Act, known: SignedRules) -> Iterator[Event]:
        proposal = _proposal(known.rules, self.rules_id)
        must_be_their_side(act, self.side)
        if proposal.taken_back:
            raise NotToBeInForce
        signed = known.counting(proposal, act.asked_on)
        if self.rules_id in known.rules.adopted or self.side in signed:
            return
        must_not_have_signed(act, self.side, proposal.signed)
        must_leave_time(act, known.rules, proposal.proposed.in_force_from)
        yield RulesSigned(
            rules_id=self.rules_id,
            programme_id=PROGRAMME,
            side=self.side,
            signed_by=PersonId(act.actor),
        )
        if self.side.other in signed:
            yield RulesAdopted(rules_id=self.rules_id, programme_id=PROGRAMME)


class TakeRulesBack(Command, Decides[Rules]):
    """Rules that are not in force yet will not be. Once both sides have signed, a co-chair alone
    can take them back.
    """

    name: ClassVar = "rules.take-back"
    roles: ClassVar = frozenset({Role.COORDINATOR, Role.CO_CHAIR})
    rules_id: RulesId
    reason: RulesTakenBackReason

    def needs(self, know: Know) -> tuple[Rules]:
        return (know(Rules()),)

    def decide(self, act: Act, rules: Rules) -> Iterator[Event]:
        proposal = _proposal(rules, self.rules_id)
        if proposal.taken_back:
            if proposal.taken_back_over != self.reason.value:
                raise TakenBackOtherwise
            return
        since = rules.adopted.get(self.rules_id)
        if since and act.asked_on >= since:
            raise InForceAlready
        if since and act.role is not Role.CO_CHAIR:
            raise BothHaveSigned
        yield RulesTakenBack(
            rules_id=self.rules_id, programme_id=PROGRAMME, reason=self.reason.value
        )


def must_leave_time(act: Act, rules: Rules, in_force_from: date) -> None:
    """Refuses a day before which people could not know."""
    notice = rules.on(act.asked_on).numbers.notice_days
    first = act.asked_on + timedelta(days=notice)
    if in_force_from < first:
        raise TooLittleNotice(first)


def _signed(know: Know, rules_id: RulesId) -> SignedRules:
    """What must be known of rules and of who has signed them."""
    rules = know(Rules())
    proposal = rules.proposals.get(rules_id)
    return SignedRules(rules, signatories(know, proposal.signed.values() if proposal else ()))


def _proposal(rules: Rules, rules_id: RulesId) -> Proposal:
    if (found := rules.proposals.get(rules_id)) is None:
        raise UnknownRules
    return found
