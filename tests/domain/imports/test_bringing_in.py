"""Nobody is brought in for a cohort that could not take their application."""

from collections.abc import Iterable
from datetime import date, datetime, timedelta
from typing import Final

import pytest

from domain.cohorts.cohort import (
    ClosedForApplications,
    CohortIsCancelled,
    CohortIsCompleted,
    NotOpenYet,
)
from domain.decision import Refusal
from domain.imports.importing import BeginImport, UnknownImport
from domain.people.person import Met, RegisterPerson
from events.calendar import end_of, start_of
from events.cohorts import (
    ApplicationsClosed,
    CohortCancelled,
    CohortCompleted,
    DecisionsReleased,
    ExtensionGranted,
)
from events.event import Event
from events.ids import ImportId
from events.imports import FileRead, ImportBegun
from events.people import PersonRegistered
from tests.scenes.cast import ADA, AUTUMN, BEN, opened, planned, registered
from tests.scenes.given import NOON, given

FILE: Final = ImportId.derived(NOON, "a file")
READ: Final = FileRead(rows=1, digest="0" * 64)
BEGUN: Final = ImportBegun(import_id=FILE, cohort_id=AUTUMN, file=READ)
BEGIN: Final = BeginImport(import_id=FILE, cohort_id=AUTUMN, file=READ)
NEW: Final = RegisterPerson(full_name="Ada", email="ada@example.org").having_met(Met(ADA))
KNOWN: Final = RegisterPerson(full_name="Ada", email="ada@example.org").having_met(
    Met(BEN, (ADA,), {ADA: frozenset()})
)
RELEASED: Final = DecisionsReleased(cohort_id=AUTUMN)
PLAN: Final = planned(AUTUMN)
A_SECOND: Final = timedelta(seconds=1)
NOT_ANY_MORE: Final = (
    (RELEASED, ClosedForApplications),
    (CohortCompleted(cohort_id=AUTUMN), CohortIsCompleted),
    (CohortCancelled(cohort_id=AUTUMN, reason="cohort.no-venue"), CohortIsCancelled),
)


def test_no_file_is_brought_in_before_applications_open() -> None:
    given(planned(AUTUMN)).when(BEGIN).then_refused(NotOpenYet)


@pytest.mark.parametrize(("over", "why"), NOT_ANY_MORE)
def test_no_file_is_brought_in_for_a_cohort_that_takes_nobody_any_more(
    over: Event, why: type[Refusal]
) -> None:
    given(opened(), over).when(BEGIN).then_refused(why)
    given(opened(), BEGUN, over).when(NEW, import_id=FILE).then_refused(why)


def test_forms_of_the_right_time_are_brought_in_after_the_window_too() -> None:
    closed = given(opened(), ApplicationsClosed(cohort_id=AUTUMN))
    closed.when(BEGIN, at=end_of(PLAN.closes_on)).then(BEGUN)
    (came,) = given(opened(), BEGUN).when(NEW, import_id=FILE).new
    assert isinstance(came, PersonRegistered)
    assert (came.person_id, came.import_id) == (ADA, FILE)


@pytest.mark.parametrize(
    ("at", "why"),
    [
        (start_of(PLAN.opens_on) - A_SECOND, NotOpenYet),
        (end_of(PLAN.closes_on), ClosedForApplications),
    ],
)
def test_nobody_is_registered_for_a_form_that_comes_too_early_or_too_late(
    at: datetime, why: type[Refusal]
) -> None:
    scene = given(opened(), BEGUN)
    scene.when(NEW, import_id=FILE, at=at).then_refused(why)
    scene.when(NEW, at=at).then_kinds(PersonRegistered)
    assert not given(opened(), BEGUN, registered(ADA)).when(KNOWN, import_id=FILE, at=at).refusal


def test_somebody_elses_extension_registers_nobody() -> None:
    longer: Iterable[Event] = [
        ExtensionGranted(
            cohort_id=AUTUMN, person_id=BEN, until=date(2024, 12, 1), reason="extension.illness"
        )
    ]
    late = end_of(PLAN.closes_on)
    given(opened(), BEGUN, longer).when(NEW, import_id=FILE, at=late).then_refused(
        ClosedForApplications
    )


def test_nobody_is_registered_with_an_import_that_nobody_began() -> None:
    given(opened()).when(NEW, import_id=FILE).then_refused(UnknownImport)
