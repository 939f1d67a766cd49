"""What may happen while assessors score an application; only the panel reads their scores."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from itertools import filterfalse
from typing import ClassVar, NamedTuple

from domain.applications.application import Application, Stage
from domain.applications.standing import about
from domain.assessments.evenness import PanelActs
from domain.assessments.members import Members, members_of
from domain.cohorts.cohort import Cohort
from domain.cohorts.impartial import Impartial
from domain.decision import Act, Command, Decides, Know, Knowledge, Refusal, learns
from domain.people.person import HARD, Between
from events.applications import ApplicationAmended, ApplicationStarted
from events.assessments import (
    AssessmentAmended,
    AssessmentSubmitted,
    AssessorAssigned,
    AssessorStoodDown,
    ConflictDeclared,
    DecisionChanged,
    DecisionInDoubt,
    DecisionMade,
    DecisionReopened,
    ModerationHeld,
    Scores,
)
from events.cohorts import Criterion
from events.event import Event
from events.ids import ApplicationId, PersonId
from events.offers import ApplicationDeclined, DecisionCorrected, OfferMade, ReserveListed
from events.personal import FewWords, plain
from events.rules import FIRST
from events.terms import Outcome, Relationship, Role

Found = AssessmentSubmitted | AssessmentAmended


@dataclass
class PanelTable(Knowledge):
    """An application on the panel's table: who assesses it, what they found, what was decided.

    `assigned` tells of each assessor whether they are a lay member; by the rules of the cohort
    `needed` must assess it, `needed_lay` of them lay. `told` is whether the person has heard of the
    decision, `in_doubt` whether co-chairs must look at it since, and `corrected` whether they did:
    then it rests on them.
    """

    application_id: ApplicationId | None
    assigned: dict[PersonId, bool] = field(default_factory=dict)
    conflicts: dict[PersonId, set[Relationship]] = field(default_factory=dict)
    assessments: dict[PersonId, Found] = field(default_factory=dict)
    moderated: bool = False
    decision: DecisionMade | DecisionChanged | None = None
    told: bool = False
    in_doubt: bool = False
    corrected: bool = False
    needed: int = FIRST.assessments
    needed_lay: int = FIRST.lay_assessments

    @property
    def tags(self) -> tuple[str | None, ...]:
        return (self.application_id,)

    @property
    def touched(self) -> bool:
        """Whether anybody of the panel has had to do with it."""
        return bool(self.assigned or self.conflicts or self.assessments or self.decision)

    def must_be_undecided(self) -> None:
        """Refuses what comes too late to change the decision; one in doubt may be looked at."""
        if self.decision is not None and not self.in_doubt:
            raise AlreadyDecided

    def says(self, outcome: Outcome, reasons: tuple[str, ...]) -> bool:
        """Whether just this was decided already."""
        found = self.decision
        return found is not None and (outcome, reasons) == (found.outcome, found.reasons)

    def changed_otherwise(self, reason: str) -> bool:
        """Whether what was decided was changed for another reason than this."""
        found = self.decision
        return isinstance(found, DecisionChanged) and found.reason != reason

    def must_be_clear(self, between: Between, assessor_id: PersonId) -> None:
        """Refuses an assessor who is too close to the applicant; this can't be waived."""
        if between.too_close or HARD & self.conflicts.get(assessor_id, set()):
            raise TooClose

    def too_close(self, ties: Iterable[Between]) -> set[PersonId]:
        """Those who turned out to be too close to the applicant."""
        close = {who for between in ties if between.too_close for who in between.about}
        return close | {who for who, kinds in self.conflicts.items() if kinds & HARD}

    def rests_on(self, assessor_id: PersonId) -> bool:
        """Whether what was decided rests on what somebody found. What two co-chairs have put right
        rests on these.
        """
        rests = self.decision is not None and not self.corrected
        return rests and assessor_id in self.assessments

    def counting(self, ties: Iterable[Between]) -> list[Found]:
        """The assessments by those who turned out not to be too close, one for each assessor."""
        close = self.too_close(ties)
        return [one for who, one in sorted(self.assessments.items()) if who not in close]

    @learns(AssessorAssigned)
    def given_to(self, event: AssessorAssigned) -> None:
        self.assigned[event.assessor_id] = event.lay
        self.needed, self.needed_lay = event.needed, event.needed_lay

    @learns(ConflictDeclared)
    def conflict(self, event: ConflictDeclared) -> None:
        self.conflicts.setdefault(event.assessor_id, set()).add(event.kind)
        if event.hard and not self.told:
            self.decision = None  # it may rest on their scores, so it is taken again

    @learns(DecisionReopened)
    def opened_again(self, event: DecisionReopened) -> None:
        self.decision = None

    @learns(DecisionInDoubt)
    def doubted(self, event: DecisionInDoubt) -> None:
        self.in_doubt = True

    @learns(DecisionCorrected)
    def put_right(self, event: DecisionCorrected) -> None:
        self.corrected |= self.in_doubt  # else who is close comes out later
        self.in_doubt = False

    @learns(OfferMade, ReserveListed, ApplicationDeclined)
    def hears(self, event: Event) -> None:
        self.told = True

    @learns(AssessmentSubmitted, AssessmentAmended)
    def scored(self, event: Found) -> None:
        self.assessments[event.assessor_id] = event
        self.moderated = False  # what was talked through did not include this

    @learns(AssessorStoodDown)
    def left(self, event: AssessorStoodDown) -> None:
        self.assigned.pop(event.assessor_id, None)
        self.assessments.pop(event.assessor_id, None)
        if event.scored:
            self.decision = None  # as after a hard conflict

    @learns(ApplicationAmended)
    def says_something_else(self, event: ApplicationAmended) -> None:
        """What was found of what it said before is found again."""
        self.assessments.clear()
        self.moderated, self.decision = False, None

    @learns(ModerationHeld)
    def talked_through(self, event: ModerationHeld) -> None:
        self.moderated = True

    @learns(DecisionMade, DecisionChanged)
    def decided_on(self, event: DecisionMade | DecisionChanged) -> None:
        self.decision = event


class Panel(NamedTuple):
    """What the panel knows of one application, how often it acted about all of its cohort, who may
    act about it, and who judges in its cohort.
    """

    table: PanelTable
    acts: PanelActs
    judging: Impartial
    members: Members

    @property
    def rests_on_who_is_away(self) -> bool:
        """Whether what was decided, and not told yet, rests on somebody whose scores count no
        more.
        """
        away = filterfalse(self.members.keeps_scores, self.table.assessments)
        return not self.table.told and any(map(self.table.rests_on, away))

    def counting(self, ties: Iterable[Between]) -> list[Found]:
        """The assessments that count: by nobody who is too close, or whose scores do not."""
        mine = self.table.counting(ties)
        return [one for one in mine if self.members.keeps_scores(one.assessor_id)]


def panel_on(application: Application, know: Know) -> Panel:
    """The panel before an application."""
    return Panel(
        know(PanelTable(application.application_id)),
        know(PanelActs(application.cohort_id)),
        about(know, application),
        members_of(know, application.cohort_id),
    )


def ties_to(application: Application, panel: Panel, know: Know) -> tuple[Between, ...]:
    """How each of those who have assessed an application stands to the applicant."""
    assessors = sorted(panel.table.assessments)
    return tuple(know(Between(application.person_id, who)) for who in assessors)


class NotAssigned(Refusal):
    """You were not asked to assess this application. Ask a coordinator to assign it."""

    code = "assessment.not-assigned"


class NotToAssess(Refusal):
    """Only an application that was handed in, is eligible and was not withdrawn is assessed."""

    code = "assessment.not-eligible"


class TooClose(Refusal):
    """You are too close to this applicant to assess them. Somebody else will do it."""

    code = "assessment.hard-conflict"


class UndeclaredAcquaintance(Refusal):
    """You know this applicant. Please declare it first; then you can go on."""

    code = "assessment.undeclared-acquaintance"


class AlreadyDecided(Refusal):
    """The panel has decided on this application. Change the decision, with a reason, if needed."""

    code = "assessment.already-decided"


class ScoresDontFit(Refusal):
    """Score each of the cohort's criteria, and no others, from 0 to the most it can have."""

    code = "assessment.scores-do-not-fit"


def eligible(application: Application) -> ApplicationStarted:
    """Whose application it is; refuses one that is unknown or not for the panel."""
    started = application.known
    if application.stage is not Stage.ELIGIBLE:
        raise NotToAssess
    return started


def must_fit(scores: Scores, criteria: Iterable[Criterion]) -> None:
    """Refuses scores that leave a criterion out, add one, or pass its top."""
    tops = {one.code: one.top for one in criteria}
    if scores.keys() != tops.keys() or any(scores[code] > tops[code] for code in tops):
        raise ScoresDontFit


class SubmitAssessment(Command, Decides[Application, Cohort, Panel, Between]):
    """An assessor scores an application that was given to them, and recommends what to do.

    Until it is decided they may send it in again with other content, which then counts.
    """

    name: ClassVar = "assessment.submit"
    roles: ClassVar = frozenset({Role.ASSESSOR, Role.COORDINATOR, Role.IMPORTER})
    application_id: ApplicationId
    assessor_id: PersonId
    scores: Scores
    recommendation: Outcome
    comment: FewWords | None = None

    def needs(self, know: Know) -> tuple[Application, Cohort, Panel, Between]:
        application = know(Application(self.application_id))
        return (
            application,
            know(Cohort(application.cohort_id)),
            panel_on(application, know),
            know(Between(application.person_id, self.assessor_id)),
        )

    def decide(
        self, act: Act, application: Application, cohort: Cohort, panel: Panel, between: Between
    ) -> Iterator[Event]:
        table = panel.table
        act.must_speak_for(self.assessor_id)
        started = eligible(application)
        panel.members.must_not_have_applied(self.assessor_id)
        self._must_be_theirs(table, between)
        before = table.assessments.get(self.assessor_id)
        if before is not None and self._says_the_same(before):
            return
        table.must_be_undecided()
        act.must_not_be_older(before.said_at if before else None)
        must_fit(self.scores, plain(cohort.known.criteria) or ())
        found = AssessmentSubmitted if before is None else AssessmentAmended
        yield from panel.acts.alike(
            found(
                **self.model_dump(),
                cohort_id=started.cohort_id,
                person_id=started.person_id,
                lay=table.assigned[self.assessor_id],
                said_at=act.time,
            )
        )

    def _says_the_same(self, before: Found) -> bool:
        """No rule reads a comment, so one that is sent is taken in, whatever stood there."""
        same = (self.scores, self.recommendation) == (before.scores, before.recommendation)
        return same and self.comment is None

    def _must_be_theirs(self, table: PanelTable, between: Between) -> None:
        if self.assessor_id not in table.assigned:
            raise NotAssigned
        table.must_be_clear(between, self.assessor_id)
        if between.acquainted and self.assessor_id not in table.conflicts:
            raise UndeclaredAcquaintance
