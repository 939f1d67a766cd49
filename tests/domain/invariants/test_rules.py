"""What must hold of the programme's rules: each invariant has a history that breaks it."""

from datetime import date, datetime, timedelta
from typing import Any

from events.cohorts import CohortPlanned, DecisionsReleased
from events.event import Event
from events.ids import FIRST_RULES, PROGRAMME, PersonId
from events.offers import EmployerAwaited, OfferDayChanged, OfferMade
from events.pairings import PairingCompleted, PairingProposed, ProposalExtended
from events.projects import MilestonePlanned
from events.roles import RoleWithdrawn
from events.rules import RulesAdopted, RulesSigned, RulesTakenBack
from events.terms import Role, Side
from events.workshops import (
    BY_THE_RULES,
    RegisterReopened,
    WaitingListOffered,
    WorkshopReminderDue,
    WorkshopScheduled,
)
from tests.scenes.cast import ADA, AUTUMN, BEN, HEALTHCARE, PATIENT, planned
from tests.scenes.contacts import LAST_DAY, kept
from tests.scenes.given import NOON
from tests.scenes.judged import Told, breaks, judged, told
from tests.scenes.pairs import completed
from tests.scenes.pairs import proposed as asked
from tests.scenes.programme_rules import NEW, adopted, proposed
from tests.scenes.projects import LISTEN, LISTEN_BY, step
from tests.scenes.selection import SARA, WYN, accepted, awaited, co_chairs, offer
from tests.scenes.training import SKILLS_AT, SKILLS_DAY, booking, skills_day

MINE: dict[str, Any] = {"rules_id": NEW, "programme_id": PROGRAMME}
DAY = timedelta(days=1)


def signs(who: PersonId, side: Side, by: PersonId | None = None) -> Told:
    return told(RulesSigned(**MINE, side=side, signed_by=who), by=by or who, role="co-chair")


BOTH = (signs(WYN, PATIENT), signs(SARA, HEALTHCARE))
ADOPTED = told(RulesAdopted(**MINE), by=SARA, role="co-chair")
BACK = RulesTakenBack(**MINE, reason="rules.not-agreed")


def before(*facts: object, **numbers: Any) -> list[object]:
    return [*co_chairs(), proposed(**numbers), *facts]


def test_rules_are_adopted_by_two_co_chairs_one_of_each_side() -> None:
    name = "rules.adopted-by-both-sides"
    assert judged([*before(*BOTH), ADOPTED]).of(name) == []
    breaks(name, before(), ADOPTED)
    breaks(name, before(BOTH[0]), ADOPTED)
    breaks(name, before(), signs(WYN, PATIENT, by=SARA))
    breaks(name, before(), signs(WYN, HEALTHCARE))
    breaks(name, before(*BOTH, BACK), ADOPTED)
    breaks(name, before(*BOTH, ADOPTED), ADOPTED)
    gone = RoleWithdrawn(
        person_id=WYN, programme_id=PROGRAMME, role=Role.CO_CHAIR, reason="role.left"
    )
    breaks(name, before(*BOTH, gone), ADOPTED)


def test_rules_are_known_before_they_are_in_force() -> None:
    name = "rules.known-before-in-force"
    soon = proposed(NOON.date() + 6 * DAY)
    breaks(name, [*co_chairs(), soon, *BOTH], ADOPTED)
    in_time = proposed(NOON.date() + 7 * DAY)
    history = [*co_chairs(), in_time, *BOTH, ADOPTED]
    assert judged(history).of(name) == []
    assert judged([*history, BACK]).of(name) == []
    breaks(name, history, told(BACK, at=NOON + 7 * DAY, by=WYN, role="co-chair"))
    breaks(name, [], told(BACK))


def by(rules: str | None, *facts: Event, at: datetime = NOON) -> Told:
    return told(*facts, rules=rules, at=at)


def under_new(**numbers: Any) -> list[object]:
    """New rules are in force, and nothing else has happened."""
    facts = [*co_chairs(), *adopted(NOON.date(), **numbers)]
    return [by(FIRST_RULES, one, at=NOON - 10 * DAY) for one in facts]


def plan(**other: Any) -> CohortPlanned:
    return CohortPlanned.model_validate({**planned().model_dump(), **other})


def test_what_is_decided_names_the_rules_in_force() -> None:
    name = "rules.named-and-in-force"
    assert judged([by(FIRST_RULES, planned())]).of(name) == []
    breaks(name, [], by(None, planned()))
    breaks(name, [], by(NEW, planned()))
    breaks(name, co_chairs(), by(NEW, WorkshopReminderDue(
        workshop_id=SKILLS_DAY, cohort_id=AUTUMN, person_id=ADA)))  # fmt: skip
    back = by(FIRST_RULES, BACK, at=NOON - 9 * DAY)
    breaks(name, [*under_new(), back], by(NEW, plan(rules_id=NEW)))
    breaks(name, under_new(), by(FIRST_RULES, planned()))
    new = by(NEW, plan(rules_id=NEW))
    assert judged([*under_new(), new]).of(name) == []


def test_what_is_of_a_cohort_names_the_rules_of_its_plan() -> None:
    name = "rules.named-and-in-force"
    released = DecisionsReleased(cohort_id=AUTUMN)
    history = [by(FIRST_RULES, planned(), at=NOON - 11 * DAY), *under_new()]
    breaks(name, history, by(NEW, released))
    assert judged([*history, by(FIRST_RULES, released)]).of(name) == []


def test_numbers_are_as_the_rules_say() -> None:
    name = "rules.as-they-say"
    narrow = {"usual": 10, "least": 7, "most": 14}
    rules = under_new(
        accept_within_days=narrow,
        places_per_side=8,
        proposal_days=14,
        held_place_days=3,
        workshop_reminder_days=5,
        milestone_reminder_days=10,
        check_in_months=(1,),
        register_days=9,
        register_reminder_days=2,
        kept_place_days=4,
        doors_open_hours=1,
        employer_days=30,
        employer_reminder_days=5,
        offer_reminder_days=4,
        proposal_reminder_days=4,
        contact_days=5,
        proposal_days_at_most=20,
    )
    yes = by(NEW, accepted(BEN, HEALTHCARE))
    for wrong in (
        plan(rules_id=NEW, places_per_side=9),
        plan(rules_id=NEW, places_per_side=8, accept_within_days=6),
        plan(rules_id=FIRST_RULES, places_per_side=8),
        asked(ADA, BEN),
        skills_day(),
        step(LISTEN, LISTEN_BY),
        WaitingListOffered(
            workshop_id=SKILLS_DAY, cohort_id=AUTUMN, person_id=ADA, until=NOON + 2 * DAY
        ),
        next(one for one in completed() if isinstance(one, PairingCompleted)),
        *(
            time_of_skills_day(**{field: skills_day().model_dump()[field]})
            for field in BY_THE_RULES
        ),
        reopened(NOON.date() + 3 * DAY),
        longer(NOON.date() + 22 * DAY),
        asked_until(14, 11),
        offered_until(14, 11),
        OfferDayChanged.model_validate(
            {**offered_until(14, 11).model_dump(), "reason": "offer.more-time"}
        ),
    ):
        breaks(name, rules, by(NEW, wrong))
    breaks(name, rules, by(NEW, kept(until=LAST_DAY)), sealed=False)
    for late in (employer(21, 16), employer(30, 23)):
        breaks(name, [*rules, yes], by(NEW, late))
    for right in (
        plan(rules_id=NEW, places_per_side=8),
        asked_until(14, 10),
        asked_until(14, 10).model_copy(update={"remind_on": None}),
        offered_until(14, 10),
        time_of_skills_day(),
        reopened(NOON.date() + 9 * DAY),
        longer(NOON.date() + 20 * DAY),
        kept(until=NOON.date() + 3 * DAY).model_copy(update={"answer_by": NOON.date() + 3 * DAY}),
        employer(9, 4),
        MilestonePlanned.model_validate(
            {**step(LISTEN, LISTEN_BY).model_dump(), "remind_on": LISTEN_BY - 10 * DAY}
        ),
        WaitingListOffered(
            workshop_id=SKILLS_DAY, cohort_id=AUTUMN, person_id=ADA, until=NOON + 3 * DAY
        ),
    ):
        assert judged([*rules, by(NEW, right)]).of(name) == []
    assert judged([*rules, yes, by(NEW, employer(30, 25))]).of(name) == []


def time_of_skills_day(**other: Any) -> WorkshopScheduled:
    """As the rules say that are tried here, but for some of it."""
    right = {
        "remind_on": SKILLS_AT.date() - 5 * DAY,
        "kept_until": SKILLS_AT - 4 * DAY,
        "doors_open_at": SKILLS_AT - timedelta(hours=1),
        "close_by": SKILLS_AT.date() + 9 * DAY,
        "register_remind_on": SKILLS_AT.date() + 7 * DAY,
    }
    return skills_day().model_copy(update={**right, **other})


def reopened(close_by: date) -> RegisterReopened:
    this = {"workshop_id": SKILLS_DAY, "cohort_id": AUTUMN, "reason": "attendance.other-reason"}
    return RegisterReopened.model_validate({**this, "close_by": close_by})


def longer(accept_by: date) -> ProposalExtended:
    days = {"accept_by": accept_by, "remind_on": accept_by - 4 * DAY}
    return ProposalExtended.model_validate({**asked(ADA, BEN).model_dump(), **days})


def asked_until(days: int, reminded: int) -> PairingProposed:
    update = {"accept_by": NOON.date() + days * DAY, "remind_on": NOON.date() + reminded * DAY}
    return asked(ADA, BEN).model_copy(update=update)


def offered_until(days: int, reminded: int) -> OfferMade:
    update = {"remind_on": NOON.date() + reminded * DAY}
    return offer(ADA, PATIENT, NOON.date() + days * DAY).model_copy(update=update)


def employer(days: int, reminded: int) -> EmployerAwaited:
    update = {"remind_on": NOON.date() + reminded * DAY}
    return awaited(BEN, NOON.date() + days * DAY).model_copy(update=update)


def test_nobody_is_reminded_of_a_workshop_before_its_day_for_it() -> None:
    name = "workshops.reminded-in-time"
    reminder = WorkshopReminderDue(workshop_id=SKILLS_DAY, cohort_id=AUTUMN, person_id=ADA)
    booked = [skills_day(), booking(ADA)]
    breaks(name, booked, told(reminder, at=SKILLS_AT - 4 * DAY))
    assert judged([*booked, told(reminder, at=SKILLS_AT - 3 * DAY)]).of(name) == []
