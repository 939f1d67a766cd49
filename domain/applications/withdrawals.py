"""How an application is taken back, and why it may go on after that."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, ClassVar, Final

from domain.applications.application import Application, Stage
from domain.applications.standing import AFTER, PlaceHeld, PlaceStanding, held, whose
from domain.cohorts.cohort import Cohort
from domain.cohorts.impartial import Impartial
from domain.decision import Act, Command, Decides, Know, Knowledge, Refusal, learns
from domain.reasons import SaidOfApplication
from events.applications import (
    ApplicationReinstated,
    ApplicationStarted,
    ApplicationWithdrawn,
    EligibilityFailed,
)
from events.cohorts import CohortCancelled
from events.event import Event
from events.ids import ApplicationId, CohortId
from events.offers import OfferMade, PlaceGivenBack, ReserveListed
from events.terms import Role

COHORT_CANCELLED: Final = "application.cohort-cancelled"
"""Why an application is over that nobody took back: its cohort does not take place."""
IMPORTED_BY_MISTAKE: Final = "application.imported-by-mistake"
"""Why an application is over that came with an import which was taken back."""
OVER: Final = frozenset(
    {
        PlaceStanding.DECLINED,
        PlaceStanding.TURNED_DOWN,
        PlaceStanding.LAPSED,
        PlaceStanding.TAKEN_BACK,
        PlaceStanding.GIVEN_UP,
        PlaceStanding.NOT_REACHED,
    }
)


class WithdrawalReason(StrEnum):
    """Why somebody takes their application back; coarse, because we need not know more."""

    CHANGED_MIND = "application.changed-mind"
    NO_TIME = "application.no-time"
    CIRCUMSTANCES = "application.circumstances"
    NO_EMPLOYER_RELEASE = "application.no-employer-release"
    FOUND_SOMETHING_ELSE = "application.found-something-else"
    SENT_TWICE = "application.sent-twice"
    NOT_SAID = "application.reason-not-said"


class ReinstatementReason(StrEnum):
    """Why a withdrawn application goes on."""

    MISTAKE = "application.mistake"
    CIRCUMSTANCES_CHANGED = "application.circumstances-changed"
    OUR_MISTAKE = "application.our-mistake"


class ApplicationIsOver(Refusal):
    """The application has come to its end, so it stays as it is. Ask us what you can do next."""

    code = "application.over"


class HasAnotherApplication(Refusal):
    """There is another application of the same person for this cohort. Only one can go on."""

    code = "application.another-one"


class WithdrawApplication(Command, Decides[Application, PlaceHeld, Impartial, SaidOfApplication]):
    """Somebody takes their application back, at any moment until it is over; or says another reason
    why they have.
    """

    name: ClassVar = "application.withdraw"
    roles: ClassVar = frozenset({Role.APPLICANT, Role.PARTICIPANT, Role.COORDINATOR})
    application_id: ApplicationId
    reason: WithdrawalReason

    def needs(self, know: Know) -> tuple[Application, PlaceHeld, Impartial, SaidOfApplication]:
        return *held(know, self.application_id), know(SaidOfApplication(self.application_id))

    def decide(
        self,
        act: Act,
        application: Application,
        place: PlaceHeld,
        _: Impartial,
        said: SaidOfApplication,
    ) -> Iterator[Event]:
        started = application.known
        act.must_speak_for(started.person_id)
        if application.stage is Stage.WITHDRAWN:
            yield from said.otherwise(ApplicationWithdrawn, self.reason)
            return
        if application.stage is Stage.INELIGIBLE or place.standing in OVER:
            raise ApplicationIsOver
        yield ApplicationWithdrawn(**whose(started), reason=self.reason.value)


GoingOn = ApplicationStarted | ApplicationReinstated | OfferMade | ReserveListed | PlaceGivenBack
"""With which an application begins, or goes on after all."""


@dataclass
class LiveApplications(Knowledge):
    """The applications of a cohort that are not over, by their ids, each with whose it is."""

    unopened: ClassVar = True
    cohort_id: CohortId | None
    live: dict[ApplicationId, dict[str, Any]] = field(default_factory=dict)
    called_off: dict[ApplicationId, dict[str, Any]] = field(default_factory=dict)
    """Those that were not over when the cohort was cancelled: whoever hears of that, also later."""

    @property
    def tags(self) -> tuple[str | None, ...]:
        return (self.cohort_id,)

    @learns(ApplicationStarted, ApplicationReinstated, OfferMade, ReserveListed, PlaceGivenBack)
    def goes_on(self, event: GoingOn) -> None:
        self.live[event.application_id] = whose(event)

    @learns(CohortCancelled)
    def off(self, event: CohortCancelled) -> None:
        self.called_off = dict(self.live)

    @learns(ApplicationWithdrawn, EligibilityFailed, *(one for one in AFTER if AFTER[one] in OVER))
    def over(self, event: Any) -> None:
        self.live.pop(event.application_id, None)


class WithdrawApplicationsOf(Command, Decides[Cohort, LiveApplications]):
    """A cohort does not take place: so all its applications are over, and what they hold."""

    name: ClassVar = "application.withdraw-with-cohort"
    cohort_id: CohortId

    def needs(self, know: Know) -> tuple[Cohort, LiveApplications]:
        return know(Cohort(self.cohort_id)), know(LiveApplications(self.cohort_id))

    def decide(self, act: Act, cohort: Cohort, applications: LiveApplications) -> Iterator[Event]:
        if cohort.known and not cohort.cancelled:
            return
        for application_id in sorted(applications.live):
            mine = applications.live[application_id]
            yield ApplicationWithdrawn(**mine, reason=COHORT_CANCELLED)
