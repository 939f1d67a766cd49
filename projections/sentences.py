"""What each fact about a person is called in their journey: a short plain sentence without names.

What is sealed in a fact is not said: a journey is read by more people than may open it.
"""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from events import (
    applications,
    assessments,
    cohorts,
    continuation,
    identities,
    interest,
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
from events.event import Event, id_fields
from events.ids import PersonId

SENTENCES: Final[Mapping[type[Event], str]] = MappingProxyType(
    {
        people.PersonRegistered: "Became known to the programme.",
        people.PersonDetailsChanged: "Has another name, or is reached otherwise.",
        people.PersonStated: "Told us something that is private.",
        people.ConsentGiven: "Agreed to the use of their data.",
        people.ConsentWithdrawn: "Took back their agreement to the use of their data.",
        people.PersonMerged: "Was registered twice, and is one person from now on.",
        people.PersonParted: "Had been taken for somebody else, and is two people again.",
        people.PersonErased: "Was forgotten.",
        reasons.PersonReasonPutRight: "The reason for something before was put right.",
        identities.IdentityTied: "Is known by an account with which they sign in.",
        identities.IdentityUntied: "Is not known by an account of theirs any more.",
        roles.RoleGranted: "Acts as {0.role}, from {0.starts_on.day} {0.starts_on:%B %Y}.",
        roles.RoleWithdrawn: "Does not act as {0.role} any more.",
        roles.GlassBroken: "Was made a coordinator from outside.",
        cohorts.ReleaseSigned: "Signed the decisions of a cohort.",
        rules.RulesSigned: "Signed rules of the programme.",
        cohorts.ExtensionGranted: "Has longer to apply.",
        cohorts.ExtensionWithdrawn: "Has no longer to apply than everybody.",
        interest.InterestExpressed: "Would like to know more or to help.",
        interest.InvitedToApply: "Was invited to apply.",
        interest.InterestWithdrawn: "Is not interested any more.",
        applications.ApplicationStarted: "Began to apply.",
        applications.ApplicationSubmitted: "Handed an application in.",
        applications.ApplicationAmended: "Changed the application.",
        applications.EligibilityConfirmed: "Meets what the programme asks.",
        applications.EligibilityFailed: "Does not meet what the programme asks.",
        applications.ApplicationWithdrawn: "Took the application back.",
        applications.ApplicationReinstated: "The application goes on.",
        assessments.AssessorAppointed: "Became an assessor of the cohort.",
        assessments.AssessorDayChanged: (
            "Has until {0.score_by.day} {0.score_by:%B %Y} to score what was given to them."
        ),
        assessments.AssessorReminderDue: "Has something to score yet.",
        assessments.AssessorLate: "Did not score in time what was given to them.",
        offers.OfferMade: "Was offered a place, until {0.accept_by.day} {0.accept_by:%B %Y}.",
        offers.OfferDayChanged: "Can answer the offer until {0.accept_by.day} {0.accept_by:%B %Y}.",
        offers.OfferReminderDue: "Has not answered the offer yet.",
        offers.OfferReopened: "The offer was put right, and is open again.",
        offers.OfferAccepted: "Accepted the place.",
        offers.OfferDeclined: "Did not take the place.",
        offers.OfferLapsed: "Did not answer the offer in time.",
        offers.OfferWithdrawn: "The programme took the offer back.",
        offers.ReserveListed: "Is on the reserve list.",
        offers.ReserveReordered: "Has another turn on the reserve list.",
        offers.ReserveEnded: "Waited for a place until the reserve list closed.",
        offers.ReservePromoted: "Came to the front of the reserve list.",
        offers.ApplicationDeclined: "Has no place this time.",
        offers.DecisionCorrected: "What was decided was put right.",
        offers.EmployerAwaited: (
            "The employer is to say, until {0.answer_by.day} {0.answer_by:%B %Y}, if they can come."
        ),
        offers.EmployerReminderDue: "The employer has not answered yet.",
        offers.EmployerSilent: "The employer did not answer in time.",
        offers.EmployerReleaseConfirmed: "The employer agreed to release them.",
        offers.EmployerReleaseLost: "The employer does not release them after all.",
        offers.PlaceConfirmed: "Is on the cohort.",
        offers.PlaceUnconfirmed: "Is not on the cohort until the employer agrees again.",
        offers.PlaceGivenUp: "Left the cohort.",
        offers.PlaceGivenBack: "Has the place again.",
        matching.MatchingRunApproved: "Signed a matching.",
        matching.LeftUnpaired: "Has no partner yet.",
        pairings.PairingProposed: "Was asked to lead with a partner.",
        pairings.PairingAccepted: "Said yes to a partner.",
        pairings.PairingDeclined: "The partner said no.",
        pairings.PairingTakenBack: "The programme took back what it had asked about a partner.",
        pairings.ProposalExtended: "Has longer to answer about a partner.",
        pairings.ProposalReminderDue: "The two have not both answered yet.",
        pairings.PairingLapsed: "The two did not both answer in time.",
        pairings.PairingActivated: "Began to lead with a partner.",
        pairings.PairingPaused: "Takes a break with this partner.",
        pairings.PairingHeld: "Is to speak to a coordinator before the two go on.",
        pairings.PairingEnded: "No longer leads with this partner.",
        pairings.PairingStepTakenBack: "A step of the pairing was noted by mistake: put right.",
        pairings.RepairingAsked: "Is first in turn for a new partner.",
        pairings.PartnerReplaced: "Goes on with a new partner.",
        pairings.PairingCompleted: "Has done, as a pair, what the two set out to do.",
        workshops.WorkshopBooked: "Holds a place on a workshop.",
        workshops.WaitingListJoined: "Waits for a place on a workshop.",
        workshops.WaitingListOffered: "Has a place on a workshop held for them.",
        workshops.WaitingListLapsed: "Did not take the held place in time.",
        workshops.BookingCancelled: "Gave back a place on a workshop.",
        workshops.WorkshopReminderDue: "Was due a reminder of a workshop.",
        workshops.WorkshopAttended: "Came to a workshop.",
        workshops.WorkshopMissed: "Missed a workshop.",
        workshops.AttendanceCorrected: "The register of a workshop was put right.",
        workshops.WorkshopMadeUp: "Caught up on a workshop.",
        workshops.MakeUpTakenBack: "Has not caught up on a workshop after all.",
        workshops.TrainingCompleted: "Completed the training.",
        workshops.TrainingReopened: "Has not completed the training after all.",
        reflections.ReflectionSubmitted: "Wrote a reflection.",
        reflections.ReflectionShared: "Shared a reflection with their partner.",
        reflections.ReflectionWithdrawn: "Took a reflection back.",
        projects.ProjectProposed: "Proposed a project.",
        projects.ProjectRevised: "Revised the project.",
        projects.ProjectAmended: "The project was changed.",
        projects.MilestonePlanned: "A milestone was planned.",
        projects.MilestoneRenamed: "A milestone has another title.",
        projects.MilestoneReported: "Reported a milestone as reached.",
        projects.MilestoneConfirmed: "Confirmed a milestone that the partner reported.",
        projects.MilestoneReturned: "Found that there is more to do for a milestone.",
        continuation.ContinuationAgreed: "Means to go on leading together.",
        continuation.CheckInDue: "Was due to be asked, after {0.months} months, how it goes on.",
        continuation.ContinuationReported: "Said, after {0.months} months, how it goes on.",
        continuation.ContinuationEnded: "Their partnership has come to its end.",
        tasks.TaskTaken: "Took on a task of the team.",
        tasks.TaskHandedOn: "Was given a task of the team.",
    }
)
IN_ANOTHER_PART: Final[Mapping[tuple[type[Event], str], str]] = MappingProxyType(
    {
        (pairings.PairingDeclined, "declined_by"): "Said no to a partner.",
    }
)


def people_of(event: Event) -> Mapping[PersonId, str]:
    """The people whom a fact bears, each with the field that says most of their part in it."""
    found = ((getattr(event, name), name) for name in id_fields(type(event)))
    return {who: name for who, name in found if isinstance(who, PersonId)}


def sentence(event: Event, part: str) -> str:
    """The sentence for the person in the field `part`; a fact without one goes by its name."""
    kind = type(event)
    words = IN_ANOTHER_PART.get((kind, part)) or SENTENCES.get(kind) or kind.name
    return words.format(event)
