"""Whatever waits for a person of the team: the one table. Facts that are not in it make no task and
end none, each for a reason (events/waits_for_nobody.py).
"""

from collections.abc import Iterable, Mapping
from types import MappingProxyType
from typing import Final

from events import (
    applications,
    assessments,
    cohorts,
    contacts,
    continuation,
    interest,
    matching,
    notices,
    offers,
    pairings,
    people,
    projects,
    roles,
    rules,
    troubles,
    workshops,
)
from events.event import Event
from events.needs import Facts, If, Kind, Need
from events.terms import Lack, PairingStep, Role


def _any(*kinds: type[Event]) -> Facts:
    """Facts that count whatever they say."""
    return dict.fromkeys(kinds, lambda _: True)


def _if(kind: type[Event], counts: If) -> Facts:
    """A fact that counts if something is true of it."""
    return {kind: counts}


def _stands(where: str) -> Facts:
    """That a step of a pairing was taken back, so that it stands there again."""
    return _if(pairings.PairingStepTakenBack, lambda fact: fact.stands == where)


def _stands_elsewhere(where: str) -> Facts:
    return _if(pairings.PairingStepTakenBack, lambda fact: fact.stands != where)


def _lacks(what: Lack) -> Facts:
    return _if(troubles.TroubleNoted, lambda fact: fact.lacks is what)


def _took_back(step: PairingStep) -> Facts:
    return _if(pairings.PairingStepTakenBack, lambda fact: fact.step is step)


HOLDS_NOTHING: Final = _any(
    applications.ApplicationWithdrawn,
    offers.ApplicationDeclined,
    offers.OfferDeclined,
    offers.OfferLapsed,
    offers.OfferWithdrawn,
    offers.PlaceGivenUp,
    offers.ReserveListed,
)
"""What somebody had of an offer or a place is over."""
COHORT_OVER: Final = _any(cohorts.CohortCancelled, cohorts.CohortCompleted)
GOES_ON: Final = _any(cohorts.CohortCompletionTakenBack)
PROJECT_OVER: Final = _any(projects.ProjectCompleted, projects.ProjectStopped)
TAKEN_UP: Final = _any(projects.ProjectTakenUpAgain)
ON_THE_COHORT: Final = _any(offers.PlaceConfirmed)
NOT_ON_IT: Final = HOLDS_NOTHING | _any(offers.PlaceUnconfirmed)
LACKING: Final = (
    (Kind.MESSAGE_LACKS, Lack.MESSAGE, "A message may not have gone out."),
    (Kind.LIST_LACKS, Lack.LIST, "A list that you work from may not be complete."),
    (Kind.STEP_LACKS, Lack.NEXT_STEP, "Something that follows by itself may not have happened."),
)

ALL: Final = (
    Need(
        kind=Kind.INTEREST,
        about="person_id",
        owner=Role.COORDINATOR,
        says="Somebody would like to know more, or to help. Write to them, or ring.",
        commands=("interest.invite",),
        within=7,
        made=_any(interest.InterestExpressed),
        ended=_any(
            interest.InvitedToApply,
            interest.InterestWithdrawn,
            applications.ApplicationStarted,
            people.PersonErased,
        ),
    ),
    Need(
        kind=Kind.RULES,
        about="rules_id",
        owner=Role.CO_CHAIR,
        says="Rules are proposed. Both sides sign them before they come into force.",
        commands=("rules.sign", "rules.take-back"),
        by="in_force_from",
        made=_any(rules.RulesProposed),
        ended=_any(rules.RulesAdopted, rules.RulesTakenBack),
    ),
    Need(
        kind=Kind.ASSESSOR,
        about="cohort_id",
        parts=("person_id",),
        owner=Role.COORDINATOR,
        says="An assessor did not score in time. Ask them, or give it to somebody else.",
        commands=("assessment.change-day", "assessment.assign"),
        made=_any(assessments.AssessorLate),
        ended=_any(assessments.AssessorDayChanged, cohorts.DecisionsReleased)
        | _if(roles.RoleWithdrawn, lambda fact: fact.role is Role.ASSESSOR),
        asleep=COHORT_OVER,
        awake=GOES_ON,
    ),
    Need(
        kind=Kind.RELEASE,
        about="cohort_id",
        owner=Role.CO_CHAIR,
        says="One side signed the decisions. The other looks at them, and they are released.",
        commands=("cohort.sign-release", "cohort.release-decisions"),
        made=_any(cohorts.ReleaseSigned),
        ended=_any(cohorts.DecisionsReleased),
        asleep=COHORT_OVER,
        awake=GOES_ON,
    ),
    Need(
        kind=Kind.LATE,
        about="cohort_id",
        owner=Role.CO_CHAIR,
        says="The day to tell people what was decided is over. Release it, or plan another day.",
        commands=("cohort.sign-release", "cohort.amend-plan"),
        made=_any(cohorts.ReleaseOverdue),
        ended=_any(cohorts.DecisionsReleased)
        | _if(cohorts.CohortPlanAmended, lambda fact: fact.decisions_on is not None),
        asleep=COHORT_OVER,
        awake=GOES_ON,
    ),
    Need(
        kind=Kind.LAPSED,
        about="application_id",
        owner=Role.COORDINATOR,
        says="Somebody did not answer their offer. Ring them: did they mean to say no?",
        commands=("offer.reopen",),
        made=_any(offers.OfferLapsed),
        ended=_any(
            offers.OfferReopened,
            offers.OfferMade,
            offers.ReserveListed,
            offers.DecisionCorrected,
            applications.ApplicationWithdrawn,
        ),
    ),
    Need(
        kind=Kind.EMPLOYER,
        about="application_id",
        owner=Role.COORDINATOR,
        says="An employer did not answer. Ask them. Then wait on, or take the offer back.",
        commands=("place.await-employer", "place.confirm-employer-release", "offer.withdraw"),
        made=_any(offers.EmployerSilent),
        ended=HOLDS_NOTHING | _any(offers.EmployerAwaited, offers.EmployerReleaseConfirmed),
    ),
    Need(
        kind=Kind.LOST,
        about="application_id",
        owner=Role.COORDINATOR,
        says="An employer does not release somebody after all. Ask both, and say what holds.",
        commands=("place.confirm-employer-release", "offer.withdraw"),
        made=_any(offers.PlaceUnconfirmed),
        ended=HOLDS_NOTHING | _any(offers.EmployerReleaseConfirmed, offers.PlaceConfirmed),
    ),
    Need(
        kind=Kind.PLACE,
        about="cohort_id",
        parts=("application_id",),
        owner=Role.COORDINATOR,
        says="A place came free after the start. See whether it stays so.",
        commands=("place.give-back",),
        within=7,
        made=_any(offers.PlaceGivenUp, offers.OfferWithdrawn, applications.ApplicationWithdrawn),
        ended=_any(offers.PlaceGivenBack, offers.OfferReopened, cohorts.CohortStarted),
        ready=ON_THE_COHORT,
        at_once=True,
        begins_asleep=True,
        asleep=COHORT_OVER | _any(cohorts.CohortStartTakenBack),
        awake=GOES_ON | _any(cohorts.CohortStarted),
    ),
    Need(
        kind=Kind.MATCHING,
        about="cohort_id",
        parts=("run_id",),
        owner=Role.CO_CHAIR,
        says="One side signed a matching. The other looks at it, and it is made known or not.",
        commands=("matching.approve", "matching.publish", "matching.discard"),
        made=_any(matching.MatchingRunApproved),
        ended=_any(matching.MatchingRunPublished, matching.MatchingRunDiscarded),
        asleep=COHORT_OVER,
        awake=GOES_ON,
    ),
    Need(
        kind=Kind.PARTNER,
        about="cohort_id",
        parts=("person_id",),
        owner=Role.COORDINATOR,
        says="Somebody has no partner. Make a matching, or ask two people by hand.",
        commands=("matching.ask", "pairing.propose"),
        within=7,
        made=_any(
            matching.LeftUnpaired,
            pairings.PairingDeclined,
            pairings.PairingLapsed,
            pairings.PairingTakenBack,
            pairings.RepairingAsked,
        ),
        ended=_any(pairings.PairingProposed) | _took_back(PairingStep.END),
        ready=ON_THE_COHORT,
        unready=NOT_ON_IT,
        asleep=COHORT_OVER,
        awake=GOES_ON,
    ),
    Need(
        kind=Kind.HELD,
        about="pairing_id",
        owner=Role.COORDINATOR,
        says="Two partners wait for you. Speak to each of them. Then they go on, or part.",
        commands=("pairing.resume", "pairing.end"),
        made=_any(pairings.PairingHeld) | _stands("held"),
        ended=_any(pairings.PairingResumed, pairings.PairingEnded) | _stands_elsewhere("held"),
    ),
    Need(
        kind=Kind.PAUSED,
        about="pairing_id",
        owner=Role.COORDINATOR,
        says="Two partners take a break. Ask them how they are, and whether they go on.",
        commands=("pairing.resume", "pairing.end"),
        within=28,
        made=_any(pairings.PairingPaused) | _stands("paused"),
        ended=_any(pairings.PairingResumed, pairings.PairingEnded, pairings.PairingHeld)
        | _stands_elsewhere("paused"),
    ),
    Need(
        kind=Kind.PARTED,
        about="cohort_id",
        parts=("pairing_id",),
        owner=Role.COORDINATOR,
        says="Two partners parted. Speak to each of them, and see what each of them needs.",
        commands=("pairing.take-back-step",),
        within=7,
        made=_any(pairings.PairingEnded),
        ended=_took_back(PairingStep.END),
        asleep=_any(cohorts.CohortCancelled),
    ),
    Need(
        kind=Kind.REGISTER,
        about="workshop_id",
        owner=Role.FACILITATOR,
        says="A register is open. Ask who came, and close it.",
        commands=("workshop.record-attendance", "workshop.close-register"),
        by="close_by",
        made=_any(
            workshops.RegisterReminderDue, workshops.RegisterOverdue, workshops.RegisterReopened
        ),
        ended=_any(workshops.WorkshopHeld, workshops.WorkshopRescheduled),
        asleep=_any(workshops.WorkshopCancelled),
        awake=_any(workshops.WorkshopReinstated),
    ),
    Need(
        kind=Kind.TRAINING,
        about="cohort_id",
        parts=("person_id", "workshop_id"),
        owner=Role.FACILITATOR,
        says="Somebody missed a workshop. Agree with them how they catch up.",
        commands=("workshop.make-up", "workshop.correct-attendance"),
        within=14,
        made=_any(workshops.WorkshopMissed, workshops.MakeUpTakenBack)
        | _if(workshops.AttendanceCorrected, lambda fact: not fact.attended),
        ended=_any(
            workshops.WorkshopMadeUp, workshops.RegisterReopened, workshops.WorkshopCancelled
        )
        | _if(workshops.AttendanceCorrected, lambda fact: fact.attended),
        ready=ON_THE_COHORT,
        unready=NOT_ON_IT,
        rests=_any(workshops.TrainingCompleted),
        resumes=_any(workshops.TrainingReopened),
        asleep=COHORT_OVER,
        awake=GOES_ON,
    ),
    Need(
        kind=Kind.HOST,
        about="project_id",
        owner=Role.COORDINATOR,
        says="A project has no host yet. Ask an organisation if it will be one.",
        commands=("project.agree-host",),
        within=14,
        made=_any(projects.ProjectProposed),
        ended=_any(projects.HostOrganisationAgreed),
        asleep=PROJECT_OVER,
        awake=TAKEN_UP,
    ),
    Need(
        kind=Kind.PROJECT,
        about="project_id",
        owner=Role.COORDINATOR,
        says="Two partners propose a project. Say yes, or what should change.",
        commands=("project.approve", "project.request-changes"),
        within=7,
        made=_any(projects.ProjectProposed, projects.ProjectRevised),
        ended=_any(projects.ProjectApproved, projects.ChangesRequested),
        asleep=PROJECT_OVER,
        awake=TAKEN_UP,
    ),
    Need(
        kind=Kind.MILESTONE,
        about="project_id",
        parts=("milestone_id",),
        owner=Role.COORDINATOR,
        says="A milestone's day is over, and nobody said how it went. Ask the two.",
        commands=("milestone.reschedule", "milestone.miss", "milestone.drop"),
        made=_any(projects.MilestoneOverdue),
        ended=_any(projects.MilestoneRescheduled, projects.MilestoneDropped),
        ready=_any(
            projects.MilestonePlanned, projects.MilestoneReturned, projects.MilestoneRescheduled
        ),
        unready=_any(
            projects.MilestoneReported, projects.MilestoneConfirmed, projects.MilestoneMissed
        ),
        asleep=PROJECT_OVER,
        awake=TAKEN_UP,
    ),
    Need(
        kind=Kind.CHECK_IN,
        about="pairing_id",
        parts=("months",),
        owner=Role.COORDINATOR,
        says="Two partners were asked how it goes on. If neither answers, ring them.",
        commands=("continuation.report",),
        within=14,
        made=_any(continuation.CheckInDue),
        ended=_any(continuation.ContinuationReported) | _took_back(PairingStep.COMPLETION),
        asleep=_any(continuation.ContinuationEnded),
        awake=_took_back(PairingStep.CONTINUATION_END),
    ),
    Need(
        kind=Kind.CONTACT,
        about="contact_id",
        owner=Role.COORDINATOR,
        says="A line manager or host did not answer us. Ask them, or whoever named them.",
        commands=("contact.agree", "contact.end"),
        made=_any(contacts.ContactUnanswered),
        ended=_any(contacts.ContactAgreed, contacts.ContactDeclined, contacts.ContactEnded),
    ),
    Need(
        kind=Kind.NOTICE,
        about="notice_id",
        owner=Role.COORDINATOR,
        says="Somebody waits for a message. See whom in the list of messages, and tell them.",
        commands=("notice.done", "notice.send-again"),
        within=2,
        made=_any(notices.NoticeUndelivered),
        ended=_any(notices.NoticeDone, notices.NoticeToSendAgain, notices.NoticeSettled),
    ),
    *(
        Need(
            kind=kind,
            about="trouble_id",
            owner=Role.COORDINATOR,
            says=f"{says} Ask whoever runs the system what is missing, and for whom.",
            commands=("task.done",),
            within=2,
            made=_lacks(lacks),
            ended=_any(troubles.TroubleSettled),
        )
        for kind, lacks, says in LACKING
    ),
)
NEEDS: Final[Mapping[Kind, Need]] = MappingProxyType({one.kind: one for one in ALL})


def _by_fact(needs: Iterable[Need]) -> Mapping[type[Event], tuple[Need, ...]]:
    found: dict[type[Event], tuple[Need, ...]] = {}
    for need in needs:
        for kind in need.facts:
            found[kind] = (*found.get(kind, ()), need)
    return MappingProxyType(found)


CONCERNED: Final = _by_fact(ALL)
"""The needs that each kind of fact makes, ends or else concerns."""
