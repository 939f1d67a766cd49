"""The moment at which all applicants of a cohort are told what was decided, together (rule 7)."""

from collections.abc import Iterator
from datetime import date, timedelta
from typing import ClassVar, Final

from domain.applications.standing import whose
from domain.assessments.evenness import PanelActs
from domain.assessments.panel import PANEL
from domain.cohorts.cohort import Cohort
from domain.decision import Act, Command, Decides, Know, TooEarly
from domain.offers.results import Decision, Results, must_take_no_more
from domain.offers.signing import Signing, signing_of
from events.calendar import start_of
from events.cohorts import CohortPlanned, DecisionsReleased
from events.event import Event
from events.ids import CohortId
from events.offers import ApplicationDeclined, OfferMade, ReserveListed
from events.terms import Outcome, Side

PLACES_TAKEN: Final = "places.taken"


class TooEarlyToRelease(TooEarly):
    """The day on which this cohort's decisions are released has not come yet."""

    code = "release.too-early"


class ReleaseDecisions(Command, Decides[Cohort, Results, PanelActs, Signing]):
    """The panel lets everybody know at once, and the places are offered by score (rules 7, 8).

    The co-chairs of both sides have signed what was decided, and it is still the same.

    The facts come in the order of their applications' ids, so that no order tells a score.
    """

    name: ClassVar = "cohort.release-decisions"
    roles: ClassVar = PANEL
    cohort_id: CohortId

    def needs(self, know: Know) -> tuple[Cohort, Results, PanelActs, Signing]:
        this = self.cohort_id
        cohort, results = know(Cohort(this)), know(Results(this))
        return cohort, results, know(PanelActs(this)), signing_of(know, this)

    def decide(
        self, act: Act, cohort: Cohort, results: Results, acts: PanelActs, signing: Signing
    ) -> Iterator[Event]:
        plan = cohort.known
        if cohort.released:
            return
        must_be_time(act, cohort, plan, results)
        results.must_be_whole()
        signing.must_be_whole(results, act.asked_on)
        yield from acts.evened(self.cohort_id)
        yield DecisionsReleased(cohort_id=self.cohort_id)
        accept_by = act.today + timedelta(days=plan.accept_within_days)
        heard = [
            fact
            for side in Side
            for fact in announced(results.of(side), plan.places_per_side, accept_by)
        ]
        yield from sorted(heard, key=lambda fact: fact.application_id)


def must_be_time(act: Act, cohort: Cohort, plan: CohortPlanned, results: Results) -> None:
    """Refuses before the planned day, and while anybody may still apply."""
    if act.time < start_of(plan.decisions_on):
        raise TooEarlyToRelease
    must_take_no_more(act, cohort, plan, results)


def announced(
    decisions: list[Decision], places: int, accept_by: date
) -> Iterator[OfferMade | ReserveListed | ApplicationDeclined]:
    """What each applicant of one side hears; `decisions` come with the best score first."""
    free, turn = places, 0
    for one in decisions:
        if one.outcome is Outcome.DECLINE:
            yield ApplicationDeclined(**whose(one), reasons=one.reasons)
        elif one.outcome is Outcome.OFFER and free:
            free -= 1
            yield OfferMade(**whose(one), accept_by=accept_by)
        else:
            turn += 1
            waits_for = one.reasons if one.outcome is Outcome.RESERVE else (PLACES_TAKEN,)
            yield ReserveListed(**whose(one), place=turn, reasons=waits_for)
