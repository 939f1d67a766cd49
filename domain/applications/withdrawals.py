"""How an application is taken back, and why it may go on after that."""

from collections.abc import Iterator
from enum import StrEnum
from typing import ClassVar, Final

from domain.applications.application import Application, Stage
from domain.applications.standing import PlaceHeld, PlaceStanding, whose
from domain.decision import Act, Command, Decides, Know, Refusal
from events.applications import ApplicationWithdrawn
from events.event import Event
from events.ids import ApplicationId
from events.terms import Role

OVER: Final = frozenset(
    {
        PlaceStanding.DECLINED,
        PlaceStanding.TURNED_DOWN,
        PlaceStanding.LAPSED,
        PlaceStanding.TAKEN_BACK,
        PlaceStanding.GIVEN_UP,
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


class WithdrawApplication(Command, Decides[Application, PlaceHeld]):
    """Somebody takes their application back, at any moment until it is over."""

    name: ClassVar = "application.withdraw"
    roles: ClassVar = frozenset({Role.APPLICANT, Role.PARTICIPANT, Role.COORDINATOR})
    application_id: ApplicationId
    reason: WithdrawalReason

    def needs(self, know: Know) -> tuple[Application, PlaceHeld]:
        return know(Application(self.application_id)), know(PlaceHeld(self.application_id))

    def decide(self, act: Act, application: Application, place: PlaceHeld) -> Iterator[Event]:
        started = application.known
        act.must_speak_for(started.person_id)
        if application.stage is Stage.WITHDRAWN:
            return
        if application.stage is Stage.INELIGIBLE or place.standing in OVER:
            raise ApplicationIsOver
        yield ApplicationWithdrawn(**whose(started), reason=self.reason.value)
