"""What an applicant must bring: an interest and a side are asked by the form, the rest is here."""

from collections.abc import Callable, Iterator
from enum import StrEnum
from typing import ClassVar, Final

from domain.applications.application import Application, Stage
from domain.applications.standing import whose
from domain.decision import Act, Command, Decides, Know, Refusal
from domain.people.consents import PROGRAMME
from domain.people.person import Person
from events.applications import EligibilityConfirmed, EligibilityFailed
from events.event import Event
from events.ids import ApplicationId
from events.terms import Side


class EligibilityReason(StrEnum):
    """What an application lacks."""

    NO_LEADERSHIP_EXPERIENCE = "eligibility.no-leadership-experience"
    NO_BACKGROUND = "eligibility.no-background"
    NO_PROFESSION = "eligibility.no-profession"
    NO_CONSENT = "eligibility.no-consent"


def leadership_experience(application: Application, person: Person) -> EligibilityReason | None:
    """At least one; a local charity, a college society or a newsletter counts."""
    return None if application.experiences else EligibilityReason.NO_LEADERSHIP_EXPERIENCE


def background(application: Application, person: Person) -> EligibilityReason | None:
    """A patient leader is a patient, a carer or a member of the public."""
    said = application.profile and application.profile.background
    asked = application.side is Side.PATIENT_LEADER
    return EligibilityReason.NO_BACKGROUND if asked and not said else None


def profession(application: Application, person: Person) -> EligibilityReason | None:
    """A healthcare leader works in healthcare."""
    said = application.profile and application.profile.profession
    asked = application.side is Side.HEALTHCARE_LEADER
    return EligibilityReason.NO_PROFESSION if asked and not said else None


def consent(application: Application, person: Person) -> EligibilityReason | None:
    """We may use somebody's data only if they agree."""
    return None if PROGRAMME in person.consents else EligibilityReason.NO_CONSENT


Rule = Callable[[Application, Person], EligibilityReason | None]
RULES: Final[tuple[Rule, ...]] = (leadership_experience, background, profession, consent)


class NotSubmitted(Refusal):
    """The application is still a draft. Hand it in first."""

    code = "application.not-submitted"


class ConfirmEligibility(Command, Decides[Application, Person]):
    """A submitted application is held against all the rules, and every reason against it told."""

    name: ClassVar = "application.confirm-eligibility"
    application_id: ApplicationId

    def needs(self, know: Know) -> tuple[Application, Person]:
        application = know(Application(self.application_id))
        return application, know(Person(application.person_id))

    def decide(self, act: Act, application: Application, person: Person) -> Iterator[Event]:
        started = application.known
        if application.stage is Stage.DRAFT:
            raise NotSubmitted
        if application.stage in (Stage.ELIGIBLE, Stage.INELIGIBLE):
            return
        found = [reason for rule in RULES if (reason := rule(application, person))]
        if found:
            reasons = tuple(reason.value for reason in found)
            yield EligibilityFailed(**whose(started), reasons=reasons)
        else:
            yield EligibilityConfirmed(**whose(started))
