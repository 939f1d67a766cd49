"""What was decided on the applications of a cohort, before anybody but the panel knows."""

from collections import Counter
from dataclasses import dataclass, field
from hashlib import sha256
from json import dumps
from typing import NamedTuple

from domain.assessments.doubts import Decided, decided_on
from domain.cohorts.cohort import Cohort
from domain.cohorts.impartial import Impartial, impartial
from domain.decision import Act, Know, Knowledge, Refusal, TooEarly, learns
from events.applications import (
    ApplicationAmended,
    ApplicationReinstated,
    ApplicationStarted,
    ApplicationSubmitted,
    ApplicationWithdrawn,
    EligibilityConfirmed,
    EligibilityFailed,
)
from events.assessments import (
    AssessorStoodDown,
    ConflictDeclared,
    DecisionChanged,
    DecisionMade,
    DecisionReopened,
)
from events.calendar import end_of
from events.cohorts import CohortPlanned
from events.ids import ApplicationId, CohortId, PersonId
from events.personal import Erased
from events.terms import Side

Decision = DecisionMade | DecisionChanged


@dataclass
class Results(Knowledge):
    """What was decided on each application of a cohort, and which ones still wait for it."""

    cohort_id: CohortId | None
    in_hand: set[ApplicationId] = field(default_factory=set)
    withdrawn: set[ApplicationId] = field(default_factory=set)
    erased: set[ApplicationId] = field(default_factory=set)
    decisions: dict[ApplicationId, Decision] = field(default_factory=dict)
    changes: Counter[ApplicationId] = field(default_factory=Counter)
    """How often what stands of an application became another."""
    settled: set[PersonId] = field(default_factory=set)
    """Who handed in or took back, and did not begin another since."""

    @property
    def tags(self) -> tuple[str | None, ...]:
        return (self.cohort_id,)

    @property
    def live(self) -> set[ApplicationId]:
        """Handed in, not ineligible, not withdrawn, not of somebody who was erased; an unchecked
        one counts, so none is lost.
        """
        return self.in_hand - self.withdrawn - self.erased

    @property
    def digest(self) -> str:
        """SHA-256 of all that was decided and stands, in hexadecimal. What was changed and changed
        back is not what it was.
        """
        stand = sorted(
            (str(who), one.outcome.value, one.score, list(one.reasons), self.changes[who])
            for who, one in self.decisions.items()
            if who in self.live
        )
        return sha256(dumps(stand, separators=(",", ":")).encode()).hexdigest()

    def of(self, side: Side) -> list[Decision]:
        """The decisions of a side, the best score first; ties by the application's id."""
        mine = [one for one in self.standing if one.side is side]
        return sorted(mine, key=lambda one: (-one.score, one.application_id))

    @property
    def standing(self) -> list[Decision]:
        """The decisions on applications that go on."""
        return [one for who, one in sorted(self.decisions.items()) if who in self.live]

    def may_still_come(self, person_id: PersonId) -> bool:
        """Whether somebody who has longer to apply has yet to hand in, or to take back."""
        return person_id not in self.settled

    @learns(ApplicationStarted)
    def begins(self, event: ApplicationStarted) -> None:
        self.settled.discard(event.person_id)

    @learns(ApplicationSubmitted, EligibilityConfirmed)
    def in_our_hands(
        self, event: ApplicationSubmitted | ApplicationAmended | EligibilityConfirmed
    ) -> None:
        self.in_hand.add(event.application_id)
        self.settled.add(event.person_id)
        gone = not isinstance(event, EligibilityConfirmed) and isinstance(event.profile, Erased)
        if gone:
            self.erased.add(event.application_id)

    @learns(EligibilityFailed)
    def not_eligible(self, event: EligibilityFailed) -> None:
        self.in_hand.discard(event.application_id)
        self.settled.discard(event.person_id)

    @learns(ApplicationWithdrawn)
    def taken_back(self, event: ApplicationWithdrawn) -> None:
        self.withdrawn.add(event.application_id)
        self.settled.add(event.person_id)
        self.changes[event.application_id] += 1

    @learns(ApplicationReinstated)
    def goes_on(self, event: ApplicationReinstated) -> None:
        self.withdrawn.discard(event.application_id)
        if event.application_id not in self.in_hand:
            self.settled.discard(event.person_id)

    @learns(DecisionMade, DecisionChanged)
    def decided(self, event: Decision) -> None:
        self.decisions[event.application_id] = event
        self.changes[event.application_id] += 1

    @learns(DecisionReopened)
    def open_again(self, event: DecisionReopened) -> None:
        self.decisions.pop(event.application_id, None)
        self.changes[event.application_id] += 1

    @learns(ConflictDeclared)
    def doubtful(self, event: ConflictDeclared) -> None:
        if event.hard:
            self.decisions.pop(event.application_id, None)  # it is taken again, without them

    @learns(AssessorStoodDown)
    def one_less(self, event: AssessorStoodDown) -> None:
        if event.scored:
            self.decisions.pop(event.application_id, None)

    @learns(ApplicationAmended)
    def says_something_else(self, event: ApplicationAmended) -> None:
        """It is looked at and decided on again."""
        self.in_our_hands(event)
        self.decisions.pop(event.application_id, None)


class ToRelease(NamedTuple):
    """What was decided on the applications of a cohort, on what it rests now, and who may have it
    released.
    """

    results: Results
    every: tuple[Decided, ...]
    judging: Impartial

    def must_be_whole(self) -> None:
        """Refuses while applications wait for a decision, or for another one because an assessor
        turned out to be too close.
        """
        doubtful = {one.application.application_id for one in self.every if one.is_doubtful}
        if missing := self.results.live - (self.results.decisions.keys() - doubtful):
            raise NotAllDecided(len(missing))


def to_release(know: Know, cohort_id: CohortId) -> ToRelease:
    """What must be known to have the decisions of a cohort signed or released."""
    results = know(Results(cohort_id))
    every = tuple(decided_on(know, one.application_id) for one in results.standing)
    people = [one.person_id for one in results.standing]
    return ToRelease(results, every, impartial(know, cohort_id, people))


class StillTakingApplications(TooEarly):
    """Somebody can still apply for this cohort. Release the decisions when that time is over."""

    code = "release.still-taking-applications"


class NotAllDecided(Refusal):
    """Some applications of this cohort are not decided yet. Decide on them first."""

    code = "release.not-all-decided"

    def __init__(self, count: int) -> None:
        super().__init__(count)
        self.count = count

    @property
    def sentence(self) -> str:
        """How many are missing, and nothing about whose they are."""
        if self.count == 1:
            return "One application of this cohort is not decided yet. Decide on it first."
        return (
            f"{self.count} applications of this cohort are not decided yet. Decide on them first."
        )


def must_take_no_more(act: Act, cohort: Cohort, plan: CohortPlanned, results: Results) -> None:
    """Refuses while anybody may still apply: all until the close, and after it whoever has longer
    and neither handed in nor took back.
    """
    longer = (until for who, until in cohort.extensions.items() if results.may_still_come(who))
    if act.time < end_of(max([plan.closes_on, *longer])):
        raise StillTakingApplications
