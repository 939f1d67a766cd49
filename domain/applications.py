"""What may happen to an application, from the first draft to the panel's table."""

from dataclasses import dataclass
from enum import StrEnum

from domain.decision import Knowledge, Refusal, learns
from events.applications import (
    ApplicationReinstated,
    ApplicationStarted,
    ApplicationSubmitted,
    ApplicationWithdrawn,
    EligibilityConfirmed,
    EligibilityFailed,
)
from events.event import Event
from events.ids import ApplicationId, CohortId, PersonId
from events.terms import Side


class Stage(StrEnum):
    """How far an application has come before anything is decided on it."""

    DRAFT = "draft"
    SUBMITTED = "submitted"
    ELIGIBLE = "eligible"
    INELIGIBLE = "ineligible"
    WITHDRAWN = "withdrawn"


@dataclass
class Application(Knowledge):
    """One application: whose, for which cohort, from which side, and how far it has come."""

    application_id: ApplicationId | None
    started: ApplicationStarted | None = None
    stage: Stage = Stage.DRAFT
    before: Stage = Stage.DRAFT

    @property
    def tags(self) -> tuple[str | None, ...]:
        return (self.application_id,)

    @property
    def known(self) -> ApplicationStarted:
        """Its first fact; refuses an application that does not exist."""
        if self.started is None:
            raise UnknownApplication
        return self.started

    @property
    def cohort_id(self) -> CohortId | None:
        return self.started.cohort_id if self.started else None

    @property
    def person_id(self) -> PersonId | None:
        return self.started.person_id if self.started else None

    @property
    def side(self) -> Side:
        return self.known.side

    @learns(ApplicationStarted)
    def begun(self, event: ApplicationStarted) -> None:
        self.started = event

    @learns(ApplicationSubmitted, EligibilityConfirmed, EligibilityFailed, ApplicationWithdrawn)
    def came_further(self, event: Event) -> None:
        self.before = self.stage
        self.stage = {
            ApplicationSubmitted: Stage.SUBMITTED,
            EligibilityConfirmed: Stage.ELIGIBLE,
            EligibilityFailed: Stage.INELIGIBLE,
            ApplicationWithdrawn: Stage.WITHDRAWN,
        }[type(event)]

    @learns(ApplicationReinstated)
    def goes_on(self, event: ApplicationReinstated) -> None:
        self.stage = self.before


class UnknownApplication(Refusal):
    """We don't know an application with this id. Check the id, or start an application."""

    code = "application.unknown"
