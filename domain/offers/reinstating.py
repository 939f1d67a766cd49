"""How an application that was taken back goes on, from where it truly is."""

from collections.abc import Iterator
from typing import ClassVar, NamedTuple

from domain.applications.application import Application, Applications, Stage
from domain.applications.standing import PlaceHeld, about, whose
from domain.applications.withdrawals import (
    OVER,
    ApplicationIsOver,
    HasAnotherApplication,
    ReinstatementReason,
)
from domain.assessments.assessment import PanelTable
from domain.cohorts.cohort import Cohort
from domain.cohorts.impartial import Impartial
from domain.decision import Act, Command, Decides, Know, Refusal
from domain.offers.reserve import RelistReason, ReserveIsClosed
from domain.offers.turns import Places
from domain.people.person import Person
from domain.reasons import SaidOfApplication
from events.applications import ApplicationReinstated, ApplicationStarted
from events.event import Event
from events.ids import ApplicationId
from events.offers import ApplicationDeclined, ReserveListed
from events.terms import Outcome, Role


class WasNotTakenBack(Refusal):
    """Nobody took this application back: it came to its end in another way. Whoever had an offer or
    a turn can be put on the reserve list again.
    """

    code = "application.was-not-taken-back"


class HeardWithoutThem(Refusal):
    """Everybody has heard what was decided for this cohort, and the panel did not decide on this
    application. They can apply for the next cohort.
    """

    code = "application.heard-without-them"


class Table(NamedTuple):
    """What an application held, what was decided on it, who else waits, whose it is, who must not
    have it go on, and why it is as it is.
    """

    held: PlaceHeld
    panel: PanelTable
    places: Places
    person: Person
    judging: Impartial
    said: SaidOfApplication


class ReinstateApplication(Command, Decides[Application, Applications, Cohort, Table]):
    """A coordinator lets a withdrawn application go on, for a reason.

    Before the release it goes on from where it was, with what was found and decided. After it the
    place may be somebody else's: it comes to the end of the reserve list, if there was an offer or
    a turn, or the panel meant to give one; else the person hears what was decided.
    """

    name: ClassVar = "application.reinstate"
    roles: ClassVar = frozenset({Role.COORDINATOR})
    application_id: ApplicationId
    reason: ReinstatementReason

    def needs(self, know: Know) -> tuple[Application, Applications, Cohort, Table]:
        this = self.application_id
        application = know(Application(this))
        cohort_id = application.cohort_id
        table = Table(
            know(PlaceHeld(this)),
            know(PanelTable(this)),
            know(Places(cohort_id)),
            know(Person(application.person_id)),
            about(know, application),
            know(SaidOfApplication(this)),
        )
        applications = know(Applications(cohort_id, application.person_id))
        return application, applications, know(Cohort(cohort_id)), table

    def decide(
        self,
        act: Act,
        application: Application,
        applications: Applications,
        cohort: Cohort,
        table: Table,
    ) -> Iterator[Event]:
        started = application.known
        if application.stage is Stage.INELIGIBLE:
            raise ApplicationIsOver
        if application.stage is not Stage.WITHDRAWN:
            if table.held.standing in OVER:
                raise WasNotTakenBack
            yield from table.said.otherwise(ApplicationReinstated, self.reason)
            return
        table.person.must_have_consented()
        if applications.live:
            raise HasAnotherApplication
        after = self._after_the_release(act, started, application, table)
        then = tuple(after) if cohort.released else ()
        yield ApplicationReinstated(**whose(started), reason=self.reason.value)
        yield from applications.no_longer_assesses()
        yield from then

    def _after_the_release(
        self, act: Act, started: ApplicationStarted, application: Application, table: Table
    ) -> Iterator[Event]:
        """A turn at the end of the list, or what the panel decided; refuses where there is none."""
        decision = table.panel.decision
        if application.before is not Stage.ELIGIBLE or application.erased:
            raise HeardWithoutThem
        if not table.held.chosen and decision is None:
            raise HeardWithoutThem
        if not table.held.chosen and decision and decision.outcome is Outcome.DECLINE:
            yield ApplicationDeclined(**whose(started), reasons=decision.reasons)
            return
        if table.places.is_over(act):
            raise ReserveIsClosed
        turn = table.places.last_turn(started.side)
        reasons = (RelistReason.REINSTATED.value,)
        yield ReserveListed(**whose(started), place=turn, reasons=reasons)
