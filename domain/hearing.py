"""Who hears of what: of every fact who does, or why nobody.

Whom messages go to stands with the rules that word them (`@tells(…, to=…)`), and whose task of the
team begins with a fact in the table of what waits (events/what_waits.py); both are read there. Here
stands why nobody hears of a fact, where nobody does. A fact that stands in none of them fails a
test, as does one of which somebody hears although it says that nobody does.
"""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from domain import catalogue
from domain.notice import Hearer
from domain.roles.notices import OF_A_COHORT
from events.event import Event
from events.terms import Role
from events.what_waits import CONCERNED

ROLES: Final[Mapping[Hearer, frozenset[Role]]] = MappingProxyType(
    {
        Hearer.PERSON: frozenset({Role.APPLICANT, Role.PARTICIPANT}),
        Hearer.PARTNERS: frozenset({Role.PARTICIPANT}),
        Hearer.PARTNER: frozenset({Role.PARTICIPANT}),
        Hearer.SILENT: frozenset({Role.PARTICIPANT}),
        Hearer.COHORT: frozenset({Role.APPLICANT, Role.PARTICIPANT}),
        Hearer.MEMBERS: frozenset({Role.PARTICIPANT}),
        Hearer.INVITED: frozenset({Role.APPLICANT}),
        Hearer.LISTED: frozenset({Role.PARTICIPANT}),
        Hearer.ABSENT: frozenset({Role.PARTICIPANT}),
        Hearer.NAMING: frozenset({Role.APPLICANT, Role.PARTICIPANT}),
        Hearer.ASSESSORS: frozenset({Role.ASSESSOR}),
        Hearer.HOLDING_THE_REGISTER: frozenset({Role.FACILITATOR, Role.COORDINATOR}),
        Hearer.CO_CHAIRS: frozenset({Role.CO_CHAIR}),
        Hearer.COORDINATORS: frozenset({Role.COORDINATOR}),
        Hearer.OFFICERS: OF_A_COHORT,
        Hearer.LINE_MANAGERS: frozenset({Role.COORDINATOR}),
        Hearer.HOSTS: frozenset({Role.COORDINATOR, Role.HOST}),
        Hearer.CONTACTS: frozenset({Role.COORDINATOR}),
        Hearer.TOLD: frozenset(),
    }
)
"""In which role each of them answers what a message asks. A contact comes in nowhere: what they say
on the telephone or write, a coordinator notes down.
"""

OF_THE_TEAM: Final[Mapping[Role, Hearer]] = MappingProxyType(
    {
        Role.COORDINATOR: Hearer.COORDINATORS,
        Role.CO_CHAIR: Hearer.CO_CHAIRS,
        Role.FACILITATOR: Hearer.HOLDING_THE_REGISTER,
    }
)
"""As what those hear of a fact whose task begins with it (events/what_waits.py)."""

UNTIL_THE_RELEASE: Final = "Nobody is told anything of the panel's work before the release."
AS_ASKED: Final = "They have said so themselves; there is nothing more to tell."
LISTED: Final = "The cohort's board, or the queue of applications, shows what waits after it."
OF_THE_PANEL: Final = "It is the panel's alone; the queue of applications shows it to them."
FOLLOWS: Final = "They hear of what follows from it, in one message and not in two."
NOBODY: Final[Mapping[str, str]] = MappingProxyType(
    {
        "application.eligibility-confirmed": LISTED,
        "application.started": "They are writing it; they hear once it is handed in.",
        "assessment.acted": "It covers what the panel does; each of that has a row of its own.",
        "assessment.amended": UNTIL_THE_RELEASE,
        "assessment.assessor-appointed": "They were asked before; they hear of each application.",
        "assessment.assessor-stood-down": OF_THE_PANEL,
        "assessment.awaited": "It is for the clock: whoever is awaited hears with the application.",
        "assessment.conflict-declared": OF_THE_PANEL,
        "assessment.correction-signed": OF_THE_PANEL,
        "assessment.decision-changed": OF_THE_PANEL,
        "assessment.decision-in-doubt": OF_THE_PANEL,
        "assessment.decision-made": OF_THE_PANEL,
        "assessment.decision-reopened": OF_THE_PANEL,
        "assessment.moderation-held": UNTIL_THE_RELEASE,
        "assessment.nothing": "It tells nothing.",
        "assessment.submitted": UNTIL_THE_RELEASE,
        "cohort.applications-closed": LISTED,
        "cohort.applications-opened": "Each who is interested is invited, and hears by that.",
        "cohort.completed": "Each pair hears as it completes; there is nothing to do.",
        "cohort.completion-taken-back": "It puts right a slip of which nobody was told.",
        "cohort.decisions-released": "All hear what was decided on them, in the same moment.",
        "cohort.planned": "Nobody applies for it yet; who is interested is invited.",
        "cohort.start-taken-back": "It puts right a slip of which nobody was told.",
        "cohort.started": "Everybody knows the day from the message about their place.",
        "concerns.head-noted": "It is noted at the same hours whatever happens, and says nothing.",
        "contact.ended": "Nothing is kept of them from here on, so nobody can be written to.",
        "contact.named": "They are asked in the same moment whether they agree.",
        "contact.stated": "It covers that somebody was named, which has a row of its own.",
        "continuation.reported": "Their answer is theirs: the partner does not see it.",
        "import.begun": "Each of its people hears of their own application.",
        "import.ended": "Each of its people hears of their own application.",
        "import.taken-back": "Each whose application goes with it hears of that.",
        "interest.withdrawn": "They wish to hear nothing more.",
        "matching.pair-allowed": "Whom the team keeps apart, and no more, is told to nobody.",
        "matching.pair-forbidden": "Whom the team keeps apart is told to nobody.",
        "matching.pair-locked": "The two hear once they are asked to lead together.",
        "matching.pair-unlocked": "Nobody had heard that the two were locked.",
        "matching.run-asked": LISTED,
        "matching.run-discarded": "It was a plan on paper, of which nobody had heard.",
        "matching.run-given-up": LISTED,
        "matching.run-made": LISTED,
        "matching.run-published": "Each hears of their own pair, or that they have none yet.",
        "milestone.planned": "The two plan it together; they are reminded before its day.",
        "milestone.renamed": "The two name it; each later message has the new title.",
        "notice.done": "The list of messages shows it to whoever works from it.",
        "notice.settled": "Nobody has to do anything about it any more.",
        "notice.to-send-again": "Whom it is for gets the message itself.",
        "offer.accepted": FOLLOWS,
        "pairing.accepted": "They hear once both have said yes, so that nobody feels pressed.",
        "pairing.partner-replaced": "The two were introduced as they both said yes.",
        "pairing.person-held-out": "Who leads with them hears that they wait; nobody hears why.",
        "pairing.person-let-in": "Nobody was told that they were held out.",
        "person.access-needs-stated": AS_ASKED,
        "person.consent-given": AS_ASKED,
        "person.contact-preference-stated": "The next message comes as they wish.",
        "person.erased": "Nothing is known of them any more, so nobody can be written to.",
        "person.registered": "They hear of what they came for.",
        "person.relationship-declared": "What is between two people is told to neither.",
        "person.relationship-ended": "What was between two people is told to neither.",
        "person.stated": "It covers what is private; each of that has a row of its own.",
        "place.employer-release-confirmed": FOLLOWS,
        "reflection.submitted": "It is theirs alone until they share it.",
        "reflection.withdrawn": "It is theirs; whoever could read it can't any more.",
        "reserve.closed": "Each who waited hears that the list is closed.",
        "reserve.opened": "Each who waits heard their turn; a place is offered to them.",
        "reserve.promoted": "They hear of the offer that comes with it.",
        "role.granted": "Whoever grants it has asked them before.",
        "rules.adopted": "Both sides have signed; they are in force from their day on.",
        "rules.signed": "The list of the rules shows whose signature is missing.",
        "rules.taken-back": "They were never in force; the record shows why not.",
        "task.done": "The list of tasks shows it to whoever works from it.",
        "task.handed-on": "The list of tasks shows whose it is now.",
        "task.reopened": "It stands on the list of tasks again.",
        "task.taken": "The list of tasks shows whose it is.",
        "trouble.settled": "Nobody has to do anything about it any more.",
        "workshop.attended": "They were there.",
        "workshop.capacity-changed": "Whoever waits hears if a place comes free by it.",
        "workshop.held": "Who was there knows it, and who was not hears that we missed them.",
        "workshop.made-up": "They did it with one of us; the end of the training is told.",
    }
)
"""Why nobody hears of a fact."""


def hearers(fact: type[Event]) -> tuple[Hearer, ...]:
    """As what people hear of a fact: by messages first, then by the task that it makes."""
    told = (one for rule in catalogue.NOTICES.get(fact, ()) for one in vars(rule)["to"])
    team = (OF_THE_TEAM[need.owner] for need in CONCERNED.get(fact, ()) if fact in need.made)
    return tuple(dict.fromkeys((*told, *team)))
