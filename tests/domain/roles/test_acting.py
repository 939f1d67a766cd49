"""By what right somebody acts: what they say of themselves counts for nothing."""

from collections.abc import Iterable
from datetime import date, datetime, timedelta
from typing import Any

import pytest

from domain.applications.applying import StartApplication
from domain.assessments.assessment import SubmitAssessment
from domain.assessments.assessors import AppointAssessor
from domain.cohorts.cohort import OpenApplications, PlanCohort
from domain.decision import Act, NotYourRole, NotYours, Refusal
from domain.identities.first import MakeCoordinator
from domain.identities.tying import UntieIdentity
from domain.matching.runs import ApproveRun
from domain.offers.offer import AcceptOffer
from domain.people.consents import GiveConsent
from domain.people.person import Met, RegisterPerson
from domain.people.ties import DeclareRelationship
from domain.reflections.reflections import SubmitReflection
from domain.roles.acting import (
    ForYourself,
    HowTheyAsked,
    NobodyAsked,
    NotAboutThem,
    NotEarlier,
    RoleIsOver,
    RoleNotBegun,
    RoleNotHeld,
    authorised,
)
from domain.roles.authority import Authority
from domain.roles.granting import GrantRole
from domain.workshops.bookings import BookWorkshop
from domain.workshops.closing import CloseRegister
from events.assessments import AssessorAppointed
from events.event import Event
from events.ids import PersonId
from events.offers import PlaceGivenUp
from events.people import PersonErased
from events.roles import RoleWithdrawn
from events.terms import AskedBy, Outcome, Relationship, Role, Side
from tests.scenes.cast import (
    ADA,
    AUTUMN,
    BEN,
    CLEO,
    HEALTHCARE,
    NOBODY,
    PATIENT,
    SPRING,
    application,
    confirmed,
    opened,
    registered,
)
from tests.scenes.given import NOON, Sharing, command_id
from tests.scenes.team import RUTH, granted, in_office
from tests.scenes.training import SKILLS_DAY as SKILLS
from tests.scenes.training import skills_day

TODAY = date(2024, 9, 16)
DAY = timedelta(days=1)
THERE: list[Event] = [
    *in_office(),
    *opened(),
    *opened(SPRING),
    *confirmed(ADA, PATIENT),
    *confirmed(BEN, HEALTHCARE, SPRING),
    registered(CLEO),
]
OPEN = OpenApplications(cohort_id=AUTUMN)
CONSENT = GiveConsent(person_id=ADA)
ADA_ASKED: Any = {"on_behalf_of": ADA, "asked": AskedBy.TELEPHONE}


def acts(
    command: Any,
    by: str,
    role: Role | None = None,
    *more: Event | Iterable[Event],
    at: datetime = NOON,
    **said: Any,
) -> Act:
    """The act of somebody, after all that happened."""
    facts = [*THERE]
    for one in more:
        facts.extend([one] if isinstance(one, Event) else one)
    act = Act(command_id(), at, by, role, **said)
    know = Sharing(facts)
    return authorised(command, act, know(Authority(act.person)), command.needs(know))


def refused(kind: type[Refusal], *how: Any, **said: Any) -> None:
    with pytest.raises(kind) as found:
        acts(*how, **said)
    assert type(found.value) is kind
    assert found.value.sentence


def test_nobody_acts_in_a_role_that_they_do_not_hold() -> None:
    assert acts(OPEN, RUTH, Role.COORDINATOR).role is Role.COORDINATOR
    for who in (ADA, BEN, CLEO, NOBODY):
        refused(RoleNotHeld, OPEN, who, Role.COORDINATOR)
        refused(RoleNotHeld, OPEN, who)
        refused(NotYourRole, OPEN, who, Role.PARTICIPANT)


def test_a_role_need_not_be_named() -> None:
    assert acts(OPEN, RUTH).role is Role.COORDINATOR
    assert acts(CONSENT, ADA).role is Role.PARTICIPANT
    assert acts(CONSENT, RUTH, **ADA_ASKED).role is Role.COORDINATOR
    assert acts(GiveConsent(person_id=CLEO), CLEO).role is Role.APPLICANT


def test_whoever_holds_several_roles_speaks_for_themselves_in_their_own() -> None:
    also = granted(ADA, Role.COORDINATOR)
    assert acts(CONSENT, ADA, None, also).role is Role.PARTICIPANT
    ben_asked: Any = {**ADA_ASKED, "on_behalf_of": BEN}
    other = acts(GiveConsent(person_id=BEN), ADA, None, also, **ben_asked)
    assert other.role is Role.COORDINATOR
    refused(NobodyAsked, CONSENT, ADA, Role.COORDINATOR, also)


def test_a_role_on_one_cohort_is_none_on_another() -> None:
    here = granted(CLEO, Role.COORDINATOR, SPRING)
    assert acts(OpenApplications(cohort_id=SPRING), CLEO, None, here).role is Role.COORDINATOR
    refused(RoleNotHeld, OPEN, CLEO, None, here)


def test_what_is_about_no_single_cohort_takes_a_role_for_all() -> None:
    here = granted(CLEO, Role.COORDINATOR, SPRING)
    fields = OF_A_PLAN
    refused(RoleNotHeld, PlanCohort.model_validate(fields), CLEO, None, here)
    for_all = GrantRole(person_id=ADA, role=Role.HOST)
    refused(RoleNotHeld, for_all, CLEO, None, here)
    there = GrantRole(person_id=ADA, role=Role.HOST, cohort_id=SPRING)
    assert acts(there, CLEO, None, here).role is Role.COORDINATOR


OF_A_PLAN = {
    "title": "Spring",
    "opens_on": "2024-09-02",
    "closes_on": "2024-10-11",
    "decisions_on": "2024-11-04",
    "starts_on": "2024-11-25",
    "ends_on": "2025-05-30",
    "places_per_side": 10,
    "criteria": [{"code": "interest", "title": "Interest in healthcare"}],
}


def test_what_is_about_a_person_takes_a_role_anywhere() -> None:
    here = granted(CLEO, Role.COORDINATOR, SPRING)
    assert acts(CONSENT, CLEO, None, here, **ADA_ASKED).role is Role.COORDINATOR


def test_the_cohort_is_found_by_what_a_command_names() -> None:
    close = CloseRegister(workshop_id=SKILLS)
    team = granted(CLEO, Role.FACILITATOR, AUTUMN)
    assert acts(close, CLEO, None, team, skills_day()).role is Role.FACILITATOR
    refused(RoleNotHeld, close, CLEO, None, granted(CLEO, Role.FACILITATOR, SPRING), skills_day())
    refused(RoleNotHeld, close, CLEO, None, team)  # nobody knows such a workshop
    assert acts(close, RUTH).role is Role.COORDINATOR


def test_a_role_is_held_from_its_first_day_to_its_last() -> None:
    days = granted(CLEO, Role.COORDINATOR, starts_on=TODAY, ends_on=TODAY + DAY)
    midnight = datetime.fromisoformat("2024-09-16T00:00:00+01:00")
    refused(RoleNotBegun, OPEN, CLEO, None, days, at=midnight - timedelta(seconds=1))
    for at in (midnight, midnight + 2 * DAY - timedelta(seconds=1)):
        assert acts(OPEN, CLEO, None, days, at=at).role is Role.COORDINATOR
    refused(RoleIsOver, OPEN, CLEO, None, days, at=midnight + 2 * DAY)


def test_whoever_says_that_it_was_earlier_is_judged_by_today() -> None:
    """Neither a right that is over, nor one that had not begun then."""
    was = granted(CLEO, Role.COORDINATOR, ends_on=TODAY - DAY)
    said: Any = {"reason": "paper.form", "asked_at": NOON}
    refused(RoleIsOver, OPEN, CLEO, None, was, at=NOON - 3 * DAY, **said)
    now = granted(CLEO, Role.COORDINATOR, starts_on=TODAY)
    assert acts(OPEN, CLEO, None, now, at=NOON - 3 * DAY, **said).role is Role.COORDINATOR


def test_only_some_may_say_that_it_was_earlier() -> None:
    said: Any = {"at": NOON - DAY, "reason": "paper.form", "asked_at": NOON}
    refused(NotEarlier, CONSENT, ADA, **said)
    assert acts(CONSENT, RUTH, **said, **ADA_ASKED).role is Role.COORDINATOR
    importer = granted(CLEO, Role.IMPORTER)
    assert acts(CONSENT, CLEO, None, importer, **said, **ADA_ASKED).role is Role.IMPORTER


def test_a_role_that_was_withdrawn_is_over() -> None:
    role = granted(CLEO, Role.COORDINATOR)
    gone = RoleWithdrawn(
        person_id=CLEO, programme_id=role.programme_id, role=Role.COORDINATOR, reason="role.left"
    )
    refused(RoleIsOver, OPEN, CLEO, None, role, gone)
    assert acts(OPEN, CLEO, None, role, gone, role).role is Role.COORDINATOR


def test_whoever_was_erased_or_is_not_known_holds_nothing() -> None:
    refused(RoleNotHeld, CONSENT, ADA, Role.PARTICIPANT, PersonErased(person_id=ADA))
    refused(RoleNotHeld, GiveConsent(person_id=NOBODY), NOBODY, Role.APPLICANT)
    refused(RoleNotHeld, OPEN, RUTH, None, PersonErased(person_id=RUTH))


def test_an_assessor_is_who_was_appointed_to_the_panel_of_the_cohort() -> None:
    mine = SubmitAssessment(
        application_id=application(ADA),
        assessor_id=CLEO,
        scores={"interest": 1},
        recommendation=Outcome.OFFER,
    )
    here = AssessorAppointed(cohort_id=AUTUMN, assessor_id=CLEO, lay=True)
    assert acts(mine, CLEO, None, here).role is Role.ASSESSOR
    there = AssessorAppointed(cohort_id=SPRING, assessor_id=CLEO, lay=True)
    refused(RoleNotHeld, mine, CLEO, None, there)
    gone = RoleWithdrawn(person_id=CLEO, cohort_id=AUTUMN, role=Role.ASSESSOR, reason="role.left")
    refused(RoleIsOver, mine, CLEO, None, here, gone)


def test_a_participant_is_who_had_a_place_on_the_cohort() -> None:
    wrote = SubmitReflection(workshop_id=SKILLS, person_id=ADA, words="I was heard.")
    assert acts(wrote, ADA, None, skills_day()).role is Role.PARTICIPANT
    refused(RoleNotHeld, wrote, BEN, None, skills_day())
    left = PlaceGivenUp(
        application_id=application(ADA),
        cohort_id=AUTUMN,
        person_id=ADA,
        side=PATIENT,
        reason="place.work",
    )
    assert acts(wrote, ADA, None, skills_day(), left).role is Role.PARTICIPANT


def test_anybody_who_is_known_may_apply() -> None:
    mine = StartApplication(cohort_id=AUTUMN, person_id=CLEO, side=PATIENT)
    assert acts(mine, CLEO).role is Role.APPLICANT
    assert acts(AcceptOffer(application_id=application(ADA)), ADA, Role.APPLICANT).role


def test_a_co_chair_signs_for_the_side_that_they_were_granted() -> None:
    run = ApproveRun.model_validate({"run_id": "matching_" + "0" * 26, "side": PATIENT})
    chair = granted(CLEO, Role.CO_CHAIR, side=Side.HEALTHCARE_LEADER)
    assert acts(run, CLEO, None, chair).side is HEALTHCARE
    of_the_other_side = granted(ADA, Role.CO_CHAIR, side=HEALTHCARE)
    assert acts(run, ADA, None, of_the_other_side).side is None, "she took part as a patient leader"


def test_nobody_acts_for_somebody_whom_it_is_not_about() -> None:
    assert acts(CONSENT, RUTH, **ADA_ASKED).on_behalf_of == ADA
    accept = AcceptOffer(application_id=application(ADA))
    assert acts(accept, RUTH, **ADA_ASKED).on_behalf_of == ADA
    ben: Any = {**ADA_ASKED, "on_behalf_of": BEN}
    for command in (CONSENT, accept, OPEN):
        refused(NotAboutThem, command, RUTH, **ben)
    refused(ForYourself, CONSENT, ADA, **ADA_ASKED)
    refused(NotYours, GiveConsent(person_id=BEN), ADA, Role.PARTICIPANT, **ben)


def test_nobody_does_for_another_adult_what_they_did_not_ask_for() -> None:
    facilitator = granted(CLEO, Role.FACILITATOR, AUTUMN)
    book = BookWorkshop(workshop_id=SKILLS, person_id=ADA)
    for command in (CONSENT, AcceptOffer(application_id=application(ADA)), book):
        refused(NobodyAsked, command, RUTH, None, skills_day())
        act = acts(command, RUTH, None, skills_day(), **ADA_ASKED)
        assert (act.on_behalf_of, act.asked) == (ADA, AskedBy.TELEPHONE)
    refused(NobodyAsked, book, CLEO, None, facilitator, skills_day())
    assert acts(book, CLEO, None, facilitator, skills_day(), **ADA_ASKED).asked


def test_who_asked_and_how_are_said_together() -> None:
    refused(HowTheyAsked, CONSENT, RUTH, on_behalf_of=ADA)
    for command, who in ((CONSENT, RUTH), (OPEN, RUTH), (CONSENT, ADA)):
        refused(HowTheyAsked, command, who, asked=AskedBy.PAPER)


def test_whoever_says_that_they_asked_themselves_is_told_to_leave_it_out() -> None:
    of_ruth = GiveConsent(person_id=RUTH)
    refused(ForYourself, of_ruth, RUTH, on_behalf_of=RUTH, asked=AskedBy.TELEPHONE)
    assert acts(of_ruth, RUTH).on_behalf_of is None


def test_the_team_may_do_unasked_what_it_answers_for_itself() -> None:
    """It may know how two people stand to each other, and not what one of them wishes."""
    for kind in Relationship:
        tie = DeclareRelationship(person_id=ADA, other_id=BEN, kind=kind)
        if kind is Relationship.VETO:
            refused(NobodyAsked, tie, RUTH)
            assert acts(tie, RUTH, **ADA_ASKED).asked
        else:
            assert acts(tie, RUTH).on_behalf_of is None
    untie = UntieIdentity(person_id=ADA)
    assert acts(untie, RUTH).on_behalf_of is None


def test_whoever_speaks_for_somebody_names_no_other() -> None:
    act = Act(command_id(), NOON, RUTH, Role.COORDINATOR, on_behalf_of=BEN)
    with pytest.raises(NotYours):
        act.must_speak_for(ADA)
    Act(command_id(), NOON, RUTH, Role.COORDINATOR, on_behalf_of=ADA).must_speak_for(ADA)


def test_a_worker_acts_in_its_own_role_alone() -> None:
    assert acts(OPEN, "system:scheduler").role is Role.SYSTEM
    assert acts(OPEN, "system:policies", Role.SYSTEM, on_behalf_of=BEN).on_behalf_of == BEN
    refused(NotYourRole, OPEN, "system:scheduler", Role.COORDINATOR)
    refused(NotYourRole, AcceptOffer(application_id=application(ADA)), "system:policies")


@pytest.mark.parametrize("tool", ["command-line", "import", "demo", "rehearsal", "withheld"])
def test_a_tool_holds_no_right_by_itself(tool: str) -> None:
    for role in Role:
        refused(NotYourRole, OPEN, f"system:{tool}", role)
    refused(NotYourRole, OPEN, f"system:{tool}")


def test_a_person_is_no_system() -> None:
    refused(RoleNotHeld, OPEN, RUTH, Role.SYSTEM)


def test_who_makes_the_first_coordinator_is_no_worker() -> None:
    wish = MakeCoordinator(person_id=CLEO)
    assert acts(wish, "system:command-line", Role.SYSTEM).role is Role.SYSTEM
    for who in ("system:scheduler", RUTH):
        refused((NotYourRole if who != RUTH else RoleNotHeld), wish, who, Role.SYSTEM)


@pytest.mark.parametrize("who", ["newcomer", "system:command-line", NOBODY, ADA])
def test_anybody_may_register(who: str) -> None:
    wish = RegisterPerson(full_name="Ada", email="a@example.org").having_met(Met(None))
    assert acts(wish, who).actor == who


def test_a_coordinator_may_import_and_an_importer_coordinates_nothing() -> None:
    assert acts(CONSENT, RUTH, Role.IMPORTER, **ADA_ASKED).role is Role.IMPORTER
    appoint = AppointAssessor(cohort_id=AUTUMN, assessor_id=ADA, lay=True)
    refused(RoleNotHeld, appoint, CLEO, None, granted(CLEO, Role.IMPORTER))


def test_nobody_else_is_asked_of() -> None:
    assert Authority(PersonId(ADA)).about == ()
