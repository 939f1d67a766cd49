"""What must hold of who acts on an application: nobody for themselves or whom they are close to."""

from collections import defaultdict
from typing import Any, ClassVar, Final

from domain.invariants.chronicle.chronicle import Chronicle
from domain.invariants.chronicle.panels import DECISIONS, SOFT
from domain.invariants.invariant import Finding, Invariant
from domain.invariants.learning import learns
from events.assessments import CorrectionSigned, ModerationHeld
from events.catalogue import Recorded
from events.ids import ApplicationId, PersonId
from events.offers import (
    DecisionCorrected,
    EmployerAwaited,
    EmployerReleaseConfirmed,
    EmployerReleaseLost,
    OfferAccepted,
    OfferDayChanged,
    OfferDeclined,
    OfferReopened,
    OfferWithdrawn,
    PlaceGivenBack,
    PlaceGivenUp,
    ReserveReordered,
)
from events.terms import Role, Side

BY_THE_TEAM: Final = (
    *DECISIONS,
    ModerationHeld,
    CorrectionSigned,
    DecisionCorrected,
    EmployerAwaited,
    EmployerReleaseConfirmed,
    EmployerReleaseLost,
    OfferAccepted,
    OfferDayChanged,
    OfferDeclined,
    OfferReopened,
    OfferWithdrawn,
    PlaceGivenBack,
    PlaceGivenUp,
    ReserveReordered,
)
OWN: Final = frozenset({Role.APPLICANT, Role.PARTICIPANT, Role.ASSESSOR})
"""In which people act for themselves."""


class NobodyActsForThemselves(Invariant):
    """Somebody of the team acted on an application of a cohort for which they have applied
    themselves, or of a person to whom they are close.
    """

    name: ClassVar = "offers.nobody-acts-for-themselves"
    rules: ClassVar = (4, 11)
    opens: ClassVar = True

    @learns(*BY_THE_TEAM)
    def acts(self, fact: Recorded[Any]) -> list[Finding] | None:
        """By what was known when they did."""
        origin, event = fact.envelope.origin, fact.event
        who = PersonId(origin.actor) if PersonId.pattern.fullmatch(origin.actor) else None
        if who is None or origin.role in OWN:
            return None
        own = self.log.places.of_person.get((event.cohort_id, who), ())
        begun = [one.begun_at for one in own if one.begun_at]
        ties = self.log.people.between(event.person_id, who)
        close = [tie.at for tie in ties if tie.kind is not SOFT]
        if not begun and not close:
            return None
        return [self.found((event.application_id, who), *begun, *close, fact.envelope.position)]


class CorrectedByBothSides(Invariant):
    """What people had heard was put right, and two people, one for each side, had not signed it."""

    name: ClassVar = "offers.corrected-by-both-sides"
    rules: ClassVar = (7,)
    opens: ClassVar = True

    def __init__(self, chronicle: Chronicle) -> None:
        super().__init__(chronicle)
        self._signed: defaultdict[ApplicationId, dict[Side, tuple[CorrectionSigned, int]]]
        self._signed = defaultdict(dict)

    @learns(CorrectionSigned)
    def signs(self, fact: Recorded[CorrectionSigned]) -> list[Finding] | None:
        """Each for themselves; the last word of a side counts."""
        event, at = fact.event, fact.envelope.position
        self._signed[event.application_id][event.signed_for] = event, at
        if fact.envelope.origin.actor == event.signed_by:
            return None
        return [self.found((event.application_id, event.signed_by), at)]

    @learns(DecisionCorrected)
    def corrected(self, fact: Recorded[DecisionCorrected]) -> list[Finding] | None:
        """Both signed the same, and what it was about had not changed between."""
        signed = self._signed.pop(fact.event.application_id, {})
        people = {one.signed_by for one, _ in signed.values()}
        what = {(one.holds, one.outcome, one.reasons, one.reason) for one, _ in signed.values()}
        if len(people) == len(Side) and len(what) == 1:
            return None
        places = (at for _, at in signed.values())
        return [self.found((fact.event.application_id,), *places, fact.envelope.position)]
