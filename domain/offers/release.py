"""The moment at which all applicants of a cohort are told what was decided, together (rule 7)."""

from collections.abc import Iterator
from datetime import date
from typing import ClassVar, Final

from domain.applications.standing import whose
from domain.assessments.evenness import PanelActs
from domain.assessments.panel import PANEL
from domain.cohorts.cohort import Cohort
from domain.cohorts.going_by import CohortRules, cohort_rules
from domain.decision import Act, Command, Decides, Know, TooEarly
from domain.offers.answering import time_to_answer
from domain.offers.results import Decision, Results, ToRelease, must_take_no_more, to_release
from domain.offers.signing import Signing, signing_of
from domain.rules_in_force import AnswerDays
from events.calendar import A_DAY, end_of, start_of
from events.cohorts import CohortPlanned, DecisionsReleased, ReleaseOverdue
from events.event import Event
from events.ids import CohortId
from events.offers import ApplicationDeclined, OfferMade, ReserveListed, ReserveOpened
from events.terms import Outcome, Side

PLACES_TAKEN: Final = "places.taken"


class TooEarlyToRelease(TooEarly):
    """The day on which this cohort's decisions are released has not come yet."""

    code = "release.too-early"


class ReleaseHasTime(TooEarly):
    """The day on which this cohort's decisions are released is not over yet."""

    code = "release.has-time"


class ReleaseDecisions(Command, Decides[CohortRules, ToRelease, PanelActs, Signing]):
    """The panel lets everybody know at once, and the places are offered by score (rules 7, 8).

    The co-chairs of both sides have signed what was decided, and it is still the same.

    The facts come in the order of their applications' ids, so that no order tells a score. People's
    time to answer counts from when it is asked for, whenever it is said to have happened.
    """

    name: ClassVar = "cohort.release-decisions"
    roles: ClassVar = PANEL
    cohort_id: CohortId

    def needs(self, know: Know) -> tuple[CohortRules, ToRelease, PanelActs, Signing]:
        this = self.cohort_id
        wanted = to_release(know, this)
        signing = signing_of(know, this, wanted.judging)
        return cohort_rules(know, this), wanted, know(PanelActs(this)), signing

    def decide(
        self, act: Act, rules: CohortRules, wanted: ToRelease, acts: PanelActs, signing: Signing
    ) -> Iterator[Event]:
        cohort, plan = rules.cohort, rules.cohort.known
        if cohort.released:
            return
        must_be_time(act, cohort, plan, wanted.results)
        wanted.must_be_whole()
        results = wanted.results
        signing.must_be_whole(results, act.asked_on)
        yield from acts.evened(self.cohort_id)
        yield DecisionsReleased(cohort_id=self.cohort_id)
        answer = time_to_answer(act, rules)
        yield ReserveOpened(cohort_id=self.cohort_id, closes_on=last_day(plan, answer.accept_by))
        heard = [
            fact
            for side in Side
            for fact in announced(results.of(side), plan.places_per_side, answer)
        ]
        yield from sorted(heard, key=lambda fact: fact.application_id)


class MarkReleaseOverdue(Command, Decides[Cohort]):
    """The day on which everybody was to hear is over, and nobody has; said once for each such day,
    where people applied.
    """

    name: ClassVar = "cohort.mark-release-overdue"
    cohort_id: CohortId

    def needs(self, know: Know) -> tuple[Cohort]:
        return (know(Cohort(self.cohort_id)),)

    def decide(self, act: Act, cohort: Cohort) -> Iterator[Event]:
        day = cohort.known.decisions_on
        if act.time < end_of(day):
            raise ReleaseHasTime
        if cohort.opened and not cohort.released and day not in cohort.late:
            yield ReleaseOverdue(cohort_id=self.cohort_id, decisions_on=day)


def must_be_time(act: Act, cohort: Cohort, plan: CohortPlanned, results: Results) -> None:
    """Refuses before the planned day, and while anybody may still apply."""
    if act.time < start_of(plan.decisions_on):
        raise TooEarlyToRelease
    must_take_no_more(act, cohort, plan, results)


def last_day(plan: CohortPlanned, accept_by: date) -> date:
    """Until the end of which day free places go to those who wait: the day before the cohort
    starts; or, if decisions come late, that after the one on which the first offers are over.
    """
    return max(plan.starts_on - A_DAY, accept_by + A_DAY)


def announced(
    decisions: list[Decision], places: int, answer: AnswerDays
) -> Iterator[OfferMade | ReserveListed | ApplicationDeclined]:
    """What each applicant of one side hears; `decisions` come with the best score first. Whoever
    was to have an offer waits before those who were to wait.
    """
    free, turn = places, 0
    for one in sorted(decisions, key=lambda one: one.outcome is not Outcome.OFFER):
        if one.outcome is Outcome.DECLINE:
            yield ApplicationDeclined(**whose(one), reasons=one.reasons)
        elif one.outcome is Outcome.OFFER and free:
            free -= 1
            yield OfferMade(**whose(one), **answer._asdict())
        else:
            turn += 1
            waits_for = one.reasons if one.outcome is Outcome.RESERVE else (PLACES_TAKEN,)
            yield ReserveListed(**whose(one), place=turn, reasons=waits_for)
