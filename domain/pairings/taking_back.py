"""How a slip is put right: a proposal that should not have been made, and a step of a pairing that
was recorded by mistake.
"""

from collections.abc import Iterator
from enum import StrEnum
from typing import Any, ClassVar, Final

from domain.decision import Act, Command, Decides, Know, Refusal, SoAlready, StandsInTheWay
from domain.pairings.pairing import Pairing, PairingState, SaidOfPairing
from domain.pairings.proposals import NotAsked, Two, two_of
from domain.pairings.watching import Watched, came_between
from domain.people.person import Person
from events.event import Event
from events.ids import PairingId
from events.pairings import PairingStepTakenBack, PairingTakenBack
from events.terms import PairingStep, Role


class TakeBackReason(StrEnum):
    """Why the programme takes back what it asked or recorded."""

    MISTAKE = "pairing.mistake"
    SOMETHING_CHANGED = "pairing.something-changed"
    OTHER = "pairing.other"


class LeadTogether(Refusal):
    """The two have said yes, and lead together. If that should end, end the pairing instead."""

    code = "pairing.lead-together"


class NoSuchStep(Refusal):
    """Only the last step of a pairing can be taken back, and it was another one. Look at where the
    pairing stands, and take back that step first.
    """

    code = "pairing.no-such-step"


class TakenBackForAnother(SoAlready):
    """It was taken back already, for another reason, which stays on record. If it should not have
    been, propose the two again, or record the step again.
    """

    code = "pairing.taken-back-for-another-reason"


class YourOwnPairing(Refusal):
    """You are one of the two. Another coordinator must put this right."""

    code = "pairing.your-own"


REFUSED: Final = frozenset({PairingState.DECLINED, PairingState.LAPSED})
BEGUN: Final = frozenset(PairingState) - {PairingState.PROPOSED, PairingState.ENDED, *REFUSED}


class TakeBackProposal(Command, Decides[Pairing, SaidOfPairing]):
    """The team takes a proposal back in its own name, and nobody has said no.

    After an answer, or silence, that was recorded by mistake it is as if the two had never been
    asked, so that they can be asked again.
    """

    name: ClassVar = "pairing.take-back"
    roles: ClassVar = frozenset({Role.COORDINATOR})
    pairing_id: PairingId
    reason: TakeBackReason

    def needs(self, know: Know) -> tuple[Pairing, SaidOfPairing]:
        return know(Pairing(self.pairing_id)), know(SaidOfPairing(self.pairing_id))

    def decide(self, act: Act, pairing: Pairing, said: SaidOfPairing) -> Iterator[Event]:
        _must_not_be_theirs(act, pairing)
        if pairing.state is PairingState.TAKEN_BACK:
            _must_be_for(self.reason, said)
            return
        if pairing.state in BEGUN:
            raise LeadTogether
        slip = self.reason is TakeBackReason.MISTAKE and pairing.state in REFUSED
        if not (slip or pairing.state is PairingState.PROPOSED):
            raise NotAsked
        yield PairingTakenBack(**pairing.whose, reason=self.reason.value)


MOVES: Final = (PairingStep.PAUSE, PairingStep.END, PairingStep.COMPLETION)
"""Steps without which the two lead together again."""
STANDS: Final = {
    PairingStep.PAUSE: PairingState.PAUSED,
    PairingStep.END: PairingState.ENDED,
    PairingStep.COMPLETION: PairingState.COMPLETED,
    PairingStep.AGREEMENT: PairingState.COMPLETED,
    PairingStep.CONTINUATION_END: PairingState.COMPLETED,
}
"""Where a pairing stands after each step."""


class TakeBackStep(Command, Decides[Pairing, Two, tuple[Person, ...], SaidOfPairing]):
    """The team takes back the last step of a pairing, which was recorded by mistake: a pause, an
    end, a completion, or what was said of how the two go on. Both must still agree to the use of
    their data: what ended because one does not goes on when they agree again.
    """

    name: ClassVar = "pairing.take-back-step"
    roles: ClassVar = frozenset({Role.COORDINATOR})
    pairing_id: PairingId
    step: PairingStep
    reason: TakeBackReason

    def needs(self, know: Know) -> tuple[Pairing, Two, tuple[Person, ...], SaidOfPairing]:
        pairing = know(Pairing(self.pairing_id))
        one, other = pairing.both if pairing.proposed else (None, None)
        two = two_of(know, pairing.cohort_id, one, other)
        said = know(SaidOfPairing(self.pairing_id))
        return pairing, two, (know(Person(one)), know(Person(other))), said

    def decide(
        self,
        act: Act,
        pairing: Pairing,
        two: Two,
        people: tuple[Person, ...],
        said: SaidOfPairing,
    ) -> Iterator[Event]:
        _must_not_be_theirs(act, pairing)
        if pairing.put_right is self.step:
            _must_be_for(self.reason, said)
            return
        self._must_be_the_last(pairing)
        gone = (one.person_id for one in people if one.takes_no_part)
        taken = [f"the consent that was taken back: {who}" for who in gone]
        if things := (*taken, *self._in_the_way(pairing, two)):
            raise StandsInTheWay(*things)
        yield PairingStepTakenBack(
            **pairing.whose,
            step=self.step,
            stands=self._stood(pairing),
            reason=self.reason.value,
        )

    def _stood(self, pairing: Pairing) -> Any:
        """Where it stood before."""
        if self.step is PairingStep.AGREEMENT:
            return PairingState.COMPLETED.value
        if self.step is PairingStep.CONTINUATION_END:
            agreed = PairingStep.AGREEMENT in pairing.afterwards
            return "continuing" if agreed else PairingState.COMPLETED.value
        return pairing.stood[-1].value

    def _must_be_the_last(self, pairing: Pairing) -> None:
        over = PairingStep.CONTINUATION_END in pairing.afterwards
        afterwards = self.step in (PairingStep.AGREEMENT, PairingStep.CONTINUATION_END)
        said = self.step in pairing.afterwards if afterwards else True
        last = said and (not over or self.step is PairingStep.CONTINUATION_END)
        if pairing.state is not STANDS[self.step] or not last:
            raise NoSuchStep

    def _in_the_way(self, pairing: Pairing, two: Two) -> Iterator[str]:
        """What rests on it by now, and what came between the two."""
        if self.step in (PairingStep.END, PairingStep.COMPLETION):
            yield from _by_then(pairing, two)
        stands = (two[0], two[2], two[4]), (two[1], two[3], two[5])
        if self.step in MOVES and came_between(Watched(pairing, *stands)):
            yield "what keeps the two apart by now"
        if self.step is PairingStep.COMPLETION:
            yield from (f"what was said: {one}" for one in sorted(pairing.afterwards))
            yield from ["the check-in that was asked"] if pairing.check_ins else []
        if self.step in (PairingStep.END, PairingStep.COMPLETION):
            live = sorted({*two[4].live, *two[5].live} - {self.pairing_id})
            yield from (f"the pairing {one}" for one in live)


def _by_then(pairing: Pairing, two: Two) -> Iterator[str]:
    for one in two[:2]:
        if not one.stays:
            yield f"the place that was given up: {one.person_id}"
    if pairing.followed_by:
        yield f"the pairing {pairing.followed_by}"


def _must_be_for(reason: TakeBackReason, said: SaidOfPairing) -> None:
    """Refuses another reason than that for which it was taken back."""
    if said.taken_back_over not in (None, reason.value):
        raise TakenBackForAnother


def _must_not_be_theirs(act: Act, pairing: Pairing) -> None:
    """Refuses whoever would put right what is their own."""
    if act.person in pairing.both:
        raise YourOwnPairing
