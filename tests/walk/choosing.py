"""What people mean to do until they have a place."""

from datetime import datetime, timedelta
from typing import Any, Final

from events.applications import (
    ApplicationStarted,
    ApplicationSubmitted,
    ApplicationWithdrawn,
    EligibilityFailed,
)
from events.assessments import (
    AssessorAppointed,
)
from events.calendar import at, start_of
from events.cohorts import (
    ApplicationsClosed,
    ApplicationsOpened,
    CohortCancelled,
    CohortPlanned,
    DecisionsReleased,
)
from events.ids import CohortId, PersonId
from events.interest import InterestExpressed, InvitedToApply
from events.offers import (
    ApplicationDeclined,
    EmployerAwaited,
    EmployerReleaseLost,
    EmployerSilent,
    OfferAccepted,
    OfferDeclined,
    OfferLapsed,
    OfferMade,
    OfferWithdrawn,
    PlaceConfirmed,
    PlaceGivenUp,
    ReserveListed,
)
from events.people import ConsentGiven, PersonRegistered, RelationshipDeclared
from events.roles import RoleGranted, RoleWithdrawn
from events.rules import RulesAdopted, RulesProposed
from events.terms import Role, Side
from tests.walk.assessing import corrects
from tests.walk.lives import Lives, after, told
from tests.walk.team import CHAIRS, FIRST, GRANTED, TEAM

STAFF: Final = 5
"""How many of those who registered first are there to assess."""


@after(CohortPlanned)
def planned(life: Lives, fact: CohortPlanned) -> None:
    life.plans[fact.cohort_id] = life.choosing[fact.cohort_id] = fact
    opens = start_of(fact.opens_on) + timedelta(hours=life.chance.randint(-2, 9))
    life.at(opens, "cohort.open-applications", {"cohort_id": fact.cohort_id})
    if life.chance.random() < 0.5:
        kept = {"programme_id", "rules_id"}
        life.at(opens, "cohort.plan", fact.model_dump(mode="json", exclude=kept))
    for number, who in enumerate(life.staff[:STAFF]):
        data = {"cohort_id": fact.cohort_id, "assessor_id": who, "lay": number % 2 == 0}
        life.will(0.93, 0.3, "assessment.appoint-assessor", **data)
    life.will(0.03, 60, "cohort.cancel", cohort_id=fact.cohort_id)
    life.will(0.4, 9, "rules.propose")


@after(ApplicationsOpened)
def opened(life: Lives, fact: ApplicationsOpened) -> None:
    plan = life.plans[fact.cohort_id]
    life.open[fact.cohort_id] = None
    for _ in range(STAFF - len(life.staff)):
        life.will(1, 0.1, "person.register")
    for side in Side:
        for _ in range(life.chance.randint(3, 5)):
            who = life.registered[STAFF:]
            if who and life.chance.random() < 0.35:
                applies(life, life.chance.choice(who[-30:]), plan, side)
            else:
                life.will(1, 1, "person.register")
                life.recruits.append((fact.cohort_id, side))
    life.will(0.3, 8, "cohort.grant-extension", cohort_id=fact.cohort_id)
    released = at(plan.decisions_on, 10)
    sign(life, fact.cohort_id, released - timedelta(hours=20))
    life.at(released, "cohort.release-decisions", {"cohort_id": fact.cohort_id})


def sign(life: Lives, cohort_id: CohortId, moment: datetime) -> None:
    """Most of the time both co-chairs do; now and then somebody who may not."""
    for side in Side:
        if life.chance.random() < 0.9:
            this = {"cohort_id": cohort_id, "side": side}
            hours = timedelta(hours=18 * life.chance.random())
            life.at(moment + hours, "cohort.sign-release", this, role=Role.CO_CHAIR)


@told("release.not-signed-by-both")
@told("release.signed-otherwise")
def not_signed(life: Lives, given: dict[str, Any]) -> None:
    """They are asked again."""
    if cohort_id := given.get("cohort_id"):
        sign(life, cohort_id, life.now())


@after(DecisionsReleased, CohortCancelled)
def chosen(life: Lives, fact: DecisionsReleased | CohortCancelled) -> None:
    life.choosing.pop(fact.cohort_id, None)
    life.open.pop(fact.cohort_id, None)


@after(ApplicationsClosed)
def closed(life: Lives, fact: ApplicationsClosed) -> None:
    life.open.pop(fact.cohort_id, None)
    life.will(0.1, 3, "cohort.release-decisions", cohort_id=fact.cohort_id)


@after(PersonRegistered)
def registered(life: Lives, fact: PersonRegistered) -> None:
    me = fact.person_id
    if me in TEAM:
        return
    life.registered.append(me)
    if len(life.staff) < STAFF:
        life.staff.append(me)
        for cohort_id in life.plans:
            mine = {"cohort_id": cohort_id, "assessor_id": me, "lay": len(life.staff) % 2 == 1}
            life.will(1, 1, "assessment.appoint-assessor", **mine)
        return
    life.will(0.97, 0.2, "person.give-consent", by=me, person_id=me, purpose="programme")
    life.will(0.2, 3, "interest.express", by=me, person_id=me)
    life.will(0.3, 5, "person.state-contact-preference", by=me, person_id=me)
    life.will(0.1, 30, "person.state-access-needs", by=me, person_id=me)
    life.will(0.05, 50, "person.withdraw-consent", by=me, person_id=me)
    life.will(0.04, 90, "person.withdraw-consent", by=me, person_id=me, purpose="programme")
    life.will(0.1, 40, "person.change-details", by=me, person_id=me)
    life.will(0.2, 40, "person.declare-relationship", by=me, person_id=me)
    life.will(0.08, 10, "person.declare-relationship", by=me, person_id=me, kind="treats")
    if life.plans:
        cohort = list(life.plans)[-1]
        life.will(0.08, 1, "assessment.appoint-assessor", cohort_id=cohort, assessor_id=me)


@after(RoleGranted)
def in_office(life: Lives, fact: RoleGranted) -> None:
    """Now and then somebody steps down."""
    mine = {"person_id": fact.person_id, "role": fact.role, "cohort_id": fact.cohort_id}
    life.will(0.1, 60, "role.withdraw", **mine)


@after(RulesProposed)
def to_be_signed(life: Lives, fact: RulesProposed) -> None:
    """Both sides sign; now and then they do not mean to."""
    this = {"rules_id": fact.rules_id}
    for side, who in CHAIRS.items():
        life.will(0.9, 1, "rules.sign", by=who, role=Role.CO_CHAIR, side=side, **this)
    life.will(0.1, 3, "rules.take-back", **this)
    life.will(0.1, 20, "rules.propose")


@after(RulesAdopted)
def to_be_in_force(life: Lives, fact: RulesAdopted) -> None:
    chair = CHAIRS[life.chance.choice(tuple(Side))]
    this = {"rules_id": fact.rules_id}
    life.will(0.2, 12, "rules.take-back", by=chair, role=Role.CO_CHAIR, **this)


@after(RoleWithdrawn)
def out_of_office(life: Lives, fact: RoleWithdrawn) -> None:
    """Whoever of the team stepped down is soon asked back."""
    if fact.role is Role.ASSESSOR and fact.cohort_id:
        life.assessors[fact.cohort_id].pop(fact.person_id, None)
    for who, what in (*GRANTED, (FIRST, {"role": Role.COORDINATOR})):
        if (who, what["role"], None) == (fact.person_id, fact.role, fact.cohort_id):
            always = {"cohort_id": None, "starts_on": None, "ends_on": None}
            life.will(1, 2, "role.grant", person_id=who, **what, **always)


@after(RelationshipDeclared)
def related(life: Lives, fact: RelationshipDeclared) -> None:
    both = {"person_id": fact.other_id, "other_id": fact.person_id}
    life.will(0.3, 3, "person.declare-relationship", by=fact.other_id, **both)
    life.will(0.1, 2, "pairing.hold-out", person_id=fact.other_id)
    life.will(0.15, 20, "pairing.let-in", person_id=fact.other_id)
    tie = {"person_id": fact.person_id, "other_id": fact.other_id, "kind": fact.kind}
    life.will(0.2, 40, "person.end-relationship", by=fact.person_id, **tie)
    life.will(0.1, 40, "person.end-relationship", **tie)


@after(InterestExpressed)
def interested(life: Lives, fact: InterestExpressed) -> None:
    life.will(0.5, 2, "interest.invite", person_id=fact.person_id)
    life.will(0.2, 20, "interest.withdraw", by=fact.person_id, person_id=fact.person_id)


@after(InvitedToApply)
def invited(life: Lives, fact: InvitedToApply) -> None:
    if fact.cohort_id in life.open:
        side = life.chance.choice(tuple(Side))
        applies(life, fact.person_id, life.plans[fact.cohort_id], side)


@after(ConsentGiven)
def agreed(life: Lives, fact: ConsentGiven) -> None:
    if life.recruits and fact.person_id not in life.staff:
        cohort_id, side = life.recruits.pop(0)
        applies(life, fact.person_id, life.plans[cohort_id], side)
    if life.open and life.chance.random() < 0.1:
        another = life.plans[life.chance.choice(list(life.open))]
        applies(life, fact.person_id, another, life.chance.choice(tuple(Side)))


def applies(life: Lives, who: PersonId, plan: CohortPlanned, side: Side) -> None:
    whose = {"cohort_id": plan.cohort_id, "person_id": who, "side": side}
    life.will(0.3, 1, "application.start", by=who, **whose)
    life.will(0.95, 2, "application.submit", by=who, **whose)


@after(ApplicationStarted)
def begun(life: Lives, fact: ApplicationStarted) -> None:
    whose = {"cohort_id": fact.cohort_id, "person_id": fact.person_id, "side": fact.side}
    life.will(0.5, 1, "application.submit", by=fact.person_id, **whose)
    life.will(0.03, 1, "application.confirm-eligibility", application_id=fact.application_id)


@after(ApplicationSubmitted)
def handed_in(life: Lives, fact: ApplicationSubmitted) -> None:
    this = {"application_id": fact.application_id}
    life.will(0.04, 30, "application.withdraw", by=fact.person_id, **this)
    whose = {"cohort_id": fact.cohort_id, "person_id": fact.person_id, "side": fact.side}
    life.will(0.15, 5, "application.submit", by=fact.person_id, **whose)


@after(EligibilityFailed)
def not_eligible(life: Lives, fact: EligibilityFailed) -> None:
    life.will(0.5, 1, "person.give-consent", by=fact.person_id, person_id=fact.person_id)
    plan = life.plans.get(fact.cohort_id)
    if plan and life.chance.random() < 0.6:
        applies(life, fact.person_id, plan, fact.side)


@after(ApplicationWithdrawn)
def withdrawn(life: Lives, fact: ApplicationWithdrawn) -> None:
    life.cases.pop(fact.application_id, None)
    life.will(0.35, 10, "application.reinstate", application_id=fact.application_id)
    life.will(0.2, 14, "reserve.list-again", application_id=fact.application_id)
    plan = life.plans.get(fact.cohort_id)
    if plan and life.chance.random() < 0.2:
        applies(life, fact.person_id, plan, fact.side)


@after(AssessorAppointed)
def appointed(life: Lives, fact: AssessorAppointed) -> None:
    life.assessors[fact.cohort_id][fact.assessor_id] = fact.lay
    if (plan := life.plans.get(fact.cohort_id)) and life.chance.random() < 0.02:
        applies(life, fact.assessor_id, plan, life.chance.choice(tuple(Side)))


@after(OfferMade)
def offered(life: Lives, fact: OfferMade) -> None:
    this = {"application_id": fact.application_id}
    me = fact.person_id
    days = max(1, (fact.accept_by - life.now().date()).days)
    life.will(0.88, days * 0.7, "offer.accept", by=me, **this)
    life.will(0.06, days, "offer.decline", by=me, **this)
    life.will(0.03, days, "offer.withdraw", **this)
    life.will(0.06, days, "offer.change-day", **this)
    if fact.side is Side.HEALTHCARE_LEADER:
        life.will(0.9, days + 1, "place.confirm-employer-release", **this)


@after(EmployerAwaited, EmployerSilent)
def employer_awaited(life: Lives, fact: EmployerAwaited | EmployerSilent) -> None:
    this = {"application_id": fact.application_id}
    life.will(0.2, 20, "place.await-employer", **this)
    if isinstance(fact, EmployerSilent):
        life.will(0.3, 5, "place.confirm-employer-release", **this)
        life.will(0.3, 5, "offer.withdraw", **this)


@after(EmployerReleaseLost)
def release_lost(life: Lives, fact: EmployerReleaseLost) -> None:
    this = {"application_id": fact.application_id}
    life.will(0.5, 10, "place.confirm-employer-release", **this)
    life.will(0.2, 10, "offer.withdraw", **this)


@after(ApplicationDeclined, OfferWithdrawn)
def without_a_way(life: Lives, fact: ApplicationDeclined | OfferWithdrawn) -> None:
    corrects(life, fact.application_id, 0.1)


@after(OfferLapsed, OfferDeclined, PlaceGivenUp)
def without_a_place(life: Lives, fact: Any) -> None:
    life.will(0.1, 4, "offer.reopen", application_id=fact.application_id)
    mine = {"cohort_id": fact.cohort_id, "person_id": fact.person_id}
    life.will(0.1, 4, "place.give-back", **mine)
    life.will(0.3, 5, "reserve.list-again", application_id=fact.application_id)
    life.will(0.2, 5, "reserve.promote", cohort_id=fact.cohort_id, side=fact.side)
    life.members[fact.cohort_id].pop(fact.person_id, None)


@after(OfferAccepted)
def accepted(life: Lives, fact: OfferAccepted) -> None:
    mine = {"cohort_id": fact.cohort_id, "person_id": fact.person_id}
    life.will(0.04, 20, "place.give-up", by=fact.person_id, **mine)


@after(ReserveListed)
def listed(life: Lives, fact: ReserveListed) -> None:
    life.will(0.3, 5, "reserve.reorder", application_id=fact.application_id)
    corrects(life, fact.application_id, 0.05)


@after(PlaceConfirmed)
def confirmed(life: Lives, fact: PlaceConfirmed) -> None:
    life.members[fact.cohort_id][fact.person_id] = fact.side
    mine = {"cohort_id": fact.cohort_id, "person_id": fact.person_id}
    life.will(0.12, 60, "place.give-up", by=fact.person_id, **mine)
    if fact.side is Side.HEALTHCARE_LEADER:
        life.will(0.12, 60, "place.note-release-lost", application_id=fact.application_id)
