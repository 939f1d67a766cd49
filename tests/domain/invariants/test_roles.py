"""What must hold of the roles in which people act: each invariant has a history that breaks it."""

from datetime import timedelta
from typing import Any

import pytest

from events.assessments import AssessorAppointed
from events.cohorts import ApplicationsOpened
from events.event import Event
from events.ids import PROGRAMME
from events.people import ConsentGiven, PersonErased
from events.roles import RoleWithdrawn
from events.terms import Role
from tests.scenes.cast import (
    ADA,
    AUTUMN,
    BEN,
    NOBODY,
    PATIENT,
    SPRING,
    confirmed,
    opened,
    planned,
    registered,
)
from tests.scenes.given import NOON
from tests.scenes.judged import DAY, Told, breaks, judged, told
from tests.scenes.team import RUTH, granted, in_office

HELD, SOMEBODY = "roles.acts-in-a-role-held", "roles.somebody-coordinates"
THERE = [*in_office(), planned(), planned(SPRING), registered(ADA), registered(BEN)]
OPENS = ApplicationsOpened(cohort_id=AUTUMN)
TODAY = NOON.date()


def by(who: str, role: str, fact: Event = OPENS, **how: Any) -> Told:
    return told(fact, by=who, role=role, **how)


def is_right(*history: object) -> None:
    assert judged(history).of(HELD) == []


def test_whoever_acts_holds_the_role() -> None:
    is_right(*THERE, by(RUTH, "coordinator"))
    breaks(HELD, THERE, by(ADA, "coordinator"))
    breaks(HELD, THERE, by(NOBODY, "applicant", ConsentGiven(person_id=NOBODY)))
    breaks(HELD, THERE, by(RUTH, "system"))


def test_nobody_of_the_team_says_what_somebody_did_not_ask_for() -> None:
    name = "roles.nobody-unasked"
    agrees = ConsentGiven(person_id=ADA)
    ada_asked: Any = {"on_behalf_of": ADA, "asked": "telephone"}
    breaks(name, THERE, by(RUTH, "coordinator", agrees))
    breaks(name, THERE, by(RUTH, "coordinator", agrees, on_behalf_of=ADA))
    breaks(name, THERE, by(RUTH, "coordinator", agrees, on_behalf_of=BEN, asked="paper"))
    breaks(name, THERE, by(RUTH, "coordinator", on_behalf_of=ADA))
    for right in (
        by(RUTH, "coordinator", agrees, **ada_asked),
        by(ADA, "applicant", agrees),
        by(RUTH, "coordinator"),
        by("system:policies", "system", agrees, on_behalf_of=BEN),
    ):
        assert judged([*THERE, right]).of(name) == []


def test_a_role_on_one_cohort_is_none_on_another() -> None:
    before = [*THERE, granted(ADA, Role.COORDINATOR, SPRING)]
    breaks(HELD, before, by(ADA, "coordinator"))
    is_right(*before, by(ADA, "coordinator", ConsentGiven(person_id=BEN)))
    breaks(HELD, before, by(ADA, "coordinator", granted(BEN, Role.HOST)))


@pytest.mark.parametrize(
    "days", [{"starts_on": TODAY + DAY}, {"ends_on": TODAY - 2 * DAY}], ids=["not begun", "over"]
)
def test_a_role_is_held_from_its_first_day_to_its_last(days: dict[str, object]) -> None:
    before = [*THERE, granted(ADA, Role.COORDINATOR, AUTUMN, **days)]  # type: ignore[arg-type]
    breaks(HELD, before, by(ADA, "coordinator"))
    later: Any = {"at": NOON - 9 * DAY, "recorded": NOON, "reason": "paper.form"}
    breaks(HELD, before, by(ADA, "coordinator", **later))


def test_a_role_that_was_withdrawn_is_not_held_any_more() -> None:
    gone = RoleWithdrawn(person_id=ADA, cohort_id=AUTUMN, role=Role.COORDINATOR, reason="role.x")
    before = [*THERE, granted(ADA, Role.COORDINATOR, AUTUMN)]
    is_right(*before, by(ADA, "coordinator", gone))
    breaks(HELD, [*before, gone], by(ADA, "coordinator"))


def test_nobody_acts_once_they_were_erased() -> None:
    breaks(HELD, [*THERE, PersonErased(person_id=RUTH)], by(RUTH, "coordinator"))


def test_places_and_panels_give_roles() -> None:
    place = [*in_office(), *opened(), *confirmed(ADA, PATIENT)]
    is_right(*place, by(ADA, "participant", ConsentGiven(person_id=ADA)))
    breaks(HELD, THERE, by(ADA, "participant", ConsentGiven(person_id=ADA)))
    panel = AssessorAppointed(cohort_id=AUTUMN, assessor_id=ADA, lay=True)
    is_right(*THERE, panel, by(ADA, "assessor", ConsentGiven(person_id=ADA)))


def test_tools_of_people_hold_nothing() -> None:
    for tool in ("command-line", "import", "demo", "rehearsal"):
        breaks(HELD, THERE, by(f"system:{tool}", "coordinator"))
        breaks(HELD, THERE, by(f"system:{tool}", "system"))
    is_right(*THERE, by("system:scheduler", "system"))
    breaks(HELD, THERE, by("system:scheduler", "coordinator"))


def test_a_newcomer_is_registered_and_does_nothing_else() -> None:
    is_right(*THERE, by("newcomer", "applicant", registered(BEN)))
    breaks(HELD, THERE, by("newcomer", "system", registered(BEN)))
    breaks(HELD, THERE, by("newcomer", "applicant", ConsentGiven(person_id=ADA)))


def test_somebody_coordinates_without_an_end() -> None:
    last = RoleWithdrawn(
        person_id=RUTH, programme_id=PROGRAMME, role=Role.COORDINATOR, reason="role.x"
    )
    breaks(SOMEBODY, THERE, told(last))
    breaks(SOMEBODY, THERE, told(granted(RUTH, Role.COORDINATOR, ends_on=TODAY + DAY)))
    another = [*THERE, granted(ADA, Role.COORDINATOR)]
    assert judged([*another, last]).of(SOMEBODY) == []
    breaks(SOMEBODY, [*another, PersonErased(person_id=ADA)], told(last))
    assert timedelta(days=1) == DAY
