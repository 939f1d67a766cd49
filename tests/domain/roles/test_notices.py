"""Who in an office hears that a cohort does not take place."""

from domain.roles.notices import called_off
from events.cohorts import CohortCancelled
from events.event import Event
from events.ids import PROGRAMME
from events.roles import RoleWithdrawn
from events.terms import Role
from tests.scenes.cast import AUTUMN, BEN, CLEO, SPRING, opened, registered
from tests.scenes.given import folded, person
from tests.scenes.pairs import recorded
from tests.scenes.team import RUTH, granted, in_office

TESS = person("Tess")
OFF = CohortCancelled(cohort_id=AUTUMN, reason="cohort.too-few-people")


def told(*more: Event) -> list[str]:
    facts = [*in_office(), *opened(), *map(registered, (BEN, CLEO, TESS)), *more, OFF]
    return [str(one.to) for one in called_off(recorded(OFF), lambda wanted: folded(wanted, facts))]


def test_whoever_works_for_a_cohort_or_for_all_hears_that_it_does_not_take_place() -> None:
    here, everywhere = granted(BEN, Role.HOST, AUTUMN), granted(CLEO, Role.FACILITATOR)
    assert set(told(here, everywhere)) == {RUTH, BEN, CLEO}


def test_whoever_coordinates_another_cohort_hears_nothing_of_this_one() -> None:
    assert told(granted(TESS, Role.COORDINATOR, SPRING)) == [RUTH]
    assert set(told(granted(TESS, Role.COORDINATOR, AUTUMN))) == {RUTH, TESS}


def test_who_coordinates_all_hears_of_it_though_they_coordinate_another_cohort_no_more() -> None:
    both = granted(TESS, Role.COORDINATOR), granted(TESS, Role.COORDINATOR, SPRING)
    gone = RoleWithdrawn(
        person_id=TESS,
        cohort_id=SPRING,
        programme_id=PROGRAMME,
        role=Role.COORDINATOR,
        reason="role.stepped-down",
    )
    assert set(told(*both, gone)) == {RUTH, TESS}
