"""What may happen to an application, from the first draft to the panel's table."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from hashlib import sha256
from json import dumps
from typing import ClassVar, Final

from domain.decision import Knowledge, Refusal, learns
from events.applications import (
    ApplicationAmended,
    ApplicationReinstated,
    ApplicationStarted,
    ApplicationSubmitted,
    ApplicationWithdrawn,
    EligibilityConfirmed,
    EligibilityFailed,
    Profile,
)
from events.assessments import AssessorAppointed
from events.event import Event
from events.ids import ApplicationId, CohortId, PersonId
from events.personal import Erased, plain
from events.roles import RoleWithdrawn
from events.terms import Role, Side

APPLIES_THEMSELVES: Final = "role.applies-themselves"
"""Why somebody is an assessor of a cohort no more."""


class Stage(StrEnum):
    """How far an application has come before anything is decided on it."""

    DRAFT = "draft"
    SUBMITTED = "submitted"
    ELIGIBLE = "eligible"
    INELIGIBLE = "ineligible"
    WITHDRAWN = "withdrawn"


def digest_of(*words: str | None) -> str:
    """SHA-256 of what somebody wrote, part by part, in hexadecimal."""
    return sha256(dumps(words, separators=(",", ":")).encode()).hexdigest()


@dataclass
class Application(Knowledge):
    """One application: whose, for which cohort, from which side, and how far it has come."""

    application_id: ApplicationId | None
    started: ApplicationStarted | None = None
    stage: Stage = Stage.DRAFT
    before: Stage = Stage.DRAFT
    profile: Profile | None = None
    experiences: int = 0
    words_digest: str | None = None
    handed_in_at: datetime | None = None
    touched: bool = False
    """Whether it says something else than the import with which it came, if with one, or was let go
    on since it was withdrawn."""
    erased: bool = False

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
    def stands_still(self) -> type[Refusal] | None:
        return STANDING_STILL.get(self.stage)

    @property
    def side(self) -> Side:
        return self.known.side

    @property
    def about(self) -> tuple[PersonId, ...]:
        return (self.started.person_id,) if self.started else ()

    @learns(ApplicationStarted)
    def begun(self, event: ApplicationStarted) -> None:
        self.started = event

    def says(self, profile: Profile, experiences: int, words_digest: str) -> bool:
        """Whether just this was handed in last."""
        said = self.profile, self.experiences, self.words_digest
        return said == (profile, experiences, words_digest)

    @learns(ApplicationSubmitted, ApplicationAmended)
    def handed_in(self, event: ApplicationSubmitted | ApplicationAmended) -> None:
        self.stage = Stage.SUBMITTED
        if isinstance(event, ApplicationAmended):
            came_with = self.started.import_id if self.started else None
            self.touched |= came_with is None or event.import_id != came_with
        self.erased = isinstance(event.profile, Erased)
        self.profile, self.experiences = plain(event.profile), plain(event.experiences) or 0
        self.words_digest = plain(event.words_digest)
        self.handed_in_at = plain(event.handed_in_at)

    @learns(EligibilityConfirmed, EligibilityFailed, ApplicationWithdrawn)
    def came_further(self, event: Event) -> None:
        self.before = self.stage
        self.stage = {
            EligibilityConfirmed: Stage.ELIGIBLE,
            EligibilityFailed: Stage.INELIGIBLE,
            ApplicationWithdrawn: Stage.WITHDRAWN,
        }[type(event)]

    @learns(ApplicationReinstated)
    def goes_on(self, event: ApplicationReinstated) -> None:
        self.stage, self.touched = self.before, True


@dataclass
class Applications(Knowledge):
    """The one application that somebody has for a cohort (rule 1), and from which side.

    A withdrawn or ineligible one makes room for another. One that was decided on does not: it may
    come back from the reserve list.
    """

    unopened: ClassVar = True
    cohort_id: CohortId | None
    person_id: PersonId | None
    every: dict[ApplicationId, ApplicationStarted | ApplicationReinstated] = field(
        default_factory=dict
    )
    went_with_an_import: bool = False
    """Whether the last that they had came with an import that was taken back."""
    assesses: bool = False
    """Whether they were appointed to assess in this cohort, and have not applied since."""

    @property
    def tags(self) -> tuple[str | None, ...]:
        return (self.person_id, self.cohort_id)

    @property
    def live(self) -> ApplicationStarted | ApplicationReinstated | None:
        """The one that goes on, if there is one; who was registered twice may have begun two."""
        return next(reversed(self.every.values()), None)

    @property
    def live_id(self) -> ApplicationId | None:
        return self.live.application_id if self.live else None

    @learns(ApplicationStarted, ApplicationReinstated)
    def goes_on(self, event: ApplicationStarted | ApplicationReinstated) -> None:
        self.every[event.application_id] = event
        self.went_with_an_import = False

    @learns(ApplicationWithdrawn, EligibilityFailed)
    def over(self, event: ApplicationWithdrawn | EligibilityFailed) -> None:
        self.every.pop(event.application_id, None)
        taken_back = isinstance(event, ApplicationWithdrawn) and event.import_id is not None
        self.went_with_an_import = taken_back

    @learns(AssessorAppointed)
    def appointed(self, event: AssessorAppointed) -> None:
        self.assesses = True

    @learns(RoleWithdrawn)
    def stood_down(self, event: RoleWithdrawn) -> None:
        """What they found may count until they apply, also if they had done their work by then."""
        if event.role is Role.ASSESSOR and self.live:
            self.assesses = False

    def no_longer_assesses(self) -> Iterator[Event]:
        """Whoever applies for a cohort is no assessor of it from that moment on."""
        if self.assesses and self.person_id:
            yield RoleWithdrawn(
                person_id=self.person_id,
                cohort_id=self.cohort_id,
                role=Role.ASSESSOR,
                reason=APPLIES_THEMSELVES,
            )

    def must_be_from(self, side: Side) -> None:
        """Refuses a second application of the same person from the other side."""
        if self.live and self.live.side is not side:
            raise AppliedFromTheOtherSide


class UnknownApplication(Refusal):
    """We don't know an application with this id. Check the id, or start an application."""

    code = "application.unknown"


class ApplicationIsWithdrawn(Refusal):
    """The application was taken back. A coordinator can let it go on, and says why."""

    code = "application.withdrawn"


class ApplicationIsNotEligible(Refusal):
    """The application was not eligible, so it does not go on. Another one can be handed in while
    the time to apply lasts.
    """

    code = "application.not-eligible"


STANDING_STILL: Final[dict[Stage, type[Refusal]]] = {
    Stage.WITHDRAWN: ApplicationIsWithdrawn,
    Stage.INELIGIBLE: ApplicationIsNotEligible,
}
"""Stages in which nothing goes on with an application but what the table of states names."""


class AppliedFromTheOtherSide(Refusal):
    """You have an application for this cohort from the other side. Take that one back first."""

    code = "application.from-the-other-side"
