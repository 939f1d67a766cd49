from collections.abc import Iterable
from datetime import date, timedelta
from typing import Any

import pytest
from pydantic import ValidationError

from domain.catalogue import NOTICES
from domain.cohorts.cohort import CohortIsCancelled, UnknownCohort
from domain.decision import Act
from domain.people.person import PersonIsErased, UnknownPerson
from domain.roles.granting import (
    GrantRole,
    LastCoordinator,
    NotToYourself,
    OverAlready,
    RoleEndReason,
    WithdrawRole,
)
from events.assessments import AssessorAppointed
from events.cohorts import CohortCancelled
from events.event import Event
from events.ids import PROGRAMME
from events.people import PersonErased
from events.roles import GlassBroken, RoleWithdrawn
from events.terms import Role, Side
from tests.scenes.cast import ADA, AUTUMN, BEN, NOBODY, opened, registered
from tests.scenes.given import NOON, Given, Sharing, command_id, folded, given
from tests.scenes.pairs import recorded
from tests.scenes.team import RUTH, granted, in_office

TODAY = date(2024, 9, 16)
DAY = timedelta(days=1)
THERE = [*in_office(), *opened(), registered(ADA), registered(BEN)]
FACILITATES = granted(ADA, Role.FACILITATOR, AUTUMN, starts_on=TODAY)


def grants(role: Role = Role.FACILITATOR, **more: Any) -> GrantRole:
    return GrantRole(person_id=ADA, role=role, **more)  # type: ignore[arg-type]  # as it comes


def withdraws(role: Role = Role.FACILITATOR, **more: Any) -> WithdrawRole:
    said = {"person_id": ADA, "reason": RoleEndReason.STEPPED_DOWN, **more}
    return WithdrawRole(role=role, **said)  # type: ignore[arg-type]  # as it comes


def test_a_coordinator_grants_a_role_for_a_cohort_from_today_on() -> None:
    given(THERE).when(grants(cohort_id=AUTUMN), by=RUTH).then(FACILITATES)


def test_a_role_for_all_cohorts_names_the_programme() -> None:
    days: Any = {"starts_on": TODAY + DAY, "ends_on": TODAY + 2 * DAY}
    expected = granted(ADA, Role.IMPORTER, **days)
    assert expected.programme_id == PROGRAMME
    given(THERE).when(grants(Role.IMPORTER, **days), by=RUTH).then(expected)


def test_a_co_chair_has_a_side_and_nobody_else() -> None:
    chair = grants(Role.CO_CHAIR, side=Side.PATIENT_LEADER)
    expected = granted(ADA, Role.CO_CHAIR, side=Side.PATIENT_LEADER, starts_on=TODAY)
    given(THERE).when(chair, by=RUTH).then(expected)
    for wrong in ({"role": Role.CO_CHAIR}, {"side": Side.PATIENT_LEADER}):
        with pytest.raises(ValidationError):
            grants(**wrong)


def test_the_days_of_a_role_are_in_order_and_not_over() -> None:
    with pytest.raises(ValidationError):
        grants(starts_on=TODAY, ends_on=TODAY - DAY)
    over = grants(starts_on=TODAY - 2 * DAY, ends_on=TODAY - DAY)
    given(THERE).when(over, by=RUTH).then_refused(OverAlready)


def test_what_somebody_holds_already_is_not_granted_again() -> None:
    so = given(THERE, FACILITATES)
    so.when(grants(cohort_id=AUTUMN), by=RUTH, at=NOON + 5 * DAY).then_already_so()
    until = grants(cohort_id=AUTUMN, ends_on=TODAY + 9 * DAY)
    longer = FACILITATES.model_copy(update={"ends_on": TODAY + 9 * DAY})
    so.when(until, by=RUTH, at=NOON + 5 * DAY).then(longer)


def test_nobody_grants_to_themselves_what_they_do_not_hold() -> None:
    mine = GrantRole(person_id=RUTH, role=Role.FACILITATOR)
    given(THERE).when(mine, by=RUTH).then_refused(NotToYourself)
    again = GrantRole(person_id=RUTH, role=Role.COORDINATOR)
    given(THERE).when(again, by=RUTH).then_already_so()


def test_only_who_is_known_is_granted_anything() -> None:
    for who, refusal in ((NOBODY, UnknownPerson), (BEN, PersonIsErased)):
        wish = GrantRole(person_id=who, role=Role.HOST)
        before = given(THERE, PersonErased(person_id=BEN))
        before.when(wish, by=RUTH).then_refused(refusal)


def test_a_role_is_of_a_cohort_that_takes_place() -> None:
    wish = grants(cohort_id=AUTUMN)
    given(in_office(), registered(ADA)).when(wish, by=RUTH).then_refused(UnknownCohort)
    off = CohortCancelled(cohort_id=AUTUMN, reason="cohort.no-funding")
    given(THERE, off).when(wish, by=RUTH).then_refused(CohortIsCancelled)


def test_a_role_is_withdrawn_for_a_reason_and_once() -> None:
    wish = withdraws(cohort_id=AUTUMN)
    gone = RoleWithdrawn(
        person_id=ADA, cohort_id=AUTUMN, role=Role.FACILITATOR, reason="role.stepped-down"
    )
    after = given(THERE, FACILITATES).when(wish, by=RUTH).then(gone)
    after.when(wish, by=RUTH).then_already_so()
    given(THERE).when(wish, by=RUTH).then_already_so()
    given(THERE, FACILITATES).when(withdraws(), by=RUTH).then_already_so()


def test_a_role_on_a_cohort_that_nobody_knows_is_refused() -> None:
    before = given(in_office(), registered(ADA))
    before.when(withdraws(cohort_id=AUTUMN), by=RUTH).then_refused(UnknownCohort)


def test_an_assessor_is_withdrawn_as_others_are_and_may_be_appointed_again() -> None:
    appointed = AssessorAppointed(cohort_id=AUTUMN, assessor_id=ADA, lay=True)
    wish = withdraws(Role.ASSESSOR, cohort_id=AUTUMN)
    given(THERE, appointed).when(wish, by=RUTH).then_kinds(RoleWithdrawn)


def leaves(who: Any) -> WithdrawRole:
    return WithdrawRole(person_id=who, role=Role.COORDINATOR, reason=RoleEndReason.STEPPED_DOWN)


def test_the_last_coordinator_can_not_be_withdrawn() -> None:
    given(THERE).when(leaves(RUTH), by=RUTH).then_refused(LastCoordinator)
    two = given(THERE, granted(ADA, Role.COORDINATOR))
    one = two.when(leaves(RUTH), by=ADA).then_kinds(RoleWithdrawn)
    one.when(leaves(ADA), by=ADA).then_refused(LastCoordinator)


def nearly() -> list[tuple[str, Given]]:
    """Beside Ruth there is another one, who does not count."""
    return [
        ("will end", given(THERE, granted(ADA, Role.COORDINATOR, ends_on=TODAY + 400 * DAY))),
        ("will begin", given(THERE, granted(ADA, Role.COORDINATOR, starts_on=TODAY + DAY))),
        ("of one cohort", given(THERE, granted(ADA, Role.COORDINATOR, AUTUMN))),
        (
            "was erased",
            given(THERE, granted(ADA, Role.COORDINATOR), PersonErased(person_id=ADA)),
        ),
    ]


@pytest.mark.parametrize(("why", "before"), nearly(), ids=lambda it: it if type(it) is str else "")
def test_whoever_coordinates_without_end_is_never_the_last(why: str, before: Given) -> None:
    before.when(leaves(RUTH), by=RUTH).then_refused(LastCoordinator)


def test_nor_is_the_last_coordinator_given_an_end_or_a_later_beginning() -> None:
    """By somebody who coordinates for a while."""
    before = given(THERE, granted(ADA, Role.COORDINATOR, ends_on=TODAY + DAY))
    days: Any
    for days in ({"ends_on": TODAY + DAY}, {"starts_on": TODAY + DAY}):
        wish = GrantRole(person_id=RUTH, role=Role.COORDINATOR, **days)
        before.when(wish, by=ADA).then_refused(LastCoordinator)


def test_everybody_who_coordinates_is_told_that_the_glass_was_broken() -> None:
    broken = GlassBroken(person_id=RUTH, programme_id=PROGRAMME, reason="Nobody is there.")
    facts = [
        *THERE,
        granted(ADA, Role.COORDINATOR, AUTUMN),
        granted(BEN, Role.COORDINATOR, AUTUMN, ends_on=TODAY - DAY),
        broken,
    ]
    (rule,) = NOTICES[GlassBroken]
    told = list(rule(recorded(broken), lambda wanted: folded(wanted, facts)))
    assert [one.to for one in told] == sorted([RUTH, ADA])


def earlier(command: Any, facts: Iterable[Event], days: int = 40) -> list[Event]:
    """What follows if Ben says so, of a day long before that on which he asks."""
    act = Act(
        command_id(),
        NOON - days * DAY,
        BEN,
        Role.COORDINATOR,
        reason="noted.at-the-time",
        asked_at=NOON,
    )
    return list(command.decide(act, *command.needs(Sharing(list(facts)))))


def test_nobody_parts_with_the_last_coordinator_by_saying_that_it_was_earlier() -> None:
    """On that day she did not coordinate yet, and nobody did without an end."""
    late = granted(RUTH, Role.COORDINATOR, starts_on=TODAY - 2 * DAY)
    for wish in (leaves(RUTH), ends(RUTH)):
        with pytest.raises(LastCoordinator):
            earlier(wish, [*THERE, late])


def ends(who: Any) -> GrantRole:
    return GrantRole(person_id=who, role=Role.COORDINATOR, ends_on=TODAY + DAY)


def test_a_role_that_is_over_on_the_day_of_the_wish_is_not_granted_for_earlier() -> None:
    wish = grants(cohort_id=AUTUMN, ends_on=TODAY - DAY)
    with pytest.raises(OverAlready):
        earlier(wish, THERE)


def test_a_role_that_has_begun_keeps_its_first_day_whenever_it_is_said_to_go_on() -> None:
    began = granted(ADA, Role.FACILITATOR, AUTUMN, starts_on=TODAY - DAY)
    assert earlier(grants(cohort_id=AUTUMN), [*THERE, began]) == []
