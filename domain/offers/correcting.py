"""How a decision that everybody has heard is put right: two co-chairs, one of each side, sign."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from enum import StrEnum
from typing import ClassVar, Final, NamedTuple

from domain.applications.application import Application
from domain.applications.standing import TAKEN, PlaceHeld, PlaceStanding, whose
from domain.assessments.assessment import NotToAssess, Panel, eligible, panel_on, ties_to
from domain.assessments.panel import ReasonMissing, WhyNotOffered, panel_score
from domain.cohorts.going_by import CohortRules, cohort_rules
from domain.decision import Act, Command, Decides, Know, Knowledge, Refusal, StandsInTheWay, learns
from domain.offers.answering import time_to_answer
from domain.offers.offer import OfferWithdrawReason
from domain.offers.release import PLACES_TAKEN
from domain.offers.reserve import ReserveIsClosed
from domain.offers.turns import Places
from domain.people.person import Between, Person
from domain.roles.signing import (
    Signatories,
    must_be_their_side,
    must_not_have_signed,
    signatories,
    still_signing,
)
from events.assessments import CorrectionSigned
from events.cohorts import CohortPlanned
from events.event import Event
from events.ids import ApplicationId, PersonId
from events.offers import (
    ApplicationDeclined,
    DecisionCorrected,
    OfferMade,
    OfferWithdrawn,
    ReserveListed,
)
from events.terms import Outcome, Role, Side

COMES_TO: Final = {
    Outcome.OFFER: (PlaceStanding.OFFERED, *TAKEN),
    Outcome.RESERVE: (PlaceStanding.RESERVE,),
    Outcome.DECLINE: (PlaceStanding.DECLINED,),
}
"""What an application holds to which an outcome has come already."""


class DecisionCorrectionReason(StrEnum):
    """Why what was decided is put right after all; the person is shown the sentence of it."""

    MISTAKE = "decision.our-mistake"
    NEW_INFORMATION = "decision.came-to-light"
    CONFLICT = "decision.looked-at-again"


class NotHeardYet(Refusal):
    """Nobody has heard yet what was decided. Change the decision instead."""

    code = "decision.not-heard-yet"


@dataclass
class Corrections(Knowledge):
    """Who last signed a correction of a decision for each side, and what it was; and what was
    signed by both last (`done_by`).
    """

    application_id: ApplicationId | None
    last: dict[Side, CorrectionSigned] = field(default_factory=dict)
    done_by: CorrectionSigned | None = None

    @property
    def tags(self) -> tuple[str | None, ...]:
        return (self.application_id,)

    def came_of(self, outcome: Outcome, reason: str, reasons: tuple[str, ...]) -> bool:
        """Whether just this was signed by both sides last."""
        one, this = self.done_by, (outcome, reason, reasons)
        return one is not None and (one.outcome, one.reason, one.reasons) == this

    @learns(CorrectionSigned)
    def signs(self, event: CorrectionSigned) -> None:
        self.last[event.signed_for] = event

    @learns(DecisionCorrected)
    def done(self, event: DecisionCorrected) -> None:
        self.done_by = next(iter(self.last.values()), None)  # both sides signed the same
        self.last.clear()


class HasComeToThat(Refusal):
    """The decision has come to that already, and the reasons stay as the person has read them.
    Write to them if there is more to say, or correct what was decided to something else.
    """

    code = "decision.has-come-to-that"


class Signed(NamedTuple):
    """The signatures under a correction, and what those who gave them hold."""

    corrections: Corrections
    signatories: Signatories


class HeardOf(NamedTuple):
    """An application of which people have heard, what it holds, how assessors stand to it, who has
    signed a correction, and whose it is.
    """

    application: Application
    place: PlaceHeld
    ties: tuple[Between, ...]
    signed: Signed
    person: Person


class CorrectDecision(Command, Decides[HeardOf, Panel, CohortRules, Places]):
    """A co-chair signs for their side that what was decided is put right; once both sides have
    signed the same, it is, and the person is told. What is in doubt may be signed as it was.

    No more places are offered than there are: whoever gets none now is the next one.
    """

    name: ClassVar = "decision.correct"
    roles: ClassVar = frozenset({Role.CO_CHAIR})
    application_id: ApplicationId
    side: Side
    outcome: Outcome
    reason: DecisionCorrectionReason
    reasons: WhyNotOffered = ()

    def needs(self, know: Know) -> tuple[HeardOf, Panel, CohortRules, Places]:
        application = know(Application(self.application_id))
        panel, cohort_id = panel_on(application, know), application.cohort_id
        corrections = know(Corrections(self.application_id))
        signed_by = [one.signed_by for one in corrections.last.values()]
        signed = Signed(corrections, signatories(know, signed_by))
        place, ties = know(PlaceHeld(self.application_id)), ties_to(application, panel, know)
        told = HeardOf(application, place, ties, signed, know(Person(application.person_id)))
        return told, panel, cohort_rules(know, cohort_id), know(Places(cohort_id))

    def decide(
        self, act: Act, told: HeardOf, panel: Panel, rules: CohortRules, places: Places
    ) -> Iterator[Event]:
        cohort, plan = rules.cohort, rules.cohort.known
        must_be_their_side(act, self.side)
        if eligible(told.application) and told.application.erased:
            raise NotToAssess
        if not cohort.released:
            raise NotHeardYet
        if told.place.standing in COMES_TO[self.outcome] and not panel.table.in_doubt:
            if not told.signed.corrections.came_of(self.outcome, self.reason, self.reasons):
                raise HasComeToThat
            return
        self._must_be_right(told, panel, rules)
        self._must_have_room(act, told, places, plan)
        yield from self._signed(act, told, panel)
        if self.side.other in self._under(act, told, panel):
            yield DecisionCorrected(**whose(told.application.known), reason=self.reason.value)
            yield from self._comes_to(act, told, places, rules)

    def _must_be_right(self, told: HeardOf, panel: Panel, rules: CohortRules) -> None:
        if told.place.standing in TAKEN and self.outcome is not Outcome.OFFER:
            raise StandsInTheWay(f"the place that was accepted with {self.application_id}")
        if self.outcome is Outcome.DECLINE:
            if not self.reasons:
                raise ReasonMissing
            return
        if self.outcome is Outcome.RESERVE and not self.reasons:
            raise ReasonMissing
        told.person.must_have_consented()
        panel_score(rules.cohort.known, rules.numbers, panel, told.ties)

    def _must_have_room(self, act: Act, told: HeardOf, places: Places, plan: CohortPlanned) -> None:
        stays = told.place.standing in COMES_TO[self.outcome]
        if stays or not places.is_over(act) or self.outcome is Outcome.DECLINE:
            return
        if self.outcome is Outcome.RESERVE:
            raise ReserveIsClosed
        places.must_have_one_free(told.application.side, plan)

    def _given(self, told: HeardOf) -> dict[Side, PersonId]:
        """Whose signatures are under just this, while what they corrected is as it was."""
        mine = told.place.standing, self.outcome, self.reasons, self.reason
        return {
            side: one.signed_by
            for side, one in told.signed.corrections.last.items()
            if (one.holds, one.outcome, one.reasons, one.reason) == mine
        }

    def _under(self, act: Act, told: HeardOf, panel: Panel) -> dict[Side, PersonId]:
        """Those of them that count."""
        given = self._given(told).items()
        theirs = {side: who for side, who in given if not panel.judging.is_concerned(who)}
        cohort_id = told.application.cohort_id
        return still_signing(told.signed.signatories, theirs, cohort_id, act.asked_on)

    def _signed(self, act: Act, told: HeardOf, panel: Panel) -> Iterator[Event]:
        if act.person is None or self.side in self._under(act, told, panel):
            return
        must_not_have_signed(act, self.side, self._given(told))
        started = told.application.known
        yield from panel.acts.alike(
            CorrectionSigned(
                application_id=started.application_id,
                cohort_id=started.cohort_id,
                person_id=started.person_id,
                signed_for=self.side,
                signed_by=act.person,
                holds=told.place.standing.value,
                outcome=self.outcome,
                reasons=tuple(reason.value for reason in self.reasons),
                reason=self.reason.value,
            )
        )

    def _comes_to(
        self, act: Act, told: HeardOf, places: Places, rules: CohortRules
    ) -> Iterator[Event]:
        plan, started = rules.cohort.known, told.application.known
        mine, side = whose(started), started.side
        if told.place.standing in COMES_TO[self.outcome]:
            return  # they looked at it again, and it stands
        if told.place.standing is PlaceStanding.OFFERED:
            yield OfferWithdrawn(**mine, reason=OfferWithdrawReason.MADE_BY_MISTAKE.value)
        reasons = tuple(reason.value for reason in self.reasons)
        if self.outcome is Outcome.DECLINE:
            yield ApplicationDeclined(**mine, reasons=reasons)
        elif self.outcome is Outcome.RESERVE:
            yield ReserveListed(**mine, place=places.last_turn(side), reasons=reasons)
        elif places.free(side, plan):
            yield OfferMade(**mine, **time_to_answer(act, rules)._asdict())
        else:
            first = places.turn_at(side, 1, but=started.application_id)
            yield ReserveListed(**mine, place=first, reasons=(PLACES_TAKEN,))
