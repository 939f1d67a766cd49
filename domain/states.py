"""The table of states: what goes on although the thing that it is about stands still.

A thing stands still when it was cancelled, is paused, completed, ended or erased. Whatever is asked
for is refused then with the state's own code, unless the table names it; what would follow by
itself does not, nor what a policy asks for. All commands and notices stand here.
"""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from domain.applications.application import (
    Application,
    ApplicationIsNotEligible,
    ApplicationIsWithdrawn,
)
from domain.cohorts.cohort import Cohort, CohortIsCancelled, CohortIsCompleted
from domain.decision import Knowledge, Refusal
from domain.pairings.pairing import (
    Pairing,
    PairingIsCompleted,
    PairingIsHeld,
    PairingIsOver,
    PairingIsPaused,
)
from domain.people.person import Person, PersonIsErased
from domain.projects.project import Project, ProjectIsOver
from domain.workshops.workshop import Workshop, WorkshopIsCancelled

State = type[Refusal]
"""A state in which a thing stands still, as the refusal of whoever tries to go on."""
STATES: Final[Mapping[type[Knowledge], tuple[State, ...]]] = MappingProxyType(
    {
        Cohort: (CohortIsCancelled, CohortIsCompleted),
        Application: (ApplicationIsWithdrawn, ApplicationIsNotEligible),
        Pairing: (PairingIsPaused, PairingIsHeld, PairingIsOver, PairingIsCompleted),
        Project: (ProjectIsOver,),
        Workshop: (WorkshopIsCancelled,),
        Person: (PersonIsErased,),
    }
)
"""All of them, by the kind of thing."""

NOWHERE: Final = frozenset[State]()
TO_THE_END: Final = frozenset({CohortIsCompleted})
EVER: Final = frozenset({CohortIsCancelled, CohortIsCompleted})
WITH_IT: Final = frozenset({CohortIsCancelled})
"""What a cohort that is cancelled ends."""
FALLEN: Final = frozenset({PersonIsErased})
"""What somebody had comes to its end although they were erased, so that nobody waits for ever."""
LED: Final = TO_THE_END | {PairingIsCompleted}
"""Who completed the programme together goes on with their project, also after their cohort."""
WHOEVER_LEADS: Final = frozenset(
    {PairingIsPaused, PairingIsHeld, PairingIsOver, PairingIsCompleted}
)
"""What is not for two who lead together alone."""

GOES_ON: Final[Mapping[str, frozenset[State]]] = MappingProxyType(
    {
        "application.confirm-eligibility": FALLEN,
        "application.reinstate": frozenset({ApplicationIsWithdrawn}),
        "application.start": NOWHERE,
        "application.submit": NOWHERE,
        "application.withdraw": FALLEN,
        "application.withdraw-those-of": FALLEN,
        "application.withdraw-with-cohort": WITH_IT,
        "application.withdraw-without-consent": FALLEN,
        "assessment.appoint-assessor": NOWHERE,
        "assessment.assign": NOWHERE,
        "assessment.change-decision": NOWHERE,
        "assessment.decide": NOWHERE,
        "assessment.declare-conflict": FALLEN | {ApplicationIsWithdrawn},
        "assessment.hold-moderation": NOWHERE,
        "assessment.look-again": NOWHERE,
        "assessment.look-at-all-again": NOWHERE,
        "assessment.stand-down": NOWHERE,
        "assessment.submit": NOWHERE,
        "cohort.amend-plan": TO_THE_END,
        "cohort.cancel": NOWHERE,
        "cohort.close-applications": NOWHERE,
        "cohort.complete": NOWHERE,
        "cohort.grant-extension": NOWHERE,
        "cohort.open-applications": NOWHERE,
        "cohort.plan": NOWHERE,
        "cohort.release-decisions": NOWHERE,
        "cohort.sign-release": NOWHERE,
        "cohort.start": NOWHERE,
        "cohort.take-back-completion": TO_THE_END,
        "cohort.take-back-start": TO_THE_END,
        "cohort.withdraw-extension": NOWHERE,
        "contact.agree": TO_THE_END,
        "contact.decline": EVER,
        "contact.end": EVER | FALLEN | WHOEVER_LEADS | {ProjectIsOver},
        "contact.end-those-of": EVER | FALLEN | WHOEVER_LEADS | {ProjectIsOver},
        "contact.lapse": EVER,
        "contact.mark-unanswered": TO_THE_END,
        "contact.name": TO_THE_END | WHOEVER_LEADS,
        "continuation.agree": EVER | {PairingIsCompleted},
        "continuation.check-in": LED,
        "continuation.end": EVER | FALLEN | {PairingIsCompleted},
        "continuation.end-those-of": FALLEN,
        "continuation.report": EVER | {PairingIsCompleted},
        "decision.correct": NOWHERE,
        "identity.tie": NOWHERE,
        "identity.untie": NOWHERE,
        "interest.end-that-of": FALLEN,
        "interest.express": NOWHERE,
        "interest.invite": NOWHERE,
        "interest.withdraw": NOWHERE,
        "matching.allow-pair": NOWHERE,
        "matching.approve": NOWHERE,
        "matching.discard": EVER,
        "matching.forbid-pair": NOWHERE,
        "matching.make-run": NOWHERE,
        "matching.publish": NOWHERE,
        "milestone.confirm": LED,
        "milestone.drop": LED | {PairingIsPaused},
        "milestone.mark-overdue": LED,
        "milestone.miss": LED | {PairingIsPaused},
        "milestone.plan": LED,
        "milestone.remind": LED,
        "milestone.rename": LED | {PairingIsPaused},
        "milestone.report": LED,
        "milestone.reschedule": LED | {PairingIsPaused},
        "milestone.return": LED,
        "milestone.unconfirm": LED | {ProjectIsOver},
        "offer.accept": NOWHERE,
        "offer.change-day": NOWHERE,
        "offer.decline": FALLEN,
        "offer.lapse": FALLEN | TO_THE_END,
        "offer.reopen": NOWHERE,
        "offer.withdraw": FALLEN,
        "pairing.accept": NOWHERE,
        "pairing.complete": TO_THE_END,
        "pairing.decline": TO_THE_END | FALLEN,
        "pairing.end": TO_THE_END | FALLEN | {PairingIsPaused, PairingIsHeld},
        "pairing.end-for-leaver": EVER | FALLEN | {PairingIsPaused, PairingIsHeld},
        "pairing.extend-proposal": NOWHERE,
        "pairing.keep-apart": FALLEN | {PairingIsPaused},
        "pairing.lapse": TO_THE_END | FALLEN,
        "pairing.let-in": NOWHERE,
        "pairing.pause": TO_THE_END,
        "pairing.propose": NOWHERE,
        "pairing.resume": TO_THE_END | {PairingIsPaused, PairingIsHeld},
        "pairing.take-back": TO_THE_END | {PairingIsOver},
        "pairing.take-back-step": TO_THE_END | {PairingIsPaused, PairingIsOver, PairingIsCompleted},
        "pairing.wish-again": NOWHERE,
        "person.change-details": NOWHERE,
        "person.declare-relationship": NOWHERE,
        "person.end-relationship": NOWHERE,
        "person.give-consent": NOWHERE,
        "person.merge": NOWHERE,
        "person.part": NOWHERE,
        "person.register": NOWHERE,
        "person.state-access-needs": NOWHERE,
        "person.state-contact-preference": NOWHERE,
        "person.withdraw-consent": NOWHERE,
        "place.await-employer": NOWHERE,
        "place.confirm-employer-release": NOWHERE,
        "place.give-back": NOWHERE,
        "place.give-up": FALLEN,
        "place.note-employer-silent": NOWHERE,
        "place.note-release-lost": NOWHERE,
        "place.remind-employer": NOWHERE,
        "project.agree-host": TO_THE_END,
        "project.amend": LED,
        "project.approve": LED,
        "project.complete": TO_THE_END,
        "project.hand-on": LED | FALLEN | {PairingIsPaused, PairingIsHeld},
        "project.propose": TO_THE_END,
        "project.request-changes": TO_THE_END,
        "project.revise": LED,
        "project.stop": TO_THE_END,
        "project.stop-with-cohort": WITH_IT,
        "project.take-up-again": LED | {ProjectIsOver, PairingIsOver},
        "reflection.share": TO_THE_END,
        "reflection.submit": TO_THE_END,
        "reflection.withdraw": EVER,
        "reserve.close": TO_THE_END,
        "reserve.list-again": NOWHERE,
        "reserve.promote": NOWHERE,
        "reserve.reorder": NOWHERE,
        "role.grant": TO_THE_END,
        "role.make-coordinator": NOWHERE,
        "role.withdraw": EVER,
        "rules.propose": NOWHERE,
        "rules.sign": NOWHERE,
        "rules.take-back": NOWHERE,
        "workshop.amend": TO_THE_END,
        "workshop.book": NOWHERE,
        "workshop.book-as-pair": NOWHERE,
        "workshop.cancel": NOWHERE,
        "workshop.cancel-booking": FALLEN,
        "workshop.cancel-with-cohort": WITH_IT,
        "workshop.change-capacity": NOWHERE,
        "workshop.close-register": TO_THE_END,
        "workshop.correct-attendance": TO_THE_END,
        "workshop.join-waiting-list": NOWHERE,
        "workshop.lapse-held-place": TO_THE_END,
        "workshop.make-up": TO_THE_END,
        "workshop.mark-register-overdue": TO_THE_END,
        "workshop.offer-held-places": NOWHERE,
        "workshop.offer-kept-places": NOWHERE,
        "workshop.offer-to-each": FALLEN | WHOEVER_LEADS,
        "workshop.record-attendance": TO_THE_END,
        "workshop.reinstate": frozenset({WorkshopIsCancelled}),
        "workshop.release-bookings": EVER | FALLEN,
        "workshop.remind": NOWHERE,
        "workshop.reopen-register": TO_THE_END,
        "workshop.reschedule": NOWHERE,
        "workshop.schedule": NOWHERE,
        "workshop.take-back-make-up": TO_THE_END,
        "workshop.take-held-place": FALLEN | WHOEVER_LEADS,
    }
)
"""By each command the states in which it goes on all the same, or says itself what stands in the
way.
"""

STILL_SAID: Final[Mapping[str, frozenset[State]]] = MappingProxyType(
    {
        "application.amended": NOWHERE,
        "application.declined": TO_THE_END,
        "application.eligibility-failed": TO_THE_END,
        "application.reinstated": NOWHERE,
        "application.submitted": TO_THE_END,
        "application.withdrawn": TO_THE_END,
        "assessment.application-amended": NOWHERE,
        "assessment.applies-themselves": TO_THE_END,
        "assessment.assigned": TO_THE_END,
        "assessment.cohort-cancelled": EVER,
        "cohort.cancelled": EVER,
        "cohort.extension-granted": TO_THE_END,
        "cohort.extension-withdrawn": NOWHERE,
        "cohort.plan-amended": NOWHERE,
        "contact.agreed": EVER,
        "contact.asked": TO_THE_END,
        "contact.cohort-cancelled": EVER,
        "contact.declined": EVER,
        "continuation.check-in-": TO_THE_END,
        "decision.corrected": TO_THE_END,
        "identity.tied": EVER,
        "identity.untied": EVER,
        "interest.cohort-cancelled": EVER,
        "interest.expressed": EVER,
        "interest.invited-to-apply": NOWHERE,
        "matching.left-unpaired": TO_THE_END,
        "milestone.dropped": TO_THE_END,
        "milestone.due-soon": TO_THE_END,
        "milestone.missed": TO_THE_END,
        "milestone.overdue": TO_THE_END,
        "milestone.reported": TO_THE_END,
        "milestone.returned": TO_THE_END,
        "milestone.unconfirmed": TO_THE_END,
        "offer.day-changed": TO_THE_END,
        "offer.lapsed": TO_THE_END,
        "offer.made": NOWHERE,
        "offer.reopened": TO_THE_END,
        "offer.withdrawn": TO_THE_END,
        "pairing.activated": TO_THE_END,
        "pairing.completed": TO_THE_END,
        "pairing.declined": TO_THE_END,
        "pairing.ended": TO_THE_END,
        "pairing.held": TO_THE_END,
        "pairing.lapsed": TO_THE_END,
        "pairing.partner-wished-again": EVER,
        "pairing.proposal-extended": NOWHERE,
        "pairing.proposed": NOWHERE,
        "pairing.resumed": TO_THE_END,
        "pairing.step-taken-back": TO_THE_END,
        "pairing.taken-back": TO_THE_END,
        "pairing.you-declined": TO_THE_END,
        "person.details-changed": EVER,
        "person.details-changed-formerly": EVER,
        "person.merged": EVER,
        "person.parted": EVER,
        "person.parted-again": EVER,
        "place.confirmed": TO_THE_END,
        "place.employer-awaited": NOWHERE,
        "place.employer-release-lost": NOWHERE,
        "place.employer-reminder-due": NOWHERE,
        "place.employer-silent": NOWHERE,
        "place.given-back": TO_THE_END,
        "project.amended": TO_THE_END,
        "project.approved": TO_THE_END,
        "project.changes-requested": TO_THE_END,
        "project.completed": TO_THE_END,
        "project.handed-on": TO_THE_END,
        "project.stopped": TO_THE_END,
        "project.taken-up-again": TO_THE_END,
        "reserve.ended": TO_THE_END,
        "reserve.listed": TO_THE_END,
        "reserve.reordered": TO_THE_END,
        "role.glass-broken": EVER,
        "training.completed": TO_THE_END,
        "training.reopened": TO_THE_END,
        "workshop.amended": TO_THE_END,
        "workshop.booked": TO_THE_END,
        "workshop.booking-cancelled": TO_THE_END,
        "workshop.cancelled": TO_THE_END,
        "workshop.held-place-lapsed": TO_THE_END,
        "workshop.missed": TO_THE_END,
        "workshop.place-held": NOWHERE,
        "workshop.register-reopened": TO_THE_END,
        "workshop.reinstated": NOWHERE,
        "workshop.reminder": NOWHERE,
        "workshop.rescheduled": TO_THE_END,
        "workshop.waiting-list-joined": TO_THE_END,
    }
)
"""By each notice the states of its cohort in which it is still sent; of a check-in without its
months, which the rules choose.
"""


def is_still_said(template: str, state: State | None) -> bool:
    """Whether a notice is sent while its cohort stands still; `state` is None if it does not."""
    return state is None or state in STILL_SAID[template.rstrip("0123456789")]
