"""The facts that make no task and end none, and why: nobody of the team has to do anything, or what
waits shows elsewhere.
"""

from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType
from typing import Final

from events import (
    applications,
    assessments,
    cohorts,
    contacts,
    continuation,
    heads,
    identities,
    imports,
    matching,
    offers,
    pairings,
    people,
    projects,
    reasons,
    reflections,
    roles,
    rules,
    tasks,
    workshops,
)
from events.event import Event


class NoTask(StrEnum):
    """Why a fact makes no task and ends none."""

    TOLD = "Whoever it concerns is told, and acts themselves, or nothing is left to do."
    FOLLOWS = "What follows from it follows by itself, or on a day."
    LISTED = "What waits after it shows on the cohort's board, or in the queue of applications."
    SEALED = (
        "What it says is sealed, and a task would tell it to more people. The queue of applications"
        " and the list of who may be asked show what waits, to whoever may open them."
    )
    PUT_RIGHT = "It puts a reason right, and changes nothing that waits."
    OF_A_TASK = "It says what became of a task."


FACTS: Final[Mapping[NoTask, tuple[type[Event], ...]]] = MappingProxyType(
    {
        NoTask.TOLD: (
            people.PersonRegistered,
            people.PersonDetailsChanged,
            people.ConsentGiven,
            identities.IdentityTied,
            identities.IdentityUntied,
            roles.RoleGranted,
            roles.GlassBroken,
            cohorts.CohortPlanned,
            cohorts.ExtensionGranted,
            cohorts.ExtensionWithdrawn,
            applications.EligibilityFailed,
            assessments.AssessorAppointed,
            offers.OfferDayChanged,
            offers.ReserveReordered,
            offers.ReserveEnded,
            pairings.PairingAccepted,
            pairings.ProposalExtended,
            pairings.PairingActivated,
            pairings.PairingCompleted,
            workshops.WorkshopAmended,
            workshops.WorkshopBooked,
            workshops.WaitingListJoined,
            workshops.WaitingListOffered,
            workshops.WorkshopAttended,
            reflections.ReflectionSubmitted,
            reflections.ReflectionShared,
            reflections.ReflectionWithdrawn,
            projects.ProjectAmended,
            projects.MilestoneFellDue,
            projects.MilestoneRenamed,
            projects.MilestoneUnconfirmed,
            continuation.ContinuationAgreed,
        ),
        NoTask.FOLLOWS: (
            heads.ConcernsHeadNoted,
            imports.ImportBegun,
            imports.ImportEnded,
            imports.ImportTakenBack,
            people.ConsentWithdrawn,
            people.PersonMerged,
            people.PersonParted,
            applications.ApplicationSubmitted,
            applications.ApplicationAmended,
            applications.ApplicationReinstated,
            assessments.AssessmentsAwaited,
            assessments.AssessorReminderDue,
            offers.OfferAccepted,
            offers.ReserveOpened,
            offers.ReserveClosed,
            offers.ReservePromoted,
            offers.OfferReminderDue,
            offers.EmployerReminderDue,
            pairings.ProposalReminderDue,
            offers.EmployerReleaseLost,
            pairings.PartnerReplaced,
            workshops.WorkshopScheduled,
            workshops.CapacityChanged,
            workshops.WaitingListLapsed,
            workshops.BookingCancelled,
            workshops.WorkshopReminderDue,
            projects.ProjectHandedOn,
            contacts.ContactKept,
        ),
        NoTask.LISTED: (
            rules.RulesSigned,
            cohorts.ApplicationsOpened,
            cohorts.ApplicationsClosed,
            applications.EligibilityConfirmed,
            matching.MatchingRunAsked,
            matching.MatchingRunGivenUp,
            matching.MatchingRunMade,
        ),
        NoTask.SEALED: (
            people.PersonStated,
            people.ContactPreferenceStated,
            people.AccessNeedsStated,
            people.RelationshipDeclared,
            people.RelationshipEnded,
            assessments.PanelActed,
            assessments.PanelDidNothing,
            assessments.AssessorAssigned,
            assessments.AssessorAwaitedAgain,
            assessments.ConflictDeclared,
            assessments.AssessorStoodDown,
            assessments.AssessmentSubmitted,
            assessments.AssessmentAmended,
            assessments.ModerationHeld,
            assessments.DecisionMade,
            assessments.DecisionChanged,
            assessments.DecisionReopened,
            assessments.DecisionInDoubt,
            assessments.CorrectionSigned,
            matching.PairForbidden,
            matching.PairAllowed,
            matching.PairLocked,
            matching.PairUnlocked,
            pairings.PersonHeldOut,
            pairings.PersonLetIn,
            pairings.PartnerWishedAgain,
            contacts.ContactStated,
            contacts.ContactNamed,
        ),
        NoTask.PUT_RIGHT: (
            reasons.PersonReasonPutRight,
            reasons.CohortReasonPutRight,
        ),
        NoTask.OF_A_TASK: (
            tasks.TaskTaken,
            tasks.TaskHandedOn,
            tasks.TaskDone,
            tasks.TaskReopened,
        ),
    }
)
NO_TASK: Final[Mapping[type[Event], NoTask]] = MappingProxyType(
    {kind: why for why, kinds in FACTS.items() for kind in kinds}
)
