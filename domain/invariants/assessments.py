"""What must hold of the panel: who assesses whom, and on what a decision rests."""

from collections import Counter, defaultdict
from collections.abc import Iterator
from datetime import datetime
from fractions import Fraction
from typing import Any, ClassVar, Final

from domain.invariants.chronicle.chronicle import Chronicle
from domain.invariants.chronicle.panels import DECISIONS, SOFT, Scored
from domain.invariants.chronicle.places import ApplicationLife
from domain.invariants.invariant import SOON, Finding, Invariant
from domain.invariants.learning import learns
from events.assessments import (
    AssessmentAmended,
    AssessmentSubmitted,
    AssessorAssigned,
    AssessorAwaitedAgain,
    AssessorStoodDown,
    ConflictDeclared,
    CorrectionSigned,
    DecisionChanged,
    DecisionInDoubt,
    DecisionMade,
    DecisionReopened,
    ModerationHeld,
    PanelActed,
    PanelDidNothing,
)
from events.catalogue import Recorded
from events.cohorts import CohortPlanAmended, CohortPlanned, DecisionsReleased
from events.ids import ApplicationId, CohortId, PersonId
from events.personal import Erased, Sealed

ACTS: Final = (
    AssessorAssigned,
    AssessorAwaitedAgain,
    AssessorStoodDown,
    ConflictDeclared,
    AssessmentSubmitted,
    AssessmentAmended,
    ModerationHeld,
    DecisionMade,
    DecisionChanged,
    DecisionReopened,
    DecisionInDoubt,
    CorrectionSigned,
    PanelDidNothing,
    PanelActed,
)


class OfThePanel(Invariant):
    """What invariants of the panel ask of its table."""

    opens: ClassVar = True

    def counting(self, application_id: ApplicationId, person_id: PersonId) -> list[Scored]:
        """The assessments that count, as is known now: by those who may assess, or had done their
        work, and are not too close to the applicant.
        """
        life = self.log.panels.all[application_id]
        ties = self.log.people.ties.get(person_id, ())
        close = {tie.other for tie in ties if tie.kind is not SOFT} | life.conflicts.keys()
        cohort_id = self.log.places.all[application_id].cohort_id
        close |= self.log.people.unclear(person_id)
        away = close | {who for who in life.found if self.counts_no_more(cohort_id, who)}
        return [one for who, one in life.found.items() if who not in away]

    def counts_no_more(self, cohort_id: CohortId, who: PersonId) -> tuple[int, ...]:
        """Where somebody ceased to have a part in judging with whatever they had found: they
        applied, however it went, or were withdrawn before their work was done.
        """
        theirs = self.log.places.of_person.get((cohort_id, who), ())
        gone = self.log.panels.gone.get((cohort_id, who))
        away = (gone.at,) if gone and not gone.scores_count else ()
        return *(one.begun_at for one in theirs if one.begun_at), *away

    def enough(self, application_id: ApplicationId, person_id: PersonId) -> bool:
        """Whether there are as many assessments without a conflict, and lay ones among them, as the
        cohort's rules ask for.
        """
        counting = self.counting(application_id, person_id)
        life = self.log.places.all.get(application_id)
        numbers = self.log.rules.of(self.log.cohorts.get(life.cohort_id).plan if life else None)
        lay = sum(one.lay for one in counting)
        return len(counting) >= numbers.assessments and lay >= numbers.lay_assessments

    def shares(self, event: DecisionMade | DecisionChanged) -> list[Fraction]:
        """What the assessors of a decision gave, of all that could be had; nothing if the criteria
        can't be read.
        """
        plan = self.log.cohorts.get(event.cohort_id).plan
        if plan is None or isinstance(plan.criteria, Sealed | Erased):
            return []
        most = sum(one.weight * one.top for one in plan.criteria)
        given = [one.scores for one in self.counting(event.application_id, event.person_id)]
        had = (sum(one.weight * it.get(one.code, 0) for one in plan.criteria) for it in given)
        return [Fraction(one, most) for one in had]

    def of(self, event: Any, *more: int) -> list[Finding]:
        """A finding about an application, with all that the panel did about it."""
        led = self.log.panels.all[event.application_id].led_there
        return [self.found((event.application_id, event.person_id), *led, *more)]


class EnoughAssessments(OfThePanel):
    """A decision rests on fewer assessments without a conflict, or on fewer by lay members, than
    the cohort's rules ask for.
    """

    name: ClassVar = "assessments.enough"
    rules: ClassVar = (4,)

    @learns(*DECISIONS)
    def rests(self, fact: Recorded[Any]) -> list[Finding] | None:
        """By all that was known when it was taken."""
        enough = self.enough(fact.event.application_id, fact.event.person_id)
        return None if enough else self.of(fact.event)


class StillEnoughAtTheRelease(OfThePanel):
    """Decisions are released, and one rests on somebody who turned out to be too close."""

    name: ClassVar = "assessments.still-enough-at-the-release"
    rules: ClassVar = (4, 5)

    @learns(DecisionsReleased)
    def released(self, fact: Recorded[DecisionsReleased]) -> Iterator[Finding]:
        """Of those who are told."""
        for life in self.log.places.of_cohort.get(fact.event.cohort_id, ()):
            since = self._closer_since(life) if life.in_hand else ()
            if since and not self.enough(life.application_id, life.person_id):
                yield from self.of(life, *since, fact.envelope.position)

    def _closer_since(self, life: ApplicationLife) -> tuple[int, ...]:
        """Where it came out after the decision how an assessor stands to the applicant."""
        panel = self.log.panels.all[life.application_id]
        ties = self.log.people.ties.get(life.person_id, ())
        told = (*panel.conflicts.values(), *(tie.at for tie in ties if tie.other in panel.found))
        return tuple(at for at in told if at > panel.decided_at > 0)


class DecidedOnWhatStands(OfThePanel):
    """Decisions are released, and one was taken before the application was changed, or before
    somebody who had scored it stood down.
    """

    name: ClassVar = "assessments.decided-on-what-stands"
    rules: ClassVar = (4, 7)

    @learns(DecisionsReleased)
    def released(self, fact: Recorded[DecisionsReleased]) -> Iterator[Finding]:
        """Of those who are told."""
        for life in self.log.places.of_cohort.get(fact.event.cohort_id, ()):
            panel = self.log.panels.all[life.application_id]
            erased = life.person_id in self.log.people.erased
            if life.in_hand and not erased and panel.undone_at > panel.decided_at:
                yield from self.of(life, panel.undone_at, fact.envelope.position)


class OnlyAssessorsCount(OfThePanel):
    """Decisions are released, and one rests on what somebody found who may not assess any more."""

    name: ClassVar = "assessments.only-assessors-count"
    rules: ClassVar = (4, 7)

    @learns(DecisionsReleased)
    def released(self, fact: Recorded[DecisionsReleased]) -> Iterator[Finding]:
        """Of those who are told."""
        for life in self.log.places.of_cohort.get(fact.event.cohort_id, ()):
            panel = self.log.panels.all[life.application_id]
            if life.in_hand and life.person_id not in self.log.people.erased:
                for who in panel.found:
                    if away := self.counts_no_more(life.cohort_id, who):
                        yield from self.of(life, *away, fact.envelope.position)


class StoodDown(OfThePanel):
    """Somebody has not been an assessor for a while, and still has a part in judging."""

    name: ClassVar = "assessments.stood-down"
    rules: ClassVar = (4,)

    def standing(self, now: datetime) -> Iterator[Finding]:
        """Until the release: something to score, or scores that count no more."""
        for (cohort_id, who), gone in self.log.panels.gone.items():
            cohort = self.log.cohorts.get(cohort_id)
            over = cohort.released_at or cohort.completed_at or cohort.cancelled_at
            if over or not self.waits(gone.since, now, SOON):
                continue
            counts = not self.counts_no_more(cohort_id, who)
            for life in self.log.places.of_cohort.get(cohort_id, ()):
                panel = self.log.panels.all[life.application_id]
                part = who in panel.assigned and not (counts and who in panel.found)
                if part and life.person_id not in self.log.people.erased:
                    about = life.application_id, who
                    yield self.found(about, panel.assigned[who], gone.at)


class ModeratedWhenFarApart(OfThePanel):
    """A decision was taken over scores that are far apart and were not talked through."""

    name: ClassVar = "assessments.moderated-when-far-apart"
    rules: ClassVar = (6,)

    @learns(*DECISIONS)
    def rests(self, fact: Recorded[Any]) -> list[Finding] | None:
        """Talked through since the last assessment came."""
        event = fact.event
        shares, plan = self.shares(event), self.log.cohorts.get(event.cohort_id).plan
        if plan is None or len(shares) < self.log.rules.of(plan).assessments:
            return None
        life = self.log.panels.all[event.application_id]
        apart = 100 * (max(shares) - min(shares)) > plan.moderation_gap
        return self.of(event) if apart and life.moderated_at < life.scored_at else None


class ScoreAsFound(OfThePanel):
    """A decision names another score than the mean of the assessments on which it rests."""

    name: ClassVar = "assessments.score-as-found"
    rules: ClassVar = (4,)

    @learns(*DECISIONS)
    def rests(self, fact: Recorded[Any]) -> list[Finding] | None:
        """In tenths of a percent, a half rounded up."""
        if not (shares := self.shares(fact.event)):
            return None
        mean = int(1000 * sum(shares, Fraction()) / len(shares) + Fraction(1, 2))
        return None if fact.event.score == mean else self.of(fact.event)


class ReasonForNoPlace(OfThePanel):
    """The panel decided against an offer and gave no reason that the person can be shown."""

    name: ClassVar = "assessments.reason-for-no-place"
    rules: ClassVar = (11,)

    @learns(*DECISIONS)
    def rests(self, fact: Recorded[Any]) -> list[Finding] | None:
        """An offer needs none."""
        event = fact.event
        if event.outcome == "offer" or event.reasons:
            return None
        return [self.found((event.application_id,), fact.envelope.position)]


class NothingAfterTheRelease(Invariant):
    """The panel decided on an application when everybody had heard."""

    name: ClassVar = "assessments.nothing-after-the-release"
    rules: ClassVar = (7,)
    opens: ClassVar = True

    @learns(*DECISIONS)
    def decides(self, fact: Recorded[Any]) -> list[Finding] | None:
        """What people were told stays."""
        released_at = self.log.cohorts.get(fact.event.cohort_id).released_at
        if not released_at:
            return None
        return [self.found((fact.event.application_id,), released_at, fact.envelope.position)]


class AlikeAtTheRelease(Invariant):
    """At the release the panel had acted more often about some than about others, which tells who
    was talked about.
    """

    name: ClassVar = "assessments.alike-at-the-release"
    rules: ClassVar = (7,)

    def __init__(self, chronicle: Chronicle) -> None:
        super().__init__(chronicle)
        self._acts: defaultdict[CohortId, Counter[ApplicationId]] = defaultdict(Counter)
        self._people: dict[ApplicationId, tuple[PersonId, int]] = {}

    @learns(*ACTS)
    def acted(self, fact: Recorded[Any]) -> None:
        """Whatever it was."""
        mine = fact.event.application_id
        self._acts[fact.event.cohort_id][mine] += 1
        self._people[mine] = fact.event.person_id, fact.envelope.position

    @learns(DecisionsReleased)
    def released(self, fact: Recorded[DecisionsReleased]) -> list[Finding] | None:
        """Nobody counts who was erased."""
        acts = self._acts.pop(fact.event.cohort_id, Counter())
        counted = {
            one: number
            for one, number in acts.items()
            if self._people[one][0] not in self.log.people.erased
        }
        most = max(counted.values(), default=0)
        fewer = sorted(one for one, number in counted.items() if number < most)
        if not fewer:
            return None
        last = (self._people[one][1] for one in fewer)
        return [self.found(fewer, *last, fact.envelope.position)]


class CriteriaAsPlanned(Invariant):
    """An assessment leaves a criterion of the cohort out, adds one, or passes its top."""

    name: ClassVar = "assessments.criteria-as-planned"
    rules: ClassVar = (4,)
    opens: ClassVar = True

    def __init__(self, chronicle: Chronicle) -> None:
        super().__init__(chronicle)
        self._tops: dict[CohortId, dict[str, int]] = {}

    @learns(CohortPlanned, CohortPlanAmended)
    def planned(self, fact: Recorded[CohortPlanned | CohortPlanAmended]) -> None:
        """What every application is assessed on."""
        criteria = fact.event.criteria
        if criteria is not None and not isinstance(criteria, Sealed | Erased):
            self._tops[fact.event.cohort_id] = {one.code: one.top for one in criteria}

    @learns(AssessmentSubmitted, AssessmentAmended)
    def scored(self, fact: Recorded[Any]) -> list[Finding] | None:
        """Each from nothing to its top."""
        tops, scores = self._tops.get(fact.event.cohort_id), fact.event.scores
        if tops is None or (
            tops.keys() == scores.keys()
            and all(0 <= scores[code] <= top for code, top in tops.items())
        ):
            return None
        about = fact.event.application_id, fact.event.assessor_id
        return [self.found(about, fact.envelope.position)]
