"""What the panel decides on an application, from several assessments, before anybody is told."""

from collections.abc import Iterable, Iterator
from enum import StrEnum
from typing import Annotated, Any, ClassVar, Final

from domain.applications.application import Application
from domain.applications.standing import whose
from domain.assessments.assessment import Panel, eligible, panel_on, ties_to
from domain.assessments.scoring import gap, mean, share
from domain.cohorts.cohort import Cohort
from domain.cohorts.going_by import CohortRules, cohort_rules
from domain.decision import Act, Command, Decides, Know, Refusal, needed
from domain.people.person import Between
from events.assessments import DecisionChanged, DecisionMade, ModerationHeld
from events.cohorts import CohortPlanned
from events.event import Event
from events.ids import ApplicationId
from events.personal import plain
from events.rules import ProgrammeRules
from events.terms import Outcome, Role

PANEL: Final = frozenset({Role.COORDINATOR, Role.CO_CHAIR})

Judged = tuple[Application, CohortRules, Panel, tuple[Between, ...]]


class DecisionReason(StrEnum):
    """Why somebody waits or has no place this time; each has its sentence for them."""

    OTHERS_SCORED_HIGHER = "score.others-higher"
    INTEREST_NOT_CLEAR = "interest.not-clear"
    LEADERSHIP_NOT_CLEAR = "leadership.not-clear"
    DATES_DO_NOT_FIT = "dates.do-not-fit"
    MIX_OF_PEOPLE = "group.mix-of-people"
    BETTER_ELSEWHERE = "programme.better-elsewhere"


WhyNotOffered = Annotated[tuple[DecisionReason, ...], needed("unless the outcome is offer")]


class DecisionChangeReason(StrEnum):
    """Why the panel decides otherwise; for the record, nobody is sent it."""

    MISTAKE = "decision.mistake"
    NEW_INFORMATION = "decision.new-information"
    PANEL_REVIEW = "decision.panel-review"


class TooFewAssessments(Refusal):
    """More assessors without a conflict must have scored this application first."""

    code = "assessment.too-few"


class NoLayAssessment(Refusal):
    """More lay assessors must have scored this application too. Assign one first."""

    code = "assessment.no-lay-member"


class ModerationNeeded(Refusal):
    """The scores are far apart. The assessors need to talk them through first."""

    code = "assessment.moderation-needed"


class ReasonMissing(Refusal):
    """Somebody who gets no place now is owed a reason. Give at least one."""

    code = "assessment.reason-missing"


class NotDecidedYet(Refusal):
    """The panel has not decided on this application yet, so there is nothing to change."""

    code = "assessment.not-decided-yet"


class DecisionsAreOut(Refusal):
    """The decisions of this cohort are released. The panel can't decide any more."""

    code = "assessment.decisions-are-out"


def panel_score(
    plan: CohortPlanned, numbers: ProgrammeRules, panel: Panel, ties: Iterable[Between]
) -> int:
    """The mean score in tenths of a percent; refuses what too few, or the wrong people, found."""
    counting = panel.counting(ties)
    if len(counting) < numbers.assessments:
        raise TooFewAssessments
    if sum(one.lay for one in counting) < numbers.lay_assessments:
        raise NoLayAssessment
    criteria = plain(plan.criteria) or ()
    shares = [share(one.scores, criteria) for one in counting]
    if gap(shares) > plan.moderation_gap and not panel.table.moderated:
        raise ModerationNeeded
    return mean(shares)


class HoldModeration(Command, Decides[Application, CohortRules, Panel]):
    """Assessors who were far apart have talked an application through."""

    name: ClassVar = "assessment.hold-moderation"
    roles: ClassVar = PANEL
    application_id: ApplicationId

    def needs(self, know: Know) -> tuple[Application, CohortRules, Panel]:
        application = know(Application(self.application_id))
        rules = cohort_rules(know, application.cohort_id)
        return application, rules, panel_on(application, know)

    def decide(
        self, act: Act, application: Application, rules: CohortRules, panel: Panel
    ) -> Iterator[Event]:
        table = panel.table
        started = eligible(application)
        if len(table.assessments) < rules.numbers.assessments:
            raise TooFewAssessments
        if not table.moderated:
            yield from panel.acts.alike(
                ModerationHeld(
                    application_id=started.application_id,
                    cohort_id=started.cohort_id,
                    person_id=started.person_id,
                )
            )


class MakeDecision(Command, Decides[Application, CohortRules, Panel, tuple[Between, ...]]):
    """The panel decides on an application; nobody else hears of it before the release."""

    name: ClassVar = "assessment.decide"
    roles: ClassVar = PANEL
    application_id: ApplicationId
    outcome: Outcome
    reasons: WhyNotOffered = ()

    def needs(self, know: Know) -> Judged:
        return to_judge(self.application_id, know)

    def decide(
        self,
        act: Act,
        application: Application,
        rules: CohortRules,
        panel: Panel,
        ties: tuple[Between, ...],
    ) -> Iterator[Event]:
        table = panel.table
        if table.says(self.outcome, self.reasons):
            return
        must_be_open(rules.cohort)
        table.must_be_undecided()
        yield from panel.acts.alike(DecisionMade(**verdict(self, application, rules, panel, ties)))


class ChangeDecision(Command, Decides[Application, CohortRules, Panel, tuple[Between, ...]]):
    """The panel decides otherwise before anybody was told, for a reason."""

    name: ClassVar = "assessment.change-decision"
    roles: ClassVar = PANEL
    application_id: ApplicationId
    outcome: Outcome
    reason: DecisionChangeReason
    reasons: WhyNotOffered = ()

    def needs(self, know: Know) -> Judged:
        return to_judge(self.application_id, know)

    def decide(
        self,
        act: Act,
        application: Application,
        rules: CohortRules,
        panel: Panel,
        ties: tuple[Between, ...],
    ) -> Iterator[Event]:
        table = panel.table
        if table.says(self.outcome, self.reasons) and not table.changed_otherwise(self.reason):
            return
        must_be_open(rules.cohort)
        fields = verdict(self, application, rules, panel, ties)
        if table.decision is None:
            raise NotDecidedYet
        yield from panel.acts.alike(DecisionChanged(**fields, reason=self.reason.value))


def to_judge(application_id: ApplicationId, know: Know) -> Judged:
    """All that a decision rests on, with how each assessor stands to the applicant today."""
    application = know(Application(application_id))
    panel = panel_on(application, know)
    rules = cohort_rules(know, application.cohort_id)
    return application, rules, panel, ties_to(application, panel, know)


def must_be_open(cohort: Cohort) -> None:
    """Refuses to decide once everybody was told."""
    if cohort.released:
        raise DecisionsAreOut


def verdict(
    wish: MakeDecision | ChangeDecision,
    application: Application,
    rules: CohortRules,
    panel: Panel,
    ties: Iterable[Between],
) -> dict[str, Any]:
    """The fields that a decision and a changed one share; refuses one that breaks a rule."""
    started = eligible(application)
    if wish.outcome is not Outcome.OFFER and not wish.reasons:
        raise ReasonMissing
    return {
        **whose(started),
        "outcome": wish.outcome,
        "score": panel_score(rules.cohort.known, rules.numbers, panel, ties),
        "reasons": tuple(reason.value for reason in wish.reasons),
    }
